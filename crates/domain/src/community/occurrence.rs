//! Which occurrence of a series a post is about, while the series is moved and cut.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::calendar::domain_events::{SeriesMoved, SeriesSplit};

/// What an occurrence was called, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OccurrenceName {
    /// The event it was of.
    pub event: Uuid,
    /// Where its series began it, in microseconds on the line of the event.
    pub original: i64,
    /// The version of the event that called it so.
    pub version: i64,
}

/// Occurrences of an event have other names, or are those of another event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeriesChange {
    /// What followed is a series of its own.
    Split(SeriesSplit),
    /// The whole series begins elsewhere.
    Moved(SeriesMoved),
}

impl SeriesChange {
    /// The event that was changed, and its version since then.
    pub fn since(&self) -> (Uuid, i64) {
        match self {
            Self::Split(split) => (split.event.uuid(), split.version),
            Self::Moved(moved) => (moved.event.uuid(), moved.version),
        }
    }

    /// The event that has occurrences of it now; itself unless it was split.
    pub fn into(&self) -> Uuid {
        match self {
            Self::Split(split) => split.into.uuid(),
            Self::Moved(moved) => moved.event.uuid(),
        }
    }

    /// What an occurrence of that event is called afterwards that was called so before.
    pub fn follow(&self, original: i64) -> OccurrenceName {
        match self {
            Self::Split(split) => {
                let (event, original) = split.place_of(original);
                let version = if event == split.event { split.version } else { split.into_version };
                OccurrenceName { event: event.uuid(), original, version }
            }
            Self::Moved(moved) => OccurrenceName {
                event: moved.event.uuid(),
                original: moved.renamed.of(original),
                version: moved.version,
            },
        }
    }
}
