//! N04: following the changes of a calendar.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use madang_testkit::{PASSWORD, Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{
    create, default_calendar, in_2026,
    people::befriend,
    sharing::{new_calendar, share},
};

madang_testkit::on_every_database!(
    n04_changes_are_told_once_and_deletions_too,
    n04_nothing_is_lost_under_concurrent_writers,
    n04_a_strange_token_is_stale,
    n04_a_token_covers_all_that_was_answered,
    n04_who_comes_and_goes_is_told_of_once,
    n10_only_those_hear_that_an_event_is_gone_who_saw_it,
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

/// `deleted` or the title of every change, by the ids of events in their order.
fn heard(news: &Value, ids: &[&str]) -> Vec<(usize, String)> {
    let line = |item: &Value| {
        let index = ids.iter().position(|id| item["id"] == json!(id)).expect("an event of ours");
        assert_eq!(item["deleted"] == json!(true), item["event"].is_null(), "{item}");
        let hidden = if item["event"].is_null() { "deleted" } else { "busy" };
        (index, item["event"]["title"].as_str().unwrap_or(hidden).to_owned())
    };
    news["items"].as_array().expect("items").iter().map(line).collect()
}

async fn n04_a_token_covers_all_that_was_answered(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let empty = text(&changes(&app, &person, &calendar, "").await["nextSyncToken"]);
    let new = |title: &str| json!({ "title": title, "start": { "date": "2026-12-01" } });
    let mut ids = Vec::new();
    for title in ["가", "나", "다"] {
        ids.push(text(&create(&app, &person, &calendar, new(title)).await["id"]));
    }
    let path = |index: usize| format!("/v1/events/{}", ids[index]);
    let named = json!({ "title": "가가" });
    app.patch(&path(0)).bearer(&person.token).json(named).expect(200).await;
    app.delete(&path(1)).bearer(&person.token).expect(204).await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let news = changes(&app, &person, &calendar, &format!("syncToken={empty}")).await;
    let all = [(2, "다".to_owned()), (0, "가가".to_owned()), (1, "deleted".to_owned())];
    assert_eq!((heard(&news, &ids), &news["hasMore"]), (all.to_vec(), &json!(false)));
    let none = format!("syncToken={}", text(&news["nextSyncToken"]));
    assert_eq!(changes(&app, &person, &calendar, &none).await["items"], json!([]));
    // Whoever starts from nothing hears of no deletion, neither at once nor page by page.
    let whole = changes(&app, &person, &calendar, "").await;
    assert_eq!(heard(&whole, &ids), all[..2]);
    let none = format!("syncToken={}", text(&whole["nextSyncToken"]));
    assert_eq!(changes(&app, &person, &calendar, &none).await["items"], json!([]));
    let first = changes(&app, &person, &calendar, "limit=1").await;
    assert_eq!((heard(&first, &ids), &first["hasMore"]), (all[..1].to_vec(), &json!(true)));
    // What was sent already and goes meanwhile is told.
    app.delete(&path(2)).bearer(&person.token).expect(204).await;
    let token = format!("syncToken={}", text(&first["nextSyncToken"]));
    let rest = changes(&app, &person, &calendar, &token).await;
    assert_eq!(heard(&rest, &ids), [(0, "가가".to_owned()), (2, "deleted".to_owned())]);
    app.stop().await;
}

/// Events by their place, and what is told of each.
type Heard = Vec<(usize, String)>;

async fn n10_only_those_hear_that_an_event_is_gone_who_saw_it(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, reader) = (app.person("하늘").await, app.person("바다").await);
    let calendar = new_calendar(&app, &owner, "가족").await;
    share(&app, &owner, &calendar, &reader, "reader").await;
    let new = |title: &str, visibility: &str| json!({ "title": title, "visibility": visibility, "start": { "date": "2026-12-01" } });
    let mut ids = Vec::new();
    for (title, visibility) in
        [("가", "private"), ("나", "public"), ("다", "confidential"), ("라", "private")]
    {
        ids.push(text(&create(&app, &owner, &calendar, new(title, visibility)).await["id"]));
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let first = changes(&app, &reader, &calendar, "limit=2").await;
    assert_eq!(heard(&first, &ids), [(1, "나".to_owned()), (2, "busy".to_owned())]);
    assert_eq!(first["hasMore"], json!(false), "what is hidden takes no place");
    let mut token = text(&first["nextSyncToken"]);
    let change = |index: usize, visibility: &str| {
        app.patch(&format!("/v1/events/{}", ids[index]))
            .bearer(&owner.token)
            .json(json!({ "visibility": visibility }))
    };
    let gone = |index: usize| (index, "deleted".to_owned());
    // Each step, and what the reader hears of it; `None` deletes.
    let steps: [(usize, Option<&str>, Heard); 9] = [
        (0, Some("private"), vec![]),
        (1, Some("private"), vec![gone(1)]),
        (1, Some("private"), vec![]),
        (1, Some("public"), vec![(1, "나".to_owned())]),
        (2, Some("private"), vec![gone(2)]),
        (2, None, vec![]),
        (0, None, vec![]),
        (1, None, vec![gone(1)]),
        (3, Some("public"), vec![(3, "라".to_owned())]),
    ];
    for (step, (index, visibility, expected)) in steps.into_iter().enumerate() {
        match visibility {
            Some(visibility) => drop(change(index, visibility).expect(200).await),
            None => {
                let path = format!("/v1/events/{}", ids[index]);
                app.delete(&path).bearer(&owner.token).expect(204).await;
            }
        }
        let news = changes(&app, &reader, &calendar, &format!("syncToken={token}")).await;
        assert_eq!(heard(&news, &ids), expected, "step {step}");
        token = text(&news["nextSyncToken"]);
    }
    // Hidden and deleted between two questions: whoever saw it hears of it once.
    change(3, "private").expect(200).await;
    app.delete(&format!("/v1/events/{}", ids[3])).bearer(&owner.token).expect(204).await;
    let news = changes(&app, &reader, &calendar, &format!("syncToken={token}")).await;
    assert_eq!(heard(&news, &ids), [gone(3)]);
    // The owner sees and hears everything.
    assert_eq!(changes(&app, &owner, &calendar, "").await["items"], json!([]));
    app.stop().await;
}

/// What a follower hears next: of each change its seats and what its guests say.
async fn next_news(app: &TestApp, who: &Person, calendar: &str, token: &mut String) -> Vec<String> {
    let news = changes(app, who, calendar, &format!("syncToken={token}")).await;
    *token = text(&news["nextSyncToken"]);
    let line = |item: &Value| {
        let event = &item["event"];
        let guest = |guest: &Value| format!(" {}", text(&guest["status"]));
        let guests: String =
            event["participants"].as_array().expect("participants").iter().map(guest).collect();
        format!("{}+{}{guests}", event["joinedCount"], event["waitlistCount"])
    };
    news["items"].as_array().expect("items").iter().map(line).collect()
}

async fn n04_who_comes_and_goes_is_told_of_once(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let (first, second) = (app.person("산들").await, app.person("네엣").await);
    for person in [&first, &second] {
        befriend(&app, &host, person).await;
    }
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "title": "농구", "start": { "date": "2036-12-01" }, "capacity": 1 });
    let event = format!("/v1/events/{}", text(&create(&app, &host, &calendar, new).await["id"]));
    let mut token = text(&changes(&app, &host, &calendar, "").await["nextSyncToken"]);
    let (join, invitation) = (format!("{event}/join"), format!("{event}/participants/{}", guest.id));
    // Each is asked for twice: again changes nothing, and nothing is told.
    for (who, expected) in [(&first, "1+0"), (&second, "1+1")] {
        for news in [vec![expected.to_owned()], vec![]] {
            app.post(&join).bearer(&who.token).expect(200).await;
            assert_eq!(next_news(&app, &host, &calendar, &mut token).await, news);
        }
    }
    // The seat that becomes free goes to the one who waits, in the same change.
    for news in [vec!["1+0".to_owned()], vec![]] {
        app.delete(&join).bearer(&first.token).expect(204).await;
        assert_eq!(next_news(&app, &host, &calendar, &mut token).await, news);
    }
    for news in [vec!["1+0 needsAction".to_owned()], vec![]] {
        app.put(&invitation).bearer(&host.token).expect(200).await;
        assert_eq!(next_news(&app, &host, &calendar, &mut token).await, news);
    }
    for status in ["accepted", "declined"] {
        let answer = json!({ "status": status });
        app.put(&format!("{event}/response")).bearer(&guest.token).json(answer).expect(200).await;
        assert_eq!(next_news(&app, &host, &calendar, &mut token).await, [format!("1+0 {status}")]);
    }
    app.delete(&invitation).bearer(&host.token).expect(204).await;
    assert_eq!(next_news(&app, &host, &calendar, &mut token).await, ["1+0"]);
    // Refused is not told.
    app.delete(&invitation).bearer(&host.token).refused(404, "platform.not_found").await;
    assert!(next_news(&app, &host, &calendar, &mut token).await.is_empty());
    app.delete("/v1/me").bearer(&second.token).json(json!({ "password": PASSWORD })).expect(204).await;
    app.settle().await;
    assert_eq!(next_news(&app, &host, &calendar, &mut token).await, ["0+0"]);
    // Of many at once the last change has them all.
    let people = [&first, &guest];
    befriend(&app, &host, &guest).await;
    join_all(people.map(async |person| app.post(&join).bearer(&person.token).expect(200).await)).await;
    assert_eq!(next_news(&app, &host, &calendar, &mut token).await, ["1+1"]);
    app.stop().await;
}
