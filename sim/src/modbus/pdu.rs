//! The wire face of a device: a request in, a response out.
//!
//! The order of the checks is that of the standard's state diagrams: function, quantity, address,
//! value. Source: MODBUS Application Protocol Specification V1.1b3, 6.1 to 6.17 and 7.

use pogo_hal::{
    MOST_COILS_READ, MOST_COILS_WRITTEN, MOST_REGISTERS_READ, MOST_REGISTERS_WRITTEN,
    ModbusException, Table,
};

/// What a request works on.
pub(super) trait Answers {
    /// What stands at `count` addresses from `address` on.
    fn read(&mut self, table: Table, address: u16, count: u16)
    -> Result<Vec<u16>, ModbusException>;

    /// Lets `words` stand at the addresses from `address` on.
    fn write(&mut self, table: Table, address: u16, words: &[u16]) -> Result<(), ModbusException>;
}

/// The response to `request`.
pub(super) fn respond(request: &[u8], device: &mut impl Answers) -> Vec<u8> {
    let function = request.first().copied().unwrap_or(0);
    match carry_out(function, request.get(1..).unwrap_or(&[]), device) {
        Ok(data) => [&[function][..], &data].concat(),
        Err(exception) => except(function, exception),
    }
}

/// The response that declines a request with that function.
pub(super) fn except(function: u8, exception: ModbusException) -> Vec<u8> {
    vec![function | 0x80, exception.0]
}

fn carry_out(
    function: u8,
    data: &[u8],
    device: &mut impl Answers,
) -> Result<Vec<u8>, ModbusException> {
    let invalid = ModbusException::ILLEGAL_DATA_VALUE;
    let word = |at: usize| Some(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?]));
    let table = match function {
        1 | 5 | 15 => Table::Coil,
        2 => Table::Discrete,
        3 | 6 | 16 => Table::Holding,
        4 => Table::Input,
        8 => return diagnose(data),
        _ => return Err(ModbusException::ILLEGAL_FUNCTION),
    };
    let (Some(address), Some(second)) = (word(0), word(2)) else { return Err(invalid) };
    let exactly = |length: usize| if data.len() == length { Ok(()) } else { Err(invalid) };
    match function {
        1..=4 => {
            exactly(4)?;
            let most = if table.is_of_bits() { MOST_COILS_READ } else { MOST_REGISTERS_READ };
            let count = counted(second, usize::from(most))?;
            let words = device.read(table, address, count)?;
            let bytes = if table.is_of_bits() { pack(&words) } else { joined(&words) };
            let length = u8::try_from(bytes.len()).map_err(|_| invalid)?;
            Ok([&[length][..], &bytes].concat())
        }
        5 | 6 => {
            exactly(4)?;
            let value = match (function, second) {
                (5, 0) => 0,
                (5, 0xFF00) => 1,
                (5, _) => return Err(invalid),
                (_, value) => value,
            };
            device.write(table, address, &[value])?;
            Ok(data.to_vec())
        }
        _ => {
            let bits = function == 15;
            let most = if bits { MOST_COILS_WRITTEN } else { MOST_REGISTERS_WRITTEN };
            let count = usize::from(counted(second, most)?);
            let bytes = data.get(5..).unwrap_or(&[]);
            let length = if bits { count.div_ceil(8) } else { count * 2 };
            if data.get(4).map(|it| usize::from(*it)) != Some(length) || bytes.len() != length {
                return Err(invalid);
            }
            let words: Vec<u16> = match bits {
                true => (0..count).map(|it| u16::from(bytes[it / 8] >> (it % 8) & 1)).collect(),
                false => {
                    bytes.chunks_exact(2).map(|it| u16::from_be_bytes([it[0], it[1]])).collect()
                }
            };
            device.write(table, address, &words)?;
            Ok(data[..4].to_vec())
        }
    }
}

/// Diagnostics, of which there is the first: the data come back. Source: V1.1b3, 6.8.1.
fn diagnose(data: &[u8]) -> Result<Vec<u8>, ModbusException> {
    match data {
        [0, 0, _, _] => Ok(data.to_vec()),
        [_, _, _, _] => Err(ModbusException::ILLEGAL_FUNCTION),
        _ => Err(ModbusException::ILLEGAL_DATA_VALUE),
    }
}

fn counted(count: u16, most: usize) -> Result<u16, ModbusException> {
    match usize::from(count) {
        1.. if usize::from(count) <= most => Ok(count),
        _ => Err(ModbusException::ILLEGAL_DATA_VALUE),
    }
}

fn joined(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|it| it.to_be_bytes()).collect()
}

/// Eight bits to a byte, the first one least significant.
fn pack(bits: &[u16]) -> Vec<u8> {
    let byte = |eight: &[u16]| {
        let set = eight.iter().enumerate().filter(|(_, it)| **it == 1);
        set.fold(0, |byte, (at, _)| byte | 1 << at)
    };
    bits.chunks(8).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The devices of the standard's examples: whatever was put into them.
    #[derive(Default)]
    struct Example(BTreeMap<(Table, u16), u16>);

    impl Answers for Example {
        fn read(
            &mut self,
            table: Table,
            address: u16,
            count: u16,
        ) -> Result<Vec<u16>, ModbusException> {
            let at = |more| self.0.get(&(table, address.checked_add(more)?)).copied();
            let all: Option<_> = (0..count).map(at).collect();
            all.ok_or(ModbusException::ILLEGAL_DATA_ADDRESS)
        }

        fn write(
            &mut self,
            table: Table,
            address: u16,
            words: &[u16],
        ) -> Result<(), ModbusException> {
            self.read(table, address, words.len() as u16)?;
            self.0.extend((address..).zip(words).map(|(at, word)| ((table, at), *word)));
            Ok(())
        }
    }

    fn device(table: Table, address: u16, words: &[u16]) -> Example {
        Example((address..).zip(words).map(|(at, word)| ((table, at), *word)).collect())
    }

    fn bits(bytes: &[u8], count: usize) -> Vec<u16> {
        (0..count).map(|it| u16::from(bytes[it / 8] >> (it % 8) & 1)).collect()
    }

    #[test]
    fn the_standards_own_examples_are_answered_as_it_says() {
        // V1.1b3, the examples of 6.1 to 6.6, 6.8.1, 6.11 and 6.12.
        let coils = bits(&[0xCD, 0x6B, 0x05], 19);
        let inputs = bits(&[0xAC, 0xDB, 0x35], 22);
        for (table, from, words, request, response) in [
            (Table::Coil, 19, &coils[..], &[1, 0, 0x13, 0, 0x13][..], &[1, 3, 0xCD, 0x6B, 5][..]),
            (Table::Discrete, 196, &inputs, &[2, 0, 0xC4, 0, 0x16], &[2, 3, 0xAC, 0xDB, 0x35]),
            (
                Table::Holding,
                107,
                &[555, 0, 100],
                &[3, 0, 0x6B, 0, 3],
                &[3, 6, 2, 0x2B, 0, 0, 0, 0x64],
            ),
            (Table::Input, 8, &[10], &[4, 0, 8, 0, 1], &[4, 2, 0, 10]),
            (Table::Coil, 172, &[0], &[5, 0, 0xAC, 0xFF, 0], &[5, 0, 0xAC, 0xFF, 0]),
            (Table::Holding, 1, &[0], &[6, 0, 1, 0, 3], &[6, 0, 1, 0, 3]),
            (Table::Coil, 0, &[], &[8, 0, 0, 0xA5, 0x37], &[8, 0, 0, 0xA5, 0x37]),
            (Table::Coil, 19, &[0; 10], &[15, 0, 0x13, 0, 10, 2, 0xCD, 1], &[15, 0, 0x13, 0, 10]),
            (Table::Holding, 1, &[0; 2], &[16, 0, 1, 0, 2, 4, 0, 10, 1, 2], &[16, 0, 1, 0, 2]),
        ] {
            let mut device = device(table, from, words);
            assert_eq!(respond(request, &mut device), response, "{request:02X?}");
        }
        let mut device = device(Table::Coil, 19, &[0; 10]);
        respond(&[15, 0, 0x13, 0, 10, 2, 0xCD, 1], &mut device);
        assert_eq!(device.read(Table::Coil, 19, 10).unwrap(), bits(&[0xCD, 1], 10));
    }

    #[test]
    fn what_cannot_be_is_declined_with_the_exception_that_the_standard_says() {
        for (request, exception) in [
            (&[3, 0, 0, 0, 0][..], 3),
            (&[3, 0, 0, 0, 126], 3),
            (&[1, 0, 0, 0x07, 0xD1], 3),
            (&[3, 0, 1, 0, 2], 2),
            (&[3, 0xFF, 0xFF, 0, 2], 2),
            (&[4, 0, 0, 0, 1], 2),
            (&[6, 0, 9, 0, 1], 2),
            (&[5, 0, 0, 0xFF, 1], 3),
            (&[16, 0, 0, 0, 1, 3, 0, 0, 0], 3),
            (&[16, 0, 0, 0, 1, 2, 0], 3),
            (&[15, 0, 0, 0, 0, 0], 3),
            (&[3, 0, 0, 0], 3),
            (&[8, 0, 1, 0, 0], 1),
            (&[0x63, 1], 1),
            (&[], 1),
        ] {
            let mut device = device(Table::Holding, 0, &[1, 2]);
            let response = respond(request, &mut device);
            let function = request.first().copied().unwrap_or(0);
            assert_eq!(response, [function | 0x80, exception], "{request:02X?}");
        }
    }

    proptest! {
        #[test]
        fn no_request_makes_it_panic_or_answer_more_than_fits(
            request in prop::collection::vec(any::<u8>(), 0..260),
        ) {
            let mut device = device(Table::Holding, 0, &[0; 200]);
            let response = respond(&request, &mut device);
            prop_assert!((2..=253).contains(&response.len()));
        }
    }
}
