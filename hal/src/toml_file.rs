//! TOML files that people write: unknown keys, wrong units and wrong types are errors with file,
//! line, column and the nearest known key.
//!
//! A [`Section`] is a table that remembers where it stood, so that whoever finally understands it
//! (a driver's options, a simulated twin's) can still point at the line.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::de::{DeserializeOwned, IntoDeserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{Code, Diagnostic, Place, nearest};

/// A text file that somebody wrote.
#[derive(Debug)]
pub struct Source {
    path: Arc<str>,
    text: &'static str,
    /// Where each line begins; found when the first place is asked for.
    lines: OnceLock<Vec<usize>>,
}

impl Source {
    /// The file, as the user named it.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// What stands in it.
    pub fn text(&self) -> &str {
        self.text
    }

    /// The place that a range of bytes means.
    pub fn place(&self, span: Range<usize>) -> Place {
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        // A model has hundreds of places, and none of them needs all of the text before it.
        let before = lines.partition_point(|begin| *begin <= span.start).saturating_sub(1);
        let begin = lines.get(before).copied().unwrap_or(0);
        let span = span.start - begin..span.end.saturating_sub(begin);
        let mut place = Place::of(&self.path, &self.text[begin..], span);
        place.line += before;
        place
    }
}

/// A table of a TOML file.
#[derive(Clone, Debug)]
pub struct Section {
    source: Arc<Source>,
    name: String,
    span: Range<usize>,
    table: DeTable<'static>,
}

/// Reads a whole file as one section without a name.
///
/// # Errors
///
/// It is not TOML.
pub fn read(path: &str, text: &str) -> Result<Section, Diagnostic> {
    // Leaked, because a parsed table borrows its text for as long as a driver may still ask for
    // its options. A process reads its few small files once.
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    let source = Arc::new(Source { path: path.into(), text, lines: OnceLock::new() });
    let table = DeTable::parse(text)
        .map_err(|error| Diagnostic { code: Some(Code::NoToml), ..explain(&source, "", &error) })?;
    let span = table.span();
    Ok(Section { source, name: String::new(), span, table: table.into_inner() })
}

impl Section {
    /// Its name as one would write it in brackets: `instruments.psu`; empty for a whole file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file it stands in.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        self.source.place(self.span.clone())
    }

    /// Where the value of `key` stands; the section's own place if it has no such key.
    pub fn place_of(&self, key: &str) -> Place {
        let span = self.table.get(key).map_or_else(|| self.span.clone(), Spanned::span);
        self.source.place(span)
    }

    /// Where `key` itself stands; the section's own place if it has no such key.
    pub fn place_of_key(&self, key: &str) -> Place {
        let entry = self.table.get_key_value(key);
        self.source.place(entry.map_or_else(|| self.span.clone(), |(key, _)| key.span()))
    }

    /// The keys that nobody has taken yet, in the order of the file.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<_> = self.table.keys().collect();
        keys.sort_by_key(|key| key.span().start);
        keys.into_iter().map(|key| key.get_ref().as_ref()).collect()
    }

    /// Takes the value of `key` out, as a `T`.
    ///
    /// # Errors
    ///
    /// It is no `T`.
    pub fn take<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, Diagnostic> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let span = value.span();
        let name = self.child(key);
        T::deserialize(value.into_deserializer()).map(Some).map_err(|error| {
            let mut diagnostic = explain(&self.source, &name, &error);
            if error.span().is_none() {
                diagnostic.place = Some(self.source.place(span));
            }
            diagnostic
        })
    }

    /// Takes the table called `key` out; `None` if there is none.
    ///
    /// # Errors
    ///
    /// There is such a key, but its value is no table.
    pub fn take_section(&mut self, key: &str) -> Result<Option<Self>, Diagnostic> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let (name, span) = (self.child(key), value.span());
        match value.into_inner() {
            DeValue::Table(table) => {
                Ok(Some(Self { source: self.source.clone(), name, span, table }))
            }
            other => Err(Diagnostic::new(format!(
                "`{name}` is a {}; expected a table",
                other.type_str()
            ))
            .coded(Code::BadValue)
            .at(self.source.place(span))),
        }
    }

    /// Takes the array of tables called `key` out (`[[faults]]`); empty if there is none.
    ///
    /// # Errors
    ///
    /// There is such a key, but its value is no array, or holds something else than tables.
    pub fn take_list(&mut self, key: &str) -> Result<Vec<Self>, Diagnostic> {
        let Some(value) = self.table.remove(key) else { return Ok(Vec::new()) };
        let (name, span) = (self.child(key), value.span());
        let refused = |what: &DeValue<'_>, span| {
            let message = format!("`{name}` is a {}; expected an array of tables", what.type_str());
            Diagnostic::new(message).coded(Code::BadValue).at(self.source.place(span))
        };
        let items = match value.into_inner() {
            DeValue::Array(items) => items,
            other => return Err(refused(&other, span)),
        };
        let section = |item: Spanned<DeValue<'static>>| {
            let span = item.span();
            match item.into_inner() {
                DeValue::Table(table) => {
                    Ok(Self { source: self.source.clone(), name: name.clone(), span, table })
                }
                other => Err(refused(&other, span)),
            }
        };
        items.into_iter().map(section).collect()
    }

    /// Takes every table out, in the order of the file; other values stay.
    pub fn take_sections(&mut self) -> Vec<(String, Self)> {
        let mut names: Vec<_> = (self.table.iter())
            .filter(|(_, value)| value.get_ref().is_table())
            .map(|(key, _)| (key.span().start, key.get_ref().to_string()))
            .collect();
        names.sort();
        let take = |(_, key): (usize, String)| {
            let section = self.take_section(&key).ok().flatten()?;
            Some((key, section))
        };
        names.into_iter().filter_map(take).collect()
    }

    /// What is left of the section, as a `T`; give `T` `#[serde(deny_unknown_fields)]`.
    ///
    /// # Errors
    ///
    /// A key is unknown or missing, or a value is not what `T` wants.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Diagnostic> {
        let span = self.span.clone();
        let value = Spanned::new(span.clone(), self.table);
        T::deserialize(value.into_deserializer()).map_err(|error| {
            let mut diagnostic = explain(&self.source, &self.name, &error);
            if error.span().is_none() {
                diagnostic.place = Some(self.source.place(span));
            }
            diagnostic
        })
    }

    /// Refuses the keys that nobody has taken, naming the nearest of `known`.
    ///
    /// # Errors
    ///
    /// There is such a key.
    pub fn deny_rest(&self, known: &[&str]) -> Result<(), Diagnostic> {
        let Some(key) = self.table.keys().min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let name = self.child(key.get_ref());
        Err(unknown(&name, key.get_ref(), known.iter().copied()).at(self.source.place(key.span())))
    }

    fn child(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

fn explain(source: &Source, section: &str, error: &toml::de::Error) -> Diagnostic {
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let mut diagnostic = match (message.starts_with("unknown field"), quoted.next()) {
        (true, Some(key)) => {
            let name = if section.is_empty() { key.into() } else { format!("{section}.{key}") };
            unknown(&name, key, quoted)
        }
        _ => {
            // Errors of our own types carry their hint behind a semicolon: serde keeps one text.
            let (text, hint) = message.split_once("; ").unwrap_or((message, ""));
            let name = if section.is_empty() { String::new() } else { format!("`{section}`: ") };
            let mut diagnostic = Diagnostic::new(format!("{name}{}", text.trim_end()));
            if !hint.is_empty() {
                diagnostic.hint = Some(hint.to_owned());
            }
            diagnostic
        }
    };
    diagnostic.place = error.span().map(|span| source.place(span));
    let missing = message.starts_with("missing field");
    diagnostic.coded(if missing { Code::MissingKey } else { Code::BadValue })
}

fn unknown<'a>(name: &str, key: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let message = format!("`{name}` is not a key of this file");
    let diagnostic = Diagnostic::new(message).coded(Code::UnknownKey);
    match nearest(key, known.iter().copied()) {
        Some(it) => diagnostic.with_hint(format!("did you mean `{it}`?")),
        None if known.is_empty() => diagnostic,
        None => diagnostic.with_hint(format!("known here: {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Resource, Volts};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        voltage: Volts,
        #[expect(dead_code, reason = "read by serde only")]
        count: Option<u8>,
    }

    const FILE: &str = "\
[fixture]
id = \"FX\"

[instruments.psu]
address = \"TCPIP::host::5025::SOCKET\"
limits = { voltage = \"5 V\" }
chanel = 1
[instruments.dmm]
";

    fn psu() -> Section {
        let mut file = read("bench.toml", FILE).unwrap();
        let mut instruments = file.take_section("instruments").unwrap().unwrap();
        let sections = instruments.take_sections();
        assert_eq!(
            sections.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
            ["psu", "dmm"]
        );
        sections.into_iter().next().unwrap().1
    }

    fn complaint(diagnostic: &Diagnostic) -> String {
        let place = diagnostic.place.as_ref().map(ToString::to_string).unwrap_or_default();
        let hint = diagnostic.hint.as_deref().unwrap_or("-");
        format!("{place}: {diagnostic} ({hint})")
    }

    #[test]
    fn values_are_taken_with_their_type() {
        let mut psu = psu();
        let address: Resource = psu.take("address").unwrap().unwrap();
        assert_eq!(address.to_string(), "TCPIP0::host::5025::SOCKET");
        let limits: Limits = psu.take_section("limits").unwrap().unwrap().read().unwrap();
        assert_eq!(limits.voltage, Volts(5.0));
        assert!(psu.take::<String>("model").unwrap().is_none());
    }

    #[test]
    fn an_array_of_tables_is_taken_table_by_table_and_nothing_else_is_one() {
        let text = "\nfaults = [{ at = \"psu\" },\n { at = \"dmm\" }]\nmixed = [{}, 1]\none = {}";
        let mut file = read("f", text).unwrap();
        let faults = file.take_list("faults").unwrap();
        let lines: Vec<usize> = faults.iter().map(|it| it.place().line).collect();
        assert_eq!((lines, faults[0].name()), (vec![2, 3], "faults"));
        assert!(file.take_list("faults").unwrap().is_empty());
        let said = |key, file: &mut Section| complaint(&file.take_list(key).unwrap_err());
        let expected = "expected an array of tables (-)";
        assert_eq!(said("mixed", &mut file), format!("f:4:14: `mixed` is a integer; {expected}"));
        assert_eq!(said("one", &mut file), format!("f:5:7: `one` is a table; {expected}"));
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest_known_one() {
        let mut psu = psu();
        psu.take::<Resource>("address").unwrap();
        psu.take_section("limits").unwrap();
        let error = psu.deny_rest(&["address", "channel", "limits"]).unwrap_err();
        assert_eq!(
            complaint(&error),
            "bench.toml:7:1: `instruments.psu.chanel` is not a key of this file \
             (did you mean `channel`?)"
        );
    }

    #[test]
    fn every_kind_of_mistake_points_at_its_line() {
        for (text, said) in [
            ("voltage = \"5 mv\"", "f:1:11: `mv` is not a unit (did you mean `mV`?)"),
            ("voltage = \"5 A\"", "f:1:11: 5 A is a current, expected a voltage (-)"),
            ("voltage = 5", "f:1:11: invalid type: integer `5`, expected a quantity as text"),
            (
                "\nvoltag = \"5 V\"",
                "f:2:1: `voltag` is not a key of this file (did you mean `voltage`?)",
            ),
            ("voltage = \"5 V\"\ncount = 300", "f:2:9: invalid value: integer `300`, expected u8"),
            ("count = 1", "f:1:1: missing field `voltage`"),
            ("voltage == 1", "f:1:10: "),
        ] {
            let said_now = match read("f", text).and_then(Section::read::<Limits>) {
                Err(error) => complaint(&error),
                Ok(limits) => panic!("{text} was read as {limits:?}"),
            };
            assert!(said_now.starts_with(said), "{text}: {said_now}");
        }
    }
}
