//! SCPI's error numbers.

/// One of the standard's errors. Source: SCPI-99, volume 2, chapter 21.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) i16);

macro_rules! codes {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        impl Code {
            $(pub(crate) const $name: Self = Self($number);)*

            /// The text that the standard gives to it.
            pub(crate) fn text(self) -> &'static str {
                match self.0 {
                    $($number => $text,)*
                    _ => "Device-specific error",
                }
            }
        }
    };
}

codes! {
    INVALID_CHARACTER = -101, "Invalid character";
    SYNTAX = -102, "Syntax error";
    INVALID_SEPARATOR = -103, "Invalid separator";
    DATA_TYPE = -104, "Data type error";
    PARAMETER_NOT_ALLOWED = -108, "Parameter not allowed";
    MISSING_PARAMETER = -109, "Missing parameter";
    HEADER_SEPARATOR = -111, "Header separator error";
    MNEMONIC_TOO_LONG = -112, "Program mnemonic too long";
    UNDEFINED_HEADER = -113, "Undefined header";
    SUFFIX_OUT_OF_RANGE = -114, "Header suffix out of range";
    INVALID_NUMBER = -121, "Invalid character in number";
    EXPONENT_TOO_LARGE = -123, "Exponent too large";
    TOO_MANY_DIGITS = -124, "Too many digits";
    INVALID_SUFFIX = -131, "Invalid suffix";
    SUFFIX_TOO_LONG = -134, "Suffix too long";
    SUFFIX_NOT_ALLOWED = -138, "Suffix not allowed";
    INVALID_WORD = -141, "Invalid character data";
    WORD_TOO_LONG = -144, "Character data too long";
    INVALID_STRING = -151, "Invalid string data";
    INVALID_BLOCK = -161, "Invalid block data";
    INVALID_EXPRESSION = -171, "Invalid expression";
    SETTINGS_CONFLICT = -221, "Settings conflict";
    OUT_OF_RANGE = -222, "Data out of range";
    TRIGGER_IGNORED = -211, "Trigger ignored";
    INIT_IGNORED = -213, "Init ignored";
    TRIGGER_DEADLOCK = -214, "Trigger deadlock";
    ILLEGAL_VALUE = -224, "Illegal parameter value";
    OUT_OF_MEMORY = -225, "Out of memory";
    STALE = -230, "Data corrupt or stale";
    DEVICE_SPECIFIC = -300, "Device-specific error";
    QUEUE_OVERFLOW = -350, "Queue overflow";
    INPUT_OVERRUN = -363, "Input buffer overrun";
    INTERRUPTED = -410, "Query INTERRUPTED";
    UNTERMINATED = -420, "Query UNTERMINATED";
    DEADLOCKED = -430, "Query DEADLOCKED";
    UNTERMINATED_AFTER_INDEFINITE = -440, "Query UNTERMINATED after indefinite response";
}

impl Code {
    /// Whether the message could not even be understood: what follows in it is not carried out.
    pub(crate) fn is_command_error(self) -> bool {
        (-199..=-100).contains(&self.0)
    }

    /// The bit of the standard event status register that its class sets.
    ///
    /// Source: SCPI-99, volume 2, 21.8.2 (the classes), IEEE 488.2-1992, 11.5.1 (the bits).
    pub(crate) fn event(self) -> u8 {
        match self.0 {
            -199..=-100 => super::status::COMMAND_ERROR,
            -299..=-200 => super::status::EXECUTION_ERROR,
            -499..=-400 => super::status::QUERY_ERROR,
            _ => super::status::DEVICE_ERROR,
        }
    }
}
