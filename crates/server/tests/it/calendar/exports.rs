//! N02, C18: who comes to an event, in files; and files as resources.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, export, file, import};

madang_testkit::on_every_database!(
    n02_guests_are_named_to_those_who_may_see_them,
    n02_guests_survive_the_round_trip,
    n02_the_report_says_what_became_of_each,
    n02_an_export_has_a_tag,
    n07_anybody_may_subscribe_to_the_holidays,
);

async fn invited(app: &TestApp, owner: &Person, calendar: &str, guest: &Person, event: Value) -> String {
    let event = create(app, owner, calendar, event).await;
    let path = format!("/v1/events/{}", text(&event["id"]));
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&owner.token).expect(200).await;
    app.put(&format!("{path}/response"))
        .bearer(&guest.token)
        .json(json!({ "status": "tentative" }))
        .expect(200)
        .await;
    text(&event["id"])
}

fn picnic(visibility: &str) -> Value {
    let start = json!({ "dateTime": "2026-12-02T10:00:00", "timeZone": "Asia/Seoul" });
    json!({ "title": "소풍", "start": start, "visibility": visibility })
}

async fn n02_guests_are_named_to_those_who_may_see_them(db: TestDb) {
    let app = TestApp::start(db).await;
    let [owner, guest, reader, watcher] = [
        app.person("하늘").await,
        app.person("바다").await,
        app.person("구름").await,
        app.person("샛별").await,
    ];
    let calendar = default_calendar(&app, &owner).await;
    invited(&app, &owner, &calendar, &guest, picnic("public")).await;
    let foreign = "BEGIN:VEVENT\nUID:foreign\nDTSTART:20261203T100000Z\nORGANIZER:mailto:boss@example.com\n\
        ATTENDEE;CN=Kim:mailto:kim@example.com\nSUMMARY:회의\n\
        BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT";
    import(&app, &owner, &calendar, file(foreign)).await;
    for (person, role) in [(&reader, "reader"), (&watcher, "freeBusy")] {
        app.put(&format!("/v1/calendars/{calendar}/members/{}", person.id))
            .bearer(&owner.token)
            .json(json!({ "role": role }))
            .expect(200)
            .await;
    }
    let unfolded = |out: String| out.replace("\r\n ", "");
    for member in [&owner, &reader] {
        let out = unfolded(export(&app, member, &calendar).await);
        assert!(out.contains(&format!("ORGANIZER;CN=\"하늘\":urn:uuid:{}\r\n", owner.id)), "{out}");
        assert!(out.contains(&format!("ATTENDEE;CN=\"바다\";PARTSTAT=TENTATIVE:urn:uuid:{}\r\n", guest.id)));
        assert!(out.contains("ATTENDEE;CN=Kim:mailto:kim@example.com"), "{out}");
        assert!(!out.contains(&guest.email), "addresses stay here: {out}");
    }
    let hidden = |out: String| {
        let out = unfolded(out);
        assert!(out.contains("BEGIN:VEVENT"), "{out}");
        for word in ["ATTENDEE", "ORGANIZER", "VALARM", "kim@", "boss@", "바다", &text(&json!(guest.id))] {
            assert!(!out.contains(word), "{word} in {out}");
        }
    };
    hidden(export(&app, &watcher, &calendar).await);
    for detail in ["full", "freeBusy"] {
        let link = app
            .post(&format!("/v1/calendars/{calendar}/share-links"))
            .bearer(&owner.token)
            .json(json!({ "detail": detail }))
            .expect(201)
            .await;
        let url = text(&link["url"]);
        let path = &url[url.find("/v1/").expect("a path")..];
        hidden(app.get(path).send().await.text());
    }
    app.stop().await;
}

async fn n02_guests_survive_the_round_trip(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, guest) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &owner).await;
    let event = invited(&app, &owner, &calendar, &guest, picnic("public")).await;
    let out = export(&app, &owner, &calendar).await;
    let skipped = json!({ "created": 0, "updated": 0, "skipped": 1, "warnings": [] });
    assert_eq!(import(&app, &owner, &calendar, out.clone()).await, skipped);
    // An old file after somebody left changes nothing, and brings nobody back.
    app.delete(&format!("/v1/events/{event}/participants/{}", guest.id))
        .bearer(&owner.token)
        .expect(204)
        .await;
    assert_eq!(import(&app, &owner, &calendar, out.clone()).await, skipped);
    assert!(!export(&app, &owner, &calendar).await.contains("ATTENDEE"));
    // Elsewhere they are names of strangers, and stay what they are.
    let new = app.post("/v1/calendars").bearer(&owner.token).json(json!({ "name": "둘" })).expect(201).await;
    let other = text(&new["id"]);
    import(&app, &owner, &other, out.clone()).await;
    let body = |file: &str| file[file.find("BEGIN:VTIMEZONE").expect("a zone")..].to_owned();
    assert_eq!(body(&export(&app, &owner, &other).await), body(&out));
    app.stop().await;
}

async fn n02_the_report_says_what_became_of_each(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let components = "BEGIN:VEVENT\nUID:a\nDTSTART:20261201T100000Z\nDTEND:20261201T090000Z\nno line\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:b\nDTSTART:20261201T100000Z\nRRULE:FREQ=SOMETIMES\nEND:VEVENT";
    let report = import(&app, &person, &calendar, file(components)).await;
    let mut told: Vec<_> = report["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .map(|w| (w["line"].as_u64().expect("a line"), w["uid"].clone(), w["outcome"].clone()))
        .collect();
    told.sort_by_key(|(line, ..)| *line);
    let expected = [
        (7, json!("a"), json!("repaired")),
        (8, json!(null), json!("dropped")),
        (13, json!("b"), json!("kept")),
    ];
    assert_eq!(told, expected, "{report}");
    app.stop().await;
}

async fn n02_an_export_has_a_tag(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let path = format!("/v1/calendars/{calendar}/export.ics");
    let first = app.get(&path).bearer(&person.token).send().await;
    let tag = first.header("etag").expect("a tag").to_owned();
    let ask = || app.get(&path).bearer(&person.token).header("if-none-match", &tag).send();
    assert_eq!(ask().await.status.as_u16(), 304);
    create(&app, &person, &calendar, picnic("public")).await;
    assert_eq!(ask().await.status.as_u16(), 200);
    app.stop().await;
}

async fn n07_anybody_may_subscribe_to_the_holidays(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let path = "/v1/public/calendars/korean-holidays.ics";
    let reply = app.get(path).send().await;
    assert_eq!(reply.status.as_u16(), 200);
    let tag = reply.header("etag").expect("a tag").to_owned();
    assert_eq!(app.get(path).header("if-none-match", &tag).send().await.status.as_u16(), 304);
    let feed = reply.text();
    assert!(feed.contains("X-WR-CALNAME:대한민국 공휴일\r\n"), "{}", &feed[..400]);
    // Subscribing in a program of ours: what comes is read like any file, and again without doubles.
    let calendar = default_calendar(&app, &person).await;
    let report = import(&app, &person, &calendar, feed.clone()).await;
    assert_eq!((report["created"].as_u64() > Some(1_000), &report["warnings"]), (true, &json!([])));
    assert_eq!(import(&app, &person, &calendar, feed).await["updated"], 0);
    let days = super::between(&app, &person, &calendar, "2026-09-20T00:00:00Z", "2026-10-12T00:00:00Z").await;
    assert_eq!(
        days,
        [
            "추석 2026-09-24",
            "추석 2026-09-25",
            "추석 2026-09-26",
            "개천절 2026-10-03",
            "대체공휴일(개천절) 2026-10-05",
            "한글날 2026-10-09"
        ]
    );
    app.get("/v1/public/calendars/korean-holidays").refused(404, "platform.not_found").await;
    app.stop().await;
}
