//! What waits to be written to one socket. Nobody ever waits for a socket: what does not fit any
//! more closes it, and its client comes back and asks for what it missed.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// More frames do not wait.
const MAX_FRAMES: usize = 512;
/// More bytes do not wait.
const MAX_BYTES: usize = 1024 * 1024;
/// So many frames or bytes are not held back to be written with more.
const ENOUGH: (usize, usize) = (64, 64 * 1024);
/// What is only worth knowing now is left out when so many frames wait.
const BUSY: usize = 32;

/// Why a socket is closed by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goodbye {
    /// The server stops.
    GoingAway,
    /// The login behind it ended.
    CredentialsEnded,
    /// It reads too slowly, or not at all.
    TooSlow,
    /// It sends too much.
    Flooding,
}

impl Goodbye {
    pub(super) fn code(self) -> (u16, &'static str) {
        match self {
            Self::GoingAway => (1001, "going away"),
            Self::CredentialsEnded => (4401, "credentials ended"),
            Self::TooSlow => (4408, "too slow"),
            Self::Flooding => (4429, "flooding"),
        }
    }
}

#[derive(Default)]
struct State {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    ping: bool,
    /// Whether somebody waits for an answer, or enough has come together.
    urgent: bool,
    /// Whether who writes looks again without being told.
    resting: bool,
    goodbye: Option<Goodbye>,
}

/// What is to be written next.
pub(super) struct Batch {
    pub(super) frames: VecDeque<Utf8Bytes>,
    pub(super) ping: bool,
    pub(super) goodbye: Option<Goodbye>,
}

#[derive(Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    filled: Notify,
    emptied: Notify,
    closed: Notify,
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a frame that somebody waits for; a socket that has no room for it is closed.
    pub(super) fn push(&self, frame: Utf8Bytes) {
        self.put(frame, true);
    }

    /// Adds a frame that may wait a moment for more; a socket that has no room for it is closed.
    pub(super) fn add(&self, frame: Utf8Bytes) {
        self.put(frame, false);
    }

    fn put(&self, frame: Utf8Bytes, urgent: bool) {
        let mut state = self.state();
        if state.goodbye.is_some() {
            return;
        }
        if state.frames.len() >= MAX_FRAMES || state.bytes + frame.len() > MAX_BYTES {
            drop(state);
            self.close(Goodbye::TooSlow);
            return;
        }
        let (first, calm) = (state.frames.is_empty(), !state.urgent);
        state.bytes += frame.len();
        state.frames.push_back(frame);
        state.urgent |= urgent || state.frames.len() >= ENOUGH.0 || state.bytes >= ENOUGH.1;
        // Whoever writes looks again before waiting, and after resting: one word is enough until then.
        let tell = first && !state.resting || calm && state.urgent;
        drop(state);
        if tell {
            self.filled.notify_one();
        }
    }

    /// Adds a frame that is only worth knowing now, unless the socket is busy; says whether it did.
    pub(super) fn push_if_idle(&self, frame: Utf8Bytes) -> bool {
        let idle = self.state().frames.len() < BUSY;
        if idle {
            self.add(frame);
        }
        idle
    }

    /// Asks the client for a sign of life.
    pub(super) fn ping(&self) {
        self.state().ping = true;
        self.filled.notify_one();
    }

    /// Closes the socket; the first reason counts. A slow reader gets nothing more, others what
    /// waits for them.
    pub(super) fn close(&self, goodbye: Goodbye) {
        let mut state = self.state();
        if state.goodbye.is_none() {
            state.goodbye = Some(goodbye);
            if goodbye == Goodbye::TooSlow {
                state.frames = VecDeque::new();
                state.bytes = 0;
            }
        }
        drop(state);
        self.filled.notify_one();
        self.emptied.notify_one();
        self.closed.notify_one();
    }

    /// Waits until something is to be written. What may wait does so until `pace`.
    pub(super) async fn next(&self, pace: Instant) -> Batch {
        loop {
            let early = {
                let mut state = self.state();
                let urgent = state.urgent || state.ping || state.goodbye.is_some();
                let early = Instant::now() < pace;
                state.resting = early && !urgent;
                if urgent || !early && !state.frames.is_empty() {
                    state.bytes = 0;
                    state.urgent = false;
                    // The whole buffer goes, so that an idle socket holds none.
                    let frames = std::mem::take(&mut state.frames);
                    let ping = std::mem::take(&mut state.ping);
                    let goodbye = state.goodbye;
                    drop(state);
                    self.emptied.notify_one();
                    return Batch { frames, ping, goodbye };
                }
                early
            };
            if early {
                let _ = timeout_at(pace, self.filled.notified()).await;
            } else {
                self.filled.notified().await;
            }
        }
    }

    /// Waits until nothing waits any more; for who sends a lot on purpose.
    pub(super) async fn drained(&self) {
        loop {
            {
                let state = self.state();
                if state.frames.is_empty() || state.goodbye.is_some() {
                    return;
                }
            }
            self.emptied.notified().await;
        }
    }

    /// Waits until the socket is closed by us.
    pub(super) async fn closed(&self) -> Goodbye {
        loop {
            if let Some(goodbye) = self.state().goodbye {
                return goodbye;
            }
            self.closed.notified().await;
        }
    }

    /// Whether the socket is being closed.
    pub(super) fn is_closed(&self) -> bool {
        self.state().goodbye.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_pushed_comes_out_in_order_and_at_once() {
        let outbox = Outbox::default();
        outbox.push("a".into());
        outbox.push("b".into());
        outbox.ping();
        let batch = outbox.next(Instant::now()).await;
        assert_eq!((batch.frames, batch.ping, batch.goodbye), (["a".into(), "b".into()].into(), true, None));
        assert_eq!(outbox.state().frames.capacity(), 0, "an idle socket holds no buffer");
    }

    #[tokio::test]
    async fn a_little_waits_for_more_but_not_for_long() {
        let outbox = Outbox::default();
        let pace = Instant::now() + std::time::Duration::from_millis(10);
        outbox.add("a".into());
        let adding = async { outbox.add("b".into()) };
        let (batch, ()) = tokio::join!(outbox.next(pace), adding);
        assert!(batch.frames.len() == 2 && Instant::now() >= pace);
        outbox.add("c".into());
        assert_eq!(outbox.next(pace).await.frames.len(), 1, "past it, at once");
    }

    #[tokio::test]
    async fn nothing_waits_beside_what_somebody_waits_for() {
        let (outbox, never) = (Outbox::default(), Instant::now() + std::time::Duration::from_secs(3_600));
        let urges: [fn(&Outbox); 5] = [
            |outbox| outbox.push("ack".into()),
            |outbox| (1..ENOUGH.0).for_each(|_| outbox.add("a".into())),
            |outbox| outbox.add("x".repeat(ENOUGH.1).into()),
            Outbox::ping,
            |outbox| outbox.close(Goodbye::GoingAway),
        ];
        for urge in urges {
            outbox.add("a".into());
            let urging = async { urge(&outbox) };
            let (batch, ()) = tokio::join!(outbox.next(never), urging);
            assert!(!batch.frames.is_empty());
        }
    }

    #[tokio::test]
    async fn a_full_outbox_says_goodbye_and_holds_nothing_more() {
        for (frame, fits) in [("x".to_owned(), MAX_FRAMES), ("x".repeat(MAX_BYTES / 4), 4)] {
            let outbox = Outbox::default();
            for _ in 0..fits {
                outbox.push(frame.as_str().into());
                assert!(!outbox.is_closed());
            }
            outbox.push("one too many".into());
            assert_eq!(outbox.closed().await, Goodbye::TooSlow);
            outbox.close(Goodbye::GoingAway);
            let batch = outbox.next(Instant::now()).await;
            assert_eq!(
                (batch.frames.len(), batch.goodbye),
                (0, Some(Goodbye::TooSlow)),
                "the first reason counts"
            );
        }
    }

    #[test]
    fn a_busy_socket_is_not_told_who_types() {
        let outbox = Outbox::default();
        for _ in 0..BUSY + 10 {
            outbox.push_if_idle("t".into());
        }
        assert_eq!(outbox.state().frames.len(), BUSY);
    }
}
