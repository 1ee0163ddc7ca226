//! The tables of verbs and words are what is registered, no more and no less.

use std::collections::BTreeSet;
use std::sync::Arc;

use pogo_sandbox::{Sandbox, Settings};

use crate::alone;
use crate::bind::verbs;
use crate::language::{self, words};

type Signatures = BTreeSet<(String, usize)>;

/// What registering something adds to a bare sandbox; operators aside.
fn added(register: impl FnOnce(&mut Sandbox)) -> Signatures {
    let all = |sandbox: &Sandbox| -> Signatures {
        let functions = sandbox.functions(|_| true);
        let each = |(name, counts): (String, BTreeSet<usize>)| {
            counts.into_iter().map(move |count| (name.clone(), count)).collect::<Vec<_>>()
        };
        functions.into_iter().flat_map(each).collect()
    };
    let mut sandbox = Sandbox::new(Settings::new("."));
    let before = all(&sandbox);
    register(&mut sandbox);
    let word = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase());
    all(&sandbox).difference(&before).filter(|(name, _)| word(name)).cloned().collect()
}

#[test]
fn the_table_of_verbs_is_what_is_registered() {
    let table: Signatures = verbs()
        .flat_map(|verb| verb.arities().map(|count| (verb.name.to_owned(), count + 1)))
        .collect();
    let registered = added(|sandbox| super::register(sandbox.engine_mut()));
    // Arrays and maps have a `get` and a `set` too: those are no news, but have to be there.
    let bare = Sandbox::new(Settings::new(".")).functions(|_| true);
    let is_new = |(name, count): &&(String, usize)| {
        bare.get(name).is_none_or(|counts| !counts.contains(count))
    };
    let new: Signatures = table.iter().filter(is_new).cloned().collect();
    assert_eq!(registered, new);
}

#[test]
fn the_table_of_words_is_what_is_registered() {
    let (_folder, site) = alone::site(Arc::default(), Vec::new());
    let mut table: Signatures = words()
        .flat_map(|word| word.arities().map(|count| (word.name.to_owned(), count)))
        .collect();
    // Registered so that it can say at run time, too, that a limit is missing.
    table.insert(("measure".into(), 2));
    let registered = added(|sandbox| language::register(sandbox.engine_mut(), &site));
    assert_eq!(registered, table);
}
