//! What is answered to whom, and what is left alone.

use madang_testkit::{TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, file, import, in_2026, people::befriend};

madang_testkit::on_every_database!(
    c16_who_sees_an_event_is_told_that_they_may_not_write,
    c16_what_happens_once_is_all_of_it,
    n01_an_occurrence_that_is_gone_is_not_found,
    n01_an_occurrence_keeps_only_what_differs,
    n02_what_cannot_be_read_is_not_created,
    c17_a_block_stops_sharing,
    c18_joining_answers_the_event,
    c18_what_is_over_cannot_be_joined,
);

async fn c16_who_sees_an_event_is_told_that_they_may_not_write(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let (friend, stranger) = (app.person("산들").await, app.person("나무").await);
    befriend(&app, &host, &friend).await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "title": "소풍", "capacity": 3, "start": { "date": "2036-12-01" } });
    let event = format!("/v1/events/{}", text(&create(&app, &host, &calendar, new).await["id"]));
    app.put(&format!("{event}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    let secret = json!({ "title": "비밀", "visibility": "private", "start": { "date": "2036-12-01" } });
    let secret = format!("/v1/events/{}", text(&create(&app, &host, &calendar, secret).await["id"]));
    let writer = app.person("구름").await;
    app.put(&format!("/v1/calendars/{calendar}/members/{}", writer.id))
        .bearer(&host.token)
        .json(json!({ "role": "writer" }))
        .send()
        .await
        .expect(200);
    for (who, path, status, code) in [
        (&guest, &event, 403, "platform.forbidden"),
        (&friend, &event, 403, "platform.forbidden"),
        (&stranger, &event, 404, "platform.not_found"),
        (&friend, &secret, 404, "platform.not_found"),
        (&writer, &secret, 404, "platform.not_found"),
    ] {
        app.patch(path).bearer(&who.token).json(json!({ "title": "x" })).refused(status, code).await;
        app.delete(path).bearer(&who.token).refused(status, code).await;
    }
    app.stop().await;
}

async fn c16_what_happens_once_is_all_of_it(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = || json!({ "title": "소풍", "start": { "date": "2026-12-01" } });
    let event = format!("/v1/events/{}", text(&create(&app, &person, &calendar, new()).await["id"]));
    for query in ["scope=this", "scope=this&occurrence=2026-12-01", "scope=following&occurrence=2026-12-01"] {
        let body = json!({ "title": query, "capacity": 5 });
        let changed =
            app.patch(&format!("{event}?{query}")).bearer(&person.token).json(body).expect(200).await;
        assert_eq!((&changed["title"], &changed["capacity"]), (&json!(query), &json!(5)));
    }
    app.delete(&format!("{event}?scope=this&occurrence=2026-12-02"))
        .bearer(&person.token)
        .refused(404, "platform.not_found")
        .await;
    app.delete(&format!("{event}?scope=this")).bearer(&person.token).expect(204).await;
    app.get(&event).bearer(&person.token).refused(404, "platform.not_found").await;
    app.stop().await;
}

async fn n01_an_occurrence_that_is_gone_is_not_found(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = json!({
        "title": "수업", "start": { "date": "2026-12-01" }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    });
    let event = format!("/v1/events/{}", text(&create(&app, &person, &calendar, new).await["id"]));
    let gone = format!("{event}?scope=this&occurrence=2026-12-02");
    app.delete(&gone).bearer(&person.token).expect(204).await;
    for day in ["2026-12-02", "2026-12-04"] {
        for scope in ["this", "following", "all"] {
            let path = format!("{event}?scope={scope}&occurrence={day}");
            app.delete(&path).bearer(&person.token).refused(404, "platform.not_found").await;
        }
        let path = format!("{event}?occurrence={day}");
        app.get(&path).bearer(&person.token).refused(404, "platform.not_found").await;
    }
    app.get(&format!("{event}?occurrence=2026-12-03")).bearer(&person.token).expect(200).await;
    app.stop().await;
}

async fn n01_an_occurrence_keeps_only_what_differs(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = json!({
        "title": "수업", "location": "강당", "start": { "dateTime": "2026-12-01T20:00:00" },
        "end": { "dateTime": "2026-12-01T21:00:00" }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
    });
    let event = format!("/v1/events/{}", text(&create(&app, &person, &calendar, new).await["id"]));
    let patch = |query: &str, body: Value| {
        app.patch(&format!("{event}{query}")).bearer(&person.token).json(body).expect(200)
    };
    let at = |day: u32| format!("?occurrence=2026-12-0{day}T11:00:00Z");
    for day in [2, 4] {
        let start = json!({ "start": { "dateTime": format!("2026-12-0{day}T09:00:00") } });
        patch(&at(day), start).await;
    }
    patch(&at(3), json!({ "location": "마당" })).await;
    patch("", json!({ "title": "반", "location": "교실" })).await;
    let following = format!("{}&scope=following", at(4));
    let rest = patch(&following, json!({ "title": "새 반" })).await;
    let list = app
        .get("/v1/events?from=2026-12-01T00:00:00Z&to=2026-12-10T00:00:00Z")
        .bearer(&person.token)
        .expect(200)
        .await;
    let show = |item: &Value| {
        format!("{} {} {}", text(&item["title"]), text(&item["location"]), text(&item["start"]["dateTime"]))
    };
    let found: Vec<String> = list["items"].as_array().expect("items").iter().map(show).collect();
    assert_eq!(
        found,
        [
            "반 교실 2026-12-01T11:00:00Z",
            "반 교실 2026-12-02T00:00:00Z",
            "반 마당 2026-12-03T11:00:00Z",
            "새 반 교실 2026-12-04T00:00:00Z",
            "새 반 교실 2026-12-05T11:00:00Z",
        ],
        "{rest}"
    );
    app.stop().await;
}

async fn n02_what_cannot_be_read_is_not_created(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let text = file(
        "BEGIN:VEVENT\nUID:a\nDTSTART:20261201T100000Z\nSUMMARY:좋다\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:b\nDTSTART:notadate\nSUMMARY:언제\nEND:VEVENT",
    );
    for created in [1, 0] {
        let report = import(&app, &person, &calendar, text.clone()).await;
        assert_eq!(
            (&report["created"], &report["updated"], &report["skipped"]),
            (&json!(created), &json!(0), &json!(2 - created)),
            "{report}"
        );
        let warnings = report["warnings"].as_array().expect("warnings");
        assert!(warnings.iter().all(|warning| warning["uid"] == "b"), "{report}");
        assert!(warnings.iter().any(|warning| warning["code"] == "keptNotShown"), "{report}");
    }
    app.stop().await;
}

async fn c17_a_block_stops_sharing(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, other, third) =
        (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let made =
        app.post("/v1/calendars").bearer(&owner.token).json(json!({ "name": "가족" })).expect(201).await;
    let members = format!("/v1/calendars/{}/members", text(&made["id"]));
    let share = |by: &madang_testkit::Person, with: &madang_testkit::Person, role: &str| {
        app.put(&format!("{members}/{}", with.id)).bearer(&by.token).json(json!({ "role": role }))
    };
    app.put(&format!("/v1/users/{}/block", owner.id)).bearer(&other.token).send().await;
    share(&owner, &other, "reader").refused(404, "platform.not_found").await;
    // Nor through another owner.
    share(&owner, &third, "owner").send().await.expect(200);
    share(&third, &other, "reader").refused(404, "platform.not_found").await;
    app.delete(&format!("/v1/users/{}/block", owner.id)).bearer(&other.token).send().await;
    share(&third, &other, "reader").send().await.expect(200);
    app.stop().await;
}

async fn c18_joining_answers_the_event(db: TestDb) {
    let app = in_2026(db).await;
    let (host, first, second) =
        (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "title": "농구", "start": { "date": "2036-12-01" }, "capacity": 1 });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    for (who, state, position) in [(&first, "joined", json!(null)), (&second, "waitlisted", json!(1))] {
        befriend(&app, &host, who).await;
        let joined = app.post(&format!("/v1/events/{id}/join")).bearer(&who.token).expect(200).await;
        assert_eq!((&joined["state"], &joined["position"]), (&json!(state), &position));
        let event = app.get(&format!("/v1/events/{id}")).bearer(&who.token).expect(200).await;
        for (name, value) in event.as_object().expect("an event") {
            assert_eq!(&joined[name], value, "{name}");
        }
        assert_eq!((&joined["myJoinState"], &joined["capacity"]), (&json!(state), &json!(1)));
    }
    app.stop().await;
}

async fn c18_what_is_over_cannot_be_joined(db: TestDb) {
    let app = TestApp::start(db).await;
    let host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "농구", "start": { "dateTime": "2020-12-01T10:00:00" }, "end": { "dateTime": "2020-12-01T11:00:00" },
        "capacity": 1, "recurrence": ["RRULE:FREQ=YEARLY;COUNT=40"],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let join = |year: u32| {
        app.post(&format!("/v1/events/{id}/join?occurrence={year}-12-01T01:00:00Z")).bearer(&host.token)
    };
    join(2021).refused(409, "calendar.event_over").await;
    join(2055).expect(200).await;
    app.stop().await;
}
