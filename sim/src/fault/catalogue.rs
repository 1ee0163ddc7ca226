//! The faults that a bench may have, by name.

use std::path::Path;

use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Diagnostic, nearest};

use super::{DEVICE, Does, Fault};
use crate::device::declared_faults;

/// A fault that has a name, and what a test is expected to make of it.
#[derive(Clone, Debug)]
pub struct Known {
    /// What it is called.
    pub name: String,
    /// What it is, all of it at once; there is one at least.
    pub faults: Vec<Fault>,
    /// Why nothing needs to notice it; `None` if something has to.
    pub why_not: Option<String>,
}

/// Faults by name, in the order of their file.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// All of them.
    pub faults: Vec<Known>,
    file: String,
}

impl Known {
    fn read((name, mut tables): (String, Vec<Section>)) -> Result<Self, Diagnostic> {
        let Some(first) = tables.first_mut() else {
            return Err(Diagnostic::new(format!("the fault `{name}` is nothing")));
        };
        let place = first.place_of("why_not");
        let why_not: Option<String> = first.take("why_not")?;
        if why_not.as_ref().is_some_and(|it| it.trim().is_empty()) {
            let text = format!("`{name}` does not say why nothing has to notice it");
            return Err(Diagnostic::new(text).at(place));
        }
        let faults = tables.into_iter().map(Fault::read).collect::<Result<_, _>>()?;
        Ok(Self { name, faults, why_not })
    }
}

impl Catalogue {
    /// Reads the text of the file `path`: a table for each fault, or a list of tables for one that is
    /// several things at once, each with the keys of `[[sim.faults]]`; and `why_not` in the first of
    /// them where nothing has to notice the fault.
    ///
    /// # Errors
    ///
    /// The first fault that cannot be understood, with its place.
    pub fn read(path: &str, text: &str) -> Result<Self, Diagnostic> {
        let mut file = toml_file::read(path, text)?;
        let mut named: Vec<(String, Vec<Section>)> =
            file.take_sections().into_iter().map(|(name, it)| (name, vec![it])).collect();
        let lists: Vec<String> = file.keys().into_iter().map(str::to_owned).collect();
        for name in lists {
            named.push((name.clone(), file.take_list(&name)?));
        }
        let mut faults =
            named.into_iter().map(Known::read).collect::<Result<Vec<_>, Diagnostic>>()?;
        faults.sort_by_key(|it| it.faults.first().map(|it| it.place.line));
        Ok(Self { faults, file: path.to_owned() })
    }

    /// These and the faults that the device file at `path` declares itself: each by its name, unless
    /// something here is that fault already or has that name.
    ///
    /// # Errors
    ///
    /// The device file cannot be run; with the place of what is wrong.
    pub fn with_device(mut self, path: &Path) -> Result<Self, Diagnostic> {
        for (name, place) in declared_faults(path)? {
            let is_it = |it: &Fault| matches!(&it.does, Does::Suffer { from } if *from == name);
            let here = |it: &Known| it.name == name || it.faults.iter().any(is_it);
            if !self.faults.iter().any(here) {
                let does = Does::Suffer { from: name.clone() };
                let faults = vec![Fault { at: DEVICE.to_owned(), does, place }];
                self.faults.push(Known { name, faults, why_not: None });
            }
        }
        if self.file.is_empty() {
            self.file = path.display().to_string();
        }
        Ok(self)
    }

    /// The fault called `name`.
    ///
    /// # Errors
    ///
    /// There is none; the nearest one is named.
    pub fn named(&self, name: &str) -> Result<&Known, Diagnostic> {
        let found = self.faults.iter().find(|it| it.name == name);
        found.ok_or_else(|| {
            let text = format!("`{}` has no fault `{name}`", self.file);
            let known: Vec<&str> = self.faults.iter().map(|it| it.name.as_str()).collect();
            Diagnostic::new(text).with_hint(match nearest(name, known.iter().copied()) {
                Some(it) => format!("did you mean `{it}`?"),
                None => format!("it has {}", known.join(", ")),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[rail_low]\nat = 'TP'\ndoes = 'offset'\nby = '-50 mV'\n\
                        [[bent]]\nat = 'dmm'\ndoes = 'read high'\nby = '1 %'\nwhy_not = 'x'\n\
                        [[bent]]\nat = 'dmm'\ndoes = 'read high'\nby = '-2 mV'\n\
                        [hungry]\nat = 'VBAT'\ndoes = 'load'\nby = '1 mA'\nuntil = '100 ms'\n";

    fn read(text: &str) -> Result<Catalogue, Diagnostic> {
        Catalogue::read("a.faults.toml", text)
    }

    #[test]
    fn faults_have_names_and_stand_in_the_order_of_their_file() {
        let catalogue = read(TEXT).unwrap();
        let told = catalogue.faults.iter().map(|it| {
            let does = it.faults.iter().map(|it| it.does.to_string()).collect::<Vec<_>>();
            (it.name.as_str(), does.join(" and "), it.why_not.is_some())
        });
        let expected = [
            ("rail_low", "offset by -50 mV".to_owned(), false),
            ("bent", "read high by 1% and read high by -2 mV".to_owned(), true),
            ("hungry", "load by 1 mA until 100 ms".to_owned(), false),
        ];
        assert!(told.eq(expected.clone()), "{catalogue:?}");
    }

    #[test]
    fn what_a_catalogue_cannot_say_has_a_place_and_a_name_that_is_wrong_its_neighbour() {
        for (text, line, message) in [
            ("[a]\nat = 'x'\ndoes = 'ofset'\n", 3, "no fault does `ofset`"),
            ("[a]\nat = 'x'\ndoes = 'load'\nby = '5 V'\n", 4, "expected a current"),
            ("[a]\nat = 'x'\ndoes = 'refuse'\nwhy_not = ' '\n", 4, "does not say why"),
            ("[a]\nat = 'x'\ndoes = 'read high'\nby = '3 Hz'\n", 4, "nothing reads 3 Hz"),
            ("a = 1\n", 1, "expected an array of tables"),
        ] {
            let wrong = read(text).unwrap_err();
            assert!(wrong.message.contains(message), "{text}: {wrong:?}");
            assert_eq!(wrong.place.unwrap().line, line, "{text}");
        }
        let unknown = read(TEXT).unwrap().named("rail_lo").unwrap_err();
        assert_eq!(unknown.message, "`a.faults.toml` has no fault `rail_lo`");
        assert_eq!(unknown.hint.unwrap(), "did you mean `rail_low`?");
    }

    #[test]
    fn an_amount_takes_the_place_of_the_catalogues() {
        let catalogue = read(TEXT).unwrap();
        let fault = &catalogue.named("rail_low").unwrap().faults[0];
        assert_eq!(fault.amounting("-20mV").unwrap().does.to_string(), "offset by -20 mV");
        for (amount, said) in [("5 A", "expected a voltage"), ("5", "offset by -50 mV")] {
            let wrong = fault.amounting(amount).unwrap_err();
            assert!(wrong.message.contains(said), "{wrong:?}");
        }
    }
}
