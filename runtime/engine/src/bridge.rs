//! Between a script's verb and a driver's method: quantity, fixture limit, deadline, stop, event.
//!
//! Everything that is true of every verb lives here once; a binding only picks one of
//! [`Bound::set`], [`Bound::call`], [`Bound::read`], [`Bound::send`], [`Bound::tell`] and
//! [`Bound::ask`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{
    Diagnostic, Dimension, Error, ErrorKind, Function, Notice, Origin, Quantity, Reading, Result,
    Secret, Typed, WireLog,
};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult};
use pogo_sandbox::{Interruption, bench_error, script_error, stop};

use crate::check::without_unit;
use crate::fixture::Limits;
use crate::site::Site;

/// A driver's method, called.
pub(crate) type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What a binding gives back to the script.
pub(crate) type Outcome<T> = std::result::Result<T, Box<EvalAltResult>>;

/// A role as a script holds it.
pub(crate) struct Bound<C: ?Sized> {
    role: Arc<BoundRole>,
    instrument: Arc<C>,
}

/// What the bridge knows of a role beside its instrument.
pub(crate) struct BoundRole {
    pub(crate) name: Arc<str>,
    pub(crate) asset: Arc<str>,
    pub(crate) limits: Limits,
    /// Where the limits stand, for the hint: `bench.fixture.toml`.
    pub(crate) fixture: Arc<str>,
    pub(crate) log: Arc<WireLog>,
    pub(crate) site: Arc<Site>,
}

impl<C: ?Sized> Clone for Bound<C> {
    fn clone(&self) -> Self {
        Self { role: self.role.clone(), instrument: self.instrument.clone() }
    }
}

impl<C: ?Sized + Send + Sync> Bound<C> {
    pub(crate) fn new(role: Arc<BoundRole>, instrument: Arc<C>) -> Self {
        Self { role, instrument }
    }

    /// A verb that takes a quantity and sets the bench to it.
    pub(crate) fn set<T: Typed>(
        &self,
        verb: &'static str,
        value: &Dynamic,
        act: impl for<'a> FnOnce(&'a C, T) -> Call<'a, ()>,
    ) -> Outcome<()> {
        let quantity = self.quantity(verb, value, T::DIMENSION)?;
        self.hold_against_limit(verb, &quantity)?;
        let outcome = self.drive(act(&self.instrument, T::from_value(quantity.value())));
        self.finish(verb, outcome)?;
        self.role.site.ledger().set(
            &self.role.name,
            verb,
            Some(&quantity),
            self.role.site.now_ns(),
        );
        Ok(())
    }

    /// A verb that takes nothing and changes the bench.
    pub(crate) fn call(
        &self,
        verb: &'static str,
        act: impl for<'a> FnOnce(&'a C) -> Call<'a, ()>,
    ) -> Outcome<()> {
        self.change(verb, None, act)
    }

    /// A verb that changes the bench, to an amount if it is one.
    pub(crate) fn change(
        &self,
        verb: &str,
        to: Option<&Quantity>,
        act: impl for<'a> FnOnce(&'a C) -> Call<'a, ()>,
    ) -> Outcome<()> {
        let outcome = self.drive(act(&self.instrument));
        self.finish(verb, outcome)?;
        self.role.site.ledger().set(&self.role.name, verb, to, self.role.site.now_ns());
        Ok(())
    }

    /// A verb that takes nothing and reads the world.
    pub(crate) fn read<T: Typed>(
        &self,
        verb: &'static str,
        act: impl for<'a> FnOnce(&'a C) -> Call<'a, Reading<T>>,
    ) -> Outcome<Quantity> {
        let (value, origin) = self.observe(verb, act)?;
        Ok(Quantity::new(value.value(), T::DIMENSION).from_origin(origin))
    }

    /// A verb that reads the world, whatever comes of it, and where that came from.
    pub(crate) fn observe<T>(
        &self,
        verb: &str,
        act: impl for<'a> FnOnce(&'a C) -> Call<'a, Reading<T>>,
    ) -> Outcome<(T, Origin)> {
        let reading = self.finish(verb, self.drive(act(&self.instrument)))?;
        let origin = Origin {
            role: self.role.name.clone(),
            asset: self.role.asset.clone(),
            raw: (*self.role.site.secrets.hide(&reading.raw)).into(),
            mono_ns: self.role.site.now_ns(),
        };
        Ok((reading.value, origin))
    }

    /// The instrument itself, for what needs no wire.
    pub(crate) fn instrument(&self) -> &C {
        &self.instrument
    }

    /// A verb that takes a text or a secret and sends it. What the wire log keeps has nothing of the
    /// secret, and neither has what comes back to the script as an error.
    pub(crate) fn send(
        &self,
        verb: &'static str,
        words: &Dynamic,
        act: impl for<'a> FnOnce(&'a C, &'a [u8]) -> Call<'a, ()>,
    ) -> Outcome<()> {
        self.tell(verb, words, Duration::ZERO, act)
    }

    /// As [`Bound::send`], of a verb that waits for what comes of it, `within` a time of its own.
    pub(crate) fn tell<T>(
        &self,
        verb: &'static str,
        words: &Dynamic,
        within: Duration,
        act: impl for<'a> FnOnce(&'a C, &'a [u8]) -> Call<'a, T>,
    ) -> Outcome<T> {
        let (secret, text) = (words.read_lock::<Secret>(), words.as_immutable_string_ref().ok());
        let bytes = match (&secret, &text) {
            (Some(secret), _) => secret.exposed(),
            (None, Some(text)) => text.as_bytes(),
            (None, None) => {
                let what = format!("a {} is neither a text nor a secret", words.type_name());
                return Err(self.mistake(verb, &what, None));
            }
        };
        let outcome = self.drive_within(within, act(&self.instrument, bytes));
        self.finish(verb, outcome)
    }

    /// A verb that neither moves energy nor reads a quantity: a state, or how a meter measures.
    pub(crate) fn ask<T>(
        &self,
        verb: &'static str,
        act: impl for<'a> FnOnce(&'a C) -> Call<'a, T>,
    ) -> Outcome<T> {
        self.finish(verb, self.drive(act(&self.instrument)))
    }

    /// The same for a verb that waits `within` a time of its own.
    pub(crate) fn ask_within<T>(
        &self,
        verb: &'static str,
        within: Duration,
        act: impl for<'a> FnOnce(&'a C) -> Call<'a, T>,
    ) -> Outcome<T> {
        self.finish(verb, self.drive_within(within, act(&self.instrument)))
    }

    /// Records that something of what came is gone.
    pub(crate) fn note_loss(&self, what: &str) {
        let (role, site) = (&self.role.name, &self.role.site);
        site.ledger().recovery(role, what, site.now_ns());
    }

    /// The argument as a time that something is waited for.
    pub(crate) fn within(&self, verb: &str, value: &Dynamic) -> Outcome<Duration> {
        let quantity = self.quantity(verb, value, Dimension::Time)?;
        if (0.001..=86_400.0).contains(&quantity.value()) {
            return Ok(Duration::from_secs_f64(quantity.value()));
        }
        let hint = "give a time from `1.ms` to a day".to_owned();
        Err(self.mistake(verb, &format!("nothing is waited for {quantity}"), Some(hint)))
    }

    /// The argument as a text.
    pub(crate) fn text(&self, verb: &str, value: &Dynamic) -> Outcome<String> {
        let text = value.as_immutable_string_ref().map(|it| it.to_string());
        text.map_err(|kind| self.mistake(verb, &format!("a {kind} is no text"), None))
    }

    /// What is wrong with an argument, as whoever reads such arguments says it.
    pub(crate) fn wrong(&self, verb: &str, diagnostic: Diagnostic) -> Box<EvalAltResult> {
        self.mistake(verb, &diagnostic.message, diagnostic.hint)
    }

    /// The argument as a quantity of `expected`.
    pub(crate) fn quantity(
        &self,
        verb: &str,
        value: &Dynamic,
        expected: Dimension,
    ) -> Outcome<Quantity> {
        let wanted = expected.with_article();
        let Some(quantity) = value.read_lock::<Quantity>() else {
            let name = format!("{}.{verb}", self.role.name);
            if value.is_int() || value.is_float() {
                let diagnostic = without_unit(&name, &value.to_string(), expected);
                return Err(script_error(diagnostic.message, diagnostic.hint));
            }
            return Err(self.mistake(
                verb,
                &format!("a {} is not {wanted}", value.type_name()),
                None,
            ));
        };
        if quantity.dimension() != expected {
            let what = quantity.dimension().with_article();
            return Err(self.mistake(
                verb,
                &format!("{} is {what}; expected {wanted}", *quantity),
                None,
            ));
        }
        if !quantity.value().is_finite() {
            return Err(self.mistake(verb, &format!("{} is not a finite value", *quantity), None));
        }
        Ok(quantity.clone())
    }

    /// The argument as a plain number.
    pub(crate) fn number(&self, verb: &str, value: &Dynamic) -> Outcome<f64> {
        let number = value.as_float().or_else(|_| value.as_int().map(|it| it as f64));
        match number {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.mistake(verb, &format!("`{value}` is not a plain number"), None)),
        }
    }

    /// The argument as the name of a meter's function.
    pub(crate) fn function(&self, verb: &str, value: &Dynamic) -> Outcome<Function> {
        let name = value.clone().into_string().unwrap_or_default();
        Function::named(&name).ok_or_else(|| {
            let known = Function::ALL.map(Function::name);
            let hint = pogo_hal::nearest(&name, known).map_or_else(
                || format!("known: {}", known.join(", ")),
                |it| format!("did you mean `\"{it}\"`?"),
            );
            self.mistake(verb, &format!("`{value}` is not a function of a meter"), Some(hint))
        })
    }

    fn hold_against_limit(&self, verb: &str, quantity: &Quantity) -> Outcome<()> {
        let (key, limit) = match quantity.dimension() {
            Dimension::Voltage => ("voltage", self.role.limits.voltage.map(Quantity::from)),
            Dimension::Current => ("current", self.role.limits.current.map(Quantity::from)),
            _ => return Ok(()),
        };
        match limit {
            Some(limit) if quantity.value().abs() > limit.value() => {
                let error = Error::out_of_range(format!(
                    "{quantity} exceeds the fixture's limit of {limit}; nothing was sent"
                ));
                let hint = format!(
                    "the limit is `instruments.{}.limits.{key}` in {}",
                    self.role.name, self.role.fixture
                );
                self.finish(verb, Err(error.with_hint(hint)))
            }
            _ => Ok(()),
        }
    }

    fn drive<T>(&self, work: Call<'_, T>) -> Result<T> {
        self.role.site.wait_for(work)
    }

    /// A verb with a time of its own is given it: the driver's own message comes first.
    fn drive_within<T>(&self, within: Duration, work: Call<'_, T>) -> Result<T> {
        let site = &self.role.site;
        site.wait_until(site.deadlines().call.max(within + Duration::from_secs(1)), work)
    }

    /// Records what the call left behind, and names role and verb in an error. The ledger knows of
    /// the error before the script does, so that `try` cannot make it undone.
    fn finish<T>(&self, verb: &str, outcome: Result<T>) -> Outcome<T> {
        let role = &self.role;
        for notice in role.log.take_notices() {
            let text = match notice {
                Notice::FoundInQueue(errors) => {
                    format!("found in its error queue: {}", errors.join(", "))
                }
                Notice::Recovered(how) => format!("recovered: {how}"),
            };
            let text = role.site.secrets.hide(&text);
            role.site.ledger().recovery(&role.name, &text, role.site.now_ns());
        }
        outcome.map_err(|error| {
            // An instrument may answer with what it was told.
            let error = error.context(format_args!("{}.{verb}", role.name));
            let error = error.hiding(&role.site.secrets);
            if error.kind() == ErrorKind::Stopped {
                return stop(Interruption::new(error.message()));
            }
            role.site.ledger().bench_error(&role.name, &error, role.site.now_ns());
            bench_error(error)
        })
    }

    pub(crate) fn mistake(
        &self,
        verb: &str,
        message: &str,
        hint: Option<String>,
    ) -> Box<EvalAltResult> {
        script_error(format!("{}.{verb}: {message}", self.role.name), hint)
    }
}
