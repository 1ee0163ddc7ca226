//! What a script defines and imports, read from its tokens.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::lexer::{Kind, Token};

/// A function that a script defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The names of its parameters.
    pub parameters: Vec<String>,
    /// What its comments say, without the slashes.
    pub about: String,
    /// Where its name stands, in bytes.
    pub at: Range<usize>,
}

impl Function {
    /// How it is called: `battery(source, level)`.
    pub fn usage(&self) -> String {
        format!("{}({})", self.name, self.parameters.join(", "))
    }
}

/// An import of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path as it is written.
    pub path: String,
    /// Where that stands, in bytes, its quotes included.
    pub at: Range<usize>,
    /// What the script calls it; `None` if it gives it no name.
    pub name: Option<String>,
}

impl Import {
    /// The file that the import of the script `importer` leads to, if there is one.
    pub fn file(&self, importer: &Path) -> Option<PathBuf> {
        let plain = |it| matches!(it, std::path::Component::Normal(_));
        let mut path = PathBuf::from(&self.path);
        if self.path.is_empty() || !path.components().all(plain) {
            return None;
        }
        if path.extension().is_none_or(|it| it != "rhai") {
            path.as_mut_os_string().push(".rhai");
        }
        let file = importer.parent()?.join(path);
        file.is_file().then_some(file)
    }
}

/// The functions that are defined in `text`, which has these `tokens`.
pub fn functions(text: &str, tokens: &[Token]) -> Vec<Function> {
    let mut functions = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let (true, Some(name)) = (token.of(text) == "fn", tokens.get(index + 1)) else { continue };
        if token.kind != Kind::Word || name.kind != Kind::Word {
            continue;
        }
        let mut parameters = Vec::new();
        if tokens.get(index + 2).is_some_and(|it| it.of(text) == "(") {
            let list = tokens.iter().skip(index + 3);
            let list = list.take_while(|it| !matches!(it.of(text), ")" | "{" | ";"));
            let words = list.filter(|it| it.kind == Kind::Word);
            parameters.extend(words.map(|it| it.of(text).to_owned()));
        }
        let (name, at) = (name.of(text).to_owned(), name.at.clone());
        let about = comment_before(text, &tokens[..index]);
        functions.push(Function { name, parameters, about, at });
    }
    functions
}

/// What the `///` lines say that stand directly before a function.
fn comment_before(text: &str, tokens: &[Token]) -> String {
    let before = tokens.iter().rev().skip_while(|it| it.of(text) == "private");
    let lines = before.map_while(|it| it.of(text).strip_prefix("///"));
    let mut lines: Vec<_> = lines.map(str::trim).collect();
    lines.reverse();
    lines.join("\n")
}

/// The imports in `text`, which has these `tokens`.
pub fn imports(text: &str, tokens: &[Token]) -> Vec<Import> {
    let mut imports = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(path) = tokens.get(index + 1) else { break };
        if token.of(text) != "import" || !matches!(path.kind, Kind::Text(_)) {
            continue;
        }
        let named = tokens.get(index + 2).is_some_and(|it| it.of(text) == "as");
        let name = tokens.get(index + 3).filter(|it| named && it.kind == Kind::Word);
        imports.push(Import {
            path: path.inner(text).to_owned(),
            at: path.at.clone(),
            name: name.map(|it| it.of(text).to_owned()),
        });
    }
    imports
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    #[test]
    fn functions_and_imports_are_found_in_a_script_that_is_none_yet() {
        let text = "import \"supply\" as supply;\nimport \"x\nlet a = (\n\n/// Puts it on.\n/// And \
                    off.\nprivate fn battery(source, level) {\nfn broken(";
        let all = tokens(text);
        let found = functions(text, &all);
        assert_eq!(found[0].usage(), "battery(source, level)");
        assert_eq!(found[0].about, "Puts it on.\nAnd off.");
        assert_eq!(&text[found[0].at.clone()], "battery");
        assert_eq!(found[1].usage(), "broken()");
        let found = imports(text, &all);
        assert_eq!((&*found[0].path, found[0].name.as_deref()), ("supply", Some("supply")));
        assert_eq!((&*found[1].path, found[1].name.as_deref()), ("x", None));
    }
}
