//! Test: each list walks an index and stops, on data where doing otherwise would be tempting.

use madang_application::{community::PostFilter, shared::new_id};
use madang_testkit::TestDb;
use sea_orm::{ConnectionTrait, DatabaseConnection, Value};
use uuid::Uuid;

use super::{counts, edits, feed, few::Few, lists, search};
use crate::sql::{dialect, for_migrations, plans};

madang_testkit::on_every_database!(c06_n12_lists_cost_the_same_however_long_they_are);

/// Authors; the first ones are quiet: all they wrote is the oldest there is.
const AUTHORS: usize = 20;
const QUIET: usize = 2;
/// Posts before and after the community has grown.
const FEW: usize = 1_500;
const MANY: usize = 12_000;

/// Pages of the database a page of a list may touch.
const BUFFERS: u64 = 100;

struct Place {
    connection: DatabaseConnection,
    authors: Vec<Uuid>,
    /// Follows everybody.
    busy: Uuid,
    /// Follows the quiet ones.
    calm: Uuid,
    root: Uuid,
    posts: Vec<Uuid>,
}

async fn c06_n12_lists_cost_the_same_however_long_they_are(db: TestDb) {
    // The store of this test binary is another type than the one of `madang_testkit`.
    let connection = for_migrations(db.url()).await.expect("opens");
    let ids = |count: usize| (0..count).map(|_| fresh()).collect::<Vec<_>>();
    let (authors, busy, calm, root) = (ids(AUTHORS), fresh(), fresh(), fresh());
    let mut place = Place { connection, authors, busy, calm, root, posts: Vec::new() };
    place.settle().await;
    place.grow(FEW).await;
    let before = place.costs().await;
    place.grow(MANY - FEW).await;
    let after = place.costs().await;
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        let (Some(before), Some(after)) = (before, after) else { continue };
        // Small tables are read in whatever way; what counts is that the number stays small.
        let sources = if what.contains("big authors") { 2 } else { 1 };
        assert!(after <= (before * 12 / 10).max(sources * BUFFERS), "{what}: {before} have become {after}");
    }
    place.connection.close().await.expect("closes");
}

impl Place {
    async fn settle(&self) {
        let follow = "INSERT INTO follows (id, follower_id, followee_id, created_at) VALUES ($1, $2, $3, 0)";
        for (number, author) in self.authors.iter().enumerate() {
            self.execute(follow, [fresh().into(), self.busy.into(), (*author).into()]).await;
            if number < QUIET {
                self.execute(follow, [fresh().into(), self.calm.into(), (*author).into()]).await;
            }
        }
    }

    /// The quiet ones write only the first few of all posts; one post in three answers `root`.
    async fn grow(&mut self, count: usize) {
        for number in (self.posts.len()..self.posts.len() + count).collect::<Vec<_>>().chunks(50) {
            let (mut rows, mut values) = (Vec::new(), vec![self.root.into()]);
            for number in number {
                let author = if *number < 60 { number % QUIET } else { QUIET + number % (AUTHORS - QUIET) };
                let id = if self.posts.is_empty() { self.root } else { fresh() };
                self.posts.push(id);
                let at = values.len();
                let answers = number % 3 == 1;
                let (parent, root) =
                    if answers { ("$1", "$1".to_owned()) } else { ("NULL", format!("${}", at + 1)) };
                values.extend([id.into(), self.authors[author].into()]);
                rows.push(format!(
                    "(${0}, ${1}, 'text', '2026-07-01', {parent}, {root}, ${1}, 'public', 0, 0, 1, 0)",
                    at + 1,
                    at + 2
                ));
            }
            let insert = format!(
                "INSERT INTO posts (id, author_id, text, day, in_reply_to, root_id, root_author_id, root_visibility, \
                 like_count, reply_count, version, created_at) VALUES {}",
                rows.join(", ")
            );
            self.execute(&insert, values).await;
        }
        let copied = "INSERT INTO timeline (owner_id, post_id) SELECT f.follower_id, p.id \
                      FROM follows f JOIN posts p ON p.author_id = f.followee_id WHERE f.follower_id <> $1 \
                      ON CONFLICT (owner_id, post_id) DO NOTHING";
        self.execute(copied, [fresh().into()]).await;
        // Everybody says one thing, and the quiet ones something else as well.
        for (pair, condition) in [(1_i64, "TRUE"), (2, "p.id <= $2")] {
            let said = format!(
                "INSERT INTO post_pairs (pair, post_id) SELECT $1, p.id FROM posts p WHERE {condition} \
                 AND $2 IS NOT NULL ON CONFLICT (pair, post_id) DO NOTHING"
            );
            self.execute(&said, [pair.into(), self.posts[60].into()]).await;
        }
        self.execute("UPDATE posts SET searchable = text WHERE searchable IS NULL", []).await;
        // The answers are about one event, and one post was changed for everything its author said.
        let about = "UPDATE posts SET event_id = $1, occurrence = 0 WHERE in_reply_to IS NOT NULL AND event_id IS NULL";
        self.execute(about, [self.root.into()]).await;
        let changed = "INSERT INTO post_edits (post_id, version, text, root_visibility, written_at, replaced_at) \
                       SELECT $1, (SELECT count(*) FROM posts q WHERE q.id <= p.id), 'text', 'public', 0, 0 \
                       FROM posts p WHERE p.author_id = $2 ON CONFLICT (post_id, version) DO NOTHING";
        self.execute(changed, [self.root.into(), self.authors[AUTHORS - 1].into()]).await;
        self.connection.execute_unprepared("ANALYZE").await.expect("analysed");
    }

    /// Checks the plan of every list, and answers what it reads where the database says so.
    async fn costs(&self) -> Vec<(String, Option<u64>)> {
        let top = Uuid::max();
        let deep = self.posts[self.posts.len() / 4];
        let author = self.authors[AUTHORS - 1];
        let page =
            |viewer: Uuid, after: Uuid| -> Vec<Value> { vec![viewer.into(), after.into(), 21_i64.into()] };
        let part = |of: Uuid, after: Uuid| -> Vec<Value> {
            vec![self.calm.into(), of.into(), after.into(), 21_i64.into()]
        };
        let big = |after| {
            let authors = vec![Uuid::nil().into(), author.into(), self.authors[0].into()];
            (feed::merged(&self.connection, 2), [page(self.busy, after), authors].concat())
        };
        let copied = |viewer, after| (feed::copied(&self.connection), page(viewer, after));
        let of_author = |author: Uuid, after| {
            let filter = PostFilter { author: Some(author.into()), ..PostFilter::default() };
            let mut values = page(self.calm, after);
            (lists::posts(&filter, &mut values), values)
        };
        let about = |after| {
            let filter = PostFilter { event: Some(self.root), ..PostFilter::default() };
            let mut values = page(self.calm, after);
            (lists::posts(&filter, &mut values), values)
        };
        let at_once = |after| {
            let filter = PostFilter { event: Some(self.root), occurrence: Some(0), ..PostFilter::default() };
            let mut values = page(self.calm, after);
            (lists::posts(&filter, &mut values), values)
        };
        let past = |of: Uuid, before: i64| -> Vec<Value> {
            vec![self.calm.into(), of.into(), before.into(), 21_i64.into()]
        };
        let said = |after: Uuid, pairs: &[i64]| {
            let mut values = page(self.calm, after);
            values.push("%text%".into());
            values.extend(pairs.iter().map(|pair| Value::from(*pair)));
            (search::found(pairs.len() - 1), values)
        };
        let mut costs = Vec::new();
        for (what, (text, values)) in [
            ("feed", copied(self.busy, top)),
            ("feed, deep", copied(self.busy, deep)),
            ("feed of quiet authors", copied(self.calm, top)),
            ("feed with big authors", big(top)),
            ("feed with big authors, deep", big(deep)),
            ("posts of an author", of_author(author, top)),
            ("posts of an author, deep", of_author(author, deep)),
            ("posts of a quiet author", of_author(self.authors[0], top)),
            ("search for what all say", said(top, &[1])),
            ("search for what all say, deep", said(deep, &[1])),
            ("search for what few say", said(top, &[2, 1])),
            ("posts about an event", about(top)),
            ("posts about an event, deep", about(deep)),
            ("posts about an occurrence", at_once(top)),
            ("posts about an occurrence, deep", at_once(deep)),
            (
                "posts by day",
                (lists::by_day(), {
                    let (from, to) = ("2026-07-01", "2026-07-02");
                    vec![
                        self.calm.into(),
                        from.into(),
                        to.into(),
                        from.into(),
                        Uuid::nil().into(),
                        21_i64.into(),
                    ]
                }),
            ),
            ("edits", (edits::list(), past(self.root, i64::MAX))),
            ("edits, deep", (edits::list(), past(self.root, 30))),
            ("thread", (lists::discussion("root_id"), part(self.root, Uuid::nil()))),
            ("thread, deep", (lists::discussion("root_id"), part(self.root, deep))),
            ("replies", (lists::discussion("in_reply_to"), part(self.root, deep))),
            (
                "counts",
                (
                    counts::exact(Few::of(&self.connection), 2),
                    vec![self.calm.into(), self.posts[60].into(), deep.into()],
                ),
            ),
        ] {
            costs.push((what.to_owned(), self.cost(what, &text, &values).await));
        }
        costs
    }

    async fn cost(&self, what: &str, text: &str, values: &[Value]) -> Option<u64> {
        // SQLite calls a page of ids by the name it has in the statement.
        plans::cost(
            &self.connection,
            what,
            text,
            values,
            &["posts", "timeline"],
            &[
                "page", "page0", "page1", "pages", "apart", "absent", "a", "blocked", "muted", "mine",
                "theirs", "own", "liked",
            ],
        )
        .await
    }

    async fn execute(&self, text: &str, values: impl IntoIterator<Item = Value>) {
        let statement = dialect::statement(&self.connection, text, values);
        self.connection.execute_raw(statement).await.expect("executed");
    }
}

fn fresh() -> Uuid {
    new_id::<()>().uuid()
}
