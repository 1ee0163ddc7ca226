//! Addresses of instruments, as VISA writes them.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::{Error, Result};

/// A VISA resource string, taken apart. Two strings that mean the same resource are equal, so that
/// roles with one address can share one session. Prints in its full, canonical form.
///
/// Source: VPP-4.3, "The VISA Library", table 4.3.1 (address string grammar).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// `TCPIP[board]::host::port::SOCKET`: a raw TCP connection.
    Socket {
        /// The interface's number.
        board: u16,
        /// Name or address of the host.
        host: String,
        /// The TCP port.
        port: u16,
    },
    /// `TCPIP[board]::host[::device][::INSTR]`: VXI-11 (`inst0`) or HiSLIP (`hislip0`).
    Lan {
        /// The interface's number.
        board: u16,
        /// Name or address of the host.
        host: String,
        /// The device behind the host, `inst0` if the string names none.
        device: String,
    },
    /// `ASRL<port>::INSTR`: a serial port.
    Serial {
        /// A device file such as `/dev/ttyUSB0`, `usb:` and the serial number of an adapter, or a
        /// vendor's number for a port.
        port: String,
    },
    /// `USB[board]::vendor::product::serial[::interface]::INSTR`: USBTMC.
    Usb {
        /// The interface's number.
        board: u16,
        /// The vendor's id.
        vendor: u16,
        /// The product's id.
        product: u16,
        /// The serial number as the device descriptor has it.
        serial: String,
        /// The USB interface's number, if the string names one.
        interface: Option<u8>,
    },
    /// `GPIB[board]::primary[::secondary]::INSTR`.
    Gpib {
        /// The interface's number.
        board: u16,
        /// The primary address, 0 to 30.
        primary: u8,
        /// The secondary address, 0 to 30.
        secondary: Option<u8>,
    },
    /// `PRLGX-TCPIP[board]::host[,port]::primary[::secondary]::INSTR`: GPIB behind a Prologix
    /// controller on the network. VISA has no string for an instrument there; PyVISA's for the
    /// controller is `PRLGX-TCPIP::host::1234::INTFC`.
    Prologix {
        /// The interface's number.
        board: u16,
        /// Name or address of the controller.
        host: String,
        /// The controller's TCP port, 1234 if the string names none.
        port: u16,
        /// The primary address, 0 to 30.
        primary: u8,
        /// The secondary address, 0 to 30.
        secondary: Option<u8>,
    },
}

/// Where a Prologix controller listens. Source: Prologix, "GPIB-ETHERNET Controller User Manual".
const PROLOGIX_PORT: u16 = 1234;

impl FromStr for Resource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| {
            Error::unreachable(format!("`{text}` is not a VISA resource string")).with_hint(
                "write `TCPIP::host::5025::SOCKET`, `TCPIP::host::hislip0::INSTR`, \
                 `ASRL/dev/ttyUSB0::INSTR`, `USB0::0x2A8D::0x1301::serial::INSTR` or \
                 `GPIB0::9::INSTR`",
            )
        })
    }
}

fn parse(text: &str) -> Option<Resource> {
    let parts: Vec<&str> = text.trim().split("::").collect();
    let (first, rest) = parts.split_first()?;
    let word = |part: &str| (!part.is_empty()).then(|| part.to_owned());
    let is = |part: &str, name: &str| part.eq_ignore_ascii_case(name);
    if let Some(board) = board(first, "TCPIP") {
        return match rest {
            [host, port, class] if is(class, "SOCKET") => {
                Some(Resource::Socket { board, host: word(host)?, port: port.parse().ok()? })
            }
            [host, device, class] if is(class, "INSTR") => {
                Some(Resource::Lan { board, host: word(host)?, device: word(device)? })
            }
            [host, class] if is(class, "INSTR") => {
                Some(Resource::Lan { board, host: word(host)?, device: "inst0".into() })
            }
            [host] => Some(Resource::Lan { board, host: word(host)?, device: "inst0".into() }),
            _ => None,
        };
    }
    if let Some(port) = prefixed(first, "ASRL") {
        return match rest {
            [] => Some(Resource::Serial { port: word(port)? }),
            [class] if is(class, "INSTR") => Some(Resource::Serial { port: word(port)? }),
            _ => None,
        };
    }
    let rest = match rest.split_last() {
        Some((class, rest)) if is(class, "INSTR") => rest,
        _ => rest,
    };
    if let Some(board) = board(first, "USB") {
        let [vendor, product, serial, interface @ ..] = rest else { return None };
        return Some(Resource::Usb {
            board,
            vendor: id(vendor)?,
            product: id(product)?,
            serial: word(serial)?,
            interface: optional(interface)?,
        });
    }
    if let Some(board) = board(first, "PRLGX-TCPIP") {
        let (host, rest) = rest.split_first()?;
        let (host, port) = match host.split_once(',') {
            Some((host, port)) => (host, port.parse().ok().filter(|it| *it != 0)?),
            None => (*host, PROLOGIX_PORT),
        };
        let (primary, secondary) = gpib(rest)?;
        return Some(Resource::Prologix { board, host: word(host)?, port, primary, secondary });
    }
    let board = board(first, "GPIB")?;
    let (primary, secondary) = gpib(rest)?;
    Some(Resource::Gpib { board, primary, secondary })
}

/// A primary and perhaps a secondary address.
fn gpib(parts: &[&str]) -> Option<(u8, Option<u8>)> {
    let [primary, secondary @ ..] = parts else { return None };
    let secondary = optional(secondary)?;
    let primary = primary.parse().ok().filter(|it| *it <= 30)?;
    (secondary.unwrap_or(0) <= 30).then_some((primary, secondary))
}

fn prefixed<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn board(text: &str, interface: &str) -> Option<u16> {
    match prefixed(text, interface)? {
        "" => Some(0),
        digits => digits.parse().ok(),
    }
}

fn id(text: &str) -> Option<u16> {
    match prefixed(text, "0x") {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Nothing, or one small number; anything else is malformed.
fn optional(parts: &[&str]) -> Option<Option<u8>> {
    match parts {
        [] => Some(None),
        [number] => number.parse().ok().map(Some),
        _ => None,
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket { board, host, port } => write!(f, "TCPIP{board}::{host}::{port}::SOCKET"),
            Self::Lan { board, host, device } => write!(f, "TCPIP{board}::{host}::{device}::INSTR"),
            Self::Serial { port } => write!(f, "ASRL{port}::INSTR"),
            Self::Usb { board, vendor, product, serial, interface } => {
                write!(f, "USB{board}::0x{vendor:04X}::0x{product:04X}::{serial}")?;
                interface.map_or(Ok(()), |it| write!(f, "::{it}"))?;
                f.write_str("::INSTR")
            }
            Self::Gpib { board, primary, secondary } => {
                write!(f, "GPIB{board}::{primary}")?;
                secondary.map_or(Ok(()), |it| write!(f, "::{it}"))?;
                f.write_str("::INSTR")
            }
            Self::Prologix { board, host, port, primary, secondary } => {
                write!(f, "PRLGX-TCPIP{board}::{host}")?;
                if *port != PROLOGIX_PORT {
                    write!(f, ",{port}")?;
                }
                write!(f, "::{primary}")?;
                secondary.map_or(Ok(()), |it| write!(f, "::{it}"))?;
                f.write_str("::INSTR")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| match error.hint() {
            Some(hint) => D::Error::custom(format!("{error}; {hint}")),
            None => D::Error::custom(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_is_read_and_printed_in_full() {
        for (written, canonical) in [
            ("TCPIP::192.0.2.21::5025::SOCKET", "TCPIP0::192.0.2.21::5025::SOCKET"),
            ("tcpip1::psu.local::5025::socket", "TCPIP1::psu.local::5025::SOCKET"),
            ("TCPIP::192.0.2.22::hislip0::INSTR", "TCPIP0::192.0.2.22::hislip0::INSTR"),
            ("TCPIP::192.0.2.22::hislip0,4881::INSTR", "TCPIP0::192.0.2.22::hislip0,4881::INSTR"),
            ("TCPIP0::192.0.2.22::INSTR", "TCPIP0::192.0.2.22::inst0::INSTR"),
            ("TCPIP0::192.0.2.22", "TCPIP0::192.0.2.22::inst0::INSTR"),
            ("ASRL/dev/ttyUSB0::INSTR", "ASRL/dev/ttyUSB0::INSTR"),
            ("ASRL3", "ASRL3::INSTR"),
            ("ASRLusb:A50285BI", "ASRLusb:A50285BI::INSTR"),
            ("USB0::0x2a8d::0x1301::MY5::INSTR", "USB0::0x2A8D::0x1301::MY5::INSTR"),
            ("USB::10893::4865::MY5::0::INSTR", "USB0::0x2A8D::0x1301::MY5::0::INSTR"),
            ("GPIB0::9::INSTR", "GPIB0::9::INSTR"),
            ("GPIB::9::1", "GPIB0::9::1::INSTR"),
            ("PRLGX-TCPIP::192.0.2.30::9::INSTR", "PRLGX-TCPIP0::192.0.2.30::9::INSTR"),
            ("prlgx-tcpip1::bus.local,1234::9", "PRLGX-TCPIP1::bus.local::9::INSTR"),
            ("PRLGX-TCPIP::bus,1235::9::2::INSTR", "PRLGX-TCPIP0::bus,1235::9::2::INSTR"),
        ] {
            let resource: Resource = written.parse().unwrap();
            assert_eq!(resource.to_string(), canonical, "{written}");
            assert_eq!(resource.to_string().parse::<Resource>().unwrap(), resource);
        }
    }

    #[test]
    fn what_is_no_resource_is_refused_with_examples() {
        for text in [
            "",
            "192.0.2.21",
            "TCPIP::::5025::SOCKET",
            "TCPIP::host::99999::SOCKET",
            "TCPIP::host::5025::SOCKETS",
            "TCPIPx::host",
            "ASRL",
            "USB0::0x2A8D::INSTR",
            "GPIB0::31::INSTR",
            "GPIB0::9::40::INSTR",
            "PRLGX-TCPIP::bus::INSTR",
            "PRLGX-TCPIP::bus,0::9::INSTR",
            "PRLGX-TCPIP::bus::31::INSTR",
            "PRLGX-TCPIP::::9::INSTR",
        ] {
            let error = text.parse::<Resource>().unwrap_err();
            assert!(error.message().contains(text), "{text}");
            assert!(error.hint().unwrap().contains("TCPIP::host::5025::SOCKET"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_what_it_reads_it_can_print(text in ".{0,60}") {
            if let Ok(resource) = text.parse::<Resource>() {
                prop_assert_eq!(resource.to_string().parse::<Resource>().unwrap(), resource);
            }
        }
    }
}
