//! Postgres keeps the plan of a statement that a connection has used. What it chose while the tables
//! were small must still do when they have grown: nothing that people wait for may read a table from
//! end to end.

mod growth;
mod pages;
mod trips;

use std::collections::BTreeMap;

use madang_infrastructure::sql::SqlStore;
use madang_testkit::{PASSWORD, Person, Socket, TestApp, TestDb, text};
use reqwest::Method;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

use crate::media::uploaded;

/// Rows that each table gets, and more than everything below reads of any of them by its keys.
const ROWS: i64 = 5_000;
/// How many rows Postgres counts where it counts.
const FEW: i64 = 60;
/// How often everything is done before and after: each connection has made its plans by then.
const ROUNDS: usize = 2;

#[tokio::test]
async fn n12_plans_made_while_tables_were_small_do_for_big_ones_on_postgres() {
    grows(false).await;
}

/// Postgres counts a table by itself once fifty rows of it have changed, and takes it from then on to be as
/// small as it was. One that was never counted it takes for ten pages.
#[tokio::test]
async fn n12_plans_made_from_counts_of_small_tables_do_for_big_ones_on_postgres() {
    grows(true).await;
}

/// Nothing counts or tidies tables by itself any more.
const UNTOUCHED: &str = "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT relid FROM pg_stat_user_tables LOOP \
     EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', t); END LOOP; END $$";

async fn grows(counted: bool) {
    let Some(db) = TestDb::postgres().await else { return };
    run(&db.store, UNTOUCHED).await;
    let another = db.another_store().await;
    let app = TestApp::start(db).await;
    let mut town = Town::of(&app).await;
    if counted {
        run(&another, &growth::of(1, FEW)).await;
        run(&another, "ANALYZE").await;
    } else {
        run(&another, "DELETE FROM pg_statistic").await;
        run(&another, "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relkind = 'r'").await;
    }
    for _ in 0..ROUNDS {
        town.live(&app).await;
    }
    run(&another, &growth::of(FEW + 1, FEW + ROWS)).await;
    let before = reads(&another).await;
    for _ in 0..ROUNDS {
        town.live(&app).await;
    }
    disconnect(&another).await;
    let after = reads(&another).await;
    let read = |table: &str| after[table] - before.get(table).copied().unwrap_or_default();
    let whole: BTreeMap<_, _> =
        after.keys().map(|table| (table, read(table))).filter(|(_, read)| *read >= ROWS).collect();
    assert!(whole.is_empty(), "rows read without a key: {whole:?}");
}

/// A day so many days from now: nobody can come to what is over.
#[expect(clippy::disallowed_methods, reason = "the program runs on the real clock")]
fn coming(days: i64) -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today.saturating_add(jiff::Span::new().days(days)).to_string()
}

async fn run(store: &SqlStore, statement: &str) {
    store.execute(statement, []).await.unwrap_or_else(|error| panic!("{statement}: {error:#}"));
}

/// Ends all connections: they say what they read when they end at the latest.
async fn disconnect(store: &SqlStore) {
    #[derive(FromQueryResult)]
    struct Now {
        now: f64,
    }
    #[derive(FromQueryResult)]
    struct Left {
        n: i64,
    }
    let old = "datname = current_database() AND pid <> pg_backend_pid() AND backend_start < to_timestamp($1)";
    let now = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision) AS now";
    let now = store.row::<Now>(now, []).await.unwrap().unwrap().now;
    let end = format!("SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE {old}");
    let ended = async {
        while store.row::<Left>(&end, [now.into()]).await.unwrap().unwrap().n > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.expect("connections end");
}

/// How many rows of each table were read, by whatever way.
async fn reads(store: &SqlStore) -> BTreeMap<String, i64> {
    #[derive(FromQueryResult)]
    struct Read {
        name: String,
        rows: i64,
    }
    let text = "SELECT relname::text AS name, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows \
                FROM pg_stat_user_tables";
    let found: Vec<Read> = store.rows(text, []).await.unwrap();
    found.into_iter().map(|read| (read.name, read.rows)).collect()
}

/// Some who know each other and do everything there is to do.
struct Town {
    mina: Person,
    jun: Person,
    sol: Person,
    room: String,
    calendar: String,
    hers: Socket,
    his: Socket,
    said: usize,
}

impl Town {
    async fn of(app: &TestApp) -> Self {
        let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
        let body = json!({ "userIds": [jun.id, sol.id], "title": "all" });
        let room = text(&app.post("/v1/rooms").bearer(&mina.token).json(body).expect(201).await["id"]);
        let calendars = app.get("/v1/calendars").bearer(&mina.token).expect(200).await;
        let calendar = text(&calendars["items"][0]["id"]);
        let mut hers = Socket::open(app.base(), &mina.token).await;
        let mut his = Socket::open(app.base(), &jun.token).await;
        hers.subscribe(&room, None).await;
        his.subscribe(&room, None).await;
        Self { mina, jun, sol, room, calendar, hers, his, said: 0 }
    }

    async fn live(&mut self, app: &TestApp) {
        self.relate(app).await;
        self.post(app).await;
        self.talk(app).await;
        self.meet(app).await;
        self.part(app).await;
        app.settle().await;
        self.look(app).await;
    }

    async fn done(
        &self,
        app: &TestApp,
        who: &Person,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let mut call = app.call(method.clone(), path).bearer(&who.token);
        if let Some(body) = body {
            call = call.json(body);
        }
        let reply = call.send().await;
        // Who follows already is told so from the second round on.
        let well = reply.status.is_success() || reply.status == 409 && path.ends_with("/follow");
        assert!(well, "{method} {path}: {} {}", reply.status, reply.text());
        if reply.text().is_empty() { Value::Null } else { reply.json() }
    }

    async fn relate(&self, app: &TestApp) {
        let (mina, jun, sol) = (&self.mina, &self.jun, &self.sol);
        for (who, whom, what) in [(mina, sol, "block"), (mina, sol, "mute"), (mina, sol, "follow")] {
            let path = format!("/v1/users/{}/{what}", whom.id);
            self.done(app, who, Method::PUT, &path, None).await;
            self.done(app, who, Method::DELETE, &path, None).await;
        }
        for (who, whom) in [(mina, jun), (jun, mina), (sol, mina), (sol, jun)] {
            self.done(app, who, Method::PUT, &format!("/v1/users/{}/follow", whom.id), None).await;
        }
    }

    async fn post(&self, app: &TestApp) {
        let (mina, jun) = (&self.mina, &self.jun);
        let picture = uploaded(app, mina).await;
        let new = json!({ "text": "hello @jun #all", "visibility": "friends", "mediaIds": [picture] });
        let post = text(&self.done(app, mina, Method::POST, "/v1/posts", Some(new)).await["id"]);
        let post = format!("/v1/posts/{post}");
        let reply = json!({ "text": "hi @mina" });
        self.done(app, jun, Method::POST, &format!("{post}/replies"), Some(reply)).await;
        for path in [format!("{post}/like"), format!("{post}/like")] {
            self.done(app, jun, Method::PUT, &path, None).await;
        }
        let changed = json!({ "text": "hello @jun and @sol #all" });
        self.done(app, mina, Method::PATCH, &post, Some(changed)).await;
        for list in ["", "/thread", "/replies", "/likes", "/edits"] {
            self.done(app, jun, Method::GET, &format!("{post}{list}"), None).await;
        }
        let gone = json!({ "text": "for a moment #all", "visibility": "public" });
        let gone = text(&self.done(app, jun, Method::POST, "/v1/posts", Some(gone)).await["id"]);
        self.done(app, mina, Method::PUT, &format!("/v1/posts/{gone}/like"), None).await;
        self.done(app, mina, Method::DELETE, &format!("/v1/posts/{gone}/like"), None).await;
        self.done(app, jun, Method::DELETE, &format!("/v1/posts/{gone}"), None).await;
    }

    async fn talk(&mut self, app: &TestApp) {
        let path = format!("/v1/rooms/{}", self.room);
        let picture = uploaded(app, &self.sol).await;
        self.said += 1;
        let words = json!({ "text": "look", "clientId": format!("h{}", self.said), "mediaIds": [picture] });
        for _ in 0..2 {
            self.done(app, &self.sol, Method::POST, &format!("{path}/messages"), Some(words.clone())).await;
        }
        for number in 0..8 {
            let frame = json!({ "type": "message", "roomId": self.room, "text": "x",
                "clientId": format!("{}-{number}", self.said) });
            self.hers.send(frame.clone()).await;
            self.his.send(frame).await;
        }
        self.hers.seqs(17).await;
        self.his.seqs(17).await;
        let direct = json!({ "userIds": [self.jun.id] });
        let direct = self.done(app, &self.mina, Method::POST, "/v1/rooms", Some(direct)).await;
        let direct = format!("/v1/rooms/{}", text(&direct["id"]));
        let words = json!({ "text": "psst", "clientId": self.said.to_string() });
        let said = self.done(app, &self.mina, Method::POST, &format!("{direct}/messages"), Some(words)).await;
        let read = Some(json!({ "seq": said["seq"] }));
        self.done(app, &self.jun, Method::PUT, &format!("{direct}/read"), read).await;
        for list in ["", "/members", "/messages", "/messages?afterSeq=1"] {
            self.done(app, &self.jun, Method::GET, &format!("{path}{list}"), None).await;
        }
        let member = format!("{path}/members/{}", self.sol.id);
        self.done(app, &self.mina, Method::DELETE, &member, None).await;
        self.done(app, &self.mina, Method::PUT, &member, None).await;
        self.done(app, &self.mina, Method::POST, "/v1/realtime/tickets", None).await;
    }

    async fn meet(&self, app: &TestApp) {
        let (mina, jun) = (&self.mina, &self.jun);
        let events = format!("/v1/calendars/{}/events", self.calendar);
        let new = json!({ "title": "picnic", "start": { "date": coming(10) }, "capacity": 5, "visibility": "public" });
        let event = text(&self.done(app, mina, Method::POST, &events, Some(new)).await["id"]);
        let event = format!("/v1/events/{event}");
        self.done(app, mina, Method::PUT, &format!("{event}/participants/{}", jun.id), None).await;
        self.done(app, jun, Method::POST, &format!("{event}/join"), None).await;
        let question = json!({
            "userIds": [mina.id, jun.id], "from": format!("{}T00:00:00Z", coming(9)), "to": format!("{}T00:00:00Z", coming(12)),
        });
        self.done(app, jun, Method::POST, "/v1/free-busy", Some(question)).await;
        let moved = json!({ "start": { "date": coming(11) } });
        self.done(app, mina, Method::PATCH, &event, Some(moved)).await;
        self.done(app, jun, Method::GET, &event, None).await;
        self.done(app, jun, Method::DELETE, &format!("{event}/join"), None).await;
        self.done(app, mina, Method::DELETE, &event, None).await;
    }

    async fn part(&self, app: &TestApp) {
        let gone = app.person(&format!("gone{}", self.said)).await;
        self.done(app, &gone, Method::PUT, &format!("/v1/users/{}/follow", self.jun.id), None).await;
        let password = json!({ "password": PASSWORD });
        self.done(app, &gone, Method::DELETE, "/v1/me", Some(password)).await;
    }

    async fn look(&self, app: &TestApp) {
        let range = format!("from={}T00:00:00Z&to={}T00:00:00Z", coming(9), coming(12));
        for path in [
            "/v1/feed",
            "/v1/posts",
            "/v1/posts?tag=all",
            "/v1/search?type=posts&q=hello",
            "/v1/search?type=users&q=mina",
            "/v1/search?type=events&q=picnic",
            "/v1/users?query=jun",
            "/v1/notifications",
            "/v1/notifications/unread-count",
            "/v1/notifications?unread=true",
            "/v1/rooms",
            "/v1/me",
            "/v1/calendars",
            "/v1/notifications/preferences",
            "/v1/notifications/push-subscriptions",
            "/v1/auth/sessions",
        ] {
            self.done(app, &self.mina, Method::GET, path, None).await;
        }
        for path in [
            format!("/v1/users/{}", self.jun.id),
            format!("/v1/users/{}/posts", self.jun.id),
            format!("/v1/users/{}/followers", self.jun.id),
            format!("/v1/users/{}/following", self.jun.id),
            format!("/v1/users/{}/friends", self.mina.id),
            format!("/v1/events?{range}"),
            format!("/v1/agenda?{range}&timeZone=Asia/Seoul&layers=posts"),
        ] {
            self.done(app, &self.mina, Method::GET, &path, None).await;
        }
        let told = self.done(app, &self.mina, Method::GET, "/v1/notifications", None).await;
        let read = Some(json!({ "upTo": told["items"][0]["id"] }));
        self.done(app, &self.mina, Method::POST, "/v1/notifications/read", read).await;
    }
}
