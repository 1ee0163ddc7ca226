//! Files as the protocol names them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use lsp_types::Uri;

/// The file that `uri` names; `None` if it names something else, such as a text that was never saved.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // Whatever host stands there, the file is on this one or nowhere.
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut letters = path.bytes();
    while let Some(byte) = letters.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |it: Option<u8>| char::from(it?).to_digit(16);
        let (high, low) = (digit(letters.next())?, digit(letters.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    let text = String::from_utf8(bytes).ok().filter(|it| !it.contains('\0'))?;
    Some(PathBuf::from(text))
}

/// How the file at `path`, which begins at the root, is named.
pub fn uri_of(path: &Path) -> Option<Uri> {
    let mut uri = "file://".to_owned();
    for byte in path.to_str()?.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            it if it.is_ascii_alphanumeric() => uri.push(char::from(it)),
            it => _ = write!(uri, "%{it:02X}"),
        }
    }
    uri.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_and_found_again_whatever_its_letters() {
        for path in ["/a/b.rhai", "/with space/ä %#?[1].rhai", "/"] {
            let uri = uri_of(Path::new(path)).unwrap();
            assert_eq!(path_of(&uri).as_deref(), Some(Path::new(path)), "{uri:?}");
        }
        for other in ["untitled:Untitled-1", "http://x/y", "file:///%ff", "file:///a%00b"] {
            assert_eq!(path_of(&other.parse().unwrap()), None, "{other}");
        }
    }
}
