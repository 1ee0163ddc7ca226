//! `secret("wifi_key")`: what is sent to a device and stands nowhere else.
//!
//! Three look after that. The sandbox ends a script that would make a text of a secret; the words of
//! the language end one that hands them a secret, or a text with one in it; and whatever still
//! reaches the record or whoever watches is hidden there. From here on the run is an ERROR.

use pogo_hal::{Code, Diagnostic, Found, Place, Secret, Secrets};
use pogo_record::Limit;
use pogo_sandbox::reference::{Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Array, Dynamic, Map, NativeCallContext};
use pogo_sandbox::{Argument, Call, give_away, script_error};

use crate::bridge::Outcome;
use crate::language::{Chapter, Word};
use crate::site::Site;

/// What is sent and never shown.
pub(crate) const SECRETS: Chapter = Chapter {
    title: "secrets",
    about: "A secret is sent and stands nowhere else: a script that would show one ends there, and \
            its run is an ERROR.",
    words: &[WORD],
};

const WORD: Word = Word {
    entry: Entry::new("secret", "gives what can be sent to a device and is never shown")
        .takes(&[argument("name", Kind::Text, "written out, as the file of secrets has it")])
        .gives(Kind::Secret)
        .fails(&[Failure::script("nobody has given a secret of this name")])
        .example("let key = secret(\"wifi_key\");"),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(name, move |name: Dynamic| secret(&own, name));
    },
};

fn secret(site: &Site, name: Dynamic) -> Outcome<Secret> {
    let kind = name.type_name();
    let name = name.into_string().map_err(|_| {
        script_error(format!("secret: the name is a {kind}; expected a text"), None)
    })?;
    site.secrets.named(&name).cloned().ok_or_else(|| {
        let Diagnostic { message, hint, .. } = site.secrets.unknown(&name);
        script_error(message, hint)
    })
}

impl Site {
    /// Ends the script if `verb` was given a secret, or a text or a limit that holds one, among
    /// `arguments` or in a list or map among them: it would keep or show it.
    pub(crate) fn keep_secret<'a>(
        &self,
        context: &NativeCallContext,
        verb: &str,
        arguments: impl IntoIterator<Item = &'a Dynamic>,
    ) -> Outcome<()> {
        if self.secrets.is_empty() {
            return Ok(());
        }
        for argument in arguments {
            if let Some(secret) = argument.read_lock::<Secret>() {
                return Err(give_away(context, verb, &secret));
            }
            let text = argument.as_immutable_string_ref().ok();
            if let Some(found) = text.as_ref().and_then(|it| self.secrets.find(it.as_bytes())) {
                return Err(give_away(context, verb, found.secret));
            }
            let limit = argument.read_lock::<Limit>().map(|it| it.to_string());
            if let Some(found) = limit.as_ref().and_then(|it| self.secrets.find(it.as_bytes())) {
                return Err(give_away(context, verb, found.secret));
            }
            if let Some(items) = argument.read_lock::<Array>() {
                self.keep_secret(context, verb, &*items)?;
            }
            if let Some(entries) = argument.read_lock::<Map>() {
                self.keep_secret(context, verb, entries.values())?;
            }
        }
        Ok(())
    }
}

/// What is wrong with `call`, which is one of `secret`, as far as its text shows.
pub(crate) fn mistake(call: &Call, secrets: &Secrets) -> Option<Diagnostic> {
    match call.arguments.as_slice() {
        [Argument::Text(name)] if secrets.named(name).is_some() => None,
        [Argument::Text(name)] => Some(secrets.unknown(name)),
        _ => Some(
            Diagnostic::new("the name of a secret is not written out")
                .with_hint("write `secret(\"wifi_key\")`, so that it can be checked beforehand"),
        ),
    }
}

/// The secrets that stand in the text of the script `file`, where everybody can read them.
pub(crate) fn written_down(file: &str, text: &str, secrets: &Secrets) -> Vec<Diagnostic> {
    let diagnostic = |found: Found<'_>| {
        let place = Place::of(&file.into(), text, found.range.clone());
        let name = found.secret.name();
        Diagnostic::new(format!("{found} stands in the script"))
            .coded(Code::SecretWritten)
            .at(place)
            .with_hint(format!(
                "write `secret(\"{name}\")`; and change it, for it can be read here"
            ))
            .confidential()
    };
    secrets.find_all(text.as_bytes()).map(diagnostic).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use pogo_hal::{Direction, Error, Result, WireLog};
    use pogo_record::{Reason, RunEnded, Store};
    use pogo_sandbox::rhai::Scope;
    use pogo_sandbox::{Cause, Sandbox, ScriptError, Settings};

    use super::*;
    use crate::bind::device::Device;
    use crate::bridge::{Bound, BoundRole};
    use crate::fixture::Limits;
    use crate::product::{Product, Script};
    use crate::{alone, bind, check, language};

    const CODE: &str = "open \"sesame\"";

    /// A device that hears what is sent to it and declines it, quoting all of it; and its driver.
    #[derive(Default)]
    struct Parrot {
        log: Arc<WireLog>,
        heard: Mutex<Vec<u8>>,
    }

    impl Parrot {
        async fn tell(&self, bytes: &[u8]) -> Result<()> {
            let message = [b"LOGIN ", bytes].concat();
            self.log.push(Direction::Sent, &message);
            self.heard.lock().unwrap().extend(&message);
            let reply = [b"-221,", message.as_slice()].concat();
            self.log.push(Direction::Received, &reply);
            let reply = String::from_utf8_lossy(&reply).into_owned();
            Err(Error::refused(format!("`{reply}`")).with_hint(format!("{reply:?}")))
        }
    }

    fn run(
        site: &Arc<Site>,
        device: &Arc<Parrot>,
        text: &str,
    ) -> std::result::Result<(), ScriptError> {
        let mut sandbox = Sandbox::new(Settings::new("."));
        bind::register(sandbox.engine_mut());
        language::register(sandbox.engine_mut(), site);
        sandbox.engine_mut().register_fn("login", |it: &mut Bound<Parrot>, words: Dynamic| {
            it.send("login", &words, |device, bytes| Box::pin(device.tell(bytes)))
        });
        let role = Arc::new(BoundRole {
            name: "dut".into(),
            asset: "".into(),
            limits: Limits::default(),
            fixture: "".into(),
            log: device.log.clone(),
            site: site.clone(),
        });
        let mut scope = Scope::new();
        let unit = Device {
            site: site.clone(),
            serial: "SN1".into(),
            lot: String::new(),
            variant: String::new(),
        };
        scope.push_constant("device", unit);
        scope.push_constant_dynamic("dut", Dynamic::from(Bound::new(role, device.clone())));
        let ast = sandbox.compile("script.rhai", text, &scope).unwrap();
        sandbox.run(&mut scope, &ast).map(drop)
    }

    fn bytes(folder: &Path) -> Vec<u8> {
        let all = std::fs::read_dir(folder).unwrap().flatten().map(|it| it.path());
        all.flat_map(|it| if it.is_dir() { bytes(&it) } else { std::fs::read(it).unwrap() })
            .collect()
    }

    #[test]
    fn a_secret_reaches_the_device_and_nothing_of_it_comes_back_or_stays() {
        let secrets = code();
        let device = Arc::<Parrot>::default();
        device.log.hide(&secrets);
        let wires = vec![("dut".into(), device.log.clone())];
        let (folder, site) = alone::site(secrets.clone(), wires);
        let text = "step(\"login\", || {\n\
                let said = \"\"; try { dut.login(secret(\"code\")) } catch (e) { said = `${e} ${e.hint}` }\n\
                note(said); dut.login(secret(\"code\"));\n\
            });";
        let error = run(&site, &device, text).unwrap_err();
        let hint = error.diagnostic.hint.unwrap();
        assert_eq!(error.diagnostic.message, "dut.login: `-221,LOGIN [secret code]`");
        assert_eq!(hint, "\"-221,LOGIN [secret code]\"");
        let sent = format!("LOGIN {CODE}LOGIN {CODE}");
        assert_eq!(*device.heard.lock().unwrap(), sent.as_bytes(), "it is what was sent");

        let now = site.now_ns();
        let reason = site.ledger().reason();
        assert_eq!(reason, Reason::BenchError, "an instrument's echo is no leak");
        site.ledger().end(RunEnded::from(reason), now).unwrap();
        assert!(secrets.find(&bytes(folder.path())).is_none());
        let run = Store::reader(folder.path()).unwrap().run(&site.log.id().to_string()).unwrap();
        let kept = serde_json::to_string(&run).unwrap();
        // Two errors with their hints, the note of both, the step's end as it is shown twice.
        assert_eq!(kept.matches("LOGIN [secret code]").count(), 4 + 2 + 2, "{kept}");
        let wire = std::fs::read_dir(folder.path().join("attachments")).unwrap().flatten();
        let wire: Vec<_> = wire.map(|it| std::fs::read_to_string(it.path()).unwrap()).collect();
        assert_eq!(wire.join("").matches("LOGIN [secret code]").count(), 4, "{wire:?}");
    }

    #[test]
    fn a_text_is_sent_as_it_is_and_nothing_else_is_sent() {
        let device = Arc::<Parrot>::default();
        let (_folder, site) = alone::site(Arc::default(), Vec::new());
        run(&site, &device, "try { dut.login(\"plain\") } catch {}").unwrap();
        assert_eq!(*device.heard.lock().unwrap(), b"LOGIN plain");
        let error = run(&site, &device, "dut.login(5)").unwrap_err();
        assert_eq!(error.to_string(), "dut.login: a i64 is neither a text nor a secret");
        let error = run(&site, &device, "dut.login(secret(\"code\"))").unwrap_err();
        assert_eq!(error.to_string(), "nobody has given the secret `code`");
        assert!(matches!(error.cause, Cause::Script));
        assert_eq!(*device.heard.lock().unwrap(), b"LOGIN plain");
    }

    fn code() -> Arc<Secrets> {
        let secret = Secret::new("code", CODE.as_bytes().to_vec()).unwrap();
        Arc::new(Secrets::new(vec![secret]).unwrap())
    }

    #[test]
    fn no_word_of_the_language_takes_a_secret_or_a_text_that_holds_one() {
        for (by, text) in [
            ("step", "step(IT, || 1)"),
            ("measure", "measure(\"a\", IT, 1..=2)"),
            ("measure", "measure(IT, 1, 1..=2)"),
            ("check", "check(\"a\", IT)"),
            ("check", "check(\"a\", IT, \"b\")"),
            ("check", "check(\"a\", \"b\", IT)"),
            ("record", "record(\"a\", IT)"),
            ("note", "note(IT)"),
            ("ask", "ask(IT)"),
            ("confirm", "confirm(IT)"),
            ("choose", "choose(IT, [\"a\"])"),
            ("choose", "choose(\"a\", [\"b\", IT])"),
            ("scan", "scan(\"a\", IT)"),
            ("note", "note([1, #{ a: IT }])"),
            ("device.firmware", "device.firmware(\"app\", IT)"),
            ("device.component", "device.component(\"sensor\", #{ serial: IT })"),
        ] {
            for it in ["secret(\"code\")", "`a ${spelt} b`", "`${spelt.to_upper()}`"] {
                let text = text.replace("IT", it);
                let spelt = "let spelt = \"open \" + '\"' + \"sesame\" + '\"';";
                let text = format!("{spelt}\ntry {{ {text}; }} catch {{}}\nnote(\"went on\")");
                let (_folder, site) = alone::site(code(), Vec::new());
                let error = run(&site, &Arc::default(), &text).unwrap_err();
                let said = format!("`{by}` would give the secret `code` away");
                assert_eq!(error.to_string(), said, "{text}");
                assert_eq!(error.diagnostic.place.as_ref().unwrap().line, 2, "{text}");
            }
        }
    }

    fn checked(text: &str, secrets: Arc<Secrets>) -> Vec<String> {
        let script = Script { path: "a.rhai".into(), text: text.into() };
        let found = check(&Product::of_one_script(script), &[], secrets).err();
        let shown = |it: Diagnostic| {
            let place = it.place.unwrap();
            let hint = it.hint.unwrap_or_default();
            format!("{}:{}+{}: {} ({hint})", place.line, place.column, place.width, it.message)
        };
        found.unwrap_or_default().into_iter().map(shown).collect()
    }

    #[test]
    fn a_secret_that_nobody_gave_is_found_beforehand() {
        let text = "let a = secret(\"code\");\nlet b = [|| secret(\"cod\")];";
        assert_eq!(
            checked(text, code()),
            ["2:13+6: there is no secret `cod` in the file of secrets (did you mean `code`?)"]
        );
        assert_eq!(
            checked("secret(\"wifi_key\")", code()),
            ["1:1+6: there is no secret `wifi_key` in the file of secrets (it has code)"]
        );
        let hint = "give `--secrets FILE`, or name the file in POGO_SECRETS";
        assert_eq!(
            checked("secret(\"code\")", Arc::default()),
            [format!("1:1+6: nobody has given the secret `code` ({hint})")]
        );
        for text in ["secret(5)", "let x = \"code\"; secret(x)", "secret(`${1}`)"] {
            let found = checked(text, code());
            assert!(found[0].contains("the name of a secret is not written out"), "{found:?}");
        }
        assert_eq!(checked("fn secret(x) { x } secret(5)", code()), [""; 0]);
    }

    #[test]
    fn a_secret_in_the_script_itself_is_found_beforehand_and_not_shown() {
        let spelt = CODE.escape_debug();
        let found = checked(&format!("// größe\nlet b = /* ß */ \"{spelt}\";"), code());
        assert_eq!(
            found,
            ["2:18+15: the secret `code` in JSON stands in the script \
              (write `secret(\"code\")`; and change it, for it can be read here)"]
        );
    }
}
