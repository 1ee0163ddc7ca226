//! The models that come with Pogo.

use pogo_models::{Around, Command, Model, Phrase, Sends, Suffix, builtin, find};

fn models() -> impl Iterator<Item = std::sync::Arc<Model>> {
    builtin().map(|name| match find(name, None) {
        Ok(model) => model,
        Err(error) => panic!("{name}: {error} {:?} {:?}", error.place, error.hint),
    })
}

/// Every message that the driver of `model` may say, on its last channel and with a value.
fn messages(model: &Model) -> Vec<String> {
    let channel = model.channels().keys().last().copied();
    let say = |phrase: &Phrase| {
        let Around { before, after } = phrase.on(channel);
        if phrase.text().contains("{level}") || !after.is_empty() || before.ends_with([' ', ',']) {
            format!("{before}1{after}")
        } else {
            before
        }
    };
    let phrases: Vec<&Phrase> = match model.sends() {
        Sends::PowerSupply(it) => [
            &it.next_error,
            &it.set_voltage,
            &it.set_current_limit,
            &it.voltage_setpoint,
            &it.current_limit,
            &it.on,
            &it.off,
            &it.output,
            &it.measure_voltage,
            &it.measure_current,
            &it.make_safe,
        ]
        .into_iter()
        .chain(&it.prepare)
        .chain(
            [
                it.set_over_voltage.as_ref(),
                it.over_voltage_on.as_ref(),
                it.set_over_current.as_ref(),
                it.over_current_on.as_ref(),
                it.calibration.as_ref(),
            ]
            .into_iter()
            .flatten(),
        )
        .collect(),
        Sends::Multimeter(it) => {
            let functions = it.functions.values().flat_map(|verbs| {
                [
                    Some(&verbs.read),
                    verbs.range.as_ref(),
                    verbs.auto_range.as_ref(),
                    verbs.nplc.as_ref(),
                ]
            });
            [&it.next_error]
                .into_iter()
                .chain(&it.calibration)
                .chain(&it.prepare)
                .chain(functions.flatten())
                .collect()
        }
        Sends::Modbus => Vec::new(),
    };
    phrases.into_iter().map(say).collect()
}

/// Whether `words` are the nodes of this header from `node` on. Deliberately not the simulator's
/// own tree: two matchers that agree prove more than one.
fn spells(command: &Command, node: usize, words: &[&str]) -> bool {
    let Some(this) = command.header.nodes.get(node) else { return words.is_empty() };
    let named = words.split_first().is_some_and(|(word, rest)| {
        let word = word.to_ascii_uppercase();
        let plain = match this.suffix {
            Suffix::None => word.as_str(),
            Suffix::One => word.strip_suffix('1').unwrap_or(&word),
            Suffix::Channel => word.trim_end_matches(|c: char| c.is_ascii_digit()),
        };
        (plain == this.long || plain == this.short) && spells(command, node + 1, rest)
    });
    named || (this.optional && spells(command, node + 1, words))
}

fn every_instrument_knows(header: &str) -> bool {
    header.starts_with('*') || header.trim_start_matches(':').eq_ignore_ascii_case("SYST:ERR?")
}

#[test]
fn every_command_sent_is_a_command_obeyed() {
    for model in models() {
        for message in messages(&model) {
            for unit in message.split(';') {
                let (header, data) = unit.split_once(' ').unwrap_or((unit, ""));
                if every_instrument_knows(header) {
                    continue;
                }
                let query = header.ends_with('?');
                let words: Vec<&str> = header.trim_matches([':', '?']).split(':').collect();
                let mut fits = (model.obeys().commands.iter())
                    .filter(|it| it.header.query == query && spells(it, 0, &words));
                let command = fits
                    .next()
                    .unwrap_or_else(|| panic!("{}: `{unit}` is not in [obeys]", model.name()));
                assert!(fits.next().is_none(), "{}: `{unit}` stands twice", model.name());
                let given = if data.is_empty() { 0 } else { data.split(',').count() };
                let needed = command.takes.iter().filter(|it| !it.optional).count();
                assert!(
                    (needed..=command.takes.len()).contains(&given),
                    "{}: `{unit}` has {given} arguments",
                    model.name()
                );
            }
        }
    }
}

#[test]
fn a_driver_that_said_something_else_would_not_be_obeyed() {
    let model = find("keysight-e36312a", None).unwrap();
    let known = |words: &[&str]| model.obeys().commands.iter().any(|it| spells(it, 0, words));
    assert!(known(&["SOUR", "VOLT", "LEV"]) && known(&["voltage"]));
    assert!(!known(&["VOLTA"]) && !known(&["VOLT", "PROT", "STAT"]) && !known(&["SOUR"]));
}

#[test]
fn every_model_says_who_it_is_and_is_simulated_as_that() {
    for model in models() {
        let name = model.name();
        assert!(!model.title().is_empty() && !model.title().ends_with('.'), "{name}");
        assert!(model.source().len() > 20, "{name}");
        let identity = &model.obeys().identity;
        assert!(identity.matches(model.identity()), "{name} is simulated as {identity}");
        assert!(identity.serial.starts_with("SIM"), "{name}");
    }
    let supply = find("keysight-e36312a", None).unwrap();
    assert_eq!(supply.title(), "Keysight E36312A, triple-output bench supply");
    assert_eq!(supply.channels().len(), 3);
    assert_eq!(supply.channels()[&1].voltage.0, 6.0);
}

#[test]
fn no_two_models_take_each_other_for_themselves() {
    for model in models() {
        for other in models() {
            let taken = other.obeys().identity.matches(model.identity());
            assert_eq!(taken, model.name() == other.name(), "{} {}", model.name(), other.name());
        }
    }
}

#[test]
fn names_are_sorted() {
    assert!(builtin().is_sorted());
    assert_eq!(builtin().count(), 4);
}

#[test]
fn a_model_that_several_roles_name_is_read_once() {
    let models = pogo_models::Models::beside(std::path::Path::new("nowhere"));
    let first = models.find("rigol-dp832").unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &models.find("rigol-dp832").unwrap()));
    assert_eq!(models.find("rigol-dp823").unwrap_err(), models.find("rigol-dp823").unwrap_err());
}
