//! Simulated instruments speak SCPI as the standards have it: `tests/scpi` holds exchanges whose
//! replies stand in IEEE 488.2, SCPI-99 or a manual, each with its clause.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Deadline, Diagnostic, Dial, Resource, Session};
use pogo_models::Model;
use pogo_sim::{Bench, Plan, Role};

const FILES: [(&str, &str); 3] = [
    ("syntax.toml", include_str!("../scpi/syntax.toml")),
    ("common.toml", include_str!("../scpi/common.toml")),
    ("status.toml", include_str!("../scpi/status.toml")),
];

/// One exchange with an instrument that was just switched on.
struct Exchange {
    source: String,
    of: String,
    wire: Wire,
    talk: String,
}

#[derive(Clone, Copy)]
enum Wire {
    /// A raw socket.
    Socket,
    /// One that tells reads from messages, with a serial poll, device clear and trigger.
    Messages,
}

impl Exchange {
    fn read(mut section: Section) -> Result<Self, Diagnostic> {
        let mut text = |key| section.take::<String>(key);
        let exchange = Self {
            source: text("source")?.unwrap_or_default(),
            of: text("of")?.unwrap_or_else(|| "every".into()),
            wire: match text("wire")?.as_deref() {
                None => Wire::Socket,
                Some("messages") => Wire::Messages,
                Some(other) => panic!("{other} is no wire"),
            },
            talk: text("talk")?.unwrap_or_default(),
        };
        section.deny_rest(&["source", "of", "wire", "talk"])?;
        Ok(exchange)
    }

    /// `every`, `supplies`, `meters`, or models by name.
    fn means(&self, model: &Model) -> bool {
        let supply = !model.channels().is_empty();
        self.of.split(' ').any(|it| match it {
            "every" => true,
            "supplies" => supply,
            "meters" => !supply,
            name => name == model.name(),
        })
    }
}

fn exchanges() -> Vec<(String, Exchange)> {
    let read = |(file, text): &(&str, &str)| {
        let mut section = toml_file::read(file, text).unwrap_or_else(|it| panic!("{file}: {it}"));
        let all = section.take_list("exchange").unwrap();
        section.deny_rest(&["exchange"]).unwrap();
        let file = (*file).to_owned();
        all.into_iter().map(move |it| {
            let place = format!("{file}:{}", it.place().line);
            let exchange = Exchange::read(it).unwrap_or_else(|it| panic!("{place}: {it}"));
            (place, exchange)
        })
    };
    FILES.iter().flat_map(read).collect()
}

/// One end of a wire to an instrument that was just switched on.
struct Talk(Box<dyn Session>);

impl Talk {
    async fn with(model: &Arc<Model>, wire: Wire, sim: &Section) -> Self {
        let address = match wire {
            Wire::Socket => "TCPIP::192.0.2.1::5025::SOCKET",
            Wire::Messages => "TCPIP::192.0.2.1::hislip0::INSTR",
        };
        let resource: Resource = address.parse().unwrap();
        let role = Role {
            role: "it".into(),
            model: model.clone(),
            resource: resource.clone(),
            channel: model.channels().keys().next().copied(),
            sim: sim.clone(),
        };
        let bench = Bench::build(Plan { roles: vec![role], ..Plan::default() }).unwrap();
        Self(bench.dial(&resource, soon()).await.unwrap())
    }

    async fn say(&mut self, message: &str) {
        self.0.write(message.as_bytes(), soon()).await.unwrap();
    }

    async fn hear(&mut self) -> Option<String> {
        let mut response = Vec::new();
        self.0.read(&mut response, soon()).await.ok()?;
        Some(String::from_utf8(response).unwrap())
    }

    async fn errors(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            self.say("SYST:ERR?").await;
            let reply = self.hear().await.unwrap_or_default();
            match reply.split(',').next().unwrap_or_default().trim_start_matches('+') {
                "0" => return all,
                number => all.push(number.to_owned()),
            }
            assert!(all.len() < 100, "it does not end: {all:?}");
        }
    }

    /// Holds one line of an exchange against the instrument; what is wrong if it does otherwise.
    async fn hold(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let same = |said: String, wanted: String| {
            if said == wanted { Ok(()) } else { Err(format!("{said} instead of {wanted}")) }
        };
        match (word, rest) {
            (">", message) => self.say(&spelled_out(message)).await,
            ("<", wanted) => {
                let reply = self.hear().await.ok_or("silence")?;
                if !agrees(&reply, wanted) {
                    return Err(format!("`{reply}` instead of `{wanted}`"));
                }
            }
            ("!", wanted) => same(self.errors().await.join(", "), wanted.into())?,
            ("poll", wanted) => {
                same(self.0.status_byte(soon()).await.unwrap().to_string(), wanted.into())?;
            }
            ("clear", "") => self.0.device_clear(soon()).await.unwrap(),
            ("trigger", "") => self.0.trigger(soon()).await.unwrap(),
            ("read", "") => {
                if let Some(reply) = self.hear().await {
                    return Err(format!("`{reply}` instead of silence"));
                }
            }
            (count, rest) => {
                let count: u32 = count.parse().map_err(|_| "this is no line of an exchange")?;
                let message = rest.strip_prefix("> ").ok_or("a count stands before `> `")?;
                for _ in 0..count {
                    self.say(message).await;
                }
            }
        }
        Ok(())
    }
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(5))
}

/// Characters that a file cannot carry visibly.
fn spelled_out(message: &str) -> String {
    let mut message = message.to_owned();
    for (name, c) in
        [("<CR>", "\r"), ("<TAB>", "\t"), ("<BEL>", "\x07"), ("<NUL>", "\0"), ("<DEL>", "\x7f")]
    {
        message = message.replace(name, c);
    }
    message
}

/// Whether a reply is the one that is wanted: field for field, numbers as numbers, since each
/// model has a style of its own. `*` in a field is any text; `=` alone asks for equal fields.
fn agrees(reply: &str, wanted: &str) -> bool {
    let fields = |text: &str| -> Vec<String> {
        let mut inside = false;
        let ends = |c| {
            inside ^= c == '"';
            !inside && matches!(c, ';' | ',')
        };
        text.split_inclusive(ends).map(str::to_owned).collect()
    };
    let (reply, wanted) = (fields(reply), fields(wanted));
    if wanted == ["="] {
        let number = |it: &String| it.trim_end_matches(';').parse::<f64>().ok();
        let first = reply.first().and_then(number);
        return reply.len() > 1 && first.is_some() && reply.iter().all(|it| number(it) == first);
    }
    reply.len() == wanted.len() && reply.iter().zip(&wanted).all(|(it, wanted)| field(it, wanted))
}

fn field(reply: &str, wanted: &str) -> bool {
    let end = |text: &str| text.chars().last().filter(|c| matches!(c, ';' | ','));
    if end(reply) != end(wanted) {
        return false;
    }
    let plain = |text: &str| text.trim_end_matches([';', ',']).to_owned();
    let (reply, wanted) = (plain(reply), plain(wanted));
    match (reply.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(reply), Ok(wanted)) => (reply - wanted).abs() <= wanted.abs() * 1e-9,
        _ => match wanted.strip_suffix('*') {
            Some(start) => reply.starts_with(start),
            None => reply == wanted,
        },
    }
}

#[tokio::test(start_paused = true)]
async fn every_model_answers_as_the_standards_have_it() {
    let sim = toml_file::read("it", "connect = 'NET'").unwrap();
    let models: Vec<Arc<Model>> =
        pogo_models::builtin().map(|it| pogo_models::find(it, None).unwrap()).collect();
    let mut wrong = Vec::new();
    for (place, exchange) in exchanges() {
        for model in models.iter().filter(|it| exchange.means(it)) {
            let mut talk = Talk::with(model, exchange.wire, &sim).await;
            let mut lines: Vec<&str> = exchange.talk.lines().filter(|it| !it.is_empty()).collect();
            // Nothing may be left over: an error, or a response that would be read instead.
            if !lines.last().is_some_and(|it| it.starts_with('!')) {
                lines.push("! ");
            }
            for line in lines {
                if let Err(said) = talk.hold(line).await {
                    let Exchange { source, .. } = &exchange;
                    wrong.push(format!("{place}: {}: {line}: {said} [{source}]", model.name()));
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_is_as_large_as_it_says_and_each_exchange_has_its_source() {
    let all = exchanges();
    let messages = all.iter().flat_map(|(_, it)| it.talk.lines()).filter(|it| it.contains("> "));
    assert!(messages.count() >= 290, "messages were lost");
    let known = pogo_models::builtin().collect::<Vec<_>>();
    for (place, exchange) in &all {
        let source = &exchange.source;
        assert!(
            source.contains("488.2")
                || source.contains("SCPI-99")
                || source.contains("anual")
                || source.contains("Guide"),
            "{place}: {source}"
        );
        let judged = exchange.talk.lines().any(|it| it.starts_with(['<', '!', 'p']));
        assert!(judged || source.contains("*"), "{place} asks for nothing");
        for name in exchange.of.split(' ') {
            assert!(
                ["every", "supplies", "meters"].contains(&name) || known.contains(&name),
                "{place}: {name}"
            );
        }
    }
}

#[test]
fn a_reply_that_is_another_one_is_noticed() {
    for (reply, wanted) in [
        ("+36", "36"),
        ("+1.000E+00;0", "1;0"),
        ("a,b,c", "*,*,*"),
        ("1999.0", "19*"),
        ("0,\"No error;0;0 0\"", "0,*"),
        ("5;+5.0", "="),
    ] {
        assert!(agrees(reply, wanted), "{reply} {wanted}");
    }
    for (reply, wanted) in [
        ("36", "37"),
        ("36;0", "36"),
        ("36", "36;0"),
        ("1,0", "1;0"),
        ("a,b", "*,*,*"),
        ("2000.0", "19*"),
        ("5;6", "="),
        ("5", "="),
        ("", "0"),
    ] {
        assert!(!agrees(reply, wanted), "{reply} {wanted}");
    }
}
