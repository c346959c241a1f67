//! One room as the sockets of this process follow it.
//!
//! Invariant: every listener that is live has been sent all messages up to the greater of its
//! cursor and what the feed `passed`. A hint for the next number is passed on; a lower one is
//! known; a higher one shows a hole, which is fetched from the record.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use madang_domain::{chat::RoomId, shared::UserId};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    copies::Copies,
    frames::{SHOWN, ServerFrame},
    hub::Socket,
};

struct Listener {
    socket: Arc<Socket>,
    /// The last number it was sent.
    cursor: i64,
    /// Whether it gets what is passed on; else it still reads history.
    live: bool,
    /// Whether it was written down that its person is present.
    noted: bool,
    /// Whether it wants to know who is present, and knows.
    presence: Option<Known>,
}

/// Whether a listener was told who is present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Yes,
    NotYet,
}

#[derive(Default)]
struct State {
    /// The greatest number heard of.
    heard: i64,
    /// The last number passed on; `None` before the first listener was live.
    passed: Option<i64>,
    /// Whether somebody fetches what is missing.
    fetching: bool,
    listeners: Vec<Listener>,
    /// Who was present when that was last looked up.
    present: Vec<UserId>,
    /// Whether that may have changed.
    stale: bool,
}

/// What is to be done after a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Done,
    /// Fetch what comes after this number; the caller is the only one who does.
    Fetch(i64),
}

pub(super) struct Feed {
    pub(super) room: RoomId,
    state: Mutex<State>,
}

impl Feed {
    pub(super) fn new(room: RoomId) -> Self {
        Self { room, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a socket that first reads history up to where it may go live.
    pub(super) fn join(&self, socket: &Arc<Socket>, presence: bool) {
        let mut state = self.state();
        state.listeners.retain(|listener| listener.socket.id != socket.id);
        let presence = presence.then_some(Known::NotYet);
        let socket = Arc::clone(socket);
        state.listeners.push(Listener { socket, cursor: 0, live: false, noted: false, presence });
    }

    /// Lets a socket that was sent everything up to `cursor` go live; `false` if there is more to
    /// read first.
    pub(super) fn go_live(&self, socket: &Socket, cursor: i64) -> bool {
        let mut state = self.state();
        let known = state.passed.unwrap_or(state.heard);
        if known > cursor {
            return false;
        }
        let Some(listener) = state.listeners.iter_mut().find(|listener| listener.socket.id == socket.id)
        else {
            return true;
        };
        (listener.cursor, listener.live) = (cursor, true);
        state.passed.get_or_insert(cursor);
        true
    }

    /// Removes a socket; says whether nobody is left.
    pub(super) fn leave(&self, socket: u64) -> bool {
        let mut state = self.state();
        state.listeners.retain(|listener| listener.socket.id != socket);
        state.listeners.is_empty()
    }

    /// Removes a person; answers their sockets.
    pub(super) fn expel(&self, user: UserId) -> Vec<Arc<Socket>> {
        let mut state = self.state();
        let (gone, stay) = state.listeners.drain(..).partition(|listener| listener.socket.user == user);
        state.listeners = stay;
        let gone: Vec<Listener> = gone;
        gone.into_iter().map(|listener| listener.socket).collect()
    }

    /// Whether this socket gets what is passed on.
    pub(super) fn is_live(&self, socket: u64) -> bool {
        self.state().listeners.iter().any(|listener| listener.socket.id == socket && listener.live)
    }

    /// Who follows.
    pub(super) fn people(&self) -> Vec<UserId> {
        let mut people: Vec<_> = self.state().listeners.iter().map(|listener| listener.socket.user).collect();
        people.sort();
        people.dedup();
        people
    }

    /// Whether a person follows.
    pub(super) fn has(&self, user: UserId) -> bool {
        self.state().listeners.iter().any(|listener| listener.socket.user == user)
    }

    /// Who is to be written down as present, everybody or those who are new; and whether anybody
    /// is new.
    pub(super) fn present(&self, all: bool) -> (Vec<UserId>, bool) {
        let mut state = self.state();
        let (mut people, mut fresh) = (Vec::new(), false);
        for listener in state.listeners.iter_mut().filter(|listener| listener.live) {
            if all || !listener.noted {
                people.push(listener.socket.user);
            }
            fresh |= !listener.noted;
            listener.noted = true;
        }
        people.sort();
        people.dedup();
        (people, fresh)
    }

    /// Has a person written down anew whom another process wrote down as gone.
    pub(super) fn still_present(&self, user: UserId) {
        for listener in self.state().listeners.iter_mut().filter(|listener| listener.socket.user == user) {
            listener.noted = false;
        }
    }

    /// Notes that somebody came or went.
    pub(super) fn presence_changed(&self) {
        self.state().stale = true;
    }

    /// Whether it has to be looked up who is present; if told, because time has passed.
    pub(super) fn asks_who_is_present(&self, again: bool) -> bool {
        let mut state = self.state();
        let stale = std::mem::take(&mut state.stale) || again;
        state.listeners.iter().any(|listener| {
            // Who was not written down yet would find themselves missing.
            let counted = listener.live && listener.noted;
            counted && listener.presence.is_some_and(|known| stale || known == Known::NotYet)
        })
    }

    /// Tells those who want to know and do not yet; whoever is busy is told the next time.
    pub(super) fn show_present(&self, people: Vec<UserId>) {
        let mut state = self.state();
        let changed = state.present != people;
        let frame = ServerFrame::Presence {
            room_id: self.room.uuid(),
            user_ids: people.iter().take(SHOWN).map(|person| person.uuid()).collect(),
            count: people.len(),
        };
        let frame = frame.text();
        for listener in state.listeners.iter_mut().filter(|listener| listener.live && listener.noted) {
            if let Some(known) = &mut listener.presence
                && (changed || *known == Known::NotYet)
            {
                let told = listener.socket.outbox.push_if_idle(frame.clone());
                *known = if told { Known::Yes } else { Known::NotYet };
            }
        }
        state.present = people;
    }

    /// Hears of a message.
    pub(super) fn said(&self, seq: i64, frame: &Utf8Bytes) -> Next {
        let mut state = self.state();
        state.heard = state.heard.max(seq);
        match state.passed {
            Some(passed) if !state.fetching && seq == passed + 1 => {
                state.pass(seq, frame);
                Next::Done
            }
            _ => state.next(),
        }
    }

    /// Hears how far the record goes.
    pub(super) fn recorded(&self, last_seq: i64) -> Next {
        let mut state = self.state();
        state.heard = state.heard.max(last_seq);
        state.next()
    }

    /// Passes on what was fetched; says where to go on. `complete` if there was no more.
    pub(super) fn fetched(&self, messages: &[(i64, Utf8Bytes)], complete: bool) -> Next {
        let mut state = self.state();
        for (seq, frame) in messages {
            if state.passed.is_some_and(|passed| *seq == passed + 1) {
                state.pass(*seq, frame);
            }
        }
        let passed = state.passed.unwrap_or_default();
        if complete && (messages.is_empty() || passed >= state.heard) {
            // What was heard of and is not in the record was never committed, or is on its way.
            state.fetching = false;
            return Next::Done;
        }
        Next::Fetch(passed)
    }

    /// Gives fetching up; the next look into the record tries again.
    pub(super) fn give_up(&self) {
        self.state().fetching = false;
    }

    /// Sends something that has no number to everybody who is live, unless they are busy.
    pub(super) fn tell(&self, frame: &Utf8Bytes, except: Option<UserId>) {
        for listener in self.state().listeners.iter().filter(|listener| listener.live) {
            if Some(listener.socket.user) != except {
                listener.socket.outbox.push_if_idle(frame.clone());
            }
        }
    }
}

impl State {
    fn next(&mut self) -> Next {
        match self.passed {
            Some(passed) if !self.fetching && self.heard > passed => {
                self.fetching = true;
                Next::Fetch(passed)
            }
            _ => Next::Done,
        }
    }

    fn pass(&mut self, seq: i64, frame: &Utf8Bytes) {
        self.passed = Some(seq);
        let mut copies = Copies::of(frame);
        for listener in self.listeners.iter_mut().filter(|listener| listener.live && listener.cursor < seq) {
            listener.cursor = seq;
            listener.socket.outbox.add(copies.take(&listener.socket.bases));
        }
    }
}
