//! What a sandbox is told: where imports may come from, how much a script may use, whom to ask.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::Overlay;

/// Why a script has to end now, in words that follow "stopped: ".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// The reason: `stop requested by the operator`.
    pub reason: String,
}

impl Interruption {
    /// An interruption for `reason`, a lowercase fragment.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// One line that a script printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The text, at most [`Limits::line`] bytes of it.
    pub text: String,
    /// The line of the script, from 1, for `debug`; `None` for `print`.
    pub line: Option<usize>,
}

/// How much one run of a script may use. What a value counts is the whole of it: an array of ten
/// arrays of ten counts 110 elements.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Operations of the interpreter, imports and closures included. A loop costs about five a turn.
    pub operations: u64,
    /// Time that the script's thread may spend computing; waiting costs nothing.
    pub computing: Duration,
    /// Nested calls of script functions and closures.
    pub call_levels: usize,
    /// Nested expressions outside functions.
    pub expression_depth: usize,
    /// Nested expressions inside functions.
    pub function_expression_depth: usize,
    /// Bytes of a text.
    pub text: usize,
    /// Elements of an array, bytes of a blob.
    pub array: usize,
    /// Entries of a map.
    pub map: usize,
    /// Arrays, maps and closures inside each other.
    pub nesting: usize,
    /// Variables that exist at one time.
    pub variables: usize,
    /// Functions of one file.
    pub functions: usize,
    /// Imports of one run.
    pub modules: usize,
    /// Bytes of a script's or module's file.
    pub source: usize,
    /// Bytes by which the process may grow while a script runs.
    pub memory: u64,
    /// Bytes of one printed line; the rest is cut.
    pub line: usize,
    /// Bytes that one run may print.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operations: 100_000_000,
            computing: Duration::from_secs(60),
            call_levels: 64,
            expression_depth: 64,
            function_expression_depth: 32,
            text: 1 << 20,
            array: 1 << 16,
            map: 1 << 14,
            nesting: 64,
            variables: 1_000,
            functions: 500,
            modules: 50,
            source: 1 << 20,
            memory: 512 << 20,
            line: 4 << 10,
            output: 1 << 20,
        }
    }
}

/// What a sandbox is told.
#[derive(Clone)]
pub struct Settings {
    /// The folder that imports stay below; relative imports start at the importing file.
    pub root: PathBuf,
    /// What modules are read through.
    pub overlay: Overlay,
    /// Asked about every quarter of a millisecond of computing, and never while a verb runs;
    /// something other than `None` ends the script, and no `try` of its can prevent that.
    pub interrupt: Arc<dyn Fn() -> Option<Interruption> + Send + Sync>,
    /// Receives what the script prints.
    pub print: Arc<dyn Fn(Printed) + Send + Sync>,
    /// How much a run may use.
    pub limits: Limits,
}

impl Settings {
    /// Imports below `root`, the default limits, nobody who interrupts, and print to nowhere.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            overlay: Overlay::default(),
            interrupt: Arc::new(|| None),
            print: Arc::new(drop),
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("root", &self.root).field("limits", &self.limits).finish()
    }
}
