//! Which occurrence a post is about.

use std::sync::Arc;

use async_trait::async_trait;
use madang_domain::{
    calendar::domain_events::{SeriesMoved, SeriesSplit},
    community::{OccurrenceName, Post, SeriesChange, errors::UNKNOWN_OCCURRENCE},
    shared::Failure,
};
use uuid::Uuid;

use super::{EditPost, OccurrenceRepository};
use crate::{
    calendar::queries::CalendarQueries,
    shared::{Clock, Handles, Tx},
};

/// An occurrence as the caller named it, and what it is called now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settled {
    said: OccurrenceName,
    /// That.
    pub(super) now: OccurrenceName,
}

/// Finds occurrences, and brings what is said about them along when their series are moved and cut.
pub struct OccurrenceService {
    occurrences: Arc<dyn OccurrenceRepository>,
    events: Arc<dyn CalendarQueries>,
    clock: Arc<dyn Clock>,
}

impl OccurrenceService {
    /// From its ports.
    pub fn new(
        occurrences: Arc<dyn OccurrenceRepository>,
        events: Arc<dyn CalendarQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { occurrences, events, clock }
    }

    /// The occurrence of an event that the caller was found to see.
    ///
    /// # Errors
    /// `community.unknown_occurrence`, also where there is no event.
    pub(super) async fn named(
        &self,
        event: Option<Uuid>,
        occurrence: Option<&str>,
    ) -> Result<Option<OccurrenceName>, Failure> {
        let Some(name) = occurrence else { return Ok(None) };
        let unknown = || UNKNOWN_OCCURRENCE.at("/occurrence");
        let event = event.ok_or_else(unknown)?;
        let found = self.events.occurrence(event.into(), name).await?;
        let (original, version) = found.ok_or_else(unknown)?;
        Ok(Some(OccurrenceName { event, original, version }))
    }

    /// The same as it is now, kept so until the transaction ends. To be asked for before anything
    /// else is locked.
    pub(super) async fn settled(
        &self,
        tx: &mut Tx,
        said: Option<OccurrenceName>,
    ) -> Result<Option<Settled>, Failure> {
        let Some(said) = said else { return Ok(None) };
        Ok(Some(Settled { said, now: self.occurrences.settle(tx, said).await? }))
    }

    /// Remembers what a new post is about.
    pub(super) async fn keep(
        &self,
        tx: &mut Tx,
        post: &Post,
        settled: Option<Settled>,
    ) -> Result<(), Failure> {
        let Some(Settled { said, .. }) = settled else { return Ok(()) };
        Ok(self.occurrences.keep(tx, post.id, Some(said)).await?)
    }

    /// Makes a post be about what an edit says. Another event takes the occurrence away.
    ///
    /// # Errors
    /// `community.unknown_occurrence` where the post was put on another event since the occurrence
    /// was looked up.
    pub(super) async fn change(
        &self,
        tx: &mut Tx,
        post: &mut Post,
        edit: &EditPost,
        settled: Option<Settled>,
    ) -> Result<(), Failure> {
        let before = (post.event, post.occurrence);
        if let Some(Settled { said, now }) = settled {
            if edit.event.is_none() && post.event != Some(said.event) && post.event != Some(now.event) {
                return Err(UNKNOWN_OCCURRENCE.at("/occurrence").into());
            }
            (post.event, post.occurrence) = (Some(now.event), Some(now.original));
            return Ok(self.occurrences.keep(tx, post.id, Some(said)).await?);
        }
        post.event = edit.event.unwrap_or(post.event);
        if post.event != before.0 || edit.occurrence.is_some() {
            post.occurrence = None;
        }
        if post.occurrence != before.1 {
            self.occurrences.keep(tx, post.id, None).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Handles<SeriesSplit> for OccurrenceService {
    async fn handle(&self, tx: &mut Tx, split: SeriesSplit) -> Result<(), Failure> {
        Ok(self.occurrences.follow(tx, &SeriesChange::Split(split), self.clock.now()).await?)
    }
}

#[async_trait]
impl Handles<SeriesMoved> for OccurrenceService {
    async fn handle(&self, tx: &mut Tx, moved: SeriesMoved) -> Result<(), Failure> {
        Ok(self.occurrences.follow(tx, &SeriesChange::Moved(moved), self.clock.now()).await?)
    }
}
