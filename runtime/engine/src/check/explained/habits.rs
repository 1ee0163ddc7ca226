//! P04: habits.

use pogo_hal::Code;

use super::{Explanation, Sort, script};

pub(super) const ALL: &[Explanation] = &[
    script(
        Code::HidesRole,
        "a variable that hides a role",
        "Below it, the role's name means the variable. A function's parameter may have a role's \
         name: it is handed whichever instrument is meant.",
        "let dmm = dmm.dc_voltage();\nrecord(\"rail\", dmm);",
        "let rail = dmm.dc_voltage();\nrecord(\"rail\", rail);",
    ),
    script(
        Code::NeverOff,
        "switched on and never off",
        "At the end of a run everything is switched off. Until then, what a failed step left on stays \
         on; a clean-up is run even then.",
        "psu.on();",
        "psu.on();\ncleanup(|| psu.off());",
    ),
    Explanation {
        code: Code::UnusedRole,
        title: "a role that no script uses",
        text: "Every role of the fixture is opened and checked before a run, and made safe after it. \
               One that no script of the product names costs time, and its absence stops a run.",
        sort: Sort::Fixture,
        wrong: "[fixture]\nid = \"FX-1\"\n\n\
                [instruments.dmm]\nmodel = \"keysight-34461a\"\n\
                address = \"TCPIP::192.0.2.22::5025::SOCKET\"\n\n\
                [instruments.spare]\nmodel = \"keysight-34461a\"\n\
                address = \"TCPIP::192.0.2.23::5025::SOCKET\"",
        right: "[fixture]\nid = \"FX-1\"\n\n\
                [instruments.dmm]\nmodel = \"keysight-34461a\"\n\
                address = \"TCPIP::192.0.2.22::5025::SOCKET\"",
    },
    script(
        Code::UnusedImport,
        "an import that the script does not use",
        "An import is read and checked in every run. One that nothing is called of is left from \
         earlier, or its use is missing.",
        "import \"rails\" as rails;",
        "import \"rails\" as rails;\nrails::read(dmm);",
    ),
];
