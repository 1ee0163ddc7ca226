//! What the check finds, file by file, as the protocol has it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{
    Diagnostic as Finding, DiagnosticRelatedInformation, DiagnosticSeverity, Location,
    NumberOrString, Range, Uri,
};
use pogo_hal::{Code, Diagnostic, Overlay, Place, Secrets, Severity};
use pogo_runtime::{Product, check};

use super::documents::Documents;
use super::position::Lines;
use super::project::{Projects, Target, reached, text_of};
use super::uri::uri_of;

/// How much is shown of one file: nobody reads more, and some editors grow slow over it.
const MOST: usize = 500;

/// What is wrong, by the file's name.
pub type Findings = BTreeMap<String, Vec<Finding>>;

/// Checks `target` as it stands in `documents`: what is wrong, and the files that were looked at.
pub fn look(
    target: &Target,
    projects: &mut Projects,
    documents: &Documents,
) -> (Findings, Vec<PathBuf>) {
    let overlay = documents.overlay();
    let (wrong, mut files) = match wrong(target, projects, &overlay) {
        Ok(all) => all,
        Err(it) => (vec![it], Vec::new()),
    };
    files.push(target.file());
    let mut findings = Findings::new();
    let (mut texts, mut names) = (BTreeMap::new(), BTreeMap::new());
    for it in wrong {
        let file = match &it.place {
            Some(place) => PathBuf::from(&*place.file),
            None => {
                let named = |file: &&PathBuf| it.message.contains(&*file.to_string_lossy());
                files.iter().find(named).cloned().unwrap_or_else(|| target.file())
            }
        };
        let name = names.entry(file.clone()).or_insert_with(|| name_of(&file, documents));
        let Some(uri) = name else { continue };
        let finding = finding(&it, &file, documents, &mut texts);
        let all = findings.entry(uri.as_str().to_owned()).or_default();
        match all.len() {
            MOST => {
                let message = format!("more is wrong in this file than these {MOST}");
                all.push(Finding { message, code: None, ..finding });
            }
            count if count > MOST || all.contains(&finding) => {}
            _ => all.push(finding),
        }
    }
    (findings, files)
}

/// What the editor calls the file at `path`.
pub fn name_of(path: &Path, documents: &Documents) -> Option<Uri> {
    match documents.of_file(path) {
        Some(document) => Some(document.uri.clone()),
        None => uri_of(&std::path::absolute(path).ok()?),
    }
}

fn wrong(
    target: &Target,
    projects: &mut Projects,
    overlay: &Overlay,
) -> Result<(Vec<Diagnostic>, Vec<PathBuf>), Diagnostic> {
    if let Target::Fixture(path) = target {
        return Ok((projects.bed(path, overlay)?.wrong, Vec::new()));
    }
    let product = projects.product(target, overlay)?;
    let mut files = reached(&product, overlay);
    files.extend(product.limits.as_ref().map(|it| it.path.clone()));
    let Some(fixture) = projects.fixture_of(Some(&product)) else {
        let mut wrong = checked(&product, &[]);
        // Without roles nothing else can be said.
        wrong.retain(|it| it.code == Some(Code::NoScript));
        let it = Diagnostic::new("no fixture is named: only the grammar is checked");
        let it = it.coded(Code::Misfit).with_hint(
            "name one in `product.toml` beside the script, or give `pogo lsp --fixture FILE`",
        );
        wrong.push(it);
        return Ok((wrong, files));
    };
    files.push(fixture.clone());
    let (roles, mut wrong) = match projects.bed(&fixture, overlay) {
        Ok(bed) => (bed.roles, bed.wrong),
        Err(it) => return Ok((vec![it], files)),
    };
    // The check adds the unit under test itself.
    let roles: Vec<_> = roles.into_iter().filter(|it| it.place.is_some()).collect();
    wrong.extend(checked(&product, &roles));
    Ok((wrong, files))
}

/// What is wrong with the scripts of `product`, in whichever of its variants.
fn checked(product: &Product, roles: &[pogo_runtime::KnownRole]) -> Vec<Diagnostic> {
    let variants: Vec<_> = match product.variants.as_slice() {
        [] => vec![None],
        all => all.iter().map(|it| Some(it.as_str())).collect(),
    };
    let mut wrong: Vec<Diagnostic> = Vec::new();
    for variant in variants {
        let found = product.clone().of_variant(variant).map_err(|it| vec![it]);
        let found = found.and_then(|it| check(&it, roles, Arc::<Secrets>::default()));
        let found = match found {
            Ok(it) => it.circles().iter().chain(it.warnings()).cloned().collect(),
            Err(found) => found,
        };
        // Which secrets there are is known when a run begins.
        let found = found.into_iter().filter(|it| it.code != Some(Code::UnknownSecret));
        for it in found {
            if !wrong.contains(&it) {
                wrong.push(it);
            }
        }
    }
    wrong
}

fn finding(
    it: &Diagnostic,
    file: &Path,
    documents: &Documents,
    texts: &mut BTreeMap<PathBuf, (String, Lines)>,
) -> Finding {
    let mut message = it.message.clone();
    if let Some(hint) = &it.hint {
        message = format!("{message}\nhint: {hint}");
    }
    let calls = it.calls.iter().filter_map(|(called, place)| {
        let file = PathBuf::from(&*place.file);
        let range = marked(Some(place), &file, documents, texts);
        let location = Location { uri: name_of(&file, documents)?, range };
        Some(DiagnosticRelatedInformation { location, message: format!("called by `{called}`") })
    });
    let calls: Vec<_> = calls.collect();
    Finding {
        range: marked(it.place.as_ref(), file, documents, texts),
        severity: Some(match it.severity() {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: it.code.map(|it| NumberOrString::String(it.name().to_owned())),
        source: Some("pogo".to_owned()),
        message,
        related_information: (!calls.is_empty()).then_some(calls),
        ..Finding::default()
    }
}

fn marked(
    place: Option<&Place>,
    file: &Path,
    documents: &Documents,
    texts: &mut BTreeMap<PathBuf, (String, Lines)>,
) -> Range {
    let Some(place) = place else { return Range::default() };
    let (text, lines) = texts.entry(file.to_owned()).or_insert_with(|| {
        let text = text_of(file, documents).unwrap_or_default();
        let lines = Lines::of(&text);
        (text, lines)
    });
    lines.marked(text, place)
}
