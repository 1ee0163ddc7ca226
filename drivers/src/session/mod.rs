//! The real wires to message instruments, a file per transport.

mod connect;
mod gate;
mod message;
mod network;
mod tcp;

pub use gate::Gate;
pub use network::Network;
pub use tcp::TcpSession;
