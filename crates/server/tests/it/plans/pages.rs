//! How many pages of the database one page of the feed touches: about as many for everybody, and no more
//! when the community has grown.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use madang_infrastructure::sql::{SqlStore, for_migrations};
use madang_testkit::{Person, TestApp, TestDb};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, FromQueryResult, Statement};

use super::{UNTOUCHED, disconnect};

/// Authors. The first few wrote the oldest posts only, and the next few are big.
const AUTHORS: i64 = 5_000;
const QUIET: i64 = 5;
const BIG: i64 = 3;
/// How many the second viewer follows, the big ones among them.
const FOLLOWED: i64 = 300;
/// Posts before and after the community has grown.
const FEW: i64 = 4_000;
const MANY: i64 = 40_000;
/// How often a page is asked for.
const TIMES: i64 = 20;

/// What pages of the feed may touch of the tables that tell who wrote its posts and what hangs there.
const TOLD: i64 = 112;

/// Somebody who reads.
struct Viewer {
    who: &'static str,
    person: Person,
    follows: (i64, i64),
    /// Has shut others out and is shut out, so that likes and replies are counted anew.
    strict: bool,
    /// What a page may touch of the tables that its list is made of.
    list: i64,
}

#[tokio::test]
async fn c06_n12_a_page_of_the_feed_touches_few_pages_of_the_database_on_postgres() {
    let Some(db) = TestDb::postgres().await else { return };
    let (another, url) = (db.another_store().await, db.url().to_owned());
    let app = TestApp::start(db).await;
    let some = (QUIET + 1, QUIET + FOLLOWED);
    let mut viewers = Vec::new();
    for (who, follows, strict, list) in [
        ("follows 5000", (1, AUTHORS), false, 175),
        ("follows 300", some, false, 185),
        ("follows 5 quiet ones", (1, QUIET), false, 115),
        ("follows 300 and shut 80 out", some, true, 430),
    ] {
        let person = app.person(&format!("viewer{}", viewers.len())).await;
        viewers.push(Viewer { who, person, follows, strict, list });
    }
    let tools = for_migrations(&url).await.unwrap();
    run(&tools, UNTOUCHED).await;
    found(&tools).await;
    for viewer in &viewers {
        follow(&tools, &viewer.person, viewer.follows).await;
        avoid(&tools, &viewer.person, viewer.strict).await;
    }
    tools.close().await.unwrap();
    let (mut before, mut wrong) = (BTreeMap::new(), Vec::new());
    for (from, to) in [(1, FEW), (FEW + 1, MANY)] {
        // The last one was disconnected.
        let tools = for_migrations(&url).await.unwrap();
        grow(&tools, from, to).await;
        for viewer in &viewers {
            like(&tools, &viewer.person, from, to).await;
        }
        tidy(&tools).await;
        tools.close().await.unwrap();
        for Viewer { who, person, list: most, .. } in &viewers {
            let touched = touched(&app, &another, person).await;
            let told: i64 = TELLING.iter().filter_map(|table| touched.get(*table)).sum();
            let list = touched.values().sum::<i64>() - told;
            println!("{who}, {to} posts: {list} and {told}: {touched:?}");
            let before = *before.entry(who).or_insert(list);
            if list > *most || list * 10 > before * 12 || told > TOLD {
                wrong.push(format!("{who}, {to} posts: {before} became {list}, and {told}: {touched:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The tables that tell of people and pictures.
const TELLING: [&str; 4] = ["nicknames", "user_info", "post_media", "post_mentions"];

/// Pages per request, by table.
async fn touched(app: &TestApp, another: &SqlStore, viewer: &Person) -> BTreeMap<String, i64> {
    #[derive(FromQueryResult)]
    struct Touched {
        name: String,
        pages: i64,
    }
    let read = async || {
        // Sessions say what they touched when they end.
        disconnect(another).await;
        let text = "SELECT relname::text AS name, CAST(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit, 0) \
                    + coalesce(idx_blks_read, 0) AS bigint) AS pages FROM pg_statio_user_tables \
                    WHERE relname IN ('posts', 'timeline', 'follows', 'blocks', 'mutes', 'likes', 'authors', 'absences', \
                    'users', 'nicknames', 'user_info', 'post_media', 'post_mentions')";
        another.rows::<Touched>(text, []).await.unwrap()
    };
    let before: BTreeMap<_, _> = read().await.into_iter().map(|row| (row.name, row.pages)).collect();
    for _ in 0..TIMES {
        let page = app.get("/v1/feed").bearer(&viewer.token).expect(200).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 20);
    }
    let after = read().await.into_iter();
    let spent = after.map(|row| (row.pages - before.get(&row.name).copied().unwrap_or_default(), row.name));
    spent.filter(|(pages, _)| *pages > 0).map(|(pages, name)| (name, (pages + TIMES / 2) / TIMES)).collect()
}

fn id(kind: &str, number: &str) -> String {
    format!("('01900000-00{kind}-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid")
}

/// The authors; some are suspended, and all follow somebody and are followed.
async fn found(tools: &DatabaseConnection) {
    let author = id("aa", "n");
    let mut text = String::new();
    for (table, row) in [
        (
            "users (id, email, email_normal, provider, status, is_admin, version, created_at)",
            "'a' || n, 'a' || n, 'local', CASE WHEN n % 100 = 99 THEN 'suspended' ELSE 'active' END, FALSE, 1, 0",
        ),
        (
            "user_info (user_id, theme, locale, time_zone, week_start)",
            "'system', 'ko', 'Asia/Seoul', 'monday'",
        ),
        ("nicknames (user_id, normal, nickname)", "'a' || n, 'a' || n"),
    ] {
        writeln!(text, "INSERT INTO {table} SELECT {author}, {row} FROM generate_series(1, {AUTHORS}) n;")
            .unwrap();
    }
    let (first, last) = (QUIET + 1, QUIET + BIG);
    writeln!(
        text,
        "INSERT INTO authors (user_id, is_big) SELECT {author}, n BETWEEN {first} AND {last} FROM generate_series(1, {AUTHORS}) n;"
    )
    .unwrap();
    let next = id("aa", &format!("(n % {AUTHORS} + 1)::int"));
    writeln!(
        text,
        "INSERT INTO follows (id, follower_id, followee_id, created_at) \
         SELECT {}, {author}, {next}, 0 FROM generate_series(1, {AUTHORS}) n;",
        id("f0", "n")
    )
    .unwrap();
    run(tools, &text).await;
}

/// Follows those, half of whom follow back.
async fn follow(tools: &DatabaseConnection, viewer: &Person, (from, to): (i64, i64)) {
    let (viewer, author) = (format!("'{}'::uuid", viewer.id), id("aa", "n"));
    let mut text = String::new();
    for (one, other, condition) in [(&viewer, &author, "TRUE"), (&author, &viewer, "n % 2 = 0")] {
        writeln!(
            text,
            "INSERT INTO follows (id, follower_id, followee_id, created_at, followee_is_big) \
             SELECT gen_random_uuid(), {one}, {other}, 0, EXISTS (SELECT 1 FROM authors WHERE user_id = {other} AND is_big) \
             FROM generate_series({from}, {to}) n WHERE {condition};"
        )
        .unwrap();
    }
    run(tools, &text).await;
}

/// Does not want to hear of some others, and may have shut them out and be shut out.
async fn avoid(tools: &DatabaseConnection, viewer: &Person, blocks: bool) {
    let mut text = String::new();
    for (table, other, applies) in [
        ("mutes (created_at, muter_id, muted_id)", "ab", true),
        ("blocks (created_at, blocker_id, blocked_id)", "ab", blocks),
        ("blocks (created_at, blocked_id, blocker_id)", "ac", blocks),
    ] {
        if applies {
            let (viewer, other) = (&viewer.id, id(other, "n"));
            writeln!(
                text,
                "INSERT INTO {table} SELECT 0, '{viewer}'::uuid, {other} FROM generate_series(1, 40) n;"
            )
            .unwrap();
        }
    }
    run(tools, &text).await;
}

/// These posts: few write most of them, one in four answers another, and some do not reach everybody.
async fn grow(tools: &DatabaseConnection, from: i64, to: i64) {
    let author = |n: &str| {
        let busy =
            format!("{} + floor({} * (({n} * 7919 % 10007) / 10007.0) ^ 2)", QUIET + 1, AUTHORS - QUIET);
        id("aa", &format!("(CASE WHEN {n} <= 100 THEN {n} % {QUIET} + 1 ELSE {busy} END)::int"))
    };
    let answers = "n % 4 = 0 AND n > 200";
    let root = format!("(CASE WHEN {answers} THEN n - 3 ELSE n END)");
    let reach = format!(
        "CASE WHEN {root} % 8 = 1 THEN 'friends' WHEN {root} % 40 = 3 THEN 'private' ELSE 'public' END"
    );
    let between = format!("generate_series({from}, {to}) n");
    let (post, parent, whose) = (id("cc", "n"), id("cc", &root), author(&root));
    let posts = format!(
        "INSERT INTO posts (id, author_id, text, day, in_reply_to, root_id, root_author_id, root_visibility, \
         like_count, reply_count, version, created_at) SELECT {post}, {}, 'hello ' || repeat('x', 100), '2026-07-01', \
         CASE WHEN {answers} THEN {parent} END, {parent}, {whose}, {reach}, 3, 0, 1, 0 FROM {between}",
        author("n")
    );
    let copied = format!(
        "INSERT INTO timeline (owner_id, post_id) SELECT f.follower_id, p.id FROM posts p \
         JOIN follows f ON f.followee_id = p.author_id WHERE NOT f.followee_is_big AND p.id BETWEEN {} AND {} ORDER BY p.id",
        id("cc", &from.to_string()),
        id("cc", &to.to_string()),
    );
    let liked = format!(
        "INSERT INTO likes (id, post_id, user_id, created_at) SELECT gen_random_uuid(), {post}, {}, 0 \
         FROM {between} CROSS JOIN generate_series(1, 3) m",
        id("aa", "((n * 31 + m * 1000) % 5000 + 1)::int")
    );
    let pictures = format!(
        "INSERT INTO post_media (post_id, place, media_id) SELECT {post}, 0, gen_random_uuid() FROM {between} WHERE n % 10 = 0"
    );
    for text in [posts, copied, liked, pictures] {
        run(tools, &text).await;
    }
}

/// The viewer likes one post in five.
async fn like(tools: &DatabaseConnection, viewer: &Person, from: i64, to: i64) {
    let liked = format!(
        "INSERT INTO likes (id, post_id, user_id, created_at) SELECT gen_random_uuid(), {}, '{}', 0 \
         FROM generate_series({from}, {to}) n WHERE n % 5 = 0",
        id("cc", "n"),
        viewer.id
    );
    run(tools, &liked).await;
}

/// Until an index alone tells what is there. Rows that somebody who reads meanwhile may not know yet stay
/// unmarked, and would be looked up one by one.
async fn tidy(tools: &DatabaseConnection) {
    #[derive(FromQueryResult)]
    struct Unmarked {
        n: i64,
    }
    let unmarked = "SELECT count(*) AS n FROM pg_class WHERE relkind = 'r' AND relallvisible < relpages \
                    AND relname IN ('posts', 'timeline', 'likes', 'follows', 'blocks', 'mutes', 'post_media')";
    let tidying = async {
        loop {
            run(tools, "VACUUM (ANALYZE)").await;
            let statement = Statement::from_string(DatabaseBackend::Postgres, unmarked);
            let left = Unmarked::find_by_statement(statement).one(tools).await.unwrap().unwrap();
            if left.n == 0 {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), tidying).await.expect("nobody reads for long");
}

async fn run(tools: &DatabaseConnection, text: &str) {
    tools.execute_unprepared(text).await.unwrap_or_else(|error| panic!("{text}: {error:#}"));
}
