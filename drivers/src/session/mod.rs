//! The real wires, a file per transport.

mod cleared;
mod connect;
mod gate;
mod hislip;
mod message;
mod modbus;
mod network;
mod ports;
mod prologix;
mod serial;
mod stream;
mod tcp;
mod vxi11;

pub use gate::Gate;
pub use hislip::HislipSession;
pub use network::Network;
pub use serial::SerialLine;
pub use tcp::TcpSession;
pub use vxi11::Vxi11Session;
