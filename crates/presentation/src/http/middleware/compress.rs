//! Compression of answers, where it is asked for and worth it.

use poem::{
    Body, IntoResponse, Response, Result,
    http::{HeaderMap, HeaderValue, header},
    web::{Compress as Compressing, CompressionAlgo, CompressionLevel},
};

use crate::http::problem::Problem;

/// Smaller answers fit into one packet anyway.
const MIN_BYTES: usize = 1024;

/// Compresses an answer with what [`negotiate`] found.
///
/// # Errors
/// An answer that cannot be read.
pub(super) async fn compress(mut answer: Response, wanted: Option<CompressionAlgo>) -> Result<Response> {
    let compressible = answer.content_type().is_some_and(compressible)
        && !answer.headers().contains_key(header::CONTENT_ENCODING);
    if !compressible {
        return Ok(answer);
    }
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let Some(algorithm) = wanted else { return Ok(answer) };
    if answer.content_type().is_some_and(whole) {
        let bytes = answer
            .take_body()
            .into_bytes()
            .await
            .map_err(|error| Problem::from(anyhow::Error::from(error)))?;
        let small = bytes.len() < MIN_BYTES;
        answer.set_body(Body::from_bytes(bytes));
        if small {
            return Ok(answer);
        }
    }
    // The fastest level already takes most of a JSON answer away.
    Ok(Compressing::new(answer, algorithm).with_quality(CompressionLevel::Fastest).into_response())
}

fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

fn compressible(content_type: &str) -> bool {
    let kind = essence(content_type);
    let texts = ["application/json", "application/yaml", "application/javascript", "image/svg+xml"];
    kind.starts_with("text/") && kind != "text/event-stream"
        || kind.ends_with("+json")
        || texts.contains(&kind)
}

/// Answers that are in memory as a whole, so that their size is known.
fn whole(content_type: &str) -> bool {
    let kind = essence(content_type);
    kind == "application/json" || kind == "application/problem+json" || kind == "text/html"
}

/// The coding the client likes best (RFC 9110 12.5.3); among equals the one cheapest for both.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<CompressionAlgo> {
    let sent = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let sent: Vec<(String, f32)> = sent
        .flat_map(|value| value.split(','))
        .map(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
            (name.trim().to_ascii_lowercase(), weight.unwrap_or(0.0))
        })
        .collect();
    let weight = |name: &str| {
        let named = |name: &str| sent.iter().find(|(coding, _)| coding == name).map(|(_, weight)| *weight);
        named(name).or_else(|| named("*")).unwrap_or(0.0)
    };
    let ours =
        [("gzip", CompressionAlgo::GZIP), ("br", CompressionAlgo::BR), ("zstd", CompressionAlgo::ZSTD)];
    let liked = ours.into_iter().filter(|(name, _)| weight(name) > 0.0);
    // The last of several greatest wins.
    liked.max_by(|(one, _), (other, _)| weight(one).total_cmp(&weight(other))).map(|(_, algorithm)| algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_coding_wins() {
        for (accepted, expected) in [
            ("gzip", Some("gzip")),
            ("gzip, deflate, br", Some("br")),
            ("gzip, deflate, br, zstd", Some("zstd")),
            ("gzip;q=1.0, br;q=0.5", Some("gzip")),
            ("GZIP", Some("gzip")),
            ("*", Some("zstd")),
            ("zstd;q=0, *", Some("br")),
            ("gzip;q=0", None),
            ("identity", None),
            ("", None),
            (";;,q=,gzip;q=x", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
            assert_eq!(
                negotiate(&headers).map(|algorithm| algorithm.to_string()).as_deref(),
                expected,
                "{accepted}"
            );
        }
    }
}
