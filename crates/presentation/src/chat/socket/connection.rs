//! The task of one socket.

use std::{collections::HashSet, future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt, stream::FuturesOrdered};
use madang_application::{
    chat::{MessageService, Say},
    shared::{Caller, Clock},
};
use madang_domain::{
    chat::{
        ClientId, MessageText, RoomId,
        errors::{MALFORMED_FRAME, TOO_MANY_ROOMS},
    },
    shared::{Failure, PictureId, Text, Timestamp, platform},
};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{
    Error, Message as Frame, Utf8Bytes,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    Hub,
    copies::complete,
    feed::Feed,
    frames::{self, About, ClientFrame, ServerFrame},
    hub::{PAGE, Socket},
    outbox::{Batch, Goodbye},
    wire::{Heard, Wire, farewell, hear},
};

/// A socket follows no more rooms.
const MAX_ROOMS: usize = 500;
/// So many frames at once, …
const BURST: f64 = 100.0;
/// … and so many a second.
const PER_SECOND: f64 = 50.0;
/// So many messages of one socket are stored at once.
const AT_ONCE: usize = 32;
/// The others are told at most so often that somebody writes.
const TYPING: Duration = Duration::from_secs(1);
/// What comes so soon after something was written is written together: a room in which much is
/// said would otherwise cost a system call for each message and member.
const GATHER: Duration = Duration::from_millis(10);
/// Where so many frames came together in that time, …
const MANY: usize = 3;
/// … more are awaited: whoever reads hundreds of messages a second does not notice.
const GATHER_MANY: Duration = Duration::from_millis(20);

/// What commands need.
pub(super) struct Desk {
    pub(super) hub: Arc<Hub>,
    pub(super) messages: Arc<MessageService>,
    pub(super) clock: Arc<dyn Clock>,
}

/// A command; what is left of it may go on beside those that follow.
type Work = Pin<Box<dyn Future<Output = Option<Answering>> + Send>>;
/// A message that has its place in the room, until it is stored; then the frame that says so.
type Answering = Pin<Box<dyn Future<Output = Utf8Bytes> + Send>>;

pub(super) struct Connection {
    desk: Arc<Desk>,
    socket: Arc<Socket>,
    caller: Arc<Caller>,
    rooms: HashSet<RoomId>,
    tokens: f64,
    counted_at: Timestamp,
    typed_at: Timestamp,
}

impl Connection {
    pub(super) fn new(desk: Arc<Desk>, socket: Arc<Socket>, caller: Caller) -> Self {
        let now = desk.clock.now();
        let started = Timestamp::from_micros(0);
        Self {
            desk,
            socket,
            caller: Arc::new(caller),
            rooms: HashSet::new(),
            tokens: BURST,
            counted_at: now,
            typed_at: started,
        }
    }

    /// Serves the socket until either side closes it.
    pub(super) async fn run(mut self, mut wire: Wire) {
        let close = self.serve(&mut wire).await;
        self.desk.hub.disconnect(&self.socket, self.rooms.drain());
        if let Some(frame) = close {
            farewell(&mut wire, frame).await;
        }
    }

    /// What to close with; `None` if the client closed or vanished.
    async fn serve(&mut self, wire: &mut Wire) -> Option<CloseFrame> {
        // One command at a time keeps their order; what others say is written meanwhile. Messages
        // give way to what follows as soon as they have their place, so that several said at once
        // are stored at once.
        let mut work: Option<Work> = None;
        let mut answering: Option<FuturesOrdered<Answering>> = None;
        let socket = Arc::clone(&self.socket);
        let mut pace = Instant::now();
        loop {
            tokio::select! {
                batch = socket.outbox.next(pace) => {
                    let goodbye = batch.goodbye;
                    let rest = if batch.frames.len() < MANY { GATHER } else { GATHER_MANY };
                    self.desk.hub.writing(&socket, true);
                    let written = tokio::select! {
                        written = write(wire, batch) => written,
                        // Only a client that takes nothing is closed while being written to.
                        _ = socket.outbox.closed(), if goodbye.is_none() => Ok(()),
                    };
                    self.desk.hub.writing(&socket, false);
                    pace = Instant::now() + rest;
                    written.ok()?;
                    if let Some(goodbye) = goodbye {
                        let (code, reason) = goodbye.code();
                        return Some(CloseFrame { code: CloseCode::from(code), reason: reason.into() });
                    }
                }
                rest = async { work.as_mut()?.await }, if work.is_some() => {
                    work = None;
                    if let Some(rest) = rest {
                        answering.get_or_insert_default().push_back(rest);
                    }
                }
                frame = async { answering.as_mut()?.next().await }, if answering.is_some() => match frame {
                    Some(frame) => socket.outbox.push(frame),
                    // Most sockets only listen; they keep no room for this.
                    None => answering = None,
                },
                frame = wire.next(), if work.is_none() && answering.as_ref().is_none_or(|all| all.len() < AT_ONCE) => {
                    self.desk.hub.heard_of(&socket);
                    match hear(wire, frame).await {
                        Heard::Said(Frame::Text(text)) => work = self.take(&text),
                        Heard::Said(_) => self.malformed("Frames are JSON text."),
                        Heard::Nothing => {}
                        Heard::End(close) => return close,
                    }
                }
            }
        }
    }

    fn malformed(&self, reason: &str) {
        self.refuse(&MALFORMED_FRAME.with("reason", reason).into(), About::default());
    }

    fn refuse(&self, failure: &Failure, about: About<'_>) {
        self.socket.outbox.push(frames::error(failure, about, self.socket.language));
    }

    /// Reads a frame; answers what is left to do.
    fn take(&mut self, text: &str) -> Option<Work> {
        if self.floods() {
            self.socket.outbox.close(Goodbye::Flooding);
            return None;
        }
        match serde_json::from_str(text) {
            Ok(ClientFrame::Subscribe { room_id, after_seq, presence }) => {
                self.subscribe(room_id.into(), after_seq, presence.unwrap_or_default())
            }
            Ok(ClientFrame::Unsubscribe { room_id }) => {
                if self.rooms.remove(&room_id.into()) {
                    self.desk.hub.leave(self.socket.id, room_id.into());
                }
                None
            }
            Ok(ClientFrame::Message { room_id, client_id, text, media_ids }) => {
                let pictures = media_ids.unwrap_or_default().into_iter().map(Into::into).collect();
                self.say(room_id.into(), client_id, &text, pictures)
            }
            Ok(ClientFrame::Read { room_id, seq }) => Some(self.read(room_id.into(), seq)),
            Ok(ClientFrame::Typing { room_id }) => self.typing(room_id.into()),
            Ok(ClientFrame::Ping) => {
                self.socket.outbox.push(ServerFrame::Pong.text());
                None
            }
            Err(error) => {
                self.malformed(&frames::misread(text, &error, self.socket.language));
                None
            }
        }
    }

    /// Counts a frame.
    fn floods(&mut self) -> bool {
        let now = self.desk.clock.now();
        let earned = now.since(self.counted_at).as_secs_f64() * PER_SECOND;
        self.tokens = (self.tokens + earned).min(BURST) - 1.0;
        self.counted_at = now;
        self.tokens < 0.0 && self.desk.hub.settings.flood_limits
    }

    fn subscribe(&mut self, room: RoomId, after: Option<i64>, presence: bool) -> Option<Work> {
        if after.is_some_and(|after| after < 0) {
            let range = platform::OUT_OF_RANGE.with("min", 0).with("max", i64::MAX);
            self.refuse(&range.into(), About { room: Some(room), client: None });
            return None;
        }
        if self.rooms.len() >= MAX_ROOMS && !self.rooms.contains(&room) {
            let about = About { room: Some(room), client: None };
            self.refuse(&TOO_MANY_ROOMS.with("max", MAX_ROOMS).into(), about);
            return None;
        }
        self.rooms.insert(room);
        let (desk, socket, caller) = self.parts();
        let feed = self.desk.hub.join(&self.socket, room, presence);
        Some(Box::pin(async move {
            if let Err(failure) = follow(&desk, &socket, &caller, &feed, after).await {
                desk.hub.leave(socket.id, room);
                socket.outbox.push(frames::error(
                    &failure,
                    About { room: Some(room), client: None },
                    socket.language,
                ));
            }
            None
        }))
    }

    fn say(&self, room: RoomId, client: String, text: &str, pictures: Vec<PictureId>) -> Option<Work> {
        let about = About { room: Some(room), client: Some(&client) };
        let say = match (MessageText::parse(text), ClientId::parse(&client)) {
            (Ok(text), Ok(client_id)) => Say { text, pictures, client_id },
            (Err(refusal), _) | (_, Err(refusal)) => {
                self.refuse(&refusal.into(), about);
                return None;
            }
        };
        let (desk, socket, caller) = self.parts();
        Some(Box::pin(async move {
            let begun = desk.messages.begin(&caller, room, say).await;
            let answering: Answering = Box::pin(async move {
                let said = match begun {
                    Ok(storing) => storing.await,
                    Err(failure) => Err(failure),
                };
                match said {
                    Ok(said) => {
                        let (seq, id) = (said.message.seq, said.message.id.uuid());
                        ServerFrame::Ack { client_id: client.trim(), seq, id }.text()
                    }
                    Err(failure) => {
                        let about = About { room: Some(room), client: Some(&client) };
                        frames::error(&failure, about, socket.language)
                    }
                }
            });
            Some(answering)
        }))
    }

    fn read(&self, room: RoomId, seq: i64) -> Work {
        let (desk, socket, caller) = self.parts();
        Box::pin(async move {
            if let Err(failure) = desk.messages.read(&caller, room, seq).await {
                socket.outbox.push(frames::error(
                    &failure,
                    About { room: Some(room), client: None },
                    socket.language,
                ));
            }
            None
        })
    }

    fn typing(&mut self, room: RoomId) -> Option<Work> {
        let now = self.desk.clock.now();
        let live = self.desk.hub.follows(self.socket.id, room);
        if live && now.since(self.typed_at) < TYPING {
            return None;
        }
        if live {
            self.typed_at = now;
        }
        let (desk, socket, caller) = self.parts();
        Some(Box::pin(async move {
            if let Err(failure) = desk.messages.typing(&caller, room).await {
                socket.outbox.push(frames::error(
                    &failure,
                    About { room: Some(room), client: None },
                    socket.language,
                ));
            }
            None
        }))
    }

    fn parts(&self) -> (Arc<Desk>, Arc<Socket>, Arc<Caller>) {
        (Arc::clone(&self.desk), Arc::clone(&self.socket), Arc::clone(&self.caller))
    }
}

/// Sends what came after `after`, and lets the socket go live without a hole and without sending
/// anything twice: it is known to the room before the record is read.
async fn follow(
    desk: &Desk,
    socket: &Arc<Socket>,
    caller: &Caller,
    feed: &Feed,
    after: Option<i64>,
) -> Result<(), Failure> {
    let room = feed.room;
    let standing = desk.hub.in_turn(|| desk.messages.standing(caller, room)).await?;
    let last_seq = standing.last_seq;
    socket.outbox.push(ServerFrame::Subscribed { room_id: room.uuid(), last_seq }.text());
    let mut cursor = after.unwrap_or(last_seq).clamp(0, last_seq);
    loop {
        if cursor >= last_seq && feed.go_live(socket, cursor) {
            return Ok(());
        }
        let found = desk.hub.in_turn(|| desk.hub.history(room, cursor)).await?;
        let full = i64::try_from(found.len()).is_ok_and(|length| length >= PAGE);
        for (seq, frame) in found {
            cursor = seq;
            socket.outbox.push(complete(&frame, &socket.bases));
        }
        if full {
            socket.outbox.drained().await;
        }
        if socket.outbox.is_closed() {
            return Ok(());
        }
    }
}

/// One system call for all that waits, if the connection takes it.
async fn write(wire: &mut Wire, batch: Batch) -> Result<(), Error> {
    for text in batch.frames {
        wire.feed(Frame::Text(text)).await?;
    }
    if batch.ping {
        wire.feed(Frame::Ping(Vec::new().into())).await?;
    }
    wire.flush().await
}
