//! Watches a running script: operations, computing time, memory, and whether somebody wants it to
//! end.
//!
//! Rhai asks before every operation. Most answers are a counter and a comparison; the clock is read
//! every few operations, and whatever costs more only after some time has passed. One operation may
//! copy a megabyte, so that counting operations alone would notice growth too late.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::End;
use crate::{Limits, Settings};

/// Operations between two looks at the clock, while they are as quick as usual. A value can double
/// at every second or third of them: at 64, one had taken all memory before anybody looked.
const STRIDE: u64 = 8;
/// If so many nanoseconds pass between two looks, the operations are slow ones: look at each.
const SLOW: u64 = 100_000;
/// Nanoseconds between two questions to the host.
const ASK: u64 = 250_000;
/// Nanoseconds between two readings of what the process uses.
const MEASURE: u64 = 3_000_000;

/// The watch over one sandbox. Only one thread runs a script of it at a time, so plain loads and
/// stores suffice for the counters; atomics make that sound, not synchronised.
pub(crate) struct Watch {
    settings: Arc<Settings>,
    epoch: Instant,
    depth: AtomicUsize,
    operations: AtomicU64,
    next: AtomicU64,
    looked: AtomicU64,
    asked: AtomicU64,
    measured: AtomicU64,
    resident: AtomicU64,
    computed: AtomicU64,
    printed: AtomicUsize,
    output_said: AtomicBool,
    ended: Mutex<Option<End>>,
}

impl Watch {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        let zero = AtomicU64::default;
        Self {
            settings,
            epoch: now(),
            depth: AtomicUsize::new(0),
            operations: zero(),
            next: zero(),
            looked: zero(),
            asked: zero(),
            measured: zero(),
            resident: zero(),
            computed: zero(),
            printed: AtomicUsize::new(0),
            output_said: AtomicBool::new(false),
            ended: Mutex::new(None),
        }
    }

    /// Begins a run; what is called from inside it shares its limits.
    pub(crate) fn begin(&self) -> Running<'_> {
        if self.depth.fetch_add(1, Relaxed) == 0 {
            let now = self.nanos();
            self.operations.store(0, Relaxed);
            self.next.store(0, Relaxed);
            for clock in [&self.looked, &self.measured] {
                clock.store(now, Relaxed);
            }
            self.asked.store(now.saturating_sub(ASK), Relaxed);
            // Each is a file to read: not for who is called a thousand times and may use any amount.
            let Limits { memory, computing, .. } = self.settings.limits;
            if memory < u64::MAX {
                self.resident.store(resident().unwrap_or(0), Relaxed);
            }
            if computing < Duration::MAX {
                self.computed.store(computed().unwrap_or(0), Relaxed);
            }
            self.printed.store(0, Relaxed);
            self.output_said.store(false, Relaxed);
            *self.lock() = None;
        }
        Running(self)
    }

    /// Called before every operation; something ends the script.
    #[inline]
    pub(crate) fn tick(&self) -> Option<End> {
        let operations = self.operations.load(Relaxed) + 1;
        self.operations.store(operations, Relaxed);
        if operations < self.next.load(Relaxed) { None } else { self.look(operations) }
    }

    /// Ends the run for good: nothing that swallows the error can make it go on.
    pub(crate) fn end(&self, end: End) -> End {
        self.next.store(0, Relaxed);
        self.lock().get_or_insert(end).clone()
    }

    /// What ended the run.
    pub(crate) fn ended(&self) -> Option<End> {
        self.lock().clone()
    }

    #[cold]
    fn look(&self, operations: u64) -> Option<End> {
        let end = self.ended().or_else(|| self.reason_to_end(operations))?;
        Some(self.end(end))
    }

    fn reason_to_end(&self, operations: u64) -> Option<End> {
        let limits = &self.settings.limits;
        let now = self.nanos();
        let slow = now.saturating_sub(self.looked.load(Relaxed)) > SLOW;
        self.looked.store(now, Relaxed);
        self.next.store(operations + if slow { 1 } else { STRIDE }, Relaxed);
        if operations > limits.operations {
            let message = format!("the script used its {} operations", limits.operations);
            return Some(End::limit(message, "does a loop end? waiting costs none: `wait(1.s)`"));
        }
        if now.saturating_sub(self.asked.load(Relaxed)) >= ASK {
            self.asked.store(now, Relaxed);
            if let Some(interruption) = (self.settings.interrupt)() {
                return Some(End::Stopped(interruption.reason));
            }
        }
        if now.saturating_sub(self.measured.load(Relaxed)) >= MEASURE {
            self.measured.store(now, Relaxed);
            return self.measure();
        }
        None
    }

    fn measure(&self) -> Option<End> {
        let limits = &self.settings.limits;
        let grown = resident()?.saturating_sub(self.resident.load(Relaxed));
        if grown > limits.memory {
            let message = format!("the script used its {} MiB of memory", limits.memory >> 20);
            return Some(End::limit(message, "keep results, not everything that led to them"));
        }
        let computed = computed()?.saturating_sub(self.computed.load(Relaxed));
        if u128::from(computed) > limits.computing.as_nanos() {
            let message =
                format!("the script computed for its {} s", limits.computing.as_secs_f64());
            return Some(End::limit(
                message,
                "does a loop end? waiting costs nothing: `wait(1.s)`",
            ));
        }
        None
    }

    /// How much of a line of `length` bytes may still be printed; `None` if nothing, and `Some`
    /// with `true` the first time that nothing is left.
    pub(crate) fn may_print(&self, length: usize) -> Permission {
        let before = self.printed.fetch_add(length, Relaxed);
        if before + length <= self.settings.limits.output {
            return Permission::Yes;
        }
        if self.output_said.swap(true, Relaxed) { Permission::No } else { Permission::LastWord }
    }

    fn lock(&self) -> MutexGuard<'_, Option<End>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nanos(&self) -> u64 {
        now().duration_since(self.epoch).as_nanos() as u64
    }
}

/// Whether a script may print one more line.
pub(crate) enum Permission {
    Yes,
    /// No, and this is the first time.
    LastWord,
    No,
}

/// A run under watch, until it is dropped.
pub(crate) struct Running<'a>(&'a Watch);

impl Running<'_> {
    /// Whether this is a whole run, and not a call from inside one.
    pub(crate) fn outermost(&self) -> bool {
        self.0.depth.load(Relaxed) == 1
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.depth.fetch_sub(1, Relaxed);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a script that computes is bounded in real time, which a simulated clock cannot see"
)]
fn now() -> Instant {
    Instant::now()
}

/// Bytes of memory that the process occupies; `None` where the system does not say.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<u64>().ok()? * *PAGE)
}

/// Nanoseconds that this thread has been running on a processor.
fn computed() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// The size of a page, from the auxiliary vector (entry 6, `AT_PAGESZ`): 4 KiB on most machines,
/// 16 KiB on a Raspberry Pi 5.
static PAGE: LazyLock<u64> = LazyLock::new(|| {
    let word = size_of::<usize>();
    let read =
        |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let vector = std::fs::read("/proc/self/auxv").unwrap_or_default();
    vector
        .chunks_exact(2 * word)
        .find(|entry| read(&entry[..word]) == 6)
        .map_or(4096, |entry| read(&entry[word..]))
});
