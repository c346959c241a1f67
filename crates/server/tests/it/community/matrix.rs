//! N10: every door that shows posts or people, for everything two people can be to each other.

use std::collections::{BTreeMap, BTreeSet};

use madang_testkit::{PASSWORD, Person, Socket, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use super::{
    dated::{default_calendar, event},
    follow, ids, post,
};
use crate::{
    identity::{admin::operator, export::export},
    media::uploaded,
};

on_every_database!(
    n10_every_door_shows_each_relation_what_it_may_see,
    n10_doors_to_people_are_closed_by_blocks_and_suspension,
    n10_nobody_passes_without_a_login,
);

const DAY: &str = "2026-05-05";
const AGENDA: &str =
    "/v1/agenda?from=2026-05-04T15:00:00Z&to=2026-05-05T15:00:00Z&timeZone=Asia/Seoul&layers=posts&limit=100";

/// What each viewer is to the author, what they see by level (public, friends, private), whether
/// it comes to them by itself, and whether they are told.
const RELATIONS: [(&str, [bool; 3], bool, bool); 8] = [
    ("author", [true, true, true], true, false),
    ("friend", [true, true, false], true, true),
    ("fan", [true, false, false], true, true),
    ("idol", [true, false, false], false, true),
    ("stranger", [true, false, false], false, true),
    ("muter", [true, true, false], false, false),
    ("blocked", [false, false, false], false, false),
    ("blocker", [false, false, false], false, false),
];

struct Town {
    app: TestApp,
    people: BTreeMap<&'static str, Person>,
    /// Somebody everybody sees, under whose post the author answers.
    host: Person,
    root: String,
}

impl Town {
    async fn found(db: TestDb) -> Self {
        let app = TestApp::start(db).await;
        let host = app.person("host").await;
        let mut people = BTreeMap::new();
        for (name, ..) in RELATIONS {
            people.insert(name, app.person(name).await);
        }
        let root = post(&app, &host, json!({ "text": "come in", "visibility": "public" })).await;
        let town = Self { app, people, host, root };
        for follower in ["friend", "fan", "muter", "blocked", "blocker"] {
            follow(&town.app, town.who(follower), town.who("author")).await;
        }
        for followee in ["friend", "idol", "muter", "blocked"] {
            follow(&town.app, town.who("author"), town.who(followee)).await;
        }
        for (who, verb, whom) in
            [("author", "block", "blocked"), ("blocker", "block", "author"), ("muter", "mute", "author")]
        {
            let path = format!("/v1/users/{}/{verb}", town.who(whom).id);
            town.app.put(&path).bearer(&town.who(who).token).expect(204).await;
        }
        town
    }

    fn who(&self, name: &str) -> &Person {
        &self.people[name]
    }

    /// The body behind a door, and `null` where it is closed; anything but 200 and 404 is a fault.
    async fn look(&self, who: &Person, path: &str) -> Value {
        let reply = self.app.get(path).bearer(&who.token).send().await;
        match reply.status.as_u16() {
            200 => reply.json(),
            404 => Value::Null,
            other => panic!("{other} from {path}: {}", reply.text()),
        }
    }

    /// Whether this word stands anywhere behind a door.
    async fn finds(&self, who: &Person, path: &str, word: &str) -> bool {
        self.look(who, path).await.to_string().contains(word)
    }
}

/// Everybody's socket, and a person all of them hear.
struct Ears(BTreeMap<&'static str, Socket>);

impl Ears {
    async fn open(town: &Town) -> Self {
        let mut ears = BTreeMap::new();
        for (name, ..) in RELATIONS {
            follow(&town.app, town.who(name), &town.host).await;
            ears.insert(name, Socket::open(town.app.base(), &town.who(name).token).await);
        }
        Self(ears)
    }

    /// Which of these posts somebody heard of before they heard of the last thing the host said, and
    /// at least these.
    async fn heard(&mut self, name: &str, posts: [&str; 3], last: &str, least: bool) -> usize {
        let socket = self.0.get_mut(name).unwrap();
        let mut heard = BTreeSet::new();
        let all = |heard: &BTreeSet<String>| posts.iter().all(|post| heard.contains(*post));
        while !heard.contains(last) || (least && !all(&heard)) {
            heard.insert(text(&socket.until("post").await["postId"]));
        }
        posts.into_iter().filter(|post| heard.contains(*post)).count()
    }
}

/// Something to talk about that everybody sees: the name of an occurrence of an event of the host.
async fn meeting(town: &Town) -> (String, String) {
    let (app, host) = (&town.app, &town.host);
    let calendar = default_calendar(app, host).await;
    for (name, ..) in RELATIONS {
        let member = format!("/v1/calendars/{calendar}/members/{}", town.who(name).id);
        app.put(&member).bearer(&host.token).json(json!({ "role": "reader" })).expect(200).await;
    }
    let id = event(app, host, &calendar, json!(["RRULE:FREQ=WEEKLY;COUNT=3"])).await;
    (id, "2026-05-12T01:00:00Z".to_owned())
}

async fn n10_every_door_shows_each_relation_what_it_may_see(db: TestDb) {
    let town = Town::found(db).await;
    let (app, author) = (&town.app, town.who("author"));
    let mut ears = Ears::open(&town).await;
    let (event, occurrence) = meeting(&town).await;
    let named: String = RELATIONS.iter().map(|(name, ..)| format!("@{name} ")).collect();
    for (place, level) in ["public", "friends", "private"].into_iter().enumerate() {
        let word = format!("문패{level}");
        let picture = uploaded(app, author).await;
        let body = json!({
            "text": format!("전 {word} #door"), "visibility": level, "date": DAY, "mediaIds": [picture],
            "eventId": event, "occurrence": occurrence,
        });
        let id = post(app, author, body).await;
        let edit = json!({ "text": format!("후 {word} #door {named}") });
        app.patch(&format!("/v1/posts/{id}")).bearer(&author.token).json(edit).expect(200).await;
        app.put(&format!("/v1/posts/{id}/like")).bearer(&author.token).expect(204).await;
        let below = json!({ "text": format!("{word} below"), "inReplyTo": id, "visibility": level });
        let below = post(app, author, below).await;
        let answer = json!({ "text": format!("{word} answer"), "inReplyTo": town.root, "visibility": level });
        let answer = post(app, author, answer).await;
        app.settle().await;
        let last = post(app, &town.host, json!({ "text": "so much for that", "visibility": "public" })).await;
        for (name, seen, comes, told) in RELATIONS {
            let (viewer, seen) = (town.who(name), seen[place]);
            let case = format!("{level} for {name}");
            let live = seen && comes && name != "author";
            let heard = ears.heard(name, [&id, &below, &answer], &last, live).await;
            assert_eq!(heard, if live { 3 } else { 0 }, "{case}: live");
            // Where nothing is found, there is no next page of it either.
            let found = town.look(viewer, &format!("/v1/search?type=posts&q={word}&limit=2")).await;
            let count = found["items"].as_array().unwrap().len();
            assert_eq!(
                (count, found["nextCursor"].is_null()),
                (if seen { 2 } else { 0 }, !seen),
                "{case}: count"
            );
            if let Some(url) = town.look(viewer, &format!("/v1/posts/{id}")).await["media"][0]["url"].as_str()
            {
                assert_eq!(app.get(url).send().await.status.as_u16(), 200, "{case}: picture");
            }
            for part in ["", "/edits", "/replies", "/thread", "/likes"] {
                let open = !town.look(viewer, &format!("/v1/posts/{id}{part}")).await.is_null();
                assert_eq!(open, seen, "{case}: {part}");
            }
            // What it was, what is below, and who likes it.
            for (part, inside) in
                [("/edits", "전 "), ("/replies", &*below), ("/thread", &below), ("/likes", &author.id)]
            {
                let found = town.finds(viewer, &format!("/v1/posts/{id}{part}"), inside).await;
                assert_eq!(found, seen, "{case}: {part} holds {inside}");
            }
            let list = format!("/v1/posts?author={}&limit=100", author.id);
            for door in [
                "/v1/posts?limit=100",
                "/v1/posts?tag=door&limit=100",
                "/v1/posts?from=2026-05-05&to=2026-05-06&limit=100",
                "/v1/search?type=posts&q=문패&limit=100",
                &format!("/v1/posts?event={event}&limit=100"),
                &format!("/v1/posts?event={event}&occurrence={occurrence}&limit=100"),
                &*list,
                &format!("/v1/users/{}/posts?limit=100", author.id),
            ] {
                assert_eq!(town.finds(viewer, door, &id).await, seen, "{case}: {door}");
                assert_eq!(town.finds(viewer, door, &picture).await, seen, "{case}: picture at {door}");
            }
            // What comes by itself is of oneself and of those one follows.
            for (door, pictures) in [("/v1/feed?limit=100", true), (AGENDA, false)] {
                assert_eq!(town.finds(viewer, door, &id).await, seen && comes, "{case}: {door}");
                let found = town.finds(viewer, door, &picture).await;
                assert_eq!(found, seen && comes && pictures, "{case}: picture at {door}");
            }
            for part in ["replies", "thread"] {
                let door = format!("/v1/posts/{}/{part}?limit=100", town.root);
                assert_eq!(town.finds(viewer, &door, &answer).await, seen, "{case}: {part} of others");
            }
            let notices = town.look(viewer, "/v1/notifications?limit=100").await;
            let notices = notices["items"].as_array().unwrap();
            let mentions = notices.iter().filter(|notice| notice["postId"] == id.as_str()).count();
            assert_eq!(mentions, usize::from(seen && told), "{case}: notifications");
            let archive: String = export(app, viewer).await.into_values().collect();
            assert_eq!(archive.contains(&word), name == "author", "{case}: export");
            // The doors through which one acts.
            let like = app.put(&format!("/v1/posts/{id}/like")).bearer(&viewer.token).send().await;
            assert_eq!(like.status.as_u16(), if seen { 204 } else { 404 }, "{case}: like");
            let unlike = app.delete(&format!("/v1/posts/{below}/like")).bearer(&viewer.token).send().await;
            assert_eq!(unlike.status.as_u16(), if seen { 204 } else { 404 }, "{case}: unlike");
            let report = app.post(&format!("/v1/posts/{id}/reports")).bearer(&viewer.token);
            let report = report.json(json!({ "reason": "spam" })).send().await.status.as_u16();
            let expected = if name == "author" {
                422
            } else if seen {
                201
            } else {
                404
            };
            assert_eq!(report, expected, "{case}: report");
            let reply = app.post(&format!("/v1/posts/{id}/replies")).bearer(&viewer.token);
            let reply = reply.json(json!({ "text": "hi" })).send().await.status.as_u16();
            assert_eq!(reply, if seen { 201 } else { 404 }, "{case}: reply");
            for (verb, body) in [("PATCH", json!({ "text": "mine" })), ("DELETE", Value::Null)] {
                let call =
                    app.call(verb.parse().unwrap(), &format!("/v1/posts/{answer}")).bearer(&viewer.token);
                let call = if body.is_null() { call } else { call.json(body) };
                if name != "author" {
                    assert_eq!(
                        call.send().await.status.as_u16(),
                        if seen { 403 } else { 404 },
                        "{case}: {verb}"
                    );
                }
            }
        }
        // Counts are the same for everybody and tell of nobody: replies that go with their thread.
        let count = town.look(&town.host, &format!("/v1/posts/{}", town.root)).await;
        assert_eq!(count["replyCount"], 1, "{level}: narrowed answers are not counted");
    }
}

async fn n10_doors_to_people_are_closed_by_blocks_and_suspension(db: TestDb) {
    let town = Town::found(db).await;
    let (app, author, host) = (&town.app, town.who("author"), &town.host);
    let admin = operator(app, "operator").await;
    follow(app, author, host).await;
    follow(app, host, author).await;
    app.put(&format!("/v1/posts/{}/like", town.root)).bearer(&author.token).expect(204).await;
    let body = json!({ "text": "@author", "visibility": "public" });
    let naming = post(app, host, body).await;
    let lists = |list: &str| format!("/v1/users/{}/{list}?limit=100", host.id);
    let check = async |viewer: &Person, open: bool, case: &str| {
        for door in [
            lists("followers"),
            lists("following"),
            lists("friends"),
            format!("/v1/posts/{}/likes?limit=100", town.root),
            format!("/v1/posts/{naming}"),
            "/v1/search?type=users&q=author".to_owned(),
            "/v1/users?query=author".to_owned(),
            format!("/v1/users/{}", author.id),
            "/v1/users/by-nickname/Author".to_owned(),
        ] {
            assert_eq!(town.finds(viewer, &door, &author.id).await, open, "{case}: {door}");
        }
    };
    for (name, ..) in RELATIONS {
        check(town.who(name), !name.starts_with("block"), name).await;
    }
    for name in ["blocked", "blocker"] {
        for list in ["followers", "following", "friends", "posts"] {
            let path = format!("/v1/users/{}/{list}", author.id);
            app.get(&path).bearer(&town.who(name).token).refused(404, "platform.not_found").await;
        }
        let report = app.post(&format!("/v1/users/{}/reports", author.id)).bearer(&town.who(name).token);
        report.json(json!({ "reason": "fraud" })).refused(404, "platform.not_found").await;
    }
    let act = async |action: &str| {
        let path = format!("/v1/admin/users/{}/{action}", author.id);
        app.post(&path).bearer(&admin.token).json(json!({ "reason": "spam" })).expect(200).await;
    };
    act("suspend").await;
    for name in ["friend", "fan", "stranger", "muter", "blocked"] {
        check(town.who(name), false, &format!("suspended, {name}")).await;
    }
    act("reactivate").await;
    check(town.who("friend"), true, "reactivated").await;
    let author = app.login(&author.email, PASSWORD).await;
    let leave = app.delete("/v1/me").bearer(text(&author["accessToken"]));
    leave.json(json!({ "password": PASSWORD })).expect(204).await;
    app.settle().await;
    check(town.who("friend"), false, "withdrawn").await;
    assert!(ids(app, town.who("friend"), &lists("followers")).await.is_empty());
}

async fn n10_nobody_passes_without_a_login(db: TestDb) {
    let town = Town::found(db).await;
    let (root, host) = (&town.root, &town.host.id);
    for path in [
        format!("/v1/posts/{root}"),
        format!("/v1/posts/{root}/edits"),
        format!("/v1/posts/{root}/replies"),
        format!("/v1/posts/{root}/thread"),
        format!("/v1/posts/{root}/likes"),
        "/v1/posts".to_owned(),
        "/v1/feed".to_owned(),
        "/v1/search?type=posts&q=come".to_owned(),
        "/v1/search?type=users&q=host".to_owned(),
        "/v1/search?type=events&q=host".to_owned(),
        AGENDA.to_owned(),
        "/v1/notifications".to_owned(),
        "/v1/me/export".to_owned(),
        "/v1/users?query=host".to_owned(),
        format!("/v1/users/{host}"),
        "/v1/users/by-nickname/host".to_owned(),
        format!("/v1/users/{host}/followers"),
        format!("/v1/users/{host}/following"),
        format!("/v1/users/{host}/friends"),
        format!("/v1/users/{host}/posts"),
    ] {
        town.app.get(&path).refused(401, "platform.unauthenticated").await;
    }
}
