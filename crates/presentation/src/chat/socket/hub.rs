//! All sockets of this process.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use madang_application::{
    chat::{ChatQueries, Doubt, Faces, Pass, Range, Ring, RoomBell, RoomRepository},
    shared::{Audience, Clock, Drain, Live, LoginWatch, Tx, UnitOfWork},
};
use madang_domain::{
    chat::{RoomId, errors::NOT_A_MEMBER, errors::TOO_MANY_SOCKETS},
    shared::{Failure, SessionId, Timestamp, UserId, platform},
};
use tokio::sync::{Notify, Semaphore};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    super::dto::Message,
    copies::Copies,
    feed::{Feed, Next},
    frames::{self, About, ServerFrame},
    outbox::{Goodbye, Outbox},
};
use crate::http::{language::Language, url::Bases};

/// A person has no more sockets to one process.
const MAX_SOCKETS: usize = 100;
/// A client that is silent for so long is asked for a sign of life, …
const ASK_AFTER: Duration = Duration::from_secs(25);
/// … and after so long it is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// A client that takes nothing for so long is too slow.
const STUCK_AFTER: Duration = Duration::from_secs(4);
/// Whoever has a room open counts as present for so long after it was last written down.
const PRESENT: Duration = Duration::from_secs(45);
/// How long sockets get to say goodbye when the process stops.
const DRAIN: Duration = Duration::from_secs(3);
/// So many messages are fetched at once.
pub(super) const PAGE: i64 = 100;
/// So many sockets read the record at once: more than there are connections to the database. When
/// thousands come back together, the others wait without holding what reading takes.
const READERS: usize = 32;

/// What an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct HubSettings {
    /// Whether clients that send too much are closed.
    pub flood_limits: bool,
    /// Whether everybody is looked at once in a while, in case nobody heard that they lost sight of
    /// what their room is about.
    pub patrols: bool,
}

/// A connected client.
pub(super) struct Socket {
    pub(super) id: u64,
    pub(super) user: UserId,
    session: SessionId,
    ends_at: Timestamp,
    pub(super) language: Language,
    /// How the client reaches us.
    pub(super) bases: Bases,
    pub(super) outbox: Outbox,
    /// Seconds of the hub's life when it was last heard of.
    heard: AtomicU32,
    /// The same since when it takes nothing, plus one; 0 while it does.
    stuck: AtomicU32,
}

#[derive(Default)]
struct Tables {
    sockets: HashMap<u64, Arc<Socket>>,
    people: HashMap<UserId, Vec<Arc<Socket>>>,
    /// Since when there is anybody.
    since: Option<Timestamp>,
    rooms: HashMap<RoomId, Arc<Feed>>,
    /// Who left a room and was not written down as gone yet.
    left: Vec<(RoomId, UserId)>,
}

/// Knows who is connected and who follows what.
pub struct Hub {
    tables: Mutex<Tables>,
    next_id: AtomicU64,
    began: Instant,
    draining: AtomicBool,
    /// Whether somebody waits to look at everybody.
    doubting: AtomicBool,
    /// One look at followers at a time.
    looking: tokio::sync::Mutex<()>,
    emptied: Notify,
    readers: Semaphore,
    uow: Arc<UnitOfWork>,
    rooms: Arc<dyn RoomRepository>,
    queries: Arc<dyn ChatQueries>,
    faces: Arc<Faces>,
    bell: Arc<RoomBell>,
    logins: Arc<dyn LoginWatch>,
    clock: Arc<dyn Clock>,
    pub(super) settings: Arc<HubSettings>,
}

impl Hub {
    /// Nobody is connected yet.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        rooms: Arc<dyn RoomRepository>,
        queries: Arc<dyn ChatQueries>,
        faces: Arc<Faces>,
        bell: Arc<RoomBell>,
        logins: Arc<dyn LoginWatch>,
        clock: Arc<dyn Clock>,
        settings: Arc<HubSettings>,
    ) -> Self {
        Self {
            tables: Mutex::default(),
            next_id: AtomicU64::new(1),
            began: Instant::now(),
            draining: AtomicBool::new(false),
            doubting: AtomicBool::new(false),
            looking: tokio::sync::Mutex::default(),
            emptied: Notify::new(),
            readers: Semaphore::new(READERS),
            uow,
            rooms,
            queries,
            faces,
            bell,
            logins,
            clock,
            settings,
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seconds(&self) -> u32 {
        u32::try_from(self.began.elapsed().as_secs()).unwrap_or(u32::MAX)
    }

    /// Whether somebody may connect now.
    pub(super) fn admit(&self, user: UserId) -> Result<(), Failure> {
        if self.draining.load(Ordering::SeqCst) {
            return Err(Failure::from(platform::UNAVAILABLE).retry_after(1));
        }
        let open = self.tables().people.get(&user).map_or(0, Vec::len);
        if open < MAX_SOCKETS { Ok(()) } else { Err(Failure::from(TOO_MANY_SOCKETS).retry_after(30)) }
    }

    /// Adds a socket, which is told that it is open.
    pub(super) fn connect(&self, pass: Pass, language: Language, bases: Bases) -> Arc<Socket> {
        let socket = Arc::new(Socket {
            id: self.next_id.fetch_add(1, Ordering::Relaxed),
            user: pass.user,
            session: pass.session,
            ends_at: pass.ends_at,
            language,
            bases,
            outbox: Outbox::default(),
            heard: AtomicU32::new(self.seconds()),
            stuck: AtomicU32::new(0),
        });
        let ready = ServerFrame::Ready { user_id: pass.user.uuid(), session_id: pass.session.uuid() };
        socket.outbox.push(ready.text());
        let mut tables = self.tables();
        tables.since.get_or_insert_with(|| self.clock.now());
        tables.people.entry(socket.user).or_insert_with(|| Vec::with_capacity(1)).push(Arc::clone(&socket));
        tables.sockets.insert(socket.id, Arc::clone(&socket));
        metrics::gauge!("realtime_sockets").set(tables.sockets.len() as f64);
        drop(tables);
        if self.draining.load(Ordering::SeqCst) {
            socket.outbox.close(Goodbye::GoingAway);
        }
        socket
    }

    /// Forgets a socket and all it follows.
    pub(super) fn disconnect(&self, socket: &Socket, rooms: impl IntoIterator<Item = RoomId>) {
        for room in rooms {
            self.leave(socket.id, room);
        }
        let mut tables = self.tables();
        tables.sockets.remove(&socket.id);
        if let Some(sockets) = tables.people.get_mut(&socket.user) {
            sockets.retain(|other| other.id != socket.id);
            if sockets.is_empty() {
                tables.people.remove(&socket.user);
            }
        }
        metrics::gauge!("realtime_sockets").set(tables.sockets.len() as f64);
        if tables.sockets.is_empty() {
            tables.since = None;
            self.emptied.notify_one();
        }
    }

    /// Notes that a client was heard of.
    pub(super) fn heard_of(&self, socket: &Socket) {
        socket.heard.store(self.seconds(), Ordering::Relaxed);
    }

    /// Notes whether something is being written to a client.
    pub(super) fn writing(&self, socket: &Socket, writing: bool) {
        let since = if writing { self.seconds() + 1 } else { 0 };
        socket.stuck.store(since, Ordering::Relaxed);
    }

    /// Adds a socket to a room; it is not live yet.
    pub(super) fn join(&self, socket: &Arc<Socket>, room: RoomId, presence: bool) -> Arc<Feed> {
        let mut tables = self.tables();
        let feed = Arc::clone(tables.rooms.entry(room).or_insert_with(|| Arc::new(Feed::new(room))));
        feed.join(socket, presence);
        feed
    }

    /// Takes a socket out of a room.
    pub(super) fn leave(&self, socket: u64, room: RoomId) {
        let mut tables = self.tables();
        let Some(feed) = tables.rooms.get(&room).cloned() else { return };
        let user = tables.sockets.get(&socket).map(|socket| socket.user);
        if feed.leave(socket) {
            tables.rooms.remove(&room);
        }
        if let Some(user) = user.filter(|user| !feed.has(*user)) {
            tables.left.push((room, user));
        }
    }

    fn feed(&self, room: RoomId) -> Option<Arc<Feed>> {
        self.tables().rooms.get(&room).cloned()
    }

    /// Whether a socket gets what is said in a room.
    pub(super) fn follows(&self, socket: u64, room: RoomId) -> bool {
        self.feed(room).is_some_and(|feed| feed.is_live(socket))
    }

    /// Passes on what another process, or this one, just told.
    pub(super) fn hear(self: &Arc<Self>, ring: Ring) {
        match ring {
            Ring::Said(messages) => {
                for spoken in messages {
                    let (room, seq) = (spoken.message.room, spoken.message.seq);
                    if let Some(feed) = self.feed(room) {
                        let frame = ServerFrame::Message { message: &Message::from(spoken) }.text();
                        let next = feed.said(seq, &frame);
                        self.go_on(feed, next);
                    }
                }
            }
            Ring::Read { room, user, seq } => {
                if let Some(feed) = self.feed(room) {
                    feed.tell(&frames::read(room, user, seq), None);
                }
            }
            Ring::Typing { room, user } => {
                if let Some(feed) = self.feed(room) {
                    let frame = ServerFrame::Typing { room_id: room.uuid(), user_id: user.uuid() };
                    feed.tell(&frame.text(), Some(user));
                }
            }
            Ring::Left { room, user } => self.expel(room, user),
            Ring::Doubt(doubt) => {
                if doubt == Doubt::Everything && self.doubting.swap(true, Ordering::AcqRel) {
                    // A look that has not begun will see this as well.
                    return;
                }
                let hub = Arc::clone(self);
                tokio::spawn(async move {
                    let _one = hub.looking.lock().await;
                    if doubt == Doubt::Everything {
                        hub.doubting.store(false, Ordering::Release);
                    }
                    if let Err(error) = hub.doubt(&doubt).await {
                        // Those who look at everybody once in a while will find them.
                        tracing::warn!(error = format!("{error:#}"), "followers could not be looked up");
                    }
                });
            }
            Ring::Presence { rooms, gone } => {
                for feed in rooms.into_iter().filter_map(|room| self.feed(room)) {
                    feed.presence_changed();
                }
                for (room, user) in gone {
                    if let Some(feed) = self.feed(room) {
                        feed.still_present(user);
                    }
                }
            }
        }
    }

    fn expel(&self, room: RoomId, user: UserId) {
        let Some(feed) = self.feed(room) else { return };
        for socket in feed.expel(user) {
            let about = About { room: Some(room), client: None };
            socket.outbox.push(frames::error(&NOT_A_MEMBER.into(), about, socket.language));
            self.leave(socket.id, room);
        }
    }

    /// Looks into the record for messages of followed rooms that were not heard of, and for
    /// people who are no longer in them.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub(super) async fn sweep(self: &Arc<Self>, members: bool) -> anyhow::Result<()> {
        let rooms: Vec<RoomId> = self.tables().rooms.keys().copied().collect();
        if rooms.is_empty() {
            return Ok(());
        }
        for (room, last_seq) in self.queries.last_seqs(&rooms).await? {
            if let Some(feed) = self.feed(room) {
                let next = feed.recorded(last_seq);
                self.go_on(feed, next);
            }
        }
        if members { self.doubt(&Doubt::Everything).await } else { Ok(()) }
    }

    /// Shuts out those followers who may not be in their room any more; asks only for those who are
    /// connected here.
    async fn doubt(&self, doubt: &Doubt) -> anyhow::Result<()> {
        let feeds: Vec<_> = {
            let tables = self.tables();
            match doubt {
                Doubt::Person(user) if !tables.people.contains_key(user) => return Ok(()),
                Doubt::Rooms(rooms) => {
                    rooms.iter().filter_map(|room| tables.rooms.get(room).cloned()).collect()
                }
                Doubt::Person(_) | Doubt::Everything => tables.rooms.values().cloned().collect(),
            }
        };
        let mut followed = Vec::new();
        for feed in feeds {
            match doubt {
                Doubt::Person(user) => followed.extend(feed.has(*user).then_some((feed.room, *user))),
                Doubt::Rooms(_) | Doubt::Everything => {
                    followed.extend(feed.people().into_iter().map(|user| (feed.room, user)));
                }
            }
        }
        for (room, user) in self.queries.gone(&followed).await? {
            self.expel(room, user);
        }
        Ok(())
    }

    /// Writes down who has which room open, for other processes and for whoever looks after people
    /// who are away. All of it if told, else what changed.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub(super) async fn write_presence(&self, all: bool) -> anyhow::Result<()> {
        let (feeds, left) = {
            let mut tables = self.tables();
            (tables.rooms.values().cloned().collect::<Vec<_>>(), std::mem::take(&mut tables.left))
        };
        let now = self.clock.now();
        let mut notes: Vec<(RoomId, Vec<UserId>, Timestamp)> = Vec::new();
        let (mut rooms, mut gone) = (Vec::new(), Vec::new());
        for feed in feeds {
            let (people, fresh) = feed.present(all);
            if fresh {
                rooms.push(feed.room);
            }
            if !people.is_empty() {
                notes.push((feed.room, people, now.plus(PRESENT)));
            }
        }
        for (room, user) in left {
            if !self.feed(room).is_some_and(|feed| feed.has(user)) {
                notes.push((room, vec![user], now));
                rooms.push(room);
                gone.push((room, user));
            }
        }
        for notes in notes.chunks(50) {
            let work = async |tx: &mut Tx| {
                for (room, people, until) in notes {
                    self.rooms.set_present(tx, *room, people, *until).await?;
                }
                Ok(())
            };
            self.uow.run(work).await.map_err(|failure| anyhow::anyhow!("{failure}"))?;
        }
        if !rooms.is_empty() {
            self.bell.ring(&Ring::Presence { rooms, gone }).await;
        }
        Ok(())
    }

    /// Tells those who asked for it who follows their rooms, where that may have changed; if told,
    /// everywhere, because whoever a dead process wrote down ceases to be present without a word.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub(super) async fn show_presence(&self, all: bool) -> anyhow::Result<()> {
        let mut asking: HashMap<RoomId, (Arc<Feed>, Vec<UserId>)> = {
            let tables = self.tables();
            let feeds = tables.rooms.values().filter(|feed| feed.asks_who_is_present(all));
            feeds.map(|feed| (feed.room, (Arc::clone(feed), Vec::new()))).collect()
        };
        let rooms: Vec<_> = asking.keys().copied().collect();
        for (room, user) in self.queries.present(&rooms, self.clock.now()).await? {
            if let Some((_, people)) = asking.get_mut(&room) {
                people.push(user);
            }
        }
        for (feed, mut people) in asking.into_values() {
            people.sort();
            feed.show_present(people);
        }
        Ok(())
    }

    fn go_on(self: &Arc<Self>, feed: Arc<Feed>, next: Next) {
        if let Next::Fetch(after) = next {
            let hub = Arc::clone(self);
            tokio::spawn(async move { hub.fetch(&feed, after).await });
        }
    }

    /// Fetches what a feed missed.
    async fn fetch(&self, feed: &Feed, mut after: i64) {
        loop {
            let found = match self.history(feed.room, after).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "missed messages could not be fetched");
                    return feed.give_up();
                }
            };
            let complete = i64::try_from(found.len()).is_ok_and(|length| length < PAGE);
            match feed.fetched(&found, complete) {
                Next::Done => return,
                Next::Fetch(passed) => after = passed,
            }
        }
    }

    /// Reads the record when it is this socket's turn. Work that waits is not begun, and takes no memory.
    pub(super) async fn in_turn<F: Future>(&self, work: impl FnOnce() -> F) -> F::Output {
        // Nobody closes it.
        let _turn = self.readers.acquire().await;
        Box::pin(work()).await
    }

    /// The next messages of a room after a number, ready to be sent.
    pub(super) async fn history(&self, room: RoomId, after: i64) -> anyhow::Result<Vec<(i64, Utf8Bytes)>> {
        let found = self.queries.messages(room, Range::After(after), PAGE).await?;
        let spoken = self.faces.beside(found, Audience::Circle).await?;
        let frame = |spoken| {
            let message = Message::from(spoken);
            (message.seq, ServerFrame::Message { message: &message }.text())
        };
        Ok(spoken.into_iter().map(frame).collect())
    }

    /// Closes what must not stay open: ended logins, clients that are silent or take nothing.
    pub(super) fn check(&self) {
        let sockets: Vec<_> = self.tables().sockets.values().cloned().collect();
        let (now, second) = (self.clock.now(), self.seconds());
        for socket in sockets {
            let silent = second.saturating_sub(socket.heard.load(Ordering::Relaxed));
            let stuck = match socket.stuck.load(Ordering::Relaxed) {
                0 => 0,
                since => (second + 1).saturating_sub(since),
            };
            if socket.ends_at <= now || !self.logins.holds(socket.session) {
                socket.outbox.close(Goodbye::CredentialsEnded);
            } else if u64::from(stuck) >= STUCK_AFTER.as_secs() || u64::from(silent) >= GONE_AFTER.as_secs() {
                socket.outbox.close(Goodbye::TooSlow);
            } else if u64::from(silent) >= ASK_AFTER.as_secs() {
                socket.outbox.ping();
            }
        }
    }
}

impl Live for Hub {
    fn people(&self) -> Vec<UserId> {
        self.tables().people.keys().copied().collect()
    }

    fn since(&self) -> Option<Timestamp> {
        self.tables().since
    }

    fn tell(&self, user: UserId, frame: &str) {
        let frame = Utf8Bytes::from(frame);
        let tables = self.tables();
        let mut copies = Copies::of(&frame);
        for socket in tables.people.get(&user).into_iter().flatten() {
            socket.outbox.push(copies.take(&socket.bases));
        }
    }
}

#[async_trait]
impl Drain for Hub {
    async fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        for socket in self.tables().sockets.values() {
            socket.outbox.close(Goodbye::GoingAway);
        }
        let gone = async {
            while !self.tables().sockets.is_empty() {
                self.emptied.notified().await;
            }
        };
        // Who does not answer the goodbye is left behind.
        let _ = tokio::time::timeout(DRAIN, gone).await;
    }
}
