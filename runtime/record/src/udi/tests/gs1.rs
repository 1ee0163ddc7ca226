//! GS1 labels.

use super::{accepted, each_is_refused, refused, told};
use crate::udi::{Agency, Element};

/// GTIN, production, expiry with its day left open, lot and serial.
const GOLDEN: &str = "0109506000134352112611221728120010LOT42\u{1d}21SN0001";
const PRINTED: &str = "(01)09506000134352(11)261122(17)281200(10)LOT42(21)SN0001";
const SAYS: &str = "09506000134352 LOT42 SN0001 2026-11-22 2028-12";

#[test]
fn a_label_says_the_same_scanned_and_printed() {
    assert_eq!(told(GOLDEN), SAYS);
    assert_eq!(told(PRINTED), SAYS);
    let it = accepted(GOLDEN);
    assert_eq!((it.agency, &*it.scanned), (Agency::Gs1, GOLDEN));
}

#[test]
fn readers_may_name_the_kind_of_barcode_and_send_its_mark() {
    for before in ["]d2", "]C1", "]Q3", "]e0", "]J1", "\u{1d}", "]d2\u{1d}"] {
        assert_eq!(told(&format!("{before}{GOLDEN}")), SAYS, "{before:?}");
    }
    let text = format!("]d2{GOLDEN}");
    assert_eq!(accepted(&text).scanned, text);
}

#[test]
fn a_line_end_behind_a_scan_is_no_part_of_it() {
    assert_eq!(accepted(&format!("{GOLDEN}\r\n")).scanned, GOLDEN);
}

#[test]
fn a_separator_behind_an_element_that_needs_none_is_put_up_with() {
    let text = "0109506000134352\u{1d}11261122\u{1d}17281200\u{1d}10LOT42\u{1d}21SN0001\u{1d}";
    assert_eq!(told(text), SAYS);
}

#[test]
fn blanks_between_printed_elements_do_not_count() {
    assert_eq!(told("(01) 09506000134352 (11) 261122 (17) 281200 (10) LOT42 (21) SN0001 "), SAYS);
}

#[test]
fn a_serial_keeps_its_case_and_every_character_that_gs1_has() {
    let serial = "aA!\"%&'()*+,-./:;<=>";
    assert_eq!(accepted(&format!("010950600013435221{serial}")).serial.as_deref(), Some(serial));
    assert_eq!(accepted("(01)09506000134352(21)a(4)?_").serial.as_deref(), Some("a(4)?_"));
}

#[test]
fn a_serial_that_looks_like_an_identifier_ends_at_its_separator_only() {
    let it = accepted("010950600013435221\u{31}\u{30}17281200\u{1d}10LOT");
    assert_eq!((it.serial.as_deref(), it.lot.as_deref()), (Some("1017281200"), Some("LOT")));
}

#[test]
fn everything_else_is_kept_in_its_order() {
    let text = "010950600013435224011-A\u{1d}310300123410L\u{1d}71054321\u{1d}8020x\u{1d}\
                991\u{1d}4109501101020917";
    let element =
        |identifier: &str, text: &str| Element { identifier: identifier.into(), text: text.into() };
    let kept = [
        element("240", "11-A"),
        element("3103", "001234"),
        element("710", "54321"),
        element("8020", "x"),
        element("99", "1"),
        element("410", "9501101020917"),
    ];
    assert_eq!(accepted(text).further, kept);
}

#[test]
fn a_wrong_check_digit_says_which_it_should_be() {
    let error = refused("0109506000134353112611221728120010LOT42\u{1d}21SN0001");
    assert_eq!(error.message(), "the check digit of `(01)` is 3 and should be 2");
    assert_eq!((error.column(), error.width()), (16, 1));
}

#[test]
fn published_gtins_have_their_check_digits() {
    for gtin in ["09506000134352", "00012345678905", "04006381333931", "10012345678902"] {
        assert_eq!(told(&format!("01{gtin}")), format!("{gtin} - - - -"));
    }
}

#[test]
fn every_other_digit_in_a_gtin_is_found() {
    let gtin = "09506000134352";
    for at in 0..gtin.len() {
        for digit in '0'..='9' {
            let mut other = gtin.to_owned();
            other.replace_range(at..=at, &digit.to_string());
            if other != gtin {
                let error = refused(&format!("01{other}"));
                assert!(error.message().starts_with("the check digit"), "{other}: {error}");
            }
        }
    }
}

#[test]
fn what_is_wrong_is_refused_where_it_stands() {
    each_is_refused([
        ("01095060001343521126|13221728120010L", "month 13 is none, months are 01 to 12"),
        ("0109506000134352112602|301728120010L", "day 30 is none of the 28 of 2026-02"),
        ("01095060001343521728|1332", "month 13 is none"),
        ("01095060001343521528|1332", "month 13 is none"),
        ("01095060001343522112345678901234567890|1", "holds 21 characters, at most 20"),
        ("(01)09506000134352(10)12345678901234567890|1", "holds 21 characters, at most 20"),
        ("010950600013435210L\u{1d}21SN| 1", "`(21)` holds a blank, which is none of GS1's"),
        ("010950600013435221SN|#1", "`(21)` holds `#`, which is none of GS1's"),
        ("010950600013435221SN|$1", "`(21)` holds `$`, which is none of GS1's"),
        ("0109506000134352112611|L2", "`(11)` holds `L`, which is no digit"),
        ("01|O9506000134352", "`(01)` holds `O`, which is no digit"),
        ("010950600013435|", "`(01)` ends after 13 of 14"),
        ("01095060001343|\u{1d}17281200", "`(01)` ends after 12 of 14"),
        ("(01)0950600013435|", "`(01)` ends after 13 of 14"),
        ("(01)09506000134352|2", "`(01)` holds 15 characters, at most 14"),
        ("010950600013435217|", "`(17)` is empty"),
        ("010950600013435210|\u{1d}21S", "`(10)` is empty"),
        ("0109506000134352\u{1d}|\u{1d}10L", "nothing stands between two separators"),
        ("0109506000134352|05L", "`05` is no application identifier"),
        ("0109506000134352|L", "`L` is no application identifier"),
        ("0109506000134352|310\u{1d}", "`310` is no application identifier"),
        ("|(1)09506000134352", "`(1)` is no application identifier"),
        ("|(01", "`(01` is no application identifier"),
        ("]d2|", "there is no element"),
        ("\u{1d}|", "there is no element"),
    ]);
}

#[test]
fn no_element_may_stand_alone_twice_or_beside_its_opposite() {
    each_is_refused([
        ("|10LOT42", "`(10)` says nothing without `(01)`, `(02)`, `(03)`, `(8006)` or `(8026)`"),
        ("|17281200", "`(17)` says nothing without `(01)`, `(02)`, `(03)`, `(255)`"),
        ("|21SN0001", "`(21)` says nothing without `(01)`, `(03)` or `(8006)`"),
        ("(|10)LOT42", "`(10)` says nothing without"),
        ("91HELLO|", "no device identifier, which is `(01)`"),
        ("8006095060001343520102\u{1d}21SN|", "no device identifier, which is `(01)`"),
        ("0109506000134352|0109506000134352", "`(01)` stands here for the second time"),
        ("010950600013435210A\u{1d}|10A", "`(10)` stands here for the second time"),
        ("0109506000134352|375", "`(37)` may not stand on one label with `(01)`"),
        ("0109506000134352|2559501101020917", "`(255)` may not stand on one label with `(01)`"),
        ("010950600013435221A\u{1d}|235B", "`(235)` may not stand on one label with `(21)`"),
        ("0109506000134352|0209506000134352", "`(02)` says nothing without `(37)`"),
        ("0109506000134352|250A", "`(250)` says nothing without `(21)`"),
    ]);
}
