//! Errors of the bench that the script says beforehand.

use pogo_hal::ErrorKind;

use super::Ledger;

/// An error that has to happen.
pub(super) struct Expected {
    kind: ErrorKind,
    /// Whether it has.
    met: bool,
}

impl Ledger {
    /// From here on errors of this kind raise no floor.
    pub(crate) fn expect(&mut self, kind: ErrorKind) {
        self.expected.push(Expected { kind, met: false });
    }

    /// They do again; gives whether there was one.
    pub(crate) fn expected(&mut self) -> bool {
        self.expected.pop().is_some_and(|it| it.met)
    }

    /// Whether the script has said that there would be such an error.
    pub(super) fn expects(&self, kind: ErrorKind) -> bool {
        self.expected.iter().any(|it| it.kind == kind)
    }

    /// There is one.
    pub(super) fn meet(&mut self, kind: ErrorKind) -> bool {
        let expected = self.expected.iter_mut().rev().find(|it| it.kind == kind);
        expected.map(|it| it.met = true).is_some()
    }
}
