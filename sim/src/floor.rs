//! Everything that is simulated, in one place: the circuit, the device, the instruments, their
//! connections, and what is going to happen.
//!
//! It has no clock and no I/O. [`World`](crate::World) says how far time has come; connections
//! put messages in and take responses out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;

use crate::circuit::{Circuit, Draw, SinkId};
use crate::console::Port;
use crate::device::{Device, Wake};
use crate::fault::{Answered, Fate};
use crate::instrument::Instrument;
use crate::modbus::Station;
use crate::outputs::Outputs;
use crate::scpi::{Code, Face, Requests, Running, Step};
use crate::timeline::Timeline;

/// Responses that a connection may leave unread, and their bytes. Source for what happens beyond:
/// IEEE 488.2-1992, 6.3.1.7 (deadlock).
const MOST_RESPONSES: usize = 1024;
const MOST_BYTES: usize = 1 << 20;

/// Messages that a connection may have waiting, and the length of one.
const MOST_MESSAGES: usize = 1024;
const LONGEST_MESSAGE: usize = 64 * 1024;

/// Buffers that are kept for the next message.
const SPARE: usize = 16;

/// Something that is going to happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// An instrument goes on with what took time, if it is still in this wait.
    Resume { instrument: usize, wait: u64 },
    /// An instrument goes on with an overlapped command, if it is still this one.
    Proceed { instrument: usize, turn: u64 },
    /// A message that was held back arrives.
    Deliver { instrument: usize, connection: u64, message: Vec<u8> },
    /// A response that was held back arrives.
    Answer { connection: u64, response: String },
    /// The device wakes.
    Wake(Wake),
    /// A thermal chamber looks how warm it is, if nothing has changed since it asked for that.
    Climate { station: usize, change: u32 },
    /// What was sent to the unit on a console arrives there.
    Told { port: usize, bytes: Vec<u8> },
    /// What the unit said on a console arrives late.
    Heard { port: usize, bytes: Vec<u8> },
    /// Noise arrives at a console, again and again until then.
    Noise { port: usize, until_ns: u64 },
    /// A fault begins to draw this, or to draw something else.
    Load { sink: SinkId, draw: Draw },
}

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Floor {
    pub(crate) timeline: Timeline<Event>,
    pub(crate) circuit: Circuit,
    pub(crate) device: Device,
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) stations: Vec<Station>,
    pub(crate) outputs: Outputs,
    /// The adapters at the device's consoles, in the order of the fixture.
    pub(crate) ports: Vec<Port>,
    connections: BTreeMap<u64, Connection>,
    dialled: u64,
    settled: Option<u64>,
    spare_texts: Vec<String>,
    spare_messages: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Connection {
    instrument: usize,
    /// Messages that were sent and not carried out yet.
    pending: usize,
    responses: VecDeque<String>,
    bytes: usize,
    /// Responses that will be there later than the instrument gave them.
    late: usize,
    requests: Requests,
    /// Whether its wire says when it reads, so that a query nobody reads is noticed.
    reads_are_seen: bool,
    /// The last response has been handed out, and nobody has said yet that it was read.
    unread: bool,
    /// Whether a message has come before a response was read, since somebody last asked.
    interrupted: bool,
    arrived: Arc<Notify>,
}

impl Connection {
    /// Whether there is something to read: MAV in the status byte.
    fn available(&self) -> bool {
        self.unread || !self.responses.is_empty()
    }

    /// Whether there is something to read, or will be.
    fn owes(&self) -> bool {
        self.pending > 0 || self.late > 0 || !self.responses.is_empty()
    }

    /// A message has come before the response was read. Source: IEEE 488.2-1992, 6.3.1.5.
    fn interrupt(&mut self, face: &mut Face) {
        self.empty();
        self.interrupted = true;
        face.status.raise(Code::INTERRUPTED);
        self.arrived.notify_one();
    }

    /// Forgets every response.
    fn empty(&mut self) {
        self.responses.clear();
        self.bytes = 0;
        self.unread = false;
    }
}

impl Floor {
    /// Nothing at all.
    pub(crate) fn new() -> Self {
        Self {
            timeline: Timeline::new(),
            circuit: Circuit::default(),
            device: Device::default(),
            instruments: Vec::new(),
            stations: Vec::new(),
            outputs: Outputs::default(),
            ports: Vec::new(),
            connections: BTreeMap::new(),
            dialled: 0,
            settled: None,
            spare_texts: Vec::new(),
            spare_messages: Vec::new(),
        }
    }

    /// Lets everything happen that has become due.
    pub(crate) fn advance(&mut self, until_ns: u64) {
        while let Some(event) = self.timeline.advance(until_ns) {
            match event {
                Event::Resume { instrument, wait } => {
                    let it = &mut self.instruments[instrument];
                    let running = (it.wait == wait).then(|| it.running.take()).flatten();
                    if let Some((connection, mut running)) = running {
                        let step =
                            self.instruments[instrument].resume(&mut running, &mut self.circuit);
                        self.go_on(instrument, connection, running, Some(step));
                    }
                }
                Event::Proceed { instrument, turn } => {
                    if self.instruments[instrument].turn == turn {
                        let done = self.instruments[instrument].proceed(&mut self.circuit);
                        self.set_timer(instrument);
                        self.announce(instrument);
                        if done {
                            self.unblock(instrument);
                        } else {
                            self.release(instrument);
                        }
                    }
                }
                Event::Deliver { instrument, connection, message } => {
                    self.hand_over(instrument, connection, message);
                }
                Event::Answer { connection, response } => {
                    if let Some(link) = self.connections.get_mut(&connection) {
                        link.late = link.late.saturating_sub(1);
                    }
                    self.put(connection, response);
                }
                Event::Load { sink, draw } => self.circuit.set_sink(sink, draw),
                Event::Climate { station, change } => {
                    if let Some(station) = self.stations.get_mut(station) {
                        station.wake(change);
                    }
                    self.settled = None;
                }
                Event::Told { port, bytes } => self.unit_hears(port, &bytes),
                Event::Heard { port, bytes } => {
                    self.ports[port].arrives(&bytes, self.timeline.now_ns());
                }
                Event::Noise { port, until_ns } => self.noise(port, until_ns),
                Event::Wake(Wake::Said { console, piece }) => self.unit_says(console, piece),
                Event::Wake(wake) => {
                    self.device.wake(wake, &mut self.circuit, self.timeline.now_ns());
                    // Not every change of the device is one of the circuit.
                    self.settled = None;
                }
            }
            self.settle();
        }
    }

    /// Opens a connection to an instrument. `arrived` is told about every response.
    pub(crate) fn connect(&mut self, instrument: usize, arrived: Arc<Notify>) -> u64 {
        let connection = self.dialled;
        self.dialled += 1;
        let link = Connection {
            instrument,
            pending: 0,
            responses: VecDeque::new(),
            bytes: 0,
            late: 0,
            requests: Requests::default(),
            reads_are_seen: false,
            unread: false,
            interrupted: false,
            arrived,
        };
        self.connections.insert(connection, link);
        connection
    }

    /// Says that this connection's wire tells every read from the next message: raw sockets and
    /// serial lines do not, HiSLIP, VXI-11, USBTMC and GPIB do. Then a message that comes before
    /// a response was read takes it away (-410).
    pub(crate) fn see_reads(&mut self, connection: u64) {
        if let Some(link) = self.connections.get_mut(&connection) {
            link.reads_are_seen = true;
        }
    }

    /// Says that this connection reads. With nothing asked, there will never be an answer.
    ///
    /// Source: IEEE 488.2-1992, 6.3.2.2 (UNTERMINATED).
    pub(crate) fn reads(&mut self, connection: u64) {
        let Some(link) = self.connections.get(&connection) else { return };
        if link.reads_are_seen && !link.owes() {
            let index = link.instrument;
            self.instruments[index].face.status.raise(Code::UNTERMINATED);
            self.announce(index);
        }
    }

    /// Says that the response which was handed out last has been read to its end.
    pub(crate) fn delivered(&mut self, connection: u64) {
        let Some(link) = self.connections.get_mut(&connection) else { return };
        if std::mem::take(&mut link.unread) {
            let index = link.instrument;
            self.announce(index);
        }
    }

    /// Takes away what a connection has not read, as its next message is begun.
    fn interrupt(&mut self, index: usize, connection: u64) {
        if let Some(link) = self.connections.get_mut(&connection)
            && link.reads_are_seen
            && link.available()
        {
            link.interrupt(&mut self.instruments[index].face);
        }
    }

    /// Whether a message has interrupted a response since this was last asked.
    pub(crate) fn take_interrupted(&mut self, connection: u64) -> bool {
        let link = self.connections.get_mut(&connection);
        link.is_some_and(|it| std::mem::take(&mut it.interrupted))
    }

    /// The status byte with MSS in bit 6, of which nothing is taken.
    pub(crate) fn status_byte(&self, connection: u64) -> u8 {
        let Some(link) = self.connections.get(&connection) else { return 0 };
        self.instruments[link.instrument].face.status.byte(link.available())
    }

    /// The status byte with RQS in bit 6, which ends the request of this connection.
    pub(crate) fn serial_poll(&mut self, connection: u64) -> u8 {
        let Some(link) = self.connections.get_mut(&connection) else { return 0 };
        let status = &self.instruments[link.instrument].face.status;
        let waiting = link.available();
        status.requests(&mut link.requests, waiting);
        link.requests.poll(status.byte(waiting))
    }

    /// Whether the instrument has begun to request service since this connection last asked,
    /// whose `arrived` is told when it does.
    pub(crate) fn take_request(&mut self, connection: u64) -> bool {
        self.connections.get_mut(&connection).is_some_and(|it| it.requests.take())
    }

    /// The wire's own trigger, which is carried out in its turn.
    pub(crate) fn trigger(&mut self, connection: u64) {
        let Some(link) = self.connections.get(&connection) else { return };
        let index = link.instrument;
        let instrument = &mut self.instruments[index];
        // Behind a message that waits for it, it would never come.
        if instrument.blocked && instrument.waits_for_trigger(&mut self.circuit) {
            instrument.trigger(&mut self.circuit);
            self.set_timer(index);
            self.announce(index);
        } else {
            self.submit(connection, Face::TRIGGER);
        }
    }

    /// Device clear: what this connection sent is abandoned, and what it was answered is gone.
    /// Settings and status stay. Source: IEEE 488.2-1992, 5.8.
    pub(crate) fn device_clear(&mut self, connection: u64) {
        let Some(link) = self.connections.get_mut(&connection) else { return };
        let index = link.instrument;
        link.pending = 0;
        link.empty();
        if self.instruments[index].abandon(connection)
            && let Some((next, message)) = self.instruments[index].input.pop_front()
        {
            self.start(index, next, message);
        }
        self.announce(index);
    }

    /// Closes a connection: its unread responses are gone, its messages are still carried out.
    pub(crate) fn hang_up(&mut self, connection: u64) {
        if let Some(link) = self.connections.remove(&connection) {
            self.release(link.instrument);
        }
    }

    /// Abandons the message of an instrument if it waits for a trigger on behalf of nobody.
    fn release(&mut self, index: usize) {
        let instrument = &self.instruments[index];
        let from = instrument.running.as_ref().filter(|_| instrument.blocked).map(|it| it.0);
        if from.is_some_and(|connection| self.waits_for_nobody(index, connection)) {
            self.instruments[index].blocked = false;
            self.instruments[index].running = None;
            if let Some((next, message)) = self.instruments[index].input.pop_front() {
                self.start(index, next, message);
            }
        }
    }

    /// Whether a message that waits would keep everybody out for ever: for a trigger, and whoever
    /// sent it is gone.
    fn waits_for_nobody(&mut self, index: usize, connection: u64) -> bool {
        !self.connections.contains_key(&connection)
            && self.instruments[index].waits_for_trigger(&mut self.circuit)
    }

    /// How many messages of a connection wait to be carried out.
    pub(crate) fn pending(&self, connection: u64) -> usize {
        self.connections.get(&connection).map_or(0, |it| it.pending)
    }

    /// Whether a connection has a message that waits to be carried out, or a response to be read.
    pub(crate) fn owes(&self, connection: u64) -> bool {
        self.connections.get(&connection).is_some_and(Connection::owes)
    }

    /// Takes in one message, without its terminator.
    pub(crate) fn submit(&mut self, connection: u64, message: &[u8]) {
        let Some(link) = self.connections.get_mut(&connection) else { return };
        let index = link.instrument;
        let instrument = &mut self.instruments[index];
        if message.len() > LONGEST_MESSAGE || link.pending >= MOST_MESSAGES {
            instrument.face.status.raise(Code::INPUT_OVERRUN);
            return;
        }
        if link.reads_are_seen && link.available() {
            link.interrupt(&mut instrument.face);
        }
        let fate = instrument.ailments.hears(connection);
        if fate == Fate::Lost {
            return;
        }
        link.pending += 1;
        let mut owned = self.spare_messages.pop().unwrap_or_default();
        owned.clear();
        owned.extend_from_slice(message);
        let message = owned;
        match fate {
            Fate::Delayed(by_ns) => {
                self.timeline
                    .schedule(by_ns, Event::Deliver { instrument: index, connection, message });
            }
            _ if instrument.running.is_some() => instrument.input.push_back((connection, message)),
            _ => self.start(index, connection, message),
        }
    }

    /// Queues an error at the instrument of a connection.
    pub(crate) fn raise(&mut self, connection: u64, code: Code) {
        if let Some(link) = self.connections.get(&connection) {
            self.instruments[link.instrument].face.status.raise(code);
        }
    }

    /// The same as [`Floor::collect`], for a wire that reads a response piece by piece: until
    /// [`Floor::delivered`] it has not been read.
    pub(crate) fn hand_out(&mut self, connection: u64, response: &mut Vec<u8>) -> bool {
        if let Some(link) = self.connections.get_mut(&connection) {
            // First, so that MAV does not fall in between.
            link.unread |= !link.responses.is_empty();
        }
        self.collect(connection, response)
    }

    /// Puts the oldest response into `response`; whether there was one.
    pub(crate) fn collect(&mut self, connection: u64, response: &mut Vec<u8>) -> bool {
        if self.connections.get(&connection).is_none_or(|it| it.responses.is_empty()) {
            return false;
        }
        response.clear();
        self.append(connection, response)
    }

    /// Adds the oldest response to `text`; whether there was one.
    pub(crate) fn append(&mut self, connection: u64, text: &mut Vec<u8>) -> bool {
        let Some(link) = self.connections.get_mut(&connection) else { return false };
        let Some(oldest) = link.responses.pop_front() else { return false };
        link.bytes -= oldest.len();
        text.extend_from_slice(oldest.as_bytes());
        let index = link.instrument;
        self.keep(oldest);
        self.announce(index);
        true
    }

    /// Lets protections and the device react until nothing changes any more.
    pub(crate) fn settle(&mut self) {
        while self.settled != Some(self.circuit.changes()) {
            self.settled = Some(self.circuit.changes());
            self.outputs.look(&self.circuit);
            self.device.look(&mut self.circuit, &mut self.timeline, Event::Wake);
            self.look_at_stations();
            for instrument in &mut self.instruments {
                instrument.protect(&mut self.circuit);
            }
            for index in 0..self.instruments.len() {
                self.instruments[index].look(&mut self.circuit);
                self.announce(index);
            }
        }
    }

    /// What the device on Modbus at that place answers to `request`; `None` if it stays silent.
    pub(crate) fn ask_station(&mut self, station: usize, request: &[u8]) -> Option<Vec<u8>> {
        // Not every register that is written is a change of the circuit.
        self.settled = None;
        let mut stations = std::mem::take(&mut self.stations);
        let answer = stations.get_mut(station).and_then(|it| it.answer(request, self));
        self.stations = stations;
        answer
    }

    fn look_at_stations(&mut self) {
        let mut stations = std::mem::take(&mut self.stations);
        for (station, it) in stations.iter_mut().enumerate() {
            if let Some((after_ns, change)) = it.look(self) {
                self.timeline.schedule(after_ns, Event::Climate { station, change });
            }
        }
        self.stations = stations;
    }

    fn hand_over(&mut self, instrument: usize, connection: u64, message: Vec<u8>) {
        let it = &mut self.instruments[instrument];
        if it.running.is_some() {
            it.input.push_back((connection, message));
        } else {
            self.start(instrument, connection, message);
        }
    }

    fn start(&mut self, instrument: usize, connection: u64, message: Vec<u8>) {
        self.interrupt(instrument, connection);
        let response = self.spare_texts.pop().unwrap_or_default();
        self.go_on(instrument, connection, Running::new(message, response), None);
    }

    /// Goes on with a message until it is done or takes time, and then with the next.
    fn go_on(
        &mut self,
        index: usize,
        mut connection: u64,
        mut running: Running,
        step: Option<Step>,
    ) {
        let mut step = step;
        loop {
            match step {
                Some(Step::Busy(time)) => {
                    let it = &mut self.instruments[index];
                    it.wait += 1;
                    it.running = Some((connection, running));
                    let event = Event::Resume { instrument: index, wait: it.wait };
                    self.timeline.schedule(time, event);
                    return;
                }
                Some(Step::Blocked) if self.waits_for_nobody(index, connection) => {
                    let Some((next, message)) = self.instruments[index].input.pop_front() else {
                        return;
                    };
                    connection = next;
                    self.interrupt(index, connection);
                    running = Running::new(message, String::new());
                }
                Some(Step::Blocked) => {
                    self.instruments[index].running = Some((connection, running));
                    self.instruments[index].blocked = true;
                    return;
                }
                Some(Step::End) => {
                    let (response, message) = running.into_response();
                    self.finish(index, connection, response, message);
                    let Some((next, message)) = self.instruments[index].input.pop_front() else {
                        return;
                    };
                    connection = next;
                    self.interrupt(index, connection);
                    running = Running::new(message, String::new());
                }
                Some(Step::Unit) => self.settle(),
                None => {}
            }
            let waiting = self.connections.get(&connection).is_some_and(Connection::available);
            step = Some(self.instruments[index].step(&mut running, &mut self.circuit, waiting));
            self.set_timer(index);
            self.announce(index);
        }
    }

    /// Lets the overlapped command of an instrument go on in time.
    fn set_timer(&mut self, index: usize) {
        if let Some(time) = self.instruments[index].take_timer() {
            self.instruments[index].turn += 1;
            let turn = self.instruments[index].turn;
            self.timeline.schedule(time, Event::Proceed { instrument: index, turn });
        }
    }

    /// Goes on with the message that waited for what was pending.
    fn unblock(&mut self, index: usize) {
        if std::mem::take(&mut self.instruments[index].blocked)
            && let Some((connection, running)) = self.instruments[index].running.take()
        {
            self.go_on(index, connection, running, None);
        }
    }

    /// Tells every connection of an instrument that now requests service.
    fn announce(&mut self, index: usize) {
        let instrument = &mut self.instruments[index];
        let status = &instrument.face.status;
        let watched = status.request_enable() != 0;
        // Nobody asked for it, which is how it mostly is: then nothing is looked at.
        if !watched && !instrument.watched {
            return;
        }
        instrument.watched = watched;
        for link in self.connections.values_mut().filter(|it| it.instrument == index) {
            let available = link.available();
            if status.requests(&mut link.requests, available) {
                link.arrived.notify_one();
            }
        }
    }

    fn finish(&mut self, index: usize, connection: u64, response: String, message: Vec<u8>) {
        if let Some(link) = self.connections.get_mut(&connection) {
            link.pending = link.pending.saturating_sub(1);
        }
        let mut response = response;
        let answered = (!response.is_empty())
            .then(|| self.instruments[index].ailments.answers(&message, &mut response));
        if self.spare_messages.len() < SPARE {
            self.spare_messages.push(message);
        }
        match answered {
            None => self.keep(response),
            Some(Answered::AtOnce) => self.put(connection, response),
            Some(Answered::Late(by_ns)) => {
                if let Some(link) = self.connections.get_mut(&connection) {
                    link.late += 1;
                }
                self.timeline.schedule(by_ns, Event::Answer { connection, response });
            }
        }
    }

    fn put(&mut self, connection: u64, response: String) {
        // Nobody is there any more: the response is gone.
        let Some(link) = self.connections.get_mut(&connection) else { return };
        if link.reads_are_seen && link.pending > 0 {
            link.interrupt(&mut self.instruments[link.instrument].face);
            return;
        }
        if link.responses.len() >= MOST_RESPONSES || link.bytes + response.len() > MOST_BYTES {
            self.instruments[link.instrument].face.status.raise(Code::DEADLOCKED);
            return;
        }
        link.bytes += response.len();
        link.responses.push_back(response);
        link.arrived.notify_one();
        let index = link.instrument;
        self.announce(index);
    }

    fn keep(&mut self, response: String) {
        if self.spare_texts.len() < SPARE {
            self.spare_texts.push(response);
        }
    }
}
