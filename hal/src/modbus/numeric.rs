//! Numbers in registers: how their words are put together, and what a count is worth.

use crate::{Dimension, Quantity, Unit};

/// How a number is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberType {
    /// Unsigned, one word.
    U16,
    /// Two's complement, one word.
    I16,
    /// Unsigned, two words.
    U32,
    /// Two's complement, two words.
    I32,
    /// IEEE 754 binary32, two words.
    F32,
}

impl NumberType {
    /// How many words it takes.
    pub fn words(self) -> u16 {
        match self {
            Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
        }
    }

    /// The least and the most that it holds.
    fn bounds(self) -> (f64, f64) {
        match self {
            Self::U16 => (0.0, f64::from(u16::MAX)),
            Self::I16 => (f64::from(i16::MIN), f64::from(i16::MAX)),
            Self::U32 => (0.0, f64::from(u32::MAX)),
            Self::I32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
            Self::F32 => (f64::from(f32::MIN), f64::from(f32::MAX)),
        }
    }
}

/// Which word of two comes first. Within a word, the protocol says it: the high byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WordOrder {
    /// The high word.
    #[default]
    Big,
    /// The low word.
    Little,
}

/// A number: `count × scale + offset`, of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Numeric {
    /// How the count is kept.
    pub kind: NumberType,
    /// Which word comes first.
    pub order: WordOrder,
    /// What one count is worth, in the unit.
    pub scale: f64,
    /// What a count of zero is worth, in the unit.
    pub offset: f64,
    /// The unit; `None` for a plain number.
    pub unit: Option<&'static Unit>,
    /// The least that may be written, in the unit.
    pub least: Option<f64>,
    /// The most that may be written, in the unit.
    pub most: Option<f64>,
}

impl Numeric {
    /// What it is an amount of.
    pub fn dimension(&self) -> Dimension {
        self.unit.map_or(Dimension::Number, |it| it.dimension)
    }

    /// Whether it is a whole number of nothing in particular.
    pub fn is_integer(&self) -> bool {
        self.unit.is_none()
            && self.kind != NumberType::F32
            && self.scale == 1.0
            && self.offset == 0.0
    }

    /// The number that `words` hold, in the unit; `None` if there are not as many as it takes.
    pub(super) fn number(&self, words: &[u16]) -> Option<f64> {
        let count = match (self.kind, words) {
            (NumberType::U16, [word]) => f64::from(*word),
            (NumberType::I16, [word]) => f64::from(word.cast_signed()),
            (_, [first, second]) => {
                let (high, low) = match self.order {
                    WordOrder::Big => (*first, *second),
                    WordOrder::Little => (*second, *first),
                };
                let both = u32::from(high) << 16 | u32::from(low);
                match self.kind {
                    NumberType::U32 => f64::from(both),
                    NumberType::I32 => f64::from(both.cast_signed()),
                    NumberType::F32 => f64::from(f32::from_bits(both)),
                    NumberType::U16 | NumberType::I16 => return None,
                }
            }
            _ => return None,
        };
        Some(self.scaled(count) + self.offset)
    }

    /// The words that hold `number` of the unit, as near as a count comes; `None` if none does.
    pub(super) fn words(&self, number: f64) -> Option<Vec<u16>> {
        let exact = self.unscaled(number - self.offset);
        let count = if self.kind == NumberType::F32 { exact } else { exact.round() };
        let (least, most) = self.kind.bounds();
        if !(least..=most).contains(&count) {
            return None;
        }
        let both = match self.kind {
            NumberType::U16 => return Some(vec![count as u16]),
            NumberType::I16 => return Some(vec![(count as i16).cast_unsigned()]),
            NumberType::U32 => count as u32,
            NumberType::I32 => (count as i32).cast_unsigned(),
            NumberType::F32 => (count as f32).to_bits(),
        };
        let (high, low) = ((both >> 16) as u16, both as u16);
        Some(match self.order {
            WordOrder::Big => vec![high, low],
            WordOrder::Little => vec![low, high],
        })
    }

    /// The least and the most that can be written, in the unit.
    pub fn range(&self) -> (f64, f64) {
        let (low, high) = self.kind.bounds();
        let ends = [low, high].map(|it| self.scaled(it) + self.offset);
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        (self.least.map_or(low, |it| it.max(low)), self.most.map_or(high, |it| it.min(high)))
    }

    /// `number` as it is shown.
    pub fn quantity(&self, number: f64) -> Quantity {
        self.unit.map_or_else(|| Quantity::number(number), |unit| Quantity::of(number, unit))
    }

    fn scaled(&self, count: f64) -> f64 {
        match self.divisor() {
            Some(divisor) => count / divisor,
            None => count * self.scale,
        }
    }

    fn unscaled(&self, number: f64) -> f64 {
        match self.divisor() {
            Some(divisor) => number * divisor,
            None => number / self.scale,
        }
    }

    /// 10 for a scale of 0.1: 3 / 10 is 0.3, correctly rounded, where 3 * 0.1 is not.
    fn divisor(&self) -> Option<f64> {
        let divisor = (1.0 / self.scale).round();
        (divisor.abs() > 1.0 && divisor * self.scale == 1.0).then_some(divisor)
    }
}
