//! Tag `Community`: posts, replies, likes and the feed.

use std::sync::Arc;

use jiff::ToSpan;
use madang_application::{
    calendar::queries::place_of,
    community::{PostFilter, PostService, RelationService},
};
use madang_domain::{
    community::{self, errors::UNKNOWN_OCCURRENCE, hashtags},
    shared::{Id, id::User},
};
use poem::Request;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};
use uuid::Uuid;

use super::{
    Tag,
    dto::{CreatePost, CreateReply, Post, PostEdit, UpdatePost},
};
use crate::{
    http::{Answer, Auth, Created, Date, Form, Ident, IfMatch, Listing, NoContent, Outcome, Pages, Problem},
    identity::UserSummary,
};

/// Posts.
pub struct PostsApi {
    service: Arc<PostService>,
    relations: Arc<RelationService>,
}

impl PostsApi {
    /// Wires it.
    pub fn new(service: Arc<PostService>, relations: Arc<RelationService>) -> Self {
        Self { service, relations }
    }
}

type PostPage = Outcome<Answer<Listing<Post>>>;

#[OpenApi(tag = "Tag::Community")]
impl PostsApi {
    /// Write a post
    ///
    /// Errors: `community.unknown_post`, `community.unknown_event`, `community.unknown_occurrence`,
    /// `community.wider_than_root`, `media.unknown_picture`, `media.repeated_picture`, `identity.profile_incomplete`.
    #[oai(path = "/v1/posts", method = "post", operation_id = "createPost")]
    async fn create(&self, auth: Auth, form: Form<CreatePost>) -> Outcome<Created<Post>> {
        created(self.service.write(&auth.0, form.accept()?.into()).await?)
    }

    /// List posts
    ///
    /// What the caller may see, newest first. A post is on its `date`, else on the day it was
    /// written.
    ///
    /// Errors: `community.unknown_occurrence`.
    #[expect(clippy::too_many_arguments, reason = "one per query parameter")]
    #[oai(path = "/v1/posts", method = "get", operation_id = "listPosts")]
    async fn list(
        &self,
        request: &Request,
        auth: Auth,
        /// By this person.
        author: Query<Option<Ident<User>>>,
        /// On this day or later.
        from: Query<Option<Date>>,
        /// Before this day; the same day as `from` asks for that day.
        to: Query<Option<Date>>,
        /// About this event; nothing where the caller does not see it.
        event: Query<Option<Ident<Uuid>>>,
        /// About this occurrence of the event, as the range list of events names it.
        #[oai(name = "occurrence", validator(max_length = 40))]
        occurrence: Query<Option<String>>,
        /// With this hashtag, with or without `#`.
        tag: Query<Option<String>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> PostPage {
        let (from, to) = (from.0.map(|from| from.0), to.0.map(|to| to.0));
        let to = if from == to { to.map(|day| day.saturating_add(1.day())) } else { to };
        // A text that is no tag finds nothing.
        let tag = tag.0.map(|tag| {
            hashtags(&format!("#{}", tag.trim_start_matches('#'))).pop_first().unwrap_or_default()
        });
        let event = event.0.map(|event| event.0.uuid());
        let unknown = || Problem::from(UNKNOWN_OCCURRENCE.at("?occurrence"));
        let occurrence = match occurrence.0.as_deref().map(place_of) {
            None => None,
            Some(place) => Some(place.filter(|_| event.is_some()).ok_or_else(unknown)?),
        };
        let filter = PostFilter { author: author.0.map(|author| author.0), from, to, event, occurrence, tag };
        let pages = Pages::read(request, format!("posts {filter:?}"), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.posts(&auth.0, &filter, &pages.request()).await?))
    }

    /// Read the home feed
    ///
    /// What the caller and those the caller follows wrote, newest first.
    #[oai(path = "/v1/feed", method = "get", operation_id = "getFeed")]
    async fn feed(
        &self,
        request: &Request,
        auth: Auth,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> PostPage {
        let pages = Pages::read(request, format!("feed {}", auth.0.user), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.feed(&auth.0, &pages.request()).await?))
    }

    /// List what a person wrote
    #[oai(path = "/v1/users/:userId/posts", method = "get", operation_id = "listPostsOfUser")]
    async fn of_user(
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
    ) -> PostPage {
        self.relations.visible(&auth.0, user.0.0).await?;
        let filter = PostFilter { author: Some(user.0.0), ..PostFilter::default() };
        let pages = Pages::read(request, format!("posts {filter:?}"), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.posts(&auth.0, &filter, &pages.request()).await?))
    }

    /// Read a post
    #[oai(path = "/v1/posts/:postId", method = "get", operation_id = "getPost")]
    async fn show(
        &self,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
    ) -> Outcome<Answer<Post>> {
        answer(self.service.post(&auth.0, post.0.0).await?)
    }

    /// Change a post
    ///
    /// Errors: `community.not_the_author`, `community.unknown_event`, `community.unknown_occurrence`,
    /// `community.wider_than_root`, `media.unknown_picture`, `media.repeated_picture`, `identity.profile_incomplete`.
    #[oai(path = "/v1/posts/:postId", method = "patch", operation_id = "updatePost")]
    async fn edit(
        &self,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
        /// Only if it still is of this version (`ETag`).
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        form: Form<UpdatePost>,
    ) -> Outcome<Answer<Post>> {
        let form = form.accept()?;
        let edit = form.into();
        answer(
            self.service
                .edit(&auth.0, post.0.0, edit, |found| if_match.check(tagged(post.0.0), found))
                .await?,
        )
    }

    /// Delete a post
    ///
    /// With the post that starts a thread goes the whole thread.
    ///
    /// Errors: `community.not_the_author`.
    #[oai(path = "/v1/posts/:postId", method = "delete", operation_id = "deletePost")]
    async fn delete(
        &self,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
        /// Only if it still is of this version (`ETag`).
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Outcome<NoContent> {
        self.service.delete(&auth.0, post.0.0, |found| if_match.check(tagged(post.0.0), found)).await?;
        Ok(NoContent::default())
    }

    /// List what a post was before it was changed
    ///
    /// Latest change first. A version that fewer people could see is shown to those only.
    #[oai(path = "/v1/posts/:postId/edits", method = "get", operation_id = "listPostEdits")]
    async fn edits(
        &self,
        request: &Request,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<PostEdit>>> {
        let pages = Pages::read(request, format!("edits {}", post.0.0), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.edits(&auth.0, post.0.0, &pages.request()).await?))
    }

    /// List the direct replies to a post
    ///
    /// Oldest first.
    #[oai(path = "/v1/posts/:postId/replies", method = "get", operation_id = "listReplies")]
    async fn replies(
        &self,
        request: &Request,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> PostPage {
        let pages = Pages::read(request, format!("replies {}", post.0.0), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.replies(&auth.0, post.0.0, &pages.request()).await?))
    }

    /// Reply to a post
    ///
    /// Errors: `community.wider_than_root`, `media.unknown_picture`, `media.repeated_picture`,
    /// `identity.profile_incomplete`.
    #[oai(path = "/v1/posts/:postId/replies", method = "post", operation_id = "createReply")]
    async fn reply(
        &self,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
        form: Form<CreateReply>,
    ) -> Outcome<Created<Post>> {
        let reply = form.accept()?.to(post.0.0);
        // The parent is in the path, so its absence is 404 and no fault of the body.
        self.service.post(&auth.0, post.0.0).await?;
        created(self.service.write(&auth.0, reply).await?)
    }

    /// Read the thread of a post
    ///
    /// The post that starts it and everything below, oldest first; `inReplyTo` tells the tree.
    #[oai(path = "/v1/posts/:postId/thread", method = "get", operation_id = "getThread")]
    async fn thread(
        &self,
        request: &Request,
        auth: Auth,
        /// Any post of the thread.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> PostPage {
        let pages = Pages::read(request, format!("thread {}", post.0.0), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.thread(&auth.0, post.0.0, &pages.request()).await?))
    }

    /// Like a post
    ///
    /// Again changes nothing.
    ///
    /// Errors: `identity.profile_incomplete`.
    #[oai(path = "/v1/posts/:postId/like", method = "put", operation_id = "likePost")]
    async fn like(
        &self,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
    ) -> Outcome<NoContent> {
        self.service.like(&auth.0, post.0.0).await?;
        Ok(NoContent::default())
    }

    /// Take a like back
    ///
    /// Again changes nothing.
    #[oai(path = "/v1/posts/:postId/like", method = "delete", operation_id = "unlikePost")]
    async fn unlike(
        &self,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
    ) -> Outcome<NoContent> {
        self.service.unlike(&auth.0, post.0.0).await?;
        Ok(NoContent::default())
    }

    /// List who likes a post
    ///
    /// Latest first.
    #[oai(path = "/v1/posts/:postId/likes", method = "get", operation_id = "listLikes")]
    async fn likes(
        &self,
        request: &Request,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<community::Post>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<UserSummary>>> {
        let pages = Pages::read(request, format!("likes {}", post.0.0), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.likes(&auth.0, post.0.0, &pages.request()).await?))
    }
}

/// What the tag of a post is about.
fn tagged(post: Id<community::Post>) -> String {
    format!("post {post}")
}

fn answer(written: madang_application::community::Written) -> Outcome<Answer<Post>> {
    let (id, version) = (written.view.post.id, written.view.post.version);
    Ok(Answer::new(written.into()).version(tagged(id), version))
}

fn created(written: madang_application::community::Written) -> Outcome<Created<Post>> {
    let (id, version) = (written.view.post.id, written.view.post.version);
    Ok(Created::new(format!("/v1/posts/{id}"), written.into()).version(tagged(id), version))
}
