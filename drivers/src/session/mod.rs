//! The real wires to message instruments, a file per transport.

mod cleared;
mod connect;
mod gate;
mod hislip;
mod message;
mod modbus;
mod network;
mod prologix;
mod stream;
mod tcp;
mod vxi11;

pub use gate::Gate;
pub use hislip::HislipSession;
pub use network::Network;
pub use tcp::TcpSession;
pub use vxi11::Vxi11Session;
