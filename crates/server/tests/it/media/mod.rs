//! Pictures: C10, P09, P10 and what the design asks of the pipeline.

mod hanging;
mod nodes;
mod outside;
mod pictures;
mod uploads;

use madang_testkit::{Call, Person, TestApp, text};
use serde_json::Value;

pub(crate) use pictures::png;

/// A form with one part.
pub(crate) fn form(name: &str, file: &[u8]) -> (String, Vec<u8>) {
    let head = format!(
        "--frame\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"me.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    );
    ("multipart/form-data; boundary=frame".to_owned(), [head.as_bytes(), file, b"\r\n--frame--\r\n"].concat())
}

fn sending(app: &TestApp, person: &Person, file: &[u8]) -> Call {
    let (kind, body) = form("file", file);
    app.post("/v1/media").bearer(&person.token).body(&kind, body)
}

/// Uploads a file and answers the `Media`.
pub(crate) async fn upload(app: &TestApp, person: &Person, file: &[u8]) -> Value {
    sending(app, person, file).expect(201).await
}

/// Uploads a small picture and answers its id.
pub(crate) async fn uploaded(app: &TestApp, person: &Person) -> String {
    text(&upload(app, person, &png()).await["id"])
}
