//! Names for what can be wrong in a file, stable for whoever filters or looks them up.

use std::fmt;

/// How much something matters that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It may be meant; a run is not refused for it.
    Warning,
    /// A run is refused for it, or would come to grief over it.
    Error,
}

impl Severity {
    /// As people and programs read it: `error`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is wrong, by a code that never changes its meaning: `P0101`.
///
/// The first two digits say where to look: 00 the script's text, 01 names, 02 arguments, 03
/// measurements and their limits, 04 habits, 05 files beside the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The text is no script.
    NoScript,
    /// A secret stands in the script.
    SecretWritten,
    /// Nothing has that name.
    UnknownName,
    /// No function has that name.
    UnknownFunction,
    /// A function does not take so many arguments.
    ArgumentCount,
    /// A role has no such verb.
    UnknownVerb,
    /// A module has no such function.
    UnknownInModule,
    /// An import that cannot be followed.
    Import,
    /// An import that leads back to itself.
    ImportCircle,
    /// A number without a unit.
    NoUnit,
    /// A quantity of another kind than is wanted.
    Dimension,
    /// There is no such unit.
    UnknownUnit,
    /// An argument of the wrong kind.
    ArgumentKind,
    /// A word in an argument that means nothing there.
    UnknownOption,
    /// Beyond the fixture's limit.
    BeyondLimit,
    /// Quantities compared for equality.
    Equality,
    /// A secret that nobody gave, or whose name is not written out.
    UnknownSecret,
    /// A limit that nothing can pass, or that is none.
    ImpossibleLimit,
    /// A measurement that nothing judges.
    NoLimit,
    /// A limit of another dimension than what is measured.
    LimitDimension,
    /// Measured twice in one attempt.
    Twice,
    /// Measured in a loop, under one name.
    InLoop,
    /// Never measured, wherever the script goes.
    NeverMeasured,
    /// A name that statistics cannot be kept by.
    BadName,
    /// A limit in the script and in the limits file.
    LimitTwice,
    /// A limit of the limits file that no script takes.
    UnusedLimit,
    /// A variable that hides a role.
    HidesRole,
    /// Switched on and never off.
    NeverOff,
    /// A role that no script uses.
    UnusedRole,
    /// An import that the script does not use.
    UnusedImport,
    /// A file that cannot be read.
    Unreadable,
    /// A file that is no TOML.
    NoToml,
    /// A key that means nothing there.
    UnknownKey,
    /// A key or table that is missing.
    MissingKey,
    /// A value that cannot be.
    BadValue,
    /// Something that does not fit what else is on the bench.
    Misfit,
}

use Code::*;

impl Code {
    /// Every code, in the order of their names.
    pub const ALL: [Self; 36] = [
        NoScript,
        SecretWritten,
        UnknownName,
        UnknownFunction,
        ArgumentCount,
        UnknownVerb,
        UnknownInModule,
        Import,
        ImportCircle,
        NoUnit,
        Dimension,
        UnknownUnit,
        ArgumentKind,
        UnknownOption,
        BeyondLimit,
        Equality,
        UnknownSecret,
        ImpossibleLimit,
        NoLimit,
        LimitDimension,
        Twice,
        InLoop,
        NeverMeasured,
        BadName,
        LimitTwice,
        UnusedLimit,
        HidesRole,
        NeverOff,
        UnusedRole,
        UnusedImport,
        Unreadable,
        NoToml,
        UnknownKey,
        MissingKey,
        BadValue,
        Misfit,
    ];

    /// The code as it is shown: `P0101`.
    pub fn name(self) -> &'static str {
        match self {
            NoScript => "P0001",
            SecretWritten => "P0002",
            UnknownName => "P0101",
            UnknownFunction => "P0102",
            ArgumentCount => "P0103",
            UnknownVerb => "P0104",
            UnknownInModule => "P0105",
            Import => "P0106",
            ImportCircle => "P0107",
            NoUnit => "P0201",
            Dimension => "P0202",
            UnknownUnit => "P0203",
            ArgumentKind => "P0204",
            UnknownOption => "P0205",
            BeyondLimit => "P0206",
            Equality => "P0207",
            UnknownSecret => "P0208",
            ImpossibleLimit => "P0301",
            NoLimit => "P0302",
            LimitDimension => "P0303",
            Twice => "P0304",
            InLoop => "P0305",
            NeverMeasured => "P0306",
            BadName => "P0307",
            LimitTwice => "P0308",
            UnusedLimit => "P0309",
            HidesRole => "P0401",
            NeverOff => "P0402",
            UnusedRole => "P0403",
            UnusedImport => "P0404",
            Unreadable => "P0501",
            NoToml => "P0502",
            UnknownKey => "P0503",
            MissingKey => "P0504",
            BadValue => "P0505",
            Misfit => "P0506",
        }
    }

    /// The code that is shown as `name`; letter case does not count.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }

    /// How much it matters.
    pub fn severity(self) -> Severity {
        match self {
            InLoop | HidesRole | NeverOff | UnusedRole | UnusedImport => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own_and_is_found_by_it() {
        let names: Vec<_> = Code::ALL.iter().map(|it| it.name()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for code in Code::ALL {
            assert_eq!(Code::named(&code.name().to_lowercase()), Some(code));
        }
        assert_eq!(Code::named("P9999"), None);
    }
}
