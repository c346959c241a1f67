//! The use cases of `community` over one database, and four people who use them.

use std::{net::Ipv4Addr, sync::Arc};

use async_trait::async_trait;
use madang_application::{
    community::{EditPost, OccurrenceService, PostFilter, PostService, RelationService, WritePost, Written},
    identity::queries::{
        AccountQueries, AccountView, Completion, PublicProfile, SessionView, UserQueries, UserSummary,
    },
    shared::{Absences, Audience, Caller, Origin, Picture, Pictures, Tx, new_id},
};
use madang_domain::{
    community::{PostId, PostText, Visibility},
    shared::{Failure, Page, PageRequest, PictureId, Timestamp, UserId, platform::NOT_FOUND},
};
use madang_infrastructure::community::AbsenceKeeper;
use madang_testkit::TestDb;

/// How many people there are.
pub(super) const PEOPLE: usize = 4;

pub(super) struct Stage {
    pub(super) relations: RelationService,
    pub(super) posts: PostService,
    pub(super) people: Vec<Caller>,
    pub(super) db: TestDb,
}

impl Stage {
    pub(super) fn set(db: TestDb) -> Self {
        let (store, everybody) = (db.store.clone(), Arc::new(Everybody));
        let relations = RelationService::new(
            db.uow.clone(),
            store.clone(),
            store.clone(),
            everybody.clone(),
            db.clock.clone(),
        );
        let posts = PostService::new(
            db.uow.clone(),
            store.clone(),
            store.clone(),
            everybody.clone(),
            everybody,
            store.clone(),
            Arc::new(OccurrenceService::new(store.clone(), store, db.clock.clone())),
            Arc::new(NoPictures),
            db.clock.clone(),
        );
        Self { relations, posts, people: (0..PEOPLE).map(|_| person()).collect(), db }
    }

    pub(super) fn id(&self, person: usize) -> UserId {
        self.people[person].user
    }

    pub(super) async fn follow(&self, follower: usize, followee: usize) {
        self.relations.follow(&self.people[follower], self.id(followee)).await.expect("followed");
    }

    pub(super) async fn befriend(&self, one: usize, other: usize) {
        self.follow(one, other).await;
        self.follow(other, one).await;
    }

    /// Makes somebody big, as many posts or followers would.
    pub(super) async fn make_big(&self, author: usize) {
        for text in [
            "UPDATE authors SET is_big = TRUE WHERE user_id = $1",
            "UPDATE follows SET followee_is_big = TRUE WHERE followee_id = $1 \
             AND EXISTS (SELECT 1 FROM authors WHERE user_id = $1)",
        ] {
            self.db.store.execute(text, [self.id(author).uuid().into()]).await.expect("grown");
        }
    }

    /// How many follows say something else of the one followed than `authors` does.
    pub(super) async fn wrong_marks(&self) -> i64 {
        #[derive(sea_orm::FromQueryResult)]
        struct Wrong {
            n: i64,
        }
        let wrong = "SELECT count(*) AS n FROM follows f WHERE f.followee_is_big <> EXISTS \
                     (SELECT 1 FROM authors a WHERE a.user_id = f.followee_id AND a.is_big)";
        self.db.store.row::<Wrong>(wrong, []).await.expect("counted").expect("a count").n
    }

    /// Tells the database that this account is suspended, or is not.
    pub(super) async fn show_absence(&self, person: usize, suspended: bool) {
        let account = "INSERT INTO users (id, email, email_normal, provider, status, is_admin, version, created_at) \
                       VALUES ($1, $2, $2, 'local', $3, FALSE, 1, 0) ON CONFLICT (id) DO UPDATE SET status = $3";
        let status = if suspended { "suspended" } else { "active" };
        let id = self.id(person);
        let values = [id.uuid().into(), id.to_string().into(), status.into()];
        self.db.store.execute(account, values).await.expect("noted");
        self.absent(id).await;
    }

    /// Tells whoever counts that an account was shut out, or let in again.
    pub(super) async fn absent(&self, person: UserId) {
        self.db.uow.run(async |tx| Ok(self.db.store.changed(tx, person).await?)).await.expect("told");
    }

    /// Counts out, or in, one like and one reply of those whose accounts changed; `false` if all are.
    pub(super) async fn count_absences(&self) -> bool {
        AbsenceKeeper::new(self.db.uow.clone()).in_pieces_of(1).count().await.expect("counted")
    }

    pub(super) async fn write(&self, author: usize, visibility: Visibility) -> PostId {
        self.posts
            .write(&self.people[author], wish(Some(visibility), None))
            .await
            .expect("written")
            .view
            .post
            .id
    }

    pub(super) async fn reply(&self, author: usize, to: PostId, visibility: Option<Visibility>) -> PostId {
        let wish = wish(visibility, Some(to));
        self.posts.write(&self.people[author], wish).await.expect("answered").view.post.id
    }

    pub(super) async fn show_to(
        &self,
        author: usize,
        post: PostId,
        visibility: Visibility,
    ) -> Result<(), Failure> {
        let edit = EditPost { visibility: Some(visibility), ..EditPost::default() };
        self.posts.edit(&self.people[author], post, edit, |_| Ok(())).await.map(drop)
    }

    pub(super) async fn delete(&self, author: usize, post: PostId) -> Result<(), Failure> {
        self.posts.delete(&self.people[author], post, |_| Ok(())).await
    }

    /// `None` where it is hidden.
    pub(super) async fn see(&self, viewer: usize, post: PostId) -> Option<Written> {
        self.posts.post(&self.people[viewer], post).await.ok()
    }

    /// Every page of the feed, so many rows each.
    pub(super) async fn feed(&self, viewer: usize, rows: u32) -> Vec<Written> {
        let caller = &self.people[viewer];
        every_page_of(rows, async |page| self.posts.feed(caller, &page).await).await.expect("a feed")
    }

    /// Every page of the list of posts.
    pub(super) async fn list(&self, viewer: usize, author: Option<usize>) -> Vec<Written> {
        let filter = PostFilter { author: author.map(|author| self.id(author)), ..PostFilter::default() };
        let caller = &self.people[viewer];
        every_page(async |page| self.posts.posts(caller, &filter, &page).await).await.expect("a list")
    }
}

/// What a person wants to say.
pub(super) fn wish(visibility: Option<Visibility>, in_reply_to: Option<PostId>) -> WritePost {
    let text = PostText::restore("something".to_owned());
    WritePost {
        title: None,
        text,
        visibility,
        event: None,
        occurrence: None,
        date: None,
        in_reply_to,
        pictures: Vec::new(),
    }
}

/// Follows the pages to the end, three rows each.
pub(super) async fn every_page<T>(
    list: impl AsyncFn(PageRequest) -> Result<Page<T>, Failure>,
) -> Result<Vec<T>, Failure> {
    every_page_of(3, list).await
}

/// Follows the pages to the end, so many rows each.
async fn every_page_of<T>(
    limit: u32,
    list: impl AsyncFn(PageRequest) -> Result<Page<T>, Failure>,
) -> Result<Vec<T>, Failure> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = list(PageRequest { limit, after }).await?;
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

/// Somebody logged in.
pub(super) fn person() -> Caller {
    let origin = Origin { address: Ipv4Addr::LOCALHOST.into(), user_agent: None, once: None };
    Caller { user: new_id(), session: new_id(), roles: Vec::new(), origin }
}

/// A media capability without pictures.
struct NoPictures;

#[async_trait]
impl Pictures for NoPictures {
    async fn take_many(&self, _: &mut Tx, _: UserId, _: &[PictureId], _: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn take_one(&self, _: &mut Tx, _: UserId, _: PictureId, _: &str) -> Result<String, Failure> {
        Err(NOT_FOUND.into())
    }

    async fn shown(&self, _: Audience, _: &[PictureId]) -> anyhow::Result<Vec<Picture>> {
        Ok(Vec::new())
    }
}

/// An identity capability that knows everybody.
struct Everybody;

#[async_trait]
impl UserQueries for Everybody {
    async fn completion(&self, _user: UserId) -> anyhow::Result<Option<Completion>> {
        Ok(Some(Completion { chose_nickname: true, has_address: true }))
    }

    async fn summaries(&self, users: &[UserId]) -> anyhow::Result<Vec<UserSummary>> {
        let named = |id: &UserId| UserSummary {
            id: *id,
            nickname: id.to_string(),
            display_name: None,
            avatar_url: None,
        };
        Ok(users.iter().map(named).collect())
    }

    async fn exists(&self, _: UserId) -> anyhow::Result<bool> {
        Ok(true)
    }

    async fn public_profile(&self, _: UserId) -> anyhow::Result<Option<PublicProfile>> {
        Ok(None)
    }

    async fn public_profile_by_nickname(&self, _: &str) -> anyhow::Result<Option<PublicProfile>> {
        Ok(None)
    }

    async fn search(&self, _: &str, _: &PageRequest) -> anyhow::Result<Page<PublicProfile>> {
        Ok(Page { items: Vec::new(), next: None })
    }
}

#[async_trait]
impl AccountQueries for Everybody {
    async fn account(&self, _: UserId) -> anyhow::Result<Option<AccountView>> {
        Ok(None)
    }

    async fn sessions(&self, _: UserId, _: Timestamp, _: &PageRequest) -> anyhow::Result<Page<SessionView>> {
        Ok(Page { items: Vec::new(), next: None })
    }
}
