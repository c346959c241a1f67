//! N07: the public holidays as a calendar that everybody may subscribe to, and nobody changes.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{between, create, default_calendar, file};

madang_testkit::on_every_database!(
    n07_people_subscribe_to_the_holidays,
    n07_nobody_changes_the_holidays_or_sees_who_else_has_them,
    n07_holidays_take_up_no_time_and_stand_once_in_a_day,
);

async fn holidays(app: &TestApp, who: &Person) -> (String, bool) {
    let list = app.get("/v1/system-calendars").bearer(&who.token).expect(200).await;
    assert_eq!(list["items"].as_array().expect("items").len(), 1);
    let item = &list["items"][0];
    assert_eq!((&item["name"], &item["timeZone"]), (&json!("대한민국 공휴일"), &json!("Asia/Seoul")));
    (text(&item["id"]), item["subscribed"].as_bool().expect("a flag"))
}

async fn subscribe(app: &TestApp, who: &Person) -> String {
    let (id, _) = holidays(app, who).await;
    app.put(&format!("/v1/calendars/{id}/subscription")).bearer(&who.token).expect(200).await;
    id
}

async fn n07_people_subscribe_to_the_holidays(db: TestDb) {
    let app = TestApp::start(db).await;
    let (one, other) = (app.person("하늘").await, app.person("바다").await);
    let (id, subscribed) = holidays(&app, &one).await;
    assert!(!subscribed);
    app.get(&format!("/v1/calendars/{id}")).bearer(&one.token).refused(404, "platform.not_found").await;
    for _ in 0..2 {
        let path = format!("/v1/calendars/{id}/subscription");
        let calendar = app.put(&path).bearer(&one.token).expect(200).await;
        assert_eq!((&calendar["myRole"], &calendar["isSystem"]), (&json!("reader"), &json!(true)));
    }
    assert!(holidays(&app, &one).await.1 && !holidays(&app, &other).await.1);
    let list = app.get("/v1/calendars").bearer(&one.token).expect(200).await;
    let rows: Vec<&Value> = list["items"].as_array().expect("items").iter().collect();
    assert_eq!(rows.iter().filter(|row| row["id"] == json!(id)).count(), 1);
    assert_eq!(rows.iter().filter(|row| row["isSystem"] == json!(true)).count(), 1);
    // 삼일절 of 2026 is a Sunday.
    let march = "/v1/events?from=2026-02-28T15:00:00Z&to=2026-03-31T15:00:00Z&timeZone=Asia/Seoul";
    let found = app.get(march).bearer(&one.token).expect(200).await;
    let days: Vec<String> = found["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            format!("{} {} {}", text(&item["start"]["date"]), text(&item["title"]), item["organizer"])
        })
        .collect();
    assert_eq!(days, ["2026-03-01 삼일절 null", "2026-03-02 대체공휴일(삼일절) null"]);
    assert_eq!(app.get(march).bearer(&other.token).expect(200).await["items"], json!([]));
    // Colour and place are everybody's own.
    subscribe(&app, &other).await;
    let view = format!("/v1/calendars/{id}/view");
    let body = json!({ "color": "#00AA00", "position": 0 });
    app.patch(&view).bearer(&one.token).json(body).expect(200).await;
    let list = app.get("/v1/calendars").bearer(&one.token).expect(200).await;
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["color"]), (&json!(id), &json!("#00aa00")));
    let theirs = app.get(&format!("/v1/calendars/{id}")).bearer(&other.token).expect(200).await;
    assert_eq!((&theirs["color"], &theirs["position"]), (&json!("#c9372c"), &Value::Null));
    let changes = app.get(&format!("/v1/calendars/{id}/changes")).bearer(&other.token).expect(200).await;
    assert!(!changes["items"].as_array().expect("items").is_empty());
    // Who had enough of them does not see them any more.
    for _ in 0..2 {
        app.delete(&format!("/v1/calendars/{id}/subscription")).bearer(&one.token).expect(204).await;
    }
    assert_eq!(app.get(march).bearer(&one.token).expect(200).await["items"], json!([]));
    assert_eq!(between(&app, &other, &id, "2026-02-28T15:00:00Z", "2026-03-31T15:00:00Z").await.len(), 2);
    let own = default_calendar(&app, &one).await;
    app.put(&format!("/v1/calendars/{own}/subscription"))
        .bearer(&one.token)
        .refused(404, "platform.not_found")
        .await;
    app.stop().await;
}

async fn n07_nobody_changes_the_holidays_or_sees_who_else_has_them(db: TestDb) {
    let app = TestApp::start(db).await;
    let (one, other) = (app.person("하늘").await, app.person("바다").await);
    let id = subscribe(&app, &one).await;
    subscribe(&app, &other).await;
    let list =
        app.get(&format!("/v1/calendars/{id}/events?from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z"));
    let list = list.bearer(&one.token).expect(200).await;
    let event = format!("/v1/events/{}", text(&list["items"][0]["id"]));
    let calendar = format!("/v1/calendars/{id}");
    let day = json!({ "title": "내 생일", "start": { "date": "2026-05-04" } });
    for call in [
        app.post(&format!("{calendar}/events")).json(day),
        app.patch(&event).json(json!({ "title": "x" })),
        app.delete(&event),
        app.patch(&calendar).json(json!({ "name": "x" })),
        app.delete(&calendar),
        app.get(&format!("{calendar}/members")),
        app.put(&format!("{calendar}/members/{}", other.id)).json(json!({ "role": "writer" })),
        app.delete(&format!("{calendar}/members/{}", other.id)),
        app.post(&format!("{calendar}/share-links")).json(json!({ "detail": "full" })),
        app.post(&format!("{calendar}/import")).body("text/calendar", file("")),
        app.put(&format!("{event}/participants/{}", other.id)),
    ] {
        call.bearer(&one.token).refused(403, "platform.forbidden").await;
    }
    // Reading them, being reminded of them and taking them away as a file is everybody's.
    let body = json!({ "reminders": [{ "minutesBefore": 900 }] });
    app.put(&format!("{event}/reminders")).bearer(&one.token).json(body).expect(200).await;
    let out = app.get(&format!("{calendar}/export.ics")).bearer(&one.token).send().await.text();
    assert_eq!(out.matches("TRIGGER:-PT900M").count(), 1);
    assert!(out.matches("BEGIN:VEVENT").count() > 900);
    app.stop().await;
}

async fn n07_holidays_take_up_no_time_and_stand_once_in_a_day(db: TestDb) {
    let app = TestApp::start(db).await;
    let one = app.person("하늘").await;
    subscribe(&app, &one).await;
    let own = default_calendar(&app, &one).await;
    create(
        &app,
        &one,
        &own,
        json!({ "title": "소풍", "start": { "dateTime": "2026-05-05T03:00:00Z" },
        "end": { "dateTime": "2026-05-05T04:00:00Z" } }),
    )
    .await;
    let body = json!({ "userIds": [one.id], "from": "2026-05-01T00:00:00Z", "to": "2026-06-01T00:00:00Z" });
    let busy = app.post("/v1/free-busy").bearer(&one.token).json(body).expect(200).await;
    assert_eq!(busy.to_string().matches("2026-05-05").count(), 2, "the picnic alone: {busy}");
    let day = "/v1/agenda?from=2026-05-04T15:00:00Z&to=2026-05-05T15:00:00Z&timeZone=Asia/Seoul&layers=events,holidays";
    let agenda = app.get(day).bearer(&one.token).expect(200).await;
    let titles: Vec<&Value> =
        agenda["items"].as_array().expect("items").iter().map(|i| &i["title"]).collect();
    assert_eq!(titles.iter().filter(|title| ***title == json!("어린이날")).count(), 1, "{agenda}");
    assert_eq!(titles.iter().filter(|title| ***title == json!("소풍")).count(), 1, "{agenda}");
    app.stop().await;
}
