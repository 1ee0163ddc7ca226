//! `pogo run`: which steps are done, and what ends a test early.

use clap::Args;

/// The flags that somebody uses who looks for a mistake.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Looking for a mistake")]
pub struct Flow {
    /// Does only this outermost step; can be given several times. The others are SKIPPED
    #[arg(long, value_name = "NAME", conflicts_with = "production")]
    pub step: Vec<String>,
    /// Leaves out every outermost step before this one
    #[arg(long, value_name = "NAME", conflicts_with = "production")]
    pub from: Option<String>,
    /// Asks at the terminal before anything follows a failure; the bench stays as it is meanwhile,
    /// within its limits and deadlines
    #[arg(long, conflicts_with = "production")]
    pub pause_on_fail: bool,
    /// Goes on with the next outermost step after one that ended with an error
    #[arg(long)]
    pub keep_going: bool,
    /// Ends the test with the first step that fails; what follows is NOT REACHED
    #[arg(long, conflicts_with = "keep_going")]
    pub stop_at_first_failure: bool,
}
