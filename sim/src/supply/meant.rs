//! Which channels a message is about.

/// The channels that a message means, by index: a copy, so that they can be changed.
pub(super) struct Meant {
    channels: [u8; 16],
    count: usize,
}

impl Meant {
    pub(super) fn one(index: usize) -> Self {
        Self::all(&[u8::try_from(index).unwrap_or_default()])
    }

    pub(super) fn all(indices: &[u8]) -> Self {
        let mut channels = [0; 16];
        let count = indices.len().min(channels.len());
        channels[..count].copy_from_slice(&indices[..count]);
        Self { channels, count }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.channels[..self.count].iter().map(|index| usize::from(*index))
    }
}
