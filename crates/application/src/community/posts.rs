//! Write, read, change and like posts.

use std::sync::Arc;

use jiff::{civil::Date, tz::TimeZone};
use madang_domain::{
    community::{
        Mention, OccurrenceName, Post, PostEdit, PostId, PostText, PostTitle, Visibility,
        domain_events::{PostLiked, PostMentioned, PostReplied},
        errors::{NOT_THE_AUTHOR, UNKNOWN_EVENT, UNKNOWN_OCCURRENCE, UNKNOWN_POST},
        hashtags, mentions,
    },
    shared::{Failure, Page, PageRequest, PictureId, SearchText, Timestamp, UserId, platform::NOT_FOUND},
};
use uuid::Uuid;

use super::{
    CommunityQueries, Discussion, OccurrenceService, PostFilter, PostRepository, PostView, Written,
    occurrences::Settled, relations::named,
};
use crate::{
    calendar::queries::CalendarQueries,
    identity::queries::{AccountQueries, Need, UserQueries, UserSummary},
    shared::{Audience, Caller, Clock, Picture, Pictures, UnitOfWork, new_id},
};

/// The zone of people who chose none.
const DEFAULT_ZONE: &str = "Asia/Seoul";

/// What somebody wants to say.
#[derive(Clone, Debug)]
pub struct WritePost {
    /// The headline.
    pub title: Option<PostTitle>,
    /// The text.
    pub text: PostText,
    /// How far it should reach; a reply reaches as far as its thread if nothing is said.
    pub visibility: Option<Visibility>,
    /// The event it is about.
    pub event: Option<Uuid>,
    /// The occurrence of it, by its name.
    pub occurrence: Option<String>,
    /// The day it is put on.
    pub date: Option<Date>,
    /// The post it answers.
    pub in_reply_to: Option<PostId>,
    /// Its pictures, in order.
    pub pictures: Vec<PictureId>,
}

/// What should change; `None` keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct EditPost {
    /// The headline.
    pub title: Option<Option<PostTitle>>,
    /// The text.
    pub text: Option<PostText>,
    /// How far it reaches.
    pub visibility: Option<Visibility>,
    /// The event it is about; another one takes the occurrence away.
    pub event: Option<Option<Uuid>>,
    /// The occurrence of it, by its name.
    pub occurrence: Option<Option<String>>,
    /// The day it is put on.
    pub date: Option<Option<Date>>,
    /// Its pictures, in order.
    pub pictures: Option<Vec<PictureId>>,
}

/// Where the pictures stand in a request.
const PICTURES: &str = "/mediaIds";

/// Posts.
pub struct PostService {
    uow: Arc<UnitOfWork>,
    posts: Arc<dyn PostRepository>,
    queries: Arc<dyn CommunityQueries>,
    users: Arc<dyn UserQueries>,
    accounts: Arc<dyn AccountQueries>,
    events: Arc<dyn CalendarQueries>,
    occurrences: Arc<OccurrenceService>,
    pictures: Arc<dyn Pictures>,
    clock: Arc<dyn Clock>,
}

impl PostService {
    /// From its ports.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        posts: Arc<dyn PostRepository>,
        queries: Arc<dyn CommunityQueries>,
        users: Arc<dyn UserQueries>,
        accounts: Arc<dyn AccountQueries>,
        events: Arc<dyn CalendarQueries>,
        occurrences: Arc<OccurrenceService>,
        pictures: Arc<dyn Pictures>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, posts, queries, users, accounts, events, occurrences, pictures, clock }
    }

    /// Writes a post or a reply.
    ///
    /// # Errors
    /// `identity.profile_incomplete`, 422 for an unknown event, occurrence or parent, or a reply that would reach further than its thread.
    pub async fn write(&self, caller: &Caller, wish: WritePost) -> Result<Written, Failure> {
        self.users.require(caller.user, Need::Nickname).await?;
        self.check_event(caller, wish.event).await?;
        let occurrence = self.occurrences.named(wish.event, wish.occurrence.as_deref()).await?;
        let day = self.day(caller.user, wish.date).await?;
        let (tags, named) = (hashtags(wish.text.as_str()), mentions(wish.text.as_str()));
        let id = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let occurrence = self.occurrences.settled(tx, occurrence).await?;
                let parent = match wish.in_reply_to {
                    None => None,
                    Some(parent) => Some(
                        self.posts
                            .find_in_thread(tx, caller.user, parent)
                            .await?
                            .ok_or_else(|| UNKNOWN_POST.at("/inReplyTo"))?,
                    ),
                };
                let pictures = wish.pictures.clone();
                self.pictures.take_many(tx, caller.user, &pictures, PICTURES).await?;
                let post = compose(caller.user, wish, occurrence, parent.as_ref(), self.clock.now())?;
                self.posts.add(tx, &post, &tags, &day).await?;
                self.occurrences.keep(tx, &post, occurrence).await?;
                if !pictures.is_empty() {
                    self.posts.hang(tx, post.id, &pictures).await?;
                }
                if let Some(parent) = parent {
                    tx.publish(&PostReplied {
                        reply: post.id,
                        author: post.author,
                        parent: parent.id,
                        parent_author: parent.author,
                        private: post.visibility() == Visibility::Private,
                    })?;
                }
                self.name(tx, &post, &named).await?;
                Ok(post.id)
            })
            .await?;
        self.post(caller, id).await
    }

    /// One post.
    ///
    /// # Errors
    /// 404 where it is absent or hidden.
    pub async fn post(&self, caller: &Caller, id: PostId) -> Result<Written, Failure> {
        let view = self.queries.post(caller.user, id).await?.ok_or(NOT_FOUND)?;
        let page = Page { items: vec![view], next: None };
        self.complete(caller, page).await?.items.pop().ok_or_else(|| NOT_FOUND.into())
    }

    /// Posts, newest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn posts(
        &self,
        caller: &Caller,
        filter: &PostFilter,
        page: &PageRequest,
    ) -> Result<Page<Written>, Failure> {
        // A post may be seen without its event; what is about an event is said to whoever sees that.
        if let Some(event) = filter.event
            && self.events.events_visible_to(caller.user, &[event.into()]).await?.is_empty()
        {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let posts = self.queries.posts(caller.user, filter, page).await?;
        self.complete(caller, posts).await
    }

    /// The home feed, newest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn feed(&self, caller: &Caller, page: &PageRequest) -> Result<Page<Written>, Failure> {
        let posts = self.queries.feed(caller.user, page).await?;
        self.complete(caller, posts).await
    }

    /// Posts whose title or text contains this, newest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn search(
        &self,
        caller: &Caller,
        text: &SearchText,
        page: &PageRequest,
    ) -> Result<Page<Written>, Failure> {
        let posts = self.queries.search(caller.user, text, page).await?;
        self.complete(caller, posts).await
    }

    /// The direct replies to a post, oldest first.
    ///
    /// # Errors
    /// 404 where the post is absent or hidden.
    pub async fn replies(
        &self,
        caller: &Caller,
        id: PostId,
        page: &PageRequest,
    ) -> Result<Page<Written>, Failure> {
        self.queries.post(caller.user, id).await?.ok_or(NOT_FOUND)?;
        let posts = self.queries.discussion(caller.user, Discussion::Replies(id), page).await?;
        self.complete(caller, posts).await
    }

    /// The whole thread a post belongs to, oldest first.
    ///
    /// # Errors
    /// 404 where the post is absent or hidden.
    pub async fn thread(
        &self,
        caller: &Caller,
        id: PostId,
        page: &PageRequest,
    ) -> Result<Page<Written>, Failure> {
        let root = self.queries.post(caller.user, id).await?.ok_or(NOT_FOUND)?.post.root;
        let posts = self.queries.discussion(caller.user, Discussion::Thread(root), page).await?;
        self.complete(caller, posts).await
    }

    /// Changes a post. `expected` checks the version the caller believes to change.
    ///
    /// # Errors
    /// 404 hidden, 403 not the author, 412, `identity.profile_incomplete` and 422 as for [`Self::write`].
    pub async fn edit(
        &self,
        caller: &Caller,
        id: PostId,
        edit: EditPost,
        expected: impl FnOnce(i64) -> Result<(), Failure>,
    ) -> Result<Written, Failure> {
        self.users.require(caller.user, Need::Nickname).await?;
        self.check_event(caller, edit.event.flatten()).await?;
        let occurrence = self.wanted_occurrence(caller, id, &edit).await?;
        let zone = self.zone(caller.user).await?;
        self.uow
            .run(async |tx| {
                let settled = self.occurrences.settled(tx, occurrence).await?;
                let before = self.own(tx, caller, id).await?;
                expected(before.version)?;
                let mut post = before.clone();
                self.occurrences.change(tx, &mut post, &edit, settled).await?;
                if let Some(pictures) = &edit.pictures {
                    self.pictures.take_many(tx, caller.user, pictures, PICTURES).await?;
                    self.posts.hang(tx, post.id, pictures).await?;
                }
                let rehung = edit.pictures.is_some();
                apply(&mut post, edit, self.clock.now())?;
                if !rehung && post.same_as(&before) {
                    return Ok(());
                }
                let day = post.date.unwrap_or_else(|| day_of(post.created_at, &zone)).to_string();
                let tags = hashtags(post.text.as_str());
                self.posts.change(tx, &post, &tags, &day).await?;
                if post.text == before.text {
                    return Ok(());
                }
                self.name(tx, &post, &mentions(post.text.as_str())).await
            })
            .await?;
        self.post(caller, id).await
    }

    /// What a post was before its changes, latest first; versions of a narrower visibility only for
    /// those who could see them.
    ///
    /// # Errors
    /// 404 where the post is absent or hidden.
    pub async fn edits(
        &self,
        caller: &Caller,
        id: PostId,
        page: &PageRequest,
    ) -> Result<Page<PostEdit>, Failure> {
        self.queries.post(caller.user, id).await?.ok_or(NOT_FOUND)?;
        Ok(self.queries.edits(caller.user, id, page).await?)
    }

    /// Deletes a post; with a root, its whole thread.
    ///
    /// # Errors
    /// 404 hidden, 403 not the author, 412.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: PostId,
        expected: impl FnOnce(i64) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                let post = self.own(tx, caller, id).await?;
                expected(post.version)?;
                Ok(self.posts.remove(tx, &post).await?)
            })
            .await
    }

    /// Likes a post; again changes nothing.
    ///
    /// # Errors
    /// 404 where it is absent or hidden; `identity.profile_incomplete`.
    pub async fn like(&self, caller: &Caller, id: PostId) -> Result<(), Failure> {
        // The author is told who it was.
        self.users.require(caller.user, Need::Nickname).await?;
        self.uow
            .run(async |tx| {
                let post = self.posts.find_visible(tx, caller.user, id).await?.ok_or(NOT_FOUND)?;
                if self.posts.like(tx, id, caller.user, self.clock.now()).await? {
                    tx.publish(&PostLiked { post: id, author: post.author, liker: caller.user })?;
                }
                Ok(())
            })
            .await
    }

    /// Takes a like back; again changes nothing.
    ///
    /// # Errors
    /// 404 where it is absent or hidden.
    pub async fn unlike(&self, caller: &Caller, id: PostId) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                self.posts.find_visible(tx, caller.user, id).await?.ok_or(NOT_FOUND)?;
                self.posts.unlike(tx, id, caller.user).await?;
                Ok(())
            })
            .await
    }

    /// Who likes a post, latest first.
    ///
    /// # Errors
    /// 404 where it is absent or hidden.
    pub async fn likes(
        &self,
        caller: &Caller,
        id: PostId,
        page: &PageRequest,
    ) -> Result<Page<UserSummary>, Failure> {
        self.queries.post(caller.user, id).await?.ok_or(NOT_FOUND)?;
        let people = self.queries.likes(caller.user, id, page).await?;
        Ok(named(&*self.users, people).await?)
    }

    async fn name(&self, tx: &mut crate::shared::Tx, post: &Post, named: &[Mention]) -> Result<(), Failure> {
        let people = self.posts.name(tx, post, named).await?;
        if people.is_empty() {
            return Ok(());
        }
        tx.publish(&PostMentioned { post: post.id, author: post.author, people })
    }

    async fn own(&self, tx: &mut crate::shared::Tx, caller: &Caller, id: PostId) -> Result<Post, Failure> {
        let post = self.posts.find_in_thread(tx, caller.user, id).await?.ok_or(NOT_FOUND)?;
        if post.author == caller.user { Ok(post) } else { Err(NOT_THE_AUTHOR.into()) }
    }

    async fn check_event(&self, caller: &Caller, event: Option<Uuid>) -> Result<(), Failure> {
        let Some(event) = event else { return Ok(()) };
        let seen = self.events.events_visible_to(caller.user, &[event.into()]).await?;
        if seen.is_empty() { Err(UNKNOWN_EVENT.at("/eventId").into()) } else { Ok(()) }
    }

    /// The occurrence that an edit names, of the event it names, else of the one the post is about.
    async fn wanted_occurrence(
        &self,
        caller: &Caller,
        id: PostId,
        edit: &EditPost,
    ) -> Result<Option<OccurrenceName>, Failure> {
        let Some(Some(name)) = &edit.occurrence else { return Ok(None) };
        let event = match edit.event {
            Some(event) => event,
            None => self.queries.post(caller.user, id).await?.ok_or(NOT_FOUND)?.post.event,
        };
        if edit.event.is_none() && self.check_event(caller, event).await.is_err() {
            return Err(UNKNOWN_OCCURRENCE.at("/occurrence").into());
        }
        self.occurrences.named(event, Some(name)).await
    }

    async fn day(&self, author: UserId, chosen: Option<Date>) -> Result<String, Failure> {
        let zone = self.zone(author).await?;
        Ok(chosen.unwrap_or_else(|| day_of(self.clock.now(), &zone)).to_string())
    }

    async fn zone(&self, user: UserId) -> Result<TimeZone, Failure> {
        let account = self.accounts.account(user).await?;
        let name = account.as_ref().map_or(DEFAULT_ZONE, |account| account.time_zone.as_str());
        Ok(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// Adds people, events and pictures: at most five more queries, however long the page.
    async fn complete(&self, caller: &Caller, page: Page<PostView>) -> Result<Page<Written>, Failure> {
        let naming: Vec<_> =
            page.items.iter().filter(|view| view.post.may_name()).map(|view| view.post.id).collect();
        let named =
            if naming.is_empty() { Vec::new() } else { self.queries.mentions(caller.user, &naming).await? };
        let mut people: Vec<_> = page.items.iter().map(|view| view.post.author).collect();
        people.extend(named.iter().map(|(_, person)| *person));
        people.sort();
        people.dedup();
        let people = self.users.summaries(&people).await?;
        let summary = |id: UserId| people.iter().find(|person| person.id == id).cloned();
        let events: Vec<_> = page.items.iter().filter_map(|view| view.post.event.map(Into::into)).collect();
        let events = if events.is_empty() {
            Vec::new()
        } else {
            self.events.events_visible_to(caller.user, &events).await?
        };
        let posts: Vec<_> = page.items.iter().map(|view| view.post.id).collect();
        let hung = self.queries.pictures(&posts).await?;
        let ids: Vec<_> = hung.iter().map(|(_, picture)| *picture).collect();
        let shown: Vec<Picture> = self.pictures.shown(Audience::Person(caller.user), &ids).await?;
        let items = page.items.into_iter().filter_map(|view| {
            let author = summary(view.post.author)?;
            let mentions = named.iter().filter(|(post, _)| *post == view.post.id);
            let mentions = mentions.filter_map(|(_, person)| summary(*person)).collect();
            let event = events.iter().find(|event| Some(event.id.uuid()) == view.post.event).cloned();
            let hung = hung.iter().filter(|(post, _)| *post == view.post.id);
            let pictures = hung.filter_map(|(_, id)| shown.iter().find(|picture| picture.id == *id));
            let pictures = pictures.cloned().collect();
            Some(Written { view, author, mentions, event, pictures })
        });
        Ok(Page { items: items.collect(), next: page.next })
    }
}

fn day_of(instant: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(instant.into()).date()
}

fn compose(
    author: UserId,
    wish: WritePost,
    occurrence: Option<Settled>,
    parent: Option<&Post>,
    now: Timestamp,
) -> Result<Post, Failure> {
    let id = new_id();
    let mut post = Post {
        id,
        author,
        title: wish.title,
        text: wish.text,
        event: occurrence.map(|at| at.now.event).or(wish.event),
        occurrence: occurrence.map(|at| at.now.original),
        date: wish.date,
        in_reply_to: wish.in_reply_to,
        root: parent.map_or(id, |parent| parent.root),
        root_author: parent.map_or(author, |parent| parent.root_author),
        root_visibility: parent.map_or(Visibility::Public, |parent| parent.root_visibility),
        narrowed: None,
        version: 1,
        created_at: now,
        edited_at: None,
    };
    if let Some(visibility) = wish.visibility {
        post.reach(visibility).map_err(|refusal| refusal.at("/visibility"))?;
    }
    Ok(post)
}

fn apply(post: &mut Post, edit: EditPost, now: Timestamp) -> Result<(), Failure> {
    if let Some(visibility) = edit.visibility {
        post.reach(visibility).map_err(|refusal| refusal.at("/visibility"))?;
    }
    post.title = edit.title.unwrap_or_else(|| post.title.take());
    post.date = edit.date.unwrap_or(post.date);
    if let Some(text) = edit.text {
        post.text = text;
    }
    post.version += 1;
    post.edited_at = Some(now);
    Ok(())
}
