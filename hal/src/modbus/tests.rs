//! What register maps promise, without any device.

use super::*;
use crate::{Dimension, toml_file};

fn map(text: &str) -> std::result::Result<RegisterMap, crate::Diagnostic> {
    let mut file = toml_file::read("map.toml", text)?;
    RegisterMap::read(file.take_section("registers")?.expect("a map"))
}

fn one(text: &str) -> Register {
    let map = map(&format!("[registers.it]\n{text}")).unwrap_or_else(|it| panic!("{text}: {it}"));
    map.get("it").unwrap().clone()
}

const TEMPERATURE: &str = "kind = 'input'\naddress = 0\ntype = 'i16'\nscale = 0.1\nunit = 'degC'\n";

#[test]
fn words_mean_what_their_entry_says_and_mean_it_both_ways() {
    // The words are worked out by hand; 0x42F6E979 is the binary32 that is next to 123.456.
    for (entry, words, shown) in [
        ("type = 'i16'\nscale = 0.1\nunit = 'degC'", &[0x0190][..], "40 °C"),
        ("type = 'i16'\nscale = 0.1\nunit = 'degC'", &[0xFE70], "-40 °C"),
        ("type = 'u16'\nscale = 0.1\nunit = 'degC'", &[0x0003], "0.3 °C"),
        ("type = 'u16'\nscale = 0.5\noffset = -40\nunit = 'degC'", &[0x0051], "0.5 °C"),
        ("type = 'u16'\nunit = 'mV'", &[0xFFFF], "65535 mV"),
        ("type = 'u32'\nunit = '1'", &[0x0001, 0x0000], "65536"),
        ("type = 'u32'\nword_order = 'little'\nunit = '1'", &[0x0000, 0x0001], "65536"),
        ("type = 'i32'\nunit = '1'", &[0xFFFF, 0xFFFE], "-2"),
        ("type = 'f32'\nunit = 'kPa'", &[0x42F6, 0xE979], "123.456001282 kPa"),
        (
            "type = 'f32'\nword_order = 'little'\nunit = 'kPa'",
            &[0xE979, 0x42F6],
            "123.456001282 kPa",
        ),
        ("type = 'bits'", &[0x8001], "32769"),
        ("type = 'string'\nlength = 5", &[0x4142, 0x4320, 0x4400], "`ABC D`"),
    ] {
        let it = one(&format!("kind = 'holding'\naddress = 7\naccess = 'read-write'\n{entry}"));
        let contents = Contents::Words(words.to_vec());
        let value = it.decode(&contents).unwrap();
        assert_eq!(value.to_string(), shown, "{entry}");
        assert_eq!(it.encode(&value).unwrap(), contents, "{entry}");
        assert_eq!(usize::from(it.count()), words.len());
    }
}

#[test]
fn a_scale_of_a_tenth_gives_the_number_that_somebody_would_write() {
    let it = one("kind = 'input'\naddress = 0\ntype = 'u16'\nscale = 0.1\nunit = 'V'");
    for (count, volts) in [(3, 0.3), (7, 0.7), (1001, 100.1)] {
        let value = it.decode(&Contents::Words(vec![count])).unwrap();
        let RegisterValue::Quantity(value) = value else { panic!("{value}") };
        assert_eq!(value.value(), volts, "3 * 0.1 is 0.30000000000000004");
    }
}

#[test]
fn one_bit_of_a_word_is_a_boolean() {
    let it = one("kind = 'input'\naddress = 1\ntype = 'bits'\nbit = 3\n");
    let value = |word| it.decode(&Contents::Words(vec![word])).unwrap().to_string();
    assert_eq!((value(8), value(0xFFF7)), ("true".into(), "false".into()));
}

#[test]
fn a_map_that_cannot_be_is_refused_with_its_line_and_column() {
    let bad = |from: &str, to: &str| TEMPERATURE.replace(from, to);
    let twice = |second: &str| format!("{TEMPERATURE}[registers.b]\n{second}");
    let words = "kind = 'holding'\ntype = 'f32'\nunit = 'V'\n";
    for (text, place, message, hint) in [
        (bad("unit = 'degC'\n", ""), "1:1", "has no `unit`", "`unit = \"1\"`"),
        (bad("'degC'", "'degc'"), "6:8", "`degc` is not a unit", "did you mean `degC`?"),
        (bad("scale = 0.1", "scale = 0"), "5:9", "a scale of 0", ""),
        (bad("scale", "scael"), "5:1", "`registers.it.scael` is not a key", "did you mean `scale`"),
        (bad("'input'", "'inputs'"), "2:8", "`inputs` is not a `kind`", "did you mean `input`?"),
        (bad("'i16'", "'int16'"), "4:8", "`int16` is not a `type`", "i16"),
        (bad("= 0\n", "= 70000\n"), "3:11", "70000", ""),
        (bad("= 0.1", "= 0.1\naccess = 'read-write'"), "6:10", "no device lets its input", ""),
        (bad("= 0.1", "= 0.1\nword_order = 'big'"), "6:1", "one word has no order", ""),
        (bad("= 0.1", "= 0.1\nmin = '1 degC'"), "6:1", "for what can be written", "access"),
        (twice(TEMPERATURE), "7:2", "`b` overlaps `it`", "`it` is input register 0"),
        (
            format!("{words}address = 3\n[registers.b]\n{words}address = 4\n"),
            "6:2",
            "`b` overlaps `it`",
            "holding registers 3 to 4",
        ),
        (format!("{words}address = 65535\n"), "5:11", "ends beyond the last address", ""),
        ("kind = 'coil'\naddress = 1\ntype = 'u16'\n".into(), "4:1", "a coil has no `type`", ""),
        ("kind = 'holding'\naddress = 1\ntype = 'string'\n".into(), "1:2", "has no `length`", ""),
        (
            format!("{words}address = 1\naccess = 'read-write'\nmin = '5 V'\nmax = '1 V'\n"),
            "8:7",
            "nothing is from 5 V to 1 V",
            "",
        ),
        (format!("{words}address = 1\nsafe = '0 V'\n"), "6:1", "written and read back", "access"),
        (
            format!("{words}address = 1\naccess = 'read-write'\nmax = '5 V'\nsafe = '9 V'\n"),
            "8:8",
            "9 V is not from",
            "",
        ),
        (
            format!("{words}address = 1\naccess = 'read-write'\nsafe = 0\n"),
            "7:8",
            "0 has no unit; `it` is a voltage, such as \"0 V\"",
            "",
        ),
    ] {
        let error = map(&format!("[registers.it]\n{text}")).unwrap_err();
        let at = error.place.clone().unwrap();
        assert!(error.message.contains(message), "{text}\n{error}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{text}\n{error:?}");
        let column = place.split(':').map(|it| it.parse().unwrap()).collect::<Vec<usize>>();
        assert_eq!(at.line, column[0], "{text}\n{error:?}");
        assert!(column[1] <= 2 || at.column == column[1], "{text}\n{error:?}");
    }
}

#[test]
fn different_bits_of_one_word_and_equal_addresses_of_different_tables_do_not_overlap() {
    let bit = |name, bit| {
        format!("[registers.{name}]\nkind = 'input'\naddress = 1\ntype = 'bits'\nbit = {bit}\n")
    };
    assert!(map(&[bit("a", 0), bit("b", 1)].concat()).is_ok());
    assert!(map(&[bit("a", 1), bit("b", 1)].concat()).is_err());
    let other = bit("b", 1).replace("input", "holding");
    assert!(map(&[bit("a", 1), other].concat()).is_ok());
}

#[test]
fn a_value_that_an_entry_does_not_allow_is_refused_and_says_why() {
    let setpoint = one("kind = 'holding'\naddress = 0\ntype = 'i16'\nscale = 0.1\nunit = 'degC'\n\
         access = 'read-write'\nmin = '-40 degC'\nmax = '180 degC'\n");
    let degrees = |it| RegisterValue::Quantity(crate::Quantity::new(it, Dimension::Temperature));
    assert_eq!(setpoint.encode(&degrees(40.0)), Ok(Contents::Words(vec![400])));
    let said = |value| setpoint.encode(&value).unwrap_err().message;
    assert_eq!(said(degrees(180.1)), "180.1 °C is not from -40 °C to 180 °C; nothing was sent");
    assert_eq!(
        said(degrees(f64::NAN)).split(" is ").nth(1).unwrap(),
        "not from -40 °C to 180 °C; nothing was sent"
    );
    let volts = RegisterValue::Quantity(crate::Quantity::new(5.0, Dimension::Voltage));
    assert_eq!(said(volts), "5 V is a voltage; `it` is a temperature");
    let plain = setpoint.encode(&RegisterValue::Integer(40)).unwrap_err();
    assert_eq!(plain.message, "40 has no unit; `it` is a temperature");
    assert_eq!(plain.hint.unwrap(), "write `40.degC`");
    assert_eq!(said(RegisterValue::Bool(true)), "true is a boolean; `it` is a temperature");
    let read_only = one(TEMPERATURE).encode(&degrees(1.0)).unwrap_err();
    assert_eq!(read_only.message, "`it` cannot be written");
    let byte = one("kind = 'holding'\naddress = 0\ntype = 'u16'\nunit = '1'\naccess = 'write'\n");
    assert!(byte.encode(&RegisterValue::Integer(65536)).is_err());
    assert!(byte.may_be_read().is_err());
}

#[test]
fn exceptions_have_the_standards_names_and_say_what_to_do() {
    for (code, kind, name) in [
        (1, crate::ErrorKind::Unsupported, "exception 1, illegal function"),
        (2, crate::ErrorKind::Refused, "exception 2, illegal data address"),
        (6, crate::ErrorKind::Refused, "exception 6, server device busy"),
        (11, crate::ErrorKind::Unreachable, "exception 11, gateway target device failed"),
        (99, crate::ErrorKind::Refused, "exception 99, "),
    ] {
        let error = ModbusException(code).error("reading");
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.message().starts_with(&format!("reading: {name}")), "{error}");
        assert!(error.hint().is_some());
    }
}
