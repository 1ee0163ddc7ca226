//! The instruments of a run: understood first, opened later, each over the wire that it has.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use pogo_drivers::{ConsoleSetup, Lifelines, Owner, Protection, Setup, Wires};
use pogo_hal::{Code, Diagnostic, Error, nearest};
use pogo_models::{Model, Models, Sends};
use pogo_runtime::{Clock, Fixture, Interlock, Opened, Opener, RealTime, Rescue, Role};
use pogo_sim::{Plan, Replay, Replayed};

use crate::rescue::Rescuer;
use crate::simulated::{self, Simulated};

/// A fixture's instruments, understood and not yet opened.
pub struct Bench {
    /// Those of the roles and of the interlocks.
    setups: Vec<Setup>,
    consoles: Vec<ConsoleSetup>,
    simulated: Simulated,
    plan: Option<Plan>,
    lifelines: Arc<Lifelines>,
    owner: Option<Owner>,
    ready: OnceLock<Ready>,
}

/// The wires to the instruments, once a runtime is there that can carry them.
struct Ready {
    real: Wires,
    /// Apart from the roles', so that they are still there when the bench is taken from its site.
    interlocks: Wires,
    simulated: Option<Wires>,
}

impl Bench {
    /// Understands every role and every interlock of `fixture`, each of one of its `models`; opens
    /// nothing. `faults` are those of
    /// its catalogue that the simulated bench has besides.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the fixture: a model that does not exist, an option that the
    /// driver does not have, a limit beyond the rating, a simulated role without a `sim` table.
    pub fn understand(
        fixture: &Fixture,
        models: &Models,
        simulated: Simulated,
        seed: u64,
        faults: &[String],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut wrong = simulated.complaints(fixture);
        let (mut setups, mut consoles) = (Vec::new(), Vec::new());
        for role in &fixture.roles {
            let understood = match &role.driver {
                None => setup(role, models, |_| Ok(())).map(|it| setups.push(it)),
                Some(driver) => console(role, driver).map(|it| consoles.push(it)),
            };
            wrong.extend(understood.err());
        }
        for interlock in &fixture.interlocks {
            let can_read = |model: &Model| can_read(model, interlock);
            match setup(&interlock.role, models, can_read) {
                Ok(setup) => setups.push(setup),
                Err(diagnostic) => wrong.push(diagnostic),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let plan = simulated::plan(fixture, &setups, &consoles, &simulated, seed, faults);
        let plan = plan.map_err(|it| vec![it])?;
        if let Some(plan) = &plan {
            pogo_sim::check(plan).map_err(|it| vec![it])?;
        }
        let (lifelines, owner) = (Arc::default(), None);
        Ok(Self { setups, consoles, simulated, plan, lifelines, owner, ready: OnceLock::new() })
    }

    /// The same, with every real instrument locked while it is in use: others are told that it is
    /// for `what`.
    pub fn locked(self, what: &str) -> Self {
        Self { owner: Some(Owner::new(what)), ..self }
    }

    /// What the simulated bench is built from; `None` if no role is simulated.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    fn console(&self, role: &str) -> Option<&ConsoleSetup> {
        self.consoles.iter().find(|it| it.role == role)
    }

    async fn open_over(
        &self,
        role: &Role,
        real: impl FnOnce(&Ready) -> &Wires,
    ) -> pogo_hal::Result<Opened> {
        let absent = || Error::unsupported(format!("`{}` is not on this bench", role.name));
        let ready = self.ready.get().ok_or_else(absent)?;
        let wires = match &ready.simulated {
            Some(simulated) if self.simulated.has(&role.name) => simulated,
            _ => real(ready),
        };
        let pogo_drivers::Opened { handle, log, .. } = match self.console(&role.name) {
            Some(console) => wires.open_console(console).await?,
            None => {
                let setup = self.setups.iter().find(|it| it.role == role.name);
                wires.open(setup.ok_or_else(absent)?).await?
            }
        };
        Ok(Opened { handle, log })
    }
}

#[async_trait]
impl Opener for Bench {
    async fn prepare(&self) -> pogo_hal::Result<Arc<dyn Clock>> {
        let (mut simulated, mut clock): (_, Arc<dyn Clock>) = (None, Arc::new(RealTime::start()));
        if let Simulated::Replayed(replaying) = &self.simulated {
            let replay = replaying.begin();
            clock = Arc::new(ReplayTime(replay.clone()));
            simulated = Some(Wires::new(Arc::new(Replayed(replay))));
        }
        if let Some(plan) = &self.plan {
            let bench = pogo_sim::Bench::build(plan.clone()).map_err(|it| as_error(&it))?;
            if self.simulated.has_virtual_time() {
                clock = Arc::new(WorldTime(bench.clone()));
            }
            simulated = Some(Wires::new(bench));
        }
        let real = |lifelines| Wires::kept_in(lifelines, self.owner.clone());
        let (real, interlocks) = (real(self.lifelines.clone()), real(Arc::default()));
        let ready = Ready { real, interlocks, simulated };
        self.ready.set(ready).map_err(|_| Error::unsupported("the bench is open already"))?;
        Ok(clock)
    }

    async fn open(&self, role: &Role) -> pogo_hal::Result<Opened> {
        self.open_over(role, |ready| &ready.real).await
    }

    async fn open_interlock(&self, role: &Role) -> pogo_hal::Result<Opened> {
        self.open_over(role, |ready| &ready.interlocks).await
    }

    fn is_passive(&self, role: &Role) -> bool {
        let setup = self.setups.iter().find(|it| it.role == role.name);
        self.console(&role.name).is_some() || setup.is_some_and(pogo_drivers::is_passive)
    }

    fn rescue(&self) -> Option<Arc<dyn Rescue>> {
        let real = !self.simulated.has_virtual_time();
        real.then(|| -> Arc<dyn Rescue> { Arc::new(Rescuer(self.lifelines.clone())) })
    }
}

/// The simulated world's time.
struct WorldTime(Arc<pogo_sim::Bench>);

#[async_trait]
impl Clock for WorldTime {
    fn now_ns(&self) -> u64 {
        self.0.world().now_ns()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.world().sleep(duration).await;
    }
}

/// The time of a run that is replayed.
struct ReplayTime(Arc<Replay>);

#[async_trait]
impl Clock for ReplayTime {
    fn now_ns(&self) -> u64 {
        self.0.world().now_ns()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.world().sleep(duration).await;
    }
}

/// The model of `role`, with the registers that the role itself describes.
///
/// # Errors
///
/// There is no such model, or its file or the role's registers are wrong.
pub fn model_of(role: &Role, models: &Models) -> Result<Arc<Model>, Diagnostic> {
    // A mistake inside a model's file, or in a register, has a place of its own.
    let model = models.find(&role.model).map_err(|it| {
        if it.place.is_some() { it } else { it.at(role.section.place_of("model")) }
    })?;
    match role.options.clone().take_section("registers")? {
        None => Ok(model),
        Some(registers) => model.with_registers(registers).map(Arc::new),
    }
}

fn setup(
    role: &Role,
    models: &Models,
    fits: impl FnOnce(&Model) -> Result<(), Diagnostic>,
) -> Result<Setup, Diagnostic> {
    if let Some(driver) = &role.driver {
        return Err(Diagnostic::new(format!("`{driver}` measures nothing"))
            .coded(Code::BadValue)
            .at(role.section.place_of("driver"))
            .with_hint("an interlock is read by a multimeter: name its `model`"));
    }
    let model = model_of(role, models)?;
    fits(&model)?;
    // They are the model's now.
    let mut options = role.options.clone();
    options.take_section("registers")?;
    let setup = Setup {
        role: role.name.clone(),
        model,
        resource: role.address.clone(),
        options,
        limits: Protection { voltage: role.limits.voltage, current: role.limits.current },
        timeout: role.timeout,
    };
    pogo_drivers::check(&setup).map_err(|it| {
        if it.place.is_some() { it } else { it.at(role.section.place_of("limits")) }
    })?;
    Ok(setup)
}

/// A role that has a driver instead of a model.
fn console(role: &Role, driver: &str) -> Result<ConsoleSetup, Diagnostic> {
    known_driver(role, driver)?;
    let limits = role.limits.voltage.is_some() || role.limits.current.is_some();
    if limits {
        return Err(Diagnostic::new("a console has no limits: it puts out nothing")
            .at(role.section.place_of("limits"))
            .with_hint("remove `limits` from this role"));
    }
    let options = role.options.clone();
    ConsoleSetup::read(&role.name, &role.address, options, role.timeout).map_err(|it| {
        let line = it.message.ends_with("is no serial line");
        if line { it.at(role.section.place_of("address")) } else { it }
    })
}

/// That there is such a driver for what has no model.
fn known_driver(role: &Role, driver: &str) -> Result<&'static str, Diagnostic> {
    if driver == ConsoleSetup::DRIVER {
        return Ok("serial console");
    }
    let hint = match nearest(driver, [ConsoleSetup::DRIVER]) {
        Some(it) => format!("did you mean `{it}`?"),
        None => format!("known is `{}`; an instrument has a `model`", ConsoleSetup::DRIVER),
    };
    Err(Diagnostic::new(format!("there is no driver `{driver}`"))
        .coded(Code::BadValue)
        .at(role.section.place_of("driver"))
        .with_hint(hint))
}

/// What `role` can do.
///
/// # Errors
///
/// Its model or its driver does not exist.
pub fn capability_of(role: &Role, models: &Models) -> Result<&'static str, Diagnostic> {
    if let Some(driver) = &role.driver {
        return known_driver(role, driver);
    }
    let model = models.find(&role.model).map_err(|it| {
        if it.place.is_some() { it } else { it.at(role.section.place_of("model")) }
    })?;
    Ok(capability(model.driver()))
}

/// Whether the instrument of `interlock` measures what is to be read.
fn can_read(model: &Model, interlock: &Interlock) -> Result<(), Diagnostic> {
    let place = |key: &str| interlock.role.section.place_of(key);
    let (name, reads) = (model.name(), interlock.reads);
    let Sends::Multimeter(verbs) = model.sends() else {
        return Err(Diagnostic::new(format!("`{name}` is no multimeter"))
            .at(place("model"))
            .with_hint("an interlock is read by a multimeter"));
    };
    if verbs.functions.contains_key(&reads) {
        return Ok(());
    }
    let known: Vec<&str> = verbs.functions.keys().map(|it| it.name()).collect();
    Err(Diagnostic::new(format!("`{name}` does not measure {}", reads.name()))
        .at(place("reads"))
        .with_hint(format!("it measures {}", known.join(", "))))
}

/// What an instrument with that driver can do.
fn capability(driver: &str) -> &'static str {
    match driver {
        "scpi-power-supply" => "power supply",
        "modbus" => "modbus device",
        _ => "multimeter",
    }
}

fn as_error(diagnostic: &Diagnostic) -> Error {
    let error = Error::unsupported(match &diagnostic.place {
        Some(place) => format!("{place}: {diagnostic}"),
        None => diagnostic.to_string(),
    });
    match &diagnostic.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}
