//! `Idempotency-Key`: a repeated POST has one effect and gets the first answer, byte for byte.
//!
//! The effect's own result is kept in its transaction (`UnitOfWork::run_once`); the answer is
//! kept right after. If the program dies in between, the repetition runs the operation again,
//! which finds the kept result, has no second effect, and answers.

use madang_application::shared::{IdempotencyRecords, OnceKey, RecordedAnswer};
use madang_domain::shared::{UserId, platform};
use memchr::memmem;
use poem::{
    Body, Request, Response, Result,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
};
use sha2::{Digest, Sha256};

use super::Surroundings;
use crate::http::{auth, problem::Problem};

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Larger bodies are not remembered by their fingerprint; no operation takes more.
const MAX_BODY: usize = 17 * 1024 * 1024;
/// Larger answers are not kept.
const MAX_ANSWER: usize = 1024 * 1024;

/// What ends the session of whoever asks for it: whoever did not hear the answer asks again with a token
/// that is good for nothing else any more, and is told what was kept.
const FINAL: &str = "/v1/auth/logout-all";

/// What is known about a request before it is worked on.
pub(super) enum Repeat {
    /// Nothing has to be remembered.
    No,
    /// It was answered before, like this.
    Answered(Response),
    /// Its answer has to be kept.
    First(First),
}

/// A request whose answer has to be kept.
pub(super) struct First(OnceKey);

impl Repeat {
    /// Looks for the answer to an earlier request with the same key.
    ///
    /// # Errors
    /// `platform.invalid_idempotency_key`, `platform.idempotency_key_reused`.
    pub(super) async fn of(request: &mut Request, records: &dyn IdempotencyRecords) -> Result<Self> {
        if request.method() != Method::POST || !request.uri().path().starts_with("/v1/") {
            return Ok(Self::No);
        }
        let Some(sent) = request.headers().get(KEY).cloned() else { return Ok(Self::No) };
        let Some((once, alive)) = once(request, &sent).await? else {
            // Credentials that do not hold: the operation itself says so, and nothing is kept.
            return Ok(Self::No);
        };
        if let Some(recorded) = records.find(&once).await.map_err(Problem::from)? {
            if !recorded.same_request {
                return Err(Problem::from(platform::IDEMPOTENCY_KEY_REUSED).into());
            }
            if let Some(answer) = recorded.answer {
                return Ok(Self::Answered(restore(answer, true)));
            }
        }
        if !alive {
            return Ok(Self::No);
        }
        request.extensions_mut().insert(auth::Once(once.clone()));
        Ok(Self::First(First(once)))
    }
}

impl First {
    /// Keeps the answer, unless another process was quicker, whose answer it is then.
    ///
    /// # Errors
    /// `platform.idempotency_key_reused`
    pub(super) async fn keep(self, answer: Response, records: &dyn IdempotencyRecords) -> Result<Response> {
        if !worth_keeping(&answer) {
            return Ok(answer);
        }
        let mine = take(answer).await?;
        if mine.body.len() > MAX_ANSWER {
            return Ok(restore(mine, false));
        }
        let kept = records.record(&self.0, mine.clone()).await.map_err(Problem::from)?;
        if !kept.same_request {
            return Err(Problem::from(platform::IDEMPOTENCY_KEY_REUSED).into());
        }
        let first = kept.answer.unwrap_or_else(|| mine.clone());
        let replayed = first != mine;
        Ok(restore(first, replayed))
    }
}

/// What identifies this request, and whether its credentials hold; `None` if they do not, and nothing
/// it was told before may be repeated.
async fn once(request: &mut Request, sent: &HeaderValue) -> Result<Option<(OnceKey, bool)>> {
    let visible = |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let key = sent.to_str().ok().filter(visible);
    let key =
        key.ok_or_else(|| Problem::from(platform::INVALID_IDEMPOTENCY_KEY.at("Idempotency-Key")))?.to_owned();
    let (actor, alive) = match (auth::caller(request), auth::bearer(request)) {
        (Some(caller), _) => (caller.user.to_string(), true),
        (None, None) => ("anonymous".to_owned(), true),
        (None, Some(token)) => match formerly(request, token) {
            Some(user) => (user.to_string(), false),
            None => return Ok(None),
        },
    };
    let body = request.take_body().into_bytes_limit(MAX_BODY).await?;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut hash = Sha256::new();
    let line = request.content_type().and_then(dividing_line);
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(request.method().as_str().as_bytes());
    add(target.as_bytes());
    // Whoever sends the same parts again puts another line between them.
    let mut begin = 0;
    for end in line.iter().flat_map(|line| memmem::find_iter(&body, line)) {
        add(&body[begin..end]);
        begin = end + line.as_ref().map_or(0, String::len);
    }
    add(&body[begin..]);
    let route = format!("{} {}", request.method(), request.uri().path());
    request.set_body(body);
    Ok(Some((OnceKey { actor, route, key, fingerprint: hash.finalize().into() }, alive)))
}

/// Who asks again for what ended their session.
fn formerly(request: &Request, token: &str) -> Option<UserId> {
    let ended = request.uri().path() == FINAL;
    Surroundings::of(request).filter(|_| ended)?.authenticator.formerly(token)
}

/// What stands between the parts of a multipart body (RFC 2046 5.1.1).
fn dividing_line(content_type: &str) -> Option<String> {
    let mut parameters = content_type.split(';').map(str::trim);
    parameters.next().filter(|kind| kind.to_ascii_lowercase().starts_with("multipart/"))?;
    let boundary = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    });
    boundary.filter(|boundary| !boundary.is_empty()).map(|boundary| format!("--{boundary}"))
}

/// 2xx and final refusals. "Try again", "log in" and "our fault" are not the request's answer.
fn worth_keeping(answer: &Response) -> bool {
    let status = answer.status();
    let temporary = [StatusCode::UNAUTHORIZED, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    !answer.headers().contains_key(header::RETRY_AFTER)
        && (status.is_success() || status.is_client_error() && !temporary.contains(&status))
}

async fn take(mut answer: Response) -> Result<RecordedAnswer> {
    let headers: Vec<_> = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let status = answer.status().as_u16();
    let body = answer.take_body().into_vec().await;
    let body = body.map_err(|error| Problem::from(anyhow::Error::from(error)))?;
    Ok(RecordedAnswer { status, headers, body })
}

fn restore(answer: RecordedAnswer, replayed: bool) -> Response {
    let mut response = Response::builder()
        .status(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .body(Body::from_vec(answer.body));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
