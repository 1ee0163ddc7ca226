//! What goes over consoles, among everything else that is simulated.

use super::port::NOISE_EVERY_NS;
use crate::device::Wake;
use crate::floor::{Event, Floor};

impl Floor {
    /// Sends `bytes` to the unit by the port at `index`.
    pub(crate) fn tell_unit(&mut self, index: usize, bytes: &[u8]) {
        let Self { ports, device, timeline, .. } = self;
        let port = &mut ports[index];
        let baud = device.consoles[port.uart].baud;
        if let Some((after_ns, bytes)) = port.write(bytes, baud, timeline.now_ns()) {
            timeline.schedule(after_ns, Event::Told { port: index, bytes });
        }
    }

    /// What was sent to the unit has arrived there.
    pub(crate) fn unit_hears(&mut self, index: usize, bytes: &[u8]) {
        let console = self.ports[index].uart;
        let Self { device, timeline, .. } = self;
        if device.is_up() {
            for _ in 0..device.consoles[console].hears(bytes) {
                timeline.schedule(0, Event::Wake(Wake::Line(console)));
            }
        }
    }

    /// Noise arrives at the port at `index`, and goes on until then.
    pub(crate) fn noise(&mut self, index: usize, until_ns: u64) {
        let now_ns = self.timeline.now_ns();
        self.ports[index].noise(NOISE_EVERY_NS, now_ns);
        if now_ns + NOISE_EVERY_NS <= until_ns {
            self.timeline.schedule(NOISE_EVERY_NS, Event::Noise { port: index, until_ns });
        }
    }

    /// What the unit said on a console has arrived at the other end of it.
    pub(crate) fn unit_says(&mut self, console: usize, piece: u64) {
        let Self { ports, device, timeline, .. } = self;
        let uart = &mut device.consoles[console];
        let (bytes, baud) = (uart.arrives(piece), uart.baud);
        for (index, port) in ports.iter_mut().enumerate().filter(|it| it.1.uart == console) {
            let late = port.says(bytes.clone(), baud, timeline.now_ns());
            if let Some((after_ns, bytes)) = late {
                timeline.schedule(after_ns, Event::Heard { port: index, bytes });
            }
        }
    }
}
