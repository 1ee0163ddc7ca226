//! Modbus: coils and registers behind a unit id, and the map that says what they mean.
//!
//! Source: MODBUS Application Protocol Specification V1.1b3.

mod exception;
mod literal;
mod map;
mod numeric;
mod read;
#[cfg(test)]
mod tests;
mod value;

use async_trait::async_trait;

pub use exception::ModbusException;
pub use map::{Access, Form, Identifies, Register, RegisterMap, Table};
pub use numeric::{NumberType, Numeric, WordOrder};
pub use value::{Contents, Misfit, RegisterValue};

use crate::{Instrument, Reading, Result};

/// The most registers that one request reads. Source: V1.1b3, 6.3.
pub const MOST_REGISTERS_READ: u16 = 125;
/// The most registers that one request writes. Source: V1.1b3, 6.12.
pub const MOST_REGISTERS_WRITTEN: usize = 123;
/// The most coils or inputs that one request reads. Source: V1.1b3, 6.1.
pub const MOST_COILS_READ: u16 = 2000;
/// The most coils that one request writes. Source: V1.1b3, 6.11.
pub const MOST_COILS_WRITTEN: usize = 1968;

/// A device that is read and told by registers.
///
/// Addresses are those of the protocol, from 0. A method fails as `Refused` where the device answers
/// with an exception, which the message names; as `Unsupported` where that says that it does not
/// know the function; as `OutOfRange` for a request that no frame can hold, and nothing is sent;
/// and as `NoAnswer` where the device is the unit under test, is silent, and the bench's side of the
/// wire has been found sound.
#[async_trait]
pub trait Modbus: Instrument {
    /// What the registers mean.
    fn map(&self) -> &RegisterMap;

    /// Reads `count` coils from `address` on (function 1).
    async fn read_coils(&self, address: u16, count: u16) -> Result<Vec<bool>>;

    /// Reads `count` discrete inputs from `address` on (function 2).
    async fn read_discrete_inputs(&self, address: u16, count: u16) -> Result<Vec<bool>>;

    /// Reads `count` holding registers from `address` on (function 3).
    async fn read_holding_registers(&self, address: u16, count: u16) -> Result<Vec<u16>>;

    /// Reads `count` input registers from `address` on (function 4).
    async fn read_input_registers(&self, address: u16, count: u16) -> Result<Vec<u16>>;

    /// Writes coils from `address` on (function 5 for one, 15 for several).
    async fn write_coils(&self, address: u16, values: &[bool]) -> Result<()>;

    /// Writes holding registers from `address` on (function 6 for one, 16 for several, so that a
    /// number of two words is never seen half written).
    async fn write_registers(&self, address: u16, values: &[u16]) -> Result<()>;

    /// What `register` holds. The raw text is that of its words, in hexadecimal.
    ///
    /// # Errors
    ///
    /// `Garbled` if its words hold nothing of its type.
    async fn get(&self, register: &Register) -> Result<Reading<RegisterValue>> {
        let (address, count) = (register.address, register.count());
        let contents = match register.table {
            Table::Coil => Contents::Bits(self.read_coils(address, count).await?),
            Table::Discrete => Contents::Bits(self.read_discrete_inputs(address, count).await?),
            Table::Holding => Contents::Words(self.read_holding_registers(address, count).await?),
            Table::Input => Contents::Words(self.read_input_registers(address, count).await?),
        };
        let raw = contents.to_string();
        let value = register.decode(&contents).map_err(|it| it.garbled())?;
        Ok(Reading { value, raw })
    }

    /// Lets `register` hold `value`.
    ///
    /// # Errors
    ///
    /// `OutOfRange` if the map does not allow it; nothing is sent.
    async fn set(&self, register: &Register, value: &RegisterValue) -> Result<()> {
        let contents = register.encode(value).map_err(|it| it.out_of_range())?;
        match (&contents, register.table) {
            (Contents::Bits(bits), _) => self.write_coils(register.address, bits).await,
            (Contents::Words(words), _) => self.write_registers(register.address, words).await,
        }
    }
}
