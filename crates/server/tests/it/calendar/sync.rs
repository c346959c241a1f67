//! N04: following the changes of a calendar.

use std::{collections::BTreeMap, sync::Arc};

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar};

madang_testkit::on_every_database!(
    n04_changes_are_told_once_and_deletions_too,
    n04_nothing_is_lost_under_concurrent_writers,
    n04_a_strange_token_is_stale,
);

async fn changes(app: &TestApp, person: &Person, calendar: &str, query: &str) -> Value {
    app.get(&format!("/v1/calendars/{calendar}/changes?{query}")).bearer(&person.token).expect(200).await
}

async fn n04_changes_are_told_once_and_deletions_too(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = |title: &str| json!({ "title": title, "start": { "date": "2026-12-01" } });
    let mut ids = Vec::new();
    for title in ["가", "나", "다"] {
        ids.push(text(&create(&app, &person, &calendar, new(title)).await["id"]));
    }
    let first = changes(&app, &person, &calendar, "limit=2").await;
    assert_eq!((first["items"].as_array().unwrap().len(), &first["hasMore"]), (2, &json!(true)));
    let token = text(&first["nextSyncToken"]);
    let rest = changes(&app, &person, &calendar, &format!("syncToken={token}")).await;
    assert_eq!((rest["items"][0]["event"]["title"].as_str(), &rest["hasMore"]), (Some("다"), &json!(false)));
    let token = text(&rest["nextSyncToken"]);
    let none = changes(&app, &person, &calendar, &format!("syncToken={token}")).await;
    assert_eq!((&none["items"], &none["nextSyncToken"]), (&json!([]), &json!(token)));
    app.patch(&format!("/v1/events/{}", ids[0]))
        .bearer(&person.token)
        .json(json!({ "title": "가가" }))
        .expect(200)
        .await;
    app.delete(&format!("/v1/events/{}", ids[1])).bearer(&person.token).expect(204).await;
    let news = changes(&app, &person, &calendar, &format!("syncToken={token}")).await;
    assert_eq!(news["items"][0]["event"]["title"], "가가");
    assert_eq!(
        (&news["items"][1]["id"], &news["items"][1]["deleted"], &news["items"][1]["event"]),
        (&json!(ids[1]), &json!(true), &json!(null))
    );
    assert_eq!(changes(&app, &person, &calendar, "").await["items"].as_array().unwrap().len(), 2);
    app.stop().await;
}

async fn n04_nothing_is_lost_under_concurrent_writers(db: TestDb) {
    let app = Arc::new(TestApp::start(db).await);
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let (app, person, calendar) = (app.clone(), person.clone(), calendar.clone());
        writers.spawn(async move {
            for n in 0..8 {
                let new = json!({ "title": format!("{writer}-{n}"), "start": { "date": "2026-12-01" } });
                let id = text(&create(&app, &person, &calendar, new).await["id"]);
                if n % 3 == 0 {
                    app.delete(&format!("/v1/events/{id}")).bearer(&person.token).expect(204).await;
                }
            }
        });
    }
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut token = String::new();
    let mut last_round = false;
    loop {
        let query =
            if token.is_empty() { "limit=3".to_owned() } else { format!("limit=3&syncToken={token}") };
        let news = changes(&app, &person, &calendar, &query).await;
        for item in news["items"].as_array().expect("items") {
            match item["event"]["title"].as_str() {
                Some(title) => known.insert(text(&item["id"]), title.to_owned()),
                None => known.remove(&text(&item["id"])),
            };
        }
        token = text(&news["nextSyncToken"]);
        if news["hasMore"] == json!(true) {
            continue;
        }
        if last_round {
            break;
        }
        while let Some(done) = writers.try_join_next() {
            done.expect("a writer ends well");
        }
        last_round = writers.is_empty();
    }
    let all = changes(&app, &person, &calendar, "").await;
    let all: BTreeMap<String, String> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (text(&item["id"]), text(&item["event"]["title"])))
        .collect();
    assert_eq!(known, all);
    assert_eq!(known.len(), 4 * 5);
    let app = Arc::into_inner(app).expect("nobody else holds it");
    app.stop().await;
}

async fn n04_a_strange_token_is_stale(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    for token in ["x", "AAAA", "AZ"] {
        let path = format!("/v1/calendars/{calendar}/changes?syncToken={token}");
        app.get(&path).bearer(&person.token).refused(410, "calendar.sync_token_stale").await;
    }
    app.stop().await;
}
