//! Everything that can be known before anything is opened: what `run` refuses and `check` says.

use std::path::Path;
use std::sync::Arc;

use pogo_hal::{Code, Diagnostic, Secrets};
use pogo_models::Models;
use pogo_runtime::{Checked, Fixture, Product};

use crate::bench::Bench;
use crate::diagnostics::Failure;
use crate::exit;
use crate::roles;
use crate::simulated::Simulated;

/// A run that nothing speaks against.
pub struct Preparation {
    /// What is run.
    pub product: Product,
    /// On which fixture.
    pub fixture: Fixture,
    /// The scripts, compiled.
    pub checked: Checked,
    /// The instruments, not yet opened.
    pub bench: Bench,
}

/// Reads and checks product, of a variant if it has any, fixture, models, options, simulated bench and scripts. The bench grows
/// from a seed and has faults that the fixture knows by name.
///
/// # Errors
///
/// All that is wrong, with exit code 2: in the bench and in the scripts, or else in a file without
/// which neither can be understood.
pub fn prepare(
    (product, variant): (&Path, Option<&str>),
    fixture: Option<&Path>,
    simulated: Simulated,
    (seed, faults): (u64, &[String]),
    secrets: Arc<Secrets>,
) -> Result<Preparation, Failure> {
    let refused = |diagnostic| Failure::new(exit::REFUSED, diagnostic);
    let all_refused = |diagnostics| Failure { code: exit::REFUSED, diagnostics };
    let product = Product::read(product).and_then(|it| it.of_variant(variant)).map_err(refused)?;
    let path = fixture.or(product.fixture.as_deref()).ok_or_else(|| refused(no_fixture()))?;
    let fixture = Fixture::read(path).map_err(refused)?;
    let models = Arc::new(Models::beside(fixture.folder()));
    models.read_ahead(
        fixture.instruments().map(|role| role.model.as_str()).filter(|it| !it.is_empty()),
    );
    let bench = Bench::understand(&fixture, &models, simulated, seed, faults)
        .map_err(|all| all.into_iter().map(|it| it.coded(Code::Misfit)).collect::<Vec<_>>());
    // Scripts are looked through even if the bench is not understood: all that is wrong is said.
    let checked = pogo_runtime::check(&product, &roles::known(&fixture, &models), secrets);
    let (bench, checked) = match (bench, checked) {
        (Ok(bench), Ok(checked)) => (bench, checked),
        (bench, checked) => {
            let warnings = checked.as_ref().map(|it| it.warnings().to_vec()).unwrap_or_default();
            let found = [bench.err(), checked.err(), Some(warnings)];
            return Err(all_refused(found.into_iter().flatten().flatten().collect()));
        }
    };
    Ok(Preparation { product, fixture, checked, bench })
}

/// As [`prepare`], for what is typed: the product's fixture and limits without its scripts; a folder
/// that is no product has neither.
///
/// # Errors
///
/// As [`prepare`].
pub fn prepare_to_type(
    (product, variant): (&Path, Option<&str>),
    fixture: Option<&Path>,
    simulated: Simulated,
    (seed, faults): (u64, &[String]),
    secrets: Arc<Secrets>,
) -> Result<Preparation, Failure> {
    let refused = |diagnostic| Failure::new(exit::REFUSED, diagnostic);
    let product = match product.join("product.toml").exists() || fixture.is_none() {
        true => {
            Product::read(product).and_then(|it| it.of_variant(variant)).map_err(refused)?.typed()
        }
        false => Product::of_nothing(product),
    };
    let path = fixture.or(product.fixture.as_deref()).ok_or_else(|| refused(no_fixture()))?;
    let fixture = Fixture::read(path).map_err(refused)?;
    let models = Models::beside(fixture.folder());
    let bench = Bench::understand(&fixture, &models, simulated, seed, faults);
    let bench = bench.map_err(|diagnostics| Failure { code: exit::REFUSED, diagnostics })?;
    Ok(Preparation { product, fixture, checked: Checked::of_nothing(secrets), bench })
}

/// Nobody says on which fixture.
pub fn no_fixture() -> Diagnostic {
    Diagnostic::new("no fixture is named")
        .with_hint("give `--fixture FILE`, or name one in `product.toml` beside the script")
}
