//! Frames: a request or response with what a wire puts around it.

/// What a wire puts around a request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A header with transaction, length and unit. Source: MODBUS Messaging on TCP/IP V1.0b, 3.1.3.
    Tcp,
    /// The unit before it and a checksum behind it. Source: MODBUS over Serial Line V1.02, 2.5.1.
    Rtu,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// What its answer has to repeat; nothing on a serial line.
    pub(super) transaction: u16,
    /// Whom it is for.
    pub(super) unit: u8,
    /// Function and data.
    pub(super) pdu: Vec<u8>,
}

/// What a buffer begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A frame of so many bytes.
    Whole(Frame, usize),
    /// The beginning of one.
    Part,
    /// Nothing that could become one.
    Nonsense,
}

/// The longest request: function and data.
const LONGEST: usize = 253;

impl Framing {
    /// What `bytes` begin with.
    pub(super) fn find(self, bytes: &[u8]) -> Found {
        match self {
            Self::Tcp => find_tcp(bytes),
            Self::Rtu => find_rtu(bytes),
        }
    }

    /// What `bytes` are after which the line has been quiet: on a serial line that ends a frame,
    /// whatever its function.
    pub(super) fn ended(self, bytes: &[u8]) -> Option<Frame> {
        match (self, bytes) {
            (Self::Rtu, [body @ .., _, _]) if body.len() >= 2 && sums_up(bytes) => {
                Some(Frame { transaction: 0, unit: body[0], pdu: body[1..].to_vec() })
            }
            _ => None,
        }
    }

    /// `pdu` as the answer to `frame`.
    pub(super) fn wrap(self, frame: &Frame, pdu: &[u8]) -> Vec<u8> {
        match self {
            Self::Tcp => {
                let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX);
                let mut bytes = frame.transaction.to_be_bytes().to_vec();
                bytes.extend([0, 0]);
                bytes.extend(length.to_be_bytes());
                bytes.push(frame.unit);
                bytes.extend(pdu);
                bytes
            }
            Self::Rtu => {
                let mut bytes = vec![frame.unit];
                bytes.extend(pdu);
                let sum = checksum(&bytes);
                bytes.extend(sum.to_le_bytes());
                bytes
            }
        }
    }
}

fn find_tcp(bytes: &[u8]) -> Found {
    let [t1, t0, p1, p0, l1, l0, unit, rest @ ..] = bytes else { return Found::Part };
    let length = usize::from(u16::from_be_bytes([*l1, *l0]));
    if (*p1, *p0) != (0, 0) || !(2..=LONGEST + 1).contains(&length) {
        return Found::Nonsense;
    }
    match rest.get(..length - 1) {
        None => Found::Part,
        Some(pdu) => {
            let transaction = u16::from_be_bytes([*t1, *t0]);
            Found::Whole(Frame { transaction, unit: *unit, pdu: pdu.to_vec() }, 6 + length)
        }
    }
}

fn find_rtu(bytes: &[u8]) -> Found {
    let [unit, function, data @ ..] = bytes else { return Found::Part };
    let length = match function {
        1..=6 | 8 => 4,
        15 | 16 => match data.get(4) {
            Some(count) => 5 + usize::from(*count),
            None => return Found::Part,
        },
        22 => 6,
        23 => match data.get(8) {
            Some(count) => 9 + usize::from(*count),
            None => return Found::Part,
        },
        // Only the quiet behind it says how long it is.
        _ => return Found::Part,
    };
    match bytes.get(..length + 4) {
        None => Found::Part,
        Some(whole) if sums_up(whole) => {
            let pdu = whole[1..length + 2].to_vec();
            Found::Whole(Frame { transaction: 0, unit: *unit, pdu }, length + 4)
        }
        Some(_) => Found::Nonsense,
    }
}

fn sums_up(frame: &[u8]) -> bool {
    match frame {
        [body @ .., low, high] => checksum(body) == u16::from_le_bytes([*low, *high]),
        _ => false,
    }
}

/// The CRC-16 of serial lines. Source: MODBUS over Serial Line V1.02, 6.2.2.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |sum, byte| {
        (0..8).fold(
            sum ^ u16::from(*byte),
            |sum, _| {
                if sum & 1 == 1 { sum >> 1 ^ 0xA001 } else { sum >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_checksum_is_that_of_the_standards_example() {
        // MODBUS over Serial Line V1.02, 6.2.2: address 02, function 07 sum up to 0x1241.
        assert_eq!(checksum(&[0x02, 0x07]), 0x1241);
    }

    #[test]
    fn a_frame_is_found_once_it_is_whole_and_nonsense_is_told_from_a_part() {
        // V1.1b3, 6.3: read holding registers 108 to 110.
        let pdu = [0x03, 0x00, 0x6B, 0x00, 0x03];
        for (framing, transaction) in [(Framing::Tcp, 0x1501), (Framing::Rtu, 0)] {
            let frame = Frame { transaction, unit: 17, pdu: pdu.to_vec() };
            let bytes = framing.wrap(&frame, &pdu);
            for end in 0..bytes.len() {
                assert_eq!(framing.find(&bytes[..end]), Found::Part, "{framing:?}, {end}");
            }
            let more = [&bytes[..], &[9]].concat();
            assert_eq!(framing.find(&more), Found::Whole(frame, bytes.len()));
            let mut wrong = bytes.clone();
            wrong[2] ^= 0x40;
            assert_eq!(framing.find(&wrong), Found::Nonsense, "{framing:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_a_frame_is_never_longer_than_they_are(
            bytes in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            for framing in [Framing::Tcp, Framing::Rtu] {
                if let Found::Whole(_, length) = framing.find(&bytes) {
                    prop_assert!(length <= bytes.len());
                }
                _ = framing.ended(&bytes);
            }
        }
    }

    #[test]
    fn a_frame_of_an_unknown_function_is_ended_by_quiet_if_it_sums_up() {
        let frame = Frame { transaction: 0, unit: 1, pdu: vec![0x63, 1, 2] };
        let mut bytes = Framing::Rtu.wrap(&frame, &frame.pdu);
        assert_eq!(Framing::Rtu.find(&bytes), Found::Part);
        assert_eq!(Framing::Rtu.ended(&bytes), Some(frame));
        bytes[2] ^= 1;
        assert_eq!(Framing::Rtu.ended(&bytes), None);
        assert_eq!(Framing::Rtu.ended(&[1]), None);
    }
}
