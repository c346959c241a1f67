//! Feeds that lost rows, or have some too many, are as they should be after a visit of the keeper,
//! however often it is killed on the way and whatever people do meanwhile.

use std::{sync::Arc, time::Duration};

use madang_domain::community::{PostId, Visibility::Public};
use madang_infrastructure::community::FeedKeeper;
use madang_testkit::TestDb;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::stage::{PEOPLE, Stage};

madang_testkit::on_every_database!(
    n12_damaged_feeds_are_repaired_while_people_go_on_and_the_keeper_is_killed,
    n12_feeds_are_rebuilt_from_nothing,
);

/// More than the keeper looks at in one go.
const POSTS: usize = 210;

async fn n12_damaged_feeds_are_repaired_while_people_go_on_and_the_keeper_is_killed(db: TestDb) {
    let (stage, keeper, mut written) = lively(db).await;
    let everything = CancellationToken::new();
    assert_eq!(keeper.repair(&everything).await.expect("compared"), 0, "nothing was wrong");
    for damage in [
        "DELETE FROM timeline WHERE post_id IN (SELECT id FROM posts WHERE like_count = 0 ORDER BY id LIMIT 150)",
        // Everybody is shown what a third wrote whom they do not follow.
        "INSERT INTO timeline (owner_id, post_id) SELECT a.user_id, p.id FROM authors a CROSS JOIN posts p \
         WHERE p.id IN (SELECT id FROM posts ORDER BY id DESC LIMIT 40) ON CONFLICT (owner_id, post_id) DO NOTHING",
        // Who is big is not merged any more, and who is not is merged as well.
        "UPDATE follows SET followee_is_big = NOT followee_is_big",
    ] {
        stage.db.store.execute(damage, []).await.expect("damaged");
    }
    for kill in [1, 3, 9, 27] {
        // Dropped wherever it is, as when its process dies.
        let _ = timeout(Duration::from_millis(kill), keeper.repair(&everything)).await;
        written.push((0, stage.write(0, Public).await));
        let _ = stage.relations.unfollow(&stage.people[1], stage.id(0)).await;
        stage.follow(1, 0).await;
    }
    let (repaired, during) = tokio::join!(keeper.repair(&everything), stage.write(2, Public));
    written.push((2, during));
    repaired.expect("repaired");
    compare(&stage, &written).await;
    assert_eq!(stage.wrong_marks().await, 0);
    assert_eq!(keeper.repair(&everything).await.expect("compared"), 0, "nothing is wrong any more");
    let asked_to_stop = CancellationToken::new();
    asked_to_stop.cancel();
    assert_eq!(keeper.repair(&asked_to_stop).await.expect("stopped"), 0);
}

async fn n12_feeds_are_rebuilt_from_nothing(db: TestDb) {
    let (stage, keeper, written) = lively(db).await;
    stage.db.store.execute("DELETE FROM timeline", []).await.expect("emptied");
    assert!(keeper.repair(&CancellationToken::new()).await.expect("rebuilt") > 0);
    compare(&stage, &written).await;
}

/// 0 and 1 are friends, 2 follows 0, and 3 nobody; one author is big.
async fn lively(db: TestDb) -> (Stage, FeedKeeper, Vec<(usize, PostId)>) {
    let stage = Stage::set(db);
    stage.befriend(0, 1).await;
    stage.follow(2, 0).await;
    let mut written = Vec::new();
    for number in 0..POSTS + 30 {
        let author = if number < POSTS { 0 } else { number % PEOPLE };
        written.push((author, stage.write(author, Public).await));
    }
    stage.make_big(1).await;
    let keeper = FeedKeeper::new(Arc::clone(&stage.db.uow), Arc::clone(&stage.db.store));
    (stage, keeper, written)
}

async fn compare(stage: &Stage, written: &[(usize, PostId)]) {
    for viewer in 0..PEOPLE {
        let follows: &[usize] = [&[0, 1][..], &[1, 0], &[2, 0], &[3]][viewer];
        let mut wanted: Vec<PostId> =
            written.iter().filter(|(author, _)| follows.contains(author)).map(|(_, post)| *post).collect();
        wanted.sort_unstable();
        wanted.reverse();
        let feed: Vec<PostId> = stage.feed(viewer, 3).await.iter().map(|post| post.view.post.id).collect();
        assert_eq!(feed, wanted, "the feed of {viewer}");
    }
}
