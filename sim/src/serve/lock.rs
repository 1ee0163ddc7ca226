//! Who may talk to an instrument.
//!
//! One lock per instrument for all faces that have locks. Source: VPP-4.3, "The VISA Library",
//! 3.6 (exclusive and shared locks), which IVI-6.1, 6.5 and VXI-11, B.5.3 give to the wire.

use std::collections::BTreeSet;

use tokio::sync::watch;

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Lock(watch::Sender<Held>);

/// Who holds what. Clients are numbers.
#[derive(Debug, Default)]
pub(super) struct Held {
    exclusive: Option<u64>,
    key: Vec<u8>,
    shared: BTreeSet<u64>,
}

/// What became of an attempt to lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The client has it.
    Granted,
    /// Somebody else is in the way.
    Taken,
    /// The client has it already.
    Held,
}

/// What a client has given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Released {
    Exclusive,
    Shared,
    Nothing,
}

impl Lock {
    /// Nobody has it.
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Held::default()))
    }

    /// Tells whenever somebody takes or gives back a lock.
    pub(super) fn watch(&self) -> watch::Receiver<Held> {
        self.0.subscribe()
    }

    /// Whether a lock of somebody else keeps `client` from talking to the instrument.
    pub(super) fn keeps_out(&self, client: u64) -> bool {
        let held = self.0.borrow();
        match held.exclusive {
            Some(holder) => holder != client,
            None => !held.shared.is_empty() && !held.shared.contains(&client),
        }
    }

    /// Tries to give `client` the exclusive lock, or the one that is shared by all who know
    /// `key`.
    pub(super) fn attempt(&self, client: u64, key: Option<&[u8]>) -> Attempt {
        let mut outcome = Attempt::Taken;
        self.0.send_if_modified(|held| {
            outcome = held.attempt(client, key);
            outcome == Attempt::Granted
        });
        outcome
    }

    /// Takes a lock away from `client`, the exclusive one first.
    pub(super) fn release(&self, client: u64) -> Released {
        let mut released = Released::Nothing;
        self.0.send_if_modified(|held| {
            released = held.release(client);
            released != Released::Nothing
        });
        released
    }

    /// Takes every lock away from `client`, which is gone.
    pub(super) fn forget(&self, client: u64) {
        while self.release(client) != Released::Nothing {}
    }

    /// Whether somebody has the exclusive lock, and how many clients have one of either kind.
    pub(super) fn info(&self) -> (bool, usize) {
        let held = self.0.borrow();
        let alone = held.exclusive.filter(|holder| !held.shared.contains(holder));
        (held.exclusive.is_some(), held.shared.len() + usize::from(alone.is_some()))
    }
}

impl Held {
    fn attempt(&mut self, client: u64, key: Option<&[u8]>) -> Attempt {
        let others = self.exclusive.is_some_and(|holder| holder != client);
        match key {
            None if self.exclusive == Some(client) => return Attempt::Held,
            Some(_) if self.shared.contains(&client) => return Attempt::Held,
            _ if others => return Attempt::Taken,
            // Who shares a lock may have it alone for a while, who does not has to wait.
            None if !self.shared.is_empty() && !self.shared.contains(&client) => {
                return Attempt::Taken;
            }
            None => self.exclusive = Some(client),
            Some(key) if !self.shared.is_empty() && self.key != key => return Attempt::Taken,
            Some(key) => {
                self.key = key.to_vec();
                self.shared.insert(client);
            }
        }
        Attempt::Granted
    }

    fn release(&mut self, client: u64) -> Released {
        if self.exclusive == Some(client) {
            self.exclusive = None;
            Released::Exclusive
        } else if self.shared.remove(&client) {
            Released::Shared
        } else {
            Released::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusive_lock_keeps_everybody_else_out_until_it_is_released() {
        let lock = Lock::new();
        assert_eq!(lock.attempt(1, None), Attempt::Granted);
        assert_eq!(lock.attempt(1, None), Attempt::Held);
        assert_eq!(lock.attempt(2, None), Attempt::Taken);
        assert_eq!(lock.attempt(2, Some(b"key")), Attempt::Taken);
        assert!(lock.keeps_out(2) && !lock.keeps_out(1));
        assert_eq!(lock.info(), (true, 1));
        assert_eq!(lock.release(2), Released::Nothing);
        assert_eq!(lock.release(1), Released::Exclusive);
        assert!(!lock.keeps_out(2));
    }

    #[test]
    fn a_shared_lock_lets_in_who_knows_its_key_and_one_of_them_can_be_alone() {
        let lock = Lock::new();
        assert_eq!(lock.attempt(1, Some(b"key")), Attempt::Granted);
        assert_eq!(lock.attempt(2, Some(b"other")), Attempt::Taken);
        assert_eq!(lock.attempt(2, None), Attempt::Taken);
        assert!(lock.keeps_out(2));
        assert_eq!(lock.attempt(2, Some(b"key")), Attempt::Granted);
        assert!(!lock.keeps_out(1) && !lock.keeps_out(2) && lock.keeps_out(3));
        assert_eq!(lock.attempt(2, None), Attempt::Granted);
        assert!(lock.keeps_out(1));
        assert_eq!(lock.info(), (true, 2));
        assert_eq!(lock.release(2), Released::Exclusive);
        assert_eq!(lock.release(2), Released::Shared);
        lock.forget(1);
        assert_eq!(lock.info(), (false, 0));
        assert_eq!(lock.attempt(3, Some(b"other")), Attempt::Granted, "the key went with its last");
    }
}
