//! Reading register maps: `[registers.temperature]` and what stands below it.

use super::literal::{Literal, Plain};
use super::map::{Access, Form, Identifies, Register, RegisterMap, Table};
use super::numeric::{NumberType, Numeric, WordOrder};
use super::value::RegisterValue;
use crate::toml_file::Section;
use crate::{Code, Diagnostic, Quantity, UNITS, Unit, nearest};

/// The longest text that one request reads.
const LONGEST_TEXT: u16 = super::MOST_REGISTERS_READ * 2;

const KEYS: [&str; 14] = [
    "kind",
    "address",
    "type",
    "word_order",
    "scale",
    "offset",
    "unit",
    "bit",
    "length",
    "access",
    "min",
    "max",
    "safe",
    "identifies",
];

const TYPES: [&str; 7] = ["u16", "i16", "u32", "i32", "f32", "bits", "string"];

/// What scripts do with a device: no register may have such a name.
const VERBS: [&str; 2] = ["get", "set"];

impl RegisterMap {
    /// Reads `[registers]`: a table for each register, by its name.
    ///
    /// # Errors
    ///
    /// A register is not described as it has to be, a number has no unit, or two of them overlap;
    /// with the place.
    pub fn read(mut section: Section) -> Result<Self, Diagnostic> {
        let mut map = Self::default();
        for (name, table) in section.take_sections() {
            map.add(register(name, table)?)?;
        }
        section.deny_rest(&[])?;
        Ok(map)
    }

    /// These and those of `others`.
    ///
    /// # Errors
    ///
    /// Two of them have one name, or overlap.
    pub fn with(mut self, others: Self) -> Result<Self, Diagnostic> {
        for register in others.registers {
            self.add(register)?;
        }
        Ok(self)
    }

    fn add(&mut self, register: Register) -> Result<(), Diagnostic> {
        let at = register.place.clone();
        let wrong = |message| Diagnostic::new(message).coded(Code::BadValue).at(at);
        let name = &register.name;
        if self.get(name).is_some() {
            return Err(wrong(format!("there are two registers `{name}`")));
        }
        if let Some(other) = self.registers.iter().find(|it| it.overlaps(&register)) {
            let (count, first) = (other.count(), other.address);
            let last = u32::from(first) + u32::from(count) - 1;
            let message = format!("`{name}` overlaps `{}`", other.name);
            return Err(wrong(message).with_hint(match count {
                1 => format!("`{}` is {} {first}", other.name, other.table.entry()),
                _ => format!("`{}` is {}s {first} to {last}", other.name, other.table.entry()),
            }));
        }
        if let Some(identifies) = register.identifies
            && let Some(other) = self.registers.iter().find(|it| it.identifies == Some(identifies))
        {
            return Err(wrong(format!("`{name}` and `{}` identify the same", other.name)));
        }
        self.registers.push(register);
        Ok(())
    }
}

fn wrong(message: String) -> Diagnostic {
    Diagnostic::new(message).coded(Code::BadValue)
}

fn register(name: String, mut section: Section) -> Result<Register, Diagnostic> {
    let whole = section.clone();
    let section = &mut section;
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(word);
    if !is_name || VERBS.contains(&name.as_str()) {
        return Err(wrong(format!("`{name}` cannot be the name of a register"))
            .at(whole.place())
            .with_hint("write names as `air_pressure`: lower-case letters, digits and `_`"));
    }
    // A typo is a missing key too; say the typo.
    unknown_keys(&whole)?;
    let table = one_of(section, "kind", &Table::ALL, Table::name)?
        .ok_or_else(|| missing(&whole, "kind", "\"holding\""))?;
    let address: u16 = section.take("address")?.ok_or_else(|| missing(&whole, "address", "0"))?;
    let form = form(section, &whole, table)?;
    let access = one_of(section, "access", &Access::ALL, Access::name)?.unwrap_or(Access::Read);
    if access.writes() && !table.is_writable() {
        return Err(wrong(format!("no device lets its {}s be written", table.entry()))
            .at(whole.place_of("access"))
            .with_hint("leave `access` out"));
    }
    if access.writes() && matches!(form, Form::Bits { bit: Some(_) }) {
        return Err(wrong("one bit of a word cannot be written by itself".to_owned())
            .at(whole.place_of("access"))
            .with_hint("leave `bit` out and write the whole word"));
    }
    let identifies = identifies(section, &whole, &form)?;
    let mut register = Register {
        name,
        table,
        address,
        form,
        access,
        safe: None,
        identifies,
        place: whole.place(),
    };
    let end = u32::from(address) + u32::from(register.count());
    if end > 0x1_0000 {
        return Err(wrong(format!("`{}` ends beyond the last address, 65535", register.name))
            .at(whole.place_of("address")));
    }
    bounds(section, &whole, &mut register)?;
    safe(section, &whole, &mut register)?;
    section.deny_rest(&KEYS)?;
    Ok(register)
}

fn unknown_keys(section: &Section) -> Result<(), Diagnostic> {
    let Some(key) = section.keys().into_iter().find(|it| !KEYS.contains(it)) else { return Ok(()) };
    let message = format!("`{}.{key}` is not a key of this file", section.name());
    Err(Diagnostic::new(message).coded(Code::UnknownKey).at(section.place_of_key(key)).with_hint(
        nearest(key, KEYS).map_or_else(
            || format!("known here: {}", KEYS.join(", ")),
            |it| format!("did you mean `{it}`?"),
        ),
    ))
}

fn missing(section: &Section, key: &str, example: &str) -> Diagnostic {
    Diagnostic::new(format!("`{}` has no `{key}`", section.name()))
        .coded(Code::MissingKey)
        .at(section.place())
        .with_hint(format!("add `{key} = {example}`"))
}

/// The value of `key`, which is one of `all` by name.
fn one_of<T: Copy>(
    section: &mut Section,
    key: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, Diagnostic> {
    let place = section.place_of(key);
    let Some(written) = section.take::<String>(key)? else { return Ok(None) };
    let found = all.iter().copied().find(|it| name(*it) == written);
    let names = || all.iter().copied().map(name);
    found.map(Some).ok_or_else(|| unknown(&written, key, &names().collect::<Vec<_>>()).at(place))
}

fn unknown(written: &str, key: &str, names: &[&str]) -> Diagnostic {
    let hint = nearest(written, names.iter().copied()).map_or_else(
        || format!("write one of {}", names.join(", ")),
        |it| format!("did you mean `{it}`?"),
    );
    wrong(format!("`{written}` is not a `{key}`")).with_hint(hint)
}

/// Refuses keys that say nothing about a register of this form.
fn deny(section: &Section, keys: &[&str], what: &str) -> Result<(), Diagnostic> {
    match section.keys().into_iter().find(|key| keys.contains(key)) {
        None => Ok(()),
        Some(key) => Err(wrong(format!("{what} has no `{key}`")).at(section.place_of_key(key))),
    }
}

fn form(section: &mut Section, whole: &Section, table: Table) -> Result<Form, Diagnostic> {
    const OF_NUMBERS: [&str; 6] = ["word_order", "scale", "offset", "unit", "min", "max"];
    if table.is_of_bits() {
        let keys = [&["type", "bit", "length"][..], &OF_NUMBERS].concat();
        deny(section, &keys, &format!("a {}", table.entry()))?;
        return Ok(Form::Flag);
    }
    let place = whole.place_of("type");
    let written: String = section.take("type")?.ok_or_else(|| missing(whole, "type", "\"u16\""))?;
    let kind = match written.as_str() {
        "u16" => NumberType::U16,
        "i16" => NumberType::I16,
        "u32" => NumberType::U32,
        "i32" => NumberType::I32,
        "f32" => NumberType::F32,
        "bits" => {
            deny(section, &[&OF_NUMBERS[..], &["length"]].concat(), "what is made of bits")?;
            let bit: Option<u8> = section.take("bit")?;
            if bit.is_some_and(|it| it > 15) {
                return Err(wrong("a word has bits 0 to 15".into()).at(whole.place_of("bit")));
            }
            return Ok(Form::Bits { bit });
        }
        "string" => {
            deny(section, &[&OF_NUMBERS[..], &["bit"]].concat(), "a text")?;
            let length: u16 =
                section.take("length")?.ok_or_else(|| missing(whole, "length", "16"))?;
            if !(1..=LONGEST_TEXT).contains(&length) {
                let message = format!("one request reads 1 to {LONGEST_TEXT} characters");
                return Err(wrong(message).at(whole.place_of("length")));
            }
            return Ok(Form::Text { length });
        }
        other => return Err(unknown(other, "type", &TYPES).at(place)),
    };
    deny(section, &["bit", "length"], "a number")?;
    numeric(section, whole, kind).map(Form::Number)
}

fn numeric(
    section: &mut Section,
    whole: &Section,
    kind: NumberType,
) -> Result<Numeric, Diagnostic> {
    const ORDERS: [WordOrder; 2] = [WordOrder::Big, WordOrder::Little];
    let name = |it| if it == WordOrder::Big { "big" } else { "little" };
    let order = one_of(section, "word_order", &ORDERS, name)?;
    if order.is_some() && kind.words() == 1 {
        return Err(wrong("one word has no order".to_owned())
            .at(whole.place_of_key("word_order"))
            .with_hint("`word_order` is for u32, i32 and f32"));
    }
    let mut number = |key: &str, default: f64| {
        let place = whole.place_of(key);
        match section.take::<Plain>(key)? {
            None => Ok(default),
            Some(Plain(number)) if number.is_finite() => Ok(number),
            Some(_) => Err(wrong(format!("`{key}` is no finite number")).at(place)),
        }
    };
    let (scale, offset) = (number("scale", 1.0)?, number("offset", 0.0)?);
    if scale == 0.0 {
        return Err(
            wrong("a scale of 0 makes every count the same".to_owned()).at(whole.place_of("scale"))
        );
    }
    let place = whole.place_of("unit");
    let written: Option<String> = section.take("unit")?;
    let unit = match written.as_deref() {
        None => {
            return Err(missing(whole, "unit", "\"degC\"").with_hint(
                "add `unit = \"degC\"`, or `unit = \"1\"` for a number without dimension",
            ));
        }
        Some("1") => None,
        Some(name) => Some(Unit::named(name).ok_or_else(|| no_unit(name).at(place))?),
    };
    let order = order.unwrap_or_default();
    Ok(Numeric { kind, order, scale, offset, unit, least: None, most: None })
}

fn no_unit(name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("`{name}` is not a unit")).coded(Code::UnknownUnit);
    match nearest(name, UNITS.iter().map(|unit| unit.name)) {
        Some(it) => diagnostic.with_hint(format!("did you mean `{it}`?")),
        None => diagnostic.with_hint("`unit = \"1\"` is for numbers without dimension"),
    }
}

fn identifies(
    section: &mut Section,
    whole: &Section,
    form: &Form,
) -> Result<Option<Identifies>, Diagnostic> {
    const ALL: [Identifies; 2] = [Identifies::Serial, Identifies::Firmware];
    let name = |it| if it == Identifies::Serial { "serial" } else { "firmware" };
    let identifies = one_of(section, "identifies", &ALL, name)?;
    let fits = match form {
        Form::Text { .. } => true,
        Form::Number(it) => it.unit.is_none(),
        Form::Bits { .. } | Form::Flag => false,
    };
    if identifies.is_some() && !fits {
        return Err(wrong("only a text or a plain number identifies".to_owned())
            .at(whole.place_of_key("identifies")));
    }
    Ok(identifies)
}

/// `min` and `max`.
fn bounds(
    section: &mut Section,
    whole: &Section,
    register: &mut Register,
) -> Result<(), Diagnostic> {
    let Form::Number(it) = &register.form else { return Ok(()) };
    let mut it = it.clone();
    let mut read = |key: &str| {
        let Some(literal) = section.take::<Literal>(key)? else { return Ok(None) };
        let value = match register.value(literal) {
            Ok(RegisterValue::Quantity(it)) => it,
            Ok(RegisterValue::Integer(it)) => Quantity::number(it as f64),
            Ok(_) => return Err(wrong(format!("`{key}` is no amount")).at(whole.place_of(key))),
            Err(message) => return Err(wrong(message).at(whole.place_of(key))),
        };
        if !register.access.writes() {
            return Err(wrong(format!("`{key}` is for what can be written"))
                .at(whole.place_of_key(key))
                .with_hint("add `access = \"read-write\"`, or leave it out"));
        }
        Ok(Some(it.unit.map_or(value.value(), |unit| unit.from_base(value.value()))))
    };
    let (least, most) = (read("min")?, read("max")?);
    (it.least, it.most) = (least, most);
    let (low, high) = it.range();
    if low > high {
        let key = if most.is_some() { "max" } else { "min" };
        return Err(wrong(format!(
            "nothing is from {} to {}",
            it.quantity(low),
            it.quantity(high)
        ))
        .at(whole.place_of(key)));
    }
    register.form = Form::Number(it);
    Ok(())
}

fn safe(section: &mut Section, whole: &Section, register: &mut Register) -> Result<(), Diagnostic> {
    let Some(literal) = section.take::<Literal>("safe")? else { return Ok(()) };
    if register.access != Access::ReadWrite {
        return Err(wrong("a safe state is written and read back".to_owned())
            .at(whole.place_of_key("safe"))
            .with_hint("add `access = \"read-write\"`"));
    }
    let value = register.value(literal).map_err(|it| wrong(it).at(whole.place_of("safe")))?;
    if let Err(misfit) = register.encode(&value) {
        let diagnostic = wrong(misfit.message).at(whole.place_of("safe"));
        return Err(match misfit.hint {
            Some(hint) => diagnostic.with_hint(hint),
            None => diagnostic,
        });
    }
    register.safe = Some(value);
    Ok(())
}
