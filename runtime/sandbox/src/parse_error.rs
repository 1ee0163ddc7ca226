//! What is wrong with a text that is no script, in words that say what to write instead.

use pogo_hal::{Code, Diagnostic, Place, nearest};
use rhai::{LexError, ParseErrorType};

/// `text` is the file's, `known` the variables that the script may mean.
pub(crate) fn explain(
    error: &ParseErrorType,
    place: Option<Place>,
    text: &str,
    known: &[String],
) -> Diagnostic {
    let rest = place.as_ref().and_then(|place| rest_of_line(text, place)).unwrap_or_default();
    let (message, hint) = words(error, rest, text, known);
    let mut diagnostic = Diagnostic { hint, ..Diagnostic::new(message) };
    if let ParseErrorType::VariableUndefined(_) | ParseErrorType::ModuleUndefined(_) = error {
        diagnostic = diagnostic.coded(Code::UnknownName);
    }
    match place {
        Some(place) => diagnostic.at(place),
        None => diagnostic,
    }
}

fn rest_of_line<'a>(text: &'a str, place: &Place) -> Option<&'a str> {
    let line = text.lines().nth(place.line - 1)?;
    let (at, _) = line.char_indices().nth(place.column - 1)?;
    Some(&line[at..])
}

fn words(
    error: &ParseErrorType,
    rest: &str,
    text: &str,
    known: &[String],
) -> (String, Option<String>) {
    use ParseErrorType::*;
    let with = |message: &str, hint: &str| (message.to_owned(), Some(hint.to_owned()));
    match error {
        UnexpectedEOF => {
            with("the script ends in the middle of something", "is a `}` or `)` missing?")
        }
        BadInput(error) => lexical(error),
        VariableUndefined(name) => {
            let names = known.iter().map(String::as_str).chain(defined(text));
            let hint = match nearest(name, names.filter(|it| it != name)) {
                Some(it) => format!("did you mean `{it}`?"),
                None => "a variable is made with `let`, a role in the fixture".into(),
            };
            (format!("nothing is called `{name}` here"), Some(hint))
        }
        ModuleUndefined(name) => (
            format!("no module is called `{name}` here"),
            Some(format!("import it first: `import \"{name}\" as {name};`")),
        ),
        Reserved(name) if name == "eval" => with(
            "there is no `eval` in a script",
            "a script must say what it does: write a function, or a closure",
        ),
        Reserved(name) if name.starts_with(char::is_alphabetic) => {
            let hint = format!("choose another name, such as `{name}_`");
            (format!("`{name}` is a word of the language"), Some(hint))
        }
        Reserved(name) | UnknownOperator(name) => {
            (format!("`{name}` means nothing here"), symbol_hint(name))
        }
        MissingToken(token, what) if token == ";" => {
            let _ = what;
            with("a `;` is missing before this", "statements end with `;`")
        }
        MissingToken(token, what) if rest.starts_with('=') && !rest.starts_with("==") => {
            let _ = (token, what);
            with(
                "an `=` does not belong here",
                "compare with `==`; assign in a statement of its own",
            )
        }
        MissingToken(token, what) => (format!("a `{token}` is missing {what}"), None),
        ExprExpected(what) if rest.is_empty() => (format!("{what} is missing here"), None),
        ExprExpected(what) if what.contains("boolean") || what == "a boolean" => {
            with("a condition is needed here", "a condition is `true` or `false`, as in `a < b`")
        }
        ExprExpected(_) | MalformedIndexExpr(_) | MalformedCapture(_) => (lowered(error), None),
        MismatchedType(wanted, found) => (format!("{wanted} is needed here, not {found}"), None),
        PropertyExpected => {
            with("a name is missing after the `.`", "a unit follows the number: `3.3.V`")
        }
        VariableExpected => with("a name is missing here", "names start with a letter or `_`"),
        AssignmentToConstant(name) => (
            format!("`{name}` is constant and cannot be changed"),
            Some("roles and `const` keep their value".into()),
        ),
        AssignmentToInvalidLHS(_) => with(
            "this cannot be assigned to",
            "compare with `==`; assign to a variable, an element or a property",
        ),
        WrongFnDefinition => with(
            "a function is defined inside something",
            "define functions at the outermost level; a closure `|x| x + 1` may be anywhere",
        ),
        WrongExport => with(
            "an `export` stands inside something",
            "export at the outermost level of the module",
        ),
        FnDuplicatedDefinition(name, count) => {
            (format!("a function `{name}` with {count} parameters exists already"), None)
        }
        FnDuplicatedParam(name, parameter) => {
            (format!("`{name}` has two parameters called `{parameter}`"), None)
        }
        DuplicatedProperty(name) => (format!("the map has two entries called `{name}`"), None),
        DuplicatedVariable(name) => (format!("two variables are called `{name}`"), None),
        LoopBreak => with("`break` or `continue` outside a loop", "a closure ends with `return`"),
        ExprTooDeep => {
            with("the expression is nested too deeply", "give its parts names with `let`")
        }
        TooManyFunctions => with("the file has too many functions", "move some into a module"),
        LiteralTooLarge(what, most) => {
            (format!("{} is larger than {most}", what.to_lowercase()), None)
        }
        WrongDocComment => with(
            "a doc comment stands where there is nothing to document",
            "write `//` instead of `///`",
        ),
        other => (lowered(other), None),
    }
}

/// The names that `text` gives to variables, wherever they are visible.
fn defined(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|it| !it.is_empty());
    let after = |it: &(&str, &str)| matches!(it.0, "let" | "const" | "for");
    words.clone().zip(words.skip(1)).filter(after).map(|(_, name)| name)
}

fn lexical(error: &LexError) -> (String, Option<String>) {
    match error {
        LexError::UnterminatedString => (
            "a text does not end".into(),
            Some(
                "close it with `\"` on its line; a text over several lines stands in backticks"
                    .into(),
            ),
        ),
        LexError::UnexpectedInput(input) if matches!(&**input, ";" | ")" | "]" | "}" | ",") => {
            (format!("a value is missing before `{input}`"), None)
        }
        LexError::UnexpectedInput(input) => {
            (format!("`{input}` means nothing here"), symbol_hint(input))
        }
        LexError::ImproperSymbol(symbol, _) if symbol == "eval" => (
            "there is no `eval` in a script".into(),
            Some("a script must say what it does: write a function, or a closure".into()),
        ),
        LexError::ImproperSymbol(symbol, advice) => {
            let hint = symbol_hint(symbol);
            let advice = (!advice.is_empty()).then(|| advice.clone());
            (format!("`{symbol}` means nothing here"), hint.or(advice))
        }
        LexError::MalformedNumber(number) => (
            format!("`{number}` is not a number"),
            Some("a unit follows after a dot: `3.3.V`".into()),
        ),
        LexError::MalformedEscapeSequence(sequence) => (
            format!("`{sequence}` is not an escape sequence"),
            Some("a backslash in a text is written `\\\\`".into()),
        ),
        LexError::MalformedChar(it) => (
            format!("`'{it}'` is not one character"),
            Some("a text stands in double quotes".into()),
        ),
        other => (other.to_string().to_lowercase(), None),
    }
}

fn symbol_hint(symbol: &str) -> Option<String> {
    let hint = match symbol {
        "=" => "compare with `==`; assign in a statement of its own",
        "===" => "compare with `==`",
        "!==" => "compare with `!=`",
        "->" | "=>" => "a closure is written `|x| x + 1`",
        "++" => "write `x += 1`",
        "--" => "write `x -= 1`",
        ":=" => "write `let x = 1;`",
        "<-" => "assign with `=`",
        "#" => "a comment starts with `//`, a map with `#{`",
        "~" | "^" => "`^` is for integers; a power is written `**`",
        ":" => "only maps use `:`, as in `#{ over: 50.ms }`",
        "°" | "µ" | "Ω" | "%" => "units are spelt in letters: `degC`, `uA`, `ohm`, `percent`",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Rhai's own words as a fragment.
fn lowered(error: &ParseErrorType) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |c| c.to_lowercase().chain(characters).collect())
}
