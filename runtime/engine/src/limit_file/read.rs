//! A limits file, read: its head, then a table for every measurement.

use std::path::Path;

use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Code, Diagnostic, Overlay, Unit, nearest};
use pogo_record::LimitSource;
use sha2::{Digest, Sha256};

use super::{FiledLimit, LimitFile, Measurement, limit};
use crate::fixture::{hex, unreadable};
use crate::language::is_name;

/// What the head can say, and each measurement, and each of its variants.
const COMMON: [&str; 3] = ["rule", "source", "revision"];

/// What holds where nothing nearer says otherwise.
#[derive(Clone, Default)]
struct Said {
    rule: Option<&'static str>,
    document: Option<String>,
    revision: Option<String>,
}

impl LimitFile {
    /// Reads the file at `path` as it stands in `overlay`, of a product with these `variants`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not TOML, or says something that a limits file cannot say; a
    /// limit has no rule, document or revision.
    pub(crate) fn read(
        path: &Path,
        variants: &[String],
        overlay: &Overlay,
    ) -> Result<Self, Diagnostic> {
        let text = overlay.read(path).map_err(|cause| unreadable(path, &cause))?;
        let mut file = toml_file::read(&path.display().to_string(), &text)?;
        let said = match file.take_section("limits")? {
            None => Said::default(),
            Some(mut head) => {
                let said = Said::default().and(&mut head)?;
                head.deny_rest(&COMMON)?;
                said
            }
        };
        let Some(mut measurements) = file.take_section("measurements")? else {
            return Err(Diagnostic::new("the limits file has no `[measurements.…]` table")
                .coded(Code::MissingKey)
                .at(file.place())
                .with_hint("give every measurement a table, such as `[measurements.rail_1v8]`"));
        };
        file.deny_rest(&["limits", "measurements"])?;
        let all = measurements.take_sections().into_iter();
        let read = |(name, section)| Measurement::read(name, section, &said, variants);
        let all = all.map(read).map(|it| it.map_err(|wrong| wrong.coded(Code::BadValue)));
        let all = all.collect::<Result<_, _>>()?;
        measurements.deny_rest(&[])?;
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        Ok(Self { path: path.to_owned(), sha256, measurements: all })
    }
}

impl Measurement {
    fn read(
        name: String,
        mut section: Section,
        said: &Said,
        variants: &[String],
    ) -> Result<Self, Diagnostic> {
        let place = section.place();
        if !is_name(&name) {
            return Err(Diagnostic::new(format!("`{name}` cannot be the name of a measurement"))
                .at(place)
                .with_hint("write names as `rail_1v8`: lower-case letters, digits and `_`"));
        }
        let own = section.take_section("variants")?;
        let said = said.clone().and(&mut section)?;
        let whole = section.clone();
        let (common, unit) = limit::take(&mut section, None)?;
        section.deny_rest(&[&COMMON[..], &limit::KEYS[..], &["variants"]].concat())?;
        let common = common.map(|it| said.limit(it, &whole)).transpose()?;
        let of_variants =
            own.map_or(Ok(Vec::new()), |it| of_variants(it, &said, unit, variants))?;
        if common.is_none() && of_variants.is_empty() {
            return Err(Diagnostic::new(format!("`{name}` has no limit"))
                .coded(Code::MissingKey)
                .at(place)
                .with_hint("give it `low` and `high`, or `nominal` and `tolerance`"));
        }
        Ok(Self { name, place, common, of_variants })
    }
}

fn of_variants(
    mut table: Section,
    said: &Said,
    unit: Option<&'static Unit>,
    known: &[String],
) -> Result<Vec<(String, FiledLimit)>, Diagnostic> {
    let mut all = Vec::new();
    for (variant, mut section) in table.take_sections() {
        if !known.contains(&variant) {
            let message = format!("`{variant}` is not a variant of the product");
            let it = Diagnostic::new(message).at(section.place());
            return Err(it.with_hint(match nearest(&variant, known.iter().map(String::as_str)) {
                Some(it) => format!("did you mean `{it}`?"),
                None => "`variants` of `product.toml` lists them".to_owned(),
            }));
        }
        let said = said.clone().and(&mut section)?;
        let whole = section.clone();
        let (limit, _) = limit::take(&mut section, unit)?;
        section.deny_rest(&[&COMMON[..], &limit::KEYS[..]].concat())?;
        let Some(limit) = limit else {
            return Err(Diagnostic::new(format!("`{}` has no limit", whole.name()))
                .at(whole.place())
                .with_hint("a variant says its whole limit; leave out one that has none"));
        };
        all.push((variant, said.limit(limit, &whole)?));
    }
    table.deny_rest(&[])?;
    Ok(all)
}

impl Said {
    /// The same, unless `section` says otherwise.
    fn and(mut self, section: &mut Section) -> Result<Self, Diagnostic> {
        let place = section.place_of("rule");
        if let Some(rule) = section.take::<String>("rule")? {
            if rule != "simple" {
                return Err(Diagnostic::new(format!("`{rule}` is not a rule that can judge"))
                    .at(place)
                    .with_hint("only `simple` is there so far: the value itself, edges included"));
            }
            self.rule = Some("simple");
        }
        // A revision belongs to its document.
        let (document, revision) = (section.take("source")?, section.take("revision")?);
        if document.is_some() {
            (self.document, self.revision) = (document, None);
        }
        self.revision = revision.or(self.revision);
        Ok(self)
    }

    fn limit(
        &self,
        limit: pogo_record::Limit,
        section: &Section,
    ) -> Result<FiledLimit, Diagnostic> {
        let missing = |key: &str, hint: &str| {
            Diagnostic::new(format!("`{}` has no `{key}`", section.name()))
                .coded(Code::MissingKey)
                .at(section.place())
                .with_hint(format!("{hint}, here or for all in `[limits]`"))
        };
        let rule = self.rule.ok_or_else(|| missing("rule", "write `rule = \"simple\"`"))?;
        let document = self.document.clone();
        let document =
            document.ok_or_else(|| missing("source", "name the document that it is taken from"))?;
        let revision = self.revision.clone();
        let revision =
            revision.ok_or_else(|| missing("revision", "say the document's revision"))?;
        let source = LimitSource { document, revision };
        Ok(FiledLimit { limit, rule, source, place: section.place() })
    }
}
