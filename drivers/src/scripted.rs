//! An instrument for this crate's own tests: it understands a few messages literally, serves any
//! number of connections, each in its own order, and can be slow on purpose.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::{Deadline, Dial, Error, Resource, Result, Session};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the instrument is like, and what has happened to it.
#[derive(Default)]
pub struct State {
    pub identity: String,
    pub on: bool,
    pub errors: VecDeque<String>,
    /// What it was told, in the order in which it carried it out.
    pub heard: Vec<String>,
    /// The answer to any other query.
    pub answer: String,
    /// Before the first message that contains this, it waits so long on that connection.
    pub hold: Option<(&'static str, Duration)>,
    /// A message that it refuses.
    pub refuses: Option<&'static str>,
    pub connections: usize,
    pub unreachable: bool,
}

#[derive(Clone, Default)]
pub struct Instrument(pub Arc<Mutex<State>>);

impl Instrument {
    pub fn new(identity: &str) -> Self {
        let instrument = Self::default();
        instrument.with(|it| {
            it.identity = identity.into();
            it.answer = "1.5".into();
        });
        instrument
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    /// Carries `message` out, and answers it if it asks.
    pub fn hear(&self, message: &str) -> Option<String> {
        self.with(|it| {
            it.heard.push(message.to_owned());
            if it.refuses.is_some_and(|refused| message.contains(refused)) {
                it.errors.push_back("-222,\"Data out of range\"".into());
                return None;
            }
            match message {
                "*IDN?" => Some(it.identity.clone()),
                "*OPC?" => Some("1".into()),
                "*CLS" => {
                    it.errors.clear();
                    None
                }
                message if message.ends_with("SYST:ERR?") => {
                    Some(it.errors.pop_front().unwrap_or_else(|| "+0,\"No error\"".into()))
                }
                message if message.starts_with("OUTP?") => Some(u8::from(it.on).to_string()),
                message if message.starts_with("OUTP ") => {
                    it.on = message.starts_with("OUTP ON");
                    None
                }
                message if message.contains('?') => Some(it.answer.clone()),
                _ => None,
            }
        })
    }

    /// How long it waits before `message`.
    pub fn holds(&self, message: &str) -> Option<Duration> {
        self.with(|it| match it.hold {
            Some((held, by)) if message.contains(held) => {
                it.hold = None;
                Some(by)
            }
            _ => None,
        })
    }

    fn connect(&self) -> (UnboundedSender<String>, UnboundedReceiver<String>) {
        let (say, mut said) = unbounded_channel::<String>();
        let (answer, answers) = unbounded_channel();
        let instrument = self.clone();
        instrument.with(|it| it.connections += 1);
        tokio::spawn(async move {
            // What was said is carried out even when the other end is gone.
            while let Some(message) = said.recv().await {
                if let Some(by) = instrument.holds(&message) {
                    tokio::time::sleep(by).await;
                }
                if let Some(reply) = instrument.hear(&message) {
                    _ = answer.send(reply);
                }
            }
        });
        (say, answers)
    }
}

#[async_trait]
impl Dial for Instrument {
    async fn dial(&self, _resource: &Resource, _deadline: Deadline) -> Result<Box<dyn Session>> {
        if self.with(|it| it.unreachable) {
            return Err(Error::unreachable("nobody is there"));
        }
        let (say, answers) = self.connect();
        Ok(Box::new(Scripted { instrument: self.clone(), say, answers }))
    }
}

struct Scripted {
    instrument: Instrument,
    say: UnboundedSender<String>,
    answers: UnboundedReceiver<String>,
}

#[async_trait]
impl Session for Scripted {
    async fn write(&mut self, message: &[u8], _deadline: Deadline) -> Result<()> {
        let message = String::from_utf8(message.to_vec()).unwrap();
        self.say.send(message).map_err(|_| Error::unreachable("the connection broke"))
    }

    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        match deadline.bound(self.answers.recv()).await {
            Some(Some(answer)) => {
                *response = answer.into_bytes();
                Ok(())
            }
            Some(None) => Err(Error::unreachable("the connection broke")),
            None => Err(Error::timeout("no answer")),
        }
    }

    async fn status_byte(&mut self, _deadline: Deadline) -> Result<u8> {
        Err(Error::unsupported("no status byte"))
    }

    async fn device_clear(&mut self, _deadline: Deadline) -> Result<()> {
        Err(Error::unsupported("no device clear"))
    }

    async fn trigger(&mut self, _deadline: Deadline) -> Result<()> {
        Err(Error::unsupported("no trigger"))
    }

    async fn recover(&mut self, _deadline: Deadline) -> Result<()> {
        if self.instrument.with(|it| it.unreachable) {
            return Err(Error::unreachable("nobody is there"));
        }
        (self.say, self.answers) = self.instrument.connect();
        Ok(())
    }
}
