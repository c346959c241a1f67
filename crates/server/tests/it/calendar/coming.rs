//! N05: what people come to as guests takes up their time.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{
    create, default_calendar,
    free::{admit, busy, spans},
    in_2026,
    people::befriend,
};

madang_testkit::on_every_database!(
    n05_accepted_invitations_block_their_guests,
    n05_each_occurrence_blocks_by_its_own_answer,
    n05_seats_block_and_places_in_line_do_not,
    n05_days_of_others_block_where_the_guest_is,
    n05_what_a_guest_sees_no_more_blocks_no_more,
);

fn at(time: &str) -> Value {
    json!({ "dateTime": time, "timeZone": "Asia/Seoul" })
}

/// A host and a guest, and somebody who may learn the guest's times.
async fn three(app: &TestApp) -> (Person, Person, Person) {
    let people = (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    admit(app, &default_calendar(app, &people.1).await, &people.2, "freeBusy").await;
    people
}

async fn event(app: &TestApp, host: &Person, guests: &[&Person], new: Value) -> String {
    let calendar = default_calendar(app, host).await;
    let event = format!("/v1/events/{}", text(&create(app, host, &calendar, new).await["id"]));
    for guest in guests {
        app.put(&format!("{event}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    }
    event
}

async fn answer(app: &TestApp, guest: &Person, event: &str, occurrence: &str, status: &str) {
    let path = format!("{event}/response{occurrence}");
    app.put(&path).bearer(&guest.token).json(json!({ "status": status })).expect(200).await;
}

/// When somebody is busy as another learns it.
async fn times(app: &TestApp, asker: &Person, of: &Person, from: &str, to: &str) -> Vec<String> {
    spans(&busy(app, asker, &[of], from, to).await["items"][0])
}

async fn n05_accepted_invitations_block_their_guests(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest, asker) = three(&app).await;
    let new = json!({
        "title": "비밀 상담", "visibility": "private",
        "start": at("2036-12-01T10:00:00"), "end": at("2036-12-01T11:00:00"),
    });
    let event = event(&app, &host, &[&guest], new).await;
    let (from, to) = ("2036-12-01T00:00:00Z", "2036-12-02T00:00:00Z");
    let hour = "2036-12-01T01:00:00Z/2036-12-01T02:00:00Z".to_owned();
    assert!(times(&app, &asker, &guest, from, to).await.is_empty(), "not answered");
    for (status, blocks) in [("tentative", true), ("declined", false), ("accepted", true)] {
        answer(&app, &guest, &event, "", status).await;
        let expected = if blocks { vec![hour.clone()] } else { Vec::new() };
        assert_eq!(times(&app, &asker, &guest, from, to).await, expected, "{status}");
        assert_eq!(times(&app, &guest, &guest, from, to).await, expected, "{status}");
    }
    let told = busy(&app, &asker, &[&guest, &host], from, to).await;
    assert!(!told.to_string().contains("상담") && !told.to_string().contains(&event[11..]), "{told}");
    // Who shares nothing stays unknown, also to those who know when they meet a guest.
    assert_eq!((&told["items"][1]["known"], &told["items"][1]["busy"]), (&json!(false), &json!([])));
    let question = json!({
        "userIds": [guest.id], "from": "2036-12-01T00:30:00Z", "to": "2036-12-01T02:30:00Z",
        "durationMinutes": 30, "timeZone": "Asia/Seoul",
    });
    let slots = app.post("/v1/free-slots").bearer(&asker.token).json(question).expect(200).await;
    let starts: Vec<&str> =
        slots["items"].as_array().unwrap().iter().map(|slot| slot["start"].as_str().unwrap()).collect();
    assert_eq!(starts, ["2036-12-01T02:00:00Z", "2036-12-01T00:30:00Z"]);
    // The calendar of somebody else's club tells nothing of what one is invited to.
    let club =
        app.post("/v1/calendars").bearer(&guest.token).json(json!({ "name": "동아리" })).expect(201).await;
    admit(&app, club["id"].as_str().unwrap(), &host, "reader").await;
    assert!(times(&app, &host, &guest, from, to).await.is_empty());
    // What does not take place any more, or takes no time, blocks nobody.
    for change in [json!({ "blocksTime": false }), json!({ "blocksTime": true, "status": "cancelled" })] {
        app.patch(&event).bearer(&host.token).json(change).expect(200).await;
        assert!(times(&app, &asker, &guest, from, to).await.is_empty());
    }
    app.patch(&event).bearer(&host.token).json(json!({ "status": "confirmed" })).expect(200).await;
    assert_eq!(times(&app, &asker, &guest, from, to).await, [hour]);
    app.delete(&format!("{event}/participants/{}", guest.id)).bearer(&host.token).expect(204).await;
    assert!(times(&app, &asker, &guest, from, to).await.is_empty());
    app.stop().await;
}

async fn n05_each_occurrence_blocks_by_its_own_answer(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest, asker) = three(&app).await;
    let new = json!({
        "title": "수업", "start": at("2026-12-01T20:00:00"), "end": at("2026-12-01T21:00:00"),
        "recurrence": ["RRULE:FREQ=DAILY"],
    });
    let event = event(&app, &host, &[&guest], new).await;
    // Within what is written down, and far beyond it.
    for year in [2026, 2066] {
        let days = async || {
            let (from, to) = (format!("{year}-12-02T00:00:00Z"), format!("{year}-12-06T00:00:00Z"));
            let times = times(&app, &asker, &guest, &from, &to).await;
            times.iter().map(|span| span[8..13].to_owned()).collect::<Vec<_>>()
        };
        let on = |day: u8| format!("?occurrence={year}-12-{day:02}T11:00:00Z");
        answer(&app, &guest, &event, "", "accepted").await;
        assert_eq!(days().await, ["02T11", "03T11", "04T11", "05T11"]);
        answer(&app, &guest, &event, &on(3), "declined").await;
        answer(&app, &guest, &event, &on(4), "tentative").await;
        assert_eq!(days().await, ["02T11", "04T11", "05T11"]);
        answer(&app, &guest, &event, "", "declined").await;
        assert!(days().await.is_empty());
        answer(&app, &guest, &event, &on(5), "accepted").await;
        assert_eq!(days().await, ["05T11"]);
        // One that is moved takes the answer along; one that is cancelled blocks nobody.
        let path = format!("{event}{}&scope=this", on(5));
        let moved = json!({
            "start": at(&format!("{year}-12-05T22:00:00")), "end": at(&format!("{year}-12-05T23:00:00")),
        });
        app.patch(&path).bearer(&host.token).json(moved).expect(200).await;
        assert_eq!(days().await, ["05T13"]);
        app.delete(&path).bearer(&host.token).expect(204).await;
        assert!(days().await.is_empty());
    }
    app.stop().await;
}

async fn n05_seats_block_and_places_in_line_do_not(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest, asker) = three(&app).await;
    let other = app.person("네엣").await;
    let new = json!({
        "title": "농구", "capacity": 1, "start": at("2036-12-01T10:00:00"), "end": at("2036-12-04T10:00:00"),
    });
    let event = event(&app, &host, &[], new).await;
    for friend in [&guest, &other] {
        befriend(&app, &host, friend).await;
    }
    let (from, to) = ("2036-12-02T00:00:00Z", "2036-12-03T00:00:00Z");
    app.post(&format!("{event}/join")).bearer(&other.token).expect(200).await;
    app.post(&format!("{event}/join")).bearer(&guest.token).expect(200).await;
    assert!(times(&app, &asker, &guest, from, to).await.is_empty(), "waits");
    app.delete(&format!("{event}/join")).bearer(&other.token).expect(204).await;
    let day = format!("{from}/{to}");
    assert_eq!(times(&app, &asker, &guest, from, to).await, std::slice::from_ref(&day));
    // The host, who has it in a calendar of their own, is busy once.
    assert_eq!(times(&app, &host, &host, from, to).await, [day]);
    app.delete(&format!("{event}/join")).bearer(&guest.token).expect(204).await;
    assert!(times(&app, &asker, &guest, from, to).await.is_empty());
    app.stop().await;
}

async fn n05_days_of_others_block_where_the_guest_is(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest, asker) = three(&app).await;
    let path = format!("/v1/calendars/{}", default_calendar(&app, &guest).await);
    app.patch(&path).bearer(&guest.token).json(json!({ "timeZone": "America/New_York" })).expect(200).await;
    let event =
        event(&app, &host, &[&guest], json!({ "title": "잔치", "start": { "date": "2036-12-24" } })).await;
    answer(&app, &guest, &event, "", "accepted").await;
    let times = times(&app, &asker, &guest, "2036-12-23T00:00:00Z", "2036-12-27T00:00:00Z").await;
    assert_eq!(times, ["2036-12-24T05:00:00Z/2036-12-25T05:00:00Z"]);
    app.stop().await;
}

async fn n05_what_a_guest_sees_no_more_blocks_no_more(db: TestDb) {
    let app = TestApp::start(db).await;
    let admin = crate::identity::admin::operator(&app, "operator").await;
    let (host, guest, asker) = three(&app).await;
    let new =
        json!({ "title": "모임", "start": at("2036-12-01T10:00:00"), "end": at("2036-12-01T11:00:00") });
    let event = event(&app, &host, &[&guest], new).await;
    answer(&app, &guest, &event, "", "accepted").await;
    let busy =
        async || times(&app, &asker, &guest, "2036-12-01T00:00:00Z", "2036-12-02T00:00:00Z").await.len();
    assert_eq!(busy().await, 1);
    let act = async |action: &str| {
        let path = format!("/v1/admin/users/{}/{action}", host.id);
        app.post(&path).bearer(&admin.token).json(json!({ "reason": "spam" })).expect(200).await;
    };
    act("suspend").await;
    app.get(&event).bearer(&guest.token).refused(404, "platform.not_found").await;
    assert_eq!(busy().await, 0);
    act("reactivate").await;
    assert_eq!(busy().await, 1);
    let block = format!("/v1/users/{}/block", host.id);
    app.put(&block).bearer(&guest.token).expect(204).await;
    assert_eq!(busy().await, 0);
    app.delete(&block).bearer(&guest.token).expect(204).await;
    assert_eq!(busy().await, 1);
    app.stop().await;
}
