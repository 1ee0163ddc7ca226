//! Native functions: quantities, errors, and what replaces Rhai's own where those could harm.

mod checked;
mod errors;
mod refused;
mod secrets;

use std::sync::LazyLock;

use pogo_hal::{Quantity, Secret};
use rhai::{Engine, Module, Shared};

pub use errors::PROPERTIES as ERROR;
pub use secrets::give_away;

use crate::{BenchError, Complaint, quantity};

/// All of them, built once per process. Registered after the standard package, it goes first.
pub(crate) static MODULE: LazyLock<Shared<Module>> = LazyLock::new(|| {
    let mut module = Module::new();
    quantity::register(&mut module);
    checked::register(&mut module);
    errors::register(&mut module);
    refused::register(&mut module);
    secrets::register(&mut module);
    module.build_index();
    module.into()
});

/// The names that messages and `type_of` use.
pub(crate) fn name_types(engine: &mut Engine) {
    engine
        .register_type_with_name::<Quantity>("quantity")
        .register_type_with_name::<BenchError>("bench_error")
        .register_type_with_name::<Complaint>("script_error")
        .register_type_with_name::<Secret>("secret");
}
