//! Headers spelled as manuals spell them.
//!
//! `[SOURce[<n>]:]VOLTage[:LEVel]?`: the long form with the short form in capitals, optional
//! nodes in brackets, `<n>` where the channel's number goes, `[1]` where a 1 may stand.
//!
//! Source: SCPI-99, volume 1, 6.2 (syntax and style).

/// A program header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// From the root down; at least one is not optional.
    pub nodes: Vec<Node>,
    /// Whether it ends in `?`.
    pub query: bool,
}

/// One mnemonic of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The long form in capitals: `VOLTAGE`.
    pub long: String,
    /// The short form in capitals: `VOLT`; the long form where there is no other.
    pub short: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// The number that may follow it.
    pub suffix: Suffix,
}

/// The number after a mnemonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// None may stand there.
    None,
    /// `[1]`: a 1 may stand there and changes nothing.
    One,
    /// `<n>` or `[<n>]`: the channel; without it the selected one.
    Channel,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// A sentence saying what is not the spelling of a manual.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (text, query) = text.strip_suffix('?').map_or((text, false), |text| (text, true));
        let mut cursor = Cursor { rest: text };
        let mut nodes: Vec<Node> = Vec::new();
        // Colons between the last node and the next one, wherever the brackets stand.
        let mut colons = 0;
        while !cursor.rest.is_empty() {
            colons += cursor.count(':');
            let optional = cursor.eat("[");
            if optional {
                colons += cursor.count(':');
            }
            let wanted = usize::from(!nodes.is_empty());
            if colons != wanted {
                return Err(match nodes.last() {
                    None => "a header is written without a leading colon".to_owned(),
                    Some(node) => format!("one colon stands after `{}`, not {colons}", node.long),
                });
            }
            let mut node = cursor.node()?;
            colons = 0;
            if optional {
                colons = cursor.count(':');
                if !cursor.eat("]") {
                    return Err(format!("`[` before `{}` is not closed", node.long));
                }
            }
            node.optional = optional;
            nodes.push(node);
        }
        if colons > 0 && nodes.len() > 1 {
            return Err("a header does not end in a colon".into());
        }
        if nodes.iter().all(|node| node.optional) {
            return Err("at least one node of a header is not optional".into());
        }
        Ok(Self { nodes, query })
    }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, what: &str) -> bool {
        self.rest.strip_prefix(what).map(|rest| self.rest = rest).is_some()
    }

    fn count(&mut self, what: char) -> usize {
        let rest = self.rest.trim_start_matches(what);
        let count = self.rest.len() - rest.len();
        self.rest = rest;
        count
    }

    fn take(&mut self, belongs: fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn node(&mut self) -> Result<Node, String> {
        let short = self.take(|c| c.is_ascii_uppercase() || c == '_');
        let tail = self.take(|c| c.is_ascii_lowercase());
        if short.is_empty() {
            let found = self.rest.chars().next().map_or("the end".into(), |c| format!("`{c}`"));
            let found = if tail.is_empty() { found } else { format!("`{tail}`") };
            return Err(format!(
                "{found} stands where a mnemonic begins; write `VOLTage`: the long form with the \
                 short form in capitals"
            ));
        }
        let long = format!("{short}{}", tail.to_ascii_uppercase());
        // The standard allows twelve letters, but `INPutimpedance` of the DMM6500 has fourteen.
        let suffix = if self.eat("[<n>]") || self.eat("<n>") {
            Suffix::Channel
        } else if self.eat("[1]") {
            Suffix::One
        } else {
            Suffix::None
        };
        Ok(Node { long, short: short.to_owned(), optional: false, suffix })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let header = Header::parse(text).unwrap();
        let nodes = header.nodes.iter().map(|node| {
            let suffix = match node.suffix {
                Suffix::None => "",
                Suffix::One => "1",
                Suffix::Channel => "n",
            };
            let optional = if node.optional { "?" } else { "" };
            format!("{}/{}{suffix}{optional}", node.short, node.long)
        });
        nodes.collect::<Vec<_>>().join(" ") + if header.query { " query" } else { "" }
    }

    #[test]
    fn headers_are_read_as_manuals_spell_them() {
        assert_eq!(shown("OUTPut[:STATe]?"), "OUTP/OUTPUT STAT/STATE? query");
        assert_eq!(
            shown("[SOURce[<n>]:]VOLTage[:LEVel][:IMMediate]"),
            "SOUR/SOURCEn? VOLT/VOLTAGE LEV/LEVEL? IMM/IMMEDIATE?"
        );
        assert_eq!(shown("[SENSe[1]:]FUNCtion[:ON]"), "SENS/SENSE1? FUNC/FUNCTION ON/ON?");
        assert_eq!(shown("R?"), "R/R query");
    }

    #[test]
    fn what_no_manual_would_print_is_refused() {
        for (text, said) in [
            ("", "at least one"),
            ("?", "at least one"),
            (":OUTPut", "leading colon"),
            ("volt", "`volt` stands where"),
            ("VOLT DC", "one colon"),
            ("VOLTage::DC", "one colon"),
            ("VOLTage:", "the end"),
            ("[:VOLTage]", "leading colon"),
            ("[VOLTage]", "at least one"),
            ("VOLTage[:DC", "not closed"),
            ("VOLTage[DC]", "one colon"),
            ("VOLTage?:DC", "one colon"),
        ] {
            let error = Header::parse(text).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[\\[\\]:<n>1A-Ca-c?]{0,24}|.{0,12}") {
            _ = Header::parse(&text);
        }
    }
}
