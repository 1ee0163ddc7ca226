//! `pogo verbs`: what scripts can call.

use std::io;

use anyhow::Result;
use pogo_hal::{Diagnostic, nearest};
use pogo_runtime::{Section, sections};

use crate::args::Verbs;
use crate::diagnostics::Failure;
use crate::exit;
use crate::paint::Paint;
use crate::reference::{document, entry, listing, markdown, section};
use crate::roles::roles;
use crate::terminal::out;

/// Prints everything, or what belongs to one role, kind of role, topic or word.
///
/// # Errors
///
/// There is no such thing, or the fixture is wrong.
pub fn verbs(arguments: &Verbs) -> Result<u8> {
    let all = sections();
    let paint = Paint::of(&io::stdout());
    let chosen = match &arguments.what {
        Some(what) => choose(what, all, &roles(arguments.fixture.as_deref())?)?,
        None => all,
    };
    if arguments.json {
        out(&format!("{:#}\n", document(&chosen)));
    } else if arguments.markdown {
        out(&markdown(&chosen));
    } else {
        out(&match chosen.as_slice() {
            several if arguments.what.is_none() => listing(several, paint),
            several => in_full(several, paint),
        });
    }
    Ok(exit::PASS)
}

/// What is known of `what`, on a bench with these roles.
///
/// # Errors
///
/// There is no such thing.
pub fn explained(what: &str, roles: &[(String, &'static str)], paint: Paint) -> Result<String> {
    Ok(in_full(&choose(what, sections(), roles)?, paint))
}

fn in_full(chosen: &[Section], paint: Paint) -> String {
    let each = |it: &Section| match it.entries.as_slice() {
        [one] => entry(it, one, paint),
        _ => section(it, paint),
    };
    chosen.iter().map(each).collect::<Vec<_>>().join("\n")
}

/// The sections, perhaps with one entry each, that `what` names.
fn choose(what: &str, all: Vec<Section>, roles: &[(String, &'static str)]) -> Result<Vec<Section>> {
    let wanted = what.replace(['-', '_'], " ");
    let of_role = roles.iter().find(|(role, _)| role == what).map(|(_, capability)| *capability);
    let is_wanted = |it: &Section| match of_role {
        Some(capability) => it.title == capability,
        None => it.title == wanted || it.on.is_some_and(|on| on.name == what),
    };
    if all.iter().any(is_wanted) {
        return Ok(all.into_iter().filter(is_wanted).collect());
    }
    // `psu.set_voltage` and `set_voltage` are one word.
    let (role, word) = what.split_once('.').map_or((None, what), |(role, word)| (Some(role), word));
    let on_role = |it: &Section| match role {
        None => true,
        Some(role) => {
            let capability = roles.iter().find(|(name, _)| name == role).map(|(_, it)| *it);
            it.on.is_some_and(|on| on.name == role) || capability == Some(it.title)
        }
    };
    let mut names: Vec<String> = roles.iter().map(|(role, _)| role.clone()).collect();
    names.extend(all.iter().map(|it| it.title.to_owned()));
    names.extend(all.iter().flat_map(|it| &it.entries).map(|it| it.name.to_owned()));
    let with_word = all.into_iter().filter(|it| on_role(it)).filter_map(|mut it| {
        it.entries.retain(|entry| entry.name == word);
        (!it.entries.is_empty()).then_some(it)
    });
    let found: Vec<_> = with_word.collect();
    if found.is_empty() {
        let unknown = Diagnostic::new(format!("nothing that scripts can call is named `{what}`"));
        let hint = match nearest(word, names.iter().map(String::as_str)) {
            Some(it) => format!("did you mean `{it}`?"),
            None => "`pogo verbs` lists everything; roles are known with `--fixture FILE`".into(),
        };
        return Err(Failure::new(exit::COMMAND_LINE, unknown.with_hint(hint)).into());
    }
    Ok(found)
}
