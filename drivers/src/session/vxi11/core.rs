//! The words of the core and abort channels.
//!
//! Source: VXI-11, "TCP/IP Instrument Protocol Specification", revision 1.0, B.6 and C.1 to C.2.

use pogo_hal::Error;

use super::rpc::Program;

/// Where messages go. Source: VXI-11, C.1.
pub const CORE: Program = Program { number: 0x0607AF, version: 1, name: "VXI-11" };

/// Where a call that waits can be ended. Source: VXI-11, C.2.
pub const ABORT: Program = Program { number: 0x0607B0, version: 1, name: "VXI-11's abort channel" };

/// Procedures of the core channel. Source: VXI-11, table B.1.
pub mod procedure {
    pub const CREATE_LINK: u32 = 10;
    pub const WRITE: u32 = 11;
    pub const READ: u32 = 12;
    pub const READ_STATUS: u32 = 13;
    pub const TRIGGER: u32 = 14;
    pub const CLEAR: u32 = 15;
    pub const DESTROY_LINK: u32 = 23;
    /// Of the abort channel.
    pub const ABORT: u32 = 1;
}

/// Flags of a call. Source: VXI-11, B.5.3.
pub const WAIT_FOR_LOCK: u32 = 1;
pub const END: u32 = 8;

/// Why a read is over: the response is. Source: VXI-11, B.6.4.
pub const BY_END: u32 = 4;

/// What is wrong if a call ended with `code`, which is not 0. Source: VXI-11, table B.2.
pub fn error(name: &str, call: &str, code: u32) -> Error {
    let meaning = match code {
        1 => "syntax error",
        3 => "device not accessible",
        4 => "invalid link identifier",
        5 => "parameter error",
        6 => "channel not established",
        8 => "operation not supported",
        9 => "out of resources",
        11 => "device locked by another link",
        12 => "no lock held by this link",
        15 => "I/O timeout",
        17 => "I/O error",
        21 => "invalid address",
        23 => "abort",
        29 => "channel already established",
        _ => "an error that VXI-11 does not know",
    };
    let message = format!("{name}: `{call}` ended with error {code}, {meaning}");
    match code {
        3 => Error::unreachable(message)
            .with_hint("check the device in `address`: most instruments have `inst0` alone"),
        4 | 17 => {
            Error::unreachable(message).with_hint("check whether the instrument was restarted")
        }
        9 => {
            Error::unreachable(message).with_hint("end the other programs that use the instrument")
        }
        11 => Error::unreachable(message)
            .with_hint("another program has locked the instrument; end it, or wait for it"),
        15 | 23 => Error::timeout(message),
        8 => Error::unsupported(message),
        _ => Error::refused(message),
    }
}
