//! The four tables of a device: which addresses there are, and what stands in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use pogo_hal::{Contents, Form, Identifies, Misfit, Register, RegisterMap, RegisterValue, Table};

/// See the module's own words. A device has the addresses of its map and no others.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) map: Arc<RegisterMap>,
    /// Coils and discrete inputs as words that are 0 or 1.
    words: BTreeMap<(Table, u16), u16>,
}

impl Tables {
    /// Everything zero, but for a serial number that says that it is simulated.
    pub(super) fn new(map: Arc<RegisterMap>) -> Self {
        let addresses = map.iter().flat_map(|it| {
            let all = (0..it.count()).map(|more| (it.table, it.address.wrapping_add(more)));
            all.map(|address| (address, 0)).collect::<Vec<_>>()
        });
        let mut tables = Self { words: addresses.collect(), map: map.clone() };
        for register in map.iter() {
            if let (Some(Identifies::Serial), Form::Text { length }) =
                (register.identifies, &register.form)
            {
                let serial = "SIM00001".chars().take(usize::from(*length)).collect();
                // A text of that length fits.
                _ = tables.put(register, &RegisterValue::Text(serial));
            }
        }
        tables
    }

    /// The word at an address; `None` if there is no such address.
    pub(super) fn word(&self, table: Table, address: u16) -> Option<u16> {
        self.words.get(&(table, address)).copied()
    }

    /// Puts a word where there is one.
    pub(super) fn put_word(&mut self, table: Table, address: u16, word: u16) {
        if let Some(slot) = self.words.get_mut(&(table, address)) {
            *slot = word;
        }
    }

    /// What a register holds.
    pub(super) fn value(&self, register: &Register) -> Result<RegisterValue, Misfit> {
        register.decode(&self.contents(register))
    }

    /// The words or bits of a register.
    pub(super) fn contents(&self, register: &Register) -> Contents {
        let all = (0..register.count()).map(|more| {
            self.word(register.table, register.address.wrapping_add(more)).unwrap_or(0)
        });
        match register.table.is_of_bits() {
            true => Contents::Bits(all.map(|it| it == 1).collect()),
            false => Contents::Words(all.collect()),
        }
    }

    /// Lets a register hold `value`, whoever may write it.
    pub(super) fn put(&mut self, register: &Register, value: &RegisterValue) -> Result<(), Misfit> {
        let words: Vec<u16> = match (&register.form, value) {
            (Form::Bits { bit: Some(bit) }, RegisterValue::Bool(set)) => {
                let word = self.word(register.table, register.address).unwrap_or(0);
                vec![word & !(1 << bit) | u16::from(*set) << bit]
            }
            _ => match register.contents(value)? {
                Contents::Bits(bits) => bits.into_iter().map(u16::from).collect(),
                Contents::Words(words) => words,
            },
        };
        for (more, word) in (0..).zip(words) {
            self.put_word(register.table, register.address.wrapping_add(more), word);
        }
        Ok(())
    }

    /// The registers that have one of `count` addresses from `address` on.
    pub(super) fn within(&self, table: Table, address: u16, count: u16) -> Vec<Register> {
        let (first, end) = (u32::from(address), u32::from(address) + u32::from(count));
        let has = |it: &&Register| {
            let from = u32::from(it.address);
            it.table == table && from < end && first < from + u32::from(it.count())
        };
        self.map.iter().filter(has).cloned().collect()
    }
}
