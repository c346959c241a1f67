//! A WebSocket client of `GET /v1/realtime`.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, Utf8Bytes, client::IntoClientRequest, protocol::CloseFrame},
};

/// Nothing a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open socket.
pub struct Socket {
    wire: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What the server answered instead of letting a socket in.
#[derive(Debug)]
pub struct Refused {
    /// The status; 0 if the connection broke before there was one.
    pub status: u16,
    /// The problem.
    pub problem: Value,
}

impl Socket {
    /// Connects with an access token.
    ///
    /// # Panics
    /// If it is refused, or the first frame is not `ready`.
    pub async fn open(base: &str, token: &str) -> Self {
        let headers = [("authorization", format!("Bearer {token}"))];
        let mut socket = Self::connect(base, "", &headers).await.expect("the socket opens");
        let ready = socket.next().await;
        assert_eq!(ready["type"], "ready", "{ready}");
        socket
    }

    /// Connects with whatever the query and the headers say.
    ///
    /// # Errors
    /// What the server answered instead.
    ///
    /// # Panics
    /// If there is no answer in time.
    pub async fn connect(
        base: &str,
        query: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Self, Refused> {
        let url = format!("{}/v1/realtime{query}", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        match timeout(PATIENCE, connect_async(request)).await.expect("an answer in time") {
            Ok((wire, _)) => Ok(Self { wire }),
            Err(tungstenite::Error::Http(answer)) => Err(Refused {
                status: answer.status().as_u16(),
                problem: serde_json::from_slice(answer.body().as_deref().unwrap_or_default())
                    .unwrap_or_default(),
            }),
            // A process that is killed meanwhile.
            Err(error) => Err(Refused { status: 0, problem: json!(error.to_string()) }),
        }
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends any text.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send_text(&mut self, text: &str) {
        self.wire.send(Message::text(text)).await.expect("it is sent");
    }

    /// Sends a frame unless the socket is closed.
    pub async fn try_send(&mut self, frame: Value) -> bool {
        self.wire.send(Message::text(frame.to_string())).await.is_ok()
    }

    /// Sends bytes as a binary frame.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.wire.send(Message::binary(bytes)).await.expect("it is sent");
    }

    /// The next frame.
    ///
    /// # Panics
    /// If none comes in time.
    pub async fn next(&mut self) -> Value {
        self.frame(PATIENCE).await.expect("a frame comes in time").expect("the socket is open")
    }

    /// The next frame as it came, for whoever counts many and looks at little of each.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn next_text(&mut self) -> Utf8Bytes {
        loop {
            match self.wire.next().await {
                Some(Ok(Message::Text(text))) => return text,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the socket is open: {other:?}"),
            }
        }
    }

    /// The next frame within this time; `Ok(None)` if there was none.
    ///
    /// # Errors
    /// How the socket was closed.
    pub async fn within(&mut self, time: Duration) -> Result<Option<Value>, Option<CloseFrame>> {
        match self.frame(time).await {
            None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame)),
            Some(Err(close)) => Err(close),
        }
    }

    async fn frame(&mut self, time: Duration) -> Option<Result<Value, Option<CloseFrame>>> {
        timeout(time, async {
            loop {
                match self.wire.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Ok(serde_json::from_str(&text).expect("frames are JSON"));
                    }
                    Some(Ok(Message::Close(close))) => return Err(close),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(None),
                }
            }
        })
        .await
        .ok()
    }

    /// The next frame of this type; others are left out.
    pub async fn until(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Follows a room, from a number on if told.
    pub async fn subscribe(&mut self, room: &str, after: Option<i64>) -> Value {
        self.send(json!({ "type": "subscribe", "roomId": room, "afterSeq": after })).await;
        self.until("subscribed").await
    }

    /// The numbers of the next so many messages.
    pub async fn seqs(&mut self, count: usize) -> Vec<i64> {
        let mut seqs = Vec::with_capacity(count);
        while seqs.len() < count {
            seqs.push(self.until("message").await["message"]["seq"].as_i64().expect("a number"));
        }
        seqs
    }

    /// Asserts that nothing comes until a ping is answered.
    ///
    /// # Panics
    /// If something else comes.
    pub async fn silent(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        let frame = self.next().await;
        assert_eq!(frame, json!({ "type": "pong" }));
    }

    /// Asserts that nothing but notifications, which come when they come, comes until a ping is
    /// answered.
    ///
    /// # Panics
    /// If something else comes.
    pub async fn only_notified(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        let frame = loop {
            let frame = self.next().await;
            if frame["type"] != "notification" {
                break frame;
            }
        };
        assert_eq!(frame, json!({ "type": "pong" }));
    }

    /// Waits for the end; answers the code of the closing frame, 1006 without one.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.frame(PATIENCE).await.expect("it is closed in time") {
                Ok(_) => {}
                Err(close) => return close.map_or(1006, |close| close.code.into()),
            }
        }
    }
}
