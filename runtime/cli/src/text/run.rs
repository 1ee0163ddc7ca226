//! A run with everything that was recorded of it.

use pogo_record::evidence::attempt::{self, Line, exactly, judging, lines, outcome, readings};
use pogo_record::evidence::{NOT_RECORDED, seconds};
use pogo_record::{Asset, Body, Run};

use super::facts;
use crate::layout::{EDGE, Facts, fold, plain};
use crate::paint::Paint;

/// Everything that was recorded of `run`, whose log is called `origin`.
pub fn run(run: &Run, origin: Option<&str>, paint: Paint) -> String {
    let ended = outcome(run);
    let word = match ended.verdict {
        Some(verdict) => paint.verdict(verdict, &ended.word),
        None => paint.bold(&ended.word),
    };
    let mut text = String::new();
    for (at, line) in fold(&plain(&ended.sentence), EDGE - 4 - ended.word.len()).iter().enumerate()
    {
        let (word, padding) = if at == 0 { (word.as_str(), 0) } else { ("", ended.word.len()) };
        text += &format!("  {word}{:padding$}  {line}\n", "");
    }
    text += &facts(&attempt::facts(run, origin), 2, paint);
    text += &section("instruments", &instruments(&run.header.assets, paint), paint);
    text += &section("firmware", &firmware(run), paint);
    text += &section("components", &components(run, paint), paint);
    text.push_str(&section("what happened", &events(run, paint), paint));
    text
}

fn section(heading: &str, text: &str, paint: Paint) -> String {
    let nothing = format!("    {NOT_RECORDED}\n");
    let text = if text.is_empty() { &nothing } else { text };
    format!("  {}\n{text}", paint.dim(heading))
}

fn or_not(it: &Option<String>) -> &str {
    it.as_deref().unwrap_or(NOT_RECORDED)
}

fn instruments(assets: &[Asset], paint: Paint) -> String {
    let mut all = Facts::new();
    for it in assets {
        let made = [&it.manufacturer, &it.model].into_iter().flatten().cloned();
        let made = made.collect::<Vec<_>>().join(" ");
        all.add(&it.role, format!("{made}, serial {}", or_not(&it.serial)));
        all.add("", format!("asset {}, firmware {}", or_not(&it.id), or_not(&it.firmware)));
        all.add("", format!("certificate {}, due {}", or_not(&it.certificate), or_not(&it.due)));
        let (status, says) = (or_not(&it.status), or_not(&it.calibration));
        all.add("", format!("status {status}, says of its calibration: {says}"));
    }
    all.text(4, paint)
}

fn firmware(run: &Run) -> String {
    let mut text = String::new();
    for event in &run.events {
        let Body::Firmware(it) = &event.body else { continue };
        text.push_str(&folded(0, &format!("{} {}", it.name, it.version), str::to_owned));
        text.push_str(&folded(1, &format!("sha256 {}", or_not(&it.sha256)), str::to_owned));
    }
    text
}

fn components(run: &Run, paint: Paint) -> String {
    let mut all = Facts::new();
    for event in &run.events {
        let Body::Component(it) = &event.body else { continue };
        let parts = [("part", &it.part), ("revision", &it.revision), ("lot", &it.lot)];
        let more = [("serial", &it.serial), ("at", &it.designator)];
        let said = parts.into_iter().chain(more).map(|(what, it)| format!("{what} {}", or_not(it)));
        let said = said.chain([it.source.name().to_owned()]);
        all.add(&it.name, said.collect::<Vec<_>>().join(", "));
    }
    all.text(4, paint)
}

fn events(run: &Run, paint: Paint) -> String {
    lines(run).iter().map(|it| line(it, paint)).collect()
}

/// How much further in a step's contents stand.
const STEP: usize = 2;

fn line(it: &Line<'_>, paint: Paint) -> String {
    match it {
        Line::Step { depth, step } => {
            let word = step.word();
            let took = step.duration_ns.map_or_else(String::new, |it| format!(", {}", seconds(it)));
            let message = step.message.as_ref().map_or_else(String::new, |it| format!(": {it}"));
            let text = format!("{} · {word}{took}{message}", step.started.shown());
            folded(*depth, &text, |line| match step.verdict {
                Some(verdict) => paint.verdict(verdict, line),
                None => paint.bold(line),
            })
        }
        Line::Judged { depth, judged } => {
            let (name, shown, verdict) = (&judged.name, &judged.shown, judged.verdict);
            let head = format!("{name}  {shown}  ({})  {verdict}", judged.limit);
            let exactly = exactly(judged).map_or_else(String::new, |it| format!("exactly {it}; "));
            let rule = judging(judged).join(", ");
            let from = format!("{exactly}{}; {rule}", readings(judged).join("; "));
            let mut text = folded(*depth, &head, |line| paint.verdict(verdict, line));
            text.push_str(&folded(*depth + 1, &from, |line| paint.dim(line)));
            text
        }
        Line::Kept { depth, kept } => {
            folded(*depth, &format!("{}  {}  not judged", kept.name, kept.shown), str::to_owned)
        }
        Line::Said { depth, what, text } => {
            folded(*depth, &format!("{what}: {text}"), str::to_owned)
        }
    }
}

fn folded(depth: usize, text: &str, painted: impl Fn(&str) -> String) -> String {
    let indent = (4 + depth * STEP).min(EDGE / 2);
    let mut lines = String::new();
    for (at, line) in fold(&plain(text), EDGE - indent - STEP).iter().enumerate() {
        let indent = if at == 0 { indent } else { indent + STEP };
        lines += &format!("{:indent$}{}\n", "", painted(line));
    }
    lines
}
