//! P05: files beside the script.

use pogo_hal::Code;

use super::{Explanation, Sort};

const fn product(
    code: Code,
    title: &'static str,
    text: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Explanation {
    Explanation { code, title, text, sort: Sort::Product, wrong, right }
}

const fn fixture(
    code: Code,
    title: &'static str,
    text: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Explanation {
    Explanation { code, title, text, sort: Sort::Fixture, wrong, right }
}

pub(super) const ALL: &[Explanation] = &[
    product(
        Code::Unreadable,
        "a file that cannot be read",
        "It is not there, or nobody may read it. Scripts and fixtures are named from the folder of \
         the file that names them.",
        "[product]\nname = \"TH-1\"\nscripts = [\"scirpt.rhai\"]\nfixture = \"bench.fixture.toml\"",
        "[product]\nname = \"TH-1\"\nscripts = [\"script.rhai\"]\nfixture = \"bench.fixture.toml\"",
    ),
    product(
        Code::NoToml,
        "a file that is no TOML",
        "A quote, a bracket or an `=` is missing, or a key stands there twice.",
        "[product]\nname = \"TH-1\nscripts = [\"script.rhai\"]\nfixture = \"bench.fixture.toml\"",
        "[product]\nname = \"TH-1\"\nscripts = [\"script.rhai\"]\nfixture = \"bench.fixture.toml\"",
    ),
    product(
        Code::UnknownKey,
        "a key that means nothing there",
        "A key that nobody reads is a typing error that would otherwise go unnoticed: the limit that \
         it was to be would not hold.",
        "[product]\nname = \"TH-1\"\nscript = [\"script.rhai\"]\nfixture = \"bench.fixture.toml\"",
        "[product]\nname = \"TH-1\"\nscripts = [\"script.rhai\"]\nfixture = \"bench.fixture.toml\"",
    ),
    product(
        Code::MissingKey,
        "a key or table that is missing",
        "What a file has to say stands in docs/formats.md and beside the examples in `scripts`.",
        "[product]\nscripts = [\"script.rhai\"]\nfixture = \"bench.fixture.toml\"",
        "[product]\nname = \"TH-1\"\nscripts = [\"script.rhai\"]\nfixture = \"bench.fixture.toml\"",
    ),
    fixture(
        Code::BadValue,
        "a value that cannot be",
        "A text where a number belongs, an ampere where a volt belongs, an address that is none.",
        "[fixture]\nid = \"FX-1\"\n\n\
         [instruments.dmm]\nmodel = \"keysight-34461a\"\n\
         address = \"TCPIP::192.0.2.22::5025::SOCKET\"\ntimeout = \"0 s\"",
        "[fixture]\nid = \"FX-1\"\n\n\
         [instruments.dmm]\nmodel = \"keysight-34461a\"\n\
         address = \"TCPIP::192.0.2.22::5025::SOCKET\"\ntimeout = \"5 s\"",
    ),
    fixture(
        Code::Misfit,
        "something that does not fit what else is on the bench",
        "A model that nobody has described, a channel that the instrument does not have, a limit \
         beyond its rating, a net that the simulated device does not have.",
        "[fixture]\nid = \"FX-1\"\n\n\
         [instruments.dmm]\nmodel = \"keysight-34461b\"\n\
         address = \"TCPIP::192.0.2.22::5025::SOCKET\"",
        "[fixture]\nid = \"FX-1\"\n\n\
         [instruments.dmm]\nmodel = \"keysight-34461a\"\n\
         address = \"TCPIP::192.0.2.22::5025::SOCKET\"",
    ),
];
