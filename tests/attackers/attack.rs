//! An attack: what it tries, and how it has to end.

use std::fs;
use std::path::Path;

/// A script of the corpus.
#[derive(Clone, Debug)]
pub struct Attack {
    /// The name of its file.
    pub name: String,
    /// What it tries.
    pub tries: String,
    /// The exit code that it has to come to.
    pub code: i32,
    /// What is said then, on whichever of the two outputs; may be empty.
    pub says: String,
    /// Whether it uses up all it may.
    pub long: bool,
    /// The script.
    pub text: String,
}

/// Every attack in `folder`, in the order of their names.
///
/// # Panics
///
/// A file cannot be read, or does not say what it tries and how that ends.
pub fn all(folder: &Path) -> Vec<Attack> {
    let files = fs::read_dir(folder).expect("the corpus").map(|it| it.expect("a file").path());
    let mut all: Vec<_> = files.map(|path| read(&path)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn read(path: &Path) -> Attack {
    let text = fs::read_to_string(path).expect("an attack");
    let name = path.file_stem().and_then(|it| it.to_str()).expect("a name").to_owned();
    let head = |key: &str| {
        let mark = format!("// {key}: ");
        text.lines().take(3).find_map(|line| line.strip_prefix(&mark)).map(str::to_owned)
    };
    let tries = head("tries").unwrap_or_else(|| panic!("{name} does not say what it tries"));
    let ends = head("ends").unwrap_or_else(|| panic!("{name} does not say how it ends"));
    let (word, says) = ends.split_once(": ").unwrap_or((&ends, ""));
    let code = match word {
        "refused" => 2,
        "error" => 3,
        "fail" => 1,
        // What it does is allowed, and does no harm.
        "harmless" => 0,
        other => panic!("{name}: `{other}` is no end"),
    };
    let long = head("takes").is_some_and(|it| it == "all it may");
    Attack { name, tries, code, says: says.to_owned(), long, text }
}
