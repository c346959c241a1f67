//! N05: when people are busy, and when they could meet; only times, and only of those who share them.

use madang_infrastructure::sql::SqlStore;
use madang_testkit::{Person, TestApp, TestDb};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{create, default_calendar, file, import};

madang_testkit::on_every_database!(
    n05_busy_times_are_told_to_members_only,
    n05_what_takes_no_time_blocks_nothing,
    n05_endless_and_long_ones_block_too,
    n05_days_block_where_their_calendar_is,
    n05_slots_are_where_everybody_is_free,
    n05_questions_are_checked,
);

/// Lets somebody into a calendar.
pub(super) async fn admit(app: &TestApp, calendar: &str, person: &Person, role: &str) {
    let store = app.running().container().get::<SqlStore>().unwrap();
    let (calendar, user) = (calendar.parse::<Uuid>().unwrap(), person.id.parse::<Uuid>().unwrap());
    let text = "INSERT INTO calendar_members (calendar_id, user_id, role, created_at) VALUES ($1, $2, $3, 1)";
    store.execute(text, [calendar.into(), user.into(), role.into()]).await.unwrap();
}

fn at(time: &str) -> Value {
    json!({ "dateTime": time, "timeZone": "Asia/Seoul" })
}

pub(super) async fn busy(app: &TestApp, asker: &Person, of: &[&Person], from: &str, to: &str) -> Value {
    let ids: Vec<&String> = of.iter().map(|person| &person.id).collect();
    let body = json!({ "userIds": ids, "from": from, "to": to });
    app.post("/v1/free-busy").bearer(&asker.token).json(body).expect(200).await
}

pub(super) fn spans(person: &Value) -> Vec<String> {
    let show =
        |span: &Value| format!("{}/{}", span["start"].as_str().unwrap(), span["end"].as_str().unwrap());
    person["busy"].as_array().expect("busy").iter().map(show).collect()
}

async fn n05_busy_times_are_told_to_members_only(db: TestDb) {
    let app = TestApp::start(db).await;
    let (hanul, bada, stranger) =
        (app.person("하늘").await, app.person("바다").await, app.person("누구").await);
    let calendar = default_calendar(&app, &hanul).await;
    for (title, start, end, visibility) in [
        ("비밀 상담", "2026-12-01T10:00:00", "2026-12-01T11:00:00", "private"),
        ("회의", "2026-12-01T11:00:00", "2026-12-01T12:00:00", "public"),
        ("밤", "2026-12-01T23:30:00", "2026-12-02T01:00:00", "confidential"),
    ] {
        let new = json!({ "title": title, "start": at(start), "end": at(end), "visibility": visibility });
        create(&app, &hanul, &calendar, new).await;
    }
    admit(&app, &calendar, &bada, "freeBusy").await;
    let answer =
        busy(&app, &bada, &[&hanul, &stranger], "2026-11-30T15:00:00Z", "2026-12-01T15:00:00Z").await;
    assert_eq!(
        spans(&answer["items"][0]),
        ["2026-12-01T01:00:00Z/2026-12-01T03:00:00Z", "2026-12-01T14:30:00Z/2026-12-01T15:00:00Z"]
    );
    let text = answer.to_string();
    assert!(!text.contains("상담") && !text.contains("회의") && !text.contains(&calendar), "{text}");
    assert_eq!(answer["items"][0]["known"], true);
    // A stranger is answered as somebody who does not exist.
    let nobody = Person { id: Uuid::now_v7().to_string(), ..stranger.clone() };
    let answer =
        busy(&app, &stranger, &[&hanul, &nobody], "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z").await;
    for item in answer["items"].as_array().unwrap() {
        assert_eq!((&item["known"], &item["busy"]), (&json!(false), &json!([])));
    }
    // No other door tells who knows the times what they are for.
    let range = format!("/v1/calendars/{calendar}/events?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z");
    let seen = app.get(&range).bearer(&bada.token).expect(200).await;
    assert!(!seen["items"].as_array().unwrap().is_empty(), "{seen}");
    assert!(!seen.to_string().contains("상담") && !seen.to_string().contains("회의"), "{seen}");
    app.get(&range).bearer(&stranger.token).expect(404).await;
    // One's own times, asked for twice, are told once.
    let own = busy(&app, &hanul, &[&hanul, &hanul], "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z").await;
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    assert_eq!(spans(&own["items"][0]).len(), 2);
    app.stop().await;
}

async fn n05_what_takes_no_time_blocks_nothing(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    let calendar = default_calendar(&app, &hanul).await;
    let (start, end) = (at("2026-12-01T10:00:00"), at("2026-12-01T11:00:00"));
    for new in [
        json!({ "title": "취소", "start": start, "end": end, "status": "cancelled" }),
        json!({ "title": "투명", "start": start, "end": end, "blocksTime": false }),
        json!({ "title": "할 일", "start": start, "end": end, "kind": "task" }),
        json!({ "title": "순간", "start": start }),
    ] {
        create(&app, &hanul, &calendar, new).await;
    }
    let components = "BEGIN:VEVENT\nUID:t\nDTSTART:20261201T010000Z\nDTEND:20261201T020000Z\nTRANSP:TRANSPARENT\n\
         END:VEVENT\nBEGIN:VEVENT\nUID:s\nDTSTART:20261201T010000Z\nDTEND:20261201T020000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:s\nRECURRENCE-ID:20261201T010000Z\nDTSTART:20261201T010000Z\nDTEND:20261201T020000Z\n\
         STATUS:CANCELLED\nEND:VEVENT";
    import(&app, &hanul, &calendar, file(components)).await;
    let answer = busy(&app, &hanul, &[&hanul], "2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z").await;
    assert_eq!(spans(&answer["items"][0]), ["2026-12-02T01:00:00Z/2026-12-02T02:00:00Z"]);
    // The cancelled one blocks again once it takes place.
    let list = app
        .get("/v1/events?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z")
        .bearer(&hanul.token)
        .expect(200)
        .await;
    let transparent = list["items"].as_array().unwrap().iter().find(|item| item["title"] == "투명").unwrap();
    assert_eq!(transparent["blocksTime"], false);
    let path = format!("/v1/events/{}", transparent["id"].as_str().unwrap());
    app.patch(&path).bearer(&hanul.token).json(json!({ "blocksTime": true })).expect(200).await;
    let answer = busy(&app, &hanul, &[&hanul], "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z").await;
    assert_eq!(spans(&answer["items"][0]), ["2026-12-01T01:00:00Z/2026-12-01T02:00:00Z"]);
    app.stop().await;
}

async fn n05_endless_and_long_ones_block_too(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    let calendar = default_calendar(&app, &hanul).await;
    let rule = json!(["RRULE:FREQ=DAILY"]);
    let new = json!({ "title": "수업", "start": at("2020-01-01T20:00:00"), "end": at("2020-01-01T21:00:00"), "recurrence": rule });
    create(&app, &hanul, &calendar, new).await;
    let new =
        json!({ "title": "출장", "start": at("2026-12-01T00:00:00"), "end": at("2026-12-20T00:00:00") });
    create(&app, &hanul, &calendar, new).await;
    // Within what is written down, and far beyond it.
    for year in [2026, 2027, 2040] {
        let (from, to) = (format!("{year}-03-01T00:00:00Z"), format!("{year}-03-02T00:00:00Z"));
        let answer = busy(&app, &hanul, &[&hanul], &from, &to).await;
        assert_eq!(spans(&answer["items"][0]), [format!("{year}-03-01T11:00:00Z/{year}-03-01T12:00:00Z")]);
    }
    let answer = busy(&app, &hanul, &[&hanul], "2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z").await;
    assert_eq!(spans(&answer["items"][0]), ["2026-12-10T00:00:00Z/2026-12-11T00:00:00Z"]);
    app.stop().await;
}

async fn n05_days_block_where_their_calendar_is(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    let new = json!({ "name": "뉴욕", "timeZone": "America/New_York" });
    let calendar = app.post("/v1/calendars").bearer(&hanul.token).json(new).expect(201).await;
    create(
        &app,
        &hanul,
        calendar["id"].as_str().unwrap(),
        json!({ "title": "휴가", "start": { "date": "2026-12-24" } }),
    )
    .await;
    let answer = busy(&app, &hanul, &[&hanul], "2026-12-23T00:00:00Z", "2026-12-27T00:00:00Z").await;
    assert_eq!(spans(&answer["items"][0]), ["2026-12-24T05:00:00Z/2026-12-25T05:00:00Z"]);
    app.stop().await;
}

async fn n05_slots_are_where_everybody_is_free(db: TestDb) {
    let app = TestApp::start(db).await;
    let (hanul, bada, stranger) =
        (app.person("하늘").await, app.person("바다").await, app.person("누구").await);
    for (person, start, end) in [
        (&hanul, "2026-12-01T09:00:00", "2026-12-01T11:20:00"),
        (&bada, "2026-12-01T12:00:00", "2026-12-01T17:00:00"),
    ] {
        let calendar = default_calendar(&app, person).await;
        create(&app, person, &calendar, json!({ "title": "바쁨", "start": at(start), "end": at(end) })).await;
        if person.id != hanul.id {
            admit(&app, &calendar, &hanul, "freeBusy").await;
        }
    }
    let question = json!({
        "userIds": [hanul.id, bada.id, stranger.id], "from": "2026-11-30T15:00:00Z", "to": "2026-12-01T15:00:00Z",
        "durationMinutes": 30, "between": { "start": "09:00", "end": "18:00" }, "timeZone": "Asia/Seoul",
    });
    let answer = app.post("/v1/free-slots").bearer(&hanul.token).json(question.clone()).expect(200).await;
    let starts: Vec<&str> =
        answer["items"].as_array().unwrap().iter().map(|slot| slot["start"].as_str().unwrap()).collect();
    // 17:00 is round, 11:30 and 17:30 are halves, 17:15 is neither; before the hours nobody is asked.
    assert_eq!(
        starts,
        ["2026-12-01T08:00:00Z", "2026-12-01T02:30:00Z", "2026-12-01T08:30:00Z", "2026-12-01T08:15:00Z"]
    );
    assert_eq!(answer["unknownUserIds"], json!([stranger.id]));
    // In London 17:00 in Seoul is 08:00, outside of the hours: that is offered last, and said.
    let mut question = question;
    question["otherTimeZones"] = json!(["Europe/London", "Asia/Tokyo"]);
    question["limit"] = json!(1);
    let answer = app.post("/v1/free-slots").bearer(&hanul.token).json(question).expect(200).await;
    assert_eq!(answer["items"].as_array().unwrap().len(), 1);
    assert_eq!(answer["items"][0]["outsideHoursIn"], json!(["Europe/London"]));
    app.stop().await;
}

async fn n05_questions_are_checked(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    let good = json!({
        "userIds": [hanul.id], "from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00Z",
        "durationMinutes": 30, "timeZone": "Asia/Seoul",
    });
    for (name, value, pointer) in [
        ("userIds", json!([]), "/userIds"),
        ("to", json!("2026-12-01T00:00:00Z"), "/to"),
        ("to", json!("2027-12-01T00:00:00Z"), "/to"),
        ("durationMinutes", json!(0), "/durationMinutes"),
        ("between", json!({ "start": "18:00", "end": "09:00" }), "/between"),
        ("timeZone", json!("Korea/Busan"), "/timeZone"),
        ("limit", json!(1000), "/limit"),
        ("title", json!("x"), "/title"),
    ] {
        let mut question = good.clone();
        question[name] = value;
        let refused = app
            .post("/v1/free-slots")
            .bearer(&hanul.token)
            .json(question)
            .refused(422, "platform.invalid_fields")
            .await;
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    app.post("/v1/free-slots").json(good.clone()).expect(401).await;
    app.post("/v1/free-slots").bearer(&hanul.token).json(good).expect(200).await;
    app.stop().await;
}
