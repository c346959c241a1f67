//! Counts of long lists: what a post says is what its reader can page through.

use madang_application::shared::new_id;
use madang_domain::{
    community::{
        PostId,
        Visibility::{Friends, Private, Public},
    },
    shared::UserId,
};
use madang_testkit::TestDb;
use uuid::Uuid;

use super::stage::{PEOPLE, Stage, every_page};

madang_testkit::on_every_database!(c11_c12_n10_counts_of_long_lists_are_their_lengths);

/// More than are walked through.
const MANY: usize = 120;

async fn c11_c12_n10_counts_of_long_lists_are_their_lengths(db: TestDb) {
    let stage = Stage::set(db);
    stage.befriend(0, 3).await;
    stage.befriend(1, 3).await;
    let root = stage.write(1, Public).await;
    let post = stage.reply(2, root, None).await;
    let strangers = crowd(&stage, root, post).await;
    for (who, level) in [(2, None), (2, Some(Private)), (3, Some(Friends)), (3, None), (0, Some(Friends))] {
        stage.reply(who, post, level).await;
    }
    // Blocked, suspended, and both.
    for number in [3, 4] {
        let person = UserId::new(strangers[number]);
        stage.relations.block(&stage.people[0], person).await.expect("blocked");
    }
    for number in [4, 5, 6] {
        let suspended = "INSERT INTO users (id, email, email_normal, provider, status, is_admin, version, created_at) \
                         VALUES ($1, $2, $2, 'local', 'suspended', FALSE, 1, 0)";
        let values = [strangers[number].into(), strangers[number].to_string().into()];
        stage.db.store.execute(suspended, values).await.expect("suspended");
        stage.absent(UserId::new(strangers[number])).await;
    }
    // Own ones, a narrow one of a friend, and who is neither blocked nor suspended.
    let many = MANY as i64;
    let mut counted = 0;
    loop {
        // Before, while and after they are counted out.
        assert_eq!(agreed(&stage, 0, post).await, Some((many - 4, many - 4 + 4)));
        assert_eq!(agreed(&stage, 1, post).await, Some((many - 3, many - 3 + 3)));
        assert_eq!(agreed(&stage, 2, post).await, Some((many - 3, many - 3 + 3)));
        if !stage.count_absences().await {
            break;
        }
        counted += 1;
    }
    assert!(counted >= 3, "three are suspended");
    assert_eq!(
        stored(&stage, post).await,
        (many - 3, many - 3 + 2),
        "nobody has to look for whom nobody sees"
    );
    // One is back, and is counted in.
    let back = "UPDATE users SET status = 'active' WHERE id = $1";
    stage.db.store.execute(back, [strangers[5].into()]).await.expect("back");
    stage.absent(UserId::new(strangers[5])).await;
    loop {
        assert_eq!(agreed(&stage, 0, post).await, Some((many - 3, many - 3 + 4)));
        assert_eq!(agreed(&stage, 2, post).await, Some((many - 2, many - 2 + 3)));
        if !stage.count_absences().await {
            break;
        }
    }
    let again = "UPDATE users SET status = 'suspended' WHERE id = $1";
    stage.db.store.execute(again, [strangers[5].into()]).await.expect("gone again");
    stage.absent(UserId::new(strangers[5])).await;
    stage.show_to(1, root, Friends).await.expect("narrowed");
    assert_eq!(agreed(&stage, 0, post).await, None);
    assert_eq!(agreed(&stage, 2, post).await, Some((many - 3, 2)), "of a thread that is closed one's own");
    assert_eq!(agreed(&stage, 3, post).await, Some((many - 3, many - 3 + 4)));
    stage.show_to(1, root, Public).await.expect("widened");
    stage.show_absence(1, true).await;
    assert_eq!(agreed(&stage, 3, post).await, None);
    assert_eq!(agreed(&stage, 2, post).await, Some((many - 3, 2)));
    for viewer in 0..PEOPLE {
        agreed(&stage, viewer, root).await;
    }
}

/// Likes and replies as counted, which are as many as are listed.
async fn agreed(stage: &Stage, viewer: usize, post: PostId) -> Option<(i64, i64)> {
    let (caller, posts) = (&stage.people[viewer], &stage.posts);
    let view = stage.see(viewer, post).await?.view;
    let likes = every_page(async |page| posts.likes(caller, post, &page).await).await.expect("likes");
    let replies = every_page(async |page| posts.replies(caller, post, &page).await).await.expect("replies");
    let counts = (view.like_count, view.reply_count);
    assert_eq!(counts, (likes.len() as i64, replies.len() as i64), "for {viewer}");
    Some(counts)
}

/// Likes and replies as the post keeps them, without narrowed ones.
async fn stored(stage: &Stage, post: PostId) -> (i64, i64) {
    #[derive(sea_orm::FromQueryResult)]
    struct Counts {
        like_count: i64,
        reply_count: i64,
    }
    let text = "SELECT like_count, reply_count FROM posts WHERE id = $1";
    let found: Option<Counts> = stage.db.store.row(text, [post.uuid().into()]).await.expect("read");
    let Counts { like_count, reply_count } = found.expect("a post");
    (like_count, reply_count)
}

/// Many who like the post and answer it.
async fn crowd(stage: &Stage, root: PostId, post: PostId) -> Vec<Uuid> {
    let strangers: Vec<Uuid> = (0..MANY).map(|_| new_id::<()>().uuid()).collect();
    let like = "INSERT INTO likes (id, post_id, user_id, created_at) VALUES ($1, $2, $3, 0)";
    let reply = "INSERT INTO posts (id, author_id, text, day, in_reply_to, root_id, root_author_id, root_visibility, \
                 like_count, reply_count, version, created_at) \
                 VALUES ($1, $3, 'me too', '2026-07-01', $2, $4, $5, 'public', 0, 0, 1, 0)";
    for stranger in &strangers {
        let id = || new_id::<()>().uuid().into();
        stage.db.store.execute(like, [id(), post.uuid().into(), (*stranger).into()]).await.expect("liked");
        let (root, author) = (root.uuid().into(), stage.id(1).uuid().into());
        let values = [id(), post.uuid().into(), (*stranger).into(), root, author];
        stage.db.store.execute(reply, values).await.expect("answered");
    }
    let counts = "UPDATE posts SET like_count = $2, reply_count = $2 WHERE id = $1";
    let values = [post.uuid().into(), (MANY as i64).into()];
    stage.db.store.execute(counts, values).await.expect("counted");
    strangers
}
