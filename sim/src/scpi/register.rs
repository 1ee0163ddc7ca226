//! A status register of SCPI: a condition, what becomes an event of it, and which events count.
//!
//! Source: SCPI-99, volume 1, 9 (the model); volume 2, 20 (`STATus`).

/// Bit 15 is always 0, so that a signed integer can carry a register.
const ALL: u16 = 0x7FFF;

/// See the module's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Register {
    condition: u16,
    event: u16,
    pub(crate) parts: Parts,
    preset_enable: u16,
}

/// What of a register can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    enable: u16,
    positive: u16,
    negative: u16,
}

/// One of the parts that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `ENABle`: which events are summed up.
    Enable,
    /// `PTRansition`: which conditions are an event when they come.
    Positive,
    /// `NTRansition`: which conditions are an event when they go.
    Negative,
}

impl Register {
    /// A register that is summed up once somebody enables it.
    pub(crate) fn new() -> Self {
        Self::preset_to(0)
    }

    /// A register below another one, which `STATus:PRESet` enables: its events reach the one
    /// above, whose enable decides. Source: SCPI-99, volume 2, 20.2.
    pub(crate) fn below() -> Self {
        Self::preset_to(ALL)
    }

    fn preset_to(preset_enable: u16) -> Self {
        let parts = Parts { enable: preset_enable, positive: ALL, negative: 0 };
        Self { condition: 0, event: 0, parts, preset_enable }
    }

    /// `STATus:PRESet`: what can be set is as at first, events stay.
    pub(crate) fn preset(&mut self) {
        self.parts = Self::preset_to(self.preset_enable).parts;
    }

    /// Says what is so now; what has changed becomes an event if a filter lets it through.
    pub(crate) fn set_condition(&mut self, condition: u16) {
        let condition = condition & ALL;
        let came = condition & !self.condition & self.parts.positive;
        let went = !condition & self.condition & self.parts.negative;
        self.event |= came | went;
        self.condition = condition;
    }

    /// Says whether one bit is so now.
    pub(crate) fn set_bit(&mut self, bit: u8, on: bool) {
        let mask = 1_u16.checked_shl(u32::from(bit)).unwrap_or(0);
        let others = self.condition & !mask;
        self.set_condition(if on { others | mask } else { others });
    }

    /// Says that something has happened that is no condition: for the filters it comes and goes.
    pub(crate) fn happen(&mut self, bit: u8) {
        let others = self.condition;
        self.set_bit(bit, true);
        self.set_condition(others);
    }

    /// `CONDition?`
    pub(crate) fn condition(&self) -> u16 {
        self.condition
    }

    /// `[EVENt]?`: the events, which are cleared by being read.
    pub(crate) fn take_events(&mut self) -> u16 {
        std::mem::take(&mut self.event)
    }

    /// Whether any event is enabled: what the register above or the status byte is told.
    pub(crate) fn summary(&self) -> bool {
        self.event & self.parts.enable != 0
    }
}

impl Parts {
    /// What is set.
    pub(crate) fn get(&self, part: Part) -> u16 {
        match part {
            Part::Enable => self.enable,
            Part::Positive => self.positive,
            Part::Negative => self.negative,
        }
    }

    /// Sets a part; bit 15 is dropped without an error.
    pub(crate) fn set(&mut self, part: Part, mask: u16) {
        *match part {
            Part::Enable => &mut self.enable,
            Part::Positive => &mut self.positive,
            Part::Negative => &mut self.negative,
        } = mask & ALL;
    }
}

impl Part {
    /// The last node of its command and of its query.
    pub(crate) fn headers(self) -> (&'static str, &'static str) {
        match self {
            Self::Enable => ("ENABle", "ENABle?"),
            Self::Positive => ("PTRansition", "PTRansition?"),
            Self::Negative => ("NTRansition", "NTRansition?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_decide_which_changes_are_events_and_reading_clears_events_only() {
        let mut register = Register::new();
        register.set_condition(0b0110);
        register.set_condition(0b0100);
        assert_eq!((register.condition(), register.take_events()), (0b0100, 0b0110));
        assert_eq!((register.condition(), register.take_events()), (0b0100, 0));
        register.parts.set(Part::Positive, 0);
        register.parts.set(Part::Negative, 0b0100);
        register.set_condition(0b0001);
        assert_eq!(register.take_events(), 0b0100);
    }

    #[test]
    fn what_only_happens_is_an_event_and_no_condition() {
        let mut register = Register::new();
        register.happen(9);
        register.happen(9);
        assert_eq!((register.condition(), register.take_events()), (0, 1 << 9));
        register.parts.set(Part::Positive, 0);
        register.happen(9);
        assert_eq!(register.take_events(), 0);
    }

    #[test]
    fn what_stays_true_is_one_event() {
        let mut register = Register::new();
        register.set_bit(3, true);
        register.take_events();
        register.set_bit(3, true);
        assert_eq!(register.take_events(), 0);
    }

    #[test]
    fn only_enabled_events_are_summed_up_and_bit_15_is_never_there() {
        let mut register = Register::new();
        register.parts.set(Part::Enable, 0xFFFF);
        assert_eq!(register.parts.get(Part::Enable), 0x7FFF);
        register.set_bit(15, true);
        assert!(!register.summary());
        register.parts.set(Part::Enable, 0b10);
        register.set_bit(0, true);
        assert!(!register.summary());
        register.set_bit(1, true);
        assert!(register.summary());
        register.preset();
        assert!(!register.summary() && register.take_events() == 0b11);
    }
}
