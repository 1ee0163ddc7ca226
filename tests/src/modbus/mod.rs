//! Devices that speak Modbus: the shipping driver over simulated ones, in process, over loopback TCP
//! and over a pseudoterminal.

mod faulty;
mod kept;
mod lines;
mod lived;
mod rescued;
mod rig;
mod shipped;
