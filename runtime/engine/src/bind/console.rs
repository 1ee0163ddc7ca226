//! `uart.query("version")`: the verbs of a serial console.

use std::time::Duration;

use pogo_hal::{Dimension, ErrorKind};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Array, Dynamic, Map};

use super::{Capability, Verb};
use crate::bridge::{Bound, Outcome};
use crate::console::{Conversation, Found, pattern};

type Uart = Bound<Conversation>;

/// What scripts can do with a serial console.
pub(super) const CAPABILITY: Capability = Capability {
    name: "serial console",
    type_name: "Console",
    role: "uart",
    about: "What the unit says, as plain lines without colours. It is kept until a script looks at \
            it: the last 64 KiB, and all of it in a transcript beside the record. A unit that \
            stays silent behind a sound adapter FAILs; an adapter that is gone is an ERROR.",
    verbs: VERBS,
    name_type: |engine, name| {
        engine.register_type_with_name::<Uart>(name);
    },
};

const TIME: Kind = Kind::Quantity(Dimension::Time);
const LINE: Argument = argument("text", Kind::Text, "one line, or a secret");
const QUERY: &[Argument] = &[
    LINE,
    argument("within", TIME, "how long the unit may take; the fixture's `timeout` if left out")
        .optional(),
];
const FOUND: &[Argument] = &[
    argument("text", Kind::Text, "all that was found"),
    argument("groups", Kind::List, "its groups in order; `()` for one that is not part of it"),
    argument("named", Kind::Options(&[]), "the groups that have names"),
];
const EXPECT: &[Argument] = &[
    argument("pattern", Kind::Pattern, "found anywhere; `^` and `$` are those of a line"),
    argument("within", TIME, "how long it is waited"),
];
const SILENT: Failure = Failure::bench(ErrorKind::NoAnswer, "the unit stays silent: it FAILs");
const GONE: Failure = Failure::bench(ErrorKind::Unreachable, "the adapter is gone");
const NO_LINE: Failure = Failure::script("the text is more than one line");

const VERBS: &[Verb] = &[
    Verb {
        entry: Entry::new("send", "tells the unit a line, with the ending that the fixture says")
            .takes(&[LINE])
            .fails(&[GONE, NO_LINE])
            .example("uart.send(\"reboot\");"),
        bind: |engine, name| {
            engine.register_fn(name, move |uart: &mut Uart, text: Dynamic| {
                let text = uart.line(name, text)?;
                let outcome = uart.send(name, &text, |it, words| Box::pin(it.send(words)));
                uart.own_up();
                outcome
            });
        },
    },
    Verb {
        entry: Entry::new("query", "tells the unit a line and gives the next one that it says")
            .takes(QUERY)
            .gives(Kind::Text)
            .fails(&[SILENT, GONE, NO_LINE])
            .example("check(\"firmware\", uart.query(\"version\"), \"1.4.2\");"),
        bind: |engine, name| {
            engine.register_fn(name, move |uart: &mut Uart, text: Dynamic| {
                let within = uart.instrument().patience();
                uart.query(name, text, within)
            });
            engine.register_fn(name, move |uart: &mut Uart, text: Dynamic, within: Dynamic| {
                let within = uart.within(name, &within)?;
                uart.query(name, text, within)
            });
        },
    },
    Verb {
        entry: Entry::new(
            "expect",
            "waits until the unit says this; gives its `text`, `groups` and `named` ones",
        )
        .takes(EXPECT)
        .gives(Kind::Options(FOUND))
        .fails(&[SILENT, GONE, Failure::script("it is no regular expression")])
        .example("let found = uart.expect(\"booted in ([0-9]+) ms\", 5.s);"),
        bind: |engine, name| {
            engine.register_fn(name, move |uart: &mut Uart, text: Dynamic, within: Dynamic| {
                let within = uart.within(name, &within)?;
                let source = uart.text(name, &text)?;
                let pattern = pattern(&source).map_err(|it| uart.wrong(name, it))?;
                let found = uart.ask_within(name, within, |it| {
                    Box::pin(async move { it.expect(&pattern, within).await })
                });
                uart.own_up();
                found.map(map)
            });
        },
    },
    Verb {
        entry: Entry::new("lines", "the whole lines that no verb has given yet")
            .gives(Kind::Texts)
            .fails(&[GONE])
            .example("let said = uart.lines();"),
        bind: |engine, name| {
            engine.register_fn(name, move |uart: &mut Uart| {
                let lines = uart.ask(name, |it| Box::pin(it.lines()));
                uart.own_up();
                lines.map(|it| it.into_iter().map(Dynamic::from).collect::<Array>())
            });
        },
    },
    Verb {
        entry: Entry::new("forget", "forgets what no verb has given yet")
            .fails(&[GONE])
            .example("uart.forget();"),
        bind: |engine, name| {
            engine.register_fn(name, move |uart: &mut Uart| {
                let forgotten = uart.ask(name, |it| Box::pin(it.forget()));
                uart.own_up();
                forgotten
            });
        },
    },
];

impl Uart {
    fn query(&self, verb: &'static str, text: Dynamic, within: Duration) -> Outcome<String> {
        let text = self.line(verb, text)?;
        let answer = self.tell(verb, &text, within, |it, words| {
            Box::pin(async move { it.query(words, within).await })
        });
        self.own_up();
        answer
    }

    /// `text`, if it is one line; a secret is what it is.
    fn line(&self, verb: &'static str, text: Dynamic) -> Outcome<Dynamic> {
        let several = text.as_immutable_string_ref().is_ok_and(|it| it.contains(['\n', '\r']));
        if several {
            let hint = "send one line after the other; the fixture's `terminator` ends each";
            return Err(self.mistake(verb, "the text is more than one line", Some(hint.into())));
        }
        Ok(text)
    }

    /// Records what the unit said and no script can look at any more.
    fn own_up(&self) {
        let lost = self.instrument().take_lost();
        if lost > 0 {
            self.note_loss(&format!("{lost} bytes that no script had looked at were dropped"));
        }
    }
}

fn map(found: Found) -> Map {
    let group = |it: Option<String>| it.map_or(Dynamic::UNIT, Dynamic::from);
    let named = found.named.into_iter().map(|(name, it)| (name.into(), group(it)));
    let named: Map = named.collect();
    Map::from_iter([
        ("text".into(), Dynamic::from(found.text)),
        ("groups".into(), found.groups.into_iter().map(group).collect::<Array>().into()),
        ("named".into(), named.into()),
    ])
}
