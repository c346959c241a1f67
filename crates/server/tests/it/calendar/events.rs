//! Making, changing and deleting calendars, events and tasks.

use madang_testkit::{TestApp, TestDb, text};
use serde_json::json;

use super::{between, create, default_calendar};

madang_testkit::on_every_database!(
    one_default_calendar_is_there_after_sign_up_and_stays,
    calendars_are_made_changed_and_deleted,
    c16_events_are_made_read_changed_and_deleted,
    c16_what_a_creation_answers_is_what_is_read_afterwards,
    c16_bad_events_are_refused_with_their_pointers,
    c16_strangers_find_nothing,
    c20_tasks_are_completed_and_reopened,
    c20_each_occurrence_of_a_task_is_done_by_itself_and_by_participants,
    repeating_a_creation_makes_one_event,
    a_moved_start_takes_the_end_along,
);

async fn one_default_calendar_is_there_after_sign_up_and_stays(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    app.settle().await;
    let list = app.get("/v1/calendars").bearer(&person.token).expect(200).await;
    assert_eq!(list["items"].as_array().expect("items").len(), 1, "{list}");
    assert_eq!(list["nextCursor"], json!(null));
    let late = app.person("바다").await;
    app.settle().await;
    let list = app.get("/v1/calendars").bearer(&late.token).expect(200).await;
    assert_eq!(list["items"].as_array().expect("items").len(), 1, "{list}");
    let path = format!("/v1/calendars/{calendar}");
    app.delete(&path).bearer(&person.token).refused(409, "calendar.default_calendar_kept").await;
    app.stop().await;
}

async fn calendars_are_made_changed_and_deleted(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let new = json!({ "name": "가족", "color": "#FF8800", "timeZone": "Asia/Tokyo" });
    let reply = app.post("/v1/calendars").bearer(&person.token).json(new).send().await;
    let calendar = reply.expect(201);
    let path = format!("/v1/calendars/{}", text(&calendar["id"]));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    assert_eq!(calendar["color"], "#ff8800");
    assert_eq!((&calendar["myRole"], &calendar["ownerId"]), (&json!("owner"), &json!(person.id)));
    assert_eq!(app.get(&path).bearer(&person.token).expect(200).await, calendar);
    let etag = reply.header("etag").expect("an ETag").to_owned();
    let patch = |body| app.patch(&path).bearer(&person.token).json(body);
    let changed = patch(json!({ "description": "우리 집" })).header("If-Match", &etag).expect(200).await;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("가족"), &json!("우리 집")));
    patch(json!({ "name": "집" }))
        .header("If-Match", &etag)
        .refused(412, "platform.precondition_failed")
        .await;
    assert_eq!(patch(json!({ "description": null })).expect(200).await["description"], json!(null));
    let refused =
        patch(json!({ "color": "red", "name": "", "size": 3 })).refused(422, "platform.invalid_fields").await;
    assert_eq!(refused["errors"].as_array().expect("errors").len(), 3, "{refused}");
    let calendar = text(&calendar["id"]);
    create(&app, &person, &calendar, json!({ "title": "저녁", "start": { "date": "2026-12-01" } })).await;
    app.delete(&path).bearer(&person.token).expect(204).await;
    app.get(&path).bearer(&person.token).refused(404, "platform.not_found").await;
    app.stop().await;
}

async fn c16_events_are_made_read_changed_and_deleted(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = json!({
        "title": "소풍", "location": "여의도", "description": "담요",
        "start": { "dateTime": "2026-12-01T20:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-12-01T12:30:00Z", "timeZone": "Asia/Seoul" },
    });
    let path = format!("/v1/calendars/{calendar}/events");
    let reply = app.post(&path).bearer(&person.token).json(new).send().await;
    let event = reply.expect(201);
    assert_eq!(event["start"], json!({ "dateTime": "2026-12-01T11:00:00Z", "timeZone": "Asia/Seoul" }));
    assert_eq!(event["end"], json!({ "dateTime": "2026-12-01T12:30:00Z", "timeZone": "Asia/Seoul" }));
    assert_eq!((&event["allDay"], &event["kind"]), (&json!(false), &json!("event")));
    let path = format!("/v1/events/{}", text(&event["id"]));
    assert_eq!(reply.header("location"), Some(path.as_str()));
    let etag = reply.header("etag").expect("an ETag").to_owned();
    assert_eq!(app.get(&path).bearer(&person.token).expect(200).await, event);
    let cached = app.get(&path).bearer(&person.token).header("If-None-Match", &etag).send().await;
    assert_eq!(cached.status.as_u16(), 304);
    let patch = |body| app.patch(&path).bearer(&person.token).json(body);
    let all_day = json!({ "title": "긴 소풍", "location": null, "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-04" } });
    let changed = patch(all_day).header("If-Match", &etag).expect(200).await;
    assert_eq!(
        (&changed["title"], &changed["location"], &changed["allDay"]),
        (&json!("긴 소풍"), &json!(null), &json!(true))
    );
    patch(json!({ "title": "x" }))
        .header("If-Match", &etag)
        .refused(412, "platform.precondition_failed")
        .await;
    assert_eq!(
        between(&app, &person, &calendar, "2026-12-03T00:00:00Z", "2026-12-03T01:00:00Z").await,
        ["긴 소풍 2026-12-01"]
    );
    app.delete(&path).bearer(&person.token).expect(204).await;
    app.get(&path).bearer(&person.token).refused(404, "platform.not_found").await;
    app.delete(&path).bearer(&person.token).refused(404, "platform.not_found").await;
    app.stop().await;
}

async fn c16_what_a_creation_answers_is_what_is_read_afterwards(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, writer) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &owner).await;
    let role = json!({ "role": "writer" });
    let member = format!("/v1/calendars/{calendar}/members/{}", writer.id);
    app.put(&member).bearer(&owner.token).json(role).expect(200).await;
    let seoul = json!({ "dateTime": "2026-08-01T10:00:00", "timeZone": "Asia/Seoul" });
    // A moment that clocks in New York never show, and one they show twice.
    let gap = json!({ "dateTime": "2026-03-08T02:30:00", "timeZone": "America/New_York" });
    let twice = json!({ "dateTime": "2026-11-01T01:30:00", "timeZone": "America/New_York" });
    let there = json!({ "dateTime": "2026-08-02T01:00:00", "timeZone": "Europe/Paris" });
    let reminders = json!([{ "minutesBefore": 10 }, { "minutesBefore": 90 }, { "minutesBefore": 10 }]);
    let all = [
        json!({ "title": "a", "start": seoul, "end": there, "description": "line\nline", "location": "집" }),
        json!({ "title": "b", "start": gap, "visibility": "private" }),
        json!({ "title": "c", "start": twice, "visibility": "confidential", "blocksTime": false }),
        json!({ "title": "d", "start": { "date": "2026-08-01" }, "end": { "date": "2026-08-20" } }),
        json!({ "title": "e", "start": { "dateTime": "2026-08-01T10:00:00" }, "status": "tentative" }),
        json!({ "title": "f", "start": seoul, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Asia/Seoul:20260808T100000"] }),
        json!({ "title": "g", "start": seoul, "capacity": 3, "reminders": reminders }),
        json!({ "title": "h", "kind": "task" }),
        json!({ "title": "i", "kind": "task", "end": { "date": "2026-08-01" }, "reminders": reminders }),
    ];
    for person in [&owner, &writer] {
        for event in &all {
            let path = format!("/v1/calendars/{calendar}/events");
            let made = app.post(&path).bearer(&person.token).json(event.clone()).send().await;
            let path = format!("/v1/events/{}", text(&made.expect(201)["id"]));
            let read = app.get(&path).bearer(&person.token).send().await;
            assert_eq!(made.expect(201), read.expect(200));
            assert_eq!(made.header("etag"), read.header("etag"));
            assert_eq!(made.header("location"), Some(path.as_str()));
        }
    }
    let changes = app.get(&format!("/v1/calendars/{calendar}/changes?limit=100")).bearer(&owner.token);
    assert_eq!(changes.expect(200).await["items"].as_array().expect("items").len(), 2 * all.len());
    app.stop().await;
}

async fn c16_bad_events_are_refused_with_their_pointers(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "Asia/Seoul" });
    let noon = at("2026-12-01T12:00:00");
    for (body, expected) in [
        (
            json!({ "title": "x", "start": noon, "end": at("2026-12-01T11:59:59") }),
            "/end calendar.end_before_start",
        ),
        (
            json!({ "title": "x", "start": { "date": "2026-12-02" }, "end": { "date": "2026-12-01" } }),
            "/end calendar.end_before_start",
        ),
        (
            json!({ "title": "x", "start": noon, "end": { "date": "2026-12-02" } }),
            "/end calendar.mixed_time_kinds",
        ),
        (json!({ "title": "x" }), "/start platform.required"),
        (json!({ "start": noon }), "/title platform.required"),
        (json!({ "title": "가".repeat(201), "start": noon }), "/title platform.too_long"),
        (
            json!({ "title": "x", "start": { "dateTime": "2026-12-01T12:00:00", "timeZone": "Mars/Base" } }),
            "/start/timeZone calendar.unknown_time_zone",
        ),
        (
            json!({ "title": "x", "start": { "dateTime": "2026-12-01T12:00:00+25:00" } }),
            "/start/dateTime calendar.invalid_time",
        ),
        (
            json!({ "title": "x", "start": noon, "recurrence": ["RRULE:FREQ=DAILY", "RRULE:FREQ=NEVER"] }),
            "/recurrence/1 calendar.invalid_recurrence",
        ),
        (
            json!({ "title": "x", "start": noon, "recurrence": ["RRULE:FREQ=DAILY;COUNT=1000000000"] }),
            "/recurrence/0 calendar.recurrence_too_dense",
        ),
        (
            json!({ "title": "x", "start": noon, "recurrence": ["RRULE:FREQ=SECONDLY"] }),
            "/recurrence calendar.recurrence_too_dense",
        ),
        (json!({ "title": "x", "start": noon, "startTime": "12:00" }), "/startTime platform.unknown_field"),
        (json!({ "title": "x", "start": noon, "status": "maybe" }), "/status platform.not_a_choice"),
    ] {
        let path = format!("/v1/calendars/{calendar}/events");
        let refused = app
            .post(&path)
            .bearer(&person.token)
            .json(body.clone())
            .refused(422, "platform.invalid_fields")
            .await;
        let error = &refused["errors"][0];
        let found = format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap());
        assert_eq!(found, expected, "{body}");
    }
    app.stop().await;
}

async fn c16_strangers_find_nothing(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, stranger) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &owner).await;
    let event =
        create(&app, &owner, &calendar, json!({ "title": "비밀", "start": { "date": "2026-12-01" } })).await;
    let (event, calendar) =
        (format!("/v1/events/{}", text(&event["id"])), format!("/v1/calendars/{calendar}"));
    let range = "from=2026-11-01T00:00:00Z&to=2027-01-01T00:00:00Z";
    for path in [
        &event,
        &calendar,
        &format!("{calendar}/events?{range}"),
        &format!("{calendar}/export.ics"),
        &format!("{calendar}/changes"),
    ] {
        app.get(path).bearer(&stranger.token).refused(404, "platform.not_found").await;
    }
    app.patch(&event).bearer(&stranger.token).json(json!({})).refused(404, "platform.not_found").await;
    app.delete(&event).bearer(&stranger.token).refused(404, "platform.not_found").await;
    app.delete(&calendar).bearer(&stranger.token).refused(404, "platform.not_found").await;
    let new = json!({ "title": "x", "start": { "date": "2026-12-01" } });
    app.post(&format!("{calendar}/events"))
        .bearer(&stranger.token)
        .json(new)
        .refused(404, "platform.not_found")
        .await;
    app.post(&format!("{calendar}/import"))
        .bearer(&stranger.token)
        .body("text/calendar", "x")
        .refused(404, "platform.not_found")
        .await;
    let all = app.get(&format!("/v1/events?{range}")).bearer(&stranger.token).expect(200).await;
    assert_eq!(all["items"], json!([]));
    app.get("/v1/events/nonsense").bearer(&stranger.token).refused(404, "platform.not_found").await;
    app.stop().await;
}

async fn c20_tasks_are_completed_and_reopened(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let task = create(
        &app,
        &person,
        &calendar,
        json!({ "kind": "task", "title": "보고서", "end": { "date": "2026-12-01" } }),
    )
    .await;
    assert_eq!((&task["kind"], &task["completedAt"]), (&json!("task"), &json!(null)));
    let path = format!("/v1/events/{}/completion", text(&task["id"]));
    let done = app.put(&path).bearer(&person.token).expect(200).await;
    assert!(done["completedAt"].is_string());
    assert_eq!(app.put(&path).bearer(&person.token).expect(200).await["completedAt"], done["completedAt"]);
    app.delete(&path).bearer(&person.token).expect(204).await;
    let event =
        create(&app, &person, &calendar, json!({ "title": "x", "start": { "date": "2026-12-01" } })).await;
    let path = format!("/v1/events/{}/completion", text(&event["id"]));
    app.put(&path).bearer(&person.token).refused(422, "calendar.not_a_task").await;
    app.stop().await;
}

async fn repeating_a_creation_makes_one_event(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = json!({ "title": "한 번", "start": { "date": "2026-12-01" } });
    let path = format!("/v1/calendars/{calendar}/events");
    let post = || app.post(&path).bearer(&person.token).header("Idempotency-Key", "k").json(new.clone());
    let first = post().expect(201).await;
    assert_eq!(post().expect(201).await, first);
    assert_eq!(
        between(&app, &person, &calendar, "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z").await.len(),
        1
    );
    app.stop().await;
}

async fn a_moved_start_takes_the_end_along(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "Asia/Seoul" });
    let new = json!({ "title": "x", "start": at("2026-12-01T01:00:00Z"), "end": at("2026-12-01T03:00:00Z") });
    let event = create(&app, &person, &calendar, new).await;
    let path = format!("/v1/events/{}", text(&event["id"]));
    let patch = |body| app.patch(&path).bearer(&person.token).json(body);
    let moved = patch(json!({ "start": at("2026-12-02T05:00:00Z") })).expect(200).await;
    assert_eq!(moved["end"], at("2026-12-02T07:00:00Z"));
    let shorter = patch(json!({ "end": at("2026-12-02T05:30:00Z") })).expect(200).await;
    assert_eq!(
        (&shorter["start"], &shorter["end"]),
        (&at("2026-12-02T05:00:00Z"), &at("2026-12-02T05:30:00Z"))
    );
    patch(json!({ "end": at("2026-12-02T04:30:00Z") })).refused(422, "platform.invalid_fields").await;
    let instant = patch(json!({ "end": null })).expect(200).await;
    assert_eq!(instant["start"], instant["end"]);
    app.stop().await;
}

async fn c20_each_occurrence_of_a_task_is_done_by_itself_and_by_participants(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let (reader, stranger) = (app.person("산들").await, app.person("나무").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "kind": "task", "title": "물 주기", "end": { "date": "2026-12-01" }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let path = format!("/v1/events/{id}");
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    let member = format!("/v1/calendars/{calendar}/members/{}", reader.id);
    app.put(&member).bearer(&host.token).json(json!({ "role": "reader" })).send().await;
    let done = |day: u32| format!("{path}/completion?occurrence=2026-12-0{day}");
    let first = app.put(&done(2)).bearer(&guest.token).expect(200).await;
    assert_eq!(app.put(&done(2)).bearer(&host.token).expect(200).await["completedAt"], first["completedAt"]);
    app.put(&done(3)).bearer(&host.token).expect(200).await;
    app.put(&done(2)).bearer(&reader.token).refused(403, "platform.forbidden").await;
    app.put(&done(2)).bearer(&stranger.token).refused(404, "platform.not_found").await;
    app.put(&done(9)).bearer(&host.token).refused(404, "platform.not_found").await;
    let marks = async || {
        let range = "/v1/events?from=2026-11-29T00:00:00Z&to=2026-12-20T00:00:00Z&timeZone=UTC";
        let list = app.get(range).bearer(&guest.token).expect(200).await;
        let items = list["items"].as_array().expect("items").clone();
        items.iter().map(|item| item["completedAt"].is_string()).collect::<Vec<_>>()
    };
    assert_eq!(marks().await, [false, true, true, false]);
    // What is done stays done when the series moves, or is cut.
    let body = json!({ "start": { "date": "2026-12-02" } });
    app.patch(&path).bearer(&host.token).json(body).expect(200).await;
    assert_eq!(marks().await, [false, true, true, false]);
    let cut = format!("{path}?scope=following&occurrence=2026-12-04");
    app.patch(&cut).bearer(&host.token).json(json!({ "title": "꽃" })).expect(200).await;
    assert_eq!(marks().await, [false, true, true, false]);
    app.delete(&done(3)).bearer(&guest.token).expect(204).await;
    assert_eq!(marks().await, [false, false, true, false]);
    // Nobody does all of a series by forgetting to say which of it.
    let all = format!("{path}/completion");
    let problem = app.put(&all).bearer(&guest.token).refused(422, "platform.invalid_fields").await;
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["code"], &error["pointer"]),
        (&json!("calendar.occurrence_required"), &json!("?occurrence"))
    );
    app.delete(&all).bearer(&guest.token).expect(204).await;
    assert_eq!(marks().await, [false, false, true, false]);
    app.stop().await;
}
