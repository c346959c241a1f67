//! Tag `Community`: the search.

use std::sync::Arc;

use madang_application::{
    calendar::queries::EventRefView,
    community::{SearchService, Written},
    identity::queries,
};
use madang_domain::shared::SearchText;
use poem::Request;
use poem_openapi::{Enum, Object, OpenApi, param::Query};
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

/// Something found: the member named by `type` holds it, the others are `null`.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// What it is.
    #[oai(rename = "type")]
    #[serde(rename = "type")]
    pub kind: SearchType,
    /// The post.
    pub post: Option<Post>,
    /// The person.
    pub user: Option<UserSummary>,
    /// The event.
    pub event: Option<PostEvent>,
}

impl SearchResult {
    fn nothing(kind: SearchType) -> Self {
        Self { kind, post: None, user: None, event: None }
    }
}

impl From<Written> for SearchResult {
    fn from(post: Written) -> Self {
        Self { post: Some(post.into()), ..Self::nothing(SearchType::Posts) }
    }
}

impl From<queries::UserSummary> for SearchResult {
    fn from(user: queries::UserSummary) -> Self {
        Self { user: Some(user.into()), ..Self::nothing(SearchType::Users) }
    }
}

impl From<EventRefView> for SearchResult {
    fn from(event: EventRefView) -> Self {
        Self { event: Some(PostEvent::new(event, None)), ..Self::nothing(SearchType::Events) }
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
        /// What to look for.
        #[oai(name = "type")]
        kind: Query<SearchType>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<SearchResult>>> {
        let (text, caller) = (q.0.0, auth.0);
        let scope = format!("search {:?} {} {}", kind.0, caller.user, text.normal());
        let pages = Pages::read(request, scope, limit.0, cursor.0, 20)?;
        let page = pages.request();
        Ok(match kind.0 {
            SearchType::Posts => pages.answer(self.service.posts(&caller, &text, &page).await?),
            SearchType::Users => pages.answer(self.service.users(&caller, &text, &page).await?),
            SearchType::Events => pages.answer(self.service.events(&caller, &text, &page).await?),
        })
    }
}
