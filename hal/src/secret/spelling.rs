//! How a secret can be written where it must not stand: as it is, and as the usual encodings
//! write it.
//!
//! Source: RFC 4648 (base64, hex), RFC 3986, 2.1 (percent), RFC 8259, 7 (JSON).

use zeroize::Zeroizing;

use super::Secret;

/// One way to write a secret.
#[derive(Debug)]
pub(super) struct Spelling {
    /// The bytes, letters in lower case; at least [`Secret::SHORTEST`].
    pub(super) folded: Zeroizing<Vec<u8>>,
    /// The encoding, as people read it behind "in"; empty for none.
    pub(super) encoding: &'static str,
}

/// Every way to write `content` that is looked for, each once. Letters count as equal in both
/// cases: an instrument that answers in capitals gives a secret away as well.
pub(super) fn spellings(content: &[u8]) -> Vec<Spelling> {
    let mut all = Vec::<Spelling>::new();
    let mut add = |encoding, text: Vec<u8>| {
        let mut folded = Zeroizing::new(text);
        folded.make_ascii_lowercase();
        if folded.len() >= Secret::SHORTEST && all.iter().all(|it| it.folded != folded) {
            all.push(Spelling { folded, encoding });
        }
    };
    for part in parts(content) {
        add("", part.to_vec());
        for (encoding, text) in written(part) {
            add(encoding, text.clone().into_bytes());
            // A message that quotes one inside a JSON text inside another.
            let mut text = text;
            for _ in 0..DEPTH {
                text = json(&text, |_| false);
                add("JSON", text.clone().into_bytes());
            }
        }
        for between in ["", ":", " ", "-"] {
            add("hex", hex(part, between));
        }
        for kept in [&b""[..], b"-._~", b"-._~!'()*"] {
            add("percent encoding", percent(part, kept));
        }
        for last in [b"+/", b"-_"] {
            (0..3).for_each(|before| add("base64", base64(part, before, last)));
        }
    }
    all
}

/// The content, without blanks around it too, and the lines of one that has several: a key is
/// written to a console line by line. Those that only say where it begins are no secret.
fn parts(content: &[u8]) -> Vec<&[u8]> {
    let mut parts = vec![content, content.trim_ascii()];
    let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    parts.extend(lines.filter(|line| line.len() >= 16 && !line.starts_with(b"-----")));
    parts
}

/// How often what is written already may be written once more, as a JSON text.
const DEPTH: usize = 3;

/// `content` as programs write a text: between quotes, or where marks have a meaning.
fn written(content: &[u8]) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Ok(text) = std::str::from_utf8(content) {
        all.extend([
            ("JSON", json(text, |_| false)),
            ("JSON", json(text, |c| !c.is_ascii())),
            ("JSON", json(text, |c| c == '/')),
            ("escapes", text.escape_debug().to_string()),
            ("escapes", text.escape_default().to_string()),
            ("HTML", html(text)),
            ("doubled quotes", text.replace('"', "\"\"")),
        ]);
    }
    all.push(("escapes", content.escape_ascii().to_string()));
    all
}

/// As inside a JSON text, with `also` escaped that need not be.
fn json(text: &str, also: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '/' if also(c) => out.push_str("\\/"),
            c if c < ' ' || also(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

fn hex(bytes: &[u8], between: &str) -> Vec<u8> {
    let each: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    each.join(between).into_bytes()
}

/// Everything but the `kept` in percent encoding; letters and digits too if nothing is kept.
fn percent(bytes: &[u8], kept: &[u8]) -> Vec<u8> {
    let plain = |it: u8| kept.contains(&it) || !kept.is_empty() && it.is_ascii_alphanumeric();
    let one = |byte: &u8| match plain(*byte) {
        true => vec![*byte],
        false => format!("%{byte:02x}").into_bytes(),
    };
    bytes.iter().flat_map(one).collect()
}

/// The digits that do not depend on what stands before and behind `bytes`, if so many bytes stand
/// `before` them in their group of three.
fn base64(bytes: &[u8], before: usize, last: &[u8; 2]) -> Vec<u8> {
    let bit = |at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    let digit = |value: u8| match value {
        0..26 => b'A' + value,
        26..52 => b'a' + value - 26,
        52..62 => b'0' + value - 52,
        _ => last[usize::from(value - 62)],
    };
    let first = (6 - before * 8 % 6) % 6;
    let groups = (first..).step_by(6).take_while(|at| at + 6 <= bytes.len() * 8);
    groups.map(|at| digit((at..at + 6).fold(0, |value, at| value << 1 | bit(at)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn base64_is_found_wherever_in_a_group_of_three_it_begins() {
        // RFC 4648, 10: `foobar` is `Zm9vYmFy`, `fo` is `Zm8=`.
        assert_eq!(text(base64(b"foobar", 0, b"+/")), "Zm9vYmFy");
        assert_eq!(text(base64(b"fo", 0, b"+/")), "Zm");
        // `xfoobar` is `eGZvb2Jhcg==`, `xyfoobar` is `eHlmb29iYXI=`.
        assert_eq!(text(base64(b"foobar", 1, b"+/")), "Zvb2Jhc");
        assert_eq!(text(base64(b"foobar", 2, b"+/")), "mb29iYX");
        assert_eq!(text(base64(b"\xfb\xef\xff", 0, b"+/")), "++//");
        assert_eq!(text(base64(b"\xfb\xef\xff", 0, b"-_")), "--__");
    }

    #[test]
    fn every_encoding_writes_what_its_standard_says() {
        assert_eq!(json("a\"\\\n\u{1}é/", |_| false), "a\\\"\\\\\\n\\u0001é/");
        assert_eq!(json("é😀/", |c| !c.is_ascii()), "\\u00e9\\ud83d\\ude00/");
        assert_eq!(json("é/", |c| c == '/'), "é\\/");
        assert_eq!(text(percent(b"a b/~", b"-._~")), "a%20b%2f~");
        assert_eq!(text(percent(b"aB", b"")), "%61%42");
        assert_eq!(text(hex(b"\x01\xab", ":")), "01:ab");
        assert_eq!(html("<a&'\">"), "&lt;a&amp;&#39;&quot;&gt;");
    }

    #[test]
    fn a_text_is_found_however_often_it_was_quoted() {
        let content = "say \"ah\" \\ é";
        let all = spellings(content.as_bytes());
        let mut text = format!("{content:?}");
        for depth in 0..=DEPTH {
            let has = |it: &Spelling| text.contains(std::str::from_utf8(&it.folded).unwrap());
            assert!(all.iter().any(has), "{depth}: {text}");
            text = json(&text, |_| false);
        }
    }

    #[test]
    fn a_key_of_several_lines_is_found_by_each_of_them() {
        let key = b"-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----\n";
        let all = spellings(key);
        let has = |text: &[u8]| all.iter().any(|it| it.folded.as_slice() == text);
        assert!(has(b"miievqibadanbgkqhkig"));
        assert!(!has(b"-----begin key-----"));
    }
}
