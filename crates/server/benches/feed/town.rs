//! A community of any size, written straight into the database.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use madang_application::shared::new_id;
use madang_domain::shared::search::pairs;
use madang_infrastructure::sql::{SqlStore, for_migrations};
use madang_server::{app, config::Config};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult, Value};
use tokio::time::sleep;
use uuid::Uuid;

/// How many people write; the first few did so a long time ago only.
const AUTHORS: usize = 1000;
const QUIET: usize = 5;
/// How many of them the first viewer follows.
const FOLLOWED: usize = 300;
/// Who may not write any more, and is asked for with every post.
const SUSPENDED: usize = 10;
/// What the quiet ones wrote, before everybody else.
const OLD: usize = 200;
/// How many rows one statement writes: millions are laid in minutes, and three values of each are fewer
/// than either database takes.
const ROWS: usize = 5000;
/// One post in so many says something rare.
const RARE: usize = 5000;
const WORDS: [&str; 16] = [
    "축제",
    "가람",
    "동아리",
    "모임",
    "한강",
    "소풍",
    "김밥",
    "노을",
    "바다",
    "산책",
    "독서",
    "영화",
    "음악",
    "여행",
    "요리",
    "사진",
];

/// A community that grows.
pub(crate) struct Town {
    store: Arc<SqlStore>,
    authors: Vec<Uuid>,
    posts: usize,
    postgres: Option<DatabaseConnection>,
}

#[derive(FromQueryResult)]
struct Pages {
    n: i64,
}

impl Town {
    /// The authors, and whom the two viewers follow: many, and the quiet ones.
    pub(crate) async fn found(data: &Path, database: Option<&str>, viewers: [&str; 2]) -> Self {
        let mut config = Config { data_dir: data.to_owned(), ..Config::default() };
        config.database.url = database.map(Into::into);
        let container = app::tools(config).await.expect("the database is there");
        let store: Arc<SqlStore> = container.get().expect("wired");
        let authors = (0..AUTHORS).map(|_| new_id::<()>().uuid()).collect();
        let postgres = match database {
            Some(url) => Some(for_migrations(url).await.expect("connected")),
            None => None,
        };
        let town = Self { store, authors, posts: 0, postgres };
        for (number, author) in town.authors.iter().enumerate() {
            let (id, name) = (Value::from(*author), Value::from(format!("author{number}")));
            let account = "INSERT INTO users (id, email, email_normal, provider, status, is_admin, version, created_at) \
                           VALUES ($1, $2, $2, 'local', 'active', FALSE, 1, 0)";
            town.write(account, vec![id.clone(), name.clone()]).await;
            let nickname = "INSERT INTO nicknames (normal, nickname, user_id) VALUES ($2, $2, $1)";
            town.write(nickname, vec![id.clone(), name]).await;
            let profile = "INSERT INTO user_info (user_id, theme, locale, time_zone, week_start) \
                           VALUES ($1, 'system', 'ko', 'Asia/Seoul', 'monday')";
            town.write(profile, vec![id.clone()]).await;
            // Everybody is followed by one other, so that the table of feeds holds others, too.
            town.follow(town.authors[(number + 1) % AUTHORS], *author).await;
        }
        for number in 0..SUSPENDED {
            let account = "INSERT INTO users (id, email, email_normal, provider, status, is_admin, version, created_at) \
                           VALUES ($1, $2, $2, 'local', 'suspended', FALSE, 1, 0)";
            let name = format!("suspended{number}");
            town.write(account, vec![new_id::<()>().uuid().into(), name.into()]).await;
        }
        let viewers = viewers.map(|viewer| Uuid::parse_str(viewer).expect("an id"));
        for author in &town.authors[QUIET..QUIET + FOLLOWED] {
            town.follow(viewers[0], *author).await;
        }
        for author in &town.authors[..QUIET] {
            town.follow(viewers[1], *author).await;
        }
        town
    }

    /// Until there are so many posts, each in the feeds of its author and of the followers.
    pub(crate) async fn grow(&mut self, posts: usize) {
        while self.posts < posts {
            let count = ROWS.min(posts - self.posts);
            self.write_some(count).await;
            self.posts += count;
        }
        let tidying = match &self.postgres {
            Some(_) => &[
                "VACUUM (ANALYZE) posts",
                "VACUUM (ANALYZE) timeline",
                "VACUUM (ANALYZE) post_pairs",
                "ANALYZE",
            ][..],
            None => &["ANALYZE"],
        };
        for text in tidying {
            match &self.postgres {
                // Millions of rows take longer than requests may.
                Some(database) => database.execute_unprepared(text).await.map(drop).expect("tidied"),
                None => self.write(text, Vec::new()).await,
            }
        }
    }

    async fn write_some(&self, count: usize) {
        let (mut tuples, mut values, mut said) = (Vec::new(), Vec::new(), Vec::new());
        for number in self.posts..self.posts + count {
            let author = if number < OLD {
                number % QUIET
            } else {
                QUIET + number.wrapping_mul(7919) % (AUTHORS - QUIET)
            };
            let id = new_id::<()>().uuid();
            let text = if number % RARE == 1 {
                "드문말".to_owned()
            } else {
                format!("{} {}", WORDS[number % WORDS.len()], WORDS[number / WORDS.len() % WORDS.len()])
            };
            let at = values.len();
            tuples.push(format!(
                "(${0}, ${1}, ${2}, ${2}, '2026-07-01', ${0}, ${1}, 'public', 0, 0, 1, 0)",
                at + 1,
                at + 2,
                at + 3
            ));
            said.extend(pairs(&text).into_iter().collect::<BTreeSet<_>>().into_iter().map(|pair| (pair, id)));
            values.extend([Value::from(id), self.authors[author].into(), text.into()]);
        }
        let (first, last) = (values[0].clone(), values[values.len() - 3].clone());
        let posts = format!(
            "INSERT INTO posts (id, author_id, text, searchable, day, root_id, root_author_id, root_visibility, \
             like_count, reply_count, version, created_at) VALUES {}",
            tuples.join(", ")
        );
        self.write(&posts, values).await;
        for said in said.chunks(ROWS) {
            let tuples: Vec<_> =
                (0..said.len()).map(|n| format!("(${}, ${})", 2 * n + 1, 2 * n + 2)).collect();
            let values = said.iter().flat_map(|(pair, id)| [Value::from(*pair), Value::from(*id)]).collect();
            let pairs = format!("INSERT INTO post_pairs (pair, post_id) VALUES {}", tuples.join(", "));
            self.write(&pairs, values).await;
        }
        let between = "p.id >= $1 AND p.id <= $2";
        for feeds in [
            format!("SELECT p.author_id, p.id FROM posts p WHERE {between}"),
            format!(
                "SELECT f.follower_id, p.id FROM posts p JOIN follows f ON f.followee_id = p.author_id WHERE {between}"
            ),
        ] {
            let copied = format!("INSERT INTO timeline (owner_id, post_id) {feeds}");
            self.write(&copied, vec![first.clone(), last.clone()]).await;
        }
    }

    async fn follow(&self, follower: Uuid, followee: Uuid) {
        let follow = "INSERT INTO follows (id, follower_id, followee_id, created_at) VALUES ($1, $2, $3, 0)";
        self.write(follow, vec![new_id::<()>().uuid().into(), follower.into(), followee.into()]).await;
    }

    async fn write(&self, text: &str, values: Vec<Value>) {
        self.store.execute(text, values).await.expect("written");
    }

    /// How many pages Postgres touches for each request, of the tables that the list of a feed is made from;
    /// `None` on SQLite.
    pub(crate) async fn pages_per(&self, requests: impl AsyncFnOnce() -> usize) -> Option<f64> {
        self.postgres.as_ref()?;
        let before = self.pages().await;
        let count = requests().await;
        Some((self.pages().await - before) as f64 / count as f64)
    }

    async fn pages(&self) -> i64 {
        // Sessions that rest tell what they touched after ten seconds.
        sleep(Duration::from_secs(12)).await;
        let touched = "SELECT CAST(sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0) \
                       + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0)) AS bigint) AS n \
                       FROM pg_statio_user_tables WHERE relname IN ('posts', 'timeline', 'follows', 'blocks', \
                       'mutes', 'likes', 'authors', 'users', 'absences')";
        self.store.row::<Pages>(touched, []).await.expect("asked").expect("a row").n
    }
}
