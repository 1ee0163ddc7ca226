//! `modbus("SENSOR", #{ … })`: what the unit under test answers on Modbus.
//!
//! Which registers it has says the model that the fixture names; what stands in them say closures of
//! the device file, which are called when somebody reads or writes, and at no other time.

use pogo_hal::{Diagnostic, Register, RegisterValue, nearest};
use pogo_sandbox::rhai::{Dynamic, Engine, FnPtr, Map, NativeCallContext};
use pogo_sandbox::{Kept, register_value, script_error};

use super::Device;
use super::declarations::Outcome;
use super::options::Options;
use super::script::{Shared, lock};
use crate::circuit::Circuit;

/// What the unit answers under one name.
#[derive(Clone)]
pub(super) struct Server {
    name: String,
    on_read: Option<Kept>,
    on_write: Option<Kept>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.name).finish_non_exhaustive()
    }
}

pub(super) fn register(engine: &mut Engine, stage: &Shared) {
    let it = stage.clone();
    engine.register_fn("modbus", move |context: NativeCallContext, name: &str, map: Map| {
        let mut stage = lock(&it);
        stage.declares("modbus")?;
        let mut options = Options::new("modbus", map, &["on_read", "on_write"])?;
        let mut closure = |key: &str| -> Outcome<Option<Kept>> {
            let Some(value) = options.take(key) else { return Ok(None) };
            let message = format!("modbus: `{key}` is {value}, expected a closure");
            let body = value.try_cast::<FnPtr>().ok_or_else(|| script_error(message, None))?;
            Ok(Some(Kept::new(&context, body)))
        };
        let (on_read, on_write) = (closure("on_read")?, closure("on_write")?);
        if stage.device.servers.iter().any(|it| it.name == name) {
            return Err(script_error(format!("modbus: `{name}` is declared already"), None));
        }
        stage.device.servers.push(Server { name: name.to_owned(), on_read, on_write });
        Outcome::Ok(())
    });
}

impl Device {
    /// Whether its file declares a server of that name.
    ///
    /// # Errors
    ///
    /// It does not; with the nearest name.
    pub(crate) fn knows_server(&self, name: &str) -> Result<(), Diagnostic> {
        if self.servers.iter().any(|it| it.name == name) {
            return Ok(());
        }
        let names: Vec<&str> = self.servers.iter().map(|it| it.name.as_str()).collect();
        let hint = match (nearest(name, names.iter().copied()), names.as_slice()) {
            (Some(it), _) => format!("did you mean `{it}`?"),
            (None, []) => "a device file declares one with `modbus(\"NAME\", #{ … })`".to_owned(),
            (None, names) => format!("it declares {}", names.join(", ")),
        };
        Err(Diagnostic::new(format!("the device file declares no Modbus server `{name}`"))
            .with_hint(hint))
    }

    /// What `register` of the server called `name` holds now; `None` if it says nothing of it, and
    /// what was there stays.
    ///
    /// # Errors
    ///
    /// The file has gone wrong.
    pub(crate) fn read_register(
        &mut self,
        name: &str,
        register: &Register,
        circuit: &mut Circuit,
        now_ns: u64,
    ) -> Result<Option<RegisterValue>, ()> {
        let server = self.servers.iter().find(|it| it.name == name);
        let Some(closure) = server.and_then(|it| it.on_read.clone()) else { return Ok(None) };
        let arguments = vec![Dynamic::from(register.name.clone())];
        let given = self.call_kept(&closure, arguments, circuit, now_ns).ok_or(())?;
        if given.is_unit() {
            return Ok(None);
        }
        let value = register_value(&given);
        let fits = value.as_ref().is_some_and(|it| match register.form {
            pogo_hal::Form::Bits { bit: Some(_) } => matches!(it, RegisterValue::Bool(_)),
            _ => register.contents(it).is_ok(),
        });
        if !fits {
            let what = value.map_or(format!("a {}", given.type_name()), |it| it.to_string());
            let message = format!("modbus: `{name}` cannot answer {what} for `{}`", register.name);
            self.break_with(Diagnostic::new(message));
            return Err(());
        }
        Ok(value)
    }

    /// Tells the server called `name` that `register` holds `value` now.
    ///
    /// # Errors
    ///
    /// The file has gone wrong.
    pub(crate) fn write_register(
        &mut self,
        name: &str,
        register: &Register,
        value: &RegisterValue,
        circuit: &mut Circuit,
        now_ns: u64,
    ) -> Result<(), ()> {
        let server = self.servers.iter().find(|it| it.name == name);
        let Some(closure) = server.and_then(|it| it.on_write.clone()) else { return Ok(()) };
        let arguments = vec![Dynamic::from(register.name.clone()), dynamic(value)];
        self.call_kept(&closure, arguments, circuit, now_ns).map(drop).ok_or(())
    }
}

/// A register's value as scripts have it.
fn dynamic(value: &RegisterValue) -> Dynamic {
    match value {
        RegisterValue::Quantity(it) => match it.dimension() {
            pogo_hal::Dimension::Number => Dynamic::from(it.value()),
            _ => Dynamic::from(it.clone()),
        },
        RegisterValue::Integer(it) => Dynamic::from(*it),
        RegisterValue::Bool(it) => Dynamic::from(*it),
        RegisterValue::Text(it) => Dynamic::from(it.clone()),
    }
}
