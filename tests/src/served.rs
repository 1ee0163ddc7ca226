//! A bench served on loopback TCP by `pogo sim serve`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::Program;

/// A running `pogo sim serve`; it ends when dropped.
pub struct Served {
    child: Child,
    ports: BTreeMap<String, SocketAddr>,
}

impl Served {
    /// Serves `fixture` from `folder` on free ports and writes `out.toml` beside it. Returns once
    /// every role of `roles` has a port.
    ///
    /// # Panics
    ///
    /// The server ends before it has said where they are.
    pub fn start(folder: &Path, fixture: &str, roles: &[&str]) -> Self {
        Self::told(folder, &format!("{fixture} --write-fixture out.toml"), roles)
    }

    /// As [`Served::start`], with everything that stands behind `sim serve`.
    ///
    /// # Panics
    ///
    /// The server ends before it has said where they are.
    pub fn told(folder: &Path, line: &str, roles: &[&str]) -> Self {
        let mut child = Program::command(folder, &format!("sim serve {line}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(stdout).lines();
        let mut ports = BTreeMap::new();
        while !roles.iter().all(|role| ports.contains_key(*role)) {
            let line = lines.next().expect("a line for every role").expect("text");
            if let Some(address) = line.split_whitespace().find_map(socket) {
                let names = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                for name in names.filter(|name| roles.contains(name)) {
                    ports.insert(name.to_owned(), address);
                }
            }
        }
        // Whatever else it says must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, ports }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where the instrument that is `role` answers.
    ///
    /// # Panics
    ///
    /// There is no such role.
    pub fn address(&self, role: &str) -> SocketAddr {
        self.ports[role]
    }

    /// A new connection to the instrument that is `role`.
    ///
    /// # Panics
    ///
    /// Nobody listens there.
    pub fn client(&self, role: &str) -> Client {
        Client::connect(self.address(role))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The socket address in `TCPIP0::127.0.0.1::5025::SOCKET`.
fn socket(resource: &str) -> Option<SocketAddr> {
    let parts: Vec<&str> = resource.split("::").collect();
    let [_, host, port, "SOCKET"] = parts[..] else { return None };
    Some(SocketAddr::new(host.parse().ok()?, port.parse().ok()?))
}

/// A client of a raw SCPI socket that is none of the shipping drivers.
pub struct Client(BufReader<TcpStream>);

impl Client {
    /// Connects to `address`.
    ///
    /// # Panics
    ///
    /// Nobody listens there.
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("somebody listens");
        stream.set_nodelay(true).expect("a socket without delay");
        Self(BufReader::new(stream))
    }

    /// Sends `message`.
    ///
    /// # Panics
    ///
    /// The connection is gone.
    pub fn say(&mut self, message: &str) {
        use std::io::Write;
        let line = format!("{message}\n");
        self.0.get_mut().write_all(line.as_bytes()).expect("the connection holds");
    }

    /// Sends `question` and returns the answer without its terminator.
    ///
    /// # Panics
    ///
    /// The connection is gone, or the answer is no text.
    pub fn ask(&mut self, question: &str) -> String {
        self.say(question);
        let mut answer = String::new();
        self.0.read_line(&mut answer).expect("an answer");
        answer.trim_end().to_owned()
    }
}
