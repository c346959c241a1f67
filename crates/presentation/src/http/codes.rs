//! The registry of error codes: what `/problems/{code}` explains and `docs/errors.md` lists.

use std::fmt::Write;

use madang_domain::{
    calendar, chat, community, identity, media, moderation, notifications,
    shared::{Code, Kind, platform},
};
use poem::http::StatusCode;

/// Every code of every capability.
pub fn all() -> Vec<Code> {
    [
        platform::CODES,
        media::errors::CODES,
        moderation::errors::CODES,
        chat::errors::CODES,
        identity::errors::CODES,
        calendar::errors::CODES,
        community::errors::CODES,
        notifications::errors::CODES,
    ]
    .concat()
}

/// The code of this name.
pub fn find(name: &str) -> Option<Code> {
    all().into_iter().find(|code| code.name == name)
}

/// The HTTP status of a refusal; the only place that decides it.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Gone => StatusCode::GONE,
        Kind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Exhausted => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `docs/errors.md`.
pub fn markdown() -> String {
    let mut codes = all();
    codes.sort_by_key(|code| code.name);
    let mut text = String::from(
        "# Errors\n\nEvery error is `application/problem+json` (RFC 9457) with one of these codes in `code`. \
         Codes never change; their words may. Written by `make openapi`.\n\n\
         | Code | Status | What happened | What to do |\n| --- | --- | --- | --- |\n",
    );
    for code in codes {
        let status = status(code.kind).as_u16();
        let _ = writeln!(text, "| `{}` | {status} | {} | {} |", code.name, code.title.en, code.advice.en);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut seen = HashSet::new();
        for code in all() {
            assert!(seen.insert(code.name), "{} is declared twice", code.name);
            let (capability, reason) = code.name.split_once('.').expect("capability.reason");
            for part in [capability, reason] {
                assert!(
                    !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                    "{}",
                    code.name
                );
            }
            for words in [code.title, code.advice] {
                assert!(!words.en.is_empty() && !words.ko.is_empty(), "{} has no words", code.name);
            }
        }
    }
}
