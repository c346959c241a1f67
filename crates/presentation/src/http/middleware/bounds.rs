//! What a request may look like before anybody works on it: size of headers and body, no NUL.

use std::time::Duration;

use futures_util::StreamExt;
use madang_domain::shared::{Failure, platform};
use poem::{
    Body, Request,
    error::ReadBodyError,
    http::{HeaderMap, Method, header},
};

/// Path and query.
const MAX_TARGET: usize = 8 * 1024;
/// Names and values together.
const MAX_HEADERS: usize = 32 * 1024;
/// What a client may still send of a body that was refused, so that it gets to read the answer.
const MAX_DRAIN: usize = 32 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// The largest body, in bytes.
fn body_limit(path: &str) -> usize {
    const MEBIBYTE: usize = 1024 * 1024;
    match path {
        "/v1/media" => 6 * MEBIBYTE,
        path if path.ends_with("/import") => 16 * MEBIBYTE,
        _ => MEBIBYTE,
    }
}

/// Refuses what is out of bounds.
///
/// # Errors
/// `platform.malformed_request`, `platform.not_found`, `platform.forbidden_character`,
/// `platform.unsupported_media_type`, `platform.too_large`.
pub(super) async fn check(request: &mut Request) -> Result<(), Failure> {
    target(request)?;
    headers(request.headers())?;
    if let Err(failure) = body(request).await {
        drain(request.take_body()).await;
        return Err(failure);
    }
    Ok(())
}

fn target(request: &Request) -> Result<(), Failure> {
    let uri = request.uri();
    // `CONNECT` names a host instead of a path; the router relies on one.
    if uri.path_and_query().is_none() {
        return Err(platform::MALFORMED_REQUEST.into());
    }
    if uri.path_and_query().map_or(0, |target| target.as_str().len()) > MAX_TARGET {
        return Err(platform::MALFORMED_REQUEST.into());
    }
    // Databases do not store NUL, and no name contains it.
    if uri.path().contains("%00") {
        return Err(platform::NOT_FOUND.into());
    }
    let nul = uri.query().into_iter().flat_map(|query| query.split('&')).find(|pair| pair.contains("%00"));
    match nul {
        None => Ok(()),
        Some(pair) => {
            let name = pair.split('=').next().unwrap_or_default();
            Err(platform::FORBIDDEN_CHARACTER.at(format!("?{name}")).into())
        }
    }
}

fn headers(headers: &HeaderMap) -> Result<(), Failure> {
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > MAX_HEADERS {
        return Err(platform::MALFORMED_REQUEST.into());
    }
    let plain = headers.get_all(header::CONTENT_ENCODING).iter().all(|coding| coding == "identity");
    // A small body must not become a large one behind the limit.
    if plain { Ok(()) } else { Err(platform::UNSUPPORTED_MEDIA_TYPE.with("expected", "identity").into()) }
}

/// A body that says its length is trusted to keep to it; any other is counted.
async fn body(request: &mut Request) -> Result<(), Failure> {
    let limit = body_limit(request.uri().path());
    let too_large = || Failure::from(platform::TOO_LARGE.with("max", limit));
    match request.headers().get(header::CONTENT_LENGTH) {
        Some(length) => {
            let length = length.to_str().ok().and_then(|length| length.parse::<usize>().ok());
            let length = length.ok_or_else(|| Failure::from(platform::MALFORMED_REQUEST))?;
            if length > limit { Err(too_large()) } else { Ok(()) }
        }
        None if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) => Ok(()),
        None => {
            let bytes = request.take_body().into_bytes_limit(limit).await.map_err(|error| match error {
                ReadBodyError::PayloadTooLarge => too_large(),
                ReadBodyError::BodyHasBeenTaken | ReadBodyError::Utf8(_) | ReadBodyError::Io(_) => {
                    platform::MALFORMED_REQUEST.into()
                }
            })?;
            request.set_body(bytes);
            Ok(())
        }
    }
}

async fn drain(body: Body) {
    let mut stream = Box::pin(body.into_bytes_stream());
    let reading = async {
        let mut read = 0;
        while let Some(Ok(chunk)) = stream.next().await {
            read += chunk.len();
            if read > MAX_DRAIN {
                break;
            }
        }
    };
    // Whoever sends slowly loses the answer, not we the time.
    let _ = tokio::time::timeout(DRAIN_TIME, reading).await;
}
