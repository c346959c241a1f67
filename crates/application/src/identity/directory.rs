//! Looking people up.

use std::sync::Arc;

use madang_domain::shared::{Failure, Page, PageRequest, UserId, platform::NOT_FOUND};

use super::queries::{PublicProfile, Sight, UserQueries};
use crate::shared::Caller;

/// Finds people, as far as they are not hidden from whoever looks.
pub struct Directory {
    users: Arc<dyn UserQueries>,
    sight: Arc<dyn Sight>,
}

impl Directory {
    /// From its ports.
    pub fn new(users: Arc<dyn UserQueries>, sight: Arc<dyn Sight>) -> Self {
        Self { users, sight }
    }

    /// One person.
    ///
    /// # Errors
    /// 404 for nobody and for those who are hidden.
    pub async fn person(&self, caller: &Caller, user: UserId) -> Result<PublicProfile, Failure> {
        self.shown(caller, self.users.public_profile(user).await?).await
    }

    /// One person by nickname, in whatever case.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub async fn person_called(&self, caller: &Caller, nickname: &str) -> Result<PublicProfile, Failure> {
        self.shown(caller, self.users.public_profile_by_nickname(nickname).await?).await
    }

    /// People whose nickname contains this, newest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn search(
        &self,
        caller: &Caller,
        part: &str,
        page: &PageRequest,
    ) -> Result<Page<PublicProfile>, Failure> {
        let (mut items, mut after) = (Vec::new(), page.after);
        // Until the page is full, because those hidden must not shorten it.
        loop {
            let missing = u32::try_from(page.limit as usize - items.len()).unwrap_or(page.limit);
            let found = self.users.search(part, &PageRequest { limit: missing, after }).await?;
            let ids: Vec<_> = found.items.iter().map(|profile| profile.user.id).collect();
            let hidden = self.sight.out_of_sight(caller.user, &ids).await?;
            items.extend(found.items.into_iter().filter(|profile| !hidden.contains(&profile.user.id)));
            after = found.next;
            if after.is_none() || items.len() >= page.limit as usize {
                return Ok(Page { items, next: after });
            }
        }
    }

    async fn shown(&self, caller: &Caller, found: Option<PublicProfile>) -> Result<PublicProfile, Failure> {
        let profile = found.ok_or(NOT_FOUND)?;
        let hidden = self.sight.out_of_sight(caller.user, &[profile.user.id]).await?;
        if hidden.is_empty() { Ok(profile) } else { Err(NOT_FOUND.into()) }
    }
}
