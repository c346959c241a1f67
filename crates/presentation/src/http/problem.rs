//! Every error as `application/problem+json` (RFC 9457).
//!
//! Operations answer `Result<_, Problem>`; a [`Failure`] becomes a [`Problem`] with `?`. Errors
//! that poem raises itself, and panics, pass through [`Problems`], the one catch-all, so that
//! nothing leaves in another form.

use std::{any::Any, collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use madang_domain::shared::{Failure, FieldError, Refusal, platform};
use poem::{
    Body, Endpoint, Error, IntoResponse, Middleware, PathPattern, Request, Response, Result,
    error::{
        MethodNotAllowedError, NotFoundError, ParsePathError as PoemPathError, ReadBodyError, ResponseError,
        SizedLimitError,
    },
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    error::{
        AuthorizationError, ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError,
    },
    registry::{MetaResponses, Registry},
};
use serde::Serialize;

use super::{codes, language::Language, request_id::RequestId, settings::Settings, url::BaseUrl};

/// What operations answer.
pub type Outcome<T> = std::result::Result<T, Problem>;

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

/// Turns whatever went wrong into a problem.
pub struct Problems;

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = CatchAll<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        CatchAll(endpoint)
    }
}

/// The endpoint behind [`Problems`].
pub struct CatchAll<E>(E);

impl<E: Endpoint> Endpoint for CatchAll<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let context = Context::of(&request);
        let limit =
            request.data::<Arc<Settings>>().map_or(Duration::MAX, |settings| settings.request_timeout);
        let methods = request.data::<Arc<Methods>>().cloned();
        let work = AssertUnwindSafe(self.0.call(request)).catch_unwind();
        let error = match tokio::time::timeout(limit, work).await {
            Ok(Ok(Ok(answer))) => return Ok(answer.into_response()),
            Ok(Ok(Err(error))) if error.is_from_response() => return Ok(error.into_response()),
            Ok(Ok(Err(error))) => error,
            Ok(Err(panic)) => Problem(anyhow::anyhow!("panic: {}", message(&*panic)).into()).into(),
            Err(_) => Problem(Failure::from(platform::TIMEOUT).retry_after(1)).into(),
        };
        let pattern = error.data::<PathPattern>().cloned();
        let mut answer = context.render(failure(error));
        if let Some(pattern) = pattern {
            let allowed = methods.as_ref().and_then(|methods| methods.of(&pattern.0));
            if let Some(allowed) = allowed.filter(|_| answer.status() == StatusCode::METHOD_NOT_ALLOWED) {
                answer.headers_mut().insert(header::ALLOW, allowed.clone());
            }
            answer.set_data(pattern);
        }
        Ok(answer)
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Which methods each path answers, for `Allow` (RFC 9110 15.5.6).
#[derive(Debug, Default)]
pub struct Methods(HashMap<String, HeaderValue>);

impl Methods {
    /// From pairs of a path template (`/v1/posts/{postId}`) and its methods.
    pub fn new(paths: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let value = |methods: Vec<String>| HeaderValue::try_from(methods.join(", ").to_uppercase()).ok();
        Self(paths.into_iter().filter_map(|(path, methods)| Some((plain(&path), value(methods)?))).collect())
    }

    fn of(&self, pattern: &str) -> Option<&HeaderValue> {
        self.0.get(&plain(pattern))
    }
}

/// The document writes `{postId}`, the router `:postId`.
fn plain(template: &str) -> String {
    template
        .split('/')
        .map(|segment| if segment.starts_with([':', '{']) { "*" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}

/// What a problem says about its request.
pub struct Context {
    language: Language,
    base: String,
    instance: String,
    request_id: String,
    sent_token: bool,
}

impl Context {
    /// Read from the request before it is consumed.
    pub fn of(request: &Request) -> Self {
        Self {
            language: Language::of(request),
            base: BaseUrl::of(request),
            instance: request.uri().path().to_owned(),
            request_id: RequestId::of(request),
            sent_token: request.headers().contains_key(header::AUTHORIZATION),
        }
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
            kind: format!("{}/problems/{}", self.base, code.name),
            title: self.language.pick(code.title).to_owned(),
            status: status.as_u16(),
            detail: self.words(&failure.refusal),
            instance: self.instance.clone(),
            code: code.name.to_owned(),
            request_id: self.request_id.clone(),
            errors,
        };
        let mut answer = Response::builder()
            .status(status)
            .content_type("application/problem+json")
            .header(header::CONTENT_LANGUAGE, self.language.tag())
            .header(header::VARY, "Accept-Language")
            .header(header::CACHE_CONTROL, "no-store")
            .body(Body::from_vec(serde_json::to_vec(&body).unwrap_or_default()));
        if let Some(seconds) = failure.retry_after {
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

/// What poem's own errors mean in our words.
pub fn failure(error: Error) -> Failure {
    if error.is::<Problem>() {
        return match error.downcast::<Problem>() {
            Ok(problem) => problem.0,
            Err(_) => platform::UNEXPECTED.into(),
        };
    }
    if let Some(parameter) = error.downcast_ref::<ParseParamError>() {
        return platform::WRONG_FORMAT
            .with("expected", &parameter.reason)
            .at(format!("?{}", parameter.name))
            .into();
    }
    if error.is::<ParsePathError>() || error.is::<PoemPathError>() || error.is::<NotFoundError>() {
        return platform::NOT_FOUND.into();
    }
    if error.is::<MethodNotAllowedError>() {
        return platform::METHOD_NOT_ALLOWED.into();
    }
    if error.is::<AuthorizationError>() {
        return platform::UNAUTHENTICATED.into();
    }
    if error.is::<ContentTypeError>() {
        return platform::UNSUPPORTED_MEDIA_TYPE.with("expected", "the documented content type").into();
    }
    if let Some(payload) = error.downcast_ref::<ParseRequestPayloadError>() {
        return platform::MALFORMED_JSON.with("reason", &payload.reason).into();
    }
    if error.is::<SizedLimitError>()
        || matches!(error.downcast_ref::<ReadBodyError>(), Some(ReadBodyError::PayloadTooLarge))
    {
        return platform::TOO_LARGE.with("max", "the documented limit of").into();
    }
    match error.status() {
        StatusCode::NOT_FOUND => platform::NOT_FOUND.into(),
        StatusCode::METHOD_NOT_ALLOWED => platform::METHOD_NOT_ALLOWED.into(),
        StatusCode::UNAUTHORIZED => platform::UNAUTHENTICATED.into(),
        StatusCode::PAYLOAD_TOO_LARGE => platform::TOO_LARGE.with("max", "the documented limit of").into(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            platform::UNSUPPORTED_MEDIA_TYPE.with("expected", "the documented content type").into()
        }
        status if status.is_client_error() => platform::MALFORMED_REQUEST.into(),
        _ => anyhow::anyhow!("{error}").into(),
    }
}
