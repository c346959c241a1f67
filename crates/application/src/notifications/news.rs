//! What is new for people who are connected: notifications, and posts of those they follow.
//!
//! The record is asked, again and again and far enough back that a transaction which committed
//! late, or a clock that goes wrong, hides nothing; what was found before is left out. So each
//! process tells each of its people each thing once, with Redis and without.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use madang_domain::shared::{Timestamp, UserId};
use uuid::Uuid;

use super::{FreshPost, NotificationQueries, Told, service::named};
use crate::{
    identity::queries::{UserQueries, UserSummary},
    shared::Clock,
};

/// How far back each look goes; longer than a transaction may take.
const BACK: Duration = Duration::from_secs(75);
/// What gets its id so long before anybody connects may be committed, and is told, after that.
const LATE: Duration = Duration::from_secs(1);
/// More is not found by one look; the next one finds it.
const LIMIT: i64 = 1_000;

/// Something new.
#[derive(Clone, Debug)]
pub enum News {
    /// A notification.
    Told(Told),
    /// A post, with its author.
    Posted(FreshPost, UserSummary),
}

/// Finds what is new.
pub struct NewsService {
    queries: Arc<dyn NotificationQueries>,
    users: Arc<dyn UserQueries>,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

/// What was found before, oldest first.
#[derive(Default)]
struct Seen {
    notifications: BTreeSet<Uuid>,
    posts: BTreeSet<Uuid>,
}

impl NewsService {
    /// From its ports.
    pub fn new(
        queries: Arc<dyn NotificationQueries>,
        users: Arc<dyn UserQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { queries, users, clock, seen: Mutex::default() }
    }

    /// What is new for these people since the last look, and since anybody is connected: whoever
    /// comes is not told what happened while nobody was there.
    ///
    /// # Errors
    /// If the store cannot be asked; the next look finds the same.
    pub async fn look(
        &self,
        since: Option<Timestamp>,
        people: &[UserId],
    ) -> anyhow::Result<Vec<(UserId, News)>> {
        let Some(began) = since.filter(|_| !people.is_empty()) else { return Ok(Vec::new()) };
        let since = first_id(self.clock.now().minus(BACK).max(began.minus(LATE)));
        let connected: HashSet<UserId> = people.iter().copied().collect();
        let mut news = Vec::new();

        let found = self.queries.since(since, LIMIT).await?;
        let (owners, views): (Vec<_>, Vec<_>) =
            self.unseen(found, since).into_iter().filter(|(user, _)| connected.contains(user)).unzip();
        let told = named(&*self.users, views.clone()).await?;
        for (user, view) in owners.into_iter().zip(views) {
            if let Some(told) = told.iter().find(|told| told.view.id == view.id) {
                news.push((user, News::Told(told.clone())));
            }
        }

        let posts = self.unseen_posts(self.queries.posts_since(since, LIMIT).await?, since);
        if !posts.is_empty() {
            let fresh = self.queries.fresh_posts(&posts, people).await?;
            let authors: BTreeSet<UserId> = fresh.iter().map(|post| post.author).collect();
            let authors = self.users.summaries(&authors.into_iter().collect::<Vec<_>>()).await?;
            for post in fresh {
                if let Some(author) = authors.iter().find(|author| author.id == post.author) {
                    news.push((post.follower, News::Posted(post, author.clone())));
                }
            }
        }
        Ok(news)
    }

    fn unseen<T>(
        &self,
        found: Vec<(T, super::NotificationView)>,
        since: Uuid,
    ) -> Vec<(T, super::NotificationView)> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.notifications = seen.notifications.split_off(&since);
        found.into_iter().filter(|(_, view)| seen.notifications.insert(view.id.uuid())).collect()
    }

    fn unseen_posts(&self, found: Vec<Uuid>, since: Uuid) -> Vec<Uuid> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.posts = seen.posts.split_off(&since);
        found.into_iter().filter(|post| seen.posts.insert(*post)).collect()
    }
}

/// The least UUIDv7 of an instant (RFC 9562 5.7): 48 bits of milliseconds come first.
fn first_id(instant: Timestamp) -> Uuid {
    let millis = u128::try_from(instant.micros().div_euclid(1_000)).unwrap_or_default();
    Uuid::from_u128((millis << 80) | (0x7 << 76) | (0x2 << 62))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_are_greater_than_the_first_of_their_instant() {
        let millis = |id: Uuid| id.get_timestamp().map(|at| at.to_unix());
        let id = Uuid::now_v7();
        let (seconds, nanos) = millis(id).unwrap();
        let micros = i64::try_from(seconds).unwrap() * 1_000_000 + i64::from(nanos) / 1_000;
        assert!(first_id(Timestamp::from_micros(micros)) <= id);
        assert!(first_id(Timestamp::from_micros(micros + 1_000)) > id);
    }
}
