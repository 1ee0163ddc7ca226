//! Documents from which no verdict follows, beside ones that are as near to them as can be: both
//! implementations of `docs/formats.md` have to tell them apart.

use pogo_record::{Judged, Verdict, judge};

use crate::verifier;

const NONSENSE: &str = "makes no sense";

const AT_LEAST_1_V: &str = r#"{"kind":"at-least","low":1.0,"unit":"V"}"#;

/// A nominal and its unit, a tolerance and its unit, and the edges that are written.
macro_rules! within {
    ($nominal:literal, $unit:literal, $by:literal, $of:literal, $low:literal, $high:literal) => {
        concat!(
            r#"{"kind":"within","low":"#,
            $low,
            r#","high":"#,
            $high,
            r#","nominal":"#,
            $nominal,
            r#","tolerance":{"value":"#,
            $by,
            r#","unit":""#,
            $of,
            r#""},"unit":""#,
            $unit,
            r#""}"#,
        )
    };
}

/// A value, its unit, a limit, and what follows.
const CASES: [(&str, &str, &str, &str); 44] = [
    // Values: a whole number of volts, a number in another scale, texts that are no numbers.
    ("5.0", "V", AT_LEAST_1_V, "pass"),
    ("5", "V", AT_LEAST_1_V, NONSENSE),
    ("5.0", "mV", AT_LEAST_1_V, NONSENSE),
    ("5e0", "V", AT_LEAST_1_V, "pass"),
    ("1e400", "V", AT_LEAST_1_V, NONSENSE),
    ("\"inf\"", "V", AT_LEAST_1_V, "error"),
    ("\"5.0\"", "V", AT_LEAST_1_V, NONSENSE),
    ("\"infinity\"", "V", AT_LEAST_1_V, NONSENSE),
    ("true", "V", AT_LEAST_1_V, NONSENSE),
    ("null", "V", AT_LEAST_1_V, NONSENSE),
    ("5.0", "A", AT_LEAST_1_V, "error"),
    ("5.0", "1", AT_LEAST_1_V, "error"),
    ("5.0", "", AT_LEAST_1_V, NONSENSE),
    ("\"a\"", "", AT_LEAST_1_V, "error"),
    ("9223372036854775807", "1", r#"{"kind":"at-least","low":1,"unit":"1"}"#, "pass"),
    ("9223372036854775808", "1", r#"{"kind":"at-least","low":1,"unit":"1"}"#, NONSENSE),
    // Edges.
    ("5.0", "V", r#"{"kind":"at-least","low":1,"unit":"V"}"#, NONSENSE),
    ("5.0", "V", r#"{"kind":"at-least","low":"NaN","unit":"V"}"#, NONSENSE),
    ("5.0", "V", r#"{"kind":"at-least","low":1.0}"#, NONSENSE),
    ("5.0", "V", r#"{"kind":"at-least","high":1.0,"unit":"V"}"#, NONSENSE),
    ("5.0", "V", r#"{"kind":"at-most","high":1.0,"unit":"parsec"}"#, NONSENSE),
    ("5.0", "V", r#"{"kind":"between","low":5.0,"high":5.0,"unit":"V"}"#, "pass"),
    ("5.0", "V", r#"{"kind":"between","low":6.0,"high":5.0,"unit":"V"}"#, NONSENSE),
    ("5.0", "V", r#"{"kind":"between","low":5.0,"unit":"V"}"#, NONSENSE),
    ("5.0", "V", r#"{"kind":"maybe"}"#, NONSENSE),
    // Tolerances: of a scale of its own, of a percentage, negative, with other edges.
    ("0.7", "V", within!("0.8", "V", "0.1", "V", "0.7", "0.9"), "pass"),
    ("0.7", "V", within!("0.8", "V", "0.1", "V", "0.7000000000000001", "0.9"), NONSENSE),
    ("0.7", "V", within!("0.8", "V", "0.1", "A", "0.7", "0.9"), NONSENSE),
    ("0.7", "V", within!("0.8", "V", "-0.1", "V", "0.9", "0.7"), NONSENSE),
    ("0.7", "V", within!("0.8", "V", "12.5", "%", "0.7", "0.9"), "pass"),
    ("0.7", "Cel", within!("0.8", "Cel", "0.1", "Cel", "0.7", "0.9"), NONSENSE),
    ("0.7", "Cel", within!("0.8", "Cel", "0.1", "K", "0.7", "0.9"), "pass"),
    ("0.7", "Cel", within!("0.8", "Cel", "12.5", "%", "0.7", "0.9"), NONSENSE),
    ("0.7", "dB", within!("0.8", "dB", "12.5", "%", "0.7", "0.9"), NONSENSE),
    ("0.7", "%", within!("0.8", "%", "0.1", "%", "0.7", "0.9"), NONSENSE),
    ("0.7", "1", within!("0.8", "1", "12.5", "%", "0.7", "0.9"), NONSENSE),
    ("2", "1", within!("3", "1", "1", "1", "2", "4"), "pass"),
    ("2", "1", within!("3", "1", "1", "1", "2.0", "4.0"), NONSENSE),
    ("2", "1", within!("3", "1", "1.0", "1", "2.0", "4.0"), "pass"),
    // What can be equal.
    ("5.0", "V", r#"{"kind":"equals","expected":{"value":5.0,"unit":"V"}}"#, NONSENSE),
    ("5", "1", r#"{"kind":"equals","expected":{"value":5,"unit":"1"}}"#, "pass"),
    ("5.0", "1", r#"{"kind":"equals","expected":{"value":5,"unit":"1"}}"#, "error"),
    ("5", "1", r#"{"kind":"one-of","choices":[]}"#, NONSENSE),
    ("5", "1", r#"{"kind":"one-of","choices":[{"value":"5"},{"value":true}]}"#, "error"),
];

/// Asks the second verifier's `judge` about lines of JSON.
const ASK: &str = "
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from judge import judge, parse, value_of
from verify import SENSELESS, Wrong
for line in sys.stdin:
    try:
        it = parse(line)
        print(judge(it.get('unit'), value_of(it['value'], it.get('unit')), it['limits']))
    except (Wrong, *SENSELESS):
        print('makes no sense')
";

#[test]
fn what_makes_no_sense_to_one_implementation_makes_none_to_the_other() {
    let bodies = CASES.map(|(value, unit, limit, _)| {
        let unit = if unit.is_empty() { String::new() } else { format!("\"unit\":\"{unit}\",") };
        format!(
            "{{\"name\":\"x\",\"raw\":[],\"value\":{value},{unit}\"limits\":{limit},\
             \"verdict\":\"pass\",\"shown\":\"\"}}\n"
        )
    });
    let ours = |body: &String| match serde_json::from_str::<Judged>(body) {
        Ok(it) => judge(&it.value, &it.limit).unwrap_or(Verdict::Error).name(),
        Err(_) => NONSENSE,
    };
    for (body, (.., expected)) in bodies.iter().zip(CASES) {
        assert_eq!(ours(body), expected, "{body}");
    }
    let Some(theirs) = verifier::asked(ASK, &bodies.concat()) else { return };
    assert_eq!((theirs.code, &*theirs.stderr), (0, ""));
    assert_eq!(theirs.stdout.lines().count(), CASES.len());
    for (theirs, (body, (.., expected))) in theirs.stdout.lines().zip(bodies.iter().zip(CASES)) {
        assert_eq!(theirs, expected, "{body}");
    }
}
