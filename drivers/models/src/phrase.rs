//! What a driver says: program messages with places to fill.

use pogo_hal::Diagnostic;
use pogo_hal::toml_file::Section;
use serde::Deserialize;
use toml::Spanned;

/// A message to send, with where its manual says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    text: String,
    page: String,
}

/// A message with its channel filled in: what stands before its value, and what after it. Without
/// a value all of it stands before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The message up to the value.
    pub before: String,
    /// The message from the value on.
    pub after: String,
}

/// What a verb's message looks like.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Whether it asks something.
    pub query: bool,
    /// The placeholder of its value.
    pub value: Option<&'static str>,
    /// Whether it has to say which channel it means.
    pub channel: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    say: Spanned<String>,
    page: Spanned<String>,
}

impl Phrase {
    /// The message with its placeholders: `VOLT {level},(@{channel})`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the manual says so.
    pub fn page(&self) -> &str {
        &self.page
    }

    /// The message for `channel`, open for its value.
    pub fn on(&self, channel: Option<u8>) -> Around {
        let text = match channel {
            Some(channel) => self.text.replace("{channel}", &channel.to_string()),
            None => self.text.clone(),
        };
        match text.find('{').and_then(|start| Some((start, start + text[start..].find('}')?))) {
            Some((start, end)) => {
                Around { before: text[..start].to_owned(), after: text[end + 1..].to_owned() }
            }
            None => Around { before: text, after: String::new() },
        }
    }
}

/// Reads `{ say, page }` and holds it against `shape`.
pub fn read(section: Section, shape: Shape) -> Result<Phrase, Diagnostic> {
    let source = section.source().clone();
    let name = section.name().to_owned();
    let Written { say, page } = section.read()?;
    let (span, text) = (say.span(), say.into_inner());
    let refuse = |message: String, hint: &str| {
        let diagnostic =
            Diagnostic::new(format!("`{name}`: {message}")).at(source.place(span.clone()));
        Err(if hint.is_empty() { diagnostic } else { diagnostic.with_hint(hint) })
    };
    if page.get_ref().trim().is_empty() {
        let diagnostic = Diagnostic::new(format!("`{name}` does not say where its manual says so"));
        return Err(diagnostic
            .at(source.place(page.span()))
            .with_hint("write the page, or the section and `page not verified`"));
    }
    let mut seen = Vec::new();
    for part in text.split('{').skip(1) {
        let Some((placeholder, _)) = part.split_once('}') else {
            return refuse(format!("`{{` in `{text}` is not closed"), "");
        };
        let known = (shape.channel && placeholder == "channel") || shape.value == Some(placeholder);
        if !known || seen.contains(&placeholder) && placeholder != "channel" {
            let known = shape.value.into_iter().chain(shape.channel.then_some("channel"));
            let known = known.map(|it| format!("`{{{it}}}`")).collect::<Vec<_>>().join(" and ");
            let hint = match known.as_str() {
                "" => "there is none here".to_owned(),
                known => format!("placeholders here: {known}"),
            };
            return refuse(format!("`{{{placeholder}}}` is not a placeholder here"), &hint);
        }
        seen.push(placeholder);
    }
    for needed in shape.value.into_iter().chain(shape.channel.then_some("channel")) {
        if !seen.contains(&needed) {
            return refuse(format!("`{text}` does not say `{{{needed}}}`"), "");
        }
    }
    match check(&text) {
        Ok(query) if query == shape.query => {}
        Ok(true) => return refuse(format!("`{text}` asks, but nobody reads an answer here"), ""),
        Ok(false) => return refuse(format!("`{text}` asks nothing, but an answer is needed"), ""),
        Err(message) => {
            return refuse(message, "write SCPI headers such as `VOLT` or `:MEAS:VOLT?`");
        }
    }
    Ok(Phrase { text, page: page.into_inner() })
}

/// Whether a program message asks something; or what is no SCPI in it.
fn check(text: &str) -> Result<bool, String> {
    if !text.bytes().all(|c| matches!(c, b' '..=b'~')) {
        return Err(format!("`{}` is not one line of ASCII", text.escape_debug()));
    }
    let mut query = false;
    for (index, unit) in units(text).into_iter().enumerate() {
        let header = unit.split_once(' ').map_or(unit, |(header, _)| header);
        let (name, asks) = header.strip_suffix('?').map_or((header, false), |name| (name, true));
        let absolute = name.strip_prefix(':');
        let word = |word: &str| {
            let word = word.replace("{channel}", "1");
            word.starts_with(|c: char| c.is_ascii_alphabetic())
                && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let spelled = match name.strip_prefix('*') {
            Some(common) => word(common),
            None => absolute.unwrap_or(name).split(':').all(word),
        };
        if !spelled {
            return Err(format!("`{header}` is not a SCPI header"));
        }
        if index > 0 && absolute.is_none() && !name.starts_with('*') {
            return Err(format!("`{header}` follows another message and begins without a colon"));
        }
        query |= asks;
    }
    Ok(query)
}

/// The message units of a program message: what stands between semicolons outside strings.
fn units(text: &str) -> Vec<&str> {
    let mut quote = None;
    let outside = |c: char| {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None => return c == ';',
            Some(_) => {}
        }
        false
    };
    text.split(outside).map(str::trim).collect()
}
