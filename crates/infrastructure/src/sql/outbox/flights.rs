//! Which deliveries this process has in hand.
//!
//! A failed delivery is free for a moment, between the rollback and the note that it failed.
//! Without this the next lane would try it again at once. (Another process may; it costs one
//! attempt and nothing else.)

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

#[derive(Default)]
pub(super) struct Flights(Mutex<HashSet<Uuid>>);

/// A delivery in hand, until this is dropped.
pub(super) struct Flight<'a> {
    flights: &'a Flights,
    id: Uuid,
}

impl Flights {
    /// `None` if another lane has it.
    pub(super) fn take_off(&self, id: Uuid) -> Option<Flight<'_>> {
        let first = self.ids().insert(id);
        // Lazily: a flight that never took off would land the other one.
        first.then(|| Flight { flights: self, id })
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.flights.ids().remove(&self.id);
    }
}
