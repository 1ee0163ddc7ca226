//! `pogo shell`.

use std::path::PathBuf;

use clap::Args;

use super::{Flow, Roles, Run, Secrets, Store};

/// `pogo shell`.
#[derive(Args, Debug)]
pub struct Shell {
    /// A folder with a `product.toml`, whose fixture and limits hold
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub product: PathBuf,
    /// The fixture file; what `product.toml` names if not given
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    /// The variant of the product, whose limits hold
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Simulates every role in simulated time, or only these roles in real time
    #[arg(long, value_name = "ROLES", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "absent, without a list, and with one differ")]
    pub sim: Option<Option<Roles>>,
    /// Lets simulated time pass as real time does
    #[arg(long, requires = "sim")]
    pub realtime: bool,
    /// The seed of all simulated noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Breaks the simulated bench as the fixture's catalogue says; can be given several times
    #[arg(long, value_name = "NAME[=AMOUNT]", requires = "sim")]
    pub fault: Vec<String>,
    /// The serial number of the unit on the bench
    #[arg(long, value_name = "SERIAL", default_value = "none")]
    pub dut: String,
    /// Who types
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    #[command(flatten)]
    pub secrets: Secrets,
    #[command(flatten)]
    pub store: Store,
    /// Shows what goes over the wires, on standard error
    #[arg(long, short)]
    pub verbose: bool,
}

impl From<Shell> for Run {
    fn from(it: Shell) -> Self {
        let Shell { product, fixture, variant, sim, seed, fault, dut, operator, .. } = it;
        Self {
            product,
            fixture,
            variant,
            dut,
            sim,
            seed,
            fault,
            operator,
            secrets: it.secrets,
            store: it.store,
            verbose: it.verbose,
            trial: false,
            lot: None,
            work_order: None,
            udi: None,
            purpose: None,
            production: false,
            answers: None,
            flow: Flow::default(),
            junit: None,
            json: false,
            trace: false,
            realtime: it.realtime,
            replaying: None,
        }
    }
}
