//! The connection as RFC 6455 has it: what is left to us beside tungstenite, which reads and writes
//! the frames.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use poem::Upgraded;
use tokio::time::timeout;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message as Frame,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

/// Frames are small; a text of 1,000 characters, all of them escaped, fits.
const MAX_FRAME: usize = 16 * 1024;
/// How long a client may take to answer a goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

/// tungstenite's defaults would take 128 KiB for each socket and accept messages of 64 MiB.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(8 * 1024)
        .max_write_buffer_size(256 * 1024)
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME))
}

/// In a box, because it is handed from one future to the next, and each would keep room for it.
pub(super) type Wire = Box<WebSocketStream<Upgraded>>;

/// What came from the client.
pub(super) enum Heard {
    /// A text or bytes.
    Said(Frame),
    /// Something that is dealt with.
    Nothing,
    /// Its last; this is left to say.
    End(Option<CloseFrame>),
}

/// Deals with what concerns the connection itself.
pub(super) async fn hear(wire: &mut Wire, frame: Option<Result<Frame, Error>>) -> Heard {
    match frame {
        Some(Ok(frame @ (Frame::Text(_) | Frame::Binary(_)))) => Heard::Said(frame),
        // tungstenite answers pings and closings by itself with the next flush.
        Some(Ok(Frame::Ping(_))) => match wire.flush().await {
            Ok(()) => Heard::Nothing,
            Err(_) => Heard::End(None),
        },
        Some(Ok(Frame::Pong(_) | Frame::Frame(_))) => Heard::Nothing,
        Some(Ok(Frame::Close(_))) => {
            let _ = timeout(FAREWELL, wire.flush()).await;
            Heard::End(None)
        }
        Some(Err(error)) => Heard::End(refusal(&error)),
        None => Heard::End(None),
    }
}

/// Says goodbye, and waits a little for the answer, so that the client sees it and no broken
/// connection.
pub(super) async fn farewell(wire: &mut Wire, frame: CloseFrame) {
    let goodbye = async {
        if wire.as_mut().close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = wire.next().await {}
        }
    };
    let _ = timeout(FAREWELL, goodbye).await;
}

/// How a client is told that it broke the protocol (RFC 6455 7.4.1).
fn refusal(error: &Error) -> Option<CloseFrame> {
    let (code, reason) = if matches!(error, Error::Capacity(_)) {
        (CloseCode::Size, "too large")
    } else if matches!(error, Error::Utf8(_)) {
        (CloseCode::Invalid, "not UTF-8")
    } else if matches!(error, Error::Protocol(_)) {
        (CloseCode::Protocol, "not WebSocket")
    } else {
        return None;
    };
    Some(CloseFrame { code, reason: reason.into() })
}
