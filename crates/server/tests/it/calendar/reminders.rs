//! Reminders: once, at the right instant, whoever looks and whatever happened meanwhile.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use madang_application::{calendar::ReminderService, notifications::DigestService, shared::Clock};
use madang_container::Registry;
use madang_domain::shared::Timestamp;
use madang_testkit::{PASSWORD, Person, Process, Socket, TestApp, TestClock, TestDb, TestServices, text};
use reqwest::Method;
use serde_json::{Value, json};

use crate::identity::export::export as everything;

use super::{create, default_calendar, notices::told, people::befriend};

madang_testkit::on_every_database!(
    n11_everybody_is_reminded_by_their_own_choice,
    n11_a_series_rings_for_each_occurrence_and_follows_its_changes,
    n11_who_does_not_come_is_not_reminded,
    n11_days_ring_where_the_calendar_is,
    n11_what_was_missed_is_made_up_for_once,
    n11_many_who_look_at_once_remind_once,
    n11_bad_reminders_are_refused,
    n11_a_reminder_names_the_occurrence_it_is_for,
    a27_reminders_and_what_is_done_are_in_the_export,
);

/// The program with a clock that stands at noon of 1 July 2026 (UTC).
async fn at_noon(db: TestDb) -> (TestApp, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    (TestApp::start_with(db, |_| {}, by(&clock)).await, clock)
}

fn by(clock: &Arc<TestClock>) -> impl FnOnce(&mut Registry) + use<> {
    let clock = Arc::clone(clock);
    move |registry: &mut Registry| registry.replace(move || Arc::clone(&clock) as Arc<dyn Clock>)
}

/// Lets the bell ringer work until nothing is due.
async fn ring(app: &TestApp) {
    let service = app.running().container().get::<ReminderService>().expect("the service");
    while service.ring().await.expect("the bells ring") > 0 {}
    app.settle().await;
}

/// At an instant, how often somebody was reminded so far.
async fn reminded(app: &TestApp, clock: &TestClock, at: &str, who: &mut Person) -> usize {
    clock.set(at.parse::<Timestamp>().expect("an instant"));
    ring(app).await;
    who.token = text(&app.login(&who.email, PASSWORD).await["accessToken"]);
    told(app, who).await.iter().filter(|(kind, ..)| kind == "reminder").count()
}

async fn set(app: &TestApp, who: &Person, event: &str, minutes: &[i64]) -> Value {
    let reminders: Vec<Value> = minutes.iter().map(|minutes| json!({ "minutesBefore": minutes })).collect();
    let path = format!("/v1/events/{event}/reminders");
    app.put(&path).bearer(&who.token).json(json!({ "reminders": reminders })).expect(200).await
}

async fn n11_everybody_is_reminded_by_their_own_choice(db: TestDb) {
    let (app, clock) = at_noon(db).await;
    let (mut host, mut guest) = (app.person("하늘").await, app.person("바다").await);
    let stranger = app.person("산들").await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "소풍", "start": { "dateTime": "2026-07-01T14:00:00Z" },
        "reminders": [{ "minutesBefore": 10 }, { "minutesBefore": 60 }, { "minutesBefore": 10 }],
    });
    let event = create(&app, &host, &calendar, new).await;
    let expected = json!([{ "minutesBefore": 60 }, { "minutesBefore": 10 }]);
    assert_eq!(event["reminders"], expected);
    let id = text(&event["id"]);
    let path = format!("/v1/events/{id}");
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    assert_eq!(set(&app, &guest, &id, &[30]).await["reminders"], json!([{ "minutesBefore": 30 }]));
    assert_eq!(app.get(&path).bearer(&host.token).expect(200).await["reminders"], expected);
    let refused = format!("{path}/reminders");
    app.put(&refused)
        .bearer(&stranger.token)
        .json(json!({ "reminders": [] }))
        .refused(404, "platform.not_found")
        .await;

    for (at, hosts, guests) in [
        ("2026-07-01T12:59:59Z", 0, 0),
        ("2026-07-01T13:00:00Z", 1, 0),
        ("2026-07-01T13:29:59.999999Z", 1, 0),
        ("2026-07-01T13:30:00Z", 1, 1),
        ("2026-07-01T13:50:01Z", 2, 1),
        ("2026-07-02T00:00:00Z", 2, 1),
    ] {
        let found =
            (reminded(&app, &clock, at, &mut host).await, reminded(&app, &clock, at, &mut guest).await);
        assert_eq!(found, (hosts, guests), "{at}");
    }
    let last = &told(&app, &guest).await[0];
    assert_eq!((last.0.as_str(), last.1.as_str(), last.2.as_str()), ("reminder", "-", id.as_str()));
    app.stop().await;
}

async fn n11_a_series_rings_for_each_occurrence_and_follows_its_changes(db: TestDb) {
    let (app, clock) = at_noon(db).await;
    let mut host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "수업", "start": { "dateTime": "2026-07-02T20:00:00", "timeZone": "Asia/Seoul" },
        "recurrence": ["RRULE:FREQ=DAILY"], "reminders": [{ "minutesBefore": 15 }],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let path = format!("/v1/events/{id}");
    let patch =
        async |who: &Person, body: Value| app.patch(&path).bearer(&who.token).json(body).expect(200).await;
    assert_eq!(reminded(&app, &clock, "2026-07-02T10:44:59Z", &mut host).await, 0);
    assert_eq!(reminded(&app, &clock, "2026-07-02T10:45:00Z", &mut host).await, 1);
    assert_eq!(reminded(&app, &clock, "2026-07-03T10:45:00Z", &mut host).await, 2);
    // Two hours later from now on: the one that has rung today rings again where it is now.
    patch(&host, json!({ "start": { "dateTime": "2026-07-02T22:00:00", "timeZone": "Asia/Seoul" } })).await;
    assert_eq!(reminded(&app, &clock, "2026-07-03T12:44:00Z", &mut host).await, 2);
    assert_eq!(reminded(&app, &clock, "2026-07-03T12:45:00Z", &mut host).await, 3);
    // Another title rings nothing.
    patch(&host, json!({ "title": "긴 수업" })).await;
    assert_eq!(reminded(&app, &clock, "2026-07-03T12:46:00Z", &mut host).await, 3);
    patch(&host, json!({ "status": "cancelled" })).await;
    assert_eq!(reminded(&app, &clock, "2026-07-05T00:00:00Z", &mut host).await, 3);
    patch(&host, json!({ "status": "confirmed" })).await;
    assert_eq!(reminded(&app, &clock, "2026-07-05T12:45:00Z", &mut host).await, 4);
    patch(&host, json!({ "reminders": [] })).await;
    assert_eq!(reminded(&app, &clock, "2026-07-09T00:00:00Z", &mut host).await, 4);
    // What nobody sees any more reminds nobody.
    set(&app, &host, &id, &[0]).await;
    app.delete(&path).bearer(&host.token).expect(204).await;
    assert_eq!(reminded(&app, &clock, "2026-07-10T00:00:00Z", &mut host).await, 4);
    app.stop().await;
}

async fn n11_who_does_not_come_is_not_reminded(db: TestDb) {
    let (app, clock) = at_noon(db).await;
    let (mut host, mut guest) = (app.person("하늘").await, app.person("바다").await);
    let mut friend = app.person("산들").await;
    befriend(&app, &host, &friend).await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "달리기", "start": { "dateTime": "2026-07-02T10:00:00Z" },
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"], "capacity": 1,
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let path = format!("/v1/events/{id}");
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    let respond = |at: &str, status: &str| {
        app.put(&format!("{path}/response{at}")).bearer(&guest.token).json(json!({ "status": status }))
    };
    respond("", "accepted").expect(200).await;
    respond("?occurrence=2026-07-03T10:00:00Z", "declined").expect(200).await;
    // Somebody who only could join has no reminders; who joined is reminded of where they have a seat.
    let body = json!({ "reminders": [] });
    app.put(&format!("{path}/reminders"))
        .bearer(&friend.token)
        .json(body)
        .refused(403, "platform.forbidden")
        .await;
    app.post(&format!("{path}/join?occurrence=2026-07-04T10:00:00Z")).bearer(&friend.token).expect(200).await;
    set(&app, &guest, &id, &[0]).await;
    set(&app, &friend, &id, &[0]).await;
    let mut found = Vec::new();
    for day in 2..=5 {
        let at = format!("2026-07-0{day}T10:00:00Z");
        found.push((
            reminded(&app, &clock, &at, &mut guest).await,
            reminded(&app, &clock, &at, &mut friend).await,
        ));
    }
    assert_eq!(found, [(1, 0), (1, 0), (2, 1), (3, 1)]);
    // Nobody who was sent away is reminded.
    host.token = text(&app.login(&host.email, PASSWORD).await["accessToken"]);
    let new = json!({ "title": "끝", "start": { "dateTime": "2026-07-06T10:00:00Z" } });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let participant = format!("/v1/events/{id}/participants/{}", guest.id);
    app.put(&participant).bearer(&host.token).expect(200).await;
    set(&app, &guest, &id, &[0]).await;
    app.delete(&participant).bearer(&host.token).expect(204).await;
    assert_eq!(reminded(&app, &clock, "2026-07-06T10:00:00Z", &mut guest).await, 3);
    app.stop().await;
}

async fn n11_days_ring_where_the_calendar_is(db: TestDb) {
    let (app, clock) = at_noon(db).await;
    let mut host = app.person("하늘").await;
    let new = json!({ "name": "집", "timeZone": "Asia/Seoul" });
    let calendar = app.post("/v1/calendars").bearer(&host.token).json(new).expect(201).await;
    let calendar = text(&calendar["id"]);
    // Nine in the morning on the day before, in Seoul and, after a move, in New York.
    let new = json!({ "title": "생일", "start": { "date": "2026-07-03" }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"],
        "reminders": [{ "minutesBefore": 900 }] });
    create(&app, &host, &calendar, new).await;
    assert_eq!(reminded(&app, &clock, "2026-07-01T23:59:59Z", &mut host).await, 0);
    assert_eq!(reminded(&app, &clock, "2026-07-02T00:00:00Z", &mut host).await, 1);
    let path = format!("/v1/calendars/{calendar}");
    app.patch(&path).bearer(&host.token).json(json!({ "timeZone": "America/New_York" })).expect(200).await;
    assert_eq!(reminded(&app, &clock, "2026-07-02T12:59:59Z", &mut host).await, 1);
    assert_eq!(reminded(&app, &clock, "2026-07-03T13:00:00Z", &mut host).await, 3);
    app.stop().await;
}

async fn n11_what_was_missed_is_made_up_for_once(db: TestDb) {
    let (app, clock) = at_noon(db).await;
    let mut host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "약", "start": { "dateTime": "2026-07-01T13:00:00Z" }, "recurrence": ["RRULE:FREQ=HOURLY"],
        "reminders": [{ "minutesBefore": 0 }],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    ring(&app).await;
    // Three hours nobody looked.
    assert_eq!(reminded(&app, &clock, "2026-07-01T15:30:00Z", &mut host).await, 3);
    assert_eq!(reminded(&app, &clock, "2026-07-01T15:30:00Z", &mut host).await, 3);
    // A month nobody looked: only the last day is made up for.
    assert_eq!(reminded(&app, &clock, "2026-08-01T15:30:00Z", &mut host).await, 3 + 24);
    // A reminder that somebody sets too late, or an event that is moved away, rings nothing.
    set(&app, &host, &id, &[]).await;
    let new = json!({ "title": "늦음", "start": { "dateTime": "2026-08-01T15:40:00Z" },
        "reminders": [{ "minutesBefore": 30 }] });
    create(&app, &host, &calendar, new).await;
    assert_eq!(reminded(&app, &clock, "2026-08-01T15:41:00Z", &mut host).await, 27);
    app.stop().await;
}

async fn n11_many_who_look_at_once_remind_once(db: TestDb) {
    let (app, clock) = at_noon(db).await;
    let mut host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    for _ in 0..40 {
        let new = json!({ "title": "x", "start": { "dateTime": "2026-07-01T13:00:00Z" },
            "reminders": [{ "minutesBefore": 5 }, { "minutesBefore": 10 }] });
        create(&app, &host, &calendar, new).await;
    }
    ring(&app).await;
    clock.advance(Duration::from_secs(3600));
    let service = app.running().container().get::<ReminderService>().expect("the service");
    join_all((0..16).map(async |_| service.ring().await.expect("the bells ring"))).await;
    ring(&app).await;
    host.token = text(&app.login(&host.email, PASSWORD).await["accessToken"]);
    let count = app.get("/v1/notifications/unread-count").bearer(&host.token).expect(200).await;
    assert_eq!(count["count"], 80);
    app.stop().await;
}

async fn n11_bad_reminders_are_refused(db: TestDb) {
    let app = TestApp::start(db).await;
    let host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    let event =
        create(&app, &host, &calendar, json!({ "title": "x", "start": { "date": "2026-12-01" } })).await;
    let path = format!("/v1/events/{}/reminders", text(&event["id"]));
    let put = |body: Value| app.put(&path).bearer(&host.token).json(body);
    for (minutes, pointer) in [(-1_441, "/reminders/0/minutesBefore"), (40_321, "/reminders/0/minutesBefore")]
    {
        let body = json!({ "reminders": [{ "minutesBefore": minutes }] });
        let refused = put(body).refused(422, "platform.invalid_fields").await;
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    let many: Vec<Value> = (0..11).map(|minutes| json!({ "minutesBefore": minutes })).collect();
    put(json!({ "reminders": many })).refused(422, "platform.invalid_fields").await;
    put(json!({})).refused(422, "platform.invalid_fields").await;
    app.put(&path).json(json!({ "reminders": [] })).refused(401, "platform.unauthenticated").await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n11_two_nodes_remind_once() {
    let Some(db) = TestDb::postgres().await else { return };
    let (app, clock) = at_noon(db).await;
    let twin = app.beside(by(&clock)).await;
    let mut host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    for _ in 0..60 {
        let new = json!({ "title": "x", "start": { "dateTime": "2026-07-01T13:00:00Z" },
            "recurrence": ["RRULE:FREQ=HOURLY;COUNT=2"], "reminders": [{ "minutesBefore": 5 }] });
        create(&app, &host, &calendar, new).await;
    }
    let services = [&app, &twin].map(|node| node.running().container().get::<ReminderService>().expect("it"));
    for hour in [1, 2] {
        clock.set(
            "2026-07-01T12:00:00Z".parse::<Timestamp>().expect("an instant").plus(Duration::from_hours(hour)),
        );
        join_all((0..12).map(async |at| services[at % 2].ring().await.expect("the bells ring"))).await;
        ring(&app).await;
    }
    twin.settle().await;
    host.token = text(&app.login(&host.email, PASSWORD).await["accessToken"]);
    let page = app.get("/v1/notifications?limit=100").bearer(&host.token).expect(200).await;
    let next = page["nextCursor"].as_str().expect("there are more than a hundred").to_owned();
    let rest =
        app.get(&format!("/v1/notifications?limit=100&cursor={next}")).bearer(&host.token).expect(200).await;
    assert_eq!(rest["items"].as_array().expect("items").len(), 20, "sixty events, twice each");
    twin.stop().await;
    app.stop().await;
}

/// Reminders that fall due around a death of the process ring once, and after the restart.
#[expect(clippy::disallowed_methods, reason = "the program runs on the real clock")]
async fn survives(variables: &[(&str, &str)]) {
    let data = tempfile::tempdir().expect("a folder");
    let process = Process::start(BINARY, data.path(), variables).await.expect("it starts");
    let mina = process.person("mina").await;
    let list = process.call(Method::GET, "/v1/calendars").bearer(&mina.token).expect(200).await;
    let calendar = text(&list["items"][0]["id"]);
    // Far enough for a slow machine to write the event down before it begins.
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(6);
    let new = json!({ "title": "깨움", "start": { "dateTime": soon.to_string() }, "reminders": [{ "minutesBefore": 0 }] });
    let path = format!("/v1/calendars/{calendar}/events");
    let event = process.call(Method::POST, &path).bearer(&mina.token).json(new).expect(201).await;
    process.signal("KILL").await;
    process.ended().await;
    let process = Process::start(BINARY, data.path(), variables).await.expect("it starts again");
    let told = async |process: &Process| {
        let page = process.call(Method::GET, "/v1/notifications").bearer(&mina.token).expect(200).await;
        page["items"].as_array().expect("items").clone()
    };
    // It rings by itself, with nobody there to hear it.
    let begun = Instant::now();
    while told(&process).await.is_empty() {
        assert!(begun.elapsed() < PATIENCE, "it does not ring");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    process.signal("KILL").await;
    process.ended().await;
    let process = Process::start(BINARY, data.path(), variables).await.expect("it starts once more");
    // One that died after it wrote the notification down and before it noted that devices were
    // told leaves that to the next one: the same notification may arrive now, but no other.
    let mut device = Socket::open(process.base(), &mina.token).await;
    let items = told(&process).await;
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!((&items[0]["kind"], &items[0]["eventId"]), (&json!("reminder"), &event["id"]));
    while let Some(frame) = device.within(Duration::from_millis(1500)).await.expect("it stays open") {
        assert_eq!(
            (&frame["type"], &frame["notification"]["id"], &frame["notification"]["count"]),
            (&json!("notification"), &items[0]["id"], &json!(1)),
            "{frame}"
        );
    }
    assert_eq!(told(&process).await, items, "it does not ring again");
}

/// Nothing takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);
const BINARY: &str = env!("CARGO_BIN_EXE_madang");
const UNLIMITED: (&str, &str) = ("MADANG__RATE_LIMITS__ENABLED", "false");

#[tokio::test]
async fn n11_a_killed_process_reminds_once_on_sqlite() {
    survives(&[UNLIMITED]).await;
}

#[tokio::test]
async fn n11_a_killed_process_reminds_once_on_postgres() {
    let Some(services) = TestServices::fresh().await else { return };
    survives(&[UNLIMITED, ("DATABASE_URL", services.database_url())]).await;
}

async fn n11_a_reminder_names_the_occurrence_it_is_for(db: TestDb) {
    let clock = Arc::new(TestClock::default());
    let soon = |config: &mut madang_server::config::Config| config.notifications.digest_minutes = 0;
    let app = TestApp::start_with(db, soon, by(&clock)).await;
    let mut host = app.person("하늘").await;
    let wanted = json!({ "kinds": [{ "kind": "reminder", "inApp": true, "email": true, "push": true }] });
    app.put("/v1/notifications/preferences").bearer(&host.token).json(wanted).expect(200).await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "수업", "start": { "dateTime": "2026-07-01T14:00:00Z" },
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"], "reminders": [{ "minutesBefore": 10 }],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    app.patch(&format!("/v1/events/{id}?occurrence=2026-07-02T14:00:00Z"))
        .bearer(&host.token)
        .json(json!({ "title": "소풍" }))
        .expect(200)
        .await;
    let digests = app.running().container().get::<DigestService>().expect("the service");
    for (at, count) in [("2026-07-01T13:50:00Z", 1), ("2026-07-02T13:50:00Z", 2)] {
        assert_eq!(reminded(&app, &clock, at, &mut host).await, count);
        while digests.write().await.expect("written") {}
        app.settle().await;
    }
    let mails = app.mails_to(&host.email).await;
    let lines: Vec<&str> = mails.iter().flat_map(|mail| mail.text.lines()).collect();
    for title in ["수업", "소풍"] {
        assert_eq!(lines.iter().filter(|line| line.contains(title)).count(), 1, "{title} in {lines:?}");
    }
    app.stop().await;
}

async fn a27_reminders_and_what_is_done_are_in_the_export(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "kind": "task", "title": "물 주기", "start": { "dateTime": "2027-07-01T14:00:00Z" },
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"], "reminders": [{ "minutesBefore": 10 }],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let path = format!("/v1/events/{id}");
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    set(&app, &guest, &id, &[33]).await;
    app.put(&format!("{path}/completion?occurrence=2027-07-02T14:00:00Z"))
        .bearer(&guest.token)
        .expect(200)
        .await;
    let of = |files: &std::collections::BTreeMap<String, String>, name: &str| {
        serde_json::from_str::<Value>(&files[name]).expect("JSON")
    };
    let (hers, theirs) = (everything(&app, &host).await, everything(&app, &guest).await);
    assert_eq!(of(&hers, "reminders.json"), json!([{ "eventId": id, "minutesBefore": 10 }]));
    assert_eq!(of(&theirs, "reminders.json"), json!([{ "eventId": id, "minutesBefore": 33 }]));
    let done = of(&hers, "completions.json");
    assert_eq!((&done[0]["eventId"], &done[0]["occurrence"]), (&json!(id), &json!("2027-07-02T14:00:00Z")));
    assert_eq!((&done[1], of(&theirs, "completions.json")), (&Value::Null, json!([])));
    assert!(hers[&format!("calendars/{calendar}.ics")].contains("TRIGGER:-PT10M"));
    app.stop().await;
}
