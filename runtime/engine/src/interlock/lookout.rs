//! Looking at one interlock over a session of its own.

use std::sync::Arc;

use pogo_hal::{Error, ErrorKind, Function, Handle, Multimeter, Quantity, Reading, Result, Typed};
use pogo_record::{Asset, InterlockSeen, InterlockState, Value, Verdict, judge};
use tokio::time::timeout;

use super::Interlock;
use crate::bench::{OPEN, Opener, asset_of};
use crate::clock::Clock;
use crate::deadlines::shown;

/// How many power line cycles a look integrates over: enough against hum, and soon over. What the
/// meter was left at may be seconds.
const CYCLES: f64 = 1.0;

/// How many significant digits people are told.
const DIGITS: usize = 4;

/// An interlock whose instrument was opened.
pub(crate) struct Lookout {
    interlock: Interlock,
    meter: Arc<dyn Multimeter>,
    pub(crate) asset: Asset,
}

impl Lookout {
    pub(crate) async fn open(interlock: &Interlock, opener: &dyn Opener) -> Result<Self> {
        let opening = async {
            let opened = opener.open_interlock(&interlock.role).await?;
            let asset = asset_of(&interlock.role, &opened);
            let Handle::Multimeter(meter) = opened.handle else {
                return Err(Error::unsupported("only a multimeter can read an interlock"));
            };
            match meter.set_nplc(interlock.reads, CYCLES).await {
                Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
                _ => Ok(Self { interlock: interlock.clone(), meter, asset }),
            }
        };
        timeout(OPEN, opening).await.unwrap_or_else(|_| {
            Err(Error::timeout(format!("opening took more than {}", shown(OPEN)))
                .with_hint("check power and cable of the instrument"))
        })
    }

    pub(crate) fn interlock(&self) -> &Interlock {
        &self.interlock
    }

    /// What it is now.
    pub(crate) async fn look(&self, clock: &dyn Clock) -> InterlockSeen {
        let limit = self.interlock.role.timeout;
        let read = timeout(limit, self.read()).await.unwrap_or_else(|_| {
            let address = &self.interlock.role.address;
            Err(Error::timeout(format!("no answer from `{address}` in {}", shown(limit)))
                .with_hint("check power and cable of the instrument"))
        });
        seen(&self.interlock, read, clock.now_ns())
    }

    async fn read(&self) -> Result<Reading<Quantity>> {
        fn plain<T: Typed>(reading: Reading<T>) -> Reading<Quantity> {
            reading.map(|value| Quantity::new(value.value(), T::DIMENSION))
        }
        match self.interlock.reads {
            Function::DcVoltage => self.meter.dc_voltage().await.map(plain),
            Function::DcCurrent => self.meter.dc_current().await.map(plain),
            Function::Resistance => self.meter.resistance().await.map(plain),
            Function::FourWireResistance => self.meter.four_wire_resistance().await.map(plain),
            Function::Temperature => self.meter.temperature().await.map(plain),
        }
    }
}

/// What a reading, or the lack of one, says about `interlock`.
pub(crate) fn seen(
    interlock: &Interlock,
    read: Result<Reading<Quantity>>,
    at_ns: u64,
) -> InterlockSeen {
    let Interlock { reads, closed, .. } = interlock;
    let (name, reads) = (interlock.name(), reads.name());
    let mut seen = InterlockSeen {
        interlock: name.to_owned(),
        state: InterlockState::Closed,
        reads: reads.to_owned(),
        value: None,
        raw: None,
        closed: closed.clone(),
        at_ns,
        message: None,
        hint: None,
    };
    match read {
        Ok(Reading { value, raw }) => {
            let judged = Value::from(&value);
            // A meter that shows overload shows that the circuit is not closed.
            if judge(&judged, closed) != Ok(Verdict::Pass) {
                let shown = match value.value().is_finite() {
                    true => value.rounded(DIGITS),
                    false => format!("overload (`{raw}`)"),
                };
                seen.state = InterlockState::Open;
                seen.message =
                    Some(format!("interlock `{name}` is open: {reads} is {shown}, not {closed}"));
                seen.hint = Some(CLOSE_IT.into());
            }
            (seen.value, seen.raw) = (Some(judged), Some(raw));
        }
        Err(error) => {
            seen.state = InterlockState::Unreadable;
            seen.message = Some(format!("interlock `{name}` cannot be read: {error}"));
            seen.hint = Some(error.hint().unwrap_or(CHECK_IT).into());
        }
    }
    seen
}

const CLOSE_IT: &str = "close it and run again";
const CHECK_IT: &str = "check power and cable of the instrument that reads it";
