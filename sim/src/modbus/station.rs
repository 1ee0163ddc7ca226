//! A simulated device: its tables, and what lives behind them.

use pogo_hal::{Access, Contents, Form, ModbusException, Register, Table};

use super::ailments::Ailments;
use super::chamber::Chamber;
use super::pdu::{self, Answers};
use super::tables::Tables;
use crate::floor::Floor;

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Station {
    pub(super) tables: Tables,
    pub(super) behind: Behind,
    /// What is wrong with its wire.
    pub(super) ailments: Ailments,
}

/// What lives behind the registers of a device.
#[derive(Debug)]
pub(super) enum Behind {
    /// Nothing: they keep what is written.
    Nothing,
    /// A thermal chamber with the unit under test in it.
    Chamber(Box<Chamber>),
    /// What the device file declares under this name: the unit under test itself.
    Unit(String),
}

impl Station {
    /// What it answers to `request`; `None` if it stays silent, because it is off.
    pub(crate) fn answer(&mut self, request: &[u8], floor: &mut Floor) -> Option<Vec<u8>> {
        if matches!(self.behind, Behind::Unit(_)) && !floor.device.is_up() {
            return None;
        }
        Some(pdu::respond(request, &mut Asked { station: self, floor }))
    }

    /// Looks at its own registers and lets the unit feel what comes of them. Gives when it wants to
    /// look again, and for which change.
    pub(crate) fn look(&mut self, floor: &mut Floor) -> Option<(u64, u32)> {
        let Behind::Chamber(chamber) = &mut self.behind else { return None };
        let now_ns = floor.timeline.now_ns();
        let again = chamber.look(now_ns, &mut self.tables);
        let inside = chamber.temperature(now_ns, &mut self.tables);
        let Floor { device, circuit, .. } = floor;
        device.surround(inside, circuit);
        again
    }
}

impl Station {
    /// Whether it accepts no connections.
    pub(crate) fn refuses(&self) -> bool {
        self.ailments.refuses()
    }

    /// What it asked to be woken for has come.
    pub(crate) fn wake(&mut self, change: u32) {
        if let Behind::Chamber(chamber) = &mut self.behind {
            chamber.wake(change);
        }
    }
}

/// A device in the middle of a request.
struct Asked<'a> {
    station: &'a mut Station,
    floor: &'a mut Floor,
}

impl Asked<'_> {
    /// Brings what is about to be read up to date.
    fn refresh(&mut self, registers: &[Register]) -> Result<(), ModbusException> {
        let Self { station: Station { tables, behind, .. }, floor } = self;
        match behind {
            Behind::Nothing => {}
            Behind::Chamber(chamber) => {
                chamber.temperature(floor.timeline.now_ns(), tables);
            }
            Behind::Unit(name) => {
                let now_ns = floor.timeline.now_ns();
                for register in registers {
                    let Floor { device, circuit, .. } = &mut **floor;
                    let value = device.read_register(name, register, circuit, now_ns);
                    let value = value.map_err(|()| ModbusException::SERVER_DEVICE_FAILURE)?;
                    if let Some(value) = value
                        && tables.put(register, &value).is_err()
                    {
                        return Err(ModbusException::SERVER_DEVICE_FAILURE);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Answers for Asked<'_> {
    fn read(
        &mut self,
        table: Table,
        address: u16,
        count: u16,
    ) -> Result<Vec<u16>, ModbusException> {
        let words = |tables: &Tables| {
            let at = |more| tables.word(table, address.checked_add(more)?);
            (0..count).map(at).collect::<Option<Vec<u16>>>()
        };
        words(&self.station.tables).ok_or(ModbusException::ILLEGAL_DATA_ADDRESS)?;
        let registers = self.station.tables.within(table, address, count);
        if registers.iter().any(|it| it.access == Access::Write) {
            return Err(ModbusException::ILLEGAL_DATA_ADDRESS);
        }
        self.refresh(&registers)?;
        words(&self.station.tables).ok_or(ModbusException::ILLEGAL_DATA_ADDRESS)
    }

    fn write(&mut self, table: Table, address: u16, words: &[u16]) -> Result<(), ModbusException> {
        let count = u16::try_from(words.len()).unwrap_or(u16::MAX);
        let tables = &mut self.station.tables;
        let there = |more| tables.word(table, address.checked_add(more)?);
        let before: Option<Vec<u16>> = (0..count).map(there).collect();
        let before = before.ok_or(ModbusException::ILLEGAL_DATA_ADDRESS)?;
        let registers = tables.within(table, address, count);
        if registers.iter().any(|it| !it.access.writes()) {
            return Err(ModbusException::ILLEGAL_DATA_ADDRESS);
        }
        let put = |tables: &mut Tables, words: &[u16]| {
            (0..).zip(words).for_each(|(more, word)| {
                tables.put_word(table, address.wrapping_add(more), *word);
            });
        };
        put(tables, words);
        let mut values = Vec::new();
        for register in &registers {
            let value = tables.value(register);
            let taken = value.as_ref().is_ok_and(|it| keeps(register, it, tables));
            match value {
                Ok(value) if taken => values.push(value),
                _ => {
                    put(tables, &before);
                    return Err(ModbusException::ILLEGAL_DATA_VALUE);
                }
            }
        }
        if let Behind::Unit(name) = &self.station.behind {
            let now_ns = self.floor.timeline.now_ns();
            for (register, value) in registers.iter().zip(&values) {
                let Floor { device, circuit, .. } = &mut *self.floor;
                let written = device.write_register(name, register, value, circuit, now_ns);
                written.map_err(|()| ModbusException::SERVER_DEVICE_FAILURE)?;
            }
        }
        Ok(())
    }
}

/// Whether a register takes the value that it now holds. A text may have any bytes behind its end.
fn keeps(register: &Register, value: &pogo_hal::RegisterValue, tables: &Tables) -> bool {
    let contents = register.contents(value);
    match &register.form {
        Form::Text { .. } => contents.is_ok(),
        Form::Number(it) if it.kind == pogo_hal::NumberType::F32 => contents.is_ok(),
        _ => contents.is_ok_and(|it: Contents| it == tables.contents(register)),
    }
}
