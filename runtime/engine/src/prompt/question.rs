//! A question, read from what a script passes to a prompt.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use pogo_hal::{Diagnostic, Dimension, nearest};
use pogo_record::Pattern;
use pogo_sandbox::Call;

use crate::check::without_unit;
use crate::given::Given;

/// The words that ask.
const VERBS: [&str; 4] = ["ask", "confirm", "choose", "scan"];

/// The most bytes that all texts of a question may have together: it is shown on a terminal and
/// kept in one entry of the record.
const LONGEST: usize = 4 << 10;

pub(super) const WITHIN: &str = "within";
pub(super) const IMAGE: &str = "image";
const OPTIONS: [&str; 2] = [WITHIN, IMAGE];

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The verb as scripts write it: `confirm`.
    pub verb: &'static str,
    /// The words; perhaps in several lines.
    pub text: String,
    /// What fits as an answer.
    pub wants: Wants,
    /// What to look at: as the script names it, and where it is.
    pub image: Option<(String, PathBuf)>,
    /// How long an answer is waited for, in real time; what is left of it if it is asked again.
    pub within: Duration,
    /// Why what was said before is no answer, if it is asked again.
    pub refused: Option<String>,
}

/// What fits as an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Wants {
    /// Any text that is not empty.
    Text,
    /// Yes or no.
    YesOrNo,
    /// One of these.
    OneOf(Vec<String>),
    /// A text that all of this describes.
    Matching(Pattern),
}

/// What is wrong with the arguments of `call`, as far as its text shows. Images are in `folder`.
pub(crate) fn mistake(call: &Call, folder: &Path) -> Option<Diagnostic> {
    let verb = VERBS.into_iter().find(|verb| *verb == call.name && !call.method)?;
    let given: Vec<Given> = call.arguments.iter().map(Given::from).collect();
    read(verb, &given, folder, Duration::ZERO).err()
}

/// The question that `verb` asks with these arguments, which are as many as it takes; `None` if
/// some are not known. It may be answered within `generous` if they do not say otherwise.
pub(super) fn read(
    verb: &'static str,
    given: &[Given],
    folder: &Path,
    generous: Duration,
) -> Result<Option<Question>, Diagnostic> {
    let reader = Reader { verb, folder };
    let [text, rest @ ..] = given else { return Ok(None) };
    let text = reader.text(text, "the question")?;
    if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err(reader.wrong("the question is empty").with_hint("ask for something"));
    }
    let (wants, rest) = match (verb, rest) {
        ("choose", [options, rest @ ..]) => (reader.options(options)?, rest),
        ("scan", [pattern, rest @ ..]) => (reader.pattern(pattern)?, rest),
        ("confirm", rest) => (Some(Wants::YesOrNo), rest),
        (_, rest) => (Some(Wants::Text), rest),
    };
    let settings = rest.first().map_or(Ok(Some(Settings::default())), |it| reader.settings(it))?;
    let (Some(text), Some(wants), Some(settings)) = (text, wants, settings) else {
        return Ok(None);
    };
    let length = text.len()
        + match &wants {
            Wants::OneOf(options) => options.iter().map(String::len).sum(),
            Wants::Matching(pattern) => pattern.as_str().len(),
            Wants::Text | Wants::YesOrNo => 0,
        };
    if length > LONGEST {
        return Err(reader.wrong(format!("{length} bytes of text, at most {LONGEST} fit")));
    }
    let Settings { within, image } = settings;
    let (within, refused) = (within.unwrap_or(generous), None);
    Ok(Some(Question { verb, text, wants, image, within, refused }))
}

#[derive(Default)]
struct Settings {
    within: Option<Duration>,
    image: Option<(String, PathBuf)>,
}

struct Reader<'a> {
    verb: &'static str,
    folder: &'a Path,
}

impl Reader<'_> {
    fn wrong(&self, what: impl std::fmt::Display) -> Diagnostic {
        Diagnostic::new(format!("{}: {what}", self.verb))
    }

    fn text(&self, given: &Given, what: &str) -> Result<Option<String>, Diagnostic> {
        match given {
            Given::Text(text) => Ok(Some(text.clone())),
            Given::Unknown => Ok(None),
            other => Err(self.wrong(format!("{what} is {}; expected a text", other.what()))),
        }
    }

    fn options(&self, given: &Given) -> Result<Option<Wants>, Diagnostic> {
        let hint = "write `choose(\"Which colour?\", [\"red\", \"green\"])`";
        let items = match given {
            Given::List(items) => items,
            Given::Unknown => return Ok(None),
            other => {
                let message = format!("the options are {}; expected a list of texts", other.what());
                return Err(self.wrong(message).with_hint(hint));
            }
        };
        if items.is_empty() {
            return Err(self.wrong("there is nothing to choose from").with_hint(hint));
        }
        let mut options: Vec<String> = Vec::new();
        for item in items {
            let Some(option) = self.text(item, "an option")? else { continue };
            if option.trim() != option || option.is_empty() {
                let message = format!("the option `{option}` is empty, or has blanks around it");
                return Err(self.wrong(message));
            }
            if options.contains(&option) {
                return Err(self.wrong(format!("the option `{option}` stands there twice")));
            }
            options.push(option);
        }
        Ok((options.len() == items.len()).then_some(Wants::OneOf(options)))
    }

    fn pattern(&self, given: &Given) -> Result<Option<Wants>, Diagnostic> {
        let Some(pattern) = self.text(given, "the pattern")? else { return Ok(None) };
        let pattern = Pattern::new(&pattern).map_err(|error| self.wrong(error))?;
        Ok(Some(Wants::Matching(pattern)))
    }

    fn settings(&self, given: &Given) -> Result<Option<Settings>, Diagnostic> {
        let entries = match given {
            Given::Map(entries) => entries,
            Given::Unknown => return Ok(None),
            other => {
                let message = format!("{} is no map of options", other.what());
                return Err(self.wrong(message).with_hint("write `#{ within: 30.s }` behind it"));
            }
        };
        let (mut settings, mut known) = (Settings::default(), true);
        for (key, value) in entries {
            match (key.as_str(), value) {
                (WITHIN | IMAGE, Given::Unknown) => known = false,
                (WITHIN, value) => settings.within = Some(self.within(value)?),
                (IMAGE, value) => settings.image = self.image(value)?,
                _ => return Err(self.unknown(key)),
            }
        }
        Ok(known.then_some(settings))
    }

    fn unknown(&self, key: &str) -> Diagnostic {
        self.wrong(format!("there is no option `{key}`")).with_hint(match nearest(key, OPTIONS) {
            Some(it) => format!("did you mean `{it}`?"),
            None => format!("its options: {}", OPTIONS.join(", ")),
        })
    }

    fn within(&self, given: &Given) -> Result<Duration, Diagnostic> {
        let quantity = match given {
            Given::Quantity(it) if it.dimension() == Dimension::Time => it,
            Given::Number(number) => {
                let name = format!("{}: `within`", self.verb);
                return Err(without_unit(&name, number, Dimension::Time));
            }
            other => {
                let message = format!("`within` is {}; expected a duration", other.what());
                return Err(self.wrong(message).with_hint("write `#{ within: 30.s }`"));
            }
        };
        let seconds = quantity.value();
        if (0.001..=366.0 * 86_400.0).contains(&seconds) {
            return Ok(Duration::from_secs_f64(seconds));
        }
        let message = format!("within {quantity} nobody can answer");
        Err(self.wrong(message).with_hint("give a time from `1.ms` to a year"))
    }

    fn image(&self, given: &Given) -> Result<Option<(String, PathBuf)>, Diagnostic> {
        let Some(name) = self.text(given, "the image")? else { return Ok(None) };
        let relative = Path::new(&name);
        let is_plain = |it: Component<'_>| matches!(it, Component::Normal(_) | Component::CurDir);
        let path = self.folder.join(relative);
        let outside = || {
            self.wrong(format!("the image `{name}` is not inside the product's folder")).with_hint(
                "put it beside the script and name it from there: `image: \"where.png\"`",
            )
        };
        if name.is_empty() || !relative.components().all(is_plain) {
            return Err(outside());
        }
        // A link may lead anywhere.
        match (path.canonicalize(), self.folder.canonicalize()) {
            (Ok(there), Ok(folder)) if !there.starts_with(&folder) => Err(outside()),
            (Ok(there), _) if there.is_file() => Ok(Some((name, path))),
            _ => Err(self.wrong(format!("there is no image `{}`", path.display()))),
        }
    }
}
