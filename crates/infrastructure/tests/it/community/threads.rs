//! A reply never reaches further than its root, nor further than its author said.

use madang_domain::community::Visibility::{Friends, Private, Public};
use madang_testkit::TestDb;

use super::stage::Stage;

madang_testkit::on_every_database!(
    c12_a_private_reply_stays_private_whatever_its_root_does,
    c12_a_reply_to_friends_stays_with_friends_whatever_its_root_does,
    c12_replies_follow_a_root_that_narrows_and_widens,
    c12_nothing_is_left_outside_a_thread_that_narrows_meanwhile,
    c12_nothing_is_left_of_a_thread_that_is_deleted_meanwhile,
);

async fn c12_a_private_reply_stays_private_whatever_its_root_does(db: TestDb) {
    let stage = Stage::set(db);
    let root = stage.write(0, Public).await;
    let note = stage.reply(1, root, Some(Private)).await;
    for level in [Private, Friends, Private, Public] {
        stage.show_to(0, root, level).await.expect("changed");
        for viewer in [0, 2] {
            assert!(stage.see(viewer, note).await.is_none(), "{viewer} sees the note under a {level} root");
        }
        let own = stage.see(1, root).await.map(|root| root.view.reply_count);
        assert_eq!(own, (level == Public).then_some(1), "its author counts it");
        assert_eq!(stage.see(0, root).await.expect("one's own").view.reply_count, 0, "{level}");
    }
    stage.show_to(0, root, Private).await.expect("changed");
    stage.delete(1, note).await.expect("deleted");
}

async fn c12_a_reply_to_friends_stays_with_friends_whatever_its_root_does(db: TestDb) {
    let stage = Stage::set(db);
    // The friends of the one who answers are not the friends of the one who began.
    stage.befriend(0, 2).await;
    stage.befriend(1, 3).await;
    let root = stage.write(0, Public).await;
    let reply = stage.reply(1, root, Some(Friends)).await;
    assert!(stage.see(3, reply).await.is_some());
    for level in [Friends, Public, Private, Public] {
        stage.show_to(0, root, level).await.expect("changed");
        for viewer in [0, 2] {
            assert!(stage.see(viewer, reply).await.is_none(), "{viewer} sees it under a {level} root");
        }
        assert_eq!(stage.see(3, reply).await.is_some(), level == Public, "{level}");
        // Sending back what was read changes nothing.
        let shown = stage.see(1, reply).await.expect("one's own").view.post.visibility();
        assert_eq!(shown, Friends.min(level));
        stage.show_to(1, reply, shown).await.expect("unchanged");
    }
    stage.show_to(1, reply, Public).await.expect("widened");
    assert!(stage.see(2, reply).await.is_some());
    assert_eq!(stage.see(2, root).await.expect("public").view.reply_count, 1);
}

async fn c12_replies_follow_a_root_that_narrows_and_widens(db: TestDb) {
    let stage = Stage::set(db);
    stage.befriend(0, 2).await;
    let root = stage.write(0, Public).await;
    let reply = stage.reply(1, root, None).await;
    for (level, seen) in
        [(Friends, [true, true, false]), (Private, [true, false, false]), (Public, [true; 3])]
    {
        stage.show_to(0, root, level).await.expect("changed");
        for (viewer, seen) in [0, 2, 3].into_iter().zip(seen) {
            let found = stage.see(viewer, reply).await;
            assert_eq!(found.is_some(), seen, "{viewer} under a {level} root");
            assert!(found.is_none_or(|written| written.view.post.visibility() == level));
        }
    }
}

/// Answers below somebody's reply race with a change of the root.
async fn c12_nothing_is_left_outside_a_thread_that_narrows_meanwhile(db: TestDb) {
    let stage = Stage::set(db);
    for round in 0..25 {
        let root = stage.write(0, Public).await;
        let first = stage.reply(1, root, None).await;
        let wish = || super::stage::wish(None, Some(first));
        let (narrowed, one, two, three) = tokio::join!(
            stage.show_to(0, root, Private),
            stage.posts.write(&stage.people[1], wish()),
            stage.posts.write(&stage.people[2], wish()),
            stage.posts.write(&stage.people[1], wish()),
        );
        narrowed.expect("narrowed");
        for reply in [one, two, three].into_iter().flatten() {
            let reply = reply.view.post.id;
            assert!(stage.see(3, reply).await.is_none(), "round {round}: a stranger sees {reply}");
        }
    }
}

async fn c12_nothing_is_left_of_a_thread_that_is_deleted_meanwhile(db: TestDb) {
    let stage = Stage::set(db);
    for round in 0..25 {
        let root = stage.write(0, Public).await;
        let first = stage.reply(1, root, None).await;
        let wish = || super::stage::wish(None, Some(first));
        let (deleted, ..) = tokio::join!(
            stage.delete(0, root),
            stage.posts.write(&stage.people[1], wish()),
            stage.posts.write(&stage.people[2], wish()),
            stage.posts.write(&stage.people[1], wish()),
        );
        deleted.expect("deleted");
        for viewer in [0, 1, 3] {
            let left = stage.list(viewer, None).await;
            assert!(left.is_empty(), "round {round}: {viewer} still sees {}", left.len());
        }
    }
}
