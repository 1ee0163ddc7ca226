//! The promises of [`Modbus`].

use super::{Verdict, promise, worked};
use crate::{
    ErrorKind, MOST_COILS_READ, MOST_REGISTERS_READ, MOST_REGISTERS_WRITTEN, Modbus, Register,
    RegisterValue, SafeState,
};

/// What of a device may be written while it is checked, and where it has nothing.
#[derive(Clone, Debug)]
pub struct Registers<'a> {
    /// Two holding registers in a row that keep what is written.
    pub holding: u16,
    /// Two coils in a row that keep what is written.
    pub coils: u16,
    /// An address where the device has neither holding nor input register.
    pub nothing: u16,
    /// An entry of the map that keeps what is written, and a value for it.
    pub entry: (&'a Register, RegisterValue),
}

/// Checks that `device` keeps the promises of its trait: what is written is read, in order and each
/// by itself; an exception is `Refused` and named; what no frame holds is not sent; entries of the
/// map keep their values; and [`make_safe`](crate::Instrument::make_safe) is true.
///
/// # Errors
///
/// The first broken promise.
pub async fn modbus(device: &dyn Modbus, registers: Registers<'_>) -> Verdict {
    let Registers { holding, coils, nothing, entry: (register, value) } = registers;
    worked("make_safe", device.make_safe().await)?;
    for words in [[0x0102, 0xFFFE], [0, 0x8000]] {
        worked("write_registers", device.write_registers(holding, &words).await)?;
        let read = worked("read", device.read_holding_registers(holding, 2).await)?;
        promise(read == words, || format!("{words:04X?} were written, {read:04X?} are read"))?;
        let second = holding.saturating_add(1);
        worked("write one register", device.write_registers(second, &[7]).await)?;
        let read = worked("read", device.read_holding_registers(holding, 2).await)?;
        promise(read == [words[0], 7], || format!("one register was written, {read:04X?} came"))?;
    }
    for bits in [[true, false], [false, true]] {
        worked("write_coils", device.write_coils(coils, &bits).await)?;
        let read = worked("read_coils", device.read_coils(coils, 2).await)?;
        promise(read == bits, || format!("coils {bits:?} were written, {read:?} are read"))?;
        worked("write one coil", device.write_coils(coils, &[true]).await)?;
        let read = worked("read_coils", device.read_coils(coils, 2).await)?;
        promise(read == [true, bits[1]], || format!("one coil was written, {read:?} came"))?;
    }

    let refusal = device.read_holding_registers(nothing, 1).await.map(drop);
    named(&refusal, "reading a holding register that is not there")?;
    let refusal = device.read_input_registers(nothing, 1).await.map(drop);
    named(&refusal, "reading an input register that is not there")?;
    let refusal = device.write_registers(nothing, &[1]).await;
    named(&refusal, "writing a register that is not there")?;

    let too_many = vec![0; MOST_REGISTERS_WRITTEN + 1];
    for (what, outcome) in [
        (
            "reading 126 registers",
            device.read_holding_registers(0, MOST_REGISTERS_READ + 1).await.map(drop),
        ),
        ("reading no register", device.read_input_registers(0, 0).await.map(drop)),
        ("reading 2001 coils", device.read_coils(0, MOST_COILS_READ + 1).await.map(drop)),
        ("reading beyond 65535", device.read_discrete_inputs(u16::MAX, 2).await.map(drop)),
        ("writing 124 registers", device.write_registers(0, &too_many).await),
        ("writing no coil", device.write_coils(0, &[]).await),
    ] {
        promise(matches!(&outcome, Err(error) if error.kind() == ErrorKind::OutOfRange), || {
            format!("{what} is out of range and not sent: {outcome:?}")
        })?;
    }

    worked("set", device.set(register, &value).await)?;
    let read = worked("get", device.get(register).await)?;
    promise(read.value.to_string() == value.to_string(), || {
        format!("`{}` was set to {value} and is {}", register.name, read.value)
    })?;
    promise(!read.raw.is_empty(), || "a reading carries its words".into())?;

    let safe = worked("make_safe", device.make_safe().await)?;
    let declared = device.map().safe().count();
    promise(declared == 0 || matches!(safe, SafeState::Confirmed { .. }), || {
        format!("make_safe with {declared} safe values gives {safe:?}")
    })?;
    for (register, safe) in device.map().safe() {
        let read = worked("get", device.get(register).await)?;
        promise(read.value.to_string() == safe.to_string(), || {
            format!("`{}` is {} after make_safe, not {safe}", register.name, read.value)
        })?;
    }
    Ok(())
}

fn named(outcome: &crate::Result<()>, what: &str) -> Verdict {
    let named = |error: &crate::Error| {
        error.kind() == ErrorKind::Refused
            && error.message().contains("exception 2, illegal data address")
    };
    promise(matches!(outcome, Err(error) if named(error)), || {
        format!("{what} is refused with exception 2 by name: {outcome:?}")
    })
}
