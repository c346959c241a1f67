//! JSON as strictly as it must be read where two readers must understand the same.

use madang_domain::shared::{Failure, platform};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Deeper bodies are refused before they cost anything.
const MAX_DEPTH: usize = 32;

/// One JSON value without duplicate keys, nested at most 32 deep.
///
/// # Errors
/// `platform.malformed_json` with line and column.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    let refused = |error: serde_json::Error| Failure::from(platform::MALFORMED_JSON.with("reason", error));
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(MAX_DEPTH).deserialize(&mut deserializer).map_err(refused)?;
    deserializer.end().map_err(refused)?;
    Ok(value)
}

/// Builds a [`Value`], refusing what two parsers could read differently (duplicate keys).
struct Strict(usize);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("nested too deeply"))?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict(depth))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("nested too deeply"))?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict(depth))?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("the key {name:?} stands twice")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_unambiguous_json_is_read() {
        assert_eq!(
            parse(br#" {"a": [1, -2, 3.5, true, null, "x"]} "#).unwrap(),
            json!({ "a": [1, -2, 3.5, true, null, "x"] })
        );
        let deep = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
        assert!(parse(&deep(32)).is_ok());
        for body in [
            &b""[..],
            b"{",
            b"{} {}",
            b"{\"a\": 1, \"a\": 2}",
            b"{\"a\": {\"b\": 1, \"b\": 1}}",
            b"[1e999]",
            b"\"\xff\"",
            b"\"\\ud800\"",
            b"[NaN]",
            b"'a'",
            &deep(33),
            &deep(100_000),
        ] {
            let failure = parse(body).unwrap_err();
            assert_eq!(failure.code(), platform::MALFORMED_JSON, "{}", String::from_utf8_lossy(body));
        }
    }
}
