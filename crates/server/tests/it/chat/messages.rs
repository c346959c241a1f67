//! What is said, by whom, in which order, and how far it was read.

use std::collections::BTreeSet;

use super::*;

on_every_database!(
    g04_history_is_for_members_and_in_order,
    g05_reading_is_explicit_and_counts_only_the_others,
    g08_empty_and_long_texts_are_refused,
    g17_times_are_machine_readable,
    n23_numbers_have_no_gap_and_a_name_is_stored_once,
    n23_one_name_sent_by_twenty_at_once_is_one_message,
    a27_somebody_who_withdrew_is_a_placeholder,
    whoever_left_says_nothing_more,
);

async fn g04_history_is_for_members_and_in_order(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let room = open(&app, &mina, &[&jun]).await;
    let path = format!("/v1/rooms/{room}/messages");
    for number in 1..=7 {
        let who = if number % 2 == 0 { &jun } else { &mina };
        say(&app, who, &room, &format!("word {number}"), &number.to_string()).await;
    }
    app.get(&path).refused(401, "platform.unauthenticated").await;
    app.get(&path).bearer(&sol.token).refused(403, "chat.not_a_member").await;
    let unknown = "/v1/rooms/019a0000-0000-7000-8000-000000000000/messages";
    app.get(unknown).bearer(&mina.token).refused(404, "platform.not_found").await;
    let all = get(&app, &jun, &path).await;
    assert_eq!(seqs(&all), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!((&all["items"][1]["sender"]["nickname"], &all["nextCursor"]), (&json!("jun"), &Value::Null));
    // Back in time, page by page; and forward.
    let latest = get(&app, &jun, &format!("{path}?limit=3")).await;
    assert_eq!(seqs(&latest), [5, 6, 7]);
    let next = text(&latest["nextCursor"]);
    let older = get(&app, &jun, &format!("{path}?limit=3&cursor={next}")).await;
    assert_eq!(seqs(&older), [2, 3, 4]);
    assert_eq!(seqs(&get(&app, &jun, &format!("{path}?beforeSeq=3")).await), [1, 2]);
    let newer = get(&app, &jun, &format!("{path}?afterSeq=2&limit=3")).await;
    assert_eq!(seqs(&newer), [3, 4, 5]);
    let next = text(&newer["nextCursor"]);
    assert_eq!(seqs(&get(&app, &jun, &format!("{path}?afterSeq=2&limit=3&cursor={next}")).await), [6, 7]);
    let between = get(&app, &jun, &format!("{path}?afterSeq=2&beforeSeq=6&limit=2")).await;
    assert_eq!(seqs(&between), [3, 4]);
    let rest = text(&between["nextCursor"]);
    let rest = get(&app, &jun, &format!("{path}?afterSeq=2&beforeSeq=6&limit=2&cursor={rest}")).await;
    assert_eq!((seqs(&rest), &rest["nextCursor"]), (vec![5], &Value::Null));
    assert_eq!(get(&app, &jun, &format!("{path}?afterSeq=5&beforeSeq=6")).await["items"], json!([]));
    for query in ["beforeSeq=5&afterSeq=-1", "beforeSeq=-1", "afterSeq=x", "limit=0"] {
        app.get(&format!("{path}?{query}")).bearer(&jun.token).refused(422, "platform.invalid_fields").await;
    }
    // A cursor of one direction is none of the other.
    app.get(&format!("{path}?cursor={next}"))
        .bearer(&jun.token)
        .refused(422, "platform.invalid_fields")
        .await;
}

async fn g05_reading_is_explicit_and_counts_only_the_others(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    for number in 1..=3 {
        say(&app, &jun, &room, "hello", &number.to_string()).await;
    }
    say(&app, &mina, &room, "hi", "1").await;
    let path = format!("/v1/rooms/{room}");
    get(&app, &mina, &format!("{path}/messages")).await;
    assert_eq!(get(&app, &mina, &path).await["unreadCount"], 3, "opening marks nothing");
    let read = |seq: i64| app.put(&format!("{path}/read")).bearer(&mina.token).json(json!({ "seq": seq }));
    read(2).expect(204).await;
    read(1).expect(204).await;
    let room = get(&app, &mina, &path).await;
    assert_eq!((&room["unreadCount"], &room["readSeq"]), (&json!(1), &json!(2)), "it never goes back");
    for wrong in [-1, 5] {
        let problem = read(wrong).refused(422, "platform.invalid_fields").await;
        assert_eq!(problem["errors"][0]["pointer"], "/seq");
    }
    read(4).expect(204).await;
    assert_eq!(get(&app, &mina, &path).await["unreadCount"], 0);
    assert_eq!(get(&app, &jun, &path).await["unreadCount"], 1, "the other's count is the other's");
    let members = get(&app, &jun, &format!("{path}/members")).await;
    let mark =
        members["items"].as_array().unwrap().iter().find(|member| member["user"]["id"] == mina.id.as_str());
    assert_eq!(mark.unwrap()["readSeq"], 4, "the sender can learn it");
}

async fn g08_empty_and_long_texts_are_refused(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let path = format!("/v1/rooms/{room}/messages");
    for (words, code) in [
        (String::new(), "platform.required"),
        (" \n ".to_owned(), "platform.required"),
        ("가".repeat(1001), "platform.too_long"),
        ("a\0b".to_owned(), "platform.forbidden_character"),
    ] {
        let problem = app
            .post(&path)
            .bearer(&mina.token)
            .json(json!({ "text": words, "clientId": "1" }))
            .refused(422, "platform.invalid_fields")
            .await;
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!("/text"), &json!(code))
        );
    }
    let problem = app
        .post(&path)
        .bearer(&mina.token)
        .json(json!({ "sender": jun.id }))
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(
        problem["errors"].as_array().unwrap().len(),
        3,
        "text, clientId and a forged sender: {problem}"
    );
    assert_eq!(get(&app, &mina, &path).await["items"], json!([]));
    say(&app, &mina, &room, &"가".repeat(1000), "1").await;
}

async fn g17_times_are_machine_readable(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let said = say(&app, &mina, &room, "hello", "1").await;
    let at = text(&said["createdAt"]);
    assert!(at.ends_with('Z') && at.contains('T'), "{at}");
    let page = get(&app, &jun, &format!("/v1/rooms/{room}/messages")).await;
    assert_eq!(page["items"][0]["createdAt"], said["createdAt"]);
}

async fn n23_numbers_have_no_gap_and_a_name_is_stored_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let path = format!("/v1/rooms/{room}/messages");
    // Two people, twenty names each, every name three times, all at once.
    let calls = (0..120).map(|turn| {
        let who = if turn % 2 == 0 { &mina } else { &jun };
        let body = json!({ "text": format!("{turn}"), "clientId": format!("c{}", turn % 40 / 2) });
        app.post(&path).bearer(&who.token).json(body).send()
    });
    let answers = futures_util::future::join_all(calls).await;
    let mut stored = BTreeSet::new();
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        stored.insert(answer.json()["seq"].as_i64().unwrap());
    }
    assert_eq!(stored, (1..=40).collect(), "every repetition was told the number of the first");
    let page = get(&app, &mina, &format!("{path}?limit=100")).await;
    assert_eq!(seqs(&page), (1..=40).collect::<Vec<_>>());
}

async fn n23_one_name_sent_by_twenty_at_once_is_one_message(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    let path = format!("/v1/rooms/{room}/messages");
    let calls = (0..20).map(|_| {
        app.post(&path).bearer(&mina.token).json(json!({ "text": "once", "clientId": "same" })).send()
    });
    let ids: BTreeSet<_> = futures_util::future::join_all(calls)
        .await
        .iter()
        .map(|answer| text(&answer.expect(201)["id"]))
        .collect();
    assert_eq!(ids.len(), 1);
    // The same name of somebody else is another message.
    assert_eq!(say(&app, &jun, &room, "mine", "same").await["seq"], 2);
}

async fn a27_somebody_who_withdrew_is_a_placeholder(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let room = open(&app, &mina, &[&jun]).await;
    say(&app, &jun, &room, "bye", "1").await;
    app.delete("/v1/me")
        .bearer(&jun.token)
        .json(json!({ "password": madang_testkit::PASSWORD }))
        .expect(204)
        .await;
    app.settle().await;
    let page = get(&app, &mina, &format!("/v1/rooms/{room}/messages")).await;
    assert_eq!((&page["items"][0]["sender"], &page["items"][0]["text"]), (&Value::Null, &json!("bye")));
    let view = get(&app, &mina, &format!("/v1/rooms/{room}")).await;
    assert_eq!(
        (&view["peer"], &view["memberCount"], &view["unreadCount"]),
        (&Value::Null, &json!(1), &json!(1))
    );
    assert_eq!(view["writeRefusal"], "chat.peer_withdrawn");
    app.post(&format!("/v1/rooms/{room}/messages"))
        .bearer(&mina.token)
        .json(json!({ "text": "hello?", "clientId": "1" }))
        .refused(403, "chat.peer_withdrawn")
        .await;
}

async fn whoever_left_says_nothing_more(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let room = open(&app, &mina, &[&jun, &sol]).await;
    say(&app, &sol, &room, "hello", "1").await;
    app.delete(&format!("/v1/rooms/{room}/members/{}", sol.id)).bearer(&mina.token).expect(204).await;
    for client in ["1", "2"] {
        app.post(&format!("/v1/rooms/{room}/messages"))
            .bearer(&sol.token)
            .json(json!({ "text": "and?", "clientId": client }))
            .refused(403, "chat.not_a_member")
            .await;
    }
    let unread = get(&app, &jun, &format!("/v1/rooms/{room}")).await;
    assert_eq!((&unread["lastSeq"], &unread["unreadCount"]), (&json!(1), &json!(1)));
}
