//! P01: names.

use pogo_hal::Code;

use super::{Explanation, script};

pub(super) const ALL: &[Explanation] = &[
    script(
        Code::UnknownName,
        "nothing has that name",
        "A variable is made with `let`, a role by a table in the fixture file. Functions see roles \
         and their own parameters, and no variable of the script.",
        "pzu.set_voltage(3.V);",
        "psu.set_voltage(3.V);",
    ),
    script(
        Code::UnknownFunction,
        "no function has that name",
        "It is neither a word of the language (`pogo verbs` lists them), nor one of Rhai's own \
         functions, nor defined in the script with `fn`.",
        "wiat(200.ms);",
        "wait(200.ms);",
    ),
    script(
        Code::ArgumentCount,
        "a function does not take so many arguments",
        "`pogo verbs WORD` says what each argument is.",
        "psu.set_voltage(3.V, 60.mA);",
        "psu.set_voltage(3.V);\npsu.set_current_limit(60.mA);",
    ),
    script(
        Code::UnknownVerb,
        "a role has no such verb",
        "What a role can do depends on what the fixture says it is: `pogo verbs psu --fixture FILE` \
         lists it.",
        "psu.set_volage(3.V);",
        "psu.set_voltage(3.V);",
    ),
    script(
        Code::UnknownInModule,
        "a module has no such function",
        "`rails::read` is the function `read` of the file that was imported as `rails`.",
        "import \"rails\" as rails;\nmeasure(\"rail_1v8\", rails::raed(dmm), 1.7.V..=1.9.V);",
        "import \"rails\" as rails;\nmeasure(\"rail_1v8\", rails::read(dmm), 1.7.V..=1.9.V);",
    ),
    script(
        Code::Import,
        "an import that cannot be followed",
        "A module is named by its path from the importing file, without `.rhai`, and lies below the \
         product's folder. What is wrong inside it is said with its own place.",
        "import \"rials\" as rails;\nrails::read(dmm);",
        "import \"rails\" as rails;\nrails::read(dmm);",
    ),
    script(
        Code::ImportCircle,
        "an import that leads back to itself",
        "Two files that import each other have no first one. What both need belongs into a third. A \
         run is not refused for it, because it may never come there; where it does, it ends.",
        "import \"script\" as script;\nscript::read();",
        "import \"rails\" as rails;\nrails::read(dmm);",
    ),
];
