//! The words of the core channel.
//!
//! Source: VXI-11, B.6 and C.2 (the interface in RPC's language).

use super::xdr::Reader;

/// What a call that was understood can end with. Source: VXI-11, table B.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Error {
    None = 0,
    NotAccessible = 3,
    InvalidLink = 4,
    Parameter = 5,
    NoChannel = 6,
    NotSupported = 8,
    OutOfResources = 9,
    Locked = 11,
    NoLock = 12,
    Timeout = 15,
    InvalidAddress = 21,
    Abort = 23,
    ChannelExists = 29,
}

/// Flags of a call. Source: VXI-11, B.5.3.
pub(super) const WAIT_FOR_LOCK: u32 = 1;
pub(super) const END: u32 = 8;
pub(super) const TERMINATION_CHARACTER: u32 = 128;

/// Why a read is over. Source: VXI-11, B.6.4.
pub(super) const BY_COUNT: u32 = 1;
pub(super) const BY_CHARACTER: u32 = 2;
pub(super) const BY_END: u32 = 4;

/// Procedures. Source: VXI-11, table B.1.
pub(super) mod procedure {
    pub(crate) const NULL: u32 = 0;
    pub(crate) const CREATE_LINK: u32 = 10;
    pub(crate) const WRITE: u32 = 11;
    pub(crate) const READ: u32 = 12;
    pub(crate) const READ_STATUS: u32 = 13;
    pub(crate) const TRIGGER: u32 = 14;
    pub(crate) const CLEAR: u32 = 15;
    pub(crate) const REMOTE: u32 = 16;
    pub(crate) const LOCAL: u32 = 17;
    pub(crate) const LOCK: u32 = 18;
    pub(crate) const UNLOCK: u32 = 19;
    pub(crate) const ENABLE_REQUESTS: u32 = 20;
    pub(crate) const COMMAND: u32 = 22;
    pub(crate) const DESTROY_LINK: u32 = 23;
    pub(crate) const CREATE_INTERRUPT: u32 = 25;
    pub(crate) const DESTROY_INTERRUPT: u32 = 26;
}

/// What `device_write` is given.
pub(super) struct Write<'a> {
    pub(super) link: u32,
    pub(super) timeout_ms: u32,
    pub(super) lock_timeout_ms: u32,
    pub(super) flags: u32,
    pub(super) data: &'a [u8],
}

impl<'a> Write<'a> {
    pub(super) fn take(mut from: Reader<'a>) -> Option<Self> {
        Some(Self {
            link: from.uint()?,
            timeout_ms: from.uint()?,
            lock_timeout_ms: from.uint()?,
            flags: from.uint()?,
            data: from.opaque()?,
        })
    }
}

/// What `device_read` is given.
pub(super) struct Read {
    pub(super) link: u32,
    pub(super) size: usize,
    pub(super) timeout_ms: u32,
    pub(super) lock_timeout_ms: u32,
    pub(super) flags: u32,
    pub(super) character: u8,
}

impl Read {
    pub(super) fn take(mut from: Reader<'_>) -> Option<Self> {
        Some(Self {
            link: from.uint()?,
            size: usize::try_from(from.uint()?).ok()?,
            timeout_ms: from.uint()?,
            lock_timeout_ms: from.uint()?,
            flags: from.uint()?,
            // A character travels as an integer, with or without its sign.
            character: from.uint()?.to_le_bytes()[0],
        })
    }
}

/// What most others are given; locking has no I/O timeout.
pub(super) struct Generic {
    pub(super) link: u32,
    pub(super) flags: u32,
    pub(super) lock_timeout_ms: u32,
}

impl Generic {
    pub(super) fn take(mut from: Reader<'_>) -> Option<Self> {
        Some(Self { link: from.uint()?, flags: from.uint()?, lock_timeout_ms: from.uint()? })
    }
}
