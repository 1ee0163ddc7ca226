//! Which serial ports this machine has, and which of them an address means.

use std::path::Path;

use pogo_hal::{Error, Identity, Result};
use serialport::{SerialPortInfo, SerialPortType};

/// What stands before the serial number of an adapter, in the place of a path.
const USB: &str = "usb:";

/// The path of the port that `port` names, and what is known of the adapter there.
///
/// # Errors
///
/// `Unreachable` if no adapter has the serial number, or several have; `Unsupported` if `port` is
/// neither a path nor a serial number.
pub(super) fn find(port: &str) -> Result<(String, Identity)> {
    choose(port, &all())
}

/// What to do, and which ports there are.
pub(super) fn known(what: &str) -> String {
    listed(what, &all())
}

fn all() -> Vec<SerialPortInfo> {
    // A machine that cannot say which ports it has still opens one by its path. Without this folder
    // the crate panics.
    let mut all = match Path::new("/sys/class/tty").is_dir() {
        true => serialport::available_ports().unwrap_or_default(),
        false => Vec::new(),
    };
    all.sort_by(|left, right| left.port_name.cmp(&right.port_name));
    all
}

fn listed(what: &str, all: &[SerialPortInfo]) -> String {
    let ports: Vec<String> = all.iter().map(shown).collect();
    match ports.is_empty() {
        true => format!("{what}; this machine shows no serial ports"),
        false => format!("{what}; there are {}", ports.join(", ")),
    }
}

fn shown(port: &SerialPortInfo) -> String {
    let SerialPortType::UsbPort(usb) = &port.port_type else { return port.port_name.clone() };
    let product = usb.product.as_deref().unwrap_or("USB");
    match &usb.serial_number {
        Some(serial) => format!("{} ({product}, `{USB}{serial}`)", port.port_name),
        None => format!("{} ({product}, without a serial number)", port.port_name),
    }
}

fn choose(port: &str, all: &[SerialPortInfo]) -> Result<(String, Identity)> {
    if let Some(serial) = port.strip_prefix(USB) {
        let has_it = |it: &&SerialPortInfo| matches!(&it.port_type, SerialPortType::UsbPort(usb) if usb.serial_number.as_deref() == Some(serial));
        let found: Vec<_> = all.iter().filter(has_it).collect();
        return match found.as_slice() {
            [one] => Ok((one.port_name.clone(), identity(one))),
            [] => {
                Err(Error::unreachable(format!("no adapter here has the serial number `{serial}`"))
                    .with_hint(listed("plug it in, or check `address` in the fixture file", all)))
            }
            several => {
                let paths: Vec<_> = several.iter().map(|it| it.port_name.as_str()).collect();
                let paths = paths.join(", ");
                Err(Error::unreachable(format!("{paths} all have the serial number `{serial}`"))
                    .with_hint(
                        "name the port itself: `ASRL/dev/serial/by-path/…::INSTR` stays the same \
                         as long as the plug does",
                    ))
            }
        };
    }
    if !port.starts_with('/') {
        return Err(Error::unsupported(format!("`ASRL{port}` names no port of this machine"))
            .with_hint(listed("write a path or a serial number: `ASRL/dev/ttyUSB0::INSTR`", all)));
    }
    // `/dev/serial/by-id/…` and its like are links.
    let real = Path::new(port).canonicalize().unwrap_or_else(|_| port.into());
    let found = all.iter().find(|it| Path::new(&it.port_name) == real);
    Ok((port.to_owned(), found.map_or_else(unknown, identity)))
}

fn unknown() -> Identity {
    Identity {
        manufacturer: String::new(),
        model: "serial port".into(),
        serial: "0".into(),
        firmware: String::new(),
    }
}

fn identity(port: &SerialPortInfo) -> Identity {
    let SerialPortType::UsbPort(usb) = &port.port_type else { return unknown() };
    Identity {
        manufacturer: usb.manufacturer.clone().unwrap_or_default(),
        model: usb.product.clone().unwrap_or_else(|| "USB adapter".into()),
        serial: usb.serial_number.clone().unwrap_or_else(|| "0".into()),
        firmware: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serialport::UsbPortInfo;

    use super::*;

    fn usb(path: &str, serial: Option<&str>) -> SerialPortInfo {
        let info = UsbPortInfo {
            vid: 0x0403,
            pid: 0x6001,
            serial_number: serial.map(str::to_owned),
            manufacturer: Some("FTDI".into()),
            product: Some("FT232R".into()),
        };
        SerialPortInfo { port_name: path.into(), port_type: SerialPortType::UsbPort(info) }
    }

    fn here() -> Vec<SerialPortInfo> {
        let board =
            SerialPortInfo { port_name: "/dev/ttyS0".into(), port_type: SerialPortType::Unknown };
        vec![
            board,
            usb("/dev/ttyUSB0", Some("A1")),
            usb("/dev/ttyUSB1", Some("A2")),
            usb("/dev/ttyUSB2", Some("TWIN")),
            usb("/dev/ttyUSB3", Some("TWIN")),
            usb("/dev/ttyUSB4", None),
        ]
    }

    #[test]
    fn an_adapter_is_found_by_its_serial_number_wherever_it_is_plugged_in() {
        let (path, identity) = choose("usb:A2", &here()).unwrap();
        assert_eq!((path.as_str(), identity.serial.as_str()), ("/dev/ttyUSB1", "A2"));
        assert_eq!(identity.manufacturer, "FTDI");
    }

    #[test]
    fn an_adapter_that_is_not_there_is_an_error_that_lists_those_that_are() {
        let error = choose("usb:A3", &here()).unwrap_err();
        assert_eq!(error.message(), "no adapter here has the serial number `A3`");
        let hint = error.hint().unwrap();
        for said in ["/dev/ttyS0", "/dev/ttyUSB0 (FT232R, `usb:A1`)", "without a serial number"] {
            assert!(hint.contains(said), "{hint}");
        }
        let error = choose("usb:A3", &[]).unwrap_err();
        assert!(error.hint().unwrap().ends_with("this machine shows no serial ports"));
    }

    #[test]
    fn two_adapters_with_one_serial_number_are_not_told_apart_by_it() {
        let error = choose("usb:TWIN", &here()).unwrap_err();
        assert!(error.message().starts_with("/dev/ttyUSB2, /dev/ttyUSB3 all have"), "{error}");
        assert!(error.hint().unwrap().contains("by-path"));
    }

    #[test]
    fn a_path_is_taken_as_it_is_and_a_vendors_number_is_refused() {
        let (path, identity) = choose("/dev/ttyUSB0", &here()).unwrap();
        assert_eq!((path.as_str(), identity.serial.as_str()), ("/dev/ttyUSB0", "A1"));
        let (_, identity) = choose("/dev/pts/7", &here()).unwrap();
        assert_eq!((identity.model.as_str(), identity.serial.as_str()), ("serial port", "0"));
        let error = choose("3", &here()).unwrap_err();
        assert!(error.message().contains("`ASRL3` names no port"), "{error}");
    }
}
