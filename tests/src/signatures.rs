//! Ed25519 in the second verifier, which has it from RFC 8032 and not from a library.

use std::fmt::Write;

use pogo_record::proof::{Ed25519, Signer};

use crate::{Chance, verifier};

/// Prints for each line of key, message and signature in hex whether it holds.
const ASK: &str = "
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from ed25519 import verify
for line in sys.stdin:
    print(verify(*map(bytes.fromhex, line.rstrip('\\n').split(' '))))
";

/// Key, message, signature. Source: RFC 8032, 7.1, tests 1 to 3.
const VECTORS: [(&str, &str, &str); 3] = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

/// The order of the group, least byte first: a signature plus this is another text for the same.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Points that eight times make nothing, and ways to write them that are not the shortest.
const WEAK: [&str; 5] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The signature with the order of the group added to its second half.
fn varied(signature: &[u8]) -> Vec<u8> {
    let mut varied = signature.to_owned();
    let mut carry = 0;
    for (at, byte) in ORDER.iter().enumerate() {
        let sum = u16::from(varied[32 + at]) + u16::from(*byte) + carry;
        varied[32 + at] = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    varied
}

#[test]
fn the_second_verifier_takes_the_signatures_that_the_first_takes_and_no_others() {
    let (mut lines, mut expected) = (String::new(), Vec::new());
    let mut ask = |key: &str, message: &str, signature: &str, holds: bool| {
        writeln!(lines, "{key} {message} {signature}").unwrap();
        expected.push(if holds { "True" } else { "False" });
    };
    for (key, message, signature) in VECTORS {
        ask(key, message, signature, true);
        ask(key, &format!("{message}00"), signature, false);
        for weak in WEAK {
            ask(weak, message, signature, false);
            ask(key, message, &format!("{weak}{}", &signature[64..]), false);
        }
        // What everybody can make for a weak key: nothing, signed by nobody.
        ask(WEAK[0], message, &format!("{}{}", WEAK[0], WEAK[1]), false);
        ask(key, message, &signature[2..], false);
        ask(&key[2..], message, signature, false);
    }
    let mut chance = Chance::of_seed(8032);
    for number in 0..40_u8 {
        let key = Ed25519::from_seed("pogo/ST1", &[number; 32]).unwrap();
        let message = [number; 7];
        let signature = key.sign(&message).unwrap();
        let mut changed = signature.clone();
        changed[chance.below(64) as usize] ^= 1 << chance.below(8);
        for signature in [&signature, &changed, &varied(&signature)] {
            let holds = key.key().verify(&message, signature).is_ok();
            ask(&hex(key.key().bytes()), &hex(&message), &hex(signature), holds);
        }
    }
    assert_eq!(expected.iter().filter(|it| **it == "True").count(), 43);
    let Some(said) = verifier::asked(ASK, &lines) else { return };
    assert_eq!((said.code, &*said.stderr), (0, ""));
    let said: Vec<_> = said.stdout.lines().collect();
    for (at, line) in lines.lines().enumerate() {
        assert_eq!(said.get(at), expected.get(at), "{line}");
    }
}
