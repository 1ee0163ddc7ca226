//! Interlocks: readings that have to stay where they are while a run goes on.
//!
//! An observer of a safety circuit, never the safety circuit: what is hazardous needs hardware that
//! works without any program.

mod lookout;
mod trip;
mod watch;

use std::time::Duration;

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Dimension, Function, Quantity, Seconds, nearest};
use pogo_record::Limit;

pub(crate) use self::trip::{Trip, Tripped, diagnostic};
pub(crate) use self::watch::{Begun, Interlocks};
use crate::fixture::{Role, is_identifier};

/// How often an interlock is looked at where the fixture does not say.
const EVERY: Duration = Duration::from_millis(100);

/// How long one look may take where the fixture does not say.
const TIMEOUT: Duration = Duration::from_millis(500);

/// One interlock of a fixture.
#[derive(Clone, Debug)]
pub struct Interlock {
    /// The instrument that reads it, described as a role is; scripts do not see it. Its `timeout`
    /// is that of one look.
    pub role: Role,
    /// What is read.
    pub reads: Function,
    /// What it reads when it is closed.
    pub closed: Limit,
    /// How long nobody looks between two looks.
    pub every: Duration,
}

const KEYS: [&str; 7] = ["model", "address", "reads", "closed", "every", "timeout", "sim"];
const EDGES: [&str; 4] = ["from", "to", "at_least", "at_most"];

/// Every interlock in the table `[interlocks]`, in the order of the file, beside `roles`.
pub(crate) fn read_all(
    table: Option<Section>,
    roles: &[Role],
) -> Result<Vec<Interlock>, Diagnostic> {
    let Some(mut table) = table else { return Ok(Vec::new()) };
    let sections = table.take_sections();
    table.deny_rest(&[])?;
    let read = |(name, section)| Interlock::read(name, section, roles);
    sections.into_iter().map(read).collect()
}

impl Interlock {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.role.name
    }

    fn read(name: String, mut section: Section, roles: &[Role]) -> Result<Self, Diagnostic> {
        let whole = section.clone();
        if !is_identifier(&name) {
            return Err(Diagnostic::new(format!("`{name}` cannot be the name of an interlock"))
                .at(whole.place())
                .with_hint("use lower-case letters, digits and `_`, beginning with a letter"));
        }
        if roles.iter().any(|role| role.name == name) {
            return Err(Diagnostic::new(format!("`{name}` is the name of a role already"))
                .at(whole.place())
                .with_hint("an interlock is no role; give it a name of its own"));
        }
        let reads = reads(&mut section)?;
        let closed = section.take_section("closed")?.ok_or_else(|| {
            Diagnostic::new(format!("`{}` does not say when it is closed", whole.name()))
                .at(whole.place())
                .with_hint(format!("add `closed = {}`", example(reads)))
        })?;
        let closed = limit(closed, reads)?;
        let every = duration(&mut section, "every")?.unwrap_or(EVERY);
        let timeout = duration(&mut section, "timeout")?.unwrap_or(TIMEOUT);
        let mut role = Role::read(name, section)?;
        role.options.deny_rest(&KEYS)?;
        if let Some(other) = roles.iter().find(|it| it.address == role.address) {
            let message =
                format!("`{}` and the role `{}` have one address", whole.name(), other.name);
            return Err(Diagnostic::new(message)
                .at(whole.place_of("address"))
                .with_hint("an interlock needs an instrument that no script uses"));
        }
        (role.timeout, role.section) = (timeout, whole);
        Ok(Self { role, reads, closed, every })
    }
}

fn reads(section: &mut Section) -> Result<Function, Diagnostic> {
    let place = section.place_of("reads");
    let known = Function::ALL.map(Function::name);
    let Some(name) = section.take::<String>("reads")? else {
        return Err(Diagnostic::new(format!("`{}` does not say what it reads", section.name()))
            .at(place)
            .with_hint(format!("add `reads = \"{}\"`; known: {}", known[0], known.join(", "))));
    };
    Function::named(&name).ok_or_else(|| {
        let hint = nearest(&name, known).map_or_else(
            || format!("known: {}", known.join(", ")),
            |it| format!("did you mean `{it}`?"),
        );
        Diagnostic::new(format!("`{name}` is not a function of a meter")).at(place).with_hint(hint)
    })
}

/// What a table such as `{ from = "4.5 V", to = "5.5 V" }` says about a reading of `reads`.
fn limit(mut section: Section, reads: Function) -> Result<Limit, Diagnostic> {
    let place = section.place();
    let mut edge = |key: &str| -> Result<Option<Quantity>, Diagnostic> {
        let place = section.place_of(key);
        let Some(edge) = section.take::<Quantity>(key)? else { return Ok(None) };
        if edge.dimension() == reads.dimension() {
            return Ok(Some(edge));
        }
        let (is, wanted) = (edge.dimension().with_article(), reads.dimension().with_article());
        let message = format!("{edge} is {is}; `{}` reads {wanted}", reads.name());
        Err(Diagnostic::new(message).at(place))
    };
    let [from, to, at_least, at_most] =
        [edge("from")?, edge("to")?, edge("at_least")?, edge("at_most")?];
    section.deny_rest(&EDGES)?;
    let limit = match (from, to, at_least, at_most) {
        (Some(from), Some(to), None, None) => Limit::between(from, to),
        (None, None, Some(edge), None) => Limit::at_least(edge),
        (None, None, None, Some(edge)) => Limit::at_most(edge),
        _ => {
            let message = format!("`{}` is neither a range nor one edge", section.name());
            let hint = format!("write `{}`, or `at_least` or `at_most` alone", example(reads));
            return Err(Diagnostic::new(message).at(place).with_hint(hint));
        }
    };
    limit.map_err(|error| {
        let mut diagnostic = Diagnostic::new(format!("`{}`: {error}", section.name())).at(place);
        diagnostic.hint = error.hint().map(str::to_owned);
        diagnostic
    })
}

fn example(reads: Function) -> &'static str {
    match reads.dimension() {
        Dimension::Current => r#"{ from = "4 mA", to = "20 mA" }"#,
        Dimension::Resistance => r#"{ from = "0 ohm", to = "10 ohm" }"#,
        Dimension::Temperature => r#"{ from = "10 degC", to = "60 degC" }"#,
        _ => r#"{ from = "4.5 V", to = "5.5 V" }"#,
    }
}

fn duration(section: &mut Section, key: &str) -> Result<Option<Duration>, Diagnostic> {
    let place = section.place_of(key);
    match section.take::<Seconds>(key)? {
        None => Ok(None),
        Some(Seconds(seconds)) if (0.01..=10.0).contains(&seconds) => {
            Ok(Some(Duration::from_secs_f64(seconds)))
        }
        Some(other) => Err(Diagnostic::new(format!("`{key}` of an interlock cannot be {other}"))
            .at(place)
            .with_hint("give a duration from `10 ms` to `10 s`")),
    }
}

#[cfg(test)]
mod tests {
    use pogo_hal::toml_file;

    use super::*;

    const LID: &str = "[lid]\nmodel = 'm'\naddress = 'TCPIP::h::1::SOCKET'\n\
                       reads = 'dc_voltage'\nclosed = { from = '4.5 V', to = '5.5 V' }\n";
    const PSU: &str = "[psu]\nmodel = 'm'\naddress = 'TCPIP::psu::1::SOCKET'\n";

    fn read(text: &str) -> Result<Vec<Interlock>, Diagnostic> {
        let mut roles = toml_file::read("f", PSU).unwrap();
        let (name, psu) = roles.take_sections().pop().unwrap();
        read_all(Some(toml_file::read("f", text).unwrap()), &[Role::read(name, psu).unwrap()])
    }

    #[test]
    fn what_an_interlock_does_not_say_has_a_default() {
        let lid = read(LID).unwrap().pop().unwrap();
        assert_eq!((lid.name(), lid.reads), ("lid", Function::DcVoltage));
        assert_eq!(lid.closed.to_string(), "4.5 .. 5.5 V");
        assert_eq!((lid.every, lid.role.timeout), (EVERY, TIMEOUT));
        let lid = read(&[LID, "every = '1 s'\ntimeout = '50 ms'"].concat()).unwrap().pop().unwrap();
        assert_eq!((lid.every.as_millis(), lid.role.timeout.as_millis()), (1000, 50));
    }

    #[test]
    fn mistakes_name_their_place_and_what_was_meant() {
        let closed = |closed: &str| LID.replace("{ from = '4.5 V', to = '5.5 V' }", closed);
        for (text, said, hint) in [
            (LID.replace("dc_volt", "dc_vlt"), "4:9: `dc_vltage` is not a func", "`dc_voltage`?"),
            (LID.replace("reads", "read"), "1:1: `lid` does not say what it reads", "add `reads"),
            (LID.replace("closed", "close"), "1:1: `lid` does not say when it is", "add `closed"),
            (closed("'5 V'"), "5:10: `lid.closed` is a string; expected a table", ""),
            (closed("{ at_most = '1 A' }"), "5:22: 1 A is a current; `dc_voltage` reads", ""),
            (closed("{ at_mst = '1 V' }"), "5:12: `lid.closed.at_mst` is not a key", "`at_most`?"),
            (closed("{ from = '1 V' }"), "5:10: `lid.closed` is neither a range nor", "write `"),
            (closed("{}"), "5:10: `lid.closed` is neither a range nor one edge", "write `"),
            (closed("{ from = '2 V', to = '1 V' }"), "5:10: `lid.closed`: the limit", "lower"),
            ([LID, "every = '1 hour'"].concat(), "6:9: `every` of an interlock", "`10 ms` to"),
            ([LID, "timeout = '0 s'"].concat(), "6:11: `timeout` of an interlock", "`10 ms` to"),
            ([LID, "evry = '1 s'"].concat(), "6:1: `lid.evry` is not a key", "`every`?"),
            ([LID, "channel = 1"].concat(), "6:1: `lid.channel` is not a key", "known here"),
            (LID.replace("::h::", "::psu::"), "3:11: `lid` and the role `psu` have one", "needs"),
            (LID.replace("[lid]", "[psu]"), "1:1: `psu` is the name of a role", "of its own"),
            (LID.replace("[lid]", "[Lid]"), "1:1: `Lid` cannot be the name of an", "lower-case"),
            (["lid = 1\n", LID].concat().replace("[lid]", "[door]"), "1:1: `lid` is not a", ""),
        ] {
            let error = read(&text).unwrap_err();
            let place = error.place.as_ref().unwrap();
            let found = format!("{}:{}: {error}", place.line, place.column);
            assert!(found.starts_with(said), "{text}\n{found}");
            assert!(error.hint.unwrap_or_default().contains(hint), "{text}");
        }
    }
}
