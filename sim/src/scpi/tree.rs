//! The command tree of an instrument, built from the headers of its model.
//!
//! Optional nodes are expanded when the tree is built, so a look-up only walks: no strings are
//! built and nothing is tried twice.

use pogo_models::{Header, Node as Spelled, Suffix};

use super::error::Code;

/// The longest mnemonic that there is, unless a model has a longer one.
///
/// Source: IEEE 488.2-1992, 7.6.1.4.1.
const LONGEST: usize = 12;

/// A place in the tree: where a header ended, or the path that the next one starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At(usize);

impl At {
    /// Where every message starts.
    pub(crate) const ROOT: Self = Self(0);
}

/// What a header leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The entry that was inserted with it.
    pub(crate) entry: usize,
    /// The channel that a suffix names, if one stands where a suffix means a channel.
    pub(crate) channel: Option<u8>,
    /// Where the next header of the same message starts.
    pub(crate) path: At,
}

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    long: Box<[u8]>,
    short: Box<[u8]>,
    suffix: Suffix,
    children: Vec<usize>,
    command: Option<usize>,
    query: Option<usize>,
}

impl Tree {
    /// A tree without commands.
    pub(crate) fn new() -> Self {
        Self { nodes: vec![Node::new("", "", Suffix::None)] }
    }

    /// Makes `header` lead to `entry`, in all its forms.
    pub(crate) fn insert(&mut self, header: &Header, entry: usize) {
        self.insert_at(At::ROOT, header, entry);
    }

    /// The same for what is left of a header behind `path`.
    pub(crate) fn insert_at(&mut self, path: At, header: &Header, entry: usize) {
        self.insert_below(path.0, &header.nodes, header.query, entry);
    }

    /// Makes `path` itself a query that leads to `entry`.
    pub(crate) fn insert_query(&mut self, path: At, entry: usize) {
        self.insert_below(path.0, &[], true, entry);
    }

    /// The place that `header` means, none of whose nodes is optional.
    pub(crate) fn path(&mut self, header: &Header) -> At {
        At(header.nodes.iter().fold(0, |at, node| self.child(at, node)))
    }

    fn insert_below(&mut self, at: usize, nodes: &[Spelled], query: bool, entry: usize) {
        let Some((first, rest)) = nodes.split_first() else {
            let node = &mut self.nodes[at];
            let leaf = if query { &mut node.query } else { &mut node.command };
            // The earlier entry of a file wins, so that every look-up has one answer.
            leaf.get_or_insert(entry);
            return;
        };
        let child = self.child(at, first);
        self.insert_below(child, rest, query, entry);
        if first.optional {
            self.insert_below(at, rest, query, entry);
        }
    }

    fn child(&mut self, at: usize, spelled: &Spelled) -> usize {
        let known = self.nodes[at].children.iter().copied();
        let known = known.into_iter().find(|it| *self.nodes[*it].long == *spelled.long.as_bytes());
        let child = known.unwrap_or_else(|| {
            self.nodes.push(Node::new(&spelled.long, &spelled.short, Suffix::None));
            let child = self.nodes.len() - 1;
            self.nodes[at].children.push(child);
            child
        });
        if spelled.suffix != Suffix::None {
            self.nodes[child].suffix = spelled.suffix;
        }
        child
    }

    /// What `header` leads to, read from `path` unless it begins with a colon. It comes with its
    /// question mark.
    ///
    /// # Errors
    ///
    /// -113 for a header that the instrument does not have, -114 for a suffix that it does not.
    ///
    /// Source: SCPI-99, volume 1, 6.2 (forms and suffixes), 6.2.4 (the path).
    pub(crate) fn find(&self, path: At, header: &[u8]) -> Result<Found, Code> {
        let (header, query) = match header {
            [rest @ .., b'?'] => (rest, true),
            _ => (header, false),
        };
        let (header, start) = match header {
            [b':', rest @ ..] => (rest, At::ROOT),
            _ => (header, path),
        };
        let (mut at, mut above, mut channel) = (start.0, start.0, None);
        for mnemonic in header.split(|c| *c == b':') {
            above = at;
            let (child, suffix) = self.step(at, mnemonic)?;
            at = child;
            if self.nodes[child].suffix == Suffix::Channel {
                channel = suffix.or(channel);
            }
        }
        let leaf = if query { self.nodes[at].query } else { self.nodes[at].command };
        let entry = leaf.ok_or(Code::UNDEFINED_HEADER)?;
        Ok(Found { entry, channel, path: At(above) })
    }

    fn step(&self, at: usize, mnemonic: &[u8]) -> Result<(usize, Option<u8>), Code> {
        let digits = mnemonic.iter().rev().take_while(|c| c.is_ascii_digit()).count();
        let (word, digits) = mnemonic.split_at(mnemonic.len() - digits);
        let children = &self.nodes[at].children;
        // A mnemonic may itself end in a digit, so the whole is tried before its suffix is cut.
        let named = |word: &[u8]| children.iter().copied().find(|it| self.nodes[*it].is(word));
        if let Some(child) = named(mnemonic) {
            return Ok((child, None));
        }
        let child = named(word).ok_or(match word.len() {
            0..=LONGEST => Code::UNDEFINED_HEADER,
            _ => Code::MNEMONIC_TOO_LONG,
        })?;
        let suffix: Option<u8> = std::str::from_utf8(digits).ok().and_then(|it| it.parse().ok());
        match (self.nodes[child].suffix, suffix) {
            (Suffix::Channel, Some(channel)) => Ok((child, Some(channel))),
            (Suffix::One, Some(1)) => Ok((child, None)),
            _ => Err(Code::SUFFIX_OUT_OF_RANGE),
        }
    }

    /// The command whose header is the same as the one that leads to the query `entry`.
    pub(crate) fn command_beside(&self, entry: usize) -> Option<usize> {
        self.nodes.iter().find(|node| node.query == Some(entry)).and_then(|node| node.command)
    }
}

impl Node {
    fn new(long: &str, short: &str, suffix: Suffix) -> Self {
        let (long, short) = (long.as_bytes().into(), short.as_bytes().into());
        Self { long, short, suffix, children: Vec::new(), command: None, query: None }
    }

    fn is(&self, word: &[u8]) -> bool {
        word.eq_ignore_ascii_case(&self.short) || word.eq_ignore_ascii_case(&self.long)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree(headers: &[&str]) -> Tree {
        let mut tree = Tree::new();
        for (entry, header) in headers.iter().enumerate() {
            tree.insert(&Header::parse(header).unwrap(), entry);
        }
        tree
    }

    fn example() -> Tree {
        tree(&[
            "[SOURce[<n>]:]VOLTage[:LEVel][:IMMediate][:AMPLitude]",
            "[SOURce[<n>]:]VOLTage[:LEVel][:IMMediate][:AMPLitude]?",
            "[SOURce[<n>]:]VOLTage:PROTection[:LEVel]",
            "SYSTem:ERRor[:NEXT]?",
            "SYSTem:VERSion?",
            "[SENSe[1]:]FUNCtion[:ON]",
        ])
    }

    #[test]
    fn a_mnemonic_has_its_short_form_and_its_long_form_and_nothing_between() {
        let tree = example();
        let find = |header: &str| tree.find(At::ROOT, header.as_bytes()).map(|it| it.entry);
        for header in ["VOLT", "volt", ":VOLTage", "SOUR:VOLT:LEV", "source:voltage:immediate:ampl"]
        {
            assert_eq!(find(header), Ok(0), "{header}");
        }
        assert_eq!(find("VOLT?"), Ok(1));
        assert_eq!(find("SYST:TWELVELETTER?"), Err(Code::UNDEFINED_HEADER));
        assert_eq!(find("SYST:THIRTEENLETTE?"), Err(Code::MNEMONIC_TOO_LONG));
        assert_eq!(find("VOLT:PROT"), Ok(2));
        assert_eq!(find("SYST:ERR?"), Ok(3));
        assert_eq!(find("SYSTEM:ERROR:NEXT?"), Ok(3));
        for header in
            ["SYSTe:ERR?", "SYST:VERS", "VOL", "VOLTAG", "SYST", "", ":", "VOLT::LEV", "VOLT:"]
        {
            assert_eq!(find(header), Err(Code::UNDEFINED_HEADER), "{header}");
        }
    }

    #[test]
    fn a_suffix_means_a_channel_only_where_the_model_says_so() {
        let tree = example();
        let find = |header: &str| tree.find(At::ROOT, header.as_bytes());
        assert_eq!(find("SOUR2:VOLT").unwrap().channel, Some(2));
        assert_eq!(find("SOUR:VOLT").unwrap().channel, None);
        assert_eq!(find("SENS1:FUNC").unwrap().channel, None);
        for header in ["SENS2:FUNC", "VOLT1", "SOUR999:VOLT", "SYST1:ERR?"] {
            assert_eq!(find(header), Err(Code::SUFFIX_OUT_OF_RANGE), "{header}");
        }
    }

    #[test]
    fn the_path_is_the_header_without_its_last_node() {
        let tree = example();
        let version = tree.find(At::ROOT, b"SYST:VERS?").unwrap();
        assert_eq!(tree.find(version.path, b"ERR?").unwrap().entry, 3);
        assert_eq!(tree.find(version.path, b"VOLT?"), Err(Code::UNDEFINED_HEADER));
        assert_eq!(tree.find(version.path, b":VOLT?").unwrap().entry, 1);
    }

    proptest! {
        #[test]
        fn no_header_makes_the_look_up_panic(header in prop::collection::vec(any::<u8>(), 0..40)) {
            _ = example().find(At::ROOT, &header);
        }
    }
}
