//! The unit under test: who it is said to be, and what its product asks for.

use pogo_hal::Diagnostic;
use pogo_record::{Pattern, Udi};
use serde::Deserialize;

/// The unit under test, as whoever starts the run says it is.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// Its serial number, its case kept.
    pub serial: String,
    /// The lot that it belongs to.
    pub lot: Option<String>,
    /// The work order that it is made under.
    pub work_order: Option<String>,
    /// What its label says it is, once that was held against the rest.
    pub udi: Option<Udi>,
}

/// What a product asks of its units and of whoever tests them.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The revision of its hardware.
    pub revision: Option<String>,
    /// What a serial number looks like. A product that says so owns its serial numbers: no unit of
    /// another product has one of them.
    pub serial: Option<Pattern>,
    /// The device identifier that its labels carry.
    pub device_identifier: Option<String>,
    /// What no run may be without.
    pub requires: Vec<Required>,
}

/// What a product can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// A lot.
    Lot,
    /// A work order.
    WorkOrder,
    /// A label.
    Udi,
    /// The operator.
    Operator,
}

impl Required {
    /// How it is called, and how it is given.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Lot => ("lot", "--lot"),
            Self::WorkOrder => ("work order", "--work-order"),
            Self::Udi => ("UDI", "--udi"),
            Self::Operator => ("operator", "--operator"),
        }
    }

    fn is_given(self, unit: &Unit, operator: Option<&str>) -> bool {
        match self {
            Self::Lot => unit.lot.is_some(),
            Self::WorkOrder => unit.work_order.is_some(),
            Self::Udi => unit.udi.is_some(),
            Self::Operator => operator.is_some(),
        }
    }
}

impl Identity {
    /// Everything that speaks against testing `unit` of the product called `name`.
    pub fn mistakes(&self, name: &str, unit: &Unit, operator: Option<&str>) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        let serial = &unit.serial;
        if let Some(pattern) = self.serial.as_ref().filter(|it| !it.describes(serial)) {
            let text = format!("`{serial}` is no serial number of {name}");
            let hint = format!("`product.serial` says what one looks like: `{}`", pattern.as_str());
            wrong.push(Diagnostic::new(text).with_hint(hint));
        }
        for required in &self.requires {
            if !required.is_given(unit, operator) {
                let (what, flag) = required.names();
                let text = format!("{name} is not tested without the {what}");
                let hint = format!("give `{flag}`; `product.requires` asks for it");
                wrong.push(Diagnostic::new(text).with_hint(hint));
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(identity: &Identity, unit: &Unit) -> Vec<String> {
        let wrong = identity.mistakes("TH-100", unit, None);
        wrong.iter().map(|it| it.message.clone()).collect()
    }

    #[test]
    fn a_serial_number_of_another_form_is_refused_with_its_case() {
        let serial = Some(Pattern::new("SN[0-9]{4}").unwrap());
        let identity = Identity { serial, ..Identity::default() };
        for (serial, wrong) in [("SN0001", 0), ("sn0001", 1), ("SN00011", 1), ("", 1)] {
            let unit = Unit { serial: serial.into(), ..Unit::default() };
            assert_eq!(said(&identity, &unit).len(), wrong, "{serial}");
        }
    }

    #[test]
    fn what_a_product_requires_is_named_with_its_flag() {
        let requires = vec![Required::Lot, Required::WorkOrder, Required::Udi, Required::Operator];
        let identity = Identity { requires, ..Identity::default() };
        let wrong = identity.mistakes("TH-100", &Unit::default(), None);
        let hints: Vec<_> = wrong.iter().filter_map(|it| it.hint.as_deref()).collect();
        assert_eq!(hints.len(), 4);
        for flag in ["--lot", "--work-order", "--udi", "--operator"] {
            assert!(hints.iter().any(|it| it.contains(flag)), "{hints:?}");
        }
        let unit = Unit {
            lot: Some("L".into()),
            work_order: Some("W".into()),
            udi: Some(Udi::default()),
            ..Unit::default()
        };
        assert!(identity.mistakes("TH-100", &unit, Some("AB")).is_empty());
    }
}
