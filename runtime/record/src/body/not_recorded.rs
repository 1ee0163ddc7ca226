//! What nothing is known of says so: `NOT RECORDED` instead of an empty field.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

const TEXT: &str = "NOT RECORDED";

pub(crate) fn serialize<T: Serialize, S: Serializer>(
    it: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match it {
        Some(it) => it.serialize(serializer),
        None => serializer.serialize_str(TEXT),
    }
}

pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    if raw.get().trim_matches('"') == TEXT {
        return Ok(None);
    }
    serde_json::from_str(raw.get()).map(Some).map_err(D::Error::custom)
}
