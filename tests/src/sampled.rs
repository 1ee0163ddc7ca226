//! Words that look again and again: `sample`, `settle`, `wait_for`, `becomes`; and `power_cycle`,
//! `attach`. In simulated time, which the last line says to the millisecond.

use crate::bench::{SIMULATED, folder, simulated};
use crate::{Ended, Program};

fn passes(script: &str) -> Ended {
    let ended = simulated(script);
    assert_eq!(ended.code, 0, "{ended:?}");
    ended
}

fn is_error(script: &str, says: &str) {
    let ended = simulated(script);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
}

fn took(ended: &Ended) -> &str {
    let last = ended.stdout.lines().last().unwrap_or_default();
    last.split(", ").find_map(|it| it.split_once(" simulated")).map_or("", |(time, _)| time)
}

#[test]
fn readings_are_taken_so_far_apart_whatever_one_takes() {
    let ended = passes(
        "let n = 0; let all = sample(|| { n += 1; wait(20.ms); n }, 11, 100.ms); \
         check(\"last\", all[10] == 11); measure(\"count\", all.len(), 11..=11);",
    );
    assert_eq!(took(&ended), "1.02 s");
}

#[test]
fn what_takes_longer_than_the_time_between_follows_at_once() {
    let ended = passes("sample(|| wait(50.ms), 4, 10.ms); measure(\"a\", 1, 0..=2);");
    assert_eq!(took(&ended), "0.20 s");
}

#[test]
fn readings_say_their_mean_spread_and_drift() {
    passes(
        "psu.set_voltage(3.V); psu.on(); wait(1.s); \
         let all = sample(|| dmm.dc_voltage(), 20, 50.ms); \
         measure(\"level\", all.mean(), 2.99.V..=3.01.V); \
         measure(\"noise\", all.stddev(), 0.V..=1.mV); \
         measure(\"drift\", all.slope(1.s), -1.mV..=1.mV); \
         measure(\"median\", all.percentile(50), all.min()..=all.max());",
    );
}

#[test]
fn a_value_that_keeps_still_has_settled_after_that_time() {
    let ended = passes(
        "let v = settle(|| 3.V, #{ within: 2.mV, over: 50.ms, deadline: 2.s }); \
         measure(\"level\", v, 2.9.V..=3.1.V);",
    );
    assert_eq!(took(&ended), "0.05 s");
}

#[test]
fn a_value_that_rises_has_settled_once_it_has_kept_still_for_the_whole_time() {
    // 1 V each 10 ms up to 10 V: still from 100 ms on.
    let ended = passes(
        "let n = 0; settle(|| { n += 1; let v = if n < 10 { n } else { 10 }; v * 1.V }, \
         #{ within: 2.mV, over: 50.ms, deadline: 2.s, every: 10.ms }); measure(\"n\", n, 15..=15);",
    );
    assert_eq!(took(&ended), "0.14 s");
}

#[test]
fn a_value_that_never_keeps_still_is_an_error_of_the_bench() {
    let script = "let n = 0; try { settle(|| { n += 1; (n % 2) * 1.V }, \
                  #{ within: 2.mV, over: 50.ms, deadline: 1.s }); } catch {} measure(\"a\", 1, 0..=2);";
    is_error(
        script,
        "it has not settled after 1 s: it moved by 1 V within 50 ms, and 2 mV is allowed",
    );
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (options, says) in [
        ("#{ within: 2.mV, over: 50.ms }", "the option `deadline` is missing"),
        ("#{ within: 2.mV, ovr: 50.ms, deadline: 1.s }", "there is no option `ovr`"),
        ("#{ within: 2.mV, over: 50.mV, deadline: 1.s }", "expected a duration"),
        ("#{ within: 2.mV, over: 5.s, deadline: 1.s }", "nothing keeps still for 5 s within 1 s"),
        ("#{ within: 2.mV, over: 0.s, deadline: 1.s }", "no time at all"),
        ("#{ within: 2, over: 1.s, deadline: 1.s }", "expected a positive quantity"),
        ("#{ within: 2.mA, over: 1.s, deadline: 1.s }", "a current"),
        ("#{ within: 2.mV, over: 1.s, deadline: 1.s, every: 1.us }", "more than 10000 readings"),
    ] {
        // From a variable that changes, so that only the run can find it.
        let script =
            format!("let o = [{options}]; settle(|| 3.V, o[0]); measure(\"a\", 1, 0..=2);");
        is_error(&script, says);
    }
}

#[test]
fn what_becomes_so_is_waited_for_and_what_does_not_is_an_error() {
    let ended = passes("let n = 0; wait_for(|| { n += 1; n > 5 }, 1.s); measure(\"n\", n, 6..=6);");
    assert_eq!(took(&ended), "0.05 s");
    is_error("wait_for(|| false, 1.s); measure(\"a\", 1, 0..=2);", "it is not so after 1 s");
    is_error("wait_for(|| 5, 1.s); measure(\"a\", 1, 0..=2);", "the condition gives a i64");
}

#[test]
fn whether_it_becomes_so_is_judged_as_any_other_finding() {
    let ended = simulated("check(\"sleeps\", becomes(|| false, 300.ms));");
    assert_eq!((ended.code, took(&ended)), (1, "0.30 s"), "{ended:?}");
    passes("check(\"sleeps\", becomes(|| true, 300.ms));");
}

#[test]
fn a_supply_is_off_for_as_long_as_it_is_cycled() {
    let ended = passes(
        "psu.set_voltage(3.V); psu.on(); power_cycle(psu, 500.ms); check(\"is_on\", psu.is_on());",
    );
    assert!(took(&ended).starts_with("0.5"), "{ended:?}");
    let refused = simulated("power_cycle(dmm, 500.ms); measure(\"a\", 1, 0..=2);");
    assert!(refused.code != 0 && refused.stderr.contains("expected a power supply"), "{refused:?}");
    let refused = simulated("power_cycle(psu, 5); measure(\"a\", 1, 0..=2);");
    assert!(refused.code == 2 && refused.stderr.contains("5.s"), "{refused:?}");
}

#[test]
fn what_is_attached_stands_beside_the_record_to_the_byte() {
    let script = "attach(\"boot.log\", \"ready\\n\"); let b = blob(3, 7); attach(\"image.bin\", b); \
                  measure(\"a\", 1, 0..=2);";
    let folder = folder(script);
    let ended = Program::run(folder.root(), SIMULATED);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("boot.log") && ended.stdout.contains("6 bytes"), "{ended:?}");
    let files = std::fs::read_dir(folder.path("store/simulated/attachments")).unwrap().flatten();
    let mut files: Vec<_> = files.map(|it| std::fs::read(it.path()).unwrap()).collect();
    files.sort();
    assert_eq!(files, [vec![7; 3], b"ready\n".to_vec()]);
    for (call, says) in [
        ("attach(\"../x\", \"y\")", "cannot be the name of a file"),
        ("attach(\"x\", [5])", "neither text nor bytes"),
        ("attach(\"\", \"y\")", "cannot be the name of a file"),
    ] {
        is_error(&format!("{call}; measure(\"a\", 1, 0..=2);"), says);
    }
}
