//! Why something could not be recorded or read.

use std::fmt;
use std::path::Path;

/// What every fallible operation of a store gives.
pub type Result<T, E = RecordError> = std::result::Result<T, E>;

/// Why something could not be recorded or read, and what to do about it. It can be cloned, because
/// a writer that has failed tells everybody who asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RecordError {
    message: String,
    hint: Option<String>,
}

impl RecordError {
    /// An error that says `message`, a lowercase fragment that names the path.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// `path` could not be read or written.
    pub(crate) fn io(path: &Path, what: impl fmt::Display, cause: &std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let error = Self::new(format!("{what} `{}`: {cause}", path.display()));
        match cause.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => error.with_hint(DISK_FULL),
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => error.with_hint(NOT_WRITABLE),
            Kind::NotADirectory | Kind::AlreadyExists => error.with_hint(NOT_A_FOLDER),
            _ => error.with_hint("check the disk that holds the store"),
        }
    }

    /// The database `path` refused.
    pub(crate) fn sqlite(path: &Path, cause: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let error = Self::new(format!("record `{}`: {cause}", path.display()));
        let Some(code) = cause.sqlite_error_code() else { return error };
        let hint = match code {
            Code::DiskFull => DISK_FULL,
            Code::ReadOnly | Code::PermissionDenied | Code::CannotOpen => NOT_WRITABLE,
            Code::DatabaseBusy | Code::DatabaseLocked => {
                "another program holds the store; end it and run again"
            }
            Code::NotADatabase => "the file is no Pogo record; choose another store",
            Code::DatabaseCorrupt => "keep a copy of the file, and restore the store from a backup",
            _ => "check the disk that holds the store",
        };
        error.with_hint(hint)
    }
}

const DISK_FULL: &str = "the disk is full; free some space and run again";
const NOT_WRITABLE: &str = "make the store's folder writable, or name another with `--store`";
const NOT_A_FOLDER: &str = "the store is a folder; name one with `--store`";
