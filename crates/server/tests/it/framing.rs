//! Requests that two servers could read in two ways: none of them is served, and nothing that hides
//! behind one.

use std::time::Duration;

use madang_testkit::{TestApp, db::on_sqlite};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// What an attacker would like to be taken for a request of its own.
const HIDDEN: &str = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";

/// Everything that comes back until the other side hangs up.
async fn said(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // It may hang up before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let end = timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
    assert!(end.is_ok(), "it does not hang up: {}", String::from_utf8_lossy(&answer));
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn p03_ambiguous_requests_are_refused_and_end_the_connection() {
    on_sqlite(async |db| {
        let app = TestApp::start(db).await;
        let address = app.base().trim_start_matches("http://").to_owned();
        let post = |headers: &str, body: &str| {
            format!("POST /v1/auth/login HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n{body}{HIDDEN}")
        };
        for (what, request) in [
            ("two lengths", post("content-length: 2\r\ncontent-length: 3", "{} ")),
            ("a list of lengths", post("content-length: 2, 3", "{} ")),
            ("a length with a sign", post("content-length: +2", "{}")),
            ("a negative length", post("content-length: -2", "{}")),
            ("a length that is none", post("content-length: 0x2", "{}")),
            ("a huge length", post("content-length: 99999999999999999999", "{}")),
            ("chunked, but not last", post("transfer-encoding: chunked, identity", "2\r\n{}\r\n0\r\n\r\n")),
            ("an unknown coding", post("transfer-encoding: xchunked", "2\r\n{}\r\n0\r\n\r\n")),
            ("a folded header", post("transfer-encoding:\r\n chunked", "0\r\n\r\n")),
            ("a space before the colon", post("transfer-encoding : chunked", "0\r\n\r\n")),
            ("a header without a name", post(": x\r\ncontent-length: 0", "")),
            ("a zero in a name", post("content\0-length: 0", "")),
            ("a line that is no request", format!("GET\r\n\r\n{HIDDEN}")),
        ] {
            let answer = said(&address, request.as_bytes()).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{what}: {answer}");
            assert_eq!(
                answer.matches("HTTP/1.1 ").count(),
                usize::from(!answer.is_empty()),
                "{what}: {answer}"
            );
            assert!(!answer.contains("openapi\":"), "{what}");
        }
        app.stop().await;
    });
}
