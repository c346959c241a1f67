//! Tag `Community`: the search.

use std::sync::Arc;

use madang_application::{
    calendar::queries::EventRefView,
    community::{SearchService, Written},
    identity::queries,
};
use madang_domain::shared::SearchText;
use poem::Request;
use poem_openapi::{Enum, OpenApi, Union, param::Query};
use serde::Serialize;

use super::{
    Tag,
    dto::{Post, PostEvent},
};
use crate::{
    http::{Answer, Auth, Field, Listing, Outcome, Pages},
    identity::UserSummary,
};

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum SearchType {
    /// Posts, by title and text.
    Posts,
    /// People, by nickname.
    Users,
    /// Events, by title, description and place.
    Events,
}

/// Something found: what it is, as `type`, and its own members.
#[derive(Clone, Debug, Union, Serialize)]
#[oai(one_of, discriminator_name = "type")]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "a page of them holds one kind")]
pub enum SearchResult {
    /// A post.
    #[oai(mapping = "posts")]
    Posts(Post),
    /// A person.
    #[oai(mapping = "users")]
    Users(UserSummary),
    /// An event.
    #[oai(mapping = "events")]
    Events(PostEvent),
}

impl From<Written> for SearchResult {
    fn from(post: Written) -> Self {
        Self::Posts(post.into())
    }
}

impl From<queries::UserSummary> for SearchResult {
    fn from(user: queries::UserSummary) -> Self {
        Self::Users(user.into())
    }
}

impl From<EventRefView> for SearchResult {
    fn from(event: EventRefView) -> Self {
        Self::Events(PostEvent::new(event, None))
    }
}

/// The search.
pub struct SearchApi {
    service: Arc<SearchService>,
}

impl SearchApi {
    /// Wires it.
    pub fn new(service: Arc<SearchService>) -> Self {
        Self { service }
    }
}

#[OpenApi(tag = "Tag::Community")]
impl SearchApi {
    /// Search
    ///
    /// Whatever contains the text, in any script, from two letters up, as far as the caller may see
    /// it; the newest first. Big and small letters, wide and narrow ones are the same.
    #[oai(path = "/v1/search", method = "get", operation_id = "search")]
    async fn search(
        &self,
        request: &Request,
        auth: Auth,
        /// The text.
        q: Query<Field<SearchText>>,
        /// What to look for; posts if nothing is said.
        #[oai(name = "type")]
        kind: Query<Option<SearchType>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<SearchResult>>> {
        let (text, caller, kind) = (q.0.0, auth.0, kind.0.unwrap_or(SearchType::Posts));
        let scope = format!("search {:?} {} {}", kind, caller.user, text.normal());
        let pages = Pages::read(request, scope, limit.0, cursor.0, 20)?;
        let page = pages.request();
        Ok(match kind {
            SearchType::Posts => pages.answer(self.service.posts(&caller, &text, &page).await?),
            SearchType::Users => pages.answer(self.service.users(&caller, &text, &page).await?),
            SearchType::Events => pages.answer(self.service.events(&caller, &text, &page).await?),
        })
    }
}
