//! Whether it helps to clear a device.

use pogo_hal::Result;

/// What became of the last device clear by which a session recovered. An instrument may carry out
/// device clears and still be slow with everything else on that connection: then another one is in
/// vain, and only a fresh connection helps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cleared {
    /// There was none, or a response came after it.
    #[default]
    Fit,
    /// Nothing was read since.
    Untried,
    /// What was to be read next did not come.
    InVain,
}

impl Cleared {
    /// Whether another one is worth a try.
    pub fn helps(self) -> bool {
        self != Self::InVain
    }

    /// The connection was cleared.
    pub fn now(&mut self) {
        *self = Self::Untried;
    }

    /// Something is read: `read` has its outcome, and may be dropped half way.
    pub async fn watch(&mut self, read: impl Future<Output = Result<()>>) -> Result<()> {
        let first = *self == Self::Untried;
        if first {
            *self = Self::InVain;
        }
        read.await?;
        if first {
            *self = Self::Fit;
        }
        Ok(())
    }
}
