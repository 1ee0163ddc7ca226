//! Roles: constants that scripts, their functions and their modules see by name.
//!
//! Rhai's functions see nothing outside themselves. A role is answered where no parameter, local
//! variable or loop variable has its name: a second meter passed as the parameter `dmm` is the one
//! that is read.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use rhai::{Dynamic, EvalContext, Scope};

/// The constants of the scope that the last script was compiled with.
#[derive(Default)]
pub(crate) struct Roles(RwLock<BTreeMap<String, Dynamic>>);

impl Roles {
    pub(crate) fn learn(&self, scope: &Scope) {
        let constants = scope
            .iter()
            .filter(|(_, constant, _)| *constant)
            .map(|(name, _, value)| (name.to_owned(), value));
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(constants);
    }

    /// A scope in which a module is compiled and evaluated.
    pub(crate) fn scope(&self) -> Scope<'static> {
        let mut scope = Scope::new();
        for (name, value) in self.read().iter() {
            scope.push_constant_dynamic(name.clone(), value.clone());
        }
        scope
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.read().keys().cloned().collect()
    }

    /// What `name` means where Rhai looks for it. `index` is its place in the scope where the
    /// parser knows it, else 0.
    #[inline]
    pub(crate) fn resolve(
        &self,
        name: &str,
        index: usize,
        context: &EvalContext,
    ) -> Option<Dynamic> {
        if index > 0 {
            return None;
        }
        let role = self.read().get(name)?.clone();
        (!context.scope().contains(name)).then_some(role)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<String, Dynamic>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
