//! A register map: names, and what stands behind each.

use crate::{Dimension, Place, nearest};

use super::numeric::Numeric;
use super::value::RegisterValue;

/// The four tables that a device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Single bits that can be written.
    Coil,
    /// Single bits that can only be read.
    Discrete,
    /// Words that can be written.
    Holding,
    /// Words that can only be read.
    Input,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Coil, Self::Discrete, Self::Holding, Self::Input];

    /// How a map spells it: `kind = "holding"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coil => "coil",
            Self::Discrete => "discrete",
            Self::Holding => "holding",
            Self::Input => "input",
        }
    }

    /// What one of its entries is called: `holding register`.
    pub fn entry(self) -> &'static str {
        match self {
            Self::Coil => "coil",
            Self::Discrete => "discrete input",
            Self::Holding => "holding register",
            Self::Input => "input register",
        }
    }

    /// Whether its entries are single bits.
    pub fn is_of_bits(self) -> bool {
        matches!(self, Self::Coil | Self::Discrete)
    }

    /// Whether its entries can be written.
    pub fn is_writable(self) -> bool {
        matches!(self, Self::Coil | Self::Holding)
    }
}

/// What may be done with a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is only read.
    Read,
    /// It is only written: reading it means nothing.
    Write,
    /// Both.
    ReadWrite,
}

impl Access {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::ReadWrite];

    /// How a map spells it: `access = "read-write"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::ReadWrite => "read-write",
        }
    }

    /// Whether it may be read.
    pub fn reads(self) -> bool {
        self != Self::Write
    }

    /// Whether it may be written.
    pub fn writes(self) -> bool {
        self != Self::Read
    }
}

/// What stands in a register.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A coil or discrete input: `true` or `false`.
    Flag,
    /// A number, in one word or two.
    Number(Numeric),
    /// Sixteen bits, or one of them.
    Bits {
        /// Which one, from the least significant on.
        bit: Option<u8>,
    },
    /// A text, two characters to a word, padded with zeros.
    Text {
        /// The most characters.
        length: u16,
    },
}

/// What a register says of who the device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identifies {
    /// Its serial number.
    Serial,
    /// Its firmware's version.
    Firmware,
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Register {
    /// What scripts call it.
    pub name: String,
    /// The table it is in.
    pub table: Table,
    /// Its address, or the first of its addresses, as the protocol counts: from 0.
    pub address: u16,
    /// What stands there.
    pub form: Form,
    /// What may be done with it.
    pub access: Access,
    /// What it is brought to at the end of every run.
    pub safe: Option<RegisterValue>,
    /// What it says of who the device is.
    pub identifies: Option<Identifies>,
    /// Where it was written.
    pub place: Place,
}

impl Register {
    /// How many addresses it takes up.
    pub fn count(&self) -> u16 {
        match &self.form {
            Form::Flag | Form::Bits { .. } => 1,
            Form::Number(number) => number.kind.words(),
            Form::Text { length } => length.div_ceil(2),
        }
    }

    /// What it is, in a few words: `holding register 0, a temperature in °C, -40 °C to 180 °C`.
    pub fn about(&self) -> String {
        let mut text = format!("{} {}", self.table.entry(), self.address);
        match &self.form {
            Form::Flag => {}
            Form::Number(it) => {
                text += &format!(", {}", it.dimension().with_article());
                if let Some(unit) = it.unit {
                    text += &format!(" in {}", unit.symbol);
                }
                if self.access.writes() {
                    let (least, most) = it.range();
                    text += &format!(", {} to {}", it.quantity(least), it.quantity(most));
                }
            }
            Form::Bits { bit: Some(bit) } => text += &format!(", bit {bit}"),
            Form::Bits { bit: None } => text += ", 16 bits",
            Form::Text { length } => text += &format!(", a text of {length} characters"),
        }
        if let Some(safe) = &self.safe {
            text += &format!(", safe at {safe}");
        }
        text
    }

    /// What it is an amount of; `None` if it is no amount.
    pub fn dimension(&self) -> Option<Dimension> {
        match &self.form {
            Form::Number(number) => Some(number.dimension()),
            _ => None,
        }
    }

    /// Whether one of its addresses is one of `other`'s.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let range =
            |it: &Self| u32::from(it.address)..u32::from(it.address) + u32::from(it.count());
        let (one, two) = (range(self), range(other));
        // Different bits of one word are different things.
        let apart = match (&self.form, &other.form) {
            (Form::Bits { bit: Some(one) }, Form::Bits { bit: Some(two) }) => one != two,
            _ => false,
        };
        self.table == other.table && one.start < two.end && two.start < one.end && !apart
    }
}

/// What the registers of a device mean.
#[derive(Clone, Debug, Default)]
pub struct RegisterMap {
    pub(super) registers: Vec<Register>,
}

impl RegisterMap {
    /// The entries, in the order of their file.
    pub fn iter(&self) -> impl Iterator<Item = &Register> {
        self.registers.iter()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.registers.is_empty()
    }

    /// The entry called `name`.
    pub fn get(&self, name: &str) -> Option<&Register> {
        self.registers.iter().find(|it| it.name == name)
    }

    /// What to write where `name` is none of its names.
    pub fn suggest(&self, name: &str) -> String {
        let names = || self.registers.iter().map(|it| it.name.as_str());
        match nearest(name, names()) {
            Some(it) => format!("did you mean `{it}`?"),
            None if self.is_empty() => "its register map is empty".to_owned(),
            None => format!("its registers: {}", names().collect::<Vec<_>>().join(", ")),
        }
    }

    /// The entries that have a safe state, each with its value.
    pub fn safe(&self) -> impl Iterator<Item = (&Register, &RegisterValue)> {
        self.registers.iter().filter_map(|it| Some((it, it.safe.as_ref()?)))
    }
}
