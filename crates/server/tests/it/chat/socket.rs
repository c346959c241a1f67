//! The socket of one process.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use madang_application::shared::Clock;
use madang_container::Registry;
use madang_server::config::Config;
use madang_testkit::{Socket, TestClock};

use super::*;

on_every_database!(
    g07_a_message_reaches_both_with_the_server_s_sender_and_time,
    g09_no_credentials_no_socket,
    g09_a_ticket_opens_one_socket,
    g09_a_forged_sender_or_room_is_ignored,
    g08_bad_frames_are_answered_and_break_nothing,
    g10_rooms_are_apart,
    g06_reading_and_typing_are_seen_live,
    n10_in_a_room_of_two_a_block_ends_all_that_is_live,
    n23_what_was_missed_comes_first_and_once,
    n23_a_repeated_name_is_stored_and_shown_once,
    n23_what_is_said_at_once_keeps_its_order,
    n23_history_and_live_have_no_seam,
    g09_a_login_that_ends_closes_its_sockets,
    g09_a_token_that_ends_closes_its_socket,
    g10_whoever_is_sent_out_hears_nothing_more,
    floods_are_closed,
    n23_a_slow_reader_is_closed_and_slows_nobody,
    who_follows_a_room_is_shown_to_those_who_ask,
    p20_a_stopping_server_says_goodbye,
    a_page_of_a_foreign_origin_does_not_connect,
);

async fn pair(app: &TestApp) -> (Person, Person, String) {
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(app, &mina, &[&jun]).await;
    (mina, jun, room)
}

/// The program with a clock that stands.
async fn standing(db: TestDb, configure: impl FnOnce(&mut Config)) -> (TestApp, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let kept = Arc::clone(&clock);
    let adjust = move |registry: &mut Registry| registry.replace(move || Arc::clone(&kept) as Arc<dyn Clock>);
    (TestApp::start_with(db, configure, adjust).await, clock)
}

async fn socket(app: &TestApp, who: &Person) -> Socket {
    Socket::open(app.base(), &who.token).await
}

async fn g07_a_message_reaches_both_with_the_server_s_sender_and_time(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let (mut hers, mut his) = (socket(&app, &mina).await, socket(&app, &jun).await);
    for socket in [&mut hers, &mut his] {
        assert_eq!(socket.subscribe(&room, None).await["lastSeq"], 0);
    }
    hers.send(json!({ "type": "message", "roomId": room, "clientId": "c1", "text": "안녕" })).await;
    let frame = his.next().await;
    let message = &frame["message"];
    assert_eq!(
        (&frame["type"], &message["text"], &message["seq"], &message["roomId"], &message["clientId"]),
        (&json!("message"), &json!("안녕"), &json!(1), &json!(room), &json!("c1"))
    );
    assert_eq!(message["sender"]["nickname"], "mina");
    assert!(text(&message["createdAt"]).ends_with('Z'));
    let frames = [hers.next().await, hers.next().await];
    let ack = frames.iter().find(|frame| frame["type"] == "ack").expect("an ack");
    assert_eq!(*ack, json!({ "type": "ack", "clientId": "c1", "seq": 1, "id": message["id"] }));
    assert!(frames.contains(&frame), "the sender's other devices show it, too");
    let history = get(&app, &jun, &format!("/v1/rooms/{room}/messages")).await;
    assert_eq!(history["items"][0], *message, "the frame and the history say the same");
    // Over HTTP, live as well.
    say(&app, &jun, &room, "over http", "c1").await;
    assert_eq!(hers.until("message").await["message"]["text"], "over http");
}

async fn g09_no_credentials_no_socket(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let refused = async |query: &str, headers: &[(&'static str, String)]| {
        Socket::connect(app.base(), query, headers).await.err().expect("refused")
    };
    let none = refused("", &[]).await;
    assert_eq!((none.status, &none.problem["code"]), (401, &json!("platform.unauthenticated")));
    let tampered = refused("", &[("authorization", format!("Bearer {}x", mina.token))]).await;
    assert_eq!((tampered.status, &tampered.problem["code"]), (401, &json!("identity.token_invalid")));
    let ticket = refused("?ticket=guessed", &[]).await;
    assert_eq!((ticket.status, &ticket.problem["code"]), (401, &json!("chat.ticket_invalid")));
    app.post("/v1/auth/logout")
        .bearer(&mina.token)
        .json(json!({ "refreshToken": mina.refresh }))
        .expect(204)
        .await;
    let ended = refused("", &[("authorization", format!("Bearer {}", mina.token))]).await;
    assert_eq!(ended.status, 401);
    // Without an upgrade it is an ordinary, refused request.
    let jun = app.person("jun").await;
    app.get("/v1/realtime").refused(401, "platform.unauthenticated").await;
    app.get("/v1/realtime").bearer(&jun.token).refused(400, "chat.upgrade_required").await;
}

async fn g09_a_ticket_opens_one_socket(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    app.post("/v1/realtime/tickets").refused(401, "platform.unauthenticated").await;
    let answer = app.post("/v1/realtime/tickets").bearer(&mina.token).send().await;
    let ticket = text(&answer.expect(200)["ticket"]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let query = format!("?ticket={ticket}");
    let calls = (0..8).map(|_| Socket::connect(app.base(), &query, &[]));
    let mut open: Vec<_> =
        futures_util::future::join_all(calls).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(open.len(), 1, "one of eight at once gets in");
    assert_eq!(open[0].next().await["userId"], mina.id.as_str());
    assert!(Socket::connect(app.base(), &query, &[]).await.is_err());
}

async fn g09_a_forged_sender_or_room_is_ignored(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let sol = app.person("sol").await;
    let mut his = socket(&app, &jun).await;
    his.subscribe(&room, None).await;
    let mut hers = socket(&app, &mina).await;
    hers.send(json!({
        "type": "message", "roomId": room, "clientId": "c1", "text": "me", "sender": jun.id, "senderId": jun.id,
        "createdAt": "2000-01-01T00:00:00Z", "seq": 99, "room_id": "019a0000-0000-7000-8000-000000000000",
    }))
    .await;
    let message = his.until("message").await["message"].clone();
    assert_eq!((&message["sender"]["id"], &message["seq"]), (&json!(mina.id), &json!(1)));
    assert!(!text(&message["createdAt"]).starts_with("2000"));
    // Somebody else reaches the room by no frame.
    let mut foreign = socket(&app, &sol).await;
    for frame in [
        json!({ "type": "subscribe", "roomId": room }),
        json!({ "type": "message", "roomId": room, "clientId": "x", "text": "let me in" }),
        json!({ "type": "read", "roomId": room, "seq": 1 }),
        json!({ "type": "typing", "roomId": room }),
    ] {
        foreign.send(frame.clone()).await;
        let error = foreign.next().await;
        assert_eq!(
            (&error["type"], &error["code"]),
            (&json!("error"), &json!("chat.not_a_member")),
            "{frame}"
        );
        assert_eq!(error.get("clientId"), frame.get("clientId"));
    }
    say(&app, &mina, &room, "secret", "c2").await;
    his.until("message").await;
    foreign.silent().await;
    his.silent().await;
}

async fn g08_bad_frames_are_answered_and_break_nothing(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let (mut hers, mut his) = (socket(&app, &mina).await, socket(&app, &jun).await);
    his.subscribe(&room, None).await;
    let long = "가".repeat(1001);
    for (frame, code) in [
        (json!({ "type": "message", "roomId": room, "clientId": "c", "text": "" }), "platform.required"),
        (json!({ "type": "message", "roomId": room, "clientId": "c", "text": long }), "platform.too_long"),
        (json!({ "type": "message", "roomId": room, "clientId": "", "text": "x" }), "platform.required"),
        (json!({ "type": "message", "roomId": room, "text": "x" }), "chat.malformed_frame"),
        (json!({ "type": "message", "roomId": "x", "clientId": "c", "text": "x" }), "chat.malformed_frame"),
        (
            json!({ "type": "subscribe", "roomId": "019a0000-0000-7000-8000-000000000000" }),
            "platform.not_found",
        ),
        (json!({ "type": "subscribe", "roomId": room, "afterSeq": "1" }), "chat.malformed_frame"),
        (json!({ "type": "subscribe", "roomId": room, "afterSeq": -1 }), "platform.out_of_range"),
        (json!({ "type": "read", "roomId": room, "seq": 1 }), "platform.out_of_range"),
        (json!({ "type": "shout" }), "chat.malformed_frame"),
        (json!([]), "chat.malformed_frame"),
        (json!(null), "chat.malformed_frame"),
    ] {
        hers.send(frame.clone()).await;
        let error = hers.next().await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)), "{frame} → {error}");
        let detail = text(&error["detail"]);
        assert!(
            !detail.is_empty() && !detail.contains("ClientFrame") && !detail.contains("expected"),
            "{detail}"
        );
    }
    hers.send_text("{").await;
    assert_eq!(hers.next().await["code"], "chat.malformed_frame");
    hers.send_bytes(vec![0, 159]).await;
    assert_eq!(hers.next().await["code"], "chat.malformed_frame");
    hers.silent().await;
    his.silent().await;
    assert_eq!(get(&app, &jun, &format!("/v1/rooms/{room}/messages")).await["items"], json!([]));
    // Frames beyond any use end the socket, by a code that says so.
    hers.send_text(&"x".repeat(20_000)).await;
    assert_eq!(hers.closed().await, 1009);
}

async fn g10_rooms_are_apart(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let sol = app.person("sol").await;
    let other = open(&app, &mina, &[&sol]).await;
    let (mut his, mut hers) = (socket(&app, &jun).await, socket(&app, &sol).await);
    his.subscribe(&room, None).await;
    hers.subscribe(&other, None).await;
    say(&app, &mina, &room, "for jun", "1").await;
    say(&app, &mina, &other, "for sol", "2").await;
    assert_eq!(his.next().await["message"]["text"], "for jun");
    assert_eq!(hers.next().await["message"]["text"], "for sol");
    his.send(json!({ "type": "unsubscribe", "roomId": room })).await;
    his.silent().await;
    say(&app, &mina, &room, "nobody listens", "3").await;
    say(&app, &mina, &other, "sol does", "4").await;
    hers.next().await;
    his.only_notified().await;
    hers.silent().await;
}

async fn g06_reading_and_typing_are_seen_live(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let (mut hers, mut his) = (socket(&app, &mina).await, socket(&app, &jun).await);
    hers.subscribe(&room, None).await;
    his.subscribe(&room, None).await;
    say(&app, &mina, &room, "hello", "1").await;
    hers.until("message").await;
    his.until("message").await;
    his.send(json!({ "type": "read", "roomId": room, "seq": 1 })).await;
    let mark = json!({ "type": "read", "roomId": room, "userId": jun.id, "seq": 1 });
    assert_eq!(hers.next().await, mark);
    assert_eq!(get(&app, &jun, &format!("/v1/rooms/{room}")).await["unreadCount"], 0);
    his.until("read").await;
    for _ in 0..3 {
        his.send(json!({ "type": "typing", "roomId": room })).await;
    }
    assert_eq!(hers.next().await, json!({ "type": "typing", "roomId": room, "userId": jun.id }));
    his.silent().await;
    hers.silent().await;
}

async fn n10_in_a_room_of_two_a_block_ends_all_that_is_live(db: TestDb) {
    let (app, clock) = standing(db, |_| ()).await;
    let (mina, jun, room) = pair(&app).await;
    let sora = app.person("sora").await;
    let group = open(&app, &mina, &[&jun, &sora]).await;
    for number in 1..=3 {
        say(&app, &mina, &room, "hello", &number.to_string()).await;
    }
    let (mut hers, mut his) = (socket(&app, &mina).await, socket(&app, &jun).await);
    for socket in [&mut hers, &mut his] {
        socket.subscribe(&room, None).await;
        socket.subscribe(&group, None).await;
    }
    let block = format!("/v1/users/{}/block", jun.id);
    for (round, blocked) in [(1, false), (2, true), (3, false)] {
        let door = if blocked { app.put(&block) } else { app.delete(&block) };
        door.bearer(&mina.token).expect(204).await;
        clock.advance(Duration::from_secs(2));
        his.send(json!({ "type": "typing", "roomId": room })).await;
        his.send(json!({ "type": "read", "roomId": room, "seq": round })).await;
        assert_eq!(
            lively(&mut his, &jun, &mut hers, &room, &group).await,
            if blocked { vec![] } else { vec!["typing", "read"] }
        );
        hers.send(json!({ "type": "typing", "roomId": room })).await;
        assert_eq!(
            lively(&mut hers, &mina, &mut his, &room, &group).await,
            if blocked { vec![] } else { vec!["typing"] }
        );
        let mut asking = socket(&app, &jun).await;
        asking.send(json!({ "type": "subscribe", "roomId": room, "presence": true })).await;
        let count = asking.until("presence").await["count"].as_i64().unwrap();
        assert_eq!(count == 0, blocked, "{count} are there");
    }
}

/// Has the one say something in a room where both still meet; answers what the other heard of them from
/// another room before.
async fn lively(
    doer: &mut Socket,
    who: &Person,
    hearer: &mut Socket,
    room: &str,
    group: &str,
) -> Vec<String> {
    let name = madang_application::shared::new_id::<()>().uuid().to_string();
    doer.send(json!({ "type": "message", "roomId": group, "clientId": name, "text": "!" })).await;
    let mut heard = Vec::new();
    loop {
        let frame = hearer.next().await;
        let kind = text(&frame["type"]);
        if kind == "message" && frame["message"]["clientId"] == name.as_str() {
            return heard;
        }
        // What one reads oneself is told to one's own sockets, too.
        if frame["roomId"] == room && frame["userId"] == who.id.as_str() {
            heard.push(kind);
        }
    }
}

async fn n23_what_was_missed_comes_first_and_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    for number in 1..=250 {
        say(&app, &mina, &room, &format!("{number}"), &number.to_string()).await;
    }
    let mut his = socket(&app, &jun).await;
    assert_eq!(his.subscribe(&room, Some(20)).await["lastSeq"], 250);
    assert_eq!(his.seqs(230).await, (21..=250).collect::<Vec<_>>());
    his.only_notified().await;
    // Again on the same socket, and from beyond the end.
    his.subscribe(&room, Some(249)).await;
    assert_eq!(his.seqs(1).await, [250]);
    his.subscribe(&room, Some(9_999)).await;
    his.only_notified().await;
    say(&app, &mina, &room, "251", "251").await;
    assert_eq!(his.seqs(1).await, [251]);
    his.only_notified().await;
}

async fn n23_a_repeated_name_is_stored_and_shown_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let (mut hers, mut his) = (socket(&app, &mina).await, socket(&app, &jun).await);
    his.subscribe(&room, None).await;
    let frame = json!({ "type": "message", "roomId": room, "clientId": "c1", "text": "once" });
    let mut acks = Vec::new();
    for _ in 0..3 {
        hers.send(frame.clone()).await;
        acks.push(hers.until("ack").await);
    }
    assert!(acks.iter().all(|ack| *ack == acks[0]), "{acks:?}");
    his.until("message").await;
    his.silent().await;
}

async fn n23_what_is_said_at_once_keeps_its_order(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let (mut hers, mut his) = (socket(&app, &mina).await, socket(&app, &jun).await);
    his.subscribe(&room, None).await;
    // Nobody waits for an answer. One name comes twice, and one text is none.
    let names: Vec<String> =
        (0..40).map(|number| format!("c{}", if number == 30 { 29 } else { number })).collect();
    for (number, name) in names.iter().enumerate() {
        let text = if number == 20 { String::new() } else { format!("number {number}") };
        hers.send(json!({ "type": "message", "roomId": room, "clientId": name, "text": text })).await;
    }
    let mut acks = Vec::new();
    while acks.len() < 39 {
        let frame = hers.next().await;
        match frame["type"].as_str() {
            Some("ack") => acks.push((text(&frame["clientId"]), frame["seq"].as_i64().expect("a number"))),
            Some("error") => {
                assert_eq!((&frame["clientId"], &frame["roomId"]), (&json!("c20"), &json!(room)));
            }
            _ => {}
        }
    }
    let said = names.iter().filter(|name| *name != "c20");
    // The repeated name has the number of the first time.
    let numbers = (1..=29).chain([29]).chain(30..=38);
    assert_eq!(acks, said.cloned().zip(numbers).collect::<Vec<_>>());
    assert_eq!(his.seqs(38).await, (1..=38).collect::<Vec<_>>());
    app.stop().await;
}

async fn n23_history_and_live_have_no_seam(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let path = format!("/v1/rooms/{room}/messages");
    let writing = async {
        for number in 1..=120 {
            let body = json!({ "text": "x", "clientId": number.to_string() });
            app.post(&path).bearer(&mina.token).json(body).expect(201).await;
        }
    };
    // Ten clients enter at different moments while somebody writes.
    let reading = futures_util::future::join_all((0..10).map(|turn| {
        let (app, jun, room) = (&app, &jun, &room);
        async move {
            tokio::time::sleep(Duration::from_millis(turn * 40)).await;
            let mut socket = socket(app, jun).await;
            socket.subscribe(room, Some(0)).await;
            socket.seqs(120).await
        }
    }));
    let (views, ()) = futures_util::future::join(reading, writing).await;
    for view in views {
        assert_eq!(view, (1..=120).collect::<Vec<_>>());
    }
}

async fn g09_a_login_that_ends_closes_its_sockets(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let again = app.login(&mina.email, madang_testkit::PASSWORD).await;
    let mut first = socket(&app, &mina).await;
    let mut second = Socket::open(app.base(), &text(&again["accessToken"])).await;
    app.post("/v1/auth/logout")
        .bearer(&mina.token)
        .json(json!({ "refreshToken": mina.refresh }))
        .expect(204)
        .await;
    assert_eq!(first.closed().await, 4401);
    second.silent().await;
}

async fn g09_a_token_that_ends_closes_its_socket(db: TestDb) {
    let (app, clock) = standing(db, |_| {}).await;
    let mina = app.person("mina").await;
    let mut hers = socket(&app, &mina).await;
    clock.advance(Duration::from_secs(14 * 60));
    hers.silent().await;
    clock.advance(Duration::from_secs(2 * 60));
    assert_eq!(hers.closed().await, 4401);
    let headers = [("authorization", format!("Bearer {}", mina.token))];
    let refused = Socket::connect(app.base(), "", &headers).await.err().expect("refused");
    assert_eq!((refused.status, &refused.problem["code"]), (401, &json!("identity.token_expired")));
}

async fn g10_whoever_is_sent_out_hears_nothing_more(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let room = open(&app, &mina, &[&jun, &sol]).await;
    let mut his = socket(&app, &jun).await;
    his.subscribe(&room, None).await;
    app.delete(&format!("/v1/rooms/{room}/members/{}", jun.id)).bearer(&mina.token).expect(204).await;
    let told = his.next().await;
    assert_eq!((&told["code"], &told["roomId"]), (&json!("chat.not_a_member"), &json!(room)));
    say(&app, &mina, &room, "without him", "1").await;
    his.silent().await;
}

async fn floods_are_closed(db: TestDb) {
    // No time passes, so that a slow machine earns nothing.
    let (app, _clock) = standing(db, |config| config.rate_limits.enabled = true).await;
    let mina = app.person("mina").await;
    let mut hers = socket(&app, &mina).await;
    for _ in 0..400 {
        if !hers.try_send(json!({ "type": "ping" })).await {
            break;
        }
    }
    assert_eq!(hers.closed().await, 4429);
}

async fn n23_a_slow_reader_is_closed_and_slows_nobody(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, room) = pair(&app).await;
    let mut slow = socket(&app, &jun).await;
    slow.subscribe(&room, None).await;
    let mut quick = socket(&app, &jun).await;
    quick.subscribe(&room, None).await;
    // More than the buffers of both ends of a connection take, while one client reads nothing.
    let words = "가".repeat(1000);
    let writing = futures_util::future::join_all((0..10).map(async |writer| {
        let mut hers = socket(&app, &mina).await;
        for number in 0..400 {
            let name = format!("{writer}-{number}");
            hers.send(json!({ "type": "message", "roomId": room, "clientId": name, "text": words })).await;
            hers.until("ack").await;
        }
    }));
    let reading = async { quick.seqs(4_000).await };
    let (seqs, _) = futures_util::future::join(reading, writing).await;
    assert_eq!(seqs, (1..=4_000).collect::<Vec<_>>());
    let code = slow.closed().await;
    assert!(code == 4408 || code == 1006, "closed, and told where there was room for it: {code}");
    // It comes back and asks for what it missed.
    let mut back = socket(&app, &jun).await;
    back.subscribe(&room, Some(3_990)).await;
    assert_eq!(back.seqs(10).await, (3_991..=4_000).collect::<Vec<_>>());
}

async fn who_follows_a_room_is_shown_to_those_who_ask(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let (mut asks, mut other) = (socket(&app, &mina).await, socket(&app, &jun).await);
    let present = |frame: &Value| {
        let mut people: Vec<_> = frame["userIds"].as_array().unwrap().iter().map(text).collect();
        people.sort();
        assert_eq!(frame["count"], people.len());
        people
    };
    let both = BTreeSet::from([mina.id.clone(), jun.id.clone()]).into_iter().collect::<Vec<_>>();
    asks.send(json!({ "type": "subscribe", "roomId": room, "presence": true })).await;
    assert_eq!(present(&asks.until("presence").await), *std::slice::from_ref(&mina.id));
    other.subscribe(&room, None).await;
    assert_eq!(present(&asks.until("presence").await), both);
    other.send(json!({ "type": "unsubscribe", "roomId": room })).await;
    assert_eq!(present(&asks.until("presence").await), *std::slice::from_ref(&mina.id));
    assert_eq!(
        other.within(Duration::from_millis(100)).await,
        Ok(None),
        "nobody hears what they did not ask for"
    );
}

async fn p20_a_stopping_server_says_goodbye(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let mut sockets = [socket(&app, &mina).await, socket(&app, &mina).await];
    let goodbyes = futures_util::future::join_all(sockets.iter_mut().map(Socket::closed));
    let (codes, ()) = futures_util::future::join(goodbyes, app.stop()).await;
    assert_eq!(codes, [1001, 1001]);
}

async fn a_page_of_a_foreign_origin_does_not_connect(db: TestDb) {
    let app = TestApp::start_with(
        db,
        |config| config.http.cors_origins = vec!["https://madang.example".into()],
        |_| {},
    )
    .await;
    let mina = app.person("mina").await;
    let from = async |origin: &str| {
        let headers = [("authorization", format!("Bearer {}", mina.token)), ("origin", origin.to_owned())];
        Socket::connect(app.base(), "", &headers).await
    };
    for foreign in ["https://evil.example", "null", "https://madang.example.evil.example"] {
        let refused = from(foreign).await.err().expect("refused");
        assert_eq!(
            (refused.status, &refused.problem["code"]),
            (403, &json!("chat.foreign_origin")),
            "{foreign}"
        );
    }
    for ours in ["https://madang.example", app.base()] {
        assert!(from(ours).await.is_ok(), "{ours}");
    }
}
