//! Programmable DC supplies that speak SCPI, as their models say.
//!
//! A role is one output channel. Safe state: what the model's `make_safe` says, which is the
//! output off; setpoints stay, so that the record can tell what was asked. Opening makes the
//! channel safe and then programs its own protection to the fixture's limits.
//!
//! Source: the manual that the model names.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::{
    Amperes, Diagnostic, Error, ErrorKind, Handle, Identity, Instrument, Output, PowerSupply,
    Reading, Result, SafeState, Volts,
};
use pogo_models::{Around, Channel, Phrase, Sends, SupplyVerbs};

use crate::scpi::{Link, boolean, number};
use crate::{Driver, Opened, Recipe, Say, Setup, Wires};

pub const DRIVER: Driver = Driver {
    name: "scpi-power-supply",
    about: "one output channel of a supply that speaks SCPI",
    check: |setup| channel(setup).map(drop),
    open: |wires, setup| Box::pin(open(wires, setup)),
};

/// The safe state, in a person's words.
const OFF: &str = "output off";

struct Supply {
    link: Arc<Link>,
    timeout: Duration,
    rating: String,
    set_voltage: Around,
    set_current_limit: Around,
    voltage_setpoint: Vec<u8>,
    current_limit: Vec<u8>,
    on: Vec<u8>,
    off: Vec<u8>,
    output: Vec<u8>,
    measure_voltage: Vec<u8>,
    measure_current: Vec<u8>,
    make_safe: Vec<u8>,
}

/// The channel that a role means, with its rating.
fn channel(setup: &Setup) -> Result<(u8, Channel), Diagnostic> {
    let Setup { model, options, limits, .. } = setup;
    let mut rest = options.clone();
    let place = options.place_of("channel");
    let wanted: Option<u8> = rest.take("channel")?;
    rest.deny_rest(&["channel"])?;
    let channels = model.channels();
    let numbers = || channels.keys().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let number = match (wanted, channels.first_key_value()) {
        (Some(number), _) => number,
        (None, Some((only, _))) if channels.len() == 1 => *only,
        _ => {
            return Err(Diagnostic::new(format!("`{}` has no `channel`", options.name()))
                .at(place)
                .with_hint(format!("`{}` has channels {}", model.name(), numbers())));
        }
    };
    let Some(rating) = channels.get(&number) else {
        return Err(Diagnostic::new(format!("`{}` has no channel {number}", model.name()))
            .at(place)
            .with_hint(format!("it has channels {}", numbers())));
    };
    let refuse = |what: &str, limit: String, rated: String| {
        Err(Diagnostic::new(format!(
            "the {what} limit of {limit} exceeds channel {number} of `{}`, rated for {rated}",
            model.name()
        ))
        .with_hint("a limit is what no script may exceed; write what the fixture can bear"))
    };
    // A limit that is no number must not pass either.
    let within = |limit: f64, rated: f64| limit > 0.0 && limit <= rated;
    match (limits.voltage, limits.current) {
        (Some(it), _) if !within(it.0, rating.voltage.0) => {
            refuse("voltage", it.to_string(), rating.voltage.to_string())
        }
        (_, Some(it)) if !within(it.0, rating.current.0) => {
            refuse("current", it.to_string(), rating.current.to_string())
        }
        _ => Ok((number, *rating)),
    }
}

async fn open(wires: &Wires, setup: &Setup) -> Result<Opened> {
    let unfit = |diagnostic: Diagnostic| Error::unsupported(diagnostic.message);
    let (number, rating) = channel(setup).map_err(unfit)?;
    let Sends::PowerSupply(verbs) = setup.model.sends() else {
        return Err(Error::unsupported(format!("`{}` is no power supply", setup.model.name())));
    };
    let link = wires.link(setup, verbs.next_error.text()).await?;
    let log = link.log().clone();
    let supply = Supply::new(link, setup, verbs, number, rating);
    supply.link.learn_safe(&supply.make_safe);
    supply.make_safe().await?;
    supply.prepare(setup, verbs, number, rating).await?;
    supply.link.ask_calibration(verbs.calibration.as_ref(), setup.timeout).await;
    let recipe = supply.recipe(&setup.role);
    Ok(Opened { handle: Handle::PowerSupply(Arc::new(supply)), log, recipe })
}

impl Supply {
    fn new(link: Arc<Link>, setup: &Setup, verbs: &SupplyVerbs, on: u8, rating: Channel) -> Self {
        let around = |phrase: &Phrase| phrase.on(Some(on));
        let whole = |phrase: &Phrase| phrase.on(Some(on)).before.into_bytes();
        let Channel { voltage, current, .. } = rating;
        Self {
            link,
            timeout: setup.timeout,
            rating: format!(
                "channel {on} of `{}` is rated for {voltage} and {current}",
                setup.model.name()
            ),
            set_voltage: around(&verbs.set_voltage),
            set_current_limit: around(&verbs.set_current_limit),
            voltage_setpoint: whole(&verbs.voltage_setpoint),
            current_limit: whole(&verbs.current_limit),
            on: whole(&verbs.on),
            off: whole(&verbs.off),
            output: whole(&verbs.output),
            measure_voltage: whole(&verbs.measure_voltage),
            measure_current: whole(&verbs.measure_current),
            make_safe: whole(&verbs.make_safe),
        }
    }

    /// What [`Instrument::make_safe`] says, as data.
    fn recipe(&self, role: &str) -> Recipe {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (command, query) = (text(&self.make_safe), text(&self.output));
        let say = Say { command, query, state: OFF.into(), timeout: self.timeout };
        Recipe { role: role.to_owned(), say: Some(say), put: None }
    }

    /// Says what the model wants said first, and programs the protection.
    async fn prepare(
        &self,
        setup: &Setup,
        verbs: &SupplyVerbs,
        channel: u8,
        rating: Channel,
    ) -> Result<()> {
        for phrase in &verbs.prepare {
            self.link.command(phrase.text().as_bytes(), self.timeout).await?;
        }
        let level = setup.limits.voltage.map(|limit| {
            // A protection that starts above the limit still protects from more.
            rating.least_over_voltage.map_or(limit.0, |least| limit.0.max(least.0))
        });
        let programmed = [
            (level, &verbs.set_over_voltage, &verbs.over_voltage_on),
            (setup.limits.current.map(|it| it.0), &verbs.set_over_current, &verbs.over_current_on),
        ];
        for (level, set, switch_on) in programmed {
            let (Some(level), Some(set)) = (level, set) else { continue };
            self.set(&set.on(Some(channel)), level).await?;
            if let Some(switch_on) = switch_on {
                let message = switch_on.on(Some(channel)).before;
                self.link.command(message.as_bytes(), self.timeout).await?;
            }
        }
        Ok(())
    }

    async fn set(&self, Around { before, after }: &Around, value: f64) -> Result<()> {
        if !value.is_finite() {
            // `NaN` and `inf` are words that some instruments understand.
            return Err(Error::out_of_range(format!("{value} is no setpoint; nothing was sent")));
        }
        let message = format!("{before}{value}{after}");
        match self.link.command(message.as_bytes(), self.timeout).await {
            Err(error) if error.kind() == ErrorKind::Refused => {
                Err(error.with_hint(self.rating.clone()))
            }
            outcome => outcome,
        }
    }
}

#[async_trait]
impl Instrument for Supply {
    fn identity(&self) -> &Identity {
        self.link.identity()
    }

    fn calibration(&self) -> Option<&str> {
        self.link.calibration()
    }

    async fn make_safe(&self) -> Result<SafeState> {
        let is_off = |answer: &str| boolean(answer).map(|on| !on);
        let made = self.link.make_safe(&self.make_safe, &self.output, self.timeout, is_off).await?;
        Ok(SafeState::Confirmed { state: OFF.into(), read_back: made })
    }
}

#[async_trait]
impl PowerSupply for Supply {
    async fn set_voltage(&self, level: Volts) -> Result<()> {
        self.set(&self.set_voltage, level.0).await
    }

    async fn set_current_limit(&self, limit: Amperes) -> Result<()> {
        self.set(&self.set_current_limit, limit.0).await
    }

    async fn voltage_setpoint(&self) -> Result<Reading<Volts>> {
        Ok(self.link.ask(&self.voltage_setpoint, self.timeout, number).await?.map(Volts))
    }

    async fn current_limit(&self) -> Result<Reading<Amperes>> {
        Ok(self.link.ask(&self.current_limit, self.timeout, number).await?.map(Amperes))
    }

    async fn on(&self) -> Result<()> {
        self.link.command(&self.on, self.timeout).await
    }

    async fn off(&self) -> Result<()> {
        // The last word even if an `OUTP ON` was abandoned before.
        self.link.command_last(&self.off, self.timeout).await
    }

    async fn output(&self) -> Result<Output> {
        let on = self.link.ask(&self.output, self.timeout, boolean).await?.value;
        Ok(if on { Output::On } else { Output::Off })
    }

    async fn measure_voltage(&self) -> Result<Reading<Volts>> {
        Ok(self.link.ask(&self.measure_voltage, self.timeout, number).await?.map(Volts))
    }

    async fn measure_current(&self) -> Result<Reading<Amperes>> {
        Ok(self.link.ask(&self.measure_current, self.timeout, number).await?.map(Amperes))
    }
}
