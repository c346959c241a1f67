//! Values as people write them in the environment: everything arrives as text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A text that never appears in logs or in `madang config`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be shown: URLs keep everything but the password.
    fn redacted(&self) -> String {
        match url::Url::parse(&self.0) {
            Ok(url) if url.password().is_none() => self.0.clone(),
            Ok(mut url) => match url.set_password(Some("redacted")) {
                Ok(()) => url.to_string(),
                Err(()) => "[redacted]".into(),
            },
            Err(_) => "[redacted]".into(),
        }
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.redacted())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Either the value itself (from the file) or its text (from the environment).
#[derive(Deserialize)]
#[serde(untagged)]
enum Written<T> {
    Value(T),
    Text(String),
}

/// Whole numbers.
pub(super) mod number {
    use super::*;

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: TryFrom<u64>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let number = match Written::<u64>::deserialize(deserializer) {
            Ok(Written::Value(number)) => Some(number),
            Ok(Written::Text(text)) => text.trim().parse().ok(),
            Err(_) => None,
        };
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| de::Error::custom("must be a whole number"))
    }
}

/// Whole numbers that may be left to the program.
pub(super) mod optional_number {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
        number::deserialize(deserializer).map(Some)
    }
}

/// Booleans.
pub(super) mod switch {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        match Written::<bool>::deserialize(deserializer) {
            Ok(Written::Value(value)) => Ok(value),
            Ok(Written::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "on" | "yes" => Ok(true),
                "false" | "0" | "off" | "no" => Ok(false),
                _ => Err(de::Error::custom("must be true or false")),
            },
            Err(_) => Err(de::Error::custom("must be true or false")),
        }
    }
}

/// Lists: an array in the file, separated by commas in the environment.
pub(super) mod list {
    use std::{fmt::Display, str::FromStr};

    use super::*;

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let items = match Written::<Vec<String>>::deserialize(deserializer)? {
            Written::Value(items) => items,
            Written::Text(text) => text.split(',').map(str::to_owned).collect(),
        };
        items
            .iter()
            .map(|item| item.trim())
            .filter(|item| !item.is_empty())
            .map(|item| item.parse().map_err(|error| de::Error::custom(format!("{item}: {error}"))))
            .collect()
    }
}

/// Networks, and single addresses as the smallest of them.
pub(super) mod networks {
    use std::{net::IpAddr, str::FromStr};

    use ipnet::IpNet;

    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
        let networks: Vec<Network> = list::deserialize(deserializer)?;
        Ok(networks.into_iter().map(|network| network.0).collect())
    }

    struct Network(IpNet);

    impl FromStr for Network {
        type Err = &'static str;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.map(Self).map_err(|_| "must be an address, or a network such as 10.0.0.0/8")
        }
    }
}
