//! Tag `Community`: people and what they are to each other.

use std::sync::Arc;

use madang_application::community::{Circle, RelationService};
use madang_domain::shared::id::User;
use poem::Request;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};

use super::{Tag, dto::Follow};
use crate::{
    http::{Answer, Auth, Created, Ident, Listing, NoContent, Outcome, Pages},
    identity::UserSummary,
};

/// Follow and block.
pub struct RelationsApi {
    service: Arc<RelationService>,
}

impl RelationsApi {
    /// Wires it.
    pub fn new(service: Arc<RelationService>) -> Self {
        Self { service }
    }

    async fn circle(
        &self,
        request: &Request,
        (auth, user, circle): (Auth, Ident<User>, Circle),
        limit: Option<i64>,
        cursor: Option<String>,
    ) -> Outcome<Answer<Listing<UserSummary>>> {
        let pages = Pages::read(request, format!("{circle:?} {}", user.0), limit, cursor, 20)?;
        Ok(pages.answer(self.service.circle(&auth.0, user.0, circle, &pages.request()).await?))
    }
}

#[OpenApi(tag = "Tag::Community")]
impl RelationsApi {
    /// Follow somebody
    ///
    /// Errors: `community.self_follow`, `community.already_following`, `identity.profile_incomplete`.
    #[oai(path = "/v1/users/:userId/follow", method = "put", operation_id = "followUser")]
    async fn follow(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<Created<Follow>> {
        self.service.follow(&auth.0, user.0.0).await?;
        let follow = Follow { follower_id: auth.0.user.into(), followee_id: user.0 };
        Ok(Created::new(format!("/v1/users/{}/following", auth.0.user), follow))
    }

    /// Stop following somebody
    ///
    /// Errors: `community.self_follow`, `community.not_following`.
    #[oai(path = "/v1/users/:userId/follow", method = "delete", operation_id = "unfollowUser")]
    async fn unfollow(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.service.unfollow(&auth.0, user.0.0).await?;
        Ok(NoContent::default())
    }

    /// List who follows a person
    #[oai(path = "/v1/users/:userId/followers", method = "get", operation_id = "listFollowers")]
    async fn followers(
        &self,
        request: &Request,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<UserSummary>>> {
        self.circle(request, (auth, user.0, Circle::Followers), limit.0, cursor.0).await
    }

    /// List whom a person follows
    #[oai(path = "/v1/users/:userId/following", method = "get", operation_id = "listFollowing")]
    async fn following(
        &self,
        request: &Request,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<UserSummary>>> {
        self.circle(request, (auth, user.0, Circle::Following), limit.0, cursor.0).await
    }

    /// List a person's friends
    ///
    /// Friends follow each other.
    #[oai(path = "/v1/users/:userId/friends", method = "get", operation_id = "listFriends")]
    async fn friends(
        &self,
        request: &Request,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<UserSummary>>> {
        self.circle(request, (auth, user.0, Circle::Friends), limit.0, cursor.0).await
    }

    /// Block somebody
    ///
    /// Neither sees what the other does, and neither follows the other from now on.
    ///
    /// Errors: `community.self_block`.
    #[oai(path = "/v1/users/:userId/block", method = "put", operation_id = "blockUser")]
    async fn block(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.service.block(&auth.0, user.0.0).await?;
        Ok(NoContent::default())
    }

    /// Unblock somebody
    #[oai(path = "/v1/users/:userId/block", method = "delete", operation_id = "unblockUser")]
    async fn unblock(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.service.unblock(&auth.0, user.0.0).await?;
        Ok(NoContent::default())
    }

    /// Mute somebody
    ///
    /// What they write is left out of the home feed, and nothing they do makes a notification;
    /// whoever looks for it still finds it. They do not learn of it. Again changes nothing.
    ///
    /// Errors: `community.self_mute`.
    #[oai(path = "/v1/users/:userId/mute", method = "put", operation_id = "muteUser")]
    async fn mute(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.service.mute(&auth.0, user.0.0).await?;
        Ok(NoContent::default())
    }

    /// Unmute somebody
    ///
    /// Again changes nothing.
    #[oai(path = "/v1/users/:userId/mute", method = "delete", operation_id = "unmuteUser")]
    async fn unmute(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.service.unmute(&auth.0, user.0.0).await?;
        Ok(NoContent::default())
    }
}
