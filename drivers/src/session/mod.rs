//! The real wires to message instruments, a file per transport.

mod message;
mod network;
mod tcp;

pub use network::Network;
