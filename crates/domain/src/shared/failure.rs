//! How a request is refused: a stable code with its words, and what is known beyond it.

use std::{fmt, ops::Deref};

/// What sort of "no" a code is. Presentation turns it into an HTTP status, in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is not in the form it must have (400).
    Malformed,
    /// Well-formed, but against a rule (422).
    Invalid,
    /// No credentials, or dead ones (401).
    Unauthenticated,
    /// Known, but not allowed (403).
    Forbidden,
    /// Absent, or hidden from the caller (404).
    NotFound,
    /// The path exists, the method does not (405).
    MethodNotAllowed,
    /// Against the current state (409).
    Conflict,
    /// It was there and is no more (410).
    Gone,
    /// `If-Match` did not hold (412).
    PreconditionFailed,
    /// Larger than allowed (413).
    TooLarge,
    /// A media type we do not take (415).
    UnsupportedMediaType,
    /// A budget is used up (429).
    Exhausted,
    /// A part we depend on is away or overloaded (503).
    Unavailable,
    /// Our fault (500).
    Unexpected,
}

/// One sentence in the languages we speak. `{name}` stands for a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Korean.
    pub ko: &'static str,
}

/// A stable reason, `capability.reason`, with the words people read. As small as a pointer, so
/// that results stay small.
#[derive(Clone, Copy, Debug)]
pub struct Code(pub &'static Reason);

impl Deref for Code {
    type Target = Reason;

    fn deref(&self) -> &Reason {
        self.0
    }
}

/// What a [`Code`] stands for.
#[derive(Debug)]
pub struct Reason {
    /// Decides the HTTP status.
    pub kind: Kind,
    /// What programs compare.
    pub name: &'static str,
    /// What happened.
    pub title: Words,
    /// What to do next.
    pub advice: Words,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Code {}

/// Declares codes as constants and lists them in `CODES`, so that none escapes the registry.
///
/// ```
/// madang_domain::codes! {
///     TOO_LATE = Conflict "example.too_late"
///         "It is too late." / "Come earlier next time."
///         "너무 늦었습니다." / "다음에는 더 일찍 와 주세요.";
/// }
/// assert_eq!(CODES[0], TOO_LATE);
/// ```
#[macro_export]
macro_rules! codes {
    ($($name:ident = $kind:ident $code:literal $en:literal / $en_advice:literal $ko:literal / $ko_advice:literal;)+) => {
        $(
            #[doc = concat!("`", $code, "`: ", $en)]
            pub const $name: $crate::shared::Code = $crate::shared::Code(&$crate::shared::Reason {
                kind: $crate::shared::Kind::$kind,
                name: $code,
                title: $crate::shared::Words { en: $en, ko: $ko },
                advice: $crate::shared::Words { en: $en_advice, ko: $ko_advice },
            });
        )+

        /// Every code of this capability, for the registry.
        pub const CODES: &[$crate::shared::Code] = &[$($name),+];
    };
}

/// A code with the values its words mention; what a rule answers when a value breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule that was broken.
    pub code: Code,
    /// Values for the `{name}`s of the code's words.
    pub params: Vec<(&'static str, String)>,
}

impl Refusal {
    /// Adds a value for `{name}`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// This refusal, pinned to a member of the request body.
    pub fn at(self, pointer: impl Into<String>) -> FieldError {
        FieldError { pointer: pointer.into(), refusal: self }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, params: Vec::new() }
    }
}

impl Code {
    /// Starts a refusal with a value for `{name}`.
    pub fn with(self, name: &'static str, value: impl ToString) -> Refusal {
        Refusal::from(self).with(name, value)
    }

    /// This code, pinned to a member of the request body.
    pub fn at(self, pointer: impl Into<String>) -> FieldError {
        Refusal::from(self).at(pointer)
    }
}

/// A refusal of one member of the request, found by its JSON pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `/email`, `/start/dateTime`, or a parameter as `?from`.
    pub pointer: String,
    /// Why it was refused.
    pub refusal: Refusal,
}

/// The failure of a use case.
#[derive(Debug)]
pub struct Failure {
    /// The reason, with values for its words.
    pub refusal: Refusal,
    /// Field by field, where the request itself is at fault.
    pub fields: Vec<FieldError>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u64>,
    /// The technical cause; logged once, never shown.
    pub cause: Option<anyhow::Error>,
}

impl Failure {
    /// The reason.
    pub fn code(&self) -> Code {
        self.refusal.code
    }

    /// A 422 that lists every field at fault.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::from(super::platform::INVALID_FIELDS) }
    }

    /// Says when trying again makes sense, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().name)?;
        for field in &self.fields {
            write!(f, " {}: {}", field.pointer, field.refusal.code.name)?;
        }
        match &self.cause {
            Some(cause) => write!(f, ": {cause:#}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Refusal::from(code).into()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, fields: Vec::new(), retry_after: None, cause: None }
    }
}

impl From<FieldError> for Failure {
    fn from(field: FieldError) -> Self {
        Self::fields(vec![field])
    }
}

/// Marks a port's error as "away for now" instead of "broken": the answer is 503, not 500.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not available")]
pub struct Unavailable(pub &'static str);

impl From<anyhow::Error> for Failure {
    /// A port broke. A `Failure` or [`Unavailable`] inside the chain keeps its meaning.
    fn from(error: anyhow::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(failure) => return failure,
            Err(error) => error,
        };
        let away = error.chain().any(|cause| cause.is::<Unavailable>());
        let code = if away { super::platform::UNAVAILABLE } else { super::platform::UNEXPECTED };
        let retry_after = away.then_some(1);
        Self { cause: Some(error), retry_after, ..Self::from(code) }
    }
}
