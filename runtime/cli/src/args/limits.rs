//! The command line of `pogo limits`.

use std::path::PathBuf;

use clap::Args;

use super::Secrets;

/// `pogo limits`.
#[derive(Args, Debug)]
pub struct Limits {
    /// A script, or a folder with a `product.toml` that lists scripts
    #[arg(value_name = "SCRIPT|FOLDER")]
    pub product: PathBuf,
    /// The variant of the product, whose limits hold
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// The fixture file; what `product.toml` names if not given
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    #[command(flatten)]
    pub secrets: Secrets,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}
