//! What shows what somebody did, and what does not.
//!
//! Tamper-evident is all that a record can be. The rows that say no are as much part of the answer
//! as those that say yes.

use super::Detection;

const fn row(
    what: &'static str,
    verify: &'static str,
    anchor: &'static str,
    besides: &'static str,
) -> Detection {
    Detection { what, verify, anchor, besides }
}

/// The table.
pub const TABLE: [Detection; 16] = [
    row(
        "an entry in the middle of a log is changed, removed, moved or added, hashes mended or not, \
         without the log's key",
        "yes: the entry, or the entries between two checkpoints",
        "yes",
        "`pogo export --bundle` proves single entries to somebody without the store",
    ),
    row(
        "an attachment, a table made from the entries, or a byte of the database file is changed",
        "yes: the file, the table or the page",
        "yes",
        "",
    ),
    row(
        "a verdict is recorded that does not follow from the value and its limit",
        "with --rejudge",
        "with --rejudge",
        "scripts cannot set verdicts; the runtime judges",
    ),
    row(
        "the end of a log is cut off, with the run that failed, or its write-ahead log is removed",
        "NO, and it says so",
        "yes, up to the anchor",
        "anchors have to be kept where whoever can change the store cannot change them; a server \
         that keeps them is to come",
    ),
    row(
        "a log is written anew by somebody who has its key, or begun anew with another",
        "NO, and it says so",
        "yes, up to the anchor",
        "the key is a file that can be copied; keys in hardware are to come",
    ),
    row(
        "two people are shown two different histories",
        "NO",
        "only if they compare anchors",
        "independent witnesses are to come",
    ),
    row(
        "a script, a limit, a fixture or a firmware is used that nobody approved",
        "NO",
        "NO",
        "its hash is in the record, and `pogo run-diff` shows what changed; signed release \
         manifests that refuse it are to come, and production is refused until then",
    ),
    row(
        "the program itself is replaced",
        "NO",
        "NO",
        "runs on real instruments record the program's hash, which a replaced program can invent; a \
         measured boot is to come",
    ),
    row(
        "the clock is set back",
        "NO: entries keep their order, whatever their times say",
        "as far as anchors with a known date tell",
        "entries about steps of the clock are to come",
    ),
    row(
        "a simulator is served on the network and poses as a registered instrument",
        "NO",
        "NO",
        "Pogo's own simulator answers with a serial number that begins with SIM, which the record \
         keeps; whoever patches it can still cheat. The instrument register is to come",
    ),
    row(
        "a simulated run is passed off as a real one",
        "yes: the mode is in every signed entry, and simulated logs have a key that says so",
        "yes",
        "every answer and every printed page says so",
    ),
    row(
        "a unit is tested again until it passes",
        "no damage: every attempt is kept and numbered",
        "same",
        "`pogo history` shows all of them, `pogo yield` counts the first; a retest policy that \
         refuses is to come",
    ),
    row(
        "the plug is pulled during a test that fails",
        "no damage: the run has begun in the record before the first stimulus",
        "same",
        "it is an INTERRUPTED attempt in `pogo history`, and no first pass in `pogo yield`",
    ),
    row(
        "one unit is tested under the serial number of another",
        "NO",
        "NO",
        "a serial number of another product is refused where the product says what its own look \
         like, and a scanned label has to fit; what the unit itself says has to be checked by the \
         script",
    ),
    row(
        "somebody works under the name of another",
        "NO",
        "NO",
        "the operator is a name that is typed in; badges and signatures of people are to come",
    ),
    row(
        "the unit on the bench is not the one whose record this is, or a bench is wired so that it \
         always passes",
        "NO",
        "NO",
        "no record can show it; faults that a script has to find are tried on the simulated bench",
    ),
];
