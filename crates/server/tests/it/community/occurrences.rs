//! N09: what is said about one occurrence stays with it.

use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

use super::{
    dated::{default_calendar, event},
    ids, post,
};
use crate::identity::export::export;

on_every_database!(
    n09_a_thread_stays_at_its_occurrence_through_moves_splits_and_restores,
    n09_a_thread_on_a_day_follows_a_series_that_gets_times,
    n09_an_edit_puts_a_post_on_another_occurrence,
    n09_only_occurrences_that_there_are_can_be_talked_about,
);

/// The names of the occurrences there are from May on, of all events of this person.
async fn occurrences(app: &TestApp, who: &Person) -> Vec<(String, String)> {
    let range = "/v1/events?from=2026-05-01T00:00:00Z&to=2027-01-01T00:00:00Z";
    let list = app.get(range).bearer(&who.token).expect(200).await;
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| (text(&item["id"]), text(&item["occurrence"]))).collect()
}

/// The posts about an occurrence; each of them says that it is about that.
async fn about(app: &TestApp, who: &Person, (event, occurrence): (&str, &str)) -> Vec<String> {
    let path = format!("/v1/posts?event={event}&occurrence={occurrence}");
    let list = app.get(&path).bearer(&who.token).expect(200).await;
    let items = list["items"].as_array().unwrap();
    for item in items {
        assert_eq!((&item["event"]["id"], &item["event"]["occurrence"]), (&json!(event), &json!(occurrence)));
    }
    items.iter().map(|item| text(&item["id"])).collect()
}

async fn change(app: &TestApp, who: &Person, event: &str, query: &str, body: Value) -> String {
    let path = format!("/v1/events/{event}{query}");
    let changed = app.patch(&path).bearer(&who.token).json(body).expect(200).await;
    app.settle().await;
    text(&changed["id"])
}

fn on(event: &str, occurrence: &str, words: &str) -> Value {
    json!({ "text": words, "visibility": "public", "eventId": event, "occurrence": occurrence })
}

async fn n09_a_thread_stays_at_its_occurrence_through_moves_splits_and_restores(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let calendar = default_calendar(&app, &mina).await;
    let id = event(&app, &mina, &calendar, json!(["RRULE:FREQ=WEEKLY;COUNT=6"])).await;
    let names: Vec<String> = occurrences(&app, &mina).await.into_iter().map(|(_, name)| name).collect();
    let early = post(&app, &mina, on(&id, &names[1], "the second time")).await;
    let late = post(&app, &mina, on(&id, &names[4], "the fifth time")).await;
    let answer = json!({ "text": "나", "visibility": "public", "inReplyTo": late });
    let answer = post(&app, &mina, answer).await;
    let whole = post(&app, &mina, json!({ "text": "all", "visibility": "public", "eventId": id })).await;
    assert_eq!(about(&app, &mina, (&id, &names[4])).await, [&*late]);
    assert_eq!(ids(&app, &mina, &format!("/v1/posts?event={id}")).await, [&*whole, &late, &early]);

    // One occurrence moves: it keeps its name.
    let later = json!({ "start": { "dateTime": "2026-06-03T19:00:00", "timeZone": "Asia/Seoul" } });
    change(&app, &mina, &id, &format!("?scope=this&occurrence={}", names[4]), later).await;
    assert_eq!(about(&app, &mina, (&id, &names[4])).await, [&*late]);

    // The series is cut before it, and what follows begins an hour later.
    let hour = json!({ "start": { "dateTime": "2026-05-19T11:00:00", "timeZone": "Asia/Seoul" } });
    let rest = change(&app, &mina, &id, &format!("?scope=following&occurrence={}", names[2]), hour).await;
    assert_ne!(rest, id);
    let renamed = "2026-06-02T02:00:00Z";
    assert!(occurrences(&app, &mina).await.contains(&(rest.clone(), renamed.to_owned())));
    assert_eq!(about(&app, &mina, (&rest, renamed)).await, [&*late]);
    assert_eq!(about(&app, &mina, (&id, &names[1])).await, [&*early]);
    assert!(about(&app, &mina, (&id, &names[4])).await.is_empty());
    assert_eq!(ids(&app, &mina, &format!("/v1/posts?event={id}")).await, [&*whole, &early]);

    // All that follows moves by a day, is cut again, and the first half moves by a week.
    let day = json!({ "start": { "dateTime": "2026-05-20T11:00:00", "timeZone": "Asia/Seoul" } });
    change(&app, &mina, &rest, "", day).await;
    assert_eq!(about(&app, &mina, (&rest, "2026-06-03T02:00:00Z")).await, [&*late]);
    let cut = "?scope=following&occurrence=2026-06-03T02:00:00Z";
    let last = change(&app, &mina, &rest, cut, json!({ "title": "끝" })).await;
    let week = json!({ "start": { "dateTime": "2026-05-06T10:00:00", "timeZone": "Asia/Seoul" } });
    change(&app, &mina, &id, "", week).await;
    assert_eq!(about(&app, &mina, (&last, "2026-06-03T02:00:00Z")).await, [&*late]);
    assert_eq!(about(&app, &mina, (&id, "2026-05-13T01:00:00Z")).await, [&*early]);

    // Deleted, it is still talked about; back again, its thread is where it was.
    let name = "2026-06-03T02:00:00Z";
    let series = app.get(&format!("/v1/events/{last}")).bearer(&mina.token).expect(200).await;
    let tail = occurrences(&app, &mina).await;
    assert!(tail.contains(&(last.clone(), name.to_owned())));
    let gone = format!("/v1/events/{last}?scope=this&occurrence={name}");
    app.delete(&gone).bearer(&mina.token).expect(204).await;
    app.settle().await;
    assert!(!occurrences(&app, &mina).await.contains(&(last.clone(), name.to_owned())));
    assert_eq!(about(&app, &mina, (&last, name)).await, [&*late]);
    change(&app, &mina, &last, "", json!({ "recurrence": series["recurrence"] })).await;
    assert!(occurrences(&app, &mina).await.contains(&(last.clone(), name.to_owned())));
    assert_eq!(about(&app, &mina, (&last, name)).await, [&*late]);
    assert_eq!(ids(&app, &mina, &format!("/v1/posts/{late}/thread")).await, [&*late, &answer]);

    // It is in the export by the same name.
    let archive = export(&app, &mina).await;
    let posts: Value = serde_json::from_str(&archive["posts.json"]).unwrap();
    let exported = posts.as_array().unwrap().iter().find(|post| post["id"] == late.as_str()).unwrap();
    assert_eq!((&exported["eventId"], &exported["occurrence"]), (&json!(last), &json!(name)));

    // What is said outlives the series as well.
    app.delete(&format!("/v1/events/{last}")).bearer(&mina.token).expect(204).await;
    let shown = app.get(&format!("/v1/posts/{late}")).bearer(&mina.token).expect(200).await;
    assert_eq!((&shown["event"], &shown["text"]), (&Value::Null, &json!("the fifth time")));
    assert!(about(&app, &mina, (&last, name)).await.is_empty());
}

async fn n09_a_thread_on_a_day_follows_a_series_that_gets_times(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let calendar = default_calendar(&app, &mina).await;
    let body = json!({
        "title": "청소", "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"],
        "start": { "date": "2026-05-05" }, "end": { "date": "2026-05-06" },
    });
    let path = format!("/v1/calendars/{calendar}/events");
    let id = text(&app.post(&path).bearer(&mina.token).json(body).expect(201).await["id"]);
    let said = post(&app, &mina, on(&id, "2026-05-07", "누가?")).await;
    assert_eq!(about(&app, &mina, (&id, "2026-05-07")).await, [&*said]);
    let times = json!({
        "start": { "dateTime": "2026-05-06T09:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-05-06T10:00:00", "timeZone": "Asia/Seoul" },
    });
    change(&app, &mina, &id, "", times).await;
    assert_eq!(about(&app, &mina, (&id, "2026-05-08T00:00:00Z")).await, [&*said]);
    // The same moment, written otherwise.
    let same = format!("/v1/posts?event={id}&occurrence=2026-05-08T09:00:00%2B09:00");
    assert_eq!(ids(&app, &mina, &same).await, [&*said]);
}

async fn n09_an_edit_puts_a_post_on_another_occurrence(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let calendar = default_calendar(&app, &mina).await;
    let id = event(&app, &mina, &calendar, json!(["RRULE:FREQ=WEEKLY;COUNT=3"])).await;
    let names: Vec<String> = occurrences(&app, &mina).await.into_iter().map(|(_, name)| name).collect();
    let other = event(&app, &mina, &calendar, json!(["RRULE:FREQ=WEEKLY;COUNT=3"])).await;
    let said = post(&app, &mina, json!({ "text": "?", "visibility": "public", "eventId": id })).await;
    let path = format!("/v1/posts/{said}");
    for (edit, event, occurrence) in [
        (json!({ "occurrence": names[2] }), &id, json!(names[2])),
        (json!({ "text": "!" }), &id, json!(names[2])),
        (json!({ "eventId": id }), &id, json!(names[2])),
        (json!({ "eventId": other, "occurrence": names[1] }), &other, json!(names[1])),
        (json!({ "eventId": id }), &id, Value::Null),
        (json!({ "occurrence": names[0] }), &id, json!(names[0])),
        (json!({ "occurrence": null }), &id, Value::Null),
    ] {
        let shown = app.patch(&path).bearer(&mina.token).json(edit.clone()).expect(200).await;
        assert_eq!(
            (&shown["event"]["id"], &shown["event"]["occurrence"]),
            (&json!(event), &occurrence),
            "{edit}"
        );
        if let Some(name) = occurrence.as_str() {
            assert_eq!(about(&app, &mina, (event, name)).await, [&*said]);
        }
    }
    // What was taken off an occurrence does not follow it any more.
    let hour = json!({ "start": { "dateTime": "2026-05-05T11:00:00", "timeZone": "Asia/Seoul" } });
    change(&app, &mina, &id, "", hour).await;
    let shown = app.get(&path).bearer(&mina.token).expect(200).await;
    assert_eq!(shown["event"]["occurrence"], Value::Null);
    app.patch(&path).bearer(&mina.token).json(json!({ "eventId": null })).expect(200).await;
    let alone = json!({ "occurrence": names[0] });
    let problem = app.patch(&path).bearer(&mina.token).json(alone).expect(422).await;
    assert_eq!(problem["errors"][0]["pointer"], "/occurrence");
}

async fn n09_only_occurrences_that_there_are_can_be_talked_about(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, stranger) = (app.person("mina").await, app.person("stranger").await);
    let calendar = default_calendar(&app, &mina).await;
    let id = event(&app, &mina, &calendar, json!(["RRULE:FREQ=WEEKLY;COUNT=3"])).await;
    let names: Vec<String> = occurrences(&app, &mina).await.into_iter().map(|(_, name)| name).collect();
    let single = event(&app, &mina, &calendar, json!([])).await;
    let refused = async |who: &Person, body: Value, pointer: &str, code: &str| {
        let problem = app.post("/v1/posts").bearer(&who.token).json(body.clone()).expect(422).await;
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{body}");
    };
    let unknown = "community.unknown_occurrence";
    for name in ["2026-05-06T01:00:00Z", "2026-05-05", "2026-05-05T10:00:00", "soon", ""] {
        refused(&mina, on(&id, name, "?"), "/occurrence", unknown).await;
    }
    refused(&mina, on(&single, &names[0], "it does not repeat"), "/occurrence", unknown).await;
    let nothing = json!({ "text": "?", "visibility": "public", "occurrence": names[0] });
    refused(&mina, nothing, "/occurrence", unknown).await;
    // Who does not see the event learns nothing of its occurrences.
    for name in [&*names[0], "2026-05-06T01:00:00Z"] {
        refused(&stranger, on(&id, name, "?"), "/eventId", "community.unknown_event").await;
    }
    let said = post(&app, &mina, on(&id, &names[0], "here")).await;
    assert!(about(&app, &stranger, (&id, &names[0])).await.is_empty());
    let shown = app.get(&format!("/v1/posts/{said}")).bearer(&stranger.token).expect(200).await;
    assert_eq!(shown["event"], Value::Null, "nor of the one that a public post is about");
    for query in [format!("event={id}&occurrence=soon"), format!("occurrence={}", names[0])] {
        let path = format!("/v1/posts?{query}");
        let problem = app.get(&path).bearer(&mina.token).refused(422, "platform.invalid_fields").await;
        assert_eq!(problem["errors"][0]["pointer"], "?occurrence");
    }
}
