//! Find people, posts and events.

use std::sync::Arc;

use madang_domain::shared::{Failure, Page, PageRequest, SearchText};

use super::{CommunityQueries, PostService, Written};
use crate::{
    calendar::queries::{CalendarQueries, EventRefView},
    identity::queries::{UserQueries, UserSummary},
    shared::Caller,
};

/// Searches for what the caller may see.
pub struct SearchService {
    posts: Arc<PostService>,
    queries: Arc<dyn CommunityQueries>,
    users: Arc<dyn UserQueries>,
    events: Arc<dyn CalendarQueries>,
}

impl SearchService {
    /// From its ports.
    pub fn new(
        posts: Arc<PostService>,
        queries: Arc<dyn CommunityQueries>,
        users: Arc<dyn UserQueries>,
        events: Arc<dyn CalendarQueries>,
    ) -> Self {
        Self { posts, queries, users, events }
    }

    /// Posts whose title or text contains this, newest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn posts(
        &self,
        caller: &Caller,
        text: &SearchText,
        page: &PageRequest,
    ) -> Result<Page<Written>, Failure> {
        self.posts.search(caller, text, page).await
    }

    /// People whose nickname contains this, newest first; without those who are hidden.
    ///
    /// # Errors
    /// Only outages.
    pub async fn users(
        &self,
        caller: &Caller,
        text: &SearchText,
        page: &PageRequest,
    ) -> Result<Page<UserSummary>, Failure> {
        let (mut items, mut after) = (Vec::new(), page.after);
        // Until the page is full, because those hidden must not shorten it.
        loop {
            let missing = u32::try_from(page.limit as usize - items.len()).unwrap_or(page.limit);
            let request = PageRequest { limit: missing, after };
            let found = self.users.search(text.as_str(), &request).await?;
            let ids: Vec<_> = found.items.iter().map(|profile| profile.user.id).collect();
            let hidden = self.queries.hidden_among(caller.user, &ids).await?;
            let seen = found.items.into_iter().map(|profile| profile.user);
            items.extend(seen.filter(|user| !hidden.contains(&user.id)));
            after = found.next;
            if after.is_none() || items.len() >= page.limit as usize {
                return Ok(Page { items, next: after });
            }
        }
    }

    /// Events whose title, description or place contains this, newest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn events(
        &self,
        caller: &Caller,
        text: &SearchText,
        page: &PageRequest,
    ) -> Result<Page<EventRefView>, Failure> {
        Ok(self.events.search(caller.user, text, page).await?)
    }
}
