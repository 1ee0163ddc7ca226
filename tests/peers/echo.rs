//! What `lxi benchmark` is held against: sends every byte back that it gets, and does nothing else.
//!
//! Prints the port on which it listens, and ends when it is ended.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?.port())?;
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        std::thread::spawn(move || -> std::io::Result<()> {
            let mut bytes = [0; 4096];
            loop {
                match stream.read(&mut bytes)? {
                    0 => return Ok(()),
                    count => stream.write_all(&bytes[..count])?,
                }
            }
        });
    }
}
