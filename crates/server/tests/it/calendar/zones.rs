//! Times of which nobody says where they are, times where clocks jump, and when tasks are due.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{between, create, default_calendar, export, file, import};

madang_testkit::on_every_database!(
    c16_times_without_a_zone_are_where_their_author_is,
    c16_a_change_without_a_zone_keeps_that_of_the_event,
    c16_a_zone_alone_keeps_what_clocks_show,
    c16_what_begins_where_clocks_jump_lasts_as_long_as_its_digits_say,
    c20_a_task_is_due_when_it_was_said_to_be,
);

async fn patch(app: &TestApp, who: &Person, path: &str, body: Value) -> Value {
    app.patch(path).bearer(&who.token).json(body).expect(200).await
}

fn path(event: &Value) -> String {
    format!("/v1/events/{}", text(&event["id"]))
}

async fn c16_times_without_a_zone_are_where_their_author_is(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let weekly = json!({
        "title": "수업", "start": { "dateTime": "2026-12-06T23:00:00Z" },
        "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2"],
    });
    assert_eq!(create(&app, &person, &calendar, weekly).await["timeZone"], "Asia/Seoul");
    let until = json!({
        "title": "반", "start": { "dateTime": "2026-12-06T08:00:00" },
        "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261207T080000"],
    });
    create(&app, &person, &calendar, until).await;
    let mut found = between(&app, &person, &calendar, "2026-12-01T00:00:00Z", "2027-02-01T00:00:00Z").await;
    found.sort();
    assert_eq!(
        found,
        [
            "반 2026-12-05T23:00:00Z",
            "반 2026-12-06T23:00:00Z",
            "수업 2026-12-06T23:00:00Z",
            "수업 2026-12-13T23:00:00Z",
        ]
    );
    let preferences = json!({ "timeZone": "America/New_York" });
    patch(&app, &person, "/v1/me/preferences", preferences).await;
    let new = |moment: Value| json!({ "title": "x", "kind": "task", "start": moment });
    for (moment, shown) in [
        (
            json!({ "dateTime": "2026-12-05T11:00:00" }),
            json!({ "dateTime": "2026-12-05T16:00:00Z", "timeZone": "America/New_York" }),
        ),
        (
            json!({ "dateTime": "2026-12-05T11:00:00", "timeZone": null }),
            json!({ "dateTime": "2026-12-05T11:00:00" }),
        ),
        (
            json!({ "dateTime": "2026-12-05T11:00:00", "timeZone": "Asia/Seoul" }),
            json!({ "dateTime": "2026-12-05T02:00:00Z", "timeZone": "Asia/Seoul" }),
        ),
    ] {
        assert_eq!(create(&app, &person, &calendar, new(moment)).await["start"], shown);
    }
    // An end is on the clocks of its start, and all of it floats where the event is said to.
    let flight = json!({
        "title": "비행", "start": { "dateTime": "2026-12-05T11:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-12-05T12:00:00" },
    });
    assert_eq!(create(&app, &person, &calendar, flight).await["end"]["dateTime"], "2026-12-05T03:00:00Z");
    let anywhere = json!({
        "title": "일어나기", "timeZone": null, "start": { "dateTime": "2026-12-05T07:00:00" },
        "end": { "dateTime": "2026-12-05T07:30:00" },
    });
    let anywhere = create(&app, &person, &calendar, anywhere).await;
    assert_eq!(
        (&anywhere["timeZone"], &anywhere["end"]),
        (&json!(null), &json!({ "dateTime": "2026-12-05T07:30:00" }))
    );
    app.stop().await;
}

async fn c16_a_change_without_a_zone_keeps_that_of_the_event(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "America/New_York" });
    let new = json!({
        "title": "x", "start": at("2026-12-05T09:00:00"), "end": at("2026-12-05T10:00:00"),
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
    });
    let event = path(&create(&app, &person, &calendar, new).await);
    let moved =
        patch(&app, &person, &event, json!({ "start": { "dateTime": "2026-12-05T15:00:00Z" } })).await;
    assert_eq!(moved["start"], json!({ "dateTime": "2026-12-05T15:00:00Z", "timeZone": "America/New_York" }));
    let body = json!({
        "start": { "dateTime": "2026-12-05T11:00:00" }, "end": { "dateTime": "2026-12-05T13:00:00" },
    });
    let moved = patch(&app, &person, &event, body).await;
    assert_eq!(moved["start"], json!({ "dateTime": "2026-12-05T16:00:00Z", "timeZone": "America/New_York" }));
    assert_eq!(moved["end"], json!({ "dateTime": "2026-12-05T18:00:00Z", "timeZone": "America/New_York" }));
    // So do one occurrence, and those that follow.
    let one = format!("{event}?scope=this&occurrence=2026-12-06T16:00:00Z");
    let body = json!({ "start": { "dateTime": "2026-12-06T12:00:00" } });
    let moved = patch(&app, &person, &one, body).await;
    assert_eq!(moved["start"], json!({ "dateTime": "2026-12-06T17:00:00Z", "timeZone": "America/New_York" }));
    let rest = format!("{event}?scope=following&occurrence=2026-12-07T16:00:00Z");
    let body = json!({ "start": { "dateTime": "2026-12-07T20:00:00Z" } });
    let moved = patch(&app, &person, &rest, body).await;
    assert_eq!(moved["start"], json!({ "dateTime": "2026-12-07T20:00:00Z", "timeZone": "America/New_York" }));
    // What had no clock gets that of the caller, and what floats goes on floating.
    let day = json!({ "title": "x", "start": { "date": "2026-12-20" } });
    let day = path(&create(&app, &person, &calendar, day).await);
    let body = json!({ "start": { "dateTime": "2026-12-20T09:00:00" } });
    assert_eq!(patch(&app, &person, &day, body).await["timeZone"], "Asia/Seoul");
    let floats = json!({ "title": "x", "timeZone": null, "start": { "dateTime": "2026-12-20T09:00:00" } });
    let floats = path(&create(&app, &person, &calendar, floats).await);
    let body = json!({ "start": { "dateTime": "2026-12-20T10:00:00" } });
    assert_eq!(patch(&app, &person, &floats, body).await["timeZone"], json!(null));
    app.stop().await;
}

async fn c16_a_zone_alone_keeps_what_clocks_show(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = json!({
        "title": "x", "start": { "dateTime": "2026-12-05T09:00:00" }, "end": { "dateTime": "2026-12-05T10:30:00" },
        "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261206T000000Z"],
    });
    let event = path(&create(&app, &person, &calendar, new).await);
    let zone = json!({ "timeZone": "America/New_York" });
    let moved = patch(&app, &person, &event, zone.clone()).await;
    assert_eq!(moved["timeZone"], "America/New_York");
    assert_eq!(
        (&moved["start"]["dateTime"], &moved["end"]["dateTime"]),
        (&json!("2026-12-05T14:00:00Z"), &json!("2026-12-05T15:30:00Z"))
    );
    let found = between(&app, &person, &calendar, "2026-12-01T00:00:00Z", "2027-02-01T00:00:00Z").await;
    assert_eq!(found, ["x 2026-12-05T14:00:00Z", "x 2026-12-06T14:00:00Z"]);
    let day = json!({ "title": "x", "start": { "date": "2026-12-20" } });
    let day = path(&create(&app, &person, &calendar, day).await);
    let refused =
        app.patch(&day).bearer(&person.token).json(zone).refused(422, "platform.invalid_fields").await;
    assert_eq!(refused["errors"][0]["pointer"], "/timeZone");
    app.stop().await;
}

async fn c16_what_begins_where_clocks_jump_lasts_as_long_as_its_digits_say(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "America/New_York" });
    for (end, shown) in [
        ("2027-03-14T02:45:00", "2027-03-14T07:45:00Z"),
        ("2027-03-14T03:00:00", "2027-03-14T08:00:00Z"),
        ("2027-03-14T03:30:00", "2027-03-14T08:30:00Z"),
    ] {
        let new = json!({ "title": "x", "start": at("2027-03-14T02:30:00"), "end": at(end) });
        let event = create(&app, &person, &calendar, new).await;
        assert_eq!(
            (&event["start"]["dateTime"], &event["end"]["dateTime"]),
            (&json!("2027-03-14T07:30:00Z"), &json!(shown))
        );
    }
    app.stop().await;
}

async fn c20_a_task_is_due_when_it_was_said_to_be(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let timed = json!({
        "kind": "task", "title": "보고서", "end": { "dateTime": "2026-12-05T18:00:00", "timeZone": "Asia/Seoul" },
    });
    let timed = create(&app, &person, &calendar, timed).await;
    assert_eq!(timed["end"]["dateTime"], "2026-12-05T09:00:00Z");
    let day = json!({ "kind": "task", "title": "장보기", "end": { "date": "2026-12-05" } });
    let day = create(&app, &person, &calendar, day).await;
    assert_eq!(day["end"], json!({ "date": "2026-12-05" }));
    let days = json!({
        "kind": "task", "title": "이사", "start": { "date": "2026-12-03" }, "end": { "date": "2026-12-05" },
    });
    let days = create(&app, &person, &calendar, days).await;
    assert_eq!(
        (&days["start"], &days["end"]),
        (&json!({ "date": "2026-12-03" }), &json!({ "date": "2026-12-05" }))
    );
    let text = export(&app, &person, &calendar).await;
    for line in [
        "\r\nDUE;TZID=Asia/Seoul:20261205T180000\r\n",
        "\r\nDUE;VALUE=DATE:20261205\r\n",
        "\r\nDTSTART;VALUE=DATE:20261203\r\n",
    ] {
        assert!(text.contains(line), "{line:?} in {text}");
    }
    assert_eq!(text.matches("\r\nDTSTART;").count(), 1, "{text}");
    // What comes in again is due as before, and a change is one of the day itself.
    let again = import(&app, &person, &calendar, text.clone()).await;
    assert_eq!((&again["created"], &again["warnings"]), (&json!(0), &json!([])), "{again}");
    assert_eq!(app.get(&path(&days)).bearer(&person.token).expect(200).await["end"], days["end"]);
    let moved = patch(&app, &person, &path(&day), json!({ "end": { "date": "2026-12-08" } })).await;
    assert_eq!((&moved["start"], &moved["end"]), (&day["start"], &json!({ "date": "2026-12-08" })));
    let foreign = "BEGIN:VTODO\nUID:due\nDUE;VALUE=DATE:20261210\nSUMMARY:세금\nEND:VTODO";
    import(&app, &person, &calendar, file(foreign)).await;
    let range = "/v1/events?from=2026-12-09T15:00:00Z&to=2026-12-10T15:00:00Z&timeZone=Asia/Seoul";
    let found = app.get(range).bearer(&person.token).expect(200).await;
    assert_eq!(found["items"][0]["end"], json!({ "date": "2026-12-10" }));
    app.stop().await;
}
