//! Whether a label is the label of this unit.

use jiff::civil::Date;

use super::Parsed;

/// What is known of a unit without its label. What is `None` is not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unit<'a> {
    /// Its serial number.
    pub serial: Option<&'a str>,
    /// Its lot.
    pub lot: Option<&'a str>,
    /// Which kind of device it is, as [`Parsed::device_identifier`] has it.
    pub device_identifier: Option<&'a str>,
    /// The day on which it is looked at: it must have been made and may not be over.
    pub today: Option<Date>,
}

/// How a label and a unit compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What both say alike: some of `device identifier`, `lot` and `serial`. If it is empty and
    /// nothing differs, then nothing ties the label to the unit.
    pub agrees: Vec<&'static str>,
    /// What they say differently, as sentences without a final period.
    pub differs: Vec<String>,
}

impl Parsed {
    /// Holds this label against `unit`, letter by letter. What one of them does not say is neither
    /// agreed nor different.
    pub fn compare(&self, unit: &Unit<'_>) -> Comparison {
        let mut comparison = Comparison::default();
        for (name, label, unit) in [
            ("device identifier", &self.device_identifier, unit.device_identifier),
            ("lot", &self.lot, unit.lot),
            ("serial", &self.serial, unit.serial),
        ] {
            match (label.as_deref(), unit) {
                (Some(label), Some(unit)) if label == unit => comparison.agrees.push(name),
                (Some(label), Some(unit)) => comparison.differs.push(differs(name, label, unit)),
                _ => {}
            }
        }
        if let Some(today) = unit.today {
            comparison.differs.extend(self.out_of_date(today));
        }
        comparison
    }

    fn out_of_date(&self, today: Date) -> impl Iterator<Item = String> {
        let over = self.expires.filter(|it| it.last_day() < today);
        let over = over.map(|it| format!("the label says expiry {it}, today is {today}"));
        let early = self.produced.filter(|it| it.first_day() > today);
        let early = early.map(|it| format!("the label says production {it}, today is {today}"));
        early.into_iter().chain(over)
    }
}

fn differs(name: &str, label: &str, unit: &str) -> String {
    let case = match label.eq_ignore_ascii_case(unit) {
        true => ", which are other letters by their case",
        false => "",
    };
    format!("the label says {name} {label:?}, the unit is {unit:?}{case}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::udi::parse;

    fn label() -> Parsed {
        let text = "(01)09506000134352(11)261122(17)281200(10)LOT42(21)SN0001";
        parse(text, date(2026, 11, 22)).unwrap()
    }

    #[test]
    fn a_unit_of_this_label_agrees_with_it() {
        let unit = Unit {
            serial: Some("SN0001"),
            lot: Some("LOT42"),
            device_identifier: Some("09506000134352"),
            today: Some(date(2026, 11, 22)),
        };
        let it = label().compare(&unit);
        assert_eq!(it.agrees, ["device identifier", "lot", "serial"]);
        assert_eq!(it.differs, Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_a_sentence() {
        let unit = Unit {
            serial: Some("SN0002"),
            lot: Some("LOT43"),
            device_identifier: Some("09506000134369"),
            today: None,
        };
        let it = label().compare(&unit);
        assert!(it.agrees.is_empty(), "{it:?}");
        assert_eq!(
            it.differs,
            [
                r#"the label says device identifier "09506000134352", the unit is "09506000134369""#,
                r#"the label says lot "LOT42", the unit is "LOT43""#,
                r#"the label says serial "SN0001", the unit is "SN0002""#,
            ]
        );
    }

    #[test]
    fn a_serial_in_other_letters_is_another_serial() {
        let unit = Unit { serial: Some("sn0001"), ..Unit::default() };
        let it = label().compare(&unit);
        assert_eq!(
            it.differs,
            [
                r#"the label says serial "SN0001", the unit is "sn0001", which are other letters by their case"#
            ]
        );
    }

    #[test]
    fn what_one_of_them_does_not_say_is_neither_agreed_nor_different() {
        let text = "(01)09506000134352(10)LOT42";
        let lot_only = parse(text, date(2026, 11, 22)).unwrap();
        let unit = Unit { serial: Some("SN0001"), ..Unit::default() };
        assert_eq!(lot_only.compare(&unit), Comparison::default());
        assert_eq!(label().compare(&Unit::default()), Comparison::default());
    }

    #[test]
    fn an_open_day_of_expiry_is_over_with_its_month() {
        let on = |today| label().compare(&Unit { today: Some(today), ..Unit::default() }).differs;
        assert!(on(date(2028, 12, 31)).is_empty());
        assert_eq!(on(date(2029, 1, 1)), ["the label says expiry 2028-12, today is 2029-01-01"]);
    }

    #[test]
    fn nothing_was_produced_tomorrow() {
        let on = |today| label().compare(&Unit { today: Some(today), ..Unit::default() }).differs;
        assert_eq!(
            on(date(2026, 11, 21)),
            ["the label says production 2026-11-22, today is 2026-11-21"]
        );
    }
}
