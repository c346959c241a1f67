//! Lines of people before events, in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use madang_application::calendar::people::{Turn, Turns};
use madang_domain::{
    calendar::Event,
    shared::{Failure, Id, platform},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Longer lines are not served within the time of a request.
const LONGEST: usize = 2_000;

/// A line per event that somebody is at.
#[derive(Default)]
pub struct EventTurns {
    lines: Arc<Mutex<HashMap<Uuid, Line>>>,
}

struct Line {
    gate: Arc<Semaphore>,
    people: usize,
}

/// A place in line; given up when dropped, also by those who do not wait any longer.
struct Place {
    lines: Arc<Mutex<HashMap<Uuid, Line>>>,
    event: Uuid,
    permit: Option<OwnedSemaphorePermit>,
}

impl EventTurns {
    fn enter(&self, event: Uuid) -> Option<(Place, Arc<Semaphore>)> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line =
            lines.entry(event).or_insert_with(|| Line { gate: Arc::new(Semaphore::new(1)), people: 0 });
        if line.people >= LONGEST {
            return None;
        }
        line.people += 1;
        let place = Place { lines: Arc::clone(&self.lines), event, permit: None };
        Some((place, Arc::clone(&line.gate)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.permit.take();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get_mut(&self.event) {
            line.people -= 1;
            if line.people == 0 {
                lines.remove(&self.event);
            }
        }
    }
}

#[async_trait]
impl Turns for EventTurns {
    async fn turn(&self, event: Id<Event>) -> Result<Turn, Failure> {
        let full = || Failure::from(platform::UNAVAILABLE).retry_after(1);
        let (mut place, gate) = self.enter(event.uuid()).ok_or_else(full)?;
        // A semaphore serves in the order of asking, and is never closed.
        place.permit = gate.acquire_owned().await.ok();
        Ok(Turn::of(place))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn people_go_one_after_another_and_nothing_is_left_behind() {
        let turns = EventTurns::default();
        let (one, other) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
        let first = turns.turn(one).await.expect("a turn");
        let elsewhere = turns.turn(other).await.expect("another event has its own line");
        let gave_up = timeout(Duration::from_millis(20), turns.turn(one)).await;
        assert!(gave_up.is_err(), "the second waits");
        drop((first, elsewhere));
        drop(timeout(Duration::from_secs(5), turns.turn(one)).await.expect("the way is free"));
        assert!(turns.lines.lock().expect("a lock").is_empty());
    }

    #[tokio::test]
    async fn a_line_does_not_grow_forever() {
        let turns = Arc::new(EventTurns::default());
        let event = Id::new(Uuid::from_u128(1));
        let first = turns.turn(event).await.expect("a turn");
        let waiting: Vec<_> = (1..LONGEST).filter_map(|_| turns.enter(event.uuid())).collect();
        assert_eq!(waiting.len(), LONGEST - 1);
        let refused = turns.turn(event).await.err().expect("the line is full");
        assert_eq!(refused.code(), platform::UNAVAILABLE);
        drop((first, waiting));
        assert!(turns.turn(event).await.is_ok());
    }
}
