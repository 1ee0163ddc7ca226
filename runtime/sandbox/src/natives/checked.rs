//! Rhai's functions that could use more memory or time in one call than a script may have, with the
//! check before the work instead of after it.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, FuncRegistration, ImmutableString, Map, Module};
use rhai::{NativeCallContext, Position};

use crate::script_error;

type Result<T> = std::result::Result<T, Box<EvalAltResult>>;

pub(super) fn register(module: &mut Module) {
    let call = |name: &str| FuncRegistration::new(name).in_global_namespace();
    // `"x…".replace("x", s)` multiplies two long texts.
    call("replace").set_into_module(
        module,
        |context: NativeCallContext, text: &mut ImmutableString, find: &str, with: &str| {
            replace(&context, text, find, with)
        },
    );
    call("replace").set_into_module(
        module,
        |context: NativeCallContext, text: &mut ImmutableString, find: &str, with: char| {
            replace(&context, text, find, with.encode_utf8(&mut [0; 4]))
        },
    );
    call("replace").set_into_module(
        module,
        |context: NativeCallContext, text: &mut ImmutableString, find: char, with: &str| {
            replace(&context, text, find.encode_utf8(&mut [0; 4]), with)
        },
    );
    call("replace").set_into_module(
        module,
        |context: NativeCallContext, text: &mut ImmutableString, find: char, with: char| {
            let (mut one, mut two) = ([0; 4], [0; 4]);
            replace(&context, text, find.encode_utf8(&mut one), with.encode_utf8(&mut two))
        },
    );
    // Padding with an empty text never ends.
    call("pad").set_into_module(
        module,
        |context: NativeCallContext, text: &mut ImmutableString, length: i64, with: &str| {
            pad_text(&context, text, length, with)
        },
    );
    call("pad").set_into_module(
        module,
        |context: NativeCallContext, text: &mut ImmutableString, length: i64, with: char| {
            pad_text(&context, text, length, with.encode_utf8(&mut [0; 4]))
        },
    );
    // The size of what it makes overflows in Rhai's own check, which then lets it pass.
    call("pad").set_into_module(module, pad_array);
    // Rhai's drop the errors of the closure, a stop's included, and go on.
    for name in ["sort", "sort_by"] {
        call(name).set_into_module(module, sort);
    }
    for name in ["order", "order_by"] {
        call(name).set_into_module(
            module,
            |context: NativeCallContext, array: Array, comparer: FnPtr| -> Result<Array> {
                let mut ordered = array;
                sort(context, &mut ordered, comparer)?;
                Ok(ordered)
            },
        );
    }
    call("dedup").set_into_module(module, dedup);
}

fn replace(
    context: &NativeCallContext,
    text: &mut ImmutableString,
    find: &str,
    with: &str,
) -> Result<()> {
    let count = text.matches(find).count();
    let grown = with.len().saturating_sub(find.len()).saturating_mul(count);
    fits("text", text.len().saturating_add(grown), context.engine().max_string_size())?;
    if count > 0 {
        *text = text.replace(find, with).into();
    }
    Ok(())
}

fn pad_text(
    context: &NativeCallContext,
    text: &mut ImmutableString,
    length: i64,
    with: &str,
) -> Result<()> {
    let present = text.chars().count();
    let missing = usize::try_from(length).unwrap_or(0).saturating_sub(present);
    if missing == 0 || with.is_empty() {
        return Ok(());
    }
    let longest = context.engine().max_string_size();
    fits("text", text.len().saturating_add(missing), longest)?;
    let padding: String = with.chars().cycle().take(missing).collect();
    fits("text", text.len().saturating_add(padding.len()), longest)?;
    text.make_mut().push_str(&padding);
    Ok(())
}

fn pad_array(
    context: NativeCallContext,
    array: &mut Array,
    length: i64,
    item: Dynamic,
) -> Result<()> {
    let missing = usize::try_from(length).unwrap_or(0).saturating_sub(array.len());
    if missing == 0 {
        return Ok(());
    }
    let each = Size::of(&item);
    let (elements, entries, bytes) = (each.elements + 1, each.entries, each.bytes);
    let engine = context.engine();
    let of = |each: usize| each.saturating_mul(missing);
    fits("array", of(elements).saturating_add(array.len()), engine.max_array_size())?;
    fits("map", of(entries), engine.max_map_size())?;
    fits("text", of(bytes), engine.max_string_size())?;
    array.resize(array.len() + missing, item);
    Ok(())
}

fn sort(context: NativeCallContext, array: &mut Array, comparer: FnPtr) -> Result<()> {
    let mut failed = None;
    let mut compare = |a: &Dynamic, b: &Dynamic| {
        if failed.is_some() {
            return Ordering::Equal;
        }
        let outcome = comparer
            .call_within_context::<Dynamic>(&context, (a.clone(), b.clone()))
            .and_then(|it| ordering(&it));
        outcome.unwrap_or_else(|error| {
            failed = Some(error);
            Ordering::Equal
        })
    };
    // Sorting may panic when the comparer contradicts itself; the array is then still whole.
    let sorted = catch_unwind(AssertUnwindSafe(|| array.sort_by(&mut compare)));
    match (failed, sorted) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(_)) => Err(script_error(
            "the comparer contradicts itself",
            "it must say the same of two values whenever it is asked".to_owned(),
        )),
    }
}

/// A comparer may say a number's sign, or whether the first value goes first.
fn ordering(said: &Dynamic) -> Result<Ordering> {
    if let Ok(number) = said.as_int() {
        return Ok(number.cmp(&0));
    }
    match said.as_bool() {
        Ok(true) => Ok(Ordering::Less),
        Ok(false) => Ok(Ordering::Greater),
        Err(kind) => Err(script_error(
            format!("the comparer gives a {kind}"),
            "it gives a negative number, 0 or a positive one".to_owned(),
        )),
    }
}

fn dedup(context: NativeCallContext, array: &mut Array, comparer: FnPtr) -> Result<()> {
    let mut kept = Array::new();
    for item in array.iter() {
        let same = match kept.last() {
            Some(last) => {
                comparer.call_within_context::<bool>(&context, (item.clone(), last.clone()))?
            }
            None => false,
        };
        if !same {
            kept.push(item.clone());
        }
    }
    *array = kept;
    Ok(())
}

/// What a value counts against the limits.
#[derive(Default)]
struct Size {
    elements: usize,
    entries: usize,
    bytes: usize,
}

impl Size {
    fn of(value: &Dynamic) -> Self {
        let mut size = Self::default();
        let mut open = vec![value.clone()];
        while let Some(value) = open.pop() {
            if let Ok(text) = value.as_immutable_string_ref() {
                size.bytes += text.len();
                continue;
            }
            if let Ok(blob) = value.as_blob_ref() {
                size.elements += blob.len();
                continue;
            }
            if let Some(array) = value.read_lock::<Array>() {
                size.elements += array.len();
                open.extend(array.iter().cloned());
                continue;
            }
            if let Some(map) = value.read_lock::<Map>() {
                size.entries += map.len();
                open.extend(map.values().cloned());
            }
        }
        size
    }
}

fn fits(what: &str, size: usize, most: usize) -> Result<()> {
    if size > most {
        let message = format!("{what} of {size}");
        return Err(EvalAltResult::ErrorDataTooLarge(message, Position::NONE).into());
    }
    Ok(())
}
