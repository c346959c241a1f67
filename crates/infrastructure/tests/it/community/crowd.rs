//! Many at once: nobody is told "our fault", and the counts are exact afterwards.

use std::sync::Arc;

use madang_application::{
    community::{Circle, CommunityFarewell},
    shared::{Caller, Handles, OnceKey},
};
use madang_domain::{
    community::{PostId, Visibility::Public},
    identity::domain_events::UserErased,
    shared::{Failure, Kind},
};
use madang_testkit::TestDb;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::FromQueryResult;
use tokio::task::JoinSet;

use super::stage::{PEOPLE, Stage, every_page, person, wish};

madang_testkit::on_every_database!(
    c11_c12_n10_a_crowd_leaves_exact_counts_and_feeds,
    c01_c11_c12_a_hundred_at_once_are_counted_exactly,
    a27_somebody_leaves_in_the_middle_of_a_crowd,
);

const TASKS: u64 = 8;
const STEPS: usize = 40;

async fn c11_c12_n10_a_crowd_leaves_exact_counts_and_feeds(db: TestDb) {
    let stage = Arc::new(Stage::set(db));
    let mut roots = Vec::new();
    for author in 0..PEOPLE {
        roots.push(stage.write(author, Public).await);
    }
    let mut tasks = JoinSet::new();
    for seed in 0..TASKS {
        let (stage, roots) = (stage.clone(), roots.clone());
        tasks.spawn(async move { hustle(&stage, PEOPLE, &roots, seed).await });
    }
    let faults: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(faults.is_empty(), "{faults:#?}");
    no_drift(&stage).await;
}

/// Does what `Retry-After` asks for: a slow machine has more callers than it has connections for, and
/// tells some of them to come again.
async fn insist<T, F: Future<Output = Result<T, Failure>>>(call: impl Fn() -> F) -> Result<T, Failure> {
    loop {
        match call().await {
            Err(failure) if failure.code().kind == Kind::Unavailable => tokio::task::yield_now().await,
            done => return done,
        }
    }
}

/// The caller with an `Idempotency-Key`: who is told to come again cannot know whether it was the
/// writing that found no connection, or the reading of what was written.
fn once(caller: &Caller, number: usize) -> Caller {
    let mut caller = caller.clone();
    caller.origin.once = Some(OnceKey {
        actor: caller.user.to_string(),
        route: "POST /v1/posts/{id}/replies".into(),
        key: number.to_string(),
        fingerprint: [0; 32],
    });
    caller
}

/// A hundred people like, answer and follow, each twice as if the first answer was lost.
async fn c01_c11_c12_a_hundred_at_once_are_counted_exactly(db: TestDb) {
    const CROWD: usize = 100;
    let stage = Arc::new(Stage::set(db));
    let root = stage.write(0, Public).await;
    let crowd: Vec<_> = (0..CROWD).map(|_| person()).collect();
    let mut tasks = JoinSet::new();
    for (number, caller) in crowd.iter().chain(&crowd).enumerate() {
        let (stage, caller) = (stage.clone(), caller.clone());
        tasks.spawn(async move {
            insist(|| stage.posts.like(&caller, root)).await.expect("liked");
            let writer = once(&caller, number);
            insist(async || stage.posts.write(&writer, wish(None, Some(root))).await)
                .await
                .expect("answered");
            insist(|| stage.relations.follow(&caller, stage.id(0))).await
        });
    }
    let followed = tasks.join_all().await.into_iter().filter(Result::is_ok).count();
    let counts = async || {
        let view = stage.see(0, root).await.expect("seen").view;
        (view.like_count, view.reply_count)
    };
    assert_eq!((followed, counts().await), (CROWD, (100, 200)));
    let author = &stage.people[0];
    let list = async |page| stage.relations.circle(author, author.user, Circle::Followers, &page).await;
    assert_eq!(every_page(list).await.expect("a list").len(), CROWD);
    let mut tasks = JoinSet::new();
    for caller in crowd.iter().chain(&crowd) {
        let (stage, caller) = (stage.clone(), caller.clone());
        tasks.spawn(async move {
            insist(|| stage.posts.unlike(&caller, root)).await.expect("taken back");
            insist(|| stage.relations.unfollow(&caller, stage.id(0))).await
        });
    }
    let left = tasks.join_all().await.into_iter().filter(Result::is_ok).count();
    assert_eq!((left, counts().await), (CROWD, (0, 200)));
    assert!(every_page(list).await.expect("a list").is_empty());
    no_drift(&stage).await;
}

/// The sessions of who leaves have ended, so only the others go on, with that person's posts, too.
async fn a27_somebody_leaves_in_the_middle_of_a_crowd(db: TestDb) {
    let stage = Arc::new(Stage::set(db));
    let mut roots = Vec::new();
    for author in 0..PEOPLE {
        roots.push(stage.write(author, Public).await);
    }
    let (gone, mut tasks) = (stage.id(PEOPLE - 1), JoinSet::new());
    for seed in 0..TASKS {
        let (stage, roots) = (stage.clone(), roots.clone());
        tasks.spawn(async move { hustle(&stage, PEOPLE - 1, &roots, seed).await });
    }
    let farewell = CommunityFarewell::new(stage.db.store.clone(), stage.db.store.clone());
    let leave =
        async || stage.db.uow.run(async |tx| farewell.handle(tx, UserErased { user_id: gone }).await).await;
    for _ in 0..10 {
        leave().await.expect("erased while others go on");
    }
    let faults: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(faults.is_empty(), "{faults:#?}");
    leave().await.expect("erased");
    no_drift(&stage).await;
    let left = "SELECT (SELECT count(*) FROM posts WHERE author_id = $1 OR root_author_id = $1) \
                + (SELECT count(*) FROM likes WHERE user_id = $1) \
                + (SELECT count(*) FROM follows WHERE follower_id = $1 OR followee_id = $1) \
                + (SELECT count(*) FROM blocks WHERE blocker_id = $1 OR blocked_id = $1) \
                + (SELECT count(*) FROM timeline WHERE owner_id = $1) \
                + (SELECT count(*) FROM authors WHERE user_id = $1) AS n";
    let left = stage.db.store.row::<Count>(left, [gone.uuid().into()]).await.expect("counted");
    assert_eq!(left.expect("a count").n, 0, "something is left of who is gone");
}

async fn no_drift(stage: &Stage) {
    for (what, text) in DRIFT {
        let drift = stage.db.store.row::<Count>(text, []).await.expect("counted").expect("a count").n;
        assert_eq!(drift, 0, "{what}");
    }
}

/// The first so many people do this and that to everybody; answers what went wrong that nobody asked for.
async fn hustle(stage: &Stage, actors: usize, roots: &[PostId], seed: u64) -> Vec<String> {
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut mine, mut faults) = (Vec::new(), Vec::new());
    for _ in 0..STEPS {
        let (who, whom) = (rng.random_range(0..actors), rng.random_range(0..PEOPLE));
        let (caller, root) = (&stage.people[who], roots[rng.random_range(0..roots.len())]);
        let done = match rng.random_range(0..10) {
            0..3 => {
                let written = stage.posts.write(caller, wish(None, Some(root))).await;
                written.map(|written| mine.push((who, written.view.post.id)))
            }
            3 => match mine.pop() {
                Some((author, post)) => stage.delete(author, post).await,
                None => Ok(()),
            },
            4 => stage.posts.like(caller, root).await,
            5 => stage.posts.unlike(caller, root).await,
            6 => stage.relations.follow(caller, stage.id(whom)).await,
            7 => stage.relations.unfollow(caller, stage.id(whom)).await,
            8 if rng.random_bool(0.3) => stage.relations.block(caller, stage.id(whom)).await,
            8 => stage.relations.unblock(caller, stage.id(whom)).await,
            _ => stage.show_to(who, roots[who], Public).await,
        };
        faults.extend(done.err().filter(is_fault).map(|failure| failure.to_string()));
    }
    faults
}

/// A refusal is an answer; this is none.
fn is_fault(failure: &Failure) -> bool {
    matches!(failure.code().kind, Kind::Unexpected | Kind::Unavailable)
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// How many rows disagree with what they count or copy.
const DRIFT: [(&str, &str); 6] = [
    (
        "follows that are wrong about who is followed",
        "SELECT count(*) AS n FROM follows f JOIN authors a ON a.user_id = f.followee_id \
         WHERE a.is_big <> f.followee_is_big",
    ),
    (
        "replies whose thread is gone",
        "SELECT count(*) AS n FROM posts p WHERE NOT EXISTS (SELECT 1 FROM posts r WHERE r.id = p.root_id)",
    ),
    (
        "like counts",
        "SELECT count(*) AS n FROM posts p \
         WHERE p.like_count <> (SELECT count(*) FROM likes l WHERE l.post_id = p.id)",
    ),
    (
        "reply counts",
        "SELECT count(*) AS n FROM posts p \
         WHERE p.reply_count <> (SELECT count(*) FROM posts r WHERE r.in_reply_to = p.id)",
    ),
    (
        "posts missing from feeds",
        "SELECT count(*) AS n FROM posts p JOIN follows f ON f.followee_id = p.author_id \
         WHERE NOT EXISTS (SELECT 1 FROM timeline t WHERE t.owner_id = f.follower_id AND t.post_id = p.id)",
    ),
    (
        "posts in feeds of people who do not follow",
        "SELECT count(*) AS n FROM timeline t JOIN posts p ON p.id = t.post_id WHERE t.owner_id <> p.author_id \
         AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = t.owner_id AND f.followee_id = p.author_id)",
    ),
];
