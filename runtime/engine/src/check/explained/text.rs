//! P00: the script's text.

use pogo_hal::Code;

use super::{Explanation, script};

pub(super) const ALL: &[Explanation] = &[
    script(
        Code::NoScript,
        "the text is no script",
        "Something is missing or too much: a brace, a semicolon, a quote. The place is where the \
         text stops making sense; what is missing is often a little before it.",
        "step(\"power on\", || {\n    psu.set_voltage(3.V)\n    psu.set_current_limit(60.mA);\n});",
        "step(\"power on\", || {\n    psu.set_voltage(3.V);\n    psu.set_current_limit(60.mA);\n});",
    ),
    script(
        Code::SecretWritten,
        "a secret stands in the script",
        "Scripts are read by many and kept for years. A secret is taken from the file of secrets by \
         its name, and one that stood in a script has to be changed. Nothing else is said of such a \
         script, because it could be said in words of the secret's.",
        "let key = \"correct horse battery\";",
        "let key = secret(\"wifi_key\");",
    ),
];
