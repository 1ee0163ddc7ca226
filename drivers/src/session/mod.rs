//! The real wires to message instruments, a file per transport.

mod cleared;
mod connect;
mod gate;
mod hislip;
mod message;
mod network;
mod stream;
mod tcp;

pub use gate::Gate;
pub use hislip::HislipSession;
pub use network::Network;
pub use tcp::TcpSession;
