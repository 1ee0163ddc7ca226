//! The wire face of an instrument: takes a message, carries it out unit by unit, and perhaps has
//! a response at the end.

use std::sync::Arc;

use pogo_models::{Act, Bits, Command, Condition, Kind, Model, Observable};

use super::bound::{Bound, Limits};
use super::built_in::BuiltIn;
use super::error::Code;
use super::message::{self, Unit};
use super::status::{Status, Which};
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

    /// Whether an overlapped command is not done. Source: IEEE 488.2-1992, 12.2.
    fn pending(&self) -> bool {
        false
    }

    /// After how many nanoseconds an overlapped command wants to [`proceed`](Thing::proceed), if
    /// it has just begun to wait.
    fn take_timer(&mut self) -> Option<u64> {
        None
    }

    /// Goes on with an overlapped command.
    fn proceed(&mut self, _circuit: &mut Circuit) {}

    /// Whether something is so, on the channel at this index if it is about one.
    fn is(&self, condition: Condition, channel: usize, circuit: &mut Circuit) -> bool;

    /// Takes something that has happened, which a register tells as an event only.
    fn take_happened(&mut self) -> Option<Condition> {
        None
    }

    /// Keeps its settings in one of its memories.
    fn save(&mut self, memory: u8);

    /// Brings its settings back from one of its memories; to their reset values if nothing was
    /// ever kept there.
    fn recall(&mut self, memory: u8, circuit: &mut Circuit);

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
    /// It is carried out once no overlapped command is pending any more.
    Blocked,
}

/// How far a message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A unit is done.
    Unit,
    /// A unit goes on after so many nanoseconds.
    Busy(u64),
    /// A unit waits for what is pending.
    Blocked,
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
    /// Where the present unit begins, and its path: it may have to be carried out later.
    began: (usize, At),
    /// Whether the response has no end but that of the message.
    indefinite: bool,
    response: String,
}

impl Running {
    /// A message of which nothing has been carried out, with a buffer for its response.
    pub(crate) fn new(message: Vec<u8>, mut response: String) -> Self {
        response.clear();
        let (at, path) = (0, At::ROOT);
        Self { message, at, path, start: 0, began: (at, path), indefinite: false, response }
    }

    /// The response so far, and the message's own buffer.
    pub(crate) fn into_response(self) -> (String, Vec<u8>) {
        (self.response, self.message)
    }
}

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Face {
    pub(super) model: Arc<Model>,
    tree: Tree,
    /// Entries of the tree behind those of the model.
    built_in: Vec<BuiltIn>,
    /// For each command of the model: [`Order::by_number`].
    by_number: Vec<bool>,
    pub(super) identity: String,
    /// Whether `*OPC` waits for what is pending.
    pub(super) completes: bool,
    /// Whether enables are cleared when it is switched on, as `*PSC` has it.
    pub(super) clears_enables: bool,
    /// The status structure, which every connection shares.
    pub(crate) status: Status,
}

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
        let built_in = BuiltIn::insert(&obeys.status, &mut tree, count);
        for (entry, command) in obeys.commands.iter().enumerate() {
            tree.insert(&command.header, entry);
        }
        let takes_integer = |entry: usize| {
            let takes = obeys.commands.get(entry).map(|it| it.takes.as_slice()).unwrap_or_default();
            takes.iter().any(|argument| argument.kind == Kind::Integer)
        };
        let by_number =
            (0..count).map(|entry| tree.command_beside(entry).is_some_and(takes_integer)).collect();
        let with_registers =
            obeys.status.channels.as_ref().map(|_| model.channels().keys().copied());
        let channels: Vec<u8> = with_registers.into_iter().flatten().collect();
        let status = Status::new(obeys.errors.depth, &channels);
        let identity = obeys.identity.to_string();
        let (completes, clears_enables) = (false, true);
        Self { model, tree, built_in, by_number, identity, completes, clears_enables, status }
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
        let Running { message, at, path, start, began, indefinite, response } = running;
        *began = (*at, *path);
        let Some(unit) = message::next(message, at) else { return Step::End };
        *start = response.len();
        if *start > 0 {
            response.push(';');
        }
        let waiting = waiting || *start > 0;
        let outcome = unit.and_then(|unit| match unit.header {
            // Source: IEEE 488.2-1992, 6.5.7.5 and 8.7.11.
            [.., b'?'] if *indefinite => Err(Code::UNTERMINATED_AFTER_INDEFINITE),
            [b'*', name @ ..] => {
                *indefinite |= name.eq_ignore_ascii_case(b"IDN?");
                self.common(name, &unit, thing, circuit, waiting, response)
            }
            _ => self.device(&unit, path, thing, circuit, response),
        });
        self.judge(running, outcome, thing)
    }

    /// Goes on with the unit of `running` that took time.
    pub(crate) fn resume(
        &mut self,
        running: &mut Running,
        thing: &mut dyn Thing,
        circuit: &mut Circuit,
    ) -> Step {
        let outcome = thing.resume(circuit, &mut running.response);
        self.judge(running, outcome, thing)
    }

    /// Device clear: nobody is told any more that something is done.
    ///
    /// Source: IEEE 488.2-1992, 12.5.2 and 12.5.3.
    pub(crate) fn device_clear(&mut self) {
        self.completes = false;
    }

    /// Goes on with what is pending; whether nothing is any more.
    pub(crate) fn proceed(&mut self, thing: &mut dyn Thing, circuit: &mut Circuit) -> bool {
        thing.proceed(circuit);
        self.complete(thing);
        !thing.pending()
    }

    /// Says that everything is done, if that was asked for and is so.
    fn complete(&mut self, thing: &dyn Thing) {
        if self.completes && !thing.pending() {
            self.completes = false;
            self.status.operation_complete();
        }
    }

    fn judge(
        &mut self,
        running: &mut Running,
        outcome: Result<Outcome, Code>,
        thing: &dyn Thing,
    ) -> Step {
        self.complete(thing);
        let Running { message, at, path, start, began, response, .. } = running;
        match outcome {
            Ok(Outcome::Blocked) => {
                response.truncate(*start);
                (*at, *path) = *began;
                return Step::Blocked;
            }
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
            let does = self.built_in.get(found.entry - obeys.commands.len());
            let does = *does.ok_or(Code::UNDEFINED_HEADER)?;
            return self.carry_out(does, unit, found.channel, thing, answer);
        };
        let bound = Bound::new(unit, &command.takes, thing)?;
        match command.act {
            Act::Reads(Observable::ErrorCount) => {
                obeys.integers.write(self.status.error_count() as f64, answer);
                return Ok(Outcome::Done);
            }
            Act::Reads(Observable::AllErrors) => {
                self.answer_errors(answer);
                return Ok(Outcome::Done);
            }
            _ => {}
        }
        let by_number = self.by_number[found.entry];
        let order = Order { command, bound, suffix: found.channel, by_number };
        thing.act(&order, circuit, answer)
    }

    /// Lets the registers tell what is so now.
    pub(crate) fn look(&mut self, thing: &mut dyn Thing, circuit: &mut Circuit) {
        let registers = &self.model.obeys().status;
        let mut so = |bits: &Bits, channel| {
            let so = bits.iter().filter(|(it, _)| thing.is(**it, channel, circuit));
            so.fold(0, |all, (_, bit)| all | 1_u16 << bit)
        };
        self.status.tell(Which::Operation, so(&registers.operation, 0));
        self.status.tell(Which::Questionable, so(&registers.questionable, 0));
        if let Some(bits) = &registers.channels {
            for index in 0..self.model.channels().len() {
                self.status.tell(Which::Channel(index), so(bits, index));
            }
        }
        while let Some(happened) = thing.take_happened() {
            let Some(bit) = registers.questionable.get(&happened) else { continue };
            self.status.change(Which::Questionable, |it| it.happen(*bit));
        }
    }
}
