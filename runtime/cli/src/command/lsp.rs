//! `pogo lsp`: a language server for scripts.

use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::args::Lsp;
use crate::lsp;

/// Serves the editor at stdin and stdout.
///
/// # Errors
///
/// Nobody reads what is answered.
pub fn lsp(arguments: Lsp) -> Result<u8> {
    // Scripts are read on a stack that is as large as the one they run on.
    let serving = thread::Builder::new()
        .name("lsp".to_owned())
        .stack_size(pogo_sandbox::STACK)
        .spawn(move || lsp::serve(arguments.fixture))
        .context("the operating system gives no thread")?;
    let served = serving.join().map_err(|_| anyhow!("the language server went wrong"))?;
    served.context("the editor does not read what is answered")
}
