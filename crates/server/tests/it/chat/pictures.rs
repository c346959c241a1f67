//! Pictures in messages: whose, for whom, and for how long.

use std::{sync::Arc, time::Duration};

use madang_application::shared::Clock;
use madang_infrastructure::{media::MediaCollector, sql::SqlStore};
use madang_testkit::{PASSWORD, Process, Socket, TestClock, TestServices};
use reqwest::Method;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    identity::export::export,
    media::{form, png, uploaded},
};

on_every_database!(
    g07_pictures_come_with_messages_in_their_order,
    g09_only_pictures_of_ones_own_and_five_of_them,
    g10_pictures_are_for_those_who_are_in_the_room,
    n18_the_export_has_what_one_said_and_showed,
    pictures_stay_as_long_as_their_messages,
);

fn message(words: &str, client: &str, pictures: &[&str]) -> Value {
    json!({ "text": words, "clientId": client, "mediaIds": pictures })
}

async fn show(app: &TestApp, who: &Person, room: &str, client: &str, pictures: &[&str]) -> Value {
    let path = format!("/v1/rooms/{room}/messages");
    app.post(&path).bearer(&who.token).json(message("look", client, pictures)).expect(201).await
}

fn ids(message: &Value) -> Vec<String> {
    message["media"].as_array().unwrap().iter().map(|media| text(&media["id"])).collect()
}

async fn status(app: &TestApp, url: &Value) -> u16 {
    app.get(&text(url)).send().await.status.as_u16()
}

async fn g07_pictures_come_with_messages_in_their_order(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let (one, two) = (uploaded(&app, &mina).await, uploaded(&app, &mina).await);
    let (mut hers, mut his) =
        (Socket::open(app.base(), &mina.token).await, Socket::open(app.base(), &jun.token).await);
    his.subscribe(&room, None).await;
    let said = show(&app, &mina, &room, "1", &[&two, &one]).await;
    assert_eq!(ids(&said), [two.as_str(), one.as_str()]);
    let live = his.until("message").await["message"].clone();
    assert_eq!(ids(&live), [two.as_str(), one.as_str()]);
    for address in ["url", "thumbnailUrl"] {
        assert!(text(&live["media"][0][address]).starts_with(app.base()), "{live}");
        assert_eq!(status(&app, &live["media"][0][address]).await, 200);
    }
    // Over the socket as well, and without any.
    let frame = |client: &str, media: Value| json!({ "type": "message", "roomId": room, "clientId": client, "text": "look", "mediaIds": media });
    hers.send(frame("2", json!([one]))).await;
    hers.until("ack").await;
    assert_eq!(ids(&his.until("message").await["message"]), [one.as_str()]);
    hers.send(frame("3", Value::Null)).await;
    assert_eq!(ids(&his.until("message").await["message"]), [""; 0]);
    // Said again under the same name, it is what it was.
    hers.send(frame("2", json!([]))).await;
    hers.until("ack").await;
    let again = show(&app, &mina, &room, "1", &[]).await;
    assert_eq!((ids(&again), &again["seq"]), (vec![two.clone(), one.clone()], &json!(1)));
    his.silent().await;
    // The history and a client that comes back see the same.
    let history = get(&app, &jun, &format!("/v1/rooms/{room}/messages")).await;
    let shown: Vec<_> = history["items"].as_array().unwrap().iter().map(ids).collect();
    assert_eq!(shown, [vec![two.clone(), one.clone()], vec![one.clone()], vec![]]);
    let mut back = Socket::open(app.base(), &jun.token).await;
    back.subscribe(&room, Some(0)).await;
    assert_eq!(ids(&back.until("message").await["message"]), [two.as_str(), one.as_str()]);
    show(&app, &mina, &room, "4", &[&two]).await;
    let list = get(&app, &jun, "/v1/rooms").await;
    assert_eq!(ids(&list["items"][0]["lastMessage"]), [two.as_str()]);
    assert_eq!(status(&app, &list["items"][0]["lastMessage"]["media"][0]["url"]).await, 200);
}

async fn g09_only_pictures_of_ones_own_and_five_of_them(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let mut own = Vec::new();
    for _ in 0..6 {
        own.push(uploaded(&app, &mina).await);
    }
    let foreign = uploaded(&app, &jun).await;
    let path = format!("/v1/rooms/{room}/messages");
    let nothing = "01890000-0000-7000-8000-000000000000";
    for (media, expected) in [
        (json!(own), vec![("/mediaIds", "platform.too_many_items")]),
        (
            json!([own[0], foreign, own[0], nothing]),
            vec![
                ("/mediaIds/1", "media.unknown_picture"),
                ("/mediaIds/2", "media.repeated_picture"),
                ("/mediaIds/3", "media.unknown_picture"),
            ],
        ),
    ] {
        let body = json!({ "text": "look", "clientId": "1", "mediaIds": media });
        let problem =
            app.post(&path).bearer(&mina.token).json(body).refused(422, "platform.invalid_fields").await;
        let errors = problem["errors"].as_array().unwrap();
        let found: Vec<_> =
            errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect();
        let expected: Vec<_> =
            expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect();
        assert_eq!(found, expected);
    }
    // Words are wanted also beside a picture.
    app.post(&path)
        .bearer(&mina.token)
        .json(message("", "1", &[&own[0]]))
        .refused(422, "platform.invalid_fields")
        .await;
    let mut hers = Socket::open(app.base(), &mina.token).await;
    for (media, code) in [
        (json!(own), "platform.too_many_items"),
        (json!([foreign]), "media.unknown_picture"),
        (json!([own[0], own[0]]), "media.repeated_picture"),
        (json!(["x"]), "chat.malformed_frame"),
        (json!("x"), "chat.malformed_frame"),
    ] {
        hers.send(
            json!({ "type": "message", "roomId": room, "clientId": "1", "text": "x", "mediaIds": media }),
        )
        .await;
        let frame = hers.next().await;
        assert_eq!((&frame["type"], &frame["code"]), (&json!("error"), &json!(code)), "{media}");
    }
    assert_eq!(get(&app, &mina, &path).await["items"], json!([]), "nothing of it was kept");
    // Whoever shows what is not theirs holds up nobody who writes at the same time.
    let calls = (0..20).map(|turn| {
        let pictures = if turn % 4 == 0 { vec![foreign.as_str()] } else { Vec::new() };
        app.post(&path).bearer(&mina.token).json(message("x", &format!("c{turn}"), &pictures)).send()
    });
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 15);
    assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 5);
    let five: Vec<_> = own[..5].iter().map(String::as_str).collect();
    let said = show(&app, &mina, &room, "five", &five).await;
    assert_eq!((ids(&said).len(), &said["seq"]), (5, &json!(16)), "refused messages take no number");
}

async fn g10_pictures_are_for_those_who_are_in_the_room(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let room = open(&app, &mina, &[&jun, &sol]).await;
    let picture = uploaded(&app, &mina).await;
    show(&app, &mina, &room, "1", &[&picture]).await;
    let path = format!("/v1/rooms/{room}/messages");
    let seen = async |who: &Person| get(&app, who, &path).await["items"][0]["media"][0]["url"].clone();
    let (his, hers) = (seen(&jun).await, seen(&sol).await);
    assert_ne!(his, hers, "addresses are made for one person");
    assert_eq!((status(&app, &his).await, status(&app, &hers).await), (200, 200));
    // Nobody makes such an address for somebody else.
    let forged = text(&his).replace(&jun.id, &sol.id);
    assert_eq!(app.get(&forged).send().await.status, 404);
    let bare = text(&his).split('?').next().unwrap().to_owned();
    assert_eq!(app.get(&bare).send().await.status, 404, "a name alone opens nothing");
    app.delete(&format!("/v1/rooms/{room}/members/{}", sol.id)).bearer(&mina.token).expect(204).await;
    assert_eq!(status(&app, &hers).await, 404, "the address ends with the membership");
    assert_eq!(status(&app, &his).await, 200);
    // The same picture may hang in another room, for others.
    let tom = app.person("tom").await;
    let other = open(&app, &mina, &[&tom]).await;
    show(&app, &mina, &other, "1", &[&picture]).await;
    assert_eq!(status(&app, &hers).await, 404);
}

async fn n18_the_export_has_what_one_said_and_showed(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let picture = uploaded(&app, &mina).await;
    show(&app, &mina, &room, "1", &[&picture]).await;
    say(&app, &jun, &room, "his own words", "1").await;
    let files = export(&app, &mina).await;
    let messages: Value = serde_json::from_str(&files["messages.json"]).unwrap();
    assert_eq!(messages.as_array().unwrap().len(), 1, "what others said is theirs");
    assert_eq!(
        (&messages[0]["text"], &messages[0]["roomId"], &messages[0]["seq"], &messages[0]["mediaIds"]),
        (&json!("look"), &json!(room), &json!(1), &json!([picture]))
    );
    let rooms: Value = serde_json::from_str(&files["rooms.json"]).unwrap();
    assert_eq!((&rooms[0]["id"], &rooms[0]["kind"]), (&json!(room), &json!("direct")));
    assert!(files.values().all(|content| !content.contains("his own words")));
}

async fn pictures_stay_as_long_as_their_messages(db: TestDb) {
    let clock = Arc::new(TestClock::at(db.clock.now()));
    let ours = Arc::clone(&clock);
    let adjust = move |registry: &mut madang_container::Registry| {
        registry.replace(move || Arc::clone(&ours) as Arc<dyn Clock>);
    };
    let app = TestApp::start_with(db, |_| {}, adjust).await;
    let (mut mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let (hangs, _goes) = (uploaded(&app, &mina).await, uploaded(&app, &mina).await);
    let said = show(&app, &mina, &room, "1", &[&hangs]).await;
    let container = app.running().container();
    let (collector, store) =
        (container.get::<MediaCollector>().unwrap(), container.get::<SqlStore>().unwrap());
    let collect = async || collector.collect(&CancellationToken::new()).await.unwrap();
    let day = Duration::from_secs(25 * 60 * 60);
    clock.advance(day);
    assert_eq!(collect().await, (1, 2), "the one that hangs nowhere");
    clock.advance(day);
    assert_eq!(collect().await, (0, 0));
    mina.token = text(&app.login(&mina.email, PASSWORD).await["accessToken"]);
    let path = format!("/v1/rooms/{room}/messages");
    let seen = get(&app, &mina, &path).await["items"][0]["media"][0]["url"].clone();
    assert_eq!(status(&app, &seen).await, 200);
    let id: uuid::Uuid = text(&said["id"]).parse().unwrap();
    store.execute("DELETE FROM messages WHERE id = $1", [id.into()]).await.unwrap();
    assert_eq!(status(&app, &seen).await, 200, "it is its owner's");
    clock.advance(day);
    assert_eq!(collect().await, (1, 2), "it went with its message");
    app.stop().await;
}

/// Two processes that share their files: what is shown at one is fetched at the other.
#[tokio::test]
async fn g16_pictures_cross_from_one_process_to_the_other() {
    const BINARY: &str = env!("CARGO_BIN_EXE_madang");
    let Some(services) = TestServices::fresh().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("MADANG__RATE_LIMITS__ENABLED", "false"),
        ("DATABASE_URL", services.database_url()),
        ("REDIS_URL", services.redis_url()),
    ];
    let start = async || Process::start(BINARY, folder.path(), &variables).await.unwrap();
    let (one, two) = (start().await, start().await);
    let (mina, jun) = (one.person("mina").await, two.person("jun").await);
    let (kind, body) = form("file", &png());
    let upload = one.call(Method::POST, "/v1/media").bearer(&mina.token).body(&kind, body);
    let picture = text(&upload.expect(201).await["id"]);
    let opening =
        one.call(Method::POST, "/v1/rooms").bearer(&mina.token).json(json!({ "userIds": [jun.id] }));
    let room = text(&opening.expect(201).await["id"]);
    let mut his = Socket::open(two.base(), &jun.token).await;
    his.subscribe(&room, None).await;
    let path = format!("/v1/rooms/{room}/messages");
    one.call(Method::POST, &path)
        .bearer(&mina.token)
        .json(message("look", "1", &[&picture]))
        .expect(201)
        .await;
    let live = his.until("message").await["message"].clone();
    let url = text(&live["media"][0]["url"]);
    assert!(url.starts_with(two.base()), "{url}");
    let path = url.trim_start_matches(two.base());
    assert_eq!(two.call(Method::GET, path).send().await.status, 200);
}
