//! Messages that are said at the same time share a transaction.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::anyhow;
use madang_application::chat::{Append, Minutes, Scribe, Spoken, Storing};
use madang_domain::{chat::RoomId, shared::Failure};
use tokio::sync::oneshot;

/// Messages of one room stand in the same line: they keep their order, and no two transactions
/// of this process ever want the same room. A room that is kept busy by another process holds up
/// one line only. Two leave connections of a small pool to everybody else.
const LINES: usize = 2;
/// No more share a transaction.
const TOGETHER: usize = 128;

/// Whoever comes while a line is being served is served with the next transaction.
pub struct BatchingScribe {
    lines: [Arc<Line>; LINES],
    choice: RandomState,
}

struct Line {
    minutes: Arc<Minutes>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Vec<Wanted>,
    served: bool,
}

struct Wanted {
    append: Append,
    answer: oneshot::Sender<Result<Spoken, Failure>>,
}

impl BatchingScribe {
    /// Nobody waits yet.
    pub fn new(minutes: Arc<Minutes>) -> Self {
        let line = || Arc::new(Line { minutes: Arc::clone(&minutes), state: Mutex::default() });
        Self { lines: std::array::from_fn(|_| line()), choice: RandomState::new() }
    }

    fn line(&self, room: RoomId) -> &Arc<Line> {
        let hash = self.choice.hash_one(room);
        &self.lines[usize::try_from(hash % LINES as u64).unwrap_or_default()]
    }
}

impl Scribe for BatchingScribe {
    fn write(&self, append: Append) -> Storing {
        let line = self.line(append.room);
        let (answer, answered) = oneshot::channel();
        let idle = {
            let mut state = line.state();
            state.waiting.push(Wanted { append, answer });
            !std::mem::replace(&mut state.served, true)
        };
        if idle {
            // A task of its own, so that the line is served to its end whoever goes away.
            tokio::spawn(Arc::clone(line).serve());
        }
        Box::pin(async {
            answered.await.unwrap_or_else(|_| Err(anyhow!("storing messages was broken off").into()))
        })
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self: Arc<Self>) {
        while let Some(batch) = self.next() {
            // Whatever breaks here breaks these messages, not the line.
            let _ = tokio::spawn(store(Arc::clone(&self.minutes), batch)).await;
        }
    }

    /// Who is served next; `None` leaves the line to whoever comes.
    fn next(&self) -> Option<Vec<Wanted>> {
        let mut state = self.state();
        state.served = !state.waiting.is_empty();
        let count = state.waiting.len().min(TOGETHER);
        state.served.then(|| state.waiting.drain(..count).collect())
    }
}

async fn store(minutes: Arc<Minutes>, batch: Vec<Wanted>) {
    let (appends, answers): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|wanted| (wanted.append, Some(wanted.answer))).unzip();
    let mut answers = answers;
    let answer = |place: usize, spoken| {
        if let Some(answer) = answers.get_mut(place).and_then(Option::take) {
            // Who went away asks again under the same name.
            let _ = answer.send(spoken);
        }
    };
    minutes.write(&appends, answer).await;
}
