//! The file of a device: run once to declare it, and kept for the closures that it gave away.
//!
//! It runs in the sandbox of scripts with less of everything, so that no call of a handler takes
//! long: the bench stands still meanwhile. While one runs, circuit and device are on a stage that
//! its verbs share, and at no other time.

use std::fmt;
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pogo_hal::{Diagnostic, Place, nearest};
use pogo_sandbox::rhai::{Dynamic, Scope};
use pogo_sandbox::{Kept, Limits, STACK, Sandbox, Settings};

use super::{Device, actions, console, declarations};
use crate::circuit::Circuit;
use crate::fault::{Does, Fault};
use crate::floor::Floor;

/// What the file works on.
#[derive(Default)]
pub(super) struct Stage {
    pub(super) circuit: Circuit,
    pub(super) device: Device,
    pub(super) seed: u64,
    pub(super) now_ns: u64,
    /// Whether time has begun: nothing can be declared any more.
    pub(super) begun: bool,
    /// The faults that the file declares.
    pub(super) faults: Vec<Declared>,
}

/// A fault that a device file declares.
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) closure: Kept,
}

/// The stage as verbs share it.
pub(super) type Shared = Arc<Mutex<Stage>>;

/// See the module's own words.
pub(super) struct Script {
    sandbox: Sandbox,
    stage: Shared,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").finish_non_exhaustive()
    }
}

/// Runs the device file at `path` and puts what it declares on the floor, with those of `faults`
/// that are its own.
///
/// # Errors
///
/// The file cannot be read, is no script, declares something that cannot be, or does not know a
/// fault; with its place.
pub(crate) fn read(
    path: &Path,
    seed: u64,
    faults: &[Fault],
    floor: &mut Floor,
) -> Result<(), Diagnostic> {
    let (shown, text) = text(path)?;
    let script = build(path, &shown, &text, seed, faults)?;
    let mut stage = lock(&script.stage);
    (floor.circuit, floor.device) = (mem::take(&mut stage.circuit), mem::take(&mut stage.device));
    stage.begun = true;
    drop(stage);
    floor.device.script = Some(Box::new(script));
    Ok(())
}

/// The names of the faults that the device file at `path` declares, with their places, in the order
/// of the file.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn declared_faults(path: &Path) -> Result<Vec<(String, Place)>, Diagnostic> {
    let (shown, text) = text(path)?;
    let script = build(path, &shown, &text, 0, &[])?;
    let declared = mem::take(&mut lock(&script.stage).faults);
    Ok(declared.into_iter().map(|it| (it.name, it.place)).collect())
}

fn text(path: &Path) -> Result<(String, String), Diagnostic> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|cause| {
        Diagnostic::new(format!("the device file `{shown}` cannot be read: {cause}"))
            .with_hint("`device` in `[sim]` is relative to the fixture file")
    })?;
    Ok((shown, text))
}

pub(super) fn build(
    path: &Path,
    shown: &str,
    text: &str,
    seed: u64,
    faults: &[Fault],
) -> Result<Script, Diagnostic> {
    let root = path.parent().unwrap_or(Path::new("."));
    let run = || {
        let stage = Arc::new(Mutex::new(Stage { seed, ..Stage::default() }));
        let mut sandbox = Sandbox::new(Settings { limits: limits(), ..Settings::new(root) });
        declarations::register(sandbox.engine_mut(), &stage);
        actions::register(sandbox.engine_mut(), &stage);
        console::register(sandbox.engine_mut(), &stage);
        let mut scope = Scope::new();
        let ast = sandbox.compile(shown, text, &scope)?;
        sandbox.run(&mut scope, &ast).map_err(|error| *error.diagnostic).map(drop)?;
        let script = Script { sandbox, stage };
        for fault in faults {
            script.suffer(fault)?;
        }
        Ok(script)
    };
    // A thread of its own for its stack. Joining it blocks, which does not move a paused clock.
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(threads, run);
        let thread = thread
            .map_err(|cause| Diagnostic::new(format!("no thread to run `{shown}`: {cause}")))?;
        thread.join().unwrap_or_else(|_| Err(Diagnostic::new(format!("`{shown}` panicked"))))
    })
}

/// A call of a handler is short, and leaves little behind; how long it computes follows from how
/// much it may do, which is the same on every machine. What nests less than a script needs no stack
/// of its own.
fn limits() -> Limits {
    Limits {
        operations: 100_000,
        computing: Duration::MAX,
        call_levels: 16,
        text: 16 << 10,
        array: 4 << 10,
        map: 1 << 10,
        nesting: 16,
        variables: 200,
        memory: u64::MAX,
        ..Limits::default()
    }
}

impl Script {
    /// The stage, with what the file has declared until it is taken away.
    #[cfg(test)]
    pub(super) fn stage(&self) -> MutexGuard<'_, Stage> {
        lock(&self.stage)
    }

    /// Lets the device have `fault`, if it is one of its own.
    fn suffer(&self, fault: &Fault) -> Result<(), Diagnostic> {
        let Does::Suffer { from } = &fault.does else { return Ok(()) };
        let stage = lock(&self.stage);
        let Some(declared) = stage.faults.iter().find(|it| it.name == *from) else {
            let known: Vec<&str> = stage.faults.iter().map(|it| it.name.as_str()).collect();
            return Err(unknown_fault(from, &known).at(fault.place.clone()));
        };
        let closure = declared.closure.clone();
        drop(stage);
        self.sandbox.call_kept(&closure).map_err(|error| *error.diagnostic).map(drop)
    }

    /// Calls a handler with `device` and `circuit` on the stage, and gives what it gives.
    pub(super) fn call(
        &self,
        closure: &Kept,
        arguments: Vec<Dynamic>,
        device: &mut Device,
        circuit: &mut Circuit,
        now_ns: u64,
    ) -> Result<Dynamic, Diagnostic> {
        let swap = |device: &mut Device, circuit: &mut Circuit| {
            let mut stage = lock(&self.stage);
            stage.now_ns = now_ns;
            mem::swap(&mut stage.device, device);
            mem::swap(&mut stage.circuit, circuit);
        };
        swap(device, circuit);
        let called = self.sandbox.call_kept_with(closure, arguments);
        swap(device, circuit);
        called.map_err(|error| *error.diagnostic)
    }
}

fn unknown_fault(name: &str, known: &[&str]) -> Diagnostic {
    let hint = match (nearest(name, known.iter().copied()), known) {
        (Some(it), _) => format!("did you mean `{it}`?"),
        (None, []) => "a device file declares one with `fault(\"name\", || …)`".to_owned(),
        (None, known) => format!("it declares {}", known.join(", ")),
    };
    Diagnostic::new(format!("the device file declares no fault `{name}`")).with_hint(hint)
}

pub(super) fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// Calls a handler. What goes wrong in it is kept until somebody asks.
    pub(super) fn call(&mut self, handler: usize, circuit: &mut Circuit, now_ns: u64) {
        let Some(closure) = self.handlers.called(handler) else { return };
        self.call_kept(&closure, Vec::new(), circuit, now_ns);
    }

    /// Calls a closure of its file; `None` if the file has gone wrong, now or before.
    pub(super) fn call_kept(
        &mut self,
        closure: &Kept,
        arguments: Vec<Dynamic>,
        circuit: &mut Circuit,
        now_ns: u64,
    ) -> Option<Dynamic> {
        let script = self.script.take()?;
        match script.call(closure, arguments, self, circuit, now_ns) {
            Ok(value) => {
                self.script = Some(script);
                Some(value)
            }
            Err(wrong) => {
                self.broken = Some(wrong);
                None
            }
        }
    }
}
