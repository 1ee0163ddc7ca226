//! The command line: one definition for parsing, help and completions.

pub mod care;
mod flow;
mod language;
mod limits;
mod questions;
mod shell;
mod test;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use pogo_hal::{Quantity, Resource, Typed};
use pogo_sim::WireFace;

pub use self::flow::Flow;
pub use self::language::{Definitions, Explain, Language, Lsp, Verbs};
pub use self::limits::Limits;
pub use self::questions::{
    ExplainControls, Form, History, Question, ReleaseCheck, RunDiff, Trace, Yield,
};
pub use self::shell::Shell;
pub use self::test::Test;
use crate::replaying::Replaying;
use crate::{examples, exit, station};

/// Runs test scripts against a bench of instruments, real or simulated, and keeps the record.
#[derive(Debug, Parser)]
#[command(name = "pogo", version, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(after_long_help = exit::explained())]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes a product that passes at once on its simulated bench, to be changed into one's own
    ///
    /// A folder of that name, in the current one: product, script, limits, fixture, simulated unit,
    /// faults and scenarios. Nothing is overwritten.
    #[command(after_help = examples::NEW)]
    New(New),
    /// Runs a script, or a product's scripts in order, and keeps the record
    #[command(after_help = examples::RUN, after_long_help = examples::RUN_LONG)]
    Run(Box<Run>),
    /// Says what a run would refuse, and opens nothing
    ///
    /// Scripts are parsed and held against the fixture: roles, verbs, units, limits, imports, models
    /// and the drivers' options. Each finding has a code that `pogo explain` explains. Exits with 0
    /// if nothing is wrong, with 2 otherwise; warnings alone exit with 0.
    #[command(after_help = examples::CHECK)]
    Check(Check),
    /// Lists which measurement takes which limit from where
    ///
    /// For every measurement and check of the scripts, in the order of the text: its limit, whether
    /// that stands in the script or in the product's limits file, and which revision of which
    /// document it is taken from.
    #[command(after_help = examples::LIMITS)]
    Limits(Limits),
    /// Opens a bench and carries out what is typed, line by line
    ///
    /// The same roles, verbs, units and limits as in scripts, with completion and history; what is sent
    /// instead of typed works too. It is a run as any other: recorded, within the fixture's limits and
    /// deadlines, and every role is safe at its end, whatever ends it.
    #[command(after_help = examples::SHELL)]
    Shell(Box<Shell>),
    /// Lists the runs of a store, newest first
    #[command(after_help = examples::LIST)]
    List(List),
    /// Shows a run as its transcript did, with its header
    #[command(after_help = examples::SHOW)]
    Show(Show),
    /// Stops a run of another process, waits for its end, and says how it ended
    ///
    /// As Ctrl-C in its terminal does: the script ends, clean-ups run, every role is brought to its
    /// safe state, the record is closed. Exits with 0 if the run has ended, now or before, and
    /// every role is safe; with 3 if one is not, if the run has not ended within 30 s, or if its
    /// process is gone without having ended it.
    #[command(after_help = examples::STOP)]
    Stop(Stop),
    /// Runs a script again on the answers of a recorded run, with no instrument present
    ///
    /// Whatever is said to an instrument has to be what was said then; where it first is not, the
    /// script departs from the recording, and its line is said. Exits with 0 if verdict and
    /// measurements are those of the run, with 1 otherwise. Nothing is kept.
    #[command(after_help = examples::REPLAY)]
    Replay(Replay),
    /// Brings every role of a fixture to its safe state, reads it back, and does nothing else
    ///
    /// Exits with 0 if every role confirmed, and with 3 if one did not or could not be reached; the
    /// others are made safe all the same.
    #[command(after_help = examples::SAFE)]
    Safe(Safe),
    /// Says which faults of the simulated bench a test would notice, and which would escape
    ///
    /// Runs it once as it is, and once with each fault of the fixture's catalogue: which measurement
    /// failed, whether the bench was found to be at fault, or whether the unit would have passed.
    /// Exits with 1 if a fault escapes that has to be noticed, and with 3 if the test does not pass
    /// without any. Nothing is kept.
    #[command(after_help = examples::FAULTS)]
    Faults(Faults),
    /// Tries scenarios: simulated runs of which it is known what has to become of them
    ///
    /// A file that ends with `.scenarios.toml` holds them, beside the product that they are about: which
    /// faults the bench has, who answers what, and the verdict that has to come of it, with all that has
    /// to fail. Exits with 1 if one does not become what it has to, and with 2 if there is none or a
    /// file makes no sense. Nothing is kept.
    #[command(after_help = examples::TEST)]
    Test(Test),
    /// Sends one message to an instrument and prints its answer
    ///
    /// A message with a `?` in it is a question and waits for the answer; any other is only sent.
    /// No fixture limit holds here: what is sent is what the instrument does. A secret is sent where
    /// `[secret NAME]` stands in the message.
    #[command(after_help = examples::QUERY)]
    Query(Query),
    /// Says whether a store's record is what it was when it was written
    ///
    /// Every entry against its hash, the hashes against the signed checkpoints, the order of runs
    /// and steps, attachments, and the tables that are made from the entries. Names the first bad
    /// entry and exits with 4 if anything is wrong. What cannot be seen is said too: without an
    /// anchor nobody can know whether the end was cut off.
    #[command(after_help = examples::VERIFY)]
    Verify(Verify),
    /// Keeps a store's last checkpoint in a file, to be held against the store later
    ///
    /// The file belongs where whoever could change the store cannot change it. One that is there
    /// already is held against the store first; if that does not hold, it stays as it is and the
    /// exit code is 4.
    #[command(after_help = examples::ANCHOR)]
    Anchor(Anchor),
    #[command(flatten)]
    Question(Question),
    /// Writes what a store has of a run or a unit to where it can be used without Pogo
    ///
    /// A bundle is a folder with the signed entries, proofs that they stand in the signed record,
    /// the attachments, the key, and what it takes to check all of it with `sha256sum` and `openssl`
    /// alone: VERIFY.md in it says how. Exits with 2 if nothing of it is signed yet, and with 4 if the
    /// store is not what was signed.
    ///
    /// The other forms are one file each. Everything holds one run, or every run of a unit: the real
    /// ones, or the simulated ones if there are no others. Nothing is overwritten.
    #[command(after_help = examples::EXPORT)]
    Export(Export),
    /// The key that a store is signed with
    #[command(subcommand)]
    Key(Key),
    /// Looks after a store
    #[command(subcommand)]
    Store(care::Care),
    /// Says what stands on the label of a device: its UDI, as scanned or as printed
    ///
    /// Labels of GS1 and HIBC are read and checked, those of ICCBBA only recognised. One that breaks
    /// its agency's rules is refused with the character that is wrong, and the exit code is 2.
    #[command(after_help = examples::UDI)]
    Udi(Udi),
    /// Lists the instrument models that fixtures can name, or shows one
    #[command(after_help = examples::MODELS)]
    Models(Models),
    #[command(flatten)]
    Language(Language),
    /// The simulated bench as a thing of its own
    #[command(subcommand)]
    Sim(Sim),
    /// Prints completions for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// `pogo run`.
#[derive(Args, Debug)]
pub struct Run {
    /// A script, or a folder with a `product.toml` that lists scripts
    #[arg(value_name = "SCRIPT|FOLDER")]
    pub product: PathBuf,
    /// The variant of the product, whose limits hold
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// The fixture file; what `product.toml` names if not given
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    /// The serial number of the unit under test
    #[arg(long, value_name = "SERIAL", value_parser = serial)]
    pub dut: String,
    /// Simulates every role in simulated time, or only these roles in real time
    #[arg(long, value_name = "ROLES", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "absent, without a list, and with one differ")]
    pub sim: Option<Option<Roles>>,
    /// Lets simulated time pass as real time does, as it also does when only some roles are simulated
    #[arg(long, requires = "sim")]
    pub realtime: bool,
    /// The seed of all simulated noise; one seed gives the same measurements every time
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Breaks the simulated bench as the fixture's catalogue says; can be given several times. An
    /// amount behind it, as in `rail_low=-50mV`, stands instead of the catalogue's
    #[arg(long, value_name = "NAME[=AMOUNT]", requires = "sim")]
    pub fault: Vec<String>,
    /// Only to see whether it notices the fault: the unit is none
    #[arg(long, hide = true, requires = "sim")]
    pub trial: bool,
    /// Who runs this
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// The lot that the unit belongs to
    #[arg(long, value_name = "LOT", value_parser = serial)]
    pub lot: Option<String>,
    /// The work order that the unit is made under
    #[arg(long, value_name = "ORDER", value_parser = serial)]
    pub work_order: Option<String>,
    /// What stands on the unit's label, as scanned or as printed below the barcode
    #[arg(long, value_name = "LABEL")]
    pub udi: Option<String>,
    /// Why the unit is tested
    #[arg(long, value_name = "PURPOSE", value_parser = ["production", "service", "incoming", "study"])]
    pub purpose: Option<String>,
    /// Runs as production, which is refused until every control of it exists
    #[arg(long, conflicts_with = "sim")]
    pub production: bool,
    /// Answers what the scripts ask from this file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    #[command(flatten)]
    pub secrets: Secrets,
    #[command(flatten)]
    pub store: Store,
    /// Shows what goes over the wires, on standard error
    #[arg(long, short)]
    pub verbose: bool,
    /// Keeps every message to and from the instruments beside the record, for `pogo replay`
    #[arg(long)]
    pub trace: bool,
    /// Writes a JUnit report too, in place of whatever is there; gone if the run has none
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Prints the run as one JSON document, as `pogo show --json` does
    #[arg(long)]
    pub json: bool,
    // With a heading of its own, which holds for whatever follows.
    #[command(flatten)]
    pub flow: Flow,
    /// The run that answers instead of instruments.
    #[arg(skip)]
    pub replaying: Option<Arc<Replaying>>,
}

/// `pogo replay`.
#[derive(Args, Debug)]
pub struct Replay {
    /// A run that was recorded with `--trace`: the beginning of its id
    #[arg(value_name = "RUN")]
    pub run: String,
    /// A script, or a folder with a `product.toml` that lists scripts
    #[arg(value_name = "SCRIPT|FOLDER")]
    pub product: PathBuf,
    /// The fixture file; that of the run if not given
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    /// Answers what the scripts ask from this file; what was answered in the run if not given
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    #[command(flatten)]
    pub secrets: Secrets,
    #[command(flatten)]
    pub store: Store,
    /// Prints what became of it as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo new`.
#[derive(Args, Debug)]
pub struct New {
    /// The product's name, which is the folder's: letters, digits, `-` and `_`
    #[arg(value_name = "PRODUCT")]
    pub product: String,
}

/// `pogo faults`.
#[derive(Args, Debug)]
pub struct Faults {
    /// A script, or a folder with a `product.toml` that lists scripts
    #[arg(value_name = "SCRIPT|FOLDER")]
    pub product: PathBuf,
    /// The variant of the product, whose limits hold
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// The fixture file; what `product.toml` names if not given
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    /// The seed of all simulated noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Answers what the scripts ask from this file
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Tries only this fault; can be given several times
    #[arg(long, value_name = "FAULT")]
    pub only: Vec<String>,
    /// Writes a JUnit report too, in place of whatever is there
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// How many runs there are at once; as many as the machine has processors if not given
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo check`.
#[derive(Args, Debug)]
pub struct Check {
    /// A script, or a folder with a `product.toml` that lists scripts
    #[arg(value_name = "SCRIPT|FOLDER")]
    pub product: PathBuf,
    /// The variant of the product, whose limits hold
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// The fixture file; what `product.toml` names if not given
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    /// Checks the simulated bench too: every role, or only these
    #[arg(long, value_name = "ROLES", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "absent, without a list, and with one differ")]
    pub sim: Option<Option<Roles>>,
    #[command(flatten)]
    pub secrets: Secrets,
    /// Exits with 2 for warnings too
    #[arg(long)]
    pub strict: bool,
    /// Prints what is wrong as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo list`.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo show`.
#[derive(Args, Debug)]
pub struct Show {
    /// The beginning of a run's id, its short form `0197…c2`, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo stop`.
#[derive(Args, Debug)]
pub struct Stop {
    /// The beginning of a run's id, its short form `0197…c2`, or `latest`; the only one that is
    /// going on if not given
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Skips the clean-ups, as a second Ctrl-C does; safe state is never skipped
    #[arg(long)]
    pub now: bool,
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo safe`.
#[derive(Args, Debug)]
pub struct Safe {
    /// The fixture file
    #[arg(long, value_name = "FILE")]
    pub fixture: PathBuf,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo query`.
#[derive(Args, Debug)]
pub struct Query {
    /// A VISA resource string
    pub address: Resource,
    /// The message, without a terminator
    #[arg(value_name = "COMMAND", value_parser = message)]
    pub message: String,
    #[command(flatten)]
    pub secrets: Secrets,
    /// How long to wait for connection and answer
    #[arg(long, value_name = "DURATION", default_value = "5 s", value_parser = duration)]
    pub timeout: Duration,
}

/// `pogo verify`.
#[derive(Args, Debug)]
pub struct Verify {
    #[command(flatten)]
    pub store: Store,
    /// Holds the store against a checkpoint that was kept elsewhere; can be given several times
    #[arg(long, value_name = "FILE")]
    pub anchor: Vec<PathBuf>,
    /// Works out every verdict again
    #[arg(long)]
    pub rejudge: bool,
    /// Looks for the secrets in this file, or in the one that POGO_SECRETS names: none may stand
    /// in the store
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "absent, without a file, and with one differ")]
    pub secrets: Option<Option<PathBuf>>,
    /// Looks for them in this file or folder too, such as an export; can be given several times
    #[arg(long, value_name = "PATH", requires = "secrets")]
    pub also: Vec<PathBuf>,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo anchor`.
#[derive(Args, Debug)]
pub struct Anchor {
    /// The file that the checkpoint is kept in
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo export`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("form").required(true).multiple(true))]
pub struct Export {
    /// A unit's serial number; or the beginning of a run's id, its short form `0197…c2`, or `latest`
    #[arg(value_name = "RUN|SERIAL")]
    pub of: String,
    /// Writes a folder that verifies without Pogo
    #[arg(long, group = "form", conflicts_with_all = ["html", "csv", "junit"])]
    pub bundle: bool,
    /// Writes a document for people: one file, which prints
    #[arg(long, group = "form", conflicts_with_all = ["csv", "junit", "json"])]
    pub html: bool,
    /// Writes whatever was judged as a table
    #[arg(long, group = "form", conflicts_with_all = ["junit", "json"])]
    pub csv: bool,
    /// Writes a JUnit report
    #[arg(long, group = "form", conflicts_with = "json")]
    pub junit: bool,
    /// The folder or file to write [default: for a bundle, the serial number or the run's id, with
    /// `.bundle`; standard output for anything else]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub store: Store,
    /// Writes one JSON document; with `--bundle`, about the bundle
    #[arg(long, group = "form")]
    pub json: bool,
}

/// `pogo key`.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Shows the public key, by which everybody can check the store's signatures
    #[command(after_help = examples::KEY)]
    Show(KeyOf),
    /// Makes the key of a new store, or gives a store another key
    ///
    /// The old key vouches for the new one in the record, and is gone then.
    #[command(after_help = examples::KEY)]
    New(KeyOf),
}

/// `pogo key show` and `pogo key new`.
#[derive(Args, Debug)]
pub struct KeyOf {
    #[command(flatten)]
    pub store: Store,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo udi`.
#[derive(Args, Debug)]
pub struct Udi {
    /// The text of the barcode, or what is printed below it
    #[arg(value_name = "TEXT")]
    pub label: String,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo models`.
#[derive(Args, Debug)]
pub struct Models {
    /// Shows this model only, with its ratings
    pub name: Option<String>,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo sim`.
#[derive(Debug, Subcommand)]
pub enum Sim {
    /// Puts a fixture's simulated instruments on TCP ports, until Ctrl-C
    ///
    /// Prints a line per role and face with the resource string under which any program can talk
    /// to it. Roles with one address are one instrument. Time is real.
    #[command(after_help = examples::SERVE)]
    Serve(Serve),
}

/// `pogo sim serve`.
#[derive(Args, Debug)]
pub struct Serve {
    /// The fixture file
    pub fixture: PathBuf,
    /// The wires each instrument is served over [default: all of them]
    #[arg(long, value_name = "FACE,…", value_delimiter = ',')]
    #[arg(default_values_t = WireFace::ALL, hide_default_value = true)]
    pub faces: Vec<WireFace>,
    /// The first raw socket's port; the next instrument in the file gets the next one [default:
    /// free ports]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub port_base: Option<u16>,
    /// HiSLIP's port; 4880 is where clients look if an address names none [default: a free port]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub hislip_port: Option<u16>,
    /// The port of VXI-11's core channel [default: a free port]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub vxi11_port: Option<u16>,
    /// Tells VXI-11's clients where the core channel is, over TCP and UDP; most look for that at
    /// port 111 and nowhere else, which takes the superuser on most systems
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "111")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub portmapper: Option<u16>,
    /// Writes the fixture with the served addresses, for `pogo run --fixture OUT` without `--sim`
    #[arg(long, value_name = "OUT")]
    pub write_fixture: Option<PathBuf>,
    /// Whose addresses are written
    #[arg(long, value_name = "FACE", default_value_t = WireFace::Socket)]
    #[arg(requires = "write_fixture")]
    pub fixture_face: WireFace,
    /// Adds a JSON line to FILE whenever a supply's output is switched, with both clocks' time
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// The seed of all simulated noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Breaks the bench as the fixture's catalogue says; can be given several times
    #[arg(long, value_name = "NAME[=AMOUNT]")]
    pub fault: Vec<String>,
}

/// Where the records are kept.
#[derive(Args, Debug)]
pub struct Store {
    /// The folder of the store
    #[arg(long = "store", value_name = "DIR", env = "POGO_STORE", default_value_os_t = station::store())]
    pub folder: PathBuf,
}

/// What is sent to devices and shown to nobody.
#[derive(Args, Debug)]
pub struct Secrets {
    /// What can be sent to a device and is never shown, by name; the file must be readable by you
    /// alone
    #[arg(long = "secrets", value_name = "FILE", env = crate::secrets::VARIABLE)]
    pub file: Option<PathBuf>,
}

/// A list of roles: `psu,dmm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles(pub Vec<String>);

impl FromStr for Roles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_role =
            |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let roles: Vec<String> = text.split(',').map(|it| it.trim().to_owned()).collect();
        if roles.iter().all(|it| is_role(it)) {
            return Ok(Self(roles));
        }
        Err("not a list of roles such as `psu,dmm`; the script goes before `--sim`".into())
    }
}

impl Command {
    /// Whether it ends what may be dangerous: no mistake in the station file keeps anybody from that.
    pub fn is_for_emergencies(&self) -> bool {
        matches!(self, Self::Safe(_) | Self::Stop(_))
    }

    /// Whether errors are to be printed as JSON too.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Run(it) => it.json,
            Self::Check(it) => it.json,
            Self::Faults(it) => it.json,
            Self::Replay(it) => it.json,
            Self::Test(it) => it.json,
            Self::Limits(it) => it.json,
            Self::List(it) => it.json,
            Self::Show(it) => it.json,
            Self::Udi(it) => it.json,
            Self::Models(it) => it.json,
            Self::Stop(it) => it.json,
            Self::Safe(it) => it.json,
            Self::Verify(it) => it.json,
            Self::Anchor(it) => it.json,
            Self::Store(it) => it.wants_json(),
            Self::Question(it) => it.form().json,
            Self::Language(it) => it.wants_json(),
            Self::Export(it) => it.json,
            Self::Key(Key::Show(it) | Key::New(it)) => it.json,
            Self::New(_)
            | Self::Shell(_)
            | Self::Query(_)
            | Self::Sim(_)
            | Self::Completions { .. } => false,
        }
    }
}

fn serial(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("not a serial number".into());
    }
    Ok(text.to_owned())
}

fn message(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.contains(['\n', '\r']) {
        return Err("a message is one line with something in it".into());
    }
    Ok(text.to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let quantity = Quantity::parse(text).map_err(|error| error.to_string())?;
    if quantity.dimension() != pogo_hal::Seconds::DIMENSION {
        return Err(format!("{quantity} is no duration; write `5 s` or `200 ms`"));
    }
    match Duration::try_from_secs_f64(quantity.value()) {
        Ok(duration) if (0.001..=3600.0).contains(&duration.as_secs_f64()) => Ok(duration),
        _ => Err("give a duration from `1 ms` to `1 hour`".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn run(line: &[&str]) -> Result<Run, clap::Error> {
        let line = ["pogo", "run"].iter().chain(line);
        match Arguments::try_parse_from(line)?.command {
            Command::Run(run) => Ok(*run),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sim_without_a_list_differs_from_sim_with_one_and_from_no_sim() {
        let roles = |names: &[&str]| Roles(names.iter().map(ToString::to_string).collect());
        assert_eq!(run(&["a.rhai", "--dut", "1"]).unwrap().sim, None);
        assert_eq!(run(&["a.rhai", "--sim", "--dut", "1"]).unwrap().sim, Some(None));
        let some = run(&["a.rhai", "--dut", "1", "--sim", "psu,dmm"]).unwrap().sim;
        assert_eq!(some, Some(Some(roles(&["psu", "dmm"]))));
    }

    #[test]
    fn a_script_behind_sim_is_not_taken_for_a_list_of_roles() {
        let error = run(&["--sim", "scripts/thermometer", "--dut", "1"]).unwrap_err();
        assert!(error.to_string().contains("the script goes before `--sim`"), "{error}");
    }

    #[test]
    fn what_is_exported_stands_before_or_behind_the_format_that_has_to_be_named() {
        let export = |line: &[&str]| {
            let line = ["pogo", "export"].iter().chain(line);
            Arguments::try_parse_from(line).map(|it| match it.command {
                Command::Export(it) => (it.of, it.bundle),
                other => panic!("{other:?}"),
            })
        };
        for line in [&["--bundle", "SN1"], &["SN1", "--bundle"]] {
            assert_eq!(export(line).unwrap(), ("SN1".to_owned(), true));
        }
        assert!(export(&["SN1"]).unwrap_err().to_string().contains("--bundle"));
        assert!(export(&["--bundle"]).is_err());
    }

    #[test]
    fn a_timeout_is_a_duration_with_a_unit() {
        assert_eq!(duration("200 ms"), Ok(Duration::from_millis(200)));
        for text in ["5", "5 V", "0 s", "-1 s", "2e9 s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
