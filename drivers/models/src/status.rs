//! Which bits of its status registers a simulated instrument has, and what they say.

use std::collections::BTreeMap;

use pogo_hal::Diagnostic;
use pogo_hal::toml_file::Section;
use toml::Spanned;

use crate::table;

/// Something about an instrument that is so or is not, and that a bit of a register can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// `measuring`: a measurement was initiated and is not over.
    Measuring,
    /// `waiting_for_trigger`: it was initiated and its trigger has not come.
    WaitingForTrigger,
    /// `voltage_overload`: a reading was beyond its range. A meter tells that as an event.
    VoltageOverload,
    /// `current_overload`: likewise.
    CurrentOverload,
    /// `resistance_overload`: likewise.
    ResistanceOverload,
    /// `temperature_overload`: likewise.
    TemperatureOverload,
    /// `constant_voltage`: the output regulates its voltage.
    ConstantVoltage,
    /// `constant_current`: the output regulates its current.
    ConstantCurrent,
    /// `over_voltage`: over-voltage protection has tripped.
    OverVoltage,
    /// `over_current`: over-current protection has tripped.
    OverCurrent,
}

impl Condition {
    const NAMES: [(&str, Self); 10] = [
        ("measuring", Self::Measuring),
        ("waiting_for_trigger", Self::WaitingForTrigger),
        ("voltage_overload", Self::VoltageOverload),
        ("current_overload", Self::CurrentOverload),
        ("resistance_overload", Self::ResistanceOverload),
        ("temperature_overload", Self::TemperatureOverload),
        ("constant_voltage", Self::ConstantVoltage),
        ("constant_current", Self::ConstantCurrent),
        ("over_voltage", Self::OverVoltage),
        ("over_current", Self::OverCurrent),
    ];

    /// Whether it belongs to a meter rather than to a supply.
    fn of_a_meter(self) -> bool {
        self < Self::ConstantVoltage
    }
}

/// The bits of a register, 0 to 14, by what they say.
pub type Bits = BTreeMap<Condition, u8>;

/// `[simulated.status]`. Every instrument has the registers that SCPI-99 asks for; this is what a
/// model has in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusBits {
    /// Whether it has transition filters that can be set.
    pub filters: bool,
    /// `STATus:OPERation`
    pub operation: Bits,
    /// `STATus:QUEStionable`
    pub questionable: Bits,
    /// `STATus:QUEStionable:INSTrument:ISUMmary<n>`, one for each channel; `None` if it has none.
    pub channels: Option<Bits>,
}

/// The bit of `STATus:QUEStionable` that sums up the channels. Source: SCPI-99, volume 1, 9.4.
const INSTRUMENT_SUMMARY: u8 = 13;

/// Reads `[simulated.status]`, which may be missing.
pub fn read(simulated: &mut Section, meter: bool) -> Result<StatusBits, Diagnostic> {
    let Some(mut section) = simulated.take_section("status")? else {
        return Ok(StatusBits::default());
    };
    let known = ["page", "filters", "operation", "questionable", "channels"];
    table::deny_unknown(&section, &known)?;
    let page: Spanned<String> = table::must(&mut section, "page")?;
    if page.get_ref().trim().is_empty() {
        let place = section.source().place(page.span());
        return Err(Diagnostic::new("`simulated.status` does not say where its manual says so")
            .at(place)
            .with_hint("write the page, or the section and `page not verified`"));
    }
    let filters = section.take("filters")?.unwrap_or(false);
    let operation = bits(&mut section, "operation", meter)?.unwrap_or_default();
    let place = section.place_of("questionable");
    let questionable = bits(&mut section, "questionable", meter)?.unwrap_or_default();
    let place_of_channels = section.place_of("channels");
    let channels = bits(&mut section, "channels", meter)?;
    if channels.is_some() && meter {
        return Err(Diagnostic::new("a meter has no channels").at(place_of_channels));
    }
    if channels.is_some() && questionable.values().any(|bit| *bit == INSTRUMENT_SUMMARY) {
        let message = format!("bit {INSTRUMENT_SUMMARY} sums up the channels");
        return Err(Diagnostic::new(message).at(place));
    }
    Ok(StatusBits { filters, operation, questionable, channels })
}

fn bits(section: &mut Section, key: &str, meter: bool) -> Result<Option<Bits>, Diagnostic> {
    let Some(written) = section.take::<Spanned<BTreeMap<String, u8>>>(key)? else {
        return Ok(None);
    };
    let refuse =
        |message: String| Diagnostic::new(message).at(section.source().place(written.span()));
    let mut bits = Bits::new();
    for (name, bit) in written.get_ref() {
        let known = Condition::NAMES.iter().filter(|(_, it)| it.of_a_meter() == meter);
        let condition = known.clone().find(|(it, _)| it == name).map(|(_, it)| *it);
        let condition = condition.ok_or_else(|| {
            refuse(format!("`{name}` is not something that a bit can say here"))
                .with_hint(table::suggest(name, known.map(|(name, _)| *name)))
        })?;
        // Bit 15 is always 0. Source: SCPI-99, volume 1, 9.
        if *bit > 14 || bits.values().any(|it| it == bit) {
            return Err(refuse(format!("bit {bit} of `{key}` is not free: they are 0 to 14")));
        }
        bits.insert(condition, *bit);
    }
    Ok(Some(bits))
}
