//! Opening rooms, who is in them, and the list of one's own.

use std::time::Duration;

use madang_application::{
    chat::RoomRepository,
    shared::{Tx, UnitOfWork, new_id},
};
use madang_domain::{
    chat::{Message, Room, RoomKind},
    shared::Timestamp,
};
use madang_infrastructure::sql::{SqlStore, execute};
use madang_testkit::Socket;
use reqwest::Method;

use super::*;

on_every_database!(
    a_pair_has_one_room,
    blocked_people_open_no_room_and_write_no_word,
    h06_nobody_writes_to_somebody_suspended,
    bad_rooms_are_refused_with_every_reason,
    groups_have_members_that_come_and_go,
    an_event_has_one_room_for_whoever_sees_it,
    n10_whoever_sees_the_event_no_longer_is_out_of_its_room,
    n10_the_room_of_an_event_is_for_whoever_reads_it,
    b04_whoever_looks_sees_people_as_they_are_now,
    g11_a_kind_that_somebody_else_brings_needs_no_change_here,
    g03_own_rooms_only_the_latest_first,
    g15_unread_rooms_the_longest_wait_first,
    twenty_people_open_one_room,
);

async fn a_pair_has_one_room(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let body = |other: &Person| json!({ "userIds": [other.id] });
    app.post("/v1/rooms").json(body(&jun)).refused(401, "platform.unauthenticated").await;
    let created = app.post("/v1/rooms").bearer(&mina.token).json(body(&jun)).send().await;
    let room = created.expect(201);
    assert_eq!(created.header("location").unwrap(), format!("/v1/rooms/{}", text(&room["id"])));
    assert_eq!((&room["kind"], &room["peer"]["nickname"]), (&json!("direct"), &json!("jun")));
    assert_eq!(
        (&room["lastSeq"], &room["memberCount"], &room["lastMessage"]),
        (&json!(0), &json!(2), &Value::Null)
    );
    let again = app.post("/v1/rooms").bearer(&jun.token).json(body(&mina)).expect(200).await;
    assert_eq!((&again["id"], &again["peer"]["nickname"]), (&room["id"], &json!("mina")));
    // Nobody enters or leaves the room of two.
    let sol = app.person("sol").await;
    let member = |person: &Person| format!("/v1/rooms/{}/members/{}", text(&room["id"]), person.id);
    app.put(&member(&sol)).bearer(&mina.token).refused(409, "chat.fixed_members").await;
    app.delete(&member(&mina)).bearer(&mina.token).refused(409, "chat.fixed_members").await;
}

async fn blocked_people_open_no_room_and_write_no_word(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let room = open(&app, &mina, &[&jun]).await;
    app.put(&format!("/v1/users/{}/block", mina.id)).bearer(&jun.token).expect(204).await;
    app.put(&format!("/v1/users/{}/block", mina.id)).bearer(&sol.token).expect(204).await;
    for (who, other) in [(&mina, &sol), (&sol, &mina), (&mina, &jun)] {
        let problem = app
            .post("/v1/rooms")
            .bearer(&who.token)
            .json(json!({ "userIds": [other.id] }))
            .refused(422, "platform.invalid_fields")
            .await;
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!("/userIds/0"), &json!("chat.unknown_user"))
        );
    }
    for who in [&mina, &jun] {
        app.post(&format!("/v1/rooms/{room}/messages"))
            .bearer(&who.token)
            .json(json!({ "text": "hello?", "clientId": "1" }))
            .refused(403, "chat.cannot_write")
            .await;
        let view = app.get(&format!("/v1/rooms/{room}")).bearer(&who.token).expect(200).await;
        assert_eq!(view["writeRefusal"], "chat.cannot_write");
    }
    // A group stays a group, but nobody brings in whom they cannot talk to.
    let group =
        app.post("/v1/rooms").bearer(&mina.token).json(json!({ "userIds": [], "title": "us" })).send().await;
    group.expect(422);
    let tom = app.person("tom").await;
    let group = app
        .post("/v1/rooms")
        .bearer(&mina.token)
        .json(json!({ "userIds": [tom.id], "title": "us" }))
        .expect(201)
        .await;
    let path = format!("/v1/rooms/{}/members/{}", text(&group["id"]), sol.id);
    app.put(&path).bearer(&mina.token).refused(404, "platform.not_found").await;
}

async fn h06_nobody_writes_to_somebody_suspended(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = crate::identity::admin::operator(&app, "operator").await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let (room, group) = (open(&app, &mina, &[&jun]).await, open(&app, &mina, &[&jun, &sol]).await);
    let say = async |room: &str, client: &str| {
        let said = json!({ "text": "hello?", "clientId": client });
        app.post(&format!("/v1/rooms/{room}/messages")).bearer(&mina.token).json(said).send().await
    };
    let refusals = async || {
        let rooms = app.get("/v1/rooms").bearer(&mina.token).expect(200).await;
        let mut refusals = std::collections::BTreeMap::new();
        for view in rooms["items"].as_array().unwrap() {
            let path = format!("/v1/rooms/{}", text(&view["id"]));
            let alone = app.get(&path).bearer(&mina.token).expect(200).await;
            assert_eq!(alone["writeRefusal"], view["writeRefusal"]);
            refusals.insert(text(&view["id"]), view["writeRefusal"].clone());
        }
        [refusals[&room].clone(), refusals[&group].clone()]
    };
    say(&room, "1").await.expect(201);
    assert_eq!(refusals().await, [Value::Null, Value::Null]);
    let act = async |action: &str| {
        let path = format!("/v1/admin/users/{}/{action}", jun.id);
        app.post(&path).bearer(&admin.token).json(json!({ "reason": "spam" })).expect(200).await;
    };
    act("suspend").await;
    assert_eq!(say(&room, "2").await.expect(403)["code"], "chat.peer_suspended");
    assert_eq!(say(&room, "1").await.expect(201)["seq"], 1, "what was said is said");
    say(&group, "1").await.expect(201);
    assert_eq!(refusals().await, [json!("chat.peer_suspended"), Value::Null]);
    let page = app.get(&format!("/v1/rooms/{room}/messages")).bearer(&mina.token).expect(200).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    act("reactivate").await;
    assert_eq!(say(&room, "2").await.expect(201)["seq"], 2);
    assert_eq!(refusals().await, [Value::Null, Value::Null]);
}

async fn bad_rooms_are_refused_with_every_reason(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let nobody = "019a0000-0000-7000-8000-000000000000";
    for (body, expected) in [
        (json!({}), vec![("/userIds", "chat.whom_or_what")]),
        (json!({ "userIds": [nobody], "eventId": nobody }), vec![("/eventId", "chat.whom_or_what")]),
        (json!({ "eventId": nobody, "title": "x" }), vec![("/title", "chat.whom_or_what")]),
        (
            json!({ "userIds": [mina.id, nobody] }),
            vec![("/userIds/0", "chat.oneself"), ("/userIds/1", "chat.unknown_user")],
        ),
        (
            json!({ "userIds": [], "title": "", "mood": 1 }),
            vec![
                ("/mood", "platform.unknown_field"),
                ("/title", "platform.required"),
                ("/userIds", "platform.too_few_items"),
            ],
        ),
    ] {
        let problem = app
            .post("/v1/rooms")
            .bearer(&mina.token)
            .json(body.clone())
            .refused(422, "platform.invalid_fields")
            .await;
        let errors = problem["errors"].as_array().unwrap();
        let mut found: Vec<_> =
            errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect();
        found.sort();
        let expected: Vec<_> =
            expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect();
        assert_eq!(found, expected, "{body}");
    }
    // What is hidden is as if it were not there.
    let unseen = app.post("/v1/rooms").bearer(&mina.token).json(json!({ "eventId": nobody }));
    unseen.refused(404, "platform.not_found").await;
    app.get("/v1/rooms/nothing").bearer(&mina.token).refused(404, "platform.not_found").await;
    app.get(&format!("/v1/rooms/{nobody}")).bearer(&mina.token).refused(404, "platform.not_found").await;
}

async fn groups_have_members_that_come_and_go(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let room = open(&app, &mina, &[&jun, &sol]).await;
    let path = format!("/v1/rooms/{room}/members");
    let names = |page: Value| {
        let mut names: Vec<_> =
            page["items"].as_array().unwrap().iter().map(|item| text(&item["user"]["nickname"])).collect();
        names.sort();
        names
    };
    assert_eq!(names(get(&app, &jun, &path).await), ["jun", "mina", "sol"]);
    let member = |person: &Person| format!("{path}/{}", person.id);
    let tom = app.person("tom").await;
    app.get(&path).bearer(&tom.token).refused(403, "chat.not_a_member").await;
    app.put(&member(&tom)).bearer(&tom.token).refused(403, "chat.not_a_member").await;
    for _ in 0..2 {
        app.put(&member(&tom)).bearer(&jun.token).expect(204).await;
    }
    assert_eq!(get(&app, &tom, &format!("/v1/rooms/{room}")).await["memberCount"], 4);
    // Only the opener sends others out; everybody may go.
    app.delete(&member(&tom)).bearer(&jun.token).refused(403, "chat.not_the_opener").await;
    for _ in 0..2 {
        app.delete(&member(&tom)).bearer(&mina.token).expect(204).await;
    }
    app.delete(&member(&sol)).bearer(&sol.token).expect(204).await;
    app.get(&format!("/v1/rooms/{room}")).bearer(&sol.token).refused(403, "chat.not_a_member").await;
    let list = get(&app, &sol, "/v1/rooms").await;
    assert_eq!(list["items"], json!([]));
    assert_eq!(names(get(&app, &jun, &path).await), ["jun", "mina"]);
    let page = get(&app, &jun, &format!("{path}?limit=1")).await;
    let next = text(&page["nextCursor"]);
    let rest = get(&app, &jun, &format!("{path}?limit=1&cursor={next}")).await;
    let (one, other) = (names(page), names(rest));
    assert_ne!(one, other);
}

async fn an_event_has_one_room_for_whoever_sees_it(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let calendars = get(&app, &mina, "/v1/calendars").await;
    let calendar = text(&calendars["items"][0]["id"]);
    let event = |visibility: &str| {
        json!({
            "title": "Picnic", "visibility": visibility,
            "start": { "dateTime": "2026-12-01T10:00:00", "timeZone": "Asia/Seoul" },
            "end": { "dateTime": "2026-12-01T11:00:00", "timeZone": "Asia/Seoul" },
        })
    };
    let path = format!("/v1/calendars/{calendar}/events");
    let picnic = app.post(&path).bearer(&mina.token).json(event("private")).expect(201).await;
    let body = json!({ "eventId": picnic["id"] });
    let room = app.post("/v1/rooms").bearer(&mina.token).json(body.clone()).expect(201).await;
    assert_eq!((&room["kind"], &room["eventId"]), (&json!("event"), &picnic["id"]));
    let again = app.post("/v1/rooms").bearer(&mina.token).json(body.clone()).expect(200).await;
    assert_eq!((&again["id"], &again["memberCount"]), (&room["id"], &json!(1)));
    let enter = |who: &Person| app.post("/v1/rooms").bearer(&who.token).json(body.clone());
    enter(&jun).refused(404, "platform.not_found").await;
    let path = format!("/v1/rooms/{}", text(&room["id"]));
    app.get(&path).bearer(&jun.token).refused(403, "chat.not_a_member").await;
    // A guest sees the event, and so may enter, but does not become its owner.
    let guest = format!("/v1/events/{}/participants/{}", text(&picnic["id"]), jun.id);
    app.put(&guest).bearer(&mina.token).expect(200).await;
    let entered = enter(&jun).expect(200).await;
    assert_eq!((&entered["id"], &entered["memberCount"]), (&room["id"], &json!(2)));
    say(&app, &jun, &text(&room["id"]), "hello", "1").await;
    app.delete(&format!("{path}/members/{}", mina.id))
        .bearer(&jun.token)
        .refused(403, "chat.not_the_opener")
        .await;
    let sol = app.person("sol").await;
    enter(&sol).refused(404, "platform.not_found").await;
}

async fn n10_whoever_sees_the_event_no_longer_is_out_of_its_room(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let calendar = text(&get(&app, &mina, "/v1/calendars").await["items"][0]["id"]);
    let event = json!({
        "title": "Picnic", "visibility": "public",
        "start": { "dateTime": "2026-12-01T10:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-12-01T11:00:00", "timeZone": "Asia/Seoul" },
    });
    let path = format!("/v1/calendars/{calendar}/events");
    let event = text(&app.post(&path).bearer(&mina.token).json(event).expect(201).await["id"]);
    // Jun sees it as a guest, sol as a reader of the calendar.
    let guest = format!("/v1/events/{event}/participants/{}", jun.id);
    let reader = format!("/v1/calendars/{calendar}/members/{}", sol.id);
    app.put(&guest).bearer(&mina.token).expect(200).await;
    app.put(&reader).bearer(&mina.token).json(json!({ "role": "reader" })).expect(200).await;
    let mut room = String::new();
    for who in [&mina, &jun, &sol] {
        let opened = app.post("/v1/rooms").bearer(&who.token).json(json!({ "eventId": event })).send().await;
        assert!(opened.status.is_success(), "{}", opened.text());
        room = text(&opened.json()["id"]);
    }
    let messages = format!("/v1/rooms/{room}/messages");
    let out = async |who: &Person, socket: &mut Socket| {
        app.get(&messages).bearer(&who.token).refused(403, "chat.not_a_member").await;
        let words = json!({ "text": "still here", "clientId": "late" });
        app.post(&messages).bearer(&who.token).json(words).refused(403, "chat.not_a_member").await;
        app.get(&format!("/v1/rooms/{room}")).bearer(&who.token).refused(403, "chat.not_a_member").await;
        assert_eq!(get(&app, who, "/v1/rooms").await["items"], json!([]));
        assert_eq!(socket.until("error").await["code"], "chat.not_a_member", "the socket follows no longer");
    };
    let mut sockets = Vec::new();
    for who in [&jun, &sol, &mina] {
        let mut socket = Socket::open(app.base(), &who.token).await;
        socket.subscribe(&room, None).await;
        sockets.push(socket);
    }
    let [his, hers, minas] = &mut sockets[..] else { panic!("three") };
    say(&app, &jun, &room, "hello", "1").await;
    app.delete(&guest).bearer(&mina.token).expect(204).await;
    out(&jun, his).await;
    app.delete(&reader).bearer(&mina.token).expect(204).await;
    out(&sol, hers).await;
    let members = get(&app, &mina, &format!("/v1/rooms/{room}/members")).await;
    assert_eq!(members["items"].as_array().unwrap().len(), 1);
    say(&app, &mina, &room, "alone now", "1").await;
    for socket in [his, hers] {
        while let Ok(Some(frame)) = socket.within(Duration::from_millis(300)).await {
            assert_ne!(frame["type"], "message", "{frame}");
        }
    }
    // Invited again, he is where he was.
    app.put(&guest).bearer(&mina.token).expect(200).await;
    assert_eq!(seqs(&get(&app, &jun, &messages).await), [1, 2]);
    // Nobody sees what is gone.
    app.delete(&format!("/v1/events/{event}")).bearer(&mina.token).expect(204).await;
    out(&mina, minas).await;
    app.get(&messages).bearer(&jun.token).refused(403, "chat.not_a_member").await;
}

/// Two answers to one question, each in a statement of its own: who reads an event, and who is in
/// its room.
async fn n10_the_room_of_an_event_is_for_whoever_reads_it(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = crate::identity::admin::operator(&app, "operator").await;
    let mut people = Vec::new();
    for name in ["owner", "writer", "reader", "times", "guest", "apart", "nobody"] {
        people.push(app.person(name).await);
    }
    let [owner, writer, reader, times, guest, apart, nobody] = &people[..] else { panic!("seven") };
    let calendar = text(&get(&app, owner, "/v1/calendars").await["items"][0]["id"]);
    let role = async |who: &Person, role: &str| {
        let path = format!("/v1/calendars/{calendar}/members/{}", who.id);
        app.put(&path).bearer(&owner.token).json(json!({ "role": role })).expect(200).await;
    };
    role(writer, "writer").await;
    for who in [reader, times, nobody] {
        role(who, "reader").await;
    }
    // Everybody enters while everybody reads it.
    let mut places = Vec::new();
    for maker in [owner, writer] {
        let new = json!({ "title": "Picnic", "visibility": "public", "start": { "date": "2036-12-01" } });
        let path = format!("/v1/calendars/{calendar}/events");
        let event = text(&app.post(&path).bearer(&maker.token).json(new).expect(201).await["id"]);
        for who in [guest, apart] {
            let path = format!("/v1/events/{event}/participants/{}", who.id);
            app.put(&path).bearer(&maker.token).expect(200).await;
        }
        let mut room = String::new();
        for who in &people {
            let opened =
                app.post("/v1/rooms").bearer(&who.token).json(json!({ "eventId": event })).send().await;
            assert!(opened.status.is_success(), "{}: {}", who.nickname, opened.text());
            room = text(&opened.json()["id"]);
        }
        places.push((maker, event, room));
    }
    role(times, "freeBusy").await;
    let path = format!("/v1/calendars/{calendar}/members/{}", nobody.id);
    app.delete(&path).bearer(&owner.token).expect(204).await;
    for maker in [owner, writer] {
        app.put(&format!("/v1/users/{}/block", maker.id)).bearer(&apart.token).expect(204).await;
    }
    let act = async |action: &str| {
        let path = format!("/v1/admin/users/{}/{action}", writer.id);
        app.post(&path).bearer(&admin.token).json(json!({ "reason": "spam" })).expect(200).await;
    };
    let within = async |who: &Person, event: &str, room: &str| {
        let seen = app.get(&format!("/v1/events/{event}")).bearer(&who.token).send().await;
        let reads = seen.status == 200 && seen.json()["title"] == "Picnic";
        let entered = app.get(&format!("/v1/rooms/{room}/messages")).bearer(&who.token).send().await;
        let listed = get(&app, who, "/v1/rooms").await;
        let listed = listed["items"].as_array().unwrap().iter().any(|item| item["id"] == *room);
        assert_eq!((entered.status == 200, listed), (reads, reads), "{} {event}", who.nickname);
        reads
    };
    let mut found = Vec::new();
    for visibility in ["public", "confidential", "private"] {
        for (maker, event, room) in &places {
            let body = json!({ "visibility": visibility });
            app.patch(&format!("/v1/events/{event}")).bearer(&maker.token).json(body).expect(200).await;
            let mut names = Vec::new();
            for who in &people {
                if within(who, event, room).await {
                    names.push(who.nickname.clone());
                }
            }
            found.push(names.join(" "));
        }
    }
    let few = ["owner guest", "owner writer guest"];
    assert_eq!(found[..2], ["owner writer reader guest", "owner writer reader guest"]);
    assert_eq!((&found[2..4], &found[4..]), (&few.map(String::from)[..], &few.map(String::from)[..]));
    act("suspend").await;
    assert!(within(guest, &places[0].1, &places[0].2).await);
    assert!(!within(guest, &places[1].1, &places[1].2).await, "nobody sees what somebody suspended does");
    app.stop().await;
}

async fn b04_whoever_looks_sees_people_as_they_are_now(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let names = async || {
        let list = get(&app, &jun, "/v1/rooms").await;
        let messages = get(&app, &jun, &format!("/v1/rooms/{room}/messages")).await;
        [list["items"][0]["peer"]["nickname"].clone(), messages["items"][0]["sender"]["nickname"].clone()]
    };
    say(&app, &mina, &room, "hello", "1").await;
    assert_eq!(names().await, ["mina", "mina"]);
    let body = json!({ "nickname": "minji" });
    app.patch("/v1/me").bearer(&mina.token).json(body).expect(200).await;
    assert_eq!(names().await, ["minji", "minji"]);
    app.stop().await;
}

/// As a capability would that has something to talk about: it opens the room, and tells there what
/// became of its subject.
async fn g11_a_kind_that_somebody_else_brings_needs_no_change_here(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let container = app.running().container();
    let (uow, store) = (container.get::<UnitOfWork>().unwrap(), container.get::<SqlStore>().unwrap());
    let (id, subject, created_at) = (new_id(), uuid::Uuid::now_v7(), Timestamp::from_micros(1));
    let [asks, owns] = [&mina, &jun].map(|person| person.id.parse().unwrap());
    let kind = RoomKind::from("item".to_owned());
    let key = Some(format!("item:{subject}:{asks}"));
    let room = Room { id, kind, title: None, subject: Some(subject), key, opened_by: asks, created_at };
    let opening = async |tx: &mut Tx| {
        let (id, new) = store.open(tx, &room).await?;
        store.enter(tx, id, &[asks, owns], created_at).await?;
        Ok((id, new))
    };
    assert_eq!(uow.run(opening).await.unwrap(), (id, true));
    assert_eq!(uow.run(opening).await.unwrap(), (id, false), "one for its key");
    let mut hers = Socket::open(app.base(), &mina.token).await;
    hers.subscribe(&id.to_string(), None).await;
    say(&app, &mina, &id.to_string(), "is it free?", "1").await;
    hers.until("message").await;
    let telling = async |tx: &mut Tx| {
        store.lock(tx, id).await?;
        let insert =
            "INSERT INTO messages (id, room_id, seq, kind, text, created_at) VALUES ($1, $2, 2, $3, '', $4)";
        let entry = new_id::<Message>().uuid();
        execute(tx, insert, [entry.into(), id.uuid().into(), "contract".into(), 1_i64.into()]).await?;
        Ok(execute(tx, "UPDATE rooms SET last_seq = 2 WHERE id = $1", [id.uuid().into()]).await?)
    };
    uow.run(telling).await.unwrap();
    let live = hers.until("message").await["message"].clone();
    assert_eq!((&live["kind"], &live["seq"], &live["sender"]), (&json!("contract"), &json!(2), &Value::Null));
    let path = format!("/v1/rooms/{id}");
    let view = get(&app, &jun, &path).await;
    assert_eq!(
        (&view["kind"], &view["subjectId"], &view["eventId"], &view["unreadCount"]),
        (&json!("item"), &json!(subject), &Value::Null, &json!(2))
    );
    let history = get(&app, &jun, &format!("{path}/messages")).await;
    assert_eq!(history["items"][1]["kind"], "contract");
    // Nobody enters or leaves such a room but through whoever brought it.
    let sol = app.person("sol").await;
    for (method, person) in [(Method::PUT, &sol), (Method::DELETE, &jun)] {
        let call = app.call(method, &format!("{path}/members/{}", person.id)).bearer(&mina.token);
        call.refused(409, "chat.fixed_members").await;
    }
}

async fn g03_own_rooms_only_the_latest_first(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    app.get("/v1/rooms").refused(401, "platform.unauthenticated").await;
    let first = open(&app, &mina, &[&jun]).await;
    let second = open(&app, &mina, &[&sol]).await;
    open(&app, &jun, &[&sol]).await;
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|room| text(&room["id"])).collect()
    };
    assert_eq!(ids(&get(&app, &mina, "/v1/rooms").await), [second.clone(), first.clone()]);
    say(&app, &jun, &first, "안녕", "1").await;
    let list = get(&app, &mina, "/v1/rooms").await;
    assert_eq!(ids(&list), [first.clone(), second.clone()]);
    let top = &list["items"][0];
    assert_eq!((&top["unreadCount"], &top["lastMessage"]["text"]), (&json!(1), &json!("안녕")));
    assert_eq!(top["lastMessage"]["sender"]["nickname"], "jun");
    let page = get(&app, &mina, "/v1/rooms?limit=1").await;
    let next = text(&page["nextCursor"]);
    assert_eq!(ids(&get(&app, &mina, &format!("/v1/rooms?limit=1&cursor={next}")).await), [second]);
}

async fn g15_unread_rooms_the_longest_wait_first(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    assert_eq!(get(&app, &mina, "/v1/rooms?unread=true").await, json!({ "items": [], "nextCursor": null }));
    let (first, second) = (open(&app, &mina, &[&jun]).await, open(&app, &mina, &[&sol]).await);
    say(&app, &sol, &second, "one", "1").await;
    say(&app, &jun, &first, "two", "1").await;
    say(&app, &mina, &first, "own words are not unread", "1").await;
    let page = get(&app, &mina, "/v1/rooms?unread=true").await;
    let rooms: Vec<_> = page["items"].as_array().unwrap().iter().map(|room| text(&room["id"])).collect();
    assert_eq!(rooms, [second.clone(), first.clone()]);
    app.put(&format!("/v1/rooms/{second}/read"))
        .bearer(&mina.token)
        .json(json!({ "seq": 1 }))
        .expect(204)
        .await;
    let page = get(&app, &mina, "/v1/rooms?unread=true").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(get(&app, &sol, "/v1/rooms?unread=true").await["items"], json!([]));
}

async fn twenty_people_open_one_room(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let calls = (0..20).map(|turn| {
        let (who, other) = if turn % 2 == 0 { (&mina, &jun) } else { (&jun, &mina) };
        app.post("/v1/rooms").bearer(&who.token).json(json!({ "userIds": [other.id] })).send()
    });
    let answers = futures_util::future::join_all(calls).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    let ids: std::collections::HashSet<_> = answers.iter().map(|answer| text(&answer.json()["id"])).collect();
    assert_eq!(ids.len(), 1);
}
