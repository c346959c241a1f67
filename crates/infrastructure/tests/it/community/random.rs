//! After whatever happened, every door shows what the oracle shows: nothing more, nothing less.

use madang_domain::{
    community::{
        PostId, Visibility,
        errors::{ALREADY_FOLLOWING, NOT_FOLLOWING, NOT_THE_AUTHOR, UNKNOWN_POST, WIDER_THAN_ROOT},
    },
    shared::{Code, Failure, platform::NOT_FOUND},
};
use madang_infrastructure::community::FeedKeeper;
use madang_testkit::TestDb;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IteratorRandom};
use tokio_util::sync::CancellationToken;

use super::{
    oracle::{Oracle, Remembered},
    stage::{PEOPLE, Stage, every_page, wish},
};

madang_testkit::on_every_database!(
    c05_c06_n10_n12_every_door_agrees_with_the_oracle,
    c06_n12_the_feed_stays_exact_when_authors_become_big,
);

const LEVELS: [Visibility; 3] = [Visibility::Private, Visibility::Friends, Visibility::Public];
/// Lives lived one after the other in one database, each by people of its own.
const LIVES: u64 = 5;
const STEPS: usize = 120;
/// After so many steps every door is tried that a quarter of the posts has, and at the end of each
/// life all doors of all posts. What goes wrong at one of them is still wrong at the end, unless
/// somebody undoes it; `LIVES=200` tries every door each time and every feed page by page, which
/// takes minutes (`make test-long`).
const ROUND: usize = 12;

/// How many lives, and whether all of everything is compared.
#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
fn effort() -> (u64, bool) {
    match std::env::var("LIVES").ok().and_then(|lives| lives.parse().ok()) {
        Some(lives) => (lives, true),
        None => (LIVES, false),
    }
}

async fn c05_c06_n10_n12_every_door_agrees_with_the_oracle(db: TestDb) {
    lives(db, 0).await;
}

async fn c06_n12_the_feed_stays_exact_when_authors_become_big(db: TestDb) {
    lives(db, 10).await;
}

/// `growth` in a hundred steps make somebody big, whose posts are then merged instead of copied.
async fn lives(db: TestDb, growth: u32) {
    let mut stage = Stage::set(db);
    let (lives, thorough) = effort();
    for seed in 0..lives {
        let rng = StdRng::seed_from_u64(seed);
        let mut life = Life { rng, oracle: Oracle::default(), stage, thorough };
        for step in 1..=STEPS {
            let what = if life.rng.random_ratio(growth, 100) { life.grow().await } else { life.live().await };
            let when = format!("seed {seed}, step {step}, {what}");
            life.compare_feeds(&when).await;
            if step % ROUND == 0 {
                life.compare_doors(&when, step == STEPS).await;
            }
        }
        for post in life.oracle.posts.values().filter(|post| post.parent.is_none()) {
            life.stage.delete(post.author, post.id).await.expect("deleted");
        }
        stage = Stage::set(life.stage.db);
    }
}

struct Life {
    rng: StdRng,
    oracle: Oracle,
    stage: Stage,
    thorough: bool,
}

impl Life {
    /// One thing happens, and ends as it must.
    async fn live(&mut self) -> String {
        let (who, whom) = (self.rng.random_range(0..PEOPLE), self.rng.random_range(0..PEOPLE));
        let post = self.oracle.posts.keys().choose(&mut self.rng).copied();
        let level = LEVELS[self.rng.random_range(0..3)];
        let choice = self.rng.random_range(0..100);
        match (choice, post) {
            (0..5, _) => format!("absences are counted: {}", self.stage.count_absences().await),
            (5..20, _) if who != whom => self.follow(who, whom).await,
            (20..27, _) if who != whom => self.unfollow(who, whom).await,
            (27..30, _) if who != whom => self.block(who, whom).await,
            (30..33, _) => self.unblock(who, whom).await,
            (33..35, _) if who != whom => self.mute(who, whom).await,
            (35..37, _) => self.suspend(who).await,
            (37, _) => self.repair().await,
            (38..50, _) | (_, None) => self.write(who, level).await,
            (50..70, Some(post)) => self.reply(who, post, level).await,
            (70..82, Some(post)) => self.show_to(who, post, level).await,
            (82..87, Some(post)) => self.delete(who, post).await,
            (87..95, Some(post)) => self.like(who, post, true).await,
            (_, Some(post)) => self.like(who, post, false).await,
        }
    }

    async fn grow(&mut self) -> String {
        let who = self.rng.random_range(0..PEOPLE);
        self.stage.make_big(who).await;
        format!("{who} is big")
    }

    /// Suspends somebody, or lets them come back.
    async fn suspend(&mut self, who: usize) -> String {
        let back = self.oracle.suspended.remove(&who);
        if !back {
            self.oracle.suspended.insert(who);
        }
        self.stage.show_absence(who, !back).await;
        format!("{who} is {}", if back { "back" } else { "suspended" })
    }

    async fn repair(&mut self) -> String {
        let keeper = FeedKeeper::new(self.stage.db.uow.clone(), self.stage.db.store.clone());
        assert_eq!(keeper.repair(&CancellationToken::new()).await.expect("compared"), 0, "nothing is wrong");
        "the keeper looks".to_owned()
    }

    async fn follow(&mut self, who: usize, whom: usize) -> String {
        let what = format!("{who} follows {whom}");
        let wanted = if self.oracle.blocked(who, whom) || self.oracle.suspended.contains(&whom) {
            Err(NOT_FOUND)
        } else {
            self.oracle.follows.insert((who, whom)).then_some(()).ok_or(ALREADY_FOLLOWING)
        };
        let done = self.stage.relations.follow(&self.stage.people[who], self.stage.id(whom)).await;
        same(&what, done, wanted);
        what
    }

    async fn unfollow(&mut self, who: usize, whom: usize) -> String {
        let what = format!("{who} unfollows {whom}");
        let wanted = self.oracle.follows.remove(&(who, whom)).then_some(()).ok_or(NOT_FOLLOWING);
        let done = self.stage.relations.unfollow(&self.stage.people[who], self.stage.id(whom)).await;
        same(&what, done, wanted);
        what
    }

    async fn mute(&mut self, who: usize, whom: usize) -> String {
        let caller = &self.stage.people[who];
        if self.oracle.mutes.remove(&(who, whom)) {
            self.stage.relations.unmute(caller, self.stage.id(whom)).await.expect("unmuted");
            return format!("{who} unmutes {whom}");
        }
        let what = format!("{who} mutes {whom}");
        let hidden = self.oracle.blocked(who, whom) || self.oracle.suspended.contains(&whom);
        let wanted = if hidden { Err(NOT_FOUND) } else { Ok(()) };
        if wanted.is_ok() {
            self.oracle.mutes.insert((who, whom));
        }
        same(&what, self.stage.relations.mute(caller, self.stage.id(whom)).await, wanted);
        what
    }

    async fn block(&mut self, who: usize, whom: usize) -> String {
        let what = format!("{who} blocks {whom}");
        self.oracle.blocks.insert((who, whom));
        self.oracle.follows.remove(&(who, whom));
        self.oracle.follows.remove(&(whom, who));
        let done = self.stage.relations.block(&self.stage.people[who], self.stage.id(whom)).await;
        same(&what, done, Ok(()));
        what
    }

    async fn unblock(&mut self, who: usize, whom: usize) -> String {
        let what = format!("{who} unblocks {whom}");
        self.oracle.blocks.remove(&(who, whom));
        let done = self.stage.relations.unblock(&self.stage.people[who], self.stage.id(whom)).await;
        same(&what, done, Ok(()));
        what
    }

    async fn write(&mut self, who: usize, level: Visibility) -> String {
        let id = self.stage.write(who, level).await;
        let post =
            Remembered { id, author: who, parent: None, root: id, level, narrowed: None, past: Vec::new() };
        self.oracle.posts.insert(id, post);
        format!("{who} writes {level} {id}")
    }

    async fn reply(&mut self, who: usize, to: PostId, level: Visibility) -> String {
        let said = self.rng.random_bool(0.6).then_some(level);
        let what = format!("{who} answers {to} {said:?}");
        let root = self.oracle.posts[&to].root;
        let most = self.oracle.posts[&root].level;
        let wanted = match said {
            _ if !self.oracle.finds(who, to) => Err(UNKNOWN_POST),
            Some(level) if level > most => Err(WIDER_THAN_ROOT),
            _ => Ok(()),
        };
        let done = self.stage.posts.write(&self.stage.people[who], wish(said, Some(to))).await;
        if let Ok(written) = &done {
            let id = written.view.post.id;
            let narrowed = said.filter(|level| *level < most);
            let post = Remembered {
                id,
                author: who,
                parent: Some(to),
                root,
                level: most,
                narrowed,
                past: Vec::new(),
            };
            self.oracle.posts.insert(id, post);
        }
        same(&what, done.map(drop), wanted);
        what
    }

    async fn show_to(&mut self, who: usize, id: PostId, level: Visibility) -> String {
        let what = format!("{who} shows {id} to {level}");
        let post = self.oracle.posts[&id].clone();
        let most = self.oracle.posts[&post.root].level;
        let wanted = match () {
            () if !self.oracle.finds(who, id) => Err(NOT_FOUND),
            () if post.author != who => Err(NOT_THE_AUTHOR),
            () if post.parent.is_some() && level > most => Err(WIDER_THAN_ROOT),
            () => Ok(()),
        };
        if wanted.is_ok() {
            // Saying again what is shown changes nothing.
            let unchanged = level == self.oracle.level(&post);
            let kept = self.oracle.posts.get_mut(&id).expect("it was there");
            if !unchanged {
                kept.past.push((post.narrowed, most));
            }
            match post.parent {
                None => kept.level = level,
                Some(_) if unchanged => {}
                Some(_) => kept.narrowed = (level < most).then_some(level),
            }
        }
        same(&what, self.stage.show_to(who, id, level).await, wanted);
        what
    }

    async fn delete(&mut self, who: usize, id: PostId) -> String {
        let what = format!("{who} deletes {id}");
        let wanted = match () {
            () if !self.oracle.finds(who, id) => Err(NOT_FOUND),
            () if self.oracle.posts[&id].author != who => Err(NOT_THE_AUTHOR),
            () => {
                self.oracle.remove(id);
                Ok(())
            }
        };
        same(&what, self.stage.delete(who, id).await, wanted);
        what
    }

    async fn like(&mut self, who: usize, id: PostId, like: bool) -> String {
        let what = format!("{who} likes {id}: {like}");
        let wanted = if self.oracle.finds(who, id) { Ok(()) } else { Err(NOT_FOUND) };
        if wanted.is_ok() && like {
            self.oracle.likes.insert((id, who));
        } else if wanted.is_ok() {
            self.oracle.likes.remove(&(id, who));
        }
        let caller = &self.stage.people[who];
        let done = if like {
            self.stage.posts.like(caller, id).await
        } else {
            self.stage.posts.unlike(caller, id).await
        };
        same(&what, done, wanted);
        what
    }

    async fn compare_feeds(&mut self, when: &str) {
        for viewer in 0..PEOPLE {
            // In one piece as well as page by page.
            let rows = if self.thorough || self.rng.random_ratio(1, 4) { 3 } else { 100 };
            let feed = self.stage.feed(viewer, rows).await;
            let shown: Vec<_> = feed.iter().map(|written| written.view.post.id).collect();
            assert_eq!(shown, self.oracle.feed(viewer), "feed of {viewer}: {when}");
        }
    }

    async fn compare_doors(&mut self, when: &str, all: bool) {
        let all = all || self.thorough;
        for viewer in 0..PEOPLE {
            self.compare_lists(viewer, when).await;
            let posts: Vec<_> = self.oracle.posts.values().cloned().collect();
            for post in posts {
                if all || self.rng.random_ratio(1, 4) {
                    self.compare_post(viewer, &post, when).await;
                }
            }
        }
    }

    async fn compare_lists(&self, viewer: usize, when: &str) {
        let all: Vec<_> = self.stage.list(viewer, None).await;
        let shown: Vec<_> = all.iter().map(|written| written.view.post.id).collect();
        assert_eq!(shown, self.oracle.list(viewer, |_| true), "list for {viewer}: {when}");
        for written in all {
            let view = written.view;
            let post = &self.oracle.posts[&view.post.id];
            let wanted = (
                self.oracle.like_count(viewer, post.id) as i64,
                self.oracle.reply_count(viewer, post.id) as i64,
                self.oracle.likes.contains(&(post.id, viewer)),
            );
            let shown = (view.like_count, view.reply_count, view.liked_by_me);
            assert_eq!(shown, wanted, "counts of {}: {when}", post.id);
            assert_eq!(view.post.visibility(), self.oracle.level(post), "level of {}: {when}", post.id);
        }
        for author in 0..PEOPLE {
            let shown: Vec<_> = self.stage.list(viewer, Some(author)).await;
            let shown: Vec<_> = shown.iter().map(|written| written.view.post.id).collect();
            let wanted = self.oracle.list(viewer, |post| post.author == author);
            assert_eq!(shown, wanted, "posts of {author} for {viewer}: {when}");
        }
    }

    async fn compare_post(&self, viewer: usize, post: &Remembered, when: &str) {
        let (caller, id, posts) = (&self.stage.people[viewer], post.id, &self.stage.posts);
        let seen = self.oracle.sees(viewer, post);
        let replies = every_page(async |page| posts.replies(caller, id, &page).await).await;
        let thread = every_page(async |page| posts.thread(caller, id, &page).await).await;
        let likes = every_page(async |page| posts.likes(caller, id, &page).await).await;
        let edits = every_page(async |page| posts.edits(caller, id, &page).await).await;
        let when = format!("{id} for {viewer}: {when}");
        if !seen {
            for refused in
                [posts.post(caller, id).await.err(), replies.err(), thread.err(), likes.err(), edits.err()]
            {
                assert_eq!(refused.map(|failure| failure.code()), Some(NOT_FOUND), "{when}");
            }
            return;
        }
        let view = posts.post(caller, id).await.expect("it is seen").view;
        let shown: Vec<_> = edits.expect("edits").iter().map(|edit| edit.version).collect();
        assert_eq!(shown, self.oracle.edits(viewer, post), "edits of {when}");
        let shown: Vec<_> = replies.expect("replies").iter().map(|written| written.view.post.id).collect();
        assert_eq!(shown, self.oracle.part(viewer, |reply| reply.parent == Some(id)), "replies of {when}");
        assert_eq!(view.reply_count, shown.len() as i64, "replies counted of {when}");
        let shown: Vec<_> = thread.expect("a thread").iter().map(|written| written.view.post.id).collect();
        assert_eq!(shown, self.oracle.part(viewer, |reply| reply.root == post.root), "thread of {when}");
        let mut shown: Vec<_> = likes.expect("likes").iter().map(|person| person.id).collect();
        shown.sort();
        let likers = self.oracle.likers(viewer, id).into_iter();
        let mut wanted: Vec<_> = likers.map(|who| self.stage.id(who)).collect();
        wanted.sort();
        assert_eq!(shown, wanted, "likes of {when}");
        assert_eq!(view.like_count, shown.len() as i64, "likes counted of {when}");
    }
}

/// Ended as it should, for the reason it should.
fn same(what: &str, done: Result<(), Failure>, wanted: Result<(), Code>) {
    let reason =
        |failure: &Failure| failure.fields.first().map_or(failure.code(), |field| field.refusal.code);
    let shown = done.as_ref().copied().map_err(|failure| reason(failure).name);
    let cause = done.as_ref().err().map(ToString::to_string);
    assert_eq!(shown, wanted.map_err(|code| code.name), "{what}: {cause:?}");
}
