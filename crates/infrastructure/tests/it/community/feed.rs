//! Feeds of people who like, mute and shut out more than is read at once.

use madang_domain::community::{PostId, Visibility::Public};
use madang_testkit::TestDb;
use sea_orm::Value;

use super::stage::Stage;

madang_testkit::on_every_database!(c05_c06_the_feed_of_somebody_with_many_likes_blocks_and_mutes_is_exact);

/// More than the likes of one page that are read at once, and more than people.
const LIKED: usize = 50;
const PEOPLE: usize = 110;

async fn c05_c06_the_feed_of_somebody_with_many_likes_blocks_and_mutes_is_exact(db: TestDb) {
    let stage = Stage::set(db);
    // 0 reads what 1 and 2 write, of whom 2 answers 3.
    stage.follow(0, 1).await;
    stage.follow(0, 2).await;
    let mut posts = Vec::new();
    for number in 0..2 * LIKED {
        posts.push(stage.write(1, Public).await);
        if number.is_multiple_of(2) {
            stage.posts.like(&stage.people[0], posts[number]).await.expect("liked");
        }
    }
    let root = stage.write(3, Public).await;
    let answer = stage.reply(2, root, None).await;
    let heard = stage.write(2, Public).await;
    let likes = |number: usize| number < posts.len() && number.is_multiple_of(2);
    let mut wanted: Vec<(PostId, bool)> =
        posts.iter().enumerate().map(|(number, post)| (*post, likes(number))).collect();
    wanted.extend([(answer, false), (heard, false)]);
    compare(&stage, &wanted).await;

    relate(&stage, "blocks (created_at, blocker_id, blocked_id)").await;
    relate(&stage, "mutes (created_at, muter_id, muted_id)").await;
    compare(&stage, &wanted).await;
    stage.relations.block(&stage.people[0], stage.id(3)).await.expect("blocked");
    wanted.retain(|(post, _)| *post != answer);
    compare(&stage, &wanted).await;
    stage.relations.mute(&stage.people[0], stage.id(2)).await.expect("muted");
    wanted.retain(|(post, _)| *post != heard);
    compare(&stage, &wanted).await;
}

/// On one page, on many small ones, and on pages on which the likes before them do not matter.
async fn compare(stage: &Stage, wanted: &[(PostId, bool)]) {
    for rows in [3, 30, 100] {
        let feed = stage.feed(0, rows).await;
        let shown: Vec<_> =
            feed.iter().rev().map(|written| (written.view.post.id, written.view.liked_by_me)).collect();
        assert_eq!(shown, wanted, "{rows} at a time");
    }
}

async fn relate(stage: &Stage, table: &str) {
    let insert = format!("INSERT INTO {table} VALUES (0, $1, $2)");
    for _ in 0..PEOPLE {
        let other = madang_application::shared::new_id::<()>().uuid();
        let values: [Value; 2] = [stage.id(0).uuid().into(), other.into()];
        stage.db.store.execute(&insert, values).await.expect("written");
    }
}
