//! As much of HTTP/1.1 as a stand-in needs, and as little, so that it can also do it wrong.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A request, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `GET`
    pub method: String,
    /// `/oauth/token`
    pub path: String,
    /// The pairs of the query and, in a form, of the body.
    pub fields: Vec<(String, String)>,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
}

impl Asked {
    /// A field, or nothing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// What to do about a request.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Answer with this status, these headers and this body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// Begin to answer, and go on with a byte each second.
    Drip,
    /// Hang up.
    Reset,
}

impl Behaviour {
    /// JSON as the providers label it.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::labelled(status, "application/json;charset=UTF-8", body)
    }

    /// A body under another label.
    pub fn labelled(status: u16, label: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(status, vec![("content-type".to_owned(), label.to_owned())], body.into())
    }

    /// "Look over there."
    pub fn redirect(location: &str) -> Self {
        Self::Answer(302, vec![("location".to_owned(), location.to_owned())], Vec::new())
    }
}

/// Serves until the handle is dropped; answers where.
pub(super) async fn serve(
    answer: Arc<dyn Fn(Asked) -> Behaviour + Send + Sync>,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let _ = talk(stream, &*answer).await;
            });
        }
    });
    (address, task)
}

async fn talk(
    mut stream: TcpStream,
    answer: &(dyn Fn(Asked) -> Behaviour + Send + Sync),
) -> std::io::Result<()> {
    let Some(asked) = read(&mut stream).await? else { return Ok(()) };
    match answer(asked) {
        Behaviour::Answer(status, headers, body) => {
            let mut head =
                format!("HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
            stream.shutdown().await
        }
        Behaviour::Drip => {
            stream.write_all(b"HTTP/1.1 200 Said\r\ncontent-type: application/json\r\n").await?;
            stream.write_all(b"content-length: 1000\r\n\r\n").await?;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        }
        Behaviour::Reset => stream.set_zero_linger(),
    }
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked { method: method.to_owned(), path: path.to_owned(), fields: Vec::new(), headers };
    let length: usize = asked.header("content-length").parse().unwrap_or(0);
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    for form in [query.as_bytes(), &body] {
        asked.fields.extend(url::form_urlencoded::parse(form).into_owned());
    }
    Ok(Some(asked))
}
