//! What poem's own errors mean in our words.

use madang_domain::shared::{Failure, Refusal, platform};
use poem::{
    Error,
    error::{
        MethodNotAllowedError, NotFoundError, ParsePathError as PoemPathError, ReadBodyError, SizedLimitError,
    },
    http::StatusCode,
};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError,
    ParseRequestPayloadError,
};

use super::{field, problem::Problem};

/// The failure behind an error.
pub(super) fn failure(error: Error) -> Failure {
    if error.is::<Problem>() {
        return match error.downcast::<Problem>() {
            Ok(problem) => problem.0,
            Err(_) => platform::UNEXPECTED.into(),
        };
    }
    refusal_of(&error).unwrap_or_else(|| by_status(&error))
}

/// Errors that say more than their status.
fn refusal_of(error: &Error) -> Option<Failure> {
    if let Some(parameter) = error.downcast_ref::<ParseParamError>() {
        return Some(parameter_refusal(&parameter.reason).at(format!("?{}", parameter.name)).into());
    }
    if let Some(payload) = error.downcast_ref::<ParseRequestPayloadError>() {
        return Some(platform::MALFORMED_JSON.with("reason", &payload.reason).into());
    }
    if let Some(multipart) = error.downcast_ref::<ParseMultipartError>() {
        return Some(parameter_refusal(&multipart.reason).at("").into());
    }
    let too_large = error.is::<SizedLimitError>()
        || matches!(error.downcast_ref::<ReadBodyError>(), Some(ReadBodyError::PayloadTooLarge));
    let code = if too_large {
        return Some(too_large_without_number());
    } else if error.is::<ContentTypeError>() {
        return Some(unsupported());
    } else if error.is::<ParsePathError>() || error.is::<PoemPathError>() || error.is::<NotFoundError>() {
        // An id that cannot be one names nothing.
        platform::NOT_FOUND
    } else if error.is::<MethodNotAllowedError>() {
        platform::METHOD_NOT_ALLOWED
    } else if error.is::<AuthorizationError>() {
        platform::UNAUTHENTICATED
    } else {
        return None;
    };
    Some(code.into())
}

fn by_status(error: &Error) -> Failure {
    match error.status() {
        StatusCode::NOT_FOUND => platform::NOT_FOUND.into(),
        StatusCode::METHOD_NOT_ALLOWED => platform::METHOD_NOT_ALLOWED.into(),
        StatusCode::UNAUTHORIZED => platform::UNAUTHENTICATED.into(),
        StatusCode::FORBIDDEN => platform::FORBIDDEN.into(),
        StatusCode::PAYLOAD_TOO_LARGE => too_large_without_number(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => unsupported(),
        status if status.is_client_error() => platform::MALFORMED_REQUEST.into(),
        _ => anyhow::anyhow!("{error}").into(),
    }
}

fn too_large_without_number() -> Failure {
    platform::TOO_LARGE.with("max", "1048576").into()
}

fn unsupported() -> Failure {
    platform::UNSUPPORTED_MEDIA_TYPE.with("expected", "application/json").into()
}

/// poem-openapi tells why a parameter was refused in a sentence only. Our own types put the
/// refusal into it; the library's types are known by how their sentences begin.
fn parameter_refusal(reason: &str) -> Refusal {
    if let Some(refusal) = field::decode(reason) {
        return refusal;
    }
    if reason.contains("expects an input value") {
        return platform::REQUIRED.into();
    }
    if reason.contains("valid enumeration value") {
        // The catch-all knows the document, and with it the choices.
        return platform::NOT_A_CHOICE.into();
    }
    let expected = [
        ("failed to parse \"integer", "1, 2, 3, …"),
        ("failed to parse \"number", "1.5"),
        ("failed to parse \"bool", "true, false"),
    ];
    let found = expected.iter().find(|(start, _)| reason.starts_with(start));
    platform::WRONG_FORMAT.with("expected", found.map_or("…", |(_, form)| form))
}
