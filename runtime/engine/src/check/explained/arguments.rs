//! P02: arguments.

use pogo_hal::Code;

use super::{Explanation, script};

pub(super) const ALL: &[Explanation] = &[
    script(
        Code::NoUnit,
        "a number without a unit",
        "Where a voltage belongs, `5` could be volts or millivolts. Every quantity carries its unit, \
         and nothing is off by a factor of a thousand.",
        "psu.set_voltage(3);",
        "psu.set_voltage(3.V);",
    ),
    script(
        Code::Dimension,
        "a quantity of another kind than is wanted",
        "A current where a voltage belongs is a mix-up of arguments or of verbs.",
        "psu.set_voltage(60.mA);",
        "psu.set_current_limit(60.mA);",
    ),
    script(
        Code::UnknownUnit,
        "there is no such unit",
        "Units are spelt as in `3.3.V`, `500.mA`, `25.degC`, `5.percent`, and letter case counts: \
         `mV` is a millivolt, `MV` is none. docs/script.md lists all of them.",
        "wait(200.msec);",
        "wait(200.ms);",
    ),
    script(
        Code::ArgumentKind,
        "an argument of the wrong kind",
        "A text where a number belongs, or the other way round. `measure` judges numbers and \
         quantities, `check` judges booleans, texts and choices.",
        "measure(\"led_is_green\", true, 1..=2);",
        "check(\"led_is_green\", true);",
    ),
    script(
        Code::UnknownOption,
        "a word in an argument that means nothing there",
        "The name of a meter's function, a key of a map of options: only what `pogo verbs WORD` \
         lists is understood.",
        "dmm.set_nplc(\"dc_volts\", 10);",
        "dmm.set_nplc(\"dc_voltage\", 10);",
    ),
    script(
        Code::BeyondLimit,
        "more than the fixture allows",
        "The fixture's limits protect what is in it. No script can exceed them; this one would try, \
         and end as an ERROR.",
        "psu.set_voltage(9.V);",
        "psu.set_voltage(3.V);",
    ),
    script(
        Code::Equality,
        "quantities compared for equality",
        "No two readings are equal. How near is near enough is a limit: `within`, or a comparison \
         with `<`.",
        "check(\"rail_is_3v\", dmm.dc_voltage() == 3.V);",
        "measure(\"rail_3v\", dmm.dc_voltage(), within(3.V, 1.percent));",
    ),
    script(
        Code::UnknownSecret,
        "a secret that nobody gave",
        "Its name is written out in the script, so that it can be looked for beforehand, and stands \
         in the file that `--secrets` names.",
        "let key = secret(\"wifi_kye\");",
        "let key = secret(\"wifi_key\");",
    ),
];
