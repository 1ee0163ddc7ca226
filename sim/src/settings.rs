//! What a simulated instrument remembers between messages: the model's settings, within the
//! model's bounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use pogo_models::{Answers, Command, Model, Picture, Property, Setting, Value};

use crate::scpi::{Code, Extreme, Level, is_form_of};

/// A value for each property and channel.
#[derive(Debug)]
pub(crate) struct Settings {
    model: Arc<Model>,
    values: Values,
    memories: BTreeMap<u8, Values>,
}

/// What each setting holds, for each channel.
type Values = BTreeMap<Property, Vec<Value>>;

impl Settings {
    /// As after a reset, of an instrument with so many channels (1 for a meter).
    pub(crate) fn new(model: Arc<Model>, channels: usize) -> Self {
        let settings = model.obeys().settings.iter();
        let values = settings
            .map(|(property, setting)| {
                (*property, (0..channels).map(|index| setting.reset(index).clone()).collect())
            })
            .collect();
        Self { model, values, memories: BTreeMap::new() }
    }

    /// Keeps every value in one of the memories.
    pub(crate) fn save(&mut self, memory: u8) {
        self.memories.insert(memory, self.values.clone());
    }

    /// Brings every value back from one of the memories; to its reset value if nothing was ever
    /// kept there.
    pub(crate) fn recall(&mut self, memory: u8) {
        match self.memories.get(&memory) {
            Some(values) => self.values.clone_from(values),
            None => self.reset(|_| true),
        }
    }

    /// The model.
    pub(crate) fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Puts every property for which `which` holds back to its reset value.
    pub(crate) fn reset(&mut self, which: impl Fn(Property) -> bool) {
        for (property, values) in &mut self.values {
            let Some(setting) = self.model.obeys().settings.get(property) else { continue };
            if which(*property) {
                for (index, value) in values.iter_mut().enumerate() {
                    value.clone_from(setting.reset(index));
                }
            }
        }
    }

    /// A number; `None` if the model has no such setting.
    pub(crate) fn number(&self, property: Property, index: usize) -> Option<f64> {
        match self.get(property, index)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether something is on; `None` if the model has no such setting.
    pub(crate) fn boolean(&self, property: Property, index: usize) -> Option<bool> {
        match self.get(property, index)? {
            Value::Boolean(on) => Some(*on),
            _ => None,
        }
    }

    /// A word as the model spells it; `None` if the model has no such setting.
    pub(crate) fn choice(&self, property: Property) -> Option<&str> {
        match self.get(property, 0)? {
            Value::Choice(word) => Some(word),
            _ => None,
        }
    }

    /// The values that a number can have, if they are few.
    pub(crate) fn steps(&self, property: Property) -> &[f64] {
        self.setting(property).map(Setting::steps).unwrap_or_default()
    }

    /// What a number becomes when it is set to `level`, within its bounds.
    ///
    /// # Errors
    ///
    /// -222 beyond them; -224 for `AUTO`, which is the caller's to understand, and for `UP` and
    /// `DOWN` of something that has no step.
    pub(crate) fn within(
        &self,
        property: Property,
        index: usize,
        level: Level,
    ) -> Result<f64, Code> {
        let setting = self.setting(property).ok_or(Code::UNDEFINED_HEADER)?;
        let number = match level {
            Level::Extreme(extreme) => return self.bound(property, index, extreme),
            Level::Auto => return Err(Code::ILLEGAL_VALUE),
            Level::Up => self.stepped(property, index, 1.0)?,
            Level::Down => self.stepped(property, index, -1.0)?,
            Level::Number(number) => number,
        };
        if !setting.steps().is_empty() {
            // A range is chosen by what has to fit into it, whatever its sign.
            let fits = setting.steps().iter().find(|step| number.abs() <= **step);
            return fits.copied().ok_or(Code::OUT_OF_RANGE);
        }
        let bounds = setting.least(index).zip(setting.most(index)).ok_or(Code::OUT_OF_RANGE)?;
        if (bounds.0..=bounds.1).contains(&number) { Ok(number) } else { Err(Code::OUT_OF_RANGE) }
    }

    /// What a number is a step up or down.
    fn stepped(&self, property: Property, index: usize, steps: f64) -> Result<f64, Code> {
        let step = match property {
            Property::Voltage => self.number(Property::VoltageStep, index),
            Property::Current => self.number(Property::CurrentStep, index),
            _ => None,
        };
        let from = self.number(property, index);
        from.zip(step).map(|(from, step)| from + steps * step).ok_or(Code::ILLEGAL_VALUE)
    }

    /// One end of a number's range, or its reset value.
    pub(crate) fn bound(
        &self,
        property: Property,
        index: usize,
        end: Extreme,
    ) -> Result<f64, Code> {
        let setting = self.setting(property).ok_or(Code::UNDEFINED_HEADER)?;
        let bound = match (end, setting.reset(index)) {
            (Extreme::Least, _) => setting.least(index),
            (Extreme::Most, _) => setting.most(index),
            (Extreme::Reset, Value::Number(number)) => Some(*number),
            (Extreme::Reset, _) => None,
        };
        bound.ok_or(Code::PARAMETER_NOT_ALLOWED)
    }

    /// Remembers a number.
    pub(crate) fn set_number(&mut self, property: Property, index: usize, number: f64) {
        self.set(property, index, Value::Number(number));
    }

    /// Remembers whether something is on.
    pub(crate) fn set_boolean(&mut self, property: Property, index: usize, on: bool) {
        self.set(property, index, Value::Boolean(on));
    }

    /// Remembers a word.
    ///
    /// # Errors
    ///
    /// -224 if it is none of the choices.
    pub(crate) fn set_choice(&mut self, property: Property, word: &[u8]) -> Result<(), Code> {
        let setting = self.setting(property).ok_or(Code::UNDEFINED_HEADER)?;
        let chosen = setting.choices().iter().find(|choice| is_form_of(word, choice));
        let chosen = chosen.cloned().ok_or(Code::ILLEGAL_VALUE)?;
        self.set(property, 0, Value::Choice(chosen));
        Ok(())
    }

    /// Writes a setting as `command` answers it.
    pub(crate) fn write(
        &self,
        property: Property,
        index: usize,
        command: &Command,
        answer: &mut String,
    ) {
        match self.get(property, index) {
            Some(Value::Number(number)) => self.write_number(property, *number, command, answer),
            Some(Value::Boolean(on)) => self.write_boolean(*on, command, answer),
            Some(Value::Choice(word)) => {
                // The short form: what is written in capitals.
                answer.extend(word.chars().take_while(|c| !c.is_ascii_lowercase()));
            }
            None => {}
        }
    }

    /// Writes a value of a setting as `command` answers it.
    pub(crate) fn write_number(
        &self,
        property: Property,
        number: f64,
        command: &Command,
        answer: &mut String,
    ) {
        use Property::{SampleCount, Selected, TriggerCount};
        let whole = matches!(property, SampleCount | TriggerCount | Selected);
        let otherwise =
            if whole { self.model.obeys().integers } else { self.model.obeys().numbers };
        picture(command, otherwise).write(number, answer);
    }

    /// Writes a boolean as `command` answers it.
    pub(crate) fn write_boolean(&self, on: bool, command: &Command, answer: &mut String) {
        let words = match &command.answers {
            Some(Answers::Boolean(words)) => words,
            _ => &self.model.obeys().booleans,
        };
        answer.push_str(&words[usize::from(on)]);
    }

    fn setting(&self, property: Property) -> Option<&Setting> {
        self.model.obeys().settings.get(&property)
    }

    fn get(&self, property: Property, index: usize) -> Option<&Value> {
        self.values.get(&property)?.get(index)
    }

    fn set(&mut self, property: Property, index: usize, value: Value) {
        if let Some(slot) = self.values.get_mut(&property).and_then(|it| it.get_mut(index)) {
            *slot = value;
        }
    }
}

/// The form in which `command` answers a number.
pub(crate) fn picture(command: &Command, otherwise: Picture) -> Picture {
    match &command.answers {
        Some(Answers::Number(picture)) => *picture,
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_and_down_go_by_the_step_and_never_beyond_a_bound() {
        let model = pogo_models::find("rigol-dp832", None).unwrap();
        let mut settings = Settings::new(model, 3);
        settings.set_number(Property::VoltageStep, 0, 4.0);
        settings.set_number(Property::Voltage, 0, 29.0);
        let within = |settings: &Settings, property, level| settings.within(property, 0, level);
        assert_eq!(within(&settings, Property::Voltage, Level::Down), Ok(25.0));
        assert_eq!(within(&settings, Property::Voltage, Level::Up), Err(Code::OUT_OF_RANGE));
        assert_eq!(
            within(&settings, Property::OverVoltageLevel, Level::Up),
            Err(Code::ILLEGAL_VALUE),
            "it has no step"
        );
    }
}
