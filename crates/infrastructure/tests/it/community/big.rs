//! Authors with many followers, of whom somebody may follow many.

use std::time::Duration;

use madang_application::{community::RelationRepository, shared::new_id};
use madang_domain::{
    community::Visibility::{Friends, Public},
    shared::{Failure, Timestamp, UserId},
};
use madang_testkit::TestDb;
use sea_orm::Value;
use tokio::{
    sync::oneshot::{self, Receiver, Sender},
    time::timeout,
};

use super::stage::Stage;

madang_testkit::on_every_database!(
    c06_a_thousandth_follower_makes_an_author_big,
    c06_a_follow_and_an_author_who_becomes_big_do_not_miss_each_other,
    c06_somebody_follows_hundreds_of_big_authors,
);

async fn c06_a_thousandth_follower_makes_an_author_big(db: TestDb) {
    let stage = Stage::set(db);
    crowd(&stage, 0, 998).await;
    let mut written = vec![stage.write(0, Public).await];
    stage.befriend(1, 0).await;
    written.push(stage.write(0, Friends).await);
    let before = feed(&stage, 1).await;
    stage.follow(2, 0).await;
    written.push(stage.write(0, Public).await);
    written.push(stage.write(0, Friends).await);
    let copies = stage
        .db
        .store
        .rows::<Copied>("SELECT post_id FROM timeline WHERE owner_id = $1", [stage.id(2).uuid().into()]);
    assert_eq!(
        copies.await.expect("rows").len(),
        2,
        "the follower who made the author big has old copies only"
    );
    written.reverse();
    assert_eq!(before, written[2..]);
    assert_eq!(feed(&stage, 1).await, written, "one who followed before");
    assert_eq!(feed(&stage, 2).await, [written[1], written[3]], "one who is no friend");
    stage.follow(3, 0).await;
    assert_eq!(feed(&stage, 3).await, [written[1], written[3]], "one who followed afterwards");
    assert_eq!(stage.wrong_marks().await, 0, "those before, the one who did it and the one afterwards");
    for follower in [1, 2, 3] {
        stage.relations.unfollow(&stage.people[follower], stage.id(0)).await.expect("unfollowed");
        assert!(feed(&stage, follower).await.is_empty());
    }
}

/// Two follows at once, of which the second finds the first, or its effect, only if it waits.
async fn c06_a_follow_and_an_author_who_becomes_big_do_not_miss_each_other(db: TestDb) {
    let stage = Stage::set(db);
    // One is made big by the first of the two follows, and one by the second.
    for (author, before) in [(0, 999), (1, 998)] {
        crowd(&stage, author, before).await;
        let ((began, has_begun), (go, may_go)) = (oneshot::channel(), oneshot::channel());
        let first = follow_slowly(&stage, 2, author, began, may_go);
        let second = async {
            has_begun.await.expect("begun");
            let mut second = Box::pin(stage.follow(3, author));
            assert!(
                timeout(Duration::from_millis(300), &mut second).await.is_err(),
                "the second did not wait"
            );
            go.send(()).expect("waiting");
            second.await;
        };
        let (first, ()) = tokio::join!(first, second);
        first.expect("followed");
        assert_eq!(stage.wrong_marks().await, 0);
        let post = stage.write(author, Public).await;
        for follower in [2, 3] {
            assert_eq!(feed(&stage, follower).await[0], post, "{follower} sees what {author} wrote");
        }
    }
}

/// Follows, says so, and ends its transaction when told.
async fn follow_slowly(
    stage: &Stage,
    follower: usize,
    followee: usize,
    began: Sender<()>,
    go: Receiver<()>,
) -> Result<(), Failure> {
    stage
        .db
        .uow
        .run(async |tx| {
            let (store, now) = (&stage.db.store, Timestamp::from_micros(0));
            store.follow(tx, stage.id(follower), stage.id(followee), now).await?;
            began.send(()).expect("waited for");
            go.await.expect("told");
            Ok(())
        })
        .await
}

/// So many followers who appear out of nowhere.
async fn crowd(stage: &Stage, author: usize, followers: usize) {
    let follow = "INSERT INTO follows (id, follower_id, followee_id, created_at) VALUES ($1, $2, $3, 0)";
    let crowd = stage.db.uow.run(async |tx| {
        for _ in 0..followers {
            let values: [Value; 3] = [fresh(), fresh(), stage.id(author).uuid().into()];
            madang_infrastructure::sql::execute(tx, follow, values).await?;
        }
        Ok(())
    });
    crowd.await.expect("followed");
}

async fn c06_somebody_follows_hundreds_of_big_authors(db: TestDb) {
    let stage = Stage::set(db);
    let authors: Vec<UserId> = (0..600).map(|_| new_id()).collect();
    stage
        .db
        .uow
        .run(async |tx| {
            for author in &authors {
                let author = || Value::from(author.uuid());
                let big = "INSERT INTO authors (user_id, is_big) VALUES ($1, TRUE)";
                madang_infrastructure::sql::execute(tx, big, [author()]).await?;
                let follow =
                    "INSERT INTO follows (id, follower_id, followee_id, created_at, followee_is_big) VALUES ($1, $2, $3, 0, TRUE)";
                let values = [fresh(), stage.id(0).uuid().into(), author()];
                madang_infrastructure::sql::execute(tx, follow, values).await?;
                let post = "INSERT INTO posts (id, author_id, text, day, root_id, root_author_id, root_visibility, \
                            like_count, reply_count, version, created_at) \
                            VALUES ($1, $2, 'big', '2026-07-01', $1, $2, 'public', 0, 0, 1, 0)";
                madang_infrastructure::sql::execute(tx, post, [fresh(), author()]).await?;
            }
            Ok(())
        })
        .await
        .expect("written");
    let mine = stage.write(0, Public).await;
    let caller = &stage.people[0];
    let page = madang_domain::shared::PageRequest { limit: 100, after: None };
    let first = stage.posts.feed(caller, &page).await.expect("a feed");
    assert_eq!(first.items[0].view.post.id, mine);
    let shown: Vec<_> = first.items[1..].iter().map(|written| written.view.post.author).collect();
    let newest: Vec<_> = authors.iter().rev().take(99).copied().collect();
    assert_eq!(shown, newest);
    let page = madang_domain::shared::PageRequest { limit: 100, after: first.next };
    let second = stage.posts.feed(caller, &page).await.expect("a feed");
    let shown: Vec<_> = second.items.iter().map(|written| written.view.post.author).collect();
    assert_eq!(shown, authors.iter().rev().skip(99).take(100).copied().collect::<Vec<_>>());
}

#[derive(sea_orm::FromQueryResult)]
struct Copied {
    #[expect(dead_code, reason = "only how many matters")]
    post_id: uuid::Uuid,
}

fn fresh() -> Value {
    new_id::<()>().uuid().into()
}

async fn feed(stage: &Stage, viewer: usize) -> Vec<madang_domain::community::PostId> {
    stage.feed(viewer, 3).await.iter().map(|written| written.view.post.id).collect()
}
