//! Why something could not be recorded or read.

use std::fmt;
use std::path::Path;

use rusqlite::ffi::SQLITE_IOERR_DATA;

use crate::store::shim::bad_page;

/// What every fallible operation of a store gives.
pub type Result<T, E = RecordError> = std::result::Result<T, E>;

/// What a [`RecordError`] says of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordErrorKind {
    /// Something could not be read or written; nothing is known of the record itself.
    #[default]
    Failed,
    /// Nothing was touched, and something else has to be done first.
    Refused,
    /// The record is not what was written.
    Damaged,
}

/// Why something could not be recorded or read, and what to do about it. It can be cloned, because
/// a writer that has failed tells everybody who asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RecordError {
    message: String,
    hint: Option<String>,
    kind: RecordErrorKind,
}

impl RecordError {
    /// An error that says `message`, a lowercase fragment that names the path.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, kind: RecordErrorKind::Failed }
    }

    /// As [`RecordError::new`], of something that has to be seen to before anything is touched.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { kind: RecordErrorKind::Refused, ..Self::new(message) }
    }

    /// As [`RecordError::new`], of a record that is not what was written.
    pub(crate) fn damaged(message: impl Into<String>) -> Self {
        Self { kind: RecordErrorKind::Damaged, ..Self::new(message) }
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

    /// What it says of the store.
    pub fn kind(&self) -> RecordErrorKind {
        self.kind
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
        if cause.sqlite_error().map(|it| it.extended_code) == Some(SQLITE_IOERR_DATA) {
            let (path, page) = (path.display(), bad_page());
            return Self::damaged(format!("record `{path}`: page {page} is not as Pogo wrote it"))
                .with_hint(DAMAGED);
        }
        let mut error = Self::new(format!("record `{}`: {cause}", path.display()));
        let Some(code) = cause.sqlite_error_code() else { return error };
        if matches!(code, Code::NotADatabase | Code::DatabaseCorrupt) {
            error.kind = RecordErrorKind::Damaged;
        }
        let hint = match code {
            Code::DiskFull => DISK_FULL,
            Code::ReadOnly | Code::PermissionDenied | Code::CannotOpen => NOT_WRITABLE,
            Code::DatabaseBusy | Code::DatabaseLocked => {
                "another program holds the store; end it and run again"
            }
            Code::NotADatabase => "the file is no Pogo record; choose another store",
            Code::DatabaseCorrupt => DAMAGED,
            _ => "check the disk that holds the store",
        };
        error.with_hint(hint)
    }
}

const DAMAGED: &str =
    "`pogo verify` says more; keep a copy of the file, and restore the store from a backup";
const DISK_FULL: &str = "the disk is full; free some space and run again";
const NOT_WRITABLE: &str = "make the store's folder writable, or name another with `--store`";
const NOT_A_FOLDER: &str = "the store is a folder; name one with `--store`";
