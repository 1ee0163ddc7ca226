//! What a device answers instead of doing what it was asked.

use std::fmt;

use crate::{Error, ErrorKind};

/// An exception code. Source: MODBUS Application Protocol Specification V1.1b3, 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModbusException(pub u8);

impl ModbusException {
    /// 1.
    pub const ILLEGAL_FUNCTION: Self = Self(1);
    /// 2.
    pub const ILLEGAL_DATA_ADDRESS: Self = Self(2);
    /// 3.
    pub const ILLEGAL_DATA_VALUE: Self = Self(3);
    /// 4.
    pub const SERVER_DEVICE_FAILURE: Self = Self(4);
    /// 6.
    pub const SERVER_DEVICE_BUSY: Self = Self(6);
    /// 10.
    pub const GATEWAY_PATH_UNAVAILABLE: Self = Self(10);
    /// 11.
    pub const GATEWAY_TARGET_FAILED: Self = Self(11);

    /// The standard's name.
    pub fn name(self) -> &'static str {
        match self.0 {
            1 => "illegal function",
            2 => "illegal data address",
            3 => "illegal data value",
            4 => "server device failure",
            5 => "acknowledge",
            6 => "server device busy",
            8 => "memory parity error",
            10 => "gateway path unavailable",
            11 => "gateway target device failed to respond",
            _ => "an exception that the standard does not name",
        }
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self.0 {
            1 => "the device does not have this function: check `kind` in the register map",
            2 => {
                "the device has no such register: check `address` and `type` in the register map; \
                 manuals that count from 40001 mean `address = 0` and `kind = \"holding\"`"
            }
            3 => "the device does not take this value now: check its range and its mode",
            4 => "the device says that it is broken: look at it",
            5 => "the device goes on with it; ask again later",
            6 => "the device is busy with something; ask again later",
            8 => "the device's memory is damaged: look at it",
            10 => "the gateway is set up wrongly or overloaded: check its ports",
            11 => {
                "the gateway answers and the device behind it does not: check its line and `unit`"
            }
            _ => "look it up in the device's manual",
        }
    }

    /// The error that a driver gives for it; `what` was asked.
    pub fn error(self, what: impl fmt::Display) -> Error {
        let kind = match self.0 {
            1 => ErrorKind::Unsupported,
            10 | 11 => ErrorKind::Unreachable,
            _ => ErrorKind::Refused,
        };
        Error::new(kind, format!("{what}: {self}")).with_hint(self.hint())
    }
}

impl fmt::Display for ModbusException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exception {}, {}", self.0, self.name())
    }
}
