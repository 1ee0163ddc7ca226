//! Multimeters that speak SCPI, as their models say.
//!
//! Safe state: a meter only listens, so there is nothing to do and nothing to read back. A reading
//! selects its function and triggers in one message, so that roles that share a meter cannot come
//! between; range and integration time are kept by the meter, per function.
//!
//! Source: the manual that the model names.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::{
    Amperes, Celsius, Diagnostic, Error, Function, Handle, Identity, Instrument, Multimeter, Ohms,
    Range, Reading, Result, SafeState, Volts,
};
use pogo_models::{Around, FunctionVerbs, Phrase, Sends};

use crate::scpi::{Link, number};
use crate::{Driver, Opened, Protection, Recipe, Setup, Wires};

pub const DRIVER: Driver = Driver {
    name: "scpi-multimeter",
    about: "a multimeter that speaks SCPI",
    check,
    open: |wires, setup| Box::pin(open(wires, setup)),
};

/// A reading takes at most two integrations, its own and one of the meter's zero, and a power
/// line cycle at most 20 ms.
const SECONDS_PER_NPLC: f64 = 2.0 / 50.0;

struct Meter {
    link: Arc<Link>,
    timeout: Duration,
    model: String,
    functions: BTreeMap<Function, Measures>,
}

/// What the driver knows about one function.
struct Measures {
    read: Vec<u8>,
    range: Option<Around>,
    auto_range: Option<Vec<u8>>,
    nplc: Option<Around>,
    /// Whether the meter has once carried out all of `read` without an error: whoever does not
    /// know the function would answer with a reading of another one.
    proven: AtomicBool,
    /// The bits of the integration time that was set last, in power line cycles.
    cycles: AtomicU64,
}

fn check(setup: &Setup) -> Result<(), Diagnostic> {
    setup.options.deny_rest(&[])?;
    if setup.limits == Protection::default() {
        return Ok(());
    }
    Err(Diagnostic::new("a multimeter has no limits: it puts out nothing")
        .with_hint("remove `limits` from this role"))
}

async fn open(wires: &Wires, setup: &Setup) -> Result<Opened> {
    let Sends::Multimeter(verbs) = setup.model.sends() else {
        return Err(Error::unsupported(format!("`{}` is no multimeter", setup.model.name())));
    };
    let link = wires.link(setup, verbs.next_error.text()).await?;
    for phrase in &verbs.prepare {
        link.command(phrase.text().as_bytes(), setup.timeout).await?;
    }
    link.ask_calibration(verbs.calibration.as_ref(), setup.timeout).await;
    let measures = |it: &FunctionVerbs| {
        let whole = |phrase: &Phrase| phrase.on(None).before.into_bytes();
        let around = |phrase: &Phrase| phrase.on(None);
        Measures {
            read: whole(&it.read),
            range: it.range.as_ref().map(around),
            auto_range: it.auto_range.as_ref().map(whole),
            nplc: it.nplc.as_ref().map(around),
            proven: AtomicBool::new(false),
            cycles: AtomicU64::new(verbs.reset_nplc.to_bits()),
        }
    };
    let log = link.log().clone();
    let meter = Meter {
        link,
        timeout: setup.timeout,
        model: setup.model.name().to_owned(),
        functions: verbs.functions.iter().map(|(it, verbs)| (*it, measures(verbs))).collect(),
    };
    let recipe = Recipe { role: setup.role.clone(), say: None, put: None };
    Ok(Opened { handle: Handle::Multimeter(Arc::new(meter)), log, recipe })
}

impl Meter {
    fn measures(&self, function: Function) -> Result<&Measures> {
        self.functions.get(&function).ok_or_else(|| self.lacks(function, "does not measure"))
    }

    fn lacks(&self, function: Function, what: &str) -> Error {
        Error::unsupported(format!("`{}` {what} {}", self.model, function.name()))
    }

    async fn read(&self, function: Function) -> Result<Reading<f64>> {
        let it = self.measures(function)?;
        let integrating = f64::from_bits(it.cycles.load(Relaxed)) * SECONDS_PER_NPLC;
        let timeout = self.timeout + Duration::from_secs_f64(integrating);
        if it.proven.load(Relaxed) {
            return self.link.ask(&it.read, timeout, number).await;
        }
        let reading = self.link.ask_and_check(&it.read, timeout, number).await?;
        it.proven.store(true, Relaxed);
        Ok(reading)
    }

    async fn set(&self, Around { before, after }: &Around, value: f64) -> Result<()> {
        if !value.is_finite() {
            // `NaN` and `inf` are words that some instruments understand.
            return Err(Error::out_of_range(format!("{value} is no setting; nothing was sent")));
        }
        self.link.command(format!("{before}{value}{after}").as_bytes(), self.timeout).await
    }
}

#[async_trait]
impl Instrument for Meter {
    fn identity(&self) -> &Identity {
        self.link.identity()
    }

    fn calibration(&self) -> Option<&str> {
        self.link.calibration()
    }

    async fn make_safe(&self) -> Result<SafeState> {
        Ok(SafeState::Passive)
    }
}

#[async_trait]
impl Multimeter for Meter {
    async fn dc_voltage(&self) -> Result<Reading<Volts>> {
        Ok(self.read(Function::DcVoltage).await?.map(Volts))
    }

    async fn dc_current(&self) -> Result<Reading<Amperes>> {
        Ok(self.read(Function::DcCurrent).await?.map(Amperes))
    }

    async fn resistance(&self) -> Result<Reading<Ohms>> {
        Ok(self.read(Function::Resistance).await?.map(Ohms))
    }

    async fn four_wire_resistance(&self) -> Result<Reading<Ohms>> {
        Ok(self.read(Function::FourWireResistance).await?.map(Ohms))
    }

    async fn temperature(&self) -> Result<Reading<Celsius>> {
        Ok(self.read(Function::Temperature).await?.map(Celsius))
    }

    async fn set_range(&self, function: Function, range: Range) -> Result<()> {
        let it = self.measures(function)?;
        let lacks = || self.lacks(function, "has no range for");
        match range {
            Range::Auto => {
                let message = it.auto_range.as_ref().ok_or_else(lacks)?;
                self.link.command(message, self.timeout).await
            }
            Range::UpTo(limit) if limit.dimension() != function.dimension() => {
                Err(Error::out_of_range(format!(
                    "{limit} is {}, and a range of {} is {}; nothing was sent",
                    limit.dimension().with_article(),
                    function.name(),
                    function.dimension().with_article()
                )))
            }
            Range::UpTo(limit) => {
                self.set(it.range.as_ref().ok_or_else(lacks)?, limit.value()).await
            }
        }
    }

    async fn set_nplc(&self, function: Function, cycles: f64) -> Result<()> {
        let it = self.measures(function)?;
        let nplc = it.nplc.as_ref();
        let nplc = nplc.ok_or_else(|| self.lacks(function, "has no integration time for"))?;
        self.set(nplc, cycles).await?;
        it.cycles.store(cycles.clamp(0.0, 1000.0).to_bits(), Relaxed);
        Ok(())
    }
}
