//! HIBC labels.

use super::{accepted, each_is_refused, refused, told};
use crate::udi::Agency;

#[test]
fn a_primary_barcode_says_which_device_it_is() {
    assert_eq!(told("+A123BJC5D6E71G"), "A123BJC5D6E71 - - - -");
    assert_eq!(told("+A1234BJC5D6E71K"), "A1234BJC5D6E71 - - - -");
    assert_eq!(told("+A999123457"), "A99912345 - - - -");
    assert_eq!(told("+A999ABC1230V"), "A999ABC1230 - - - -");
    assert_eq!(accepted("+A999123457").agency, Agency::Hibc);
}

#[test]
fn one_barcode_may_hold_everything() {
    for (label, says) in [
        ("+A99912345/$$52001510X33", "A99912345 10X3 - - 2020-01-15"),
        ("+A123BJC5D6E71/$$52001510X3C", "A123BJC5D6E71 10X3 - - 2020-01-15"),
        // The longest of all, with an hour and supplemental data.
        (
            "+A123ABCDEFGHI1234567891/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202$",
            "A123ABCDEFGHI1234567891 LOT123456789012345 XYZ456789012345678 2013-02-02 \
             2020-02-02T16Z",
        ),
        (
            "+A99912345/$$52001510X3/16D20111212/S77DEFG457",
            "A99912345 10X3 77DEFG45 2011-12-12 2020-01-15",
        ),
        ("+J123AQ3451/$$1125BC34567/S4012L", "J123AQ3451 BC34567 4012 - 2025-11"),
        ("+J123AQ3451/$$0125BC34567/S4012K", "J123AQ3451 BC34567 4012 - 2025-01"),
        ("+J123AQ3451/$$3231231BC34567/S4012R", "J123AQ3451 BC34567 4012 - 2023-12-31"),
        ("+J123AQ3451/25330BC34567/S4012X", "J123AQ3451 BC34567 4012 - 2025-11-26"),
        ("+E308T800206X0/$$7230513/14D20260413F", "E308T800206X0 230513 - - 2026-04-13"),
    ] {
        assert_eq!(told(label), says, "{label}");
    }
}

#[test]
fn quantities_stand_in_front_of_dates_or_alone() {
    for (label, says) in [
        ("+E203PB414109/$$8243280112R00089525J", "E203PB414109 R00089525 - - 2028-01-12 Q=24"),
        (
            "+A99912345/$$902345710X3/16D20111212/14D20200906/S77DEFG45F",
            "A99912345 10X3 77DEFG45 2011-12-12 2020-09-06 Q=02345",
        ),
        ("+EHWD3551419/$$900100F", "EHWD3551419 - - - - Q=00100"),
        ("+EHWD3551419/$/Q100X", "EHWD3551419 - - - - Q=100"),
        (
            "+A99912349/$10X3/16D20111231/14D20200131/Q500Z",
            "A99912349 10X3 - 2011-12-31 2020-01-31 Q=500",
        ),
        (
            "+A99912345/$$812710X3/$$+320090677DEFG45/16D20111212.",
            "A99912345 10X3 77DEFG45 2011-12-12 2020-09-06 Q=12",
        ),
    ] {
        assert_eq!(told(label), says, "{label}");
    }
}

/// `+…` with its check character behind it. A bar does not count.
fn checked(content: &str) -> String {
    let characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
    let sum: usize = content.chars().filter_map(|it| characters.find(it)).sum();
    format!("{content}{}", characters.chars().nth(sum % 43).unwrap())
}

#[test]
fn every_date_format_is_read_for_lots_and_for_serials() {
    for (format, says) in [
        ("0928", "2028-09"),
        ("1028", "2028-10"),
        ("2093028", "2028-09-30"),
        ("3280930", "2028-09-30"),
        ("428093007", "2028-09-30T07Z"),
        ("528274", "2028-09-30"),
        ("62827407", "2028-09-30T07Z"),
        ("7", "-"),
    ] {
        let lot = checked(&format!("+A99912345/$${format}AB-1.2"));
        assert_eq!(told(&lot), format!("A99912345 AB-1.2 - - {says}"));
        let serial = checked(&format!("+A99912345/$$+{format}AB"));
        assert_eq!(told(&serial), format!("A99912345 - AB - {says}"));
        let counted = checked(&format!("+A99912345/$$824{format}AB"));
        assert_eq!(told(&counted), format!("A99912345 AB - - {says} Q=24"));
    }
    assert_eq!(told(&checked("+A99912345/$AB")), "A99912345 AB - - -");
    assert_eq!(told(&checked("+A99912345/$+AB")), "A99912345 - AB - -");
}

#[test]
fn separate_barcodes_are_read_when_scanned_behind_each_other() {
    for (label, says) in [
        ("+A123BJC5D6E71G+$$52001510X3GD", "A123BJC5D6E71 10X3 - - 2020-01-15"),
        ("+A123BJC5D6E71G+$$+52001510X3GB", "A123BJC5D6E71 - 10X3 - 2020-01-15"),
        ("+A123BJC5D6E71G+$$710X3G7", "A123BJC5D6E71 10X3 - - -"),
        ("+A123BJC5D6E71G+2001510X3GG", "A123BJC5D6E71 10X3 - - 2020-01-15"),
        // A check character that is a plus, and one that is a blank.
        ("+A123BJCMD6E79++$$52001510X3+ ", "A123BJCMD6E79 10X3 - - 2020-01-15"),
        ("+A123BJCMD6E79++$$52001510X3+_", "A123BJCMD6E79 10X3 - - 2020-01-15"),
        // Three of them.
        ("+J123AQ3451T+25330BC34567T2+S4012TJ", "J123AQ3451 BC34567 4012 - 2025-11-26"),
    ] {
        assert_eq!(told(label), says, "{label}");
    }
}

#[test]
fn barcodes_of_two_labels_are_not_read_as_one() {
    each_is_refused([(
        "+A1234BJC5D6E71K+$$52001510X3|GD",
        "the link character is `G` and should be `K`",
    )]);
}

#[test]
fn a_blank_as_check_character_may_be_typed_as_it_is_printed() {
    assert_eq!(told("+A9991020 "), "A9991020 - - - -");
    assert_eq!(told("+A9991020_"), "A9991020 - - - -");
    let lost = refused("+A9991020");
    assert!(lost.hint().contains("type it"), "{}", lost.hint());
}

#[test]
fn check_characters_that_mean_something_elsewhere_are_read_as_check_characters() {
    assert_eq!(told("+A99950/"), "A99950 - - - -");
    assert_eq!(told("+A123BJCMD6E79+"), "A123BJCMD6E79 - - - -");
    assert_eq!(told("+A99950/+$$710X3/V"), "A99950 10X3 - - -");
}

#[test]
fn readers_may_name_the_kind_of_barcode_and_print_asterisks() {
    for label in ["]d1+A123BJC5D6E71G", "]A0+A123BJC5D6E71G", "]C0+A123BJC5D6E71G"] {
        assert_eq!(told(label), "A123BJC5D6E71 - - - -", "{label}");
    }
    assert_eq!(told("*+A123BJC5D6E71G*"), "A123BJC5D6E71 - - - -");
}

#[test]
fn a_wrong_check_character_says_which_it_should_be() {
    let error = refused("+A123BJC5D6E71H");
    assert_eq!(error.message(), "the check character is `H` and should be `G`");
    assert_eq!((error.column(), error.width()), (15, 1));
}

#[test]
fn every_other_character_in_a_label_is_found() {
    for label in [
        "+A123BJC5D6E71G",
        "+A99912345/$$52001510X33",
        "+A123BJC5D6E71G+$$52001510X3GD",
        "+A99912345/$$812710X3/$$+320090677DEFG45/16D20111212.",
    ] {
        for at in 0..label.len() {
            for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%".chars() {
                let mut wrong = label.to_owned();
                wrong.replace_range(at..=at, &other.to_string());
                if wrong != label {
                    refused(&wrong);
                }
            }
        }
    }
}

#[test]
fn what_is_wrong_is_refused_where_it_stands() {
    for (secondary, says) in [
        ("$$328|1332A", "month 13 is none"),
        ("$$32602|30A", "day 30 is none of the 28 of 2026-02"),
        ("$$32812|00A", "day 00 is none of the 31 of 2028-12"),
        ("$$527|366A", "day 366 is none of the 365 of 2027"),
        ("$$4281231|24A", "hour 24 is none"),
        ("$$328123|", "the date ends after 5 of 6 digits"),
        ("$$1|", "the date ends after 1 of 4 digits"),
        ("$$|A", "`A` where a digit says how the date is written"),
        ("$$|", "no digit says how the date is written"),
        ("$$81|", "the quantity ends after 1 of 2 digits"),
        ("$$91234|A1", "the quantity ends after 4 of 5 digits"),
        ("$123456789012345678|9", "the lot has 19 characters, at most 18"),
        ("253301234567890123|4", "the lot has 14 characters, at most 13"),
        ("$A|$B", "the lot holds `$`"),
        ("$A/|", "nothing stands between the separators"),
        ("|", "nothing stands between the separators"),
        ("$A/|X1", "`X1` begins like no secondary data"),
        ("$A/$|B", "the lot stands here for the second time"),
        ("S1/$+|2", "the serial number stands here for the second time"),
        ("$$3281231A/14D|20281231", "the expiry date stands here for the second time"),
        ("16D20260101/16D|20260102", "the production date stands here for the second time"),
        ("Q5/Q|6", "the quantity stands here for the second time"),
        ("Q|", "the quantity ends after 0 of 1 digits"),
        ("Q12345|6", "`6` stands behind what is complete without it"),
        ("16D20281231|1", "`1` stands behind what is complete without it"),
        ("16D2028|1331", "month 13 is none"),
    ] {
        each_is_refused([(&*checked(&format!("+A99912345/{secondary}")), says)]);
    }
    for (primary, says) in [
        ("+A9991|", "5 characters of primary data, at least 6"),
        ("+A9991234567890123456789|0", "24 characters of primary data, at most 23"),
        ("+A9991234|A", "the unit of measure is `A`, which is no digit"),
    ] {
        each_is_refused([(&*checked(primary), says)]);
    }
    each_is_refused([
        ("+A123BJC5D6E7|lG", "`l` is none of HIBC's characters"),
        ("+A123|,JC5D6E71G", "`,` is none of HIBC's characters"),
        ("+A12| BJC5D6E71G", "the product code holds a blank"),
        ("|+$$52001510X3GD", "this is the secondary barcode of a label"),
        ("|+2001510X3GG", "this is the secondary barcode of a label"),
        ("+A123BJC5D6E71G+$|", "ends before its link and check characters"),
        ("+|", "nothing stands behind the `+`"),
        ("*+|*", "nothing stands behind the `+`"),
        ("+|A", "0 characters of primary data, at least 6"),
        ("+|/EU720060FF0A", "`/` where a labeler code begins with a letter"),
        ("+|+A999MODELIDENTIFIER11S8", "`+` where a labeler code begins with a letter"),
    ]);
}
