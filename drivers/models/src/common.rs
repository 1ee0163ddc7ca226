//! Which of the common commands that IEEE 488.2 leaves open a simulated instrument has.

use pogo_hal::Diagnostic;
use pogo_hal::toml_file::Section;
use serde::Deserialize;
use toml::Spanned;

/// `[simulated.common]`. Every instrument has the mandatory ones and `*TRG`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// The first and the last memory of `*SAV` and `*RCL`; `None` if it has neither.
    pub memories: Option<(u8, u8)>,
    /// Whether it has `*PSC` and `*PSC?`.
    pub power_on_clear: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    page: Spanned<String>,
    memories: Option<Spanned<(u8, u8)>>,
    #[serde(default)]
    power_on_clear: bool,
}

/// Reads `[simulated.common]`, which may be missing.
pub fn read(simulated: &mut Section) -> Result<Common, Diagnostic> {
    let Some(section) = simulated.take_section("common")? else { return Ok(Common::default()) };
    let source = section.source().clone();
    let Written { page, memories, power_on_clear } = section.read()?;
    if page.get_ref().trim().is_empty() {
        return Err(Diagnostic::new("`simulated.common` does not say where its manual says so")
            .at(source.place(page.span()))
            .with_hint("write the page, or the section and `page not verified`"));
    }
    if let Some(memories) = &memories
        && memories.get_ref().0 > memories.get_ref().1
    {
        return Err(Diagnostic::new("the first memory is behind the last one")
            .at(source.place(memories.span()))
            .with_hint("write `[first, last]`, such as `[0, 4]`"));
    }
    Ok(Common { memories: memories.map(Spanned::into_inner), power_on_clear })
}
