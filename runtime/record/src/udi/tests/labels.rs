//! Whose label it is.

use super::{accepted, each_is_refused, refused};
use crate::Udi;
use crate::udi::Agency;

#[test]
fn a_label_of_iccbba_is_kept_whole_and_not_read() {
    for label in [
        "=/A9999XYZ100T0476=,000025=A99972312345600=>025032=}023032&,1000000000000XYZ123",
        "]d1=+06000=/A9999XYZ100T0476",
        "&,1000000000000XYZ123",
    ] {
        let it = accepted(label);
        assert_eq!((it.agency, &*it.scanned), (Agency::Iccbba, label));
        assert_eq!((it.device_identifier, it.lot, it.serial), (None, None, None));
    }
}

#[test]
fn what_is_no_label_of_any_agency_is_refused() {
    each_is_refused([
        ("|", "there is nothing to read"),
        ("|\r\n", "there is nothing to read"),
        ("|SN0001", "`S` begins no UDI"),
        ("| 0109506000134352", "a blank begins no UDI"),
        ("|=", "`=` begins no UDI"),
        ("|https://id.gs1.org/01/09506000134352/21/SN0001", "GS1 Digital Link"),
        ("]Q1|HTTPS://id.gs1.org/01/09506000134352", "GS1 Digital Link"),
        ("|]d10109506000134352", "`]d1` says that this barcode is not marked as one of GS1"),
        ("|]E09506000134352", "`]E0` says that this barcode is not marked as one of GS1"),
        ("|]d", "`]` begins the name of a barcode's kind"),
        ("|09506000134352", "`09` is no application identifier"),
        ("010950600013435221S|Ñ1", "`Ñ` stands in no UDI"),
        ("|电0109506000134352", "`电` stands in no UDI"),
        ("0109506000134352|\t10L", "a control character, U+0009"),
        ("0109506000134352|\n10L", "a control character, U+000A"),
    ]);
}

#[test]
fn more_than_a_barcode_holds_is_refused() {
    let error = refused(&"0".repeat(7_090));
    assert_eq!((error.column(), error.width()), (7_090, 1), "{error}");
}

#[test]
fn an_error_can_be_shown_under_the_label() {
    let error = refused("0109506000134353");
    let it = error.diagnostic("label");
    let place = it.place.unwrap();
    assert_eq!((&*place.file, place.line, place.column, place.width), ("label", 1, 16, 1));
    assert_eq!((&*it.message, it.hint.as_deref()), (error.message(), Some(error.hint())));
    assert_eq!(
        error.to_string(),
        "the check digit of `(01)` is 3 and should be 2, at character 16"
    );
}

#[test]
fn a_runs_header_keeps_what_a_label_says() {
    let text = "0109506000134352112611221728120010LOT42\u{1d}21sn0001\u{1d}240A";
    let kept = serde_json::to_value(Udi::from(&accepted(text))).unwrap();
    assert_eq!(
        kept,
        serde_json::json!({
            "scanned": text, "agency": "GS1", "device_identifier": "09506000134352",
            "lot": "LOT42", "serial": "sn0001", "produced": "2026-11-22", "expires": "2028-12",
        })
    );
}

#[test]
fn what_a_label_does_not_say_is_not_recorded() {
    let kept = serde_json::to_value(Udi::from(&accepted("=/A9999XYZ100T0476"))).unwrap();
    assert_eq!(
        kept,
        serde_json::json!({
            "scanned": "=/A9999XYZ100T0476", "agency": "ICCBBA",
            "device_identifier": "NOT RECORDED", "lot": "NOT RECORDED", "serial": "NOT RECORDED",
            "produced": "NOT RECORDED", "expires": "NOT RECORDED",
        })
    );
}
