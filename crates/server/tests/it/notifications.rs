//! What people are told, once and at once.

use std::time::Duration;

use madang_application::{
    chat::{Found, RoomRepository, Untold, Waiting},
    notifications::{DigestService, LikeNotices, MessageNotices},
    shared::{Clock, Handles, Tx, UnitOfWork},
};
use madang_domain::{chat::domain_events::MessagesWaiting, community::domain_events::PostLiked};
use madang_infrastructure::sql::SqlStore;
use madang_testkit::{Person, Socket, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

on_every_database!(
    c14_what_happens_arrives_live,
    c15_a_follower_who_is_connected_hears_of_new_posts,
    g13_whoever_is_not_in_the_room_is_told_of_messages,
    g13_each_message_to_whoever_is_away_is_told_once,
    g13_whoever_has_read_before_the_word_arrives_is_not_told,
    likes_of_one_post_are_one_notification_until_it_is_read,
    c14_everything_up_to_an_instant_is_read,
    a_group_is_told_without_those_who_are_blocked_muted_or_gone,
    n28_a_delivery_that_is_repeated_tells_nothing_twice,
    logins_that_ended_are_told_by_the_service,
    preferences_say_what_is_told_and_where,
    bad_preferences_are_refused_with_every_reason,
    a_mail_tells_everything_that_waits_once,
    quiet_hours_hold_mail_back,
);

async fn post(app: &TestApp, author: &Person, visibility: &str) -> String {
    let body = json!({ "text": "hello", "visibility": visibility });
    text(&app.post("/v1/posts").bearer(&author.token).json(body).expect(201).await["id"])
}

async fn follow(app: &TestApp, follower: &Person, followee: &Person) {
    app.put(&format!("/v1/users/{}/follow", followee.id)).bearer(&follower.token).expect(201).await;
}

async fn like(app: &TestApp, who: &Person, post: &str) {
    app.put(&format!("/v1/posts/{post}/like")).bearer(&who.token).expect(204).await;
}

async fn told(app: &TestApp, who: &Person) -> Vec<Value> {
    let page = app.get("/v1/notifications").bearer(&who.token).expect(200).await;
    page["items"].as_array().unwrap().clone()
}

async fn c14_what_happens_arrives_live(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let mut hers = Socket::open(app.base(), &mina.token).await;
    let mut hers_too = Socket::open(app.base(), &mina.token).await;
    let mut his = Socket::open(app.base(), &jun.token).await;
    follow(&app, &jun, &mina).await;
    let frame = hers.next().await;
    let notification = &frame["notification"];
    assert_eq!(
        (&frame["type"], &notification["kind"], &notification["actor"]["nickname"]),
        (&json!("notification"), &json!("follow"), &json!("jun"))
    );
    assert_eq!(hers_too.next().await, frame, "every device is told");
    assert_eq!(
        told(&app, &mina).await,
        std::slice::from_ref(notification),
        "the frame and the list say the same"
    );
    let id = post(&app, &mina, "public").await;
    assert_eq!(his.until("post").await["postId"], id.as_str());
    like(&app, &jun, &id).await;
    assert_eq!(hers.next().await["notification"]["kind"], "like");
    hers_too.next().await;
    let words = json!({ "text": "me too" });
    let reply = app.post(&format!("/v1/posts/{id}/replies")).bearer(&jun.token).json(words);
    reply.expect(201).await;
    for socket in [&mut hers, &mut hers_too] {
        let told = &socket.until("notification").await["notification"];
        assert_eq!((&told["kind"], &told["actor"]["nickname"]), (&json!("reply"), &json!("jun")));
    }
    for socket in [&mut hers, &mut hers_too, &mut his] {
        assert_eq!(socket.within(Duration::from_millis(900)).await, Ok(None), "each is told once");
    }
}

async fn c15_a_follower_who_is_connected_hears_of_new_posts(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    follow(&app, &jun, &mina).await;
    app.settle().await;
    let mut his = Socket::open(app.base(), &jun.token).await;
    let mut hers = Socket::open(app.base(), &sol.token).await;
    post(&app, &mina, "private").await;
    post(&app, &mina, "friends").await;
    let id = post(&app, &mina, "public").await;
    let frame = his.next().await;
    assert_eq!(
        (&frame["type"], &frame["postId"], &frame["inReplyTo"]),
        (&json!("post"), &json!(id), &Value::Null)
    );
    assert_eq!(frame["author"]["nickname"], "mina");
    let reply = app
        .post(&format!("/v1/posts/{id}/replies"))
        .bearer(&mina.token)
        .json(json!({ "text": "and one more thing" }))
        .expect(201)
        .await;
    let frame = his.next().await;
    assert_eq!((&frame["postId"], &frame["inReplyTo"]), (&reply["id"], &json!(id)));
    assert_eq!(hers.within(Duration::from_millis(900)).await, Ok(None), "only followers hear of it");
}

async fn g13_whoever_is_not_in_the_room_is_told_of_messages(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let (sol, tom) = (app.person("sol").await, app.person("tom").await);
    let body = json!({ "userIds": [jun.id, sol.id], "title": "picnic" });
    let room = text(&app.post("/v1/rooms").bearer(&mina.token).json(body).expect(201).await["id"]);
    let mut away = Socket::open(app.base(), &jun.token).await;
    let mut inside = Socket::open(app.base(), &sol.token).await;
    let mut foreign = Socket::open(app.base(), &tom.token).await;
    inside.send(json!({ "type": "subscribe", "roomId": room, "presence": true })).await;
    // It is written down now who is in the room.
    assert_eq!(inside.until("presence").await["userIds"], json!([sol.id]));
    let say = async |client: &str| {
        let body = json!({ "text": "who brings kimbap?", "clientId": client });
        app.post(&format!("/v1/rooms/{room}/messages")).bearer(&mina.token).json(body).expect(201).await
    };
    say("1").await;
    say("2").await;
    let alert = &counted(&mut away, 2).await;
    assert_eq!(
        (&alert["kind"], &alert["roomId"], &alert["actor"]["nickname"]),
        (&json!("message"), &json!(room), &json!("mina"))
    );
    assert!(text(&alert["createdAt"]).ends_with('Z'));
    inside.until("message").await;
    inside.until("message").await;
    assert_eq!(
        inside.within(Duration::from_millis(900)).await,
        Ok(None),
        "whoever is in the room sees it there"
    );
    assert_eq!(foreign.within(Duration::from_millis(100)).await, Ok(None));
    say("3").await;
    counted(&mut away, 3).await;
    app.put(&format!("/v1/rooms/{room}/read")).bearer(&jun.token).json(json!({ "seq": 3 })).expect(204).await;
    let unread = async || app.get("/v1/notifications/unread-count").bearer(&jun.token).expect(200).await;
    app.settle().await;
    assert_eq!(unread().await["count"], 0, "whoever read in the room need not read of it once more");
    say("4").await;
    counted(&mut away, 1).await;
    assert_eq!((told(&app, &jun).await.len(), unread().await["count"].clone()), (2, json!(1)));
    assert!(told(&app, &mina).await.is_empty() && told(&app, &sol).await.is_empty());
}

/// The notification of a room's messages that says there are so many; the ones before say less.
async fn counted(socket: &mut Socket, count: i64) -> Value {
    let mut told = 0;
    loop {
        let frame = socket.next().await;
        let alert = &frame["notification"];
        assert_eq!((&frame["type"], &alert["kind"]), (&json!("notification"), &json!("message")));
        let so_many = alert["count"].as_i64().unwrap();
        assert!(told < so_many && so_many <= count, "{so_many} after {told} of {count}");
        told = so_many;
        if told == count {
            return alert.clone();
        }
    }
}

async fn g13_each_message_to_whoever_is_away_is_told_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let body = json!({ "userIds": [jun.id, sol.id] });
    let room = text(&app.post("/v1/rooms").bearer(&mina.token).json(body).expect(201).await["id"]);
    let mut away = Socket::open(app.base(), &jun.token).await;
    let say = async |who: &Person, client: &str| {
        let body = json!({ "text": "who brings kimbap?", "clientId": client });
        app.post(&format!("/v1/rooms/{room}/messages")).bearer(&who.token).json(body).expect(201).await
    };
    let unread = async || {
        let count = app.get("/v1/notifications/unread-count").bearer(&jun.token).expect(200).await;
        count["count"].as_i64().unwrap()
    };
    // One after the other, by several people: each makes itself heard, as one notification.
    for (number, who) in (1..).zip([&mina, &sol, &mina]) {
        say(who, &number.to_string()).await;
        let alert = counted(&mut away, number).await;
        assert_eq!(alert["actor"]["id"], who.id.as_str());
    }
    let items = told(&app, &jun).await;
    assert_eq!((items.len(), &items[0]["count"], unread().await), (1, &json!(3), 1));
    // What jun does not read in the room he may put aside; the next message is told anew.
    app.post("/v1/notifications/read").bearer(&jun.token).json(json!({})).expect(204).await;
    assert_eq!(unread().await, 0);
    say(&mina, "4").await;
    counted(&mut away, 1).await;
    assert_eq!((told(&app, &jun).await.len(), unread().await), (2, 1));
    // Without whoever is blocked, there are fewer.
    say(&sol, "5").await;
    counted(&mut away, 2).await;
    app.put(&format!("/v1/users/{}/block", sol.id)).bearer(&jun.token).expect(204).await;
    let items = told(&app, &jun).await;
    assert_eq!((&items[0]["count"], &items[1]["count"]), (&json!(1), &json!(2)));
    // As long as something waits that was told of, it is unread.
    let read = async |seq: i64| {
        let path = format!("/v1/rooms/{room}/read");
        app.put(&path).bearer(&jun.token).json(json!({ "seq": seq })).expect(204).await;
        app.settle().await;
        unread().await
    };
    assert_eq!((read(3).await, read(5).await), (1, 0));
    // A word that comes a second time counts nothing.
    let container = app.running().container();
    let (notices, uow) = (container.get::<MessageNotices>().unwrap(), container.get::<UnitOfWork>().unwrap());
    for number in 6..=8 {
        say(&mina, &number.to_string()).await;
    }
    counted(&mut away, 3).await;
    let waiting = MessagesWaiting {
        room: room.parse().unwrap(),
        user: jun.id.parse().unwrap(),
        sender: mina.id.parse().unwrap(),
        after: Some(7),
        seq: 8,
    };
    for _ in 0..3 {
        uow.run(async |tx| notices.handle(tx, waiting.clone()).await).await.unwrap();
    }
    assert_eq!(told(&app, &jun).await[0]["count"], 3);
}

async fn a_group_is_told_without_those_who_are_blocked_muted_or_gone(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let people = [app.person("jun").await, app.person("sol").await, app.person("bom").await];
    let id = post(&app, &mina, "public").await;
    for person in &people {
        like(&app, person, &id).await;
        app.settle().await;
    }
    let shown = async || {
        let told = told(&app, &mina).await;
        told.iter()
            .map(|told| (text(&told["actor"]["nickname"]), told["count"].as_i64().unwrap()))
            .collect::<Vec<_>>()
    };
    let group = |name: &str, count: i64| vec![(name.to_owned(), count)];
    assert_eq!(shown().await, group("bom", 3));
    let [jun, sol, bom] = &people;
    let relation =
        |what: &str, whom: &Person| app.put(&format!("/v1/users/{}/{what}", whom.id)).bearer(&mina.token);
    relation("block", bom).expect(204).await;
    assert_eq!(shown().await, group("sol", 2));
    relation("mute", sol).expect(204).await;
    assert_eq!(shown().await, group("jun", 1));
    app.delete(&format!("/v1/users/{}/block", bom.id)).bearer(&mina.token).expect(204).await;
    assert_eq!(shown().await, group("bom", 2));
    let gone = json!({ "password": madang_testkit::PASSWORD });
    app.delete("/v1/me").bearer(&bom.token).json(gone).expect(204).await;
    app.settle().await;
    assert_eq!(shown().await, group("jun", 1));
    relation("block", jun).expect(204).await;
    assert!(shown().await.is_empty());
    assert_eq!(
        app.get("/v1/notifications/unread-count").bearer(&mina.token).expect(200).await["count"],
        json!(0)
    );
}

async fn g13_whoever_has_read_before_the_word_arrives_is_not_told(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let body = json!({ "userIds": [jun.id] });
    let room = text(&app.post("/v1/rooms").bearer(&mina.token).json(body).expect(201).await["id"]);
    let say = async |number: i64| {
        let body = json!({ "text": "kimbap?", "clientId": number.to_string() });
        app.post(&format!("/v1/rooms/{room}/messages")).bearer(&mina.token).json(body).expect(201).await
    };
    say(1).await;
    say(2).await;
    let read = async |seq: i64| {
        let body = json!({ "seq": seq });
        app.put(&format!("/v1/rooms/{room}/read")).bearer(&jun.token).json(body).expect(204).await;
    };
    let unread = async || app.get("/v1/notifications/unread-count").bearer(&jun.token).expect(200).await;
    read(2).await;
    // The word that messages wait was on its way all the time, and arrives only now.
    let container = app.running().container();
    let (notices, uow) = (container.get::<MessageNotices>().unwrap(), container.get::<UnitOfWork>().unwrap());
    let arrives = async |seq: i64| {
        let waiting = MessagesWaiting {
            room: room.parse().unwrap(),
            user: jun.id.parse().unwrap(),
            sender: mina.id.parse().unwrap(),
            after: None,
            seq,
        };
        uow.run(async |tx| notices.handle(tx, waiting.clone()).await).await.unwrap();
    };
    arrives(1).await;
    arrives(2).await;
    app.settle().await;
    assert_eq!(unread().await["count"], 0, "nobody would ever read that");
    say(3).await;
    // Whoever left the room meanwhile is not called back, and nobody who never was in it.
    let stranger = app.person("sol").await;
    let waiting = MessagesWaiting {
        room: room.parse().unwrap(),
        user: stranger.id.parse().unwrap(),
        sender: mina.id.parse().unwrap(),
        after: None,
        seq: 1,
    };
    uow.run(async |tx| notices.handle(tx, waiting.clone()).await).await.unwrap();
    assert!(told(&app, &stranger).await.is_empty());
    arrives(3).await;
    assert_eq!(unread().await["count"], 1, "the third does wait");
}

/// Reading and the word that messages wait, in any order and at once: nothing stays unread.
#[tokio::test(flavor = "multi_thread")]
async fn g13_reading_and_the_word_of_it_race_and_leave_nothing_unread() {
    let Some(db) = TestDb::postgres().await else { return };
    let app = TestApp::start(db).await;
    let twin = app.beside(|_| {}).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let body = json!({ "userIds": [jun.id] });
    let room = text(&app.post("/v1/rooms").bearer(&mina.token).json(body).expect(201).await["id"]);
    let container = app.running().container();
    let (uow, rooms) = (container.get::<UnitOfWork>().unwrap(), container.get::<SqlStore>().unwrap());
    for number in 1..=12 {
        let body = json!({ "text": "kimbap?", "clientId": number.to_string() });
        app.post(&format!("/v1/rooms/{room}/messages")).bearer(&mina.token).json(body).expect(201).await;
        // Told as if nobody had been given time to read, by one process; read at the other.
        let telling = async {
            let told = MessagesWaiting {
                room: room.parse().unwrap(),
                user: jun.id.parse().unwrap(),
                sender: mina.id.parse().unwrap(),
                after: None,
                seq: number,
            };
            let work = async |tx: &mut Tx| {
                let one = Waiting { user: told.user, sender: told.sender, seq: number, after: number - 1 };
                let found = Found { waiting: vec![one], again_at: None };
                let room = Untold { room: told.room.into(), told: number - 1, last: number };
                rooms.told(tx, &room, &found).await?;
                tx.publish(&told)
            };
            uow.run(work).await.unwrap();
            app.settle().await;
        };
        let reading = async {
            let body = json!({ "seq": number });
            twin.put(&format!("/v1/rooms/{room}/read")).bearer(&jun.token).json(body).expect(204).await;
            twin.settle().await;
        };
        tokio::join!(telling, reading);
        app.settle().await;
        twin.settle().await;
        let count = app.get("/v1/notifications/unread-count").bearer(&jun.token).expect(200).await;
        assert_eq!(count["count"], 0, "after message {number}");
    }
    twin.stop().await;
    app.stop().await;
}

async fn likes_of_one_post_are_one_notification_until_it_is_read(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let (sol, tom) = (app.person("sol").await, app.person("tom").await);
    let (one, other) = (post(&app, &mina, "public").await, post(&app, &mina, "public").await);
    for who in [&jun, &sol] {
        like(&app, who, &one).await;
    }
    like(&app, &jun, &other).await;
    app.settle().await;
    let items = told(&app, &mina).await;
    assert_eq!(items.len(), 2);
    let group = items.iter().find(|item| item["postId"] == one.as_str()).unwrap();
    assert_eq!(group["count"], 2);
    let count = app.get("/v1/notifications/unread-count").bearer(&mina.token).expect(200).await;
    assert_eq!(count["count"], 2);
    app.post("/v1/notifications/read")
        .bearer(&mina.token)
        .json(json!({ "upTo": items[0]["id"] }))
        .expect(204)
        .await;
    like(&app, &tom, &one).await;
    // Taking it back and liking again is no news.
    app.delete(&format!("/v1/posts/{one}/like")).bearer(&jun.token).expect(204).await;
    like(&app, &jun, &one).await;
    app.settle().await;
    let items = told(&app, &mina).await;
    assert_eq!(items.len(), 3);
    assert_eq!((&items[0]["actor"]["nickname"], &items[0]["count"]), (&json!("tom"), &json!(1)));
}

async fn c14_everything_up_to_an_instant_is_read(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    for _ in 0..3 {
        like(&app, &jun, &post(&app, &mina, "public").await).await;
        app.settle().await;
    }
    let read =
        |up_to: &Value| app.post("/v1/notifications/read").bearer(&mina.token).json(json!({ "upTo": up_to }));
    let unread = async || {
        let items = told(&app, &mina).await;
        items.iter().map(|item| item["readAt"].is_null()).collect::<Vec<_>>()
    };
    let items = told(&app, &mina).await;
    read(&items[2]["createdAt"]).expect(204).await;
    assert_eq!(unread().await, [true, true, false], "newest first");
    // Another way to write the same.
    let local = text(&items[1]["createdAt"]).replace('Z', "+00:00");
    read(&json!(local)).expect(204).await;
    assert_eq!(unread().await, [true, false, false]);
    for bad in ["yesterday", "2026-11-21", ""] {
        let problem = read(&json!(bad)).refused(422, "platform.invalid_fields").await;
        assert_eq!(problem["errors"][0]["pointer"], "/upTo", "{bad}");
    }
    read(&json!(7)).expect(400).await;
    assert_eq!(unread().await, [true, false, false]);
}

async fn n28_a_delivery_that_is_repeated_tells_nothing_twice(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let id = post(&app, &mina, "public").await;
    let event = PostLiked {
        post: id.parse().unwrap(),
        author: mina.id.parse().unwrap(),
        liker: jun.id.parse().unwrap(),
    };
    let container = app.running().container();
    let (handler, uow) = (container.get::<LikeNotices>().unwrap(), container.get::<UnitOfWork>().unwrap());
    for _ in 0..5 {
        uow.run(async |tx| handler.handle(tx, event.clone()).await).await.unwrap();
    }
    let items = told(&app, &mina).await;
    assert_eq!((items.len(), &items[0]["count"]), (1, &json!(1)));
}

async fn logins_that_ended_are_told_by_the_service(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    app.login(&mina.email, madang_testkit::PASSWORD).await;
    let body =
        json!({ "currentPassword": madang_testkit::PASSWORD, "newPassword": "another-Horse7-battery" });
    app.put("/v1/me/password").bearer(&mina.token).json(body).expect(204).await;
    app.settle().await;
    let pair = app.login(&mina.email, "another-Horse7-battery").await;
    let page = app.get("/v1/notifications").bearer(text(&pair["accessToken"])).expect(200).await;
    assert_eq!((&page["items"][0]["kind"], &page["items"][0]["actor"]), (&json!("security"), &Value::Null));
}

async fn preferences_say_what_is_told_and_where(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let path = "/v1/notifications/preferences";
    app.get(path).refused(401, "platform.unauthenticated").await;
    let first = app.get(path).bearer(&mina.token).send().await;
    let usual = first.expect(200);
    assert_eq!(usual["quietHours"], Value::Null);
    let choice = |kinds: &Value, kind: &str| {
        kinds.as_array().unwrap().iter().find(|choice| choice["kind"] == kind).unwrap().clone()
    };
    assert_eq!(
        choice(&usual["kinds"], "like"),
        json!({ "kind": "like", "inApp": true, "email": false, "push": true })
    );
    let etag = first.header("etag").unwrap().to_owned();
    let wanted = json!({
        "kinds": [{ "kind": "follow", "inApp": false, "email": false, "push": true }],
        "quietHours": { "from": "22:00", "to": "07:00", "timeZone": "Asia/Seoul" },
    });
    let put = |etag: &str| app.put(path).bearer(&mina.token).header("if-match", etag).json(wanted.clone());
    let replaced = put(&etag).expect(200).await;
    assert_eq!(replaced["quietHours"], wanted["quietHours"]);
    assert_eq!(app.get(path).bearer(&mina.token).expect(200).await, replaced);
    put(&etag).refused(412, "platform.precondition_failed").await;
    follow(&app, &jun, &mina).await;
    let id = post(&app, &mina, "public").await;
    like(&app, &jun, &id).await;
    app.settle().await;
    let kinds: Vec<_> = told(&app, &mina).await.iter().map(|item| text(&item["kind"])).collect();
    assert_eq!(kinds, ["like"]);
    // Those left out are as usual again.
    let cleared =
        app.put(path).bearer(&mina.token).json(json!({ "kinds": [], "quietHours": null })).expect(200).await;
    assert_eq!(cleared, usual);
}

async fn bad_preferences_are_refused_with_every_reason(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let body = json!({
        "kinds": [
            { "kind": "like", "inApp": true, "email": true, "push": true },
            { "kind": "like", "inApp": false, "email": true, "push": true },
            { "kind": "applause", "inApp": true, "email": true, "push": true },
        ],
        "quietHours": { "from": "22:00", "to": "22:00", "timeZone": "Moon/Base" },
    });
    let problem = app
        .put("/v1/notifications/preferences")
        .bearer(&mina.token)
        .json(body)
        .refused(422, "platform.invalid_fields")
        .await;
    let mut pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| text(&error["pointer"])).collect();
    pointers.sort();
    assert_eq!(pointers, ["/kinds/1/kind", "/kinds/2/kind", "/quietHours/timeZone", "/quietHours/to"]);
}

async fn a_mail_tells_everything_that_waits_once(db: TestDb) {
    let app = TestApp::start_with(db, |config| config.notifications.digest_minutes = 0, |_| {}).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let choice = |kind: &str| json!({ "kind": kind, "inApp": true, "email": true, "push": true });
    let wanted = json!({ "kinds": [choice("like"), choice("follow"), choice("reply")], "quietHours": null });
    app.put("/v1/notifications/preferences").bearer(&mina.token).json(wanted).expect(200).await;
    let (one, other) = (post(&app, &mina, "public").await, post(&app, &mina, "public").await);
    follow(&app, &jun, &mina).await;
    // The mail names who was heard of last, and deliveries keep no order of their own.
    for who in [&jun, &sol] {
        like(&app, who, &one).await;
        app.settle().await;
    }
    like(&app, &jun, &other).await;
    app.settle().await;
    // What was read needs no mail.
    let items = told(&app, &mina).await;
    let read = items.iter().find(|item| item["postId"] == other.as_str()).unwrap();
    app.post("/v1/notifications/read")
        .bearer(&mina.token)
        .json(json!({ "ids": [read["id"]] }))
        .expect(204)
        .await;
    // The worker of the program may have been quicker.
    let quicker = !app.mails_to(&mina.email).await.is_empty();
    let digests = app.running().container().get::<DigestService>().unwrap();
    while digests.write().await.unwrap() {}
    let mails = app.mails_to(&mina.email).await;
    let all: Vec<_> =
        mails.iter().flat_map(|mail| mail.text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let lines = |needle: &str| all.iter().filter(|line| line.contains(needle)).count();
    assert!(lines("jun") == 1 || quicker, "{all:?}");
    assert_eq!(lines("sol"), 1, "{all:?}");
    assert!(all.iter().any(|line| line.contains("sol") && line.contains('1')), "one more likes it: {all:?}");
}

async fn quiet_hours_hold_mail_back(db: TestDb) {
    let app = TestApp::start_with(db, |config| config.notifications.digest_minutes = 0, |_| {}).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    // All day but the minute before last.
    let now = app.running().container().get::<dyn Clock>().unwrap().now().seconds() / 60;
    let clock = |minute: i64| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
    let wanted = json!({
        "kinds": [{ "kind": "follow", "inApp": true, "email": true, "push": true }],
        "quietHours": { "from": clock(now + 24 * 60 - 1), "to": clock(now + 24 * 60 - 2), "timeZone": "UTC" },
    });
    app.put("/v1/notifications/preferences").bearer(&mina.token).json(wanted).expect(200).await;
    follow(&app, &jun, &mina).await;
    app.settle().await;
    assert_eq!(told(&app, &mina).await.len(), 1, "the list is quiet by itself");
    let digests = app.running().container().get::<DigestService>().unwrap();
    assert!(!digests.write().await.unwrap());
    assert!(app.mails_to(&mina.email).await.is_empty());
}
