//! N02: files in and out without loss.

use madang_testkit::{TestApp, TestDb};
use serde_json::json;

use super::{between, create, default_calendar, export, file, import};

madang_testkit::on_every_database!(
    n02_import_is_idempotent_by_uid,
    n02_a_bad_component_spoils_nothing,
    n02_what_is_not_understood_survives_the_round_trip,
    n02_events_made_here_survive_the_round_trip,
    n02_foreign_zones_are_repaired_and_told,
    n02_changes_here_leave_the_rest_of_an_imported_event_alone,
    what_is_no_calendar_is_refused,
);

async fn n02_import_is_idempotent_by_uid(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let event = |uid: &str, title: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20261101T000000Z\nDTSTART:20261201T100000Z\nSUMMARY:{title}\nEND:VEVENT"
        )
    };
    let first = file(&format!("{}\n{}", event("a", "하나"), event("b", "둘")));
    let report = import(&app, &person, &calendar, first.clone()).await;
    assert_eq!(report, json!({ "created": 2, "updated": 0, "skipped": 0, "warnings": [] }));
    let report = import(&app, &person, &calendar, first).await;
    assert_eq!(report, json!({ "created": 0, "updated": 0, "skipped": 2, "warnings": [] }));
    let changed = file(&format!("{}\n{}\n{}", event("a", "하나"), event("b", "둘둘"), event("c", "셋")));
    let report = import(&app, &person, &calendar, changed).await;
    assert_eq!(report, json!({ "created": 1, "updated": 1, "skipped": 1, "warnings": [] }));
    let mut found = between(&app, &person, &calendar, "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z").await;
    found.sort();
    assert_eq!(found, ["둘둘 2026-12-01T10:00:00Z", "셋 2026-12-01T10:00:00Z", "하나 2026-12-01T10:00:00Z"]);
    app.stop().await;
}

async fn n02_a_bad_component_spoils_nothing(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let components = "BEGIN:VEVENT\nUID:good\nDTSTART:20261201T100000Z\nSUMMARY:좋다\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:no-start\nSUMMARY:언제\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:odd-rule\nDTSTART:20261202T100000Z\nRRULE:FREQ=FORTNIGHTLY\nSUMMARY:가끔\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:lunar\nDTSTART;VALUE=DATE:20261203\nRRULE:RSCALE=HEBREW;FREQ=YEARLY\nSUMMARY:음력\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:backwards\nDTSTART:20261204T100000Z\nDTEND:20261204T090000Z\nSUMMARY:거꾸로\nEND:VEVENT\n\
        BEGIN:VEVENT\nDTSTART:20261205T100000Z\nSUMMARY:이름 없음\nEND:VEVENT\n\
        BEGIN:VJOURNAL\nUID:diary\nSUMMARY:일기\nEND:VJOURNAL\nthis is no line\n\
        BEGIN:VEVENT\nUID:bomb\nDTSTART:20261206T100000Z\nRRULE:FREQ=SECONDLY\nSUMMARY:폭탄\nEND:VEVENT";
    let report = import(&app, &person, &calendar, file(components)).await;
    assert_eq!((&report["created"], &report["skipped"]), (&json!(7), &json!(1)), "{report}");
    let warnings = report["warnings"].as_array().expect("warnings");
    let told: Vec<_> =
        warnings.iter().map(|w| format!("{} {}", w["line"], w["code"].as_str().unwrap())).collect();
    for expected in [
        "9 keptNotShown",
        "16 keptNotExpanded",
        "22 keptNotExpanded",
        "28 repairedEnd",
        "31 madeUid",
        "35 keptNotShown",
        "39 droppedLine",
        "40 keptNotExpanded",
    ] {
        assert!(told.contains(&expected.to_owned()), "{expected} in {told:?}");
    }
    let found = between(&app, &person, &calendar, "2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z").await;
    assert_eq!(found.len(), 6, "{found:?}");
    let out = export(&app, &person, &calendar).await;
    for kept in
        ["RRULE:FREQ=FORTNIGHTLY", "RSCALE=HEBREW", "BEGIN:VJOURNAL", "SUMMARY:언제", "RRULE:FREQ=SECONDLY"]
    {
        assert!(out.contains(kept), "{kept} in {out}");
    }
    app.stop().await;
}

async fn n02_what_is_not_understood_survives_the_round_trip(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let long = "가나다라마바사아자차카타파하".repeat(12);
    let components = format!(
        "BEGIN:VEVENT\nUID:rich\nDTSTAMP:20261101T000000Z\nDTSTART;TZID=Asia/Seoul:20261201T100000\n\
         ATTENDEE;CN=\"Kim; Haneul\";PARTSTAT=ACCEPTED:mailto:haneul@example.com\nX-OWN;X-P=1:a\\,b\nSUMMARY:{long}\n\
         BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:x\nEND:VALARM\nEND:VEVENT"
    );
    import(&app, &person, &calendar, file(&components)).await;
    let out = export(&app, &person, &calendar).await;
    assert!(out.split("\r\n").all(|line| line.len() <= 75), "folded by octets");
    let unfolded = out.replace("\r\n ", "");
    for line in components.lines() {
        assert!(unfolded.contains(&format!("{line}\r\n")), "{line} in {unfolded}");
    }
    assert!(unfolded.contains("BEGIN:VTIMEZONE\r\nTZID:Asia/Seoul"));
    let report = import(&app, &person, &calendar, out.clone()).await;
    assert_eq!(report, json!({ "created": 0, "updated": 0, "skipped": 1, "warnings": [] }));
    let new = app.post("/v1/calendars").bearer(&person.token).json(json!({ "name": "둘" })).expect(201).await;
    let other = madang_testkit::text(&new["id"]);
    import(&app, &person, &other, out.clone()).await;
    let body = |file: &str| file[file.find("BEGIN:VTIMEZONE").expect("a zone")..].to_owned();
    assert_eq!(body(&export(&app, &person, &other).await), body(&out));
    app.stop().await;
}

async fn n02_events_made_here_survive_the_round_trip(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let at = |time: &str, zone: &str| json!({ "dateTime": time, "timeZone": zone });
    for event in [
        json!({ "title": "날", "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-03" } }),
        json!({ "title": "쉼표, 세미콜론; \\ 줄\n바꿈", "start": at("2026-12-02T10:00:00", "Asia/Seoul"), "description": "a\nb" }),
        json!({ "title": "비행", "start": at("2026-12-03T10:00:00", "Asia/Seoul"), "end": at("2026-12-03T09:00:00", "America/New_York") }),
        json!({ "title": "어디서나", "start": { "dateTime": "2026-12-04T07:00:00", "timeZone": null }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"] }),
        json!({ "kind": "task", "title": "할 일", "start": at("2026-12-05T10:00:00Z", "UTC"), "status": "tentative", "visibility": "private" }),
    ] {
        create(&app, &person, &calendar, event).await;
    }
    let out = export(&app, &person, &calendar).await;
    let report = import(&app, &person, &calendar, out.clone()).await;
    assert_eq!(report, json!({ "created": 0, "updated": 0, "skipped": 5, "warnings": [] }), "{out}");
    let new = json!({ "name": "둘", "timeZone": "Asia/Seoul" });
    let other = madang_testkit::text(
        &app.post("/v1/calendars").bearer(&person.token).json(new).expect(201).await["id"],
    );
    assert_eq!(import(&app, &person, &other, out).await["created"], 5);
    let (from, to) = ("2026-11-30T00:00:00Z", "2026-12-31T00:00:00Z");
    assert_eq!(
        between(&app, &person, &calendar, from, to).await,
        between(&app, &person, &other, from, to).await
    );
    app.stop().await;
}

async fn n02_foreign_zones_are_repaired_and_told(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let components = "BEGIN:VTIMEZONE\nTZID:My Own\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nUID:outlook\nDTSTART;TZID=Korea Standard Time:20261201T100000\nSUMMARY:outlook\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:own\nDTSTART;TZID=My Own:20261201T100000\nSUMMARY:own\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:nowhere\nDTSTART;TZID=Nowhere:20261201T100000\nSUMMARY:nowhere\nEND:VEVENT";
    let report = import(&app, &person, &calendar, file(components)).await;
    let codes: Vec<_> = report["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .map(|w| w["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["repairedTimeZone", "repairedTimeZone", "unknownTimeZone"], "{report}");
    let mut found = between(&app, &person, &calendar, "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z").await;
    found.sort();
    assert_eq!(
        found,
        ["nowhere 2026-12-01T10:00:00", "outlook 2026-12-01T01:00:00Z", "own 2026-12-01T01:00:00Z"]
    );
    app.stop().await;
}

async fn n02_changes_here_leave_the_rest_of_an_imported_event_alone(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let components = "BEGIN:VEVENT\nUID:x\nDTSTAMP:20261101T000000Z\nDTSTART:20261201T100000Z\nDTEND:20261201T110000Z\n\
        RRULE:FREQ=WEEKLY;COUNT=3\nX-KEEP:this\nSUMMARY;LANGUAGE=ko:옛\nLOCATION;ALTREP=\"http://example.com\":곳\n\
        BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:x\nRECURRENCE-ID:20261208T100000Z\nDTSTART:20261208T120000Z\nSUMMARY:다른\nX-TOO:yes\nEND:VEVENT";
    import(&app, &person, &calendar, file(components)).await;
    let path = "/v1/events?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z";
    let list = app.get(path).bearer(&person.token).expect(200).await;
    let event = format!("/v1/events/{}", list["items"][0]["id"].as_str().expect("an id"));
    app.patch(&event).bearer(&person.token).json(json!({ "title": "새" })).expect(200).await;
    let out = export(&app, &person, &calendar).await;
    for kept in [
        "SUMMARY:새",
        "X-KEEP:this",
        "LOCATION;ALTREP=\"http://example.com\":곳",
        "BEGIN:VALARM",
        "SUMMARY:다른",
        "X-TOO:yes",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    ] {
        assert!(out.contains(kept), "{kept} in {out}");
    }
    assert!(!out.contains("옛"), "{out}");
    assert_eq!(import(&app, &person, &calendar, out).await["skipped"], 1);
    app.stop().await;
}

async fn what_is_no_calendar_is_refused(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let path = format!("/v1/calendars/{}/import", default_calendar(&app, &person).await);
    let post = |kind: &str, body: Vec<u8>| app.post(&path).bearer(&person.token).body(kind, body);
    post("text/calendar", b"hello".to_vec()).refused(422, "calendar.unreadable_file").await;
    post("text/calendar", Vec::new()).refused(422, "calendar.unreadable_file").await;
    post("application/json", b"{}".to_vec()).refused(415, "platform.unsupported_media_type").await;
    post("text/calendar", vec![b'x'; 16 * 1024 * 1024 + 1]).refused(413, "platform.too_large").await;
    app.stop().await;
}
