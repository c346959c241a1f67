//! The search finds what a look at every text finds, and nothing that is hidden.

use std::collections::BTreeSet;

use madang_application::community::{EditPost, WritePost};
use madang_domain::{
    community::{PostId, PostText, PostTitle, Visibility},
    shared::{SearchText, Text},
};
use madang_infrastructure::community::SearchIndexer;
use madang_testkit::TestDb;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::FromQueryResult;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::stage::{PEOPLE, Stage, every_page, wish};

madang_testkit::on_every_database!(
    c13_n13_a_search_finds_what_a_look_at_every_text_finds,
    c13_posts_from_before_the_search_are_found_once_the_worker_was_there,
);

const LEVELS: [Visibility; 3] = [Visibility::Private, Visibility::Friends, Visibility::Public];
/// Few letters, so that the same pairs come up in other orders.
const LETTERS: [char; 9] = ['가', '람', '축', '제', '에', 'a', 'b', '%', '_'];
const POSTS: usize = 60;

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
}

async fn c13_n13_a_search_finds_what_a_look_at_every_text_finds(db: TestDb) {
    let stage = Stage::set(db);
    stage.befriend(0, 1).await;
    stage.follow(2, 0).await;
    stage.relations.block(&stage.people[3], stage.id(0)).await.expect("blocked");
    let mut rng = StdRng::seed_from_u64(13);
    let mut posts = Vec::new();
    for number in 0..POSTS {
        let author = number % PEOPLE;
        let text = PostText::restore(words(&mut rng));
        let title = rng.random_ratio(1, 3).then(|| PostTitle::restore(words(&mut rng)));
        let level = LEVELS[rng.random_range(0..3)];
        let post =
            stage.posts.write(&stage.people[author], WritePost { title, text, ..wish(Some(level), None) });
        posts.push((author, post.await.expect("written").view.post.id));
    }
    compare(&stage, &mut rng).await;
    for (author, post) in posts.drain(..POSTS / 3) {
        let text = Some(PostText::restore(words(&mut rng)));
        let edit = EditPost { text, ..EditPost::default() };
        stage.posts.edit(&stage.people[author], post, edit, |_| Ok(())).await.expect("changed");
    }
    for (author, post) in posts.drain(..POSTS / 3) {
        stage.delete(author, post).await.expect("deleted");
    }
    compare(&stage, &mut rng).await;
    let left = "SELECT q.post_id AS id FROM post_pairs q WHERE NOT EXISTS \
                (SELECT 1 FROM posts p WHERE p.id = q.post_id)";
    assert!(stage.db.store.rows::<Found>(left, []).await.expect("read").is_empty(), "pairs of deleted posts");
}

async fn c13_posts_from_before_the_search_are_found_once_the_worker_was_there(db: TestDb) {
    let stage = Stage::set(db);
    let id = stage.write(0, Visibility::Public).await;
    for undo in ["UPDATE posts SET searchable = NULL", "DELETE FROM post_pairs"] {
        stage.db.store.execute(undo, []).await.expect("as it was before");
    }
    let text = SearchText::parse("Thing").expect("a text");
    assert_eq!(search(&stage, 1, &text).await, []);
    let (indexer, stop) = (SearchIndexer::new(stage.db.uow.clone()), CancellationToken::new());
    assert_eq!(indexer.catch_up(&stop).await.expect("done"), 1);
    assert_eq!(indexer.catch_up(&stop).await.expect("done"), 0);
    assert_eq!(search(&stage, 1, &text).await, [id]);
}

/// Everything of two to five letters that somebody could look for, against `LIKE` over the texts as
/// they were written, and the list of what the viewer may see.
async fn compare(stage: &Stage, rng: &mut StdRng) {
    let mut texts: BTreeSet<String> =
        ["없다", "%%", "축제 ", "a".repeat(100).as_str()].map(str::to_owned).into();
    for _ in 0..120 {
        let letters: Vec<char> = words(rng).chars().collect();
        let (from, length) = (rng.random_range(0..letters.len()), rng.random_range(2..6));
        texts.insert(letters.iter().skip(from).take(length).collect());
    }
    let mut hits = 0;
    for viewer in 0..PEOPLE {
        let seen: Vec<PostId> = stage.list(viewer, None).await.iter().map(|post| post.view.post.id).collect();
        for text in &texts {
            let Ok(wanted) = SearchText::parse(&text.to_uppercase()) else { continue };
            let like = format!("%{}%", text.trim().replace('!', "!!").replace('%', "!%").replace('_', "!_"));
            let truth =
                "SELECT p.id FROM posts p WHERE p.text LIKE $1 ESCAPE '!' OR p.title LIKE $1 ESCAPE '!'";
            let truth = stage.db.store.rows::<Found>(truth, [like.into()]).await.expect("read");
            let truth: BTreeSet<PostId> = truth.into_iter().map(|row| row.id.into()).collect();
            let expected: Vec<PostId> = seen.iter().copied().filter(|post| truth.contains(post)).collect();
            hits += expected.len();
            assert_eq!(search(stage, viewer, &wanted).await, expected, "{text:?} of {viewer}");
        }
    }
    assert!(hits > 200, "too little was looked for: {hits}");
}

async fn search(stage: &Stage, viewer: usize, text: &SearchText) -> Vec<PostId> {
    let caller = &stage.people[viewer];
    let found = every_page(async |page| stage.posts.search(caller, text, &page).await).await;
    found.expect("a search").iter().map(|post| post.view.post.id).collect()
}

/// A few words with one space between them.
fn words(rng: &mut StdRng) -> String {
    let mut word =
        || (0..rng.random_range(2..7)).map(|_| LETTERS[rng.random_range(0..LETTERS.len())]).collect();
    let words: Vec<String> = (0..4).map(|_| word()).collect();
    words.join(" ")
}
