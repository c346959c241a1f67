//! Answers: the resource itself, serialised straight to bytes.

use madang_domain::shared::{Failure, platform};
use poem::{
    Body, IntoResponse, Request, RequestBody, Response, Result,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions,
    registry::{
        MetaHeader, MetaMediaType, MetaParamIn, MetaResponse, MetaResponses, MetaSchemaRef, Registry,
    },
    types::Type,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problem::Problem;

const JSON: &str = "application/json";

fn respond<T: Serialize>(
    status: StatusCode,
    body: &T,
    version: Option<Version>,
    headers: HeaderMap,
) -> Response {
    let bytes = match serde_json::to_vec(body) {
        Ok(bytes) => bytes,
        Err(error) => return poem::Error::from(Problem(anyhow::Error::from(error).into())).into_response(),
    };
    let etag = version.map(|version| version.tag(&hash(&bytes)));
    let mut answer = Response::builder()
        .status(status)
        .content_type("application/json; charset=utf-8")
        .body(Body::from_vec(bytes));
    answer.headers_mut().extend(headers);
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
        answer.headers_mut().insert(header::ETAG, etag);
    }
    answer
}

/// A version of one resource.
#[derive(Clone, Debug)]
struct Version {
    /// What tells the resource from all others.
    of: String,
    number: i64,
}

impl Version {
    /// `"<version>-<hash of the body>-<seal over the resource and both>"`.
    ///
    /// The same version looks different to different people, and numbers and signed addresses in it
    /// change without it: a copy is good while the whole tag is the same, and a change is based on
    /// this version if the tag is one that we gave out for it, which the seal tells. The seal is no
    /// secret: it keeps tags of different resources apart, and whoever makes one up deceives nobody else.
    fn tag(&self, body: &str) -> String {
        let Self { of, number } = self;
        format!("\"{number}-{body}-{}\"", hash(format!("{number}-{body} {of}").as_bytes()))
    }

    /// Whether a tag was given out for this version. Weak ones never are (RFC 9110 13.1.1).
    fn gave(&self, tag: &str) -> bool {
        tag.split('-').nth(1).is_some_and(|body| tag == self.tag(body))
    }
}

/// The tag of a document that has no version: `"<hash of the body>"`.
pub(crate) fn hash_tag(body: &[u8]) -> String {
    format!("\"{}\"", hash(body))
}

/// The first 16 hexadecimal digits of SHA-256.
fn hash(body: &[u8]) -> String {
    let first = Sha256::digest(body).first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
    format!("{first:016x}")
}

/// 200 with a body.
#[derive(Debug)]
pub struct Answer<T> {
    body: T,
    version: Option<Version>,
    headers: HeaderMap,
}

impl<T> Answer<T> {
    /// This body.
    pub fn new(body: T) -> Self {
        Self { body, version: None, headers: HeaderMap::new() }
    }

    /// Adds a strong `ETag` for this version of a resource. `of` tells it from all others, like
    /// `post 019a…`, and [`IfMatch::check`] is told the same.
    #[must_use]
    pub fn version(mut self, of: impl Into<String>, number: i64) -> Self {
        self.version = Some(Version { of: of.into(), number });
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }
}

impl<T: Serialize + Send> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        respond(StatusCode::OK, &self.body, self.version, self.headers)
    }
}

/// 201 with the new resource and its address.
#[derive(Debug)]
pub struct Created<T> {
    location: String,
    answer: Answer<T>,
}

impl<T> Created<T> {
    /// The resource, and its path such as `/v1/posts/{id}`.
    pub fn new(location: impl Into<String>, body: T) -> Self {
        Self { location: location.into(), answer: Answer::new(body) }
    }

    /// Adds a strong `ETag`, like [`Answer::version`].
    #[must_use]
    pub fn version(mut self, of: impl Into<String>, number: i64) -> Self {
        self.answer = self.answer.version(of, number);
        self
    }
}

impl<T: Serialize + Send> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let answer = self.answer.header(header::LOCATION, &self.location);
        respond(StatusCode::CREATED, &answer.body, answer.version, answer.headers)
    }
}

/// 202 without a body: it will be done.
#[derive(Debug)]
pub struct Accepted;

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        StatusCode::ACCEPTED.into_response()
    }
}

impl ApiResponse for Accepted {
    fn meta() -> MetaResponses {
        meta(202, "It will be done.", None, Vec::new())
    }

    fn register(_registry: &mut Registry) {}
}

/// 204 without a body.
#[derive(Debug, Default)]
pub struct NoContent {
    headers: HeaderMap,
}

impl NoContent {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        let mut answer = StatusCode::NO_CONTENT.into_response();
        answer.headers_mut().extend(self.headers);
        answer
    }
}

fn meta(
    status: u16,
    description: &'static str,
    schema: Option<MetaSchemaRef>,
    headers: Vec<MetaHeader>,
) -> MetaResponses {
    let content = schema.map(|schema| MetaMediaType { content_type: JSON, schema }).into_iter().collect();
    MetaResponses {
        responses: vec![MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers,
        }],
    }
}

fn text_header(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

impl<T: Type + Serialize> ApiResponse for Answer<T> {
    fn meta() -> MetaResponses {
        meta(
            200,
            "Done.",
            Some(T::schema_ref()),
            vec![text_header("ETag", "Version of the resource, where it has one.")],
        )
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type + Serialize> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        meta(
            201,
            "Created.",
            Some(T::schema_ref()),
            vec![text_header("Location", "Where the new resource is.")],
        )
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl ApiResponse for NoContent {
    fn meta() -> MetaResponses {
        meta(204, "Done; there is nothing to say.", None, Vec::new())
    }

    fn register(_registry: &mut Registry) {}
}

/// The `If-Match` header of a change: which version the client believes to change.
#[derive(Clone, Debug, Default)]
pub struct IfMatch {
    tags: Option<Vec<String>>,
}

impl IfMatch {
    /// Holds when there is no precondition, when any version will do (`*`), or when one of its tags
    /// was given out for this version of this resource (see [`Answer::version`]).
    ///
    /// # Errors
    /// `platform.precondition_failed`
    pub fn check(&self, of: impl Into<String>, number: i64) -> Result<(), Failure> {
        let version = Version { of: of.into(), number };
        let holds =
            self.tags.as_ref().is_none_or(|tags| *tags == ["*"] || tags.iter().any(|tag| version.gave(tag)));
        if holds { Ok(()) } else { Err(platform::PRECONDITION_FAILED.into()) }
    }
}

impl<'a> ApiExtractor<'a> for IfMatch {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = false;

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(String::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> Result<Self> {
        let values: Vec<_> = request.headers().get_all(header::IF_MATCH).iter().collect();
        if values.is_empty() {
            return Ok(Self::default());
        }
        let tags = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        Ok(Self { tags: Some(tags.map(|tag| tag.trim().to_owned()).collect()) })
    }
}
