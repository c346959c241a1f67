//! Posts about events, and posts on days.

use jiff::{Timestamp, tz::TimeZone};
use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use super::{ids, post};

on_every_database!(
    n09_a_post_stays_with_its_event_wherever_that_moves,
    n09_a_post_stays_with_a_series_that_is_changed_in_part_and_split,
    n09_n10_posts_about_an_event_are_listed_for_those_who_see_it,
    c19_a_post_lies_on_the_day_of_its_owners_zone,
);

pub(super) async fn default_calendar(app: &TestApp, person: &Person) -> String {
    app.settle().await;
    let list = app.get("/v1/calendars").bearer(&person.token).expect(200).await;
    text(&list["items"][0]["id"])
}

pub(super) async fn event(app: &TestApp, person: &Person, calendar: &str, recurrence: Value) -> String {
    let body = json!({
        "title": "소풍", "recurrence": recurrence,
        "start": { "dateTime": "2026-05-05T10:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-05-05T12:00:00", "timeZone": "Asia/Seoul" },
    });
    let path = format!("/v1/calendars/{calendar}/events");
    text(&app.post(&path).bearer(&person.token).json(body).expect(201).await["id"])
}

async fn n09_a_post_stays_with_its_event_wherever_that_moves(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let calendar = default_calendar(&app, &mina).await;
    for recurrence in [json!([]), json!(["RRULE:FREQ=WEEKLY;COUNT=5"])] {
        let id = event(&app, &mina, &calendar, recurrence.clone()).await;
        let body =
            json!({ "text": "누가 김밥을?", "visibility": "public", "eventId": id, "date": "2026-05-05" });
        let about = post(&app, &mina, body).await;
        let answer = json!({ "text": "나", "visibility": "public", "inReplyTo": about });
        let answer = post(&app, &mina, answer).await;
        let path = format!("/v1/events/{id}");
        let moved = json!({
            "title": "나들이", "start": { "dateTime": "2026-06-06T10:00:00", "timeZone": "Asia/Seoul" },
        });
        app.patch(&path).bearer(&mina.token).json(moved).expect(200).await;
        let shown = app.get(&format!("/v1/posts/{about}")).bearer(&mina.token).expect(200).await;
        assert_eq!((&shown["event"]["id"], &shown["event"]["title"]), (&json!(id), &json!("나들이")));
        assert_eq!(shown["date"], "2026-05-05", "the day is the author's choice");
        assert_eq!(ids(&app, &mina, &format!("/v1/posts?event={id}")).await, [&*about]);
        assert_eq!(ids(&app, &mina, &format!("/v1/posts/{about}/thread")).await, [&*about, &answer]);
        // What is said outlives what it is about.
        app.delete(&path).bearer(&mina.token).expect(204).await;
        let shown = app.get(&format!("/v1/posts/{about}")).bearer(&mina.token).expect(200).await;
        assert_eq!((&shown["event"], &shown["text"]), (&Value::Null, &json!("누가 김밥을?")));
        assert!(ids(&app, &mina, &format!("/v1/posts?event={id}")).await.is_empty());
    }
}

async fn n09_a_post_stays_with_a_series_that_is_changed_in_part_and_split(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let calendar = default_calendar(&app, &mina).await;
    let id = event(&app, &mina, &calendar, json!(["RRULE:FREQ=WEEKLY;COUNT=5"])).await;
    let about = post(&app, &mina, json!({ "text": "매주!", "visibility": "public", "eventId": id })).await;
    let range = "/v1/events?from=2026-05-01T00:00:00Z&to=2026-07-01T00:00:00Z";
    let series = app.get(range).bearer(&mina.token).expect(200).await;
    let on = |n: usize| text(&series["items"][n]["occurrence"]);
    let change = async |scope: &str, n: usize, body: Value| {
        let path = format!("/v1/events/{id}?scope={scope}&occurrence={}", on(n));
        app.patch(&path).bearer(&mina.token).json(body).expect(200).await
    };
    let later = json!({ "dateTime": "2026-05-13T15:00:00", "timeZone": "Asia/Seoul" });
    change("this", 1, json!({ "title": "한 번만", "start": later })).await;
    let rest = change("following", 3, json!({ "title": "새 모임" })).await;
    assert_ne!(rest["id"], json!(id));
    let again =
        post(&app, &mina, json!({ "text": "새로", "visibility": "public", "eventId": rest["id"] })).await;
    let whole = format!("/v1/events/{id}?scope=following&occurrence={}", on(2));
    app.delete(&whole).bearer(&mina.token).expect(204).await;
    for (post, event, title) in [(&about, json!(id), "소풍"), (&again, rest["id"].clone(), "새 모임")] {
        let shown = app.get(&format!("/v1/posts/{post}")).bearer(&mina.token).expect(200).await;
        assert_eq!((&shown["event"]["id"], &shown["event"]["title"]), (&event, &json!(title)));
        let list = format!("/v1/posts?event={}", text(&event));
        assert_eq!(ids(&app, &mina, &list).await, [&**post]);
    }
}

async fn n09_n10_posts_about_an_event_are_listed_for_those_who_see_it(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, guest, stranger) =
        (app.person("mina").await, app.person("guest").await, app.person("stranger").await);
    let calendar = default_calendar(&app, &mina).await;
    let id = event(&app, &mina, &calendar, json!([])).await;
    let member = format!("/v1/calendars/{calendar}/members/{}", guest.id);
    app.put(&member).bearer(&mina.token).json(json!({ "role": "reader" })).expect(200).await;
    let mut posts = Vec::new();
    for (author, level) in [(&mina, "public"), (&guest, "public"), (&mina, "private")] {
        let body = json!({ "text": "about it", "visibility": level, "eventId": id });
        posts.push(post(&app, author, body).await);
    }
    let list = format!("/v1/posts?event={id}");
    assert_eq!(ids(&app, &mina, &list).await, [&*posts[2], &posts[1], &posts[0]]);
    assert_eq!(ids(&app, &guest, &list).await, [&*posts[1], &posts[0]]);
    assert!(ids(&app, &stranger, &list).await.is_empty(), "that there is such an event is not said either");
    let seen = app.get(&format!("/v1/posts/{}", posts[0])).bearer(&stranger.token).expect(200).await;
    assert_eq!(seen["event"], Value::Null);
    let unknown = json!({ "text": "?", "visibility": "public", "eventId": id });
    let problem = app.post("/v1/posts").bearer(&stranger.token).json(unknown).expect(422).await;
    assert_eq!(problem["errors"][0]["code"], "community.unknown_event");
    let page = app.get(&format!("{list}&limit=1")).bearer(&mina.token).expect(200).await;
    let next = format!("{list}&limit=1&cursor={}", text(&page["nextCursor"]));
    assert_eq!(ids(&app, &mina, &next).await, [&*posts[1]]);
}

async fn c19_a_post_lies_on_the_day_of_its_owners_zone(db: TestDb) {
    let app = TestApp::start(db).await;
    let mut days = Vec::new();
    // It is never the same day in both.
    for (name, zone) in
        [("early", "Pacific/Kiritimati"), ("late", "Pacific/Pago_Pago"), ("seoul", "Asia/Seoul")]
    {
        let person = app.person(name).await;
        app.patch("/v1/me/preferences")
            .bearer(&person.token)
            .json(json!({ "timeZone": zone }))
            .expect(200)
            .await;
        let body = json!({ "text": name, "visibility": "public" });
        let created = app.post("/v1/posts").bearer(&person.token).json(body).expect(201).await;
        let at: Timestamp = text(&created["createdAt"]).parse().unwrap();
        let day = TimeZone::get(zone).unwrap().to_datetime(at).date();
        let id = text(&created["id"]);
        assert_eq!(created["date"], Value::Null);
        days.push((person, day, id));
    }
    let (viewer, ..) = &days[0];
    for (_, day, id) in &days {
        let found = ids(&app, viewer, &format!("/v1/posts?from={day}&to={day}")).await;
        let expected = days.iter().filter(|(_, other, _)| other == day).count();
        assert!(found.contains(id) && found.len() == expected, "{day}: {found:?}");
    }
    // A change of the text leaves it there, a date moves it, and no date moves it back.
    let (late, day, id) = &days[1];
    for (edit, on) in [
        (json!({ "text": "still late" }), day.to_string()),
        (json!({ "date": "2026-05-05" }), "2026-05-05".to_owned()),
        (json!({ "date": null }), day.to_string()),
    ] {
        app.patch(&format!("/v1/posts/{id}")).bearer(&late.token).json(edit).expect(200).await;
        assert!(ids(&app, viewer, &format!("/v1/posts?from={on}&to={on}")).await.contains(id), "{on}");
    }
}
