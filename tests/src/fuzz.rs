//! Messages that nobody would send, for simulated instruments: the model's own commands in every
//! spelling, with arguments that fit and that do not, bent, cut, glued together, and noise.
//!
//! One seed gives the same messages every time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Deadline, Dial, Resource, Session};
use pogo_models::{Header, Kind, Model, Suffix};
use pogo_sim::{Bench, Plan, Role};

use crate::Chance;

/// Messages between two looks at whether the instrument is still well.
const BETWEEN_LOOKS: u64 = 200;

/// More than any error queue holds.
const MOST_ERRORS: u32 = 100;

/// Longer than anything that waits behind what was sent.
const PATIENCE: Duration = Duration::from_secs(1_000_000_000);

/// What became of an instrument.
#[derive(Debug, Default)]
pub struct Survived {
    /// Messages it was sent.
    pub messages: u64,
    /// Responses it gave to them.
    pub responses: u64,
    /// How often it had each error in its queue.
    pub errors: BTreeMap<i32, u64>,
}

/// Sends `count` messages of `seed` to a simulated `model`. Call it inside a tokio runtime with a
/// paused clock. `looked` is told how many were sent each time the instrument was found well.
///
/// # Errors
///
/// What was wrong with it, and after which message.
pub async fn fuzz(
    model: &Arc<Model>,
    seed: u64,
    count: u64,
    mut looked: impl FnMut(u64),
) -> Result<Survived, String> {
    let bench = Instrument::new(model);
    let mut writer = Writer::new(model, seed);
    let mut survived = Survived::default();
    while survived.messages < count {
        let batch = BETWEEN_LOOKS.min(count - survived.messages);
        let mut wire = bench.dial(writer.chance.below(2) == 0).await;
        for _ in 0..batch {
            let message = writer.message();
            survived.messages += 1;
            bench.bother(&mut *wire, &message, &mut writer.chance, &mut survived).await?;
        }
        drop(wire);
        let at =
            |said| format!("{}, seed {seed}, before {}: {said}", model.name(), survived.messages);
        let errors = bench.look().await.map_err(at)?;
        errors.into_iter().for_each(|it| *survived.errors.entry(it).or_default() += 1);
        looked(survived.messages);
    }
    Ok(survived)
}

/// Two of a kind: one behind a raw socket, one behind a wire with a poll, a clear and a trigger.
struct Instrument {
    bench: Arc<Bench>,
    identity: String,
    resource: [Resource; 2],
}

impl Instrument {
    fn new(model: &Arc<Model>) -> Self {
        let resource: [Resource; 2] =
            ["TCPIP::192.0.2.1::5025::SOCKET", "TCPIP::192.0.2.1::hislip0::INSTR"]
                .map(|it| it.parse().expect("an address"));
        let sim = section();
        let [socket, _] = &resource;
        let role = |resource: &Resource| Role {
            role: resource.to_string(),
            model: model.clone(),
            resource: resource.clone(),
            channel: model.channels().keys().next().copied(),
            sim: sim.clone(),
        };
        let identity = model.obeys().identity.to_string();
        let roles = vec![role(socket), role(&resource[1])];
        let bench = Bench::build(Plan { roles, seed: 1, ..Plan::default() }).expect("a bench");
        Self { bench, identity, resource }
    }

    async fn dial(&self, socket: bool) -> Box<dyn Session> {
        let resource = &self.resource[usize::from(!socket)];
        self.bench.dial(resource, Deadline::after(PATIENCE)).await.expect("a connection")
    }

    /// Sends one message, and does something else or reads or waits for a while.
    async fn bother(
        &self,
        wire: &mut dyn Session,
        message: &[u8],
        chance: &mut Chance,
        survived: &mut Survived,
    ) -> Result<(), String> {
        let now = || Deadline::after(Duration::ZERO);
        let complaint = |said: &str| format!("{said} after {:?}", String::from_utf8_lossy(message));
        wire.write(message, now()).await.map_err(|it| complaint(it.message()))?;
        match chance.below(20) {
            // A raw socket has none of these, and says so.
            0 => drop(wire.device_clear(now()).await),
            1 => drop(wire.trigger(now()).await),
            2 => drop(wire.status_byte(now()).await),
            3 => self.bench.world().sleep(Duration::from_millis(chance.below(5_000))).await,
            4..=12 => {
                let mut response = Vec::new();
                while wire.read(&mut response, now()).await.is_ok() {
                    survived.responses += 1;
                    if response.is_empty() || !response.iter().all(|c| matches!(c, b' '..=b'~')) {
                        return Err(complaint(&format!(
                            "{:?} is no response",
                            String::from_utf8_lossy(&response)
                        )));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether it still knows who it is once everything is carried out, and what it complains of.
    async fn look(&self) -> Result<Vec<i32>, String> {
        let mut errors = Vec::new();
        for socket in [true, false] {
            let mut wire = self.dial(socket).await;
            let identity = ask(&mut *wire, "*IDN?").await?;
            if identity != self.identity {
                return Err(format!("it says that it is {identity}"));
            }
            for left in (0..MOST_ERRORS).rev() {
                let answer = ask(&mut *wire, "SYST:ERR?").await?;
                match answer.split(',').next().and_then(|it| it.parse::<i32>().ok()) {
                    Some(0) => break,
                    Some(number @ -499..=-100) if left > 0 => errors.push(number),
                    Some(-499..=-100) => return Err("its error queue does not end".into()),
                    _ => return Err(format!("`{answer}` is no error of the standard")),
                }
            }
        }
        Ok(errors)
    }
}

async fn ask(wire: &mut dyn Session, question: &str) -> Result<String, String> {
    let mut response = Vec::new();
    let deadline = || Deadline::after(PATIENCE);
    wire.write(question.as_bytes(), deadline()).await.map_err(|it| it.message().to_owned())?;
    wire.read(&mut response, deadline())
        .await
        .map_err(|it| format!("{question}: {}", it.message()))?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// One section for every bench: what is read from a file is kept as long as the process.
fn section() -> Section {
    static SECTION: std::sync::OnceLock<Section> = std::sync::OnceLock::new();
    SECTION.get_or_init(|| toml_file::read("it", "connect = 'NET'").expect("TOML")).clone()
}

/// Headers that every instrument has, with what they take.
const KNOWN_TO_ALL: [(&str, &[Kind]); 22] = [
    ("*CLS", &[]),
    ("*ESE", &[Kind::Integer]),
    ("*ESE?", &[]),
    ("*ESR?", &[]),
    ("*IDN?", &[]),
    ("*OPC", &[]),
    ("*OPC?", &[]),
    ("*PSC", &[Kind::Integer]),
    ("*RCL", &[Kind::Integer]),
    ("*RST", &[]),
    ("*SAV", &[Kind::Integer]),
    ("*SRE", &[Kind::Integer]),
    ("*STB?", &[]),
    ("*TRG", &[]),
    ("*TST?", &[]),
    ("*WAI", &[]),
    ("STATus:OPERation:ENABle", &[Kind::Integer]),
    ("STATus:QUEStionable[:EVENt]?", &[]),
    ("STATus:QUEStionable:NTRansition", &[Kind::Integer]),
    ("STATus:QUEStionable:INSTrument:ISUMmary<n>:CONDition?", &[]),
    ("STATus:PRESet", &[]),
    ("SYSTem:ERRor[:NEXT]?", &[]),
];

const NUMBERS: [&str; 26] = [
    "0", "1", "-1", "2.5", "1e3", "1E400", "-9.9E37", "#HFF", "#Q17", "#B2", "MIN", "MAXIMUM",
    "DEF", "UP", "DOWN", "INF", "NAN", "1 MV", "5mA", "1 KOHM", "0.02", "100", "1e-9", "32768",
    ".", "1E99999",
];
const WORDS: [&str; 14] = [
    "ON", "OFF", "AUTO", "CH1", "CH9", "P6V", "BUS", "IMM", "EXT", "CELS", "FRTD", "ASC", "MOHM10",
    "A_1",
];
const TEXTS: [&str; 6] = ["\"VOLT:DC\"", "'RES'", "\"TEMP\"", "\"a;b,\"\"c\"", "\"", "''"];
const LISTS: [&str; 7] = ["(@1)", "(@1:3)", "(@3:1,2)", "(@0)", "(@1,", "(@)", "(1+2)"];
const ODDITIES: [&str; 8] = ["#15hello", "#0x;y", "#9999999999", "#15a", "$", "", "5 5", "\u{e9}"];

struct Writer {
    chance: Chance,
    commands: Vec<(Spelled, Vec<Kind>)>,
}

enum Spelled {
    Common(&'static str),
    Tree(Header),
}

impl Writer {
    fn new(model: &Model, seed: u64) -> Self {
        let known = KNOWN_TO_ALL.iter().map(|(header, takes)| {
            let spelled = match header.strip_prefix('*') {
                Some(_) => Spelled::Common(header),
                None => Spelled::Tree(Header::parse(header).expect("a header")),
            };
            (spelled, takes.to_vec())
        });
        let own = model.obeys().commands.iter().map(|it| {
            let takes = it.takes.iter().map(|argument| argument.kind).collect();
            (Spelled::Tree(it.header.clone()), takes)
        });
        Self { chance: Chance::of_seed(seed), commands: known.chain(own).collect() }
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.chance.below(many) == 0
    }

    /// The next message, perhaps with line feeds in it.
    fn message(&mut self) -> Vec<u8> {
        let mut message = Vec::new();
        if self.one_in(20) {
            let length = self.chance.below(60);
            message.extend((0..length).map(|_| self.chance.next() as u8));
            return message;
        }
        for number in 0..=self.chance.below(4) {
            if number > 0 {
                message.push(b';');
            }
            self.unit(&mut message);
        }
        if self.one_in(4) {
            for _ in 0..=self.chance.below(3) {
                self.bend(&mut message);
            }
        }
        if self.one_in(500) {
            // Longer than an instrument takes in, or than it has memory for.
            let piece = message.clone();
            for _ in 0..self.chance.below(5_000) {
                message.extend_from_slice(&piece);
            }
        }
        message
    }

    fn unit(&mut self, message: &mut Vec<u8>) {
        let index = self.chance.below(self.commands.len() as u64) as usize;
        let takes = self.commands[index].1.clone();
        let header = match &self.commands[index].0 {
            Spelled::Common(header) => (*header).to_owned(),
            Spelled::Tree(header) => spell(header, &mut self.chance),
        };
        message.extend_from_slice(header.as_bytes());
        for (number, kind) in takes.into_iter().enumerate() {
            if self.one_in(8) {
                continue;
            }
            message.extend_from_slice(if number == 0 { b" " } else { b"," });
            let argument = self.argument(kind);
            message.extend_from_slice(argument.as_bytes());
        }
        if self.one_in(30) {
            message.extend_from_slice(b" 1");
        }
    }

    fn argument(&mut self, kind: Kind) -> String {
        let fits = !self.one_in(5);
        match kind {
            _ if !fits => {
                let lists: [&[&str]; 5] = [&NUMBERS, &WORDS, &TEXTS, &LISTS, &ODDITIES];
                let list = self.chance.of(&lists);
                self.chance.of(list).to_owned()
            }
            Kind::Integer if self.one_in(2) => self.chance.below(260).to_string(),
            Kind::Boolean | Kind::Choice | Kind::Channel => self.chance.of(&WORDS).to_owned(),
            Kind::Function => self.chance.of(&TEXTS).to_owned(),
            Kind::Channels => self.chance.of(&LISTS).to_owned(),
            _ => self.chance.of(&NUMBERS).to_owned(),
        }
    }

    /// Changes, removes, doubles or inserts a byte, or cuts the rest off.
    fn bend(&mut self, message: &mut Vec<u8>) {
        if message.is_empty() {
            return;
        }
        let at = self.chance.below(message.len() as u64) as usize;
        let byte = match self.chance.below(2) {
            0 => self.chance.of(b";:,?*#\"'()@ \n\t0E."),
            _ => self.chance.next() as u8,
        };
        match self.chance.below(5) {
            0 => message[at] = byte,
            1 => drop(message.remove(at)),
            2 => message.insert(at, message[at]),
            3 => message.insert(at, byte),
            _ => message.truncate(at),
        }
    }
}

/// One of the ways to write a header, and some that are none.
fn spell(header: &Header, chance: &mut Chance) -> String {
    let mut text = String::new();
    if chance.below(3) == 0 {
        text.push(':');
    }
    for node in &header.nodes {
        if node.optional && chance.below(2) == 0 {
            continue;
        }
        if !text.is_empty() && !text.ends_with(':') {
            text.push(':');
        }
        let word = if chance.below(2) == 0 { &node.long } else { &node.short };
        match chance.below(3) {
            0 => text.push_str(&word.to_ascii_lowercase()),
            _ => text.push_str(word),
        }
        match node.suffix {
            Suffix::Channel if chance.below(3) > 0 => {
                text.push_str(&chance.below(5).to_string());
            }
            Suffix::One if chance.below(4) == 0 => text.push('1'),
            _ if chance.below(100) == 0 => text.push('7'),
            _ => {}
        }
    }
    if header.query {
        text.push('?');
    }
    text
}
