//! Simulated devices that speak Modbus.
//!
//! The thing is a [`Station`]: tables of registers, and what lives behind them. Its wire face is
//! [`pdu`], which takes a request and gives a response; [`frame`] wraps both for TCP or for a serial
//! line, and [`line`] carries them over any stream, with what is wrong with the wire.
//!
//! Source: MODBUS Application Protocol Specification V1.1b3, and the guides for TCP/IP V1.0b and
//! for serial lines V1.02.

mod ailments;
mod chamber;
mod frame;
mod line;
mod pdu;
mod plan;
mod station;
mod stream;
mod tables;

pub(crate) use frame::Framing;
pub(crate) use line::{Bus, serve};
pub(crate) use plan::{Placed, lay_out, speaks};
pub(crate) use station::Station;
pub(crate) use stream::{connect, pair};
