//! What a register holds, and its words.

use std::fmt;

use super::map::{Form, Register};
use super::numeric::Numeric;
use crate::{Error, Quantity};

/// What a register holds.
#[derive(Clone, Debug)]
pub enum RegisterValue {
    /// An amount of something, or a plain number that is scaled.
    Quantity(Quantity),
    /// A whole number of nothing in particular.
    Integer(i64),
    /// A bit.
    Bool(bool),
    /// A text.
    Text(String),
}

impl fmt::Display for RegisterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantity(it) => it.fmt(f),
            Self::Integer(it) => it.fmt(f),
            Self::Bool(it) => it.fmt(f),
            Self::Text(it) => write!(f, "`{it}`"),
        }
    }
}

impl RegisterValue {
    fn what(&self) -> String {
        match self {
            Self::Quantity(it) => it.dimension().with_article().to_owned(),
            Self::Integer(_) => "a plain number".to_owned(),
            Self::Bool(_) => "a boolean".to_owned(),
            Self::Text(_) => "a text".to_owned(),
        }
    }
}

/// What is on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Of coils and discrete inputs.
    Bits(Vec<bool>),
    /// Of registers.
    Words(Vec<u16>),
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = match self {
            Self::Bits(bits) => bits.iter().map(|it| u8::from(*it).to_string()).collect(),
            Self::Words(words) => words.iter().map(|it| format!("0x{it:04X}")).collect(),
        };
        f.write_str(&all.join(" "))
    }
}

/// Why a value and a register do not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Misfit {
    fn new(message: String) -> Self {
        Self { message, hint: None }
    }

    /// As an error of a request that was not sent.
    pub(super) fn out_of_range(self) -> Error {
        self.hinted(Error::out_of_range)
    }

    /// As an error of an answer that makes no sense.
    pub(super) fn garbled(self) -> Error {
        self.hinted(Error::garbled)
    }

    fn hinted(self, error: impl FnOnce(String) -> Error) -> Error {
        let error = error(self.message);
        match self.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

impl Register {
    /// The value that `contents` are.
    ///
    /// # Errors
    ///
    /// They hold nothing of this register's type.
    pub fn decode(&self, contents: &Contents) -> Result<RegisterValue, Misfit> {
        let no = || Misfit::new(format!("`{}` cannot be {contents}", self.name));
        Ok(match (&self.form, contents) {
            (Form::Flag, Contents::Bits(bits)) => {
                RegisterValue::Bool(*bits.first().ok_or_else(no)?)
            }
            (Form::Number(it), Contents::Words(words)) => {
                let number = it.number(words).ok_or_else(no)?;
                match it.is_integer() {
                    true => RegisterValue::Integer(number as i64),
                    false => RegisterValue::Quantity(it.quantity(number)),
                }
            }
            (Form::Bits { bit }, Contents::Words(words)) => {
                let word = *words.first().ok_or_else(no)?;
                match bit {
                    Some(bit) => RegisterValue::Bool(word >> bit & 1 == 1),
                    None => RegisterValue::Integer(i64::from(word)),
                }
            }
            (Form::Text { length }, Contents::Words(words)) => {
                let bytes = words.iter().flat_map(|it| it.to_be_bytes());
                let bytes = bytes.take(usize::from(*length)).take_while(|it| *it != 0).collect();
                let text = String::from_utf8(bytes).map_err(|_| no())?;
                RegisterValue::Text(text.trim_end().to_owned())
            }
            _ => return Err(no()),
        })
    }

    /// What to write so that it holds `value`.
    ///
    /// # Errors
    ///
    /// It is not written, `value` is nothing that it holds, or beyond its range.
    pub fn encode(&self, value: &RegisterValue) -> Result<Contents, Misfit> {
        self.may_be_written()?;
        self.contents(value)
    }

    /// Whether it may be read.
    ///
    /// # Errors
    ///
    /// The map says that it is only written.
    pub fn may_be_read(&self) -> Result<(), Misfit> {
        if self.access.reads() {
            return Ok(());
        }
        let hint = Some("the register map says `access = \"write\"`".to_owned());
        Err(Misfit { message: format!("`{}` cannot be read", self.name), hint })
    }

    /// Whether it may be written.
    ///
    /// # Errors
    ///
    /// The map says that it is only read.
    pub fn may_be_written(&self) -> Result<(), Misfit> {
        if self.access.writes() {
            return Ok(());
        }
        let hint = match self.table.is_writable() {
            true => "the register map says `access = \"read\"`, or nothing".to_owned(),
            false => format!("no device lets its {}s be written", self.table.entry()),
        };
        Err(Misfit { message: format!("`{}` cannot be written", self.name), hint: Some(hint) })
    }

    /// The contents that are `value`, whoever puts them there.
    ///
    /// # Errors
    ///
    /// `value` is nothing that it holds, or beyond its range.
    pub fn contents(&self, value: &RegisterValue) -> Result<Contents, Misfit> {
        let wrong = |wanted: &str, hint: Option<String>| Misfit {
            message: format!("{value} is {}; `{}` is {wanted}", value.what(), self.name),
            hint,
        };
        match (&self.form, value) {
            (Form::Flag, RegisterValue::Bool(bit)) => Ok(Contents::Bits(vec![*bit])),
            (Form::Flag, _) => Err(wrong("`true` or `false`", None)),
            (Form::Number(it), RegisterValue::Integer(number)) if it.unit.is_none() => {
                self.words(it, *number as f64)
            }
            (Form::Number(it), RegisterValue::Integer(_)) => {
                let unit = it.unit.map_or("", |it| it.name);
                let what = it.dimension().with_article();
                Err(Misfit {
                    message: format!("{value} has no unit; `{}` is {what}", self.name),
                    hint: Some(format!("write `{value}.{unit}`")),
                })
            }
            (Form::Number(it), RegisterValue::Quantity(quantity)) => {
                if quantity.dimension() != it.dimension() {
                    return Err(wrong(it.dimension().with_article(), None));
                }
                let number = it.unit.map_or(quantity.value(), |it| it.from_base(quantity.value()));
                self.words(it, number)
            }
            (Form::Number(it), _) => Err(wrong(it.dimension().with_article(), None)),
            (Form::Bits { bit: None }, RegisterValue::Integer(number)) => {
                let word = u16::try_from(*number).map_err(|_| {
                    Misfit::new(format!("`{}` is a word of 16 bits, and {number} none", self.name))
                })?;
                Ok(Contents::Words(vec![word]))
            }
            (Form::Bits { .. }, _) => Err(wrong("a word of 16 bits", None)),
            (Form::Text { length }, RegisterValue::Text(text)) => {
                if text.len() > usize::from(*length) || !text.is_ascii() {
                    let message = format!("`{}` holds {length} ASCII characters", self.name);
                    return Err(Misfit::new(message));
                }
                let mut bytes = text.clone().into_bytes();
                bytes.resize(usize::from(self.count()) * 2, 0);
                let pairs = bytes.chunks_exact(2);
                Ok(Contents::Words(pairs.map(|it| u16::from_be_bytes([it[0], it[1]])).collect()))
            }
            (Form::Text { .. }, _) => Err(wrong("a text", None)),
        }
    }

    fn words(&self, it: &Numeric, number: f64) -> Result<Contents, Misfit> {
        let (least, most) = it.range();
        // What is not there is not in the range either.
        if (least..=most).contains(&number)
            && let Some(words) = it.words(number)
        {
            return Ok(Contents::Words(words));
        }
        let (number, least, most) = (it.quantity(number), it.quantity(least), it.quantity(most));
        Err(Misfit {
            message: format!("{number} is not from {least} to {most}; nothing was sent"),
            hint: Some(format!("`{}` in the register map says so", self.name)),
        })
    }
}
