//! P03: measurements and their limits.

use pogo_hal::Code;

use super::{Explanation, Sort, script};

pub(super) const ALL: &[Explanation] = &[
    script(
        Code::ImpossibleLimit,
        "a limit that nothing can pass, or that is none",
        "Its ends are the wrong way round or of two kinds, its tolerance is negative, it is written \
         with `..`, which leaves the upper end out, or it is a single value.",
        "measure(\"rail_1v8\", dmm.dc_voltage(), 1.9.V..=1.7.V);",
        "measure(\"rail_1v8\", dmm.dc_voltage(), 1.7.V..=1.9.V);",
    ),
    script(
        Code::NoLimit,
        "a measurement that nothing judges",
        "What is measured is judged by a limit. What is only to be kept is recorded.",
        "measure(\"rail_1v2\", dmm.dc_voltage());",
        "record(\"rail_1v8\", dmm.dc_voltage());",
    ),
    script(
        Code::LimitDimension,
        "a limit of another dimension than what is measured",
        "A voltage cannot be held against a current.",
        "measure(\"rail_1v8\", dmm.dc_voltage(), 1.mA..=2.mA);",
        "measure(\"rail_1v8\", dmm.dc_voltage(), 1.7.V..=1.9.V);",
    ),
    script(
        Code::Twice,
        "measured twice in one run",
        "Statistics are kept by name, so a run judges every name once, whichever script it stands \
         in. The second time ends as an ERROR.",
        "measure(\"rail\", dmm.dc_voltage(), 1.7.V..=1.9.V);\n\
         wait(1.s);\n\
         measure(\"rail\", dmm.dc_voltage(), 1.7.V..=1.9.V);",
        "measure(\"rail\", dmm.dc_voltage(), 1.7.V..=1.9.V);\n\
         wait(1.s);\n\
         measure(\"rail_after_1s\", dmm.dc_voltage(), 1.7.V..=1.9.V);",
    ),
    script(
        Code::InLoop,
        "measured in a loop, under one name",
        "The second round would judge a name that was judged before, and end as an ERROR. Each round \
         gives a name of its own, or the loop only collects and one measurement judges.",
        "for n in 1..=3 { measure(\"rail\", dmm.dc_voltage(), 1.7.V..=1.9.V); }",
        "for n in 1..=3 { measure(`rail_${n}`, dmm.dc_voltage(), 1.7.V..=1.9.V); }",
    ),
    script(
        Code::NeverMeasured,
        "never measured, wherever the script goes",
        "A measurement whose name stands in a script has to happen, or a run that passes otherwise \
         is an ERROR. This one stands behind a `return`, or in a function that nobody calls.",
        "fn rail() { measure(\"rail\", dmm.dc_voltage(), 1.7.V..=1.9.V); }\n\
         note(\"the rail is not looked at\");",
        "fn rail() { measure(\"rail\", dmm.dc_voltage(), 1.7.V..=1.9.V); }\nrail();",
    ),
    script(
        Code::BadName,
        "a name that statistics cannot be kept by",
        "Names of measurements are lower-case letters, digits and `_`, and stay the same for years.",
        "measure(\"Rail 1V8\", dmm.dc_voltage(), 1.7.V..=1.9.V);",
        "measure(\"rail_1v8\", dmm.dc_voltage(), 1.7.V..=1.9.V);",
    ),
    script(
        Code::LimitTwice,
        "a limit in the script and in the limits file",
        "One of them would count, and nobody would know which. Limits that are reviewed by others \
         than the script belong into the file. The file of these examples has one for `filed`.",
        "measure(\"filed\", dmm.dc_voltage(), 1.7.V..=1.9.V);",
        "measure(\"filed\", dmm.dc_voltage());",
    ),
    Explanation {
        code: Code::UnusedLimit,
        title: "a limit that no script takes",
        text: "A measurement that was taken out of a script must not go unnoticed: whoever reviews \
               the limits reads that it is judged. The script of these examples measures `filed`.",
        sort: Sort::Limits,
        wrong: "[limits]\nrule = \"simple\"\nsource = \"TH-SPEC\"\nrevision = \"C\"\n\n\
                [measurements.filed]\nunit = \"V\"\nlow = 1.7\nhigh = 1.9\n\n\
                [measurements.forgotten]\nunit = \"mA\"\nhigh = 8",
        right: "[limits]\nrule = \"simple\"\nsource = \"TH-SPEC\"\nrevision = \"C\"\n\n\
                [measurements.filed]\nunit = \"V\"\nlow = 1.7\nhigh = 1.9",
    },
];
