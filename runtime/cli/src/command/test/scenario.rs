//! A scenario: a run, and what has to become of it.

use std::path::{Path, PathBuf};

use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Diagnostic, Place, nearest};
use pogo_record::{Reason, Verdict};

use crate::exit;
use crate::trial::Outcome;

/// What a file's own keys may be, and those of each of its tables.
const COMMON: [&str; 4] = ["run", "fixture", "variant", "answers"];
const KEYS: [&str; 13] = [
    "run", "fixture", "variant", "answers", "dut", "seed", "faults", "step", "expect", "reason",
    "failing", "says", "why",
];

/// See the module's own words.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What is run.
    what: What,
    dut: String,
    seed: u64,
    faults: Vec<String>,
    steps: Vec<String>,
    /// What has to become of it.
    expected: Expected,
}

/// What several scenarios may have in common.
#[derive(Clone, Debug, Default)]
struct What {
    run: Option<PathBuf>,
    fixture: Option<PathBuf>,
    variant: Option<String>,
    answers: Option<PathBuf>,
}

/// What has to become of a run.
#[derive(Clone, Debug)]
struct Expected {
    /// `None` if it has to be refused.
    verdict: Option<Verdict>,
    reason: Option<Reason>,
    /// Exactly these fail.
    failing: Option<Vec<String>>,
    /// This is among what is said of what is wrong.
    says: Option<String>,
}

/// The scenarios of the file at `path`, in their order.
///
/// # Errors
///
/// It cannot be read, or says what makes no sense; with its place.
pub fn read(path: &Path) -> Result<Vec<Scenario>, Diagnostic> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Diagnostic::new(format!("cannot read `{shown}`: {cause}")))?;
    let mut file = toml_file::read(&shown, &text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut sections = file.take_sections();
    sections.sort_by_key(|(_, section)| section.place().line);
    let common = What::read(&mut file, folder, &What::default())?;
    file.deny_rest(&COMMON)?;
    if sections.is_empty() {
        let hint = "write `[passes]` and below it `expect = \"pass\"`";
        return Err(Diagnostic::new(format!("`{shown}` has no scenario")).with_hint(hint));
    }
    let each = |(name, section)| Scenario::read(name, section, folder, &common);
    sections.into_iter().map(each).collect()
}

impl What {
    fn read(section: &mut Section, folder: &Path, common: &Self) -> Result<Self, Diagnostic> {
        let mut path = |key: &str| -> Result<Option<PathBuf>, Diagnostic> {
            let place = section.place_of(key);
            let Some(name) = section.take::<String>(key)? else { return Ok(None) };
            let path = folder.join(&name);
            if !path.exists() {
                let message = format!("there is no `{}`", path.display());
                return Err(Diagnostic::new(message).at(place));
            }
            Ok(Some(path))
        };
        let (run, fixture, answers) = (path("run")?, path("fixture")?, path("answers")?);
        let common = common.clone();
        Ok(Self {
            run: run.or(common.run),
            fixture: fixture.or(common.fixture),
            answers: answers.or(common.answers),
            variant: section.take("variant")?.or(common.variant),
        })
    }
}

impl Scenario {
    fn read(
        name: String,
        mut section: Section,
        folder: &Path,
        common: &What,
    ) -> Result<Self, Diagnostic> {
        let mut what = What::read(&mut section, folder, common)?;
        // A scenario beside a product is about that.
        what.run.get_or_insert_with(|| match folder.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => folder.to_owned(),
        });
        let dut = section.take("dut")?.unwrap_or_else(|| "SN0001".to_owned());
        let seed = section.take("seed")?.unwrap_or(0);
        let faults: Vec<String> = section.take("faults")?.unwrap_or_default();
        let steps: Vec<String> = section.take("step")?.unwrap_or_default();
        let _why: Option<String> = section.take("why")?;
        let expected = Expected::read(&mut section)?;
        section.deny_rest(&KEYS)?;
        Ok(Self { name, what, dut, seed, faults, steps, expected })
    }

    /// What stands behind `pogo run` for it.
    pub fn arguments(&self) -> Vec<String> {
        let text = |path: &PathBuf| path.display().to_string();
        let What { run, fixture, variant, answers } = &self.what;
        let mut all: Vec<String> = run.iter().map(text).collect();
        all.extend(["--dut".to_owned(), self.dut.clone()]);
        all.extend(["--seed".to_owned(), self.seed.to_string()]);
        let mut flags = |flag: &str, values: Vec<String>| {
            all.extend(values.into_iter().flat_map(|it| [flag.to_owned(), it]));
        };
        flags("--fixture", fixture.iter().map(text).collect());
        flags("--variant", variant.iter().cloned().collect());
        flags("--answers", answers.iter().map(text).collect());
        flags("--fault", self.faults.clone());
        flags("--step", self.steps.clone());
        all
    }

    /// What has to become of it, in words.
    pub fn expected(&self) -> String {
        let Expected { verdict, reason, failing, says } = &self.expected;
        let mut text = verdict.map_or("refused", Verdict::name).to_owned();
        if let Some(reason) = reason {
            text += &format!(" ({})", reason.row().name);
        }
        if let Some(failing) = failing {
            text += &format!(": {}", failing.join(", "));
        }
        if let Some(says) = says {
            text += &format!(", saying `{says}`");
        }
        text
    }

    /// Whether `outcome` is what has to become of it.
    pub fn holds(&self, outcome: &Outcome) -> bool {
        let Expected { verdict, reason, failing, says } = &self.expected;
        let is = outcome.run.as_ref().and_then(|run| run.summary.verdict);
        let why = outcome.run.as_ref().and_then(|run| run.summary.reason);
        let refused = outcome.code == i32::from(exit::REFUSED);
        let mut found = outcome.failed();
        let mut wanted = failing.clone().unwrap_or_default();
        found.sort();
        wanted.sort();
        (if verdict.is_none() { refused } else { is == *verdict && !refused })
            && reason.is_none_or(|it| why == Some(it))
            && (failing.is_none() || found == wanted)
            && says.as_ref().is_none_or(|it| outcome.said.contains(it.as_str()))
    }
}

/// What has become of a run, in the words of [`Scenario::expected`].
pub fn became(outcome: &Outcome) -> String {
    let Some(run) = &outcome.run else {
        return match outcome.said.lines().next() {
            Some(line) => format!("refused: {}", line.trim_start_matches("error: ")),
            None => format!("exit {}", outcome.code),
        };
    };
    let verdict = run.summary.verdict.map_or("no end", Verdict::name);
    let (reason, failed) = (run.summary.reason, outcome.failed());
    match (run.summary.verdict, reason) {
        (Some(Verdict::Pass), _) => verdict.to_owned(),
        (Some(Verdict::Fail), Some(Reason::Limit)) => format!("{verdict}: {}", failed.join(", ")),
        (_, Some(reason)) => format!("{verdict} ({}): {}", reason.row().name, outcome.error()),
        (_, None) => verdict.to_owned(),
    }
}

impl Expected {
    fn read(section: &mut Section) -> Result<Self, Diagnostic> {
        const WORDS: [&str; 5] = ["pass", "fail", "error", "aborted", "refused"];
        let (whole, place) = (section.place(), section.place_of("expect"));
        let Some(word) = section.take::<String>("expect")? else {
            let message = format!("`{}` does not say what it expects", section.name());
            let hint = format!("write `expect = \"pass\"`, or one of {}", WORDS.join(", "));
            return Err(Diagnostic::new(message).at(whole).with_hint(hint));
        };
        let verdict = match word.as_str() {
            "pass" => Some(Verdict::Pass),
            "fail" => Some(Verdict::Fail),
            "error" => Some(Verdict::Error),
            "aborted" => Some(Verdict::Aborted),
            "refused" => None,
            _ => return Err(unknown("outcome", &word, &WORDS, place)),
        };
        let at = section.place_of("reason");
        let reason = section.take::<String>("reason")?;
        let reason = reason.map(|name| {
            let all: Vec<_> = Reason::ALL.iter().map(|it| it.row().name).collect();
            let found = Reason::ALL.into_iter().find(|it| it.row().name == name);
            found.ok_or_else(|| unknown("reason", &name, &all, at))
        });
        let reason = reason.transpose()?;
        let at = section.place_of("failing");
        let failing: Option<Vec<String>> = section.take("failing")?;
        match (&failing, verdict) {
            (Some(_), Some(Verdict::Pass) | None) => {
                let message = format!("nothing fails in a run that is to be `{word}`");
                return Err(Diagnostic::new(message).at(at));
            }
            (None, Some(Verdict::Fail)) if reason.is_none() => {
                let message = format!("`{}` does not say what fails", section.name());
                let hint = "write `failing = [\"rail_1v8\"]`: all that fails and nothing else; or \
                            `reason = \"no-answer\"`";
                return Err(Diagnostic::new(message).at(place).with_hint(hint));
            }
            _ => {}
        }
        Ok(Self { verdict, reason, failing, says: section.take("says")? })
    }
}

fn unknown(what: &str, name: &str, known: &[&str], place: Place) -> Diagnostic {
    let hint = match nearest(name, known.iter().copied()) {
        Some(it) => format!("did you mean `{it}`?"),
        None => format!("known: {}", known.join(", ")),
    };
    Diagnostic::new(format!("`{name}` is no {what}")).at(place).with_hint(hint)
}
