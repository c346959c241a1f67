//! Values in request and response bodies: their schema, and the rule the form check calls.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{OnceLock, PoisonError, RwLock},
};

use madang_domain::shared::{Id, Refusal, Text, Timestamp, platform};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde::Serialize;
use serde_json::Value;

use super::codes;

/// The rule behind a `format` of the document.
pub(super) type Rule = fn(&str) -> Result<(), Refusal>;

fn rules() -> &'static RwLock<HashMap<&'static str, Rule>> {
    static RULES: OnceLock<RwLock<HashMap<&'static str, Rule>>> = OnceLock::new();
    RULES.get_or_init(RwLock::default)
}

/// The rule behind this `format`, if a type with it was registered.
pub(super) fn rule(format: &str) -> Option<Rule> {
    rules().read().unwrap_or_else(PoisonError::into_inner).get(format).copied()
}

fn register_rule(format: &'static str, rule: Rule) {
    rules().write().unwrap_or_else(PoisonError::into_inner).insert(format, rule);
}

fn refused<T: Type>(refusal: &Refusal) -> ParseError<T> {
    ParseError::custom(encode(refusal))
}

/// Frames a refusal within the sentence that is all a [`ParseError`] can carry.
const FRAME: char = '\u{1e}';
/// Separates the parts of a refusal within its frame.
const PART: char = '\u{1f}';

fn encode(refusal: &Refusal) -> String {
    let mut text = format!("{FRAME}{}", refusal.code.name);
    for (name, value) in &refusal.params {
        text.extend([&PART.to_string(), *name, &PART.to_string(), value.as_str()]);
    }
    text.push(FRAME);
    text
}

/// The refusal within the sentence of a [`ParseError`], if one of our types wrote it.
pub(super) fn decode(sentence: &str) -> Option<Refusal> {
    let mut parts = sentence.split(FRAME).nth(1)?.split(PART);
    let code = codes::find(parts.next()?)?;
    let mut refusal = Refusal::from(code);
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        // The words of the code hold the same names, for as long as the program runs.
        let known = code.advice.en.split(['{', '}']).skip(1).step_by(2).find(|known| *known == name);
        if let Some(known) = known {
            refusal.params.push((known, value.to_owned()));
        }
    }
    Some(refusal)
}

/// Implements the poem-openapi traits for a wrapper that is a JSON string.
macro_rules! string_type {
    (impl [$($bound:tt)*] $type:ty, name $name:expr, schema $schema:expr, register $register:expr, parse $parse:expr, show $show:expr) => {
        impl<$($bound)*> Type for $type {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                $name
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }

            fn register(_registry: &mut Registry) {
                $register
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(self.as_raw_value().into_iter())
            }
        }

        impl<$($bound)*> ParseFromJSON for $type {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                match value {
                    Some(Value::String(text)) => $parse(&text).map_err(|refusal| refused(&refusal)),
                    other => Err(ParseError::expected_type(other.unwrap_or_default())),
                }
            }
        }

        impl<$($bound)*> ParseFromParameter for $type {
            fn parse_from_parameter(text: &str) -> ParseResult<Self> {
                $parse(text).map_err(|refusal| refused(&refusal))
            }
        }

        impl<$($bound)*> ToJSON for $type {
            fn to_json(&self) -> Option<Value> {
                Some(Value::String($show(self)))
            }
        }

        impl<$($bound)*> Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$show(self))
            }
        }
    };
}

/// A text with a rule; the rule's home is the domain type.
#[derive(Clone, Debug)]
pub struct Field<T>(pub T);

string_type!(impl [T: Text] Field<T>,
    name T::FORMAT.into(),
    schema MetaSchema {
        format: Some(T::FORMAT),
        min_length: (T::MIN > 0).then_some(T::MIN),
        max_length: Some(T::MAX),
        pattern: T::PATTERN.map(str::to_owned),
        example: Some(T::EXAMPLE.into()),
        ..MetaSchema::new("string")
    },
    register register_rule(T::FORMAT, |text| T::parse(text).map(|_| ())),
    parse |text: &str| T::parse(text).map(Self),
    show |field: &Self| field.0.as_ref().to_owned()
);

/// An id in a body or a query.
#[derive(Debug)]
pub struct Ident<T>(pub Id<T>);

impl<T> Clone for Ident<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ident<T> {}

impl<T> From<Id<T>> for Ident<T> {
    fn from(id: Id<T>) -> Self {
        Self(id)
    }
}

fn parse_id<T>(text: &str) -> Result<Ident<T>, Refusal> {
    text.parse().map(Ident).map_err(|_| platform::WRONG_FORMAT.with("expected", "UUID"))
}

string_type!(impl [T: 'static] Ident<T>,
    name "uuid".into(),
    schema MetaSchema {
        format: Some("uuid"),
        example: Some("019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69".into()),
        ..MetaSchema::new("string")
    },
    register register_rule("uuid", |text| parse_id::<()>(text).map(|_| ())),
    parse parse_id,
    show |id: &Self| id.0.to_string()
);

/// An instant: RFC 3339, answered in UTC with `Z`.
#[derive(Clone, Copy, Debug)]
pub struct Instant(pub Timestamp);

impl From<Timestamp> for Instant {
    fn from(instant: Timestamp) -> Self {
        Self(instant)
    }
}

/// 0001-01-01T00:00:00Z in microseconds.
const FIRST: i64 = -62_135_596_800_000_000;
/// 9999-12-30T22:00:00Z, the last instant every time zone can show.
const LAST: i64 = 253_402_207_200_000_000;

fn parse_instant(text: &str) -> Result<Instant, Refusal> {
    // RFC 3339 has years of four digits; ISO 8601, which the parser reads, has more and negative ones.
    let four_digits = text.get(..4).is_some_and(|year| year.bytes().all(|digit| digit.is_ascii_digit()));
    let instant = text.parse::<Timestamp>().ok().filter(|_| four_digits && text.get(4..5) == Some("-"));
    // An offset can carry the last and the first hours of all years out of them.
    let instant = instant.filter(|instant| (FIRST..=LAST).contains(&instant.micros()));
    instant.map(Instant).ok_or_else(|| platform::WRONG_FORMAT.with("expected", "2026-11-21T09:30:00Z"))
}

string_type!(impl [] Instant,
    name "date-time".into(),
    schema MetaSchema {
        format: Some("date-time"),
        example: Some("2026-11-21T09:30:00Z".into()),
        ..MetaSchema::new("string")
    },
    register register_rule("date-time", |text| parse_instant(text).map(|_| ())),
    parse parse_instant,
    show |instant: &Self| instant.0.to_string()
);

/// A place in a list by time: the id of something in it, or an instant.
#[derive(Debug)]
pub enum IdOrInstant<T> {
    /// The id.
    Id(Id<T>),
    /// The instant.
    Instant(Timestamp),
}

impl<T> Clone for IdOrInstant<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for IdOrInstant<T> {}

fn parse_id_or_instant<T>(text: &str) -> Result<IdOrInstant<T>, Refusal> {
    let id = parse_id(text).map(|id| IdOrInstant::Id(id.0));
    id.or_else(|_| parse_instant(text).map(|instant| IdOrInstant::Instant(instant.0)))
        .map_err(|_| platform::WRONG_FORMAT.with("expected", "UUID, 2026-11-21T09:30:00Z"))
}

string_type!(impl [T: 'static] IdOrInstant<T>,
    name "uuid-or-date-time".into(),
    schema MetaSchema {
        format: Some("uuid-or-date-time"),
        example: Some("2026-11-21T09:30:00Z".into()),
        ..MetaSchema::new("string")
    },
    register register_rule("uuid-or-date-time", |text| parse_id_or_instant::<()>(text).map(|_| ())),
    parse parse_id_or_instant,
    show |place: &Self| match place {
        Self::Id(id) => id.to_string(),
        Self::Instant(instant) => instant.to_string(),
    }
);

/// A day of the calendar, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug)]
pub struct Date(pub jiff::civil::Date);

impl From<jiff::civil::Date> for Date {
    fn from(date: jiff::civil::Date) -> Self {
        Self(date)
    }
}

fn parse_date(text: &str) -> Result<Date, Refusal> {
    let refusal = || platform::WRONG_FORMAT.with("expected", "YYYY-MM-DD");
    let date = text.parse::<jiff::civil::Date>().map_err(|_| refusal())?;
    // The parser reads other forms of ISO 8601 as well.
    let dashes = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    if dashes && date.year() > 0 { Ok(Date(date)) } else { Err(refusal()) }
}

string_type!(impl [] Date,
    name "date".into(),
    schema MetaSchema { format: Some("date"), example: Some("2026-11-21".into()), ..MetaSchema::new("string") },
    register register_rule("date", |text| parse_date(text).map(|_| ())),
    parse parse_date,
    show |date: &Self| date.0.to_string()
);

/// The IANA name of a time zone.
#[derive(Clone, Debug)]
pub struct ZoneName(pub String);

fn parse_zone(text: &str) -> Result<ZoneName, Refusal> {
    match jiff::tz::TimeZone::get(text) {
        Ok(zone) => Ok(ZoneName(zone.iana_name().unwrap_or(text).to_owned())),
        Err(_) => Err(platform::WRONG_FORMAT.with("expected", "Asia/Seoul")),
    }
}

string_type!(impl [] ZoneName,
    name "time-zone".into(),
    schema MetaSchema {
        format: Some("time-zone"),
        max_length: Some(64),
        example: Some("Asia/Seoul".into()),
        ..MetaSchema::new("string")
    },
    register register_rule("time-zone", |text| parse_zone(text).map(|_| ())),
    parse parse_zone,
    show |zone: &Self| zone.0.clone()
);
