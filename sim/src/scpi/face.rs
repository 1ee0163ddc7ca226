//! The wire face of an instrument: takes a message, carries it out unit by unit, and perhaps has
//! a response at the end.

use std::sync::Arc;

use pogo_models::{Command, Header, Kind, Model, Obeys};

use super::argument::{Written, scaled};
use super::bound::{Bound, Limits, rounded};
use super::error::Code;
use super::message::{self, Unit};
use super::status::Status;
use super::tree::{At, Tree};
use crate::circuit::Circuit;

/// What an instrument is behind its wire.
pub(crate) trait Thing: Limits {
    /// Carries out a command of the model and writes what it answers behind `answer`. A message
    /// without channels means the selected one, unless a header's suffix names one.
    fn act(
        &mut self,
        order: &Order,
        circuit: &mut Circuit,
        answer: &mut String,
    ) -> Result<Outcome, Code>;

    /// Goes on after the time that [`Outcome::Busy`] asked for.
    fn resume(&mut self, circuit: &mut Circuit, answer: &mut String) -> Result<Outcome, Code>;

    /// A trigger has come over the wire. Source: IEEE 488.2-1992, 10.37.
    ///
    /// # Errors
    ///
    /// -211 if nothing waits for one.
    fn trigger(&mut self) -> Result<Outcome, Code> {
        Err(Code::TRIGGER_IGNORED)
    }

    /// Stops what [`Outcome::Busy`] asked time for: a device clear took its message away.
    fn abandon(&mut self) {}

    /// Brings everything to its reset value.
    fn reset(&mut self, circuit: &mut Circuit);
}

/// A command of the model that has arrived with arguments that fit.
pub(crate) struct Order<'a> {
    /// The command.
    pub(crate) command: &'a Command,
    /// Its arguments.
    pub(crate) bound: Bound<'a>,
    /// The channel in the header.
    pub(crate) suffix: Option<u8>,
    /// For a query of something that is set both by number and by name: whether this one is the
    /// number's.
    pub(crate) by_number: bool,
}

/// How far a unit got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// It goes on after so many nanoseconds.
    Busy(u64),
}

/// How far a message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A unit is done.
    Unit,
    /// A unit goes on after so many nanoseconds.
    Busy(u64),
    /// The message is done.
    End,
}

/// A message that is being carried out.
#[derive(Debug)]
pub(crate) struct Running {
    message: Vec<u8>,
    at: usize,
    path: At,
    /// Where the response of the present unit begins.
    start: usize,
    response: String,
}

impl Running {
    /// A message of which nothing has been carried out, with a buffer for its response.
    pub(crate) fn new(message: Vec<u8>, mut response: String) -> Self {
        response.clear();
        Self { message, at: 0, path: At::ROOT, start: 0, response }
    }

    /// The response so far, and the message's own buffer.
    pub(crate) fn into_response(self) -> (String, Vec<u8>) {
        (self.response, self.message)
    }
}

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Face {
    model: Arc<Model>,
    tree: Tree,
    /// For each command of the model: [`Order::by_number`].
    by_number: Vec<bool>,
    identity: String,
    /// The status structure, which every connection shares.
    pub(crate) status: Status,
}

/// Entries of the tree behind those of the model.
const BUILT_IN: [&str; 2] = ["SYSTem:ERRor[:NEXT]?", "SYSTem:VERSion?"];

impl Face {
    /// What a wire's own trigger is carried out as, in its turn.
    ///
    /// Source: IEEE 488.2-1992, 10.37: `*TRG` is an analogue of the group execute trigger.
    pub(crate) const TRIGGER: &[u8] = b"*TRG";

    /// The face of an instrument of this model, as after power-on.
    pub(crate) fn new(model: Arc<Model>) -> Self {
        let obeys = model.obeys();
        let mut tree = Tree::new();
        // Before the model's own, which therefore cannot change what every instrument has.
        let count = obeys.commands.len();
        for (index, header) in BUILT_IN.iter().enumerate() {
            if let Ok(header) = Header::parse(header) {
                tree.insert(&header, count + index);
            }
        }
        for (entry, command) in obeys.commands.iter().enumerate() {
            tree.insert(&command.header, entry);
        }
        let takes_integer = |entry: usize| {
            let takes = obeys.commands.get(entry).map(|it| it.takes.as_slice()).unwrap_or_default();
            takes.iter().any(|argument| argument.kind == Kind::Integer)
        };
        let by_number =
            (0..count).map(|entry| tree.command_beside(entry).is_some_and(takes_integer)).collect();
        let status = Status::new(obeys.errors.depth);
        let identity = obeys.identity.to_string();
        Self { model, tree, by_number, identity, status }
    }

    /// Carries out the next unit of `running`. `waiting` says whether an earlier response has not
    /// been read yet.
    pub(crate) fn step(
        &mut self,
        running: &mut Running,
        thing: &mut dyn Thing,
        circuit: &mut Circuit,
        waiting: bool,
    ) -> Step {
        let Running { message, at, path, start, response } = running;
        let Some(unit) = message::next(message, at) else { return Step::End };
        *start = response.len();
        if *start > 0 {
            response.push(';');
        }
        let waiting = waiting || *start > 0;
        let outcome = unit.and_then(|unit| match unit.header {
            [b'*', name @ ..] => self.common(name, &unit, thing, circuit, waiting, response),
            _ => self.device(&unit, path, thing, circuit, response),
        });
        self.judge(running, outcome)
    }

    /// Goes on with the unit of `running` that took time.
    pub(crate) fn resume(
        &mut self,
        running: &mut Running,
        thing: &mut dyn Thing,
        circuit: &mut Circuit,
    ) -> Step {
        let outcome = thing.resume(circuit, &mut running.response);
        self.judge(running, outcome)
    }

    fn judge(&mut self, running: &mut Running, outcome: Result<Outcome, Code>) -> Step {
        let Running { message, at, start, response, .. } = running;
        match outcome {
            Ok(Outcome::Busy(time)) => return Step::Busy(time),
            Ok(Outcome::Done) => {
                // Nothing was answered: then nothing is separated either.
                if response.len() <= *start + usize::from(*start > 0) {
                    response.truncate(*start);
                }
            }
            Err(code) => {
                response.truncate(*start);
                self.status.raise(code);
                // What cannot be understood spoils the rest of its message, as the boundaries in
                // it are no longer certain; what cannot be carried out spoils only itself.
                if code.is_command_error() {
                    *at = message.len();
                }
            }
        }
        Step::Unit
    }

    fn device(
        &mut self,
        unit: &Unit,
        path: &mut At,
        thing: &mut dyn Thing,
        circuit: &mut Circuit,
        answer: &mut String,
    ) -> Result<Outcome, Code> {
        let found = self.tree.find(*path, unit.header)?;
        *path = found.path;
        let obeys = self.model.obeys();
        let Some(command) = obeys.commands.get(found.entry) else {
            none(unit)?;
            match found.entry - obeys.commands.len() {
                0 => answer_error(obeys, self.status.next_error(), answer),
                _ => answer.push_str(&obeys.version),
            }
            return Ok(Outcome::Done);
        };
        let bound = Bound::new(unit, &command.takes, thing)?;
        let by_number = self.by_number[found.entry];
        let order = Order { command, bound, suffix: found.channel, by_number };
        thing.act(&order, circuit, answer)
    }

    /// Source: IEEE 488.2-1992, chapter 10.
    fn common(
        &mut self,
        name: &[u8],
        unit: &Unit,
        thing: &mut dyn Thing,
        circuit: &mut Circuit,
        waiting: bool,
        answer: &mut String,
    ) -> Result<Outcome, Code> {
        let mut upper = [0; 4];
        let name = match upper.get_mut(..name.len()) {
            Some(upper) => {
                upper.copy_from_slice(name);
                upper.make_ascii_uppercase();
                &*upper
            }
            None => return Err(Code::UNDEFINED_HEADER),
        };
        match name {
            b"ESE" => self.status.enable_events(mask(unit)?),
            b"SRE" => self.status.enable_requests(mask(unit)?),
            b"CLS" | b"OPC" | b"RST" | b"TRG" | b"WAI" => {
                none(unit)?;
                match name {
                    b"TRG" => return thing.trigger(),
                    b"CLS" => self.status.clear(),
                    b"OPC" => self.status.operation_complete(),
                    b"RST" => thing.reset(circuit),
                    // Everything here is done in order anyway.
                    _ => {}
                }
            }
            b"IDN?" | b"OPC?" | b"ESE?" | b"ESR?" | b"SRE?" | b"STB?" | b"TST?" => {
                none(unit)?;
                let number = match name {
                    b"IDN?" => {
                        answer.push_str(&self.identity);
                        return Ok(Outcome::Done);
                    }
                    b"OPC?" => {
                        answer.push('1');
                        return Ok(Outcome::Done);
                    }
                    b"ESE?" => self.status.event_enable(),
                    b"ESR?" => self.status.take_events(),
                    b"SRE?" => self.status.request_enable(),
                    b"STB?" => self.status.byte(waiting),
                    _ => 0,
                };
                self.model.obeys().integers.write(f64::from(number), answer);
            }
            _ => return Err(Code::UNDEFINED_HEADER),
        }
        Ok(Outcome::Done)
    }
}

fn answer_error(obeys: &Obeys, error: Option<Code>, answer: &mut String) {
    let errors = &obeys.errors;
    match error {
        None => answer.push_str(&errors.empty),
        Some(code) => {
            let number = code.0.to_string();
            let filled = errors.form.replace("{number}", &number);
            answer.push_str(&filled.replace("{text}", code.text()));
        }
    }
}

fn none(unit: &Unit) -> Result<(), Code> {
    unit.arguments().next().map_or(Ok(()), |_| Err(Code::PARAMETER_NOT_ALLOWED))
}

/// The one number of `*ESE` and `*SRE`.
fn mask(unit: &Unit) -> Result<u8, Code> {
    let mut arguments = unit.arguments();
    let value = match arguments.next().ok_or(Code::MISSING_PARAMETER)?? {
        Written::Number(value, b"") => scaled(value, b"", b"")?,
        Written::Number(..) => return Err(Code::SUFFIX_NOT_ALLOWED),
        _ => return Err(Code::DATA_TYPE),
    };
    if arguments.next().is_some() {
        return Err(Code::PARAMETER_NOT_ALLOWED);
    }
    let value = rounded(value);
    if (0.0..=255.0).contains(&value) { Ok(value as u8) } else { Err(Code::OUT_OF_RANGE) }
}
