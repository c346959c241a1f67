//! Every error as `application/problem+json` (RFC 9457).
//!
//! Operations answer `Result<_, Problem>`; a [`Failure`] becomes a [`Problem`] with `?`. Errors
//! that poem raises itself are translated by `super::foreign`, and the catch-all
//! (`super::catch_all`) renders them, and panics, so that nothing leaves in another form.

use madang_domain::shared::{Failure, FieldError, Kind, Refusal};
use poem::{
    Body, Error, PathPattern, Request, Response,
    error::ResponseError,
    http::{HeaderValue, Method, StatusCode, Uri, header},
};
use poem_openapi::{
    ApiResponse, Object,
    registry::{MetaResponses, Registry},
};
use serde::Serialize;

use super::{codes, foreign::failure, language::Language, request_id::RequestId, routes::Routes, url::Bases};

/// What operations answer.
pub type Outcome<T> = Result<T, Problem>;

/// A failure on its way out.
#[derive(Debug)]
pub struct Problem(pub Failure);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Problem {}

impl<E: Into<Failure>> From<E> for Problem {
    fn from(failure: E) -> Self {
        Self(failure.into())
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        codes::status(self.0.code().kind)
    }
}

impl ApiResponse for Problem {
    /// The document lists the codes of each operation; see `spec`.
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(registry: &mut Registry) {
        <ProblemBody as poem_openapi::types::Type>::register(registry);
    }
}

/// An error (RFC 9457).
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Problem", rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct ProblemBody {
    /// Address of a page that explains the code.
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    kind: String,
    /// What happened, in the language of the request.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What to do next.
    detail: String,
    /// The path of the request.
    instance: String,
    /// Stable reason, `capability.reason`; compare this in programs.
    code: String,
    /// Names the request in our logs.
    request_id: String,
    /// Field by field, where the request itself is at fault.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ProblemField>>,
}

/// One field at fault.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct ProblemField {
    /// JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pointer: String,
    /// Stable reason.
    code: String,
    /// What to do about it.
    detail: String,
}

/// What a problem says about its request.
pub struct Context<'routes> {
    language: Language,
    bases: Bases,
    uri: Uri,
    request_id: RequestId,
    sent_token: bool,
    method: Method,
    routes: &'routes Routes,
}

impl<'routes> Context<'routes> {
    /// Read from the request before it is consumed.
    pub(super) fn of(request: &Request, bases: Bases, routes: &'routes Routes) -> Self {
        Self {
            language: Language::of(request),
            bases,
            uri: request.uri().clone(),
            request_id: RequestId::of(request),
            sent_token: request.headers().contains_key(header::AUTHORIZATION),
            method: request.method().clone(),
            routes,
        }
    }

    /// The answer for any error, with what the document knows about its route.
    pub fn answer(&self, error: Error) -> Response {
        if error.is_from_response() {
            return error.into_response();
        }
        let pattern = error.data::<PathPattern>().cloned();
        let mut failure = failure(error);
        if let Some(pattern) = &pattern {
            self.routes.name_choices(&self.method, &pattern.0, &mut failure.fields);
        }
        let mut answer = self.render(failure);
        if let Some(pattern) = pattern {
            if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
                // RFC 9110 15.5.6
                answer.headers_mut().insert(header::ALLOW, self.routes.allowed(&pattern.0));
            }
            answer.set_data(pattern);
        }
        answer
    }

    /// The answer for a failure. What is our fault is logged here, once.
    pub fn render(&self, failure: Failure) -> Response {
        let code = failure.code();
        let status = codes::status(code.kind);
        if let Some(cause) = failure.cause.as_ref().filter(|_| status.is_server_error()) {
            tracing::error!(code = code.name, cause = format!("{cause:#}"), "request failed");
        }
        let errors = (!failure.fields.is_empty())
            .then(|| failure.fields.iter().map(|field| self.field(field)).collect());
        let body = ProblemBody {
            kind: self.bases.own(&format!("/problems/{}", code.name)),
            title: self.language.pick(code.title).to_owned(),
            status: status.as_u16(),
            detail: self.words(&failure.refusal),
            instance: Some(self.uri.path()).filter(|path| !path.is_empty()).unwrap_or("/").to_owned(),
            code: code.name.to_owned(),
            request_id: self.request_id.0.to_string(),
            errors,
        };
        let mut answer = Response::builder()
            .status(status)
            .content_type("application/problem+json")
            .header(header::CONTENT_LANGUAGE, self.language.tag())
            .header(header::VARY, "Accept-Language")
            .header(header::CACHE_CONTROL, "no-store")
            .body(Body::from_vec(serde_json::to_vec(&body).unwrap_or_default()));
        if let Some(seconds) = failure.retry_after.or_else(|| patience(code.kind)) {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 3.1: no error code when no credentials were sent.
            let challenge = if self.sent_token { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        answer
    }

    fn field(&self, field: &FieldError) -> ProblemField {
        ProblemField {
            pointer: field.pointer.clone(),
            code: field.refusal.code.name.to_owned(),
            detail: format!(
                "{} {}",
                self.language.pick(field.refusal.code.title),
                self.words(&field.refusal)
            ),
        }
    }

    /// The advice with its parameters filled in.
    fn words(&self, refusal: &Refusal) -> String {
        let mut words = self.language.pick(refusal.code.advice).to_owned();
        for (name, value) in &refusal.params {
            words = words.replace(&format!("{{{name}}}"), value);
        }
        words
    }
}

/// Seconds to wait where the failure itself does not say: these kinds always end by themselves.
fn patience(kind: Kind) -> Option<u64> {
    matches!(kind, Kind::Exhausted | Kind::Unavailable).then_some(1)
}
