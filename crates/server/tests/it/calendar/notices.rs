//! What people are told about events: once, whom it concerns, and where they want it.

use std::time::Duration;

use madang_application::{
    notifications::{CancellationNotices, JoinNotices},
    shared::{Handles, UnitOfWork},
};
use madang_domain::{
    calendar::domain_events::{EventCancelled, EventJoined},
    shared::Id,
};
use madang_testkit::{Person, Socket, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, in_2026, people::befriend};

madang_testkit::on_every_database!(
    c18_people_hear_of_invitations_answers_and_cancellations,
    c18_people_hear_of_joins_and_of_seats_that_become_free,
    c18_what_somebody_does_not_want_to_hear_is_not_told,
    c18_whoever_was_to_come_hears_that_a_calendar_is_deleted,
    n28_a_repeated_delivery_tells_of_an_event_once,
);

/// `kind actor eventId count` of everything that was told, newest first.
pub(super) async fn told(app: &TestApp, who: &Person) -> Vec<(String, String, String, i64)> {
    app.settle().await;
    let page = app.get("/v1/notifications?limit=100").bearer(&who.token).expect(200).await;
    let line = |item: &Value| {
        let actor = item["actor"]["nickname"].as_str().unwrap_or("-").to_owned();
        let event = item["eventId"].as_str().unwrap_or("-").to_owned();
        (text(&item["kind"]), actor, event, item["count"].as_i64().expect("a count"))
    };
    let items = page["items"].as_array().expect("items");
    items.iter().filter(|item| item["kind"] != "follow").map(line).collect()
}

fn line(kind: &str, actor: &str, event: &str, count: i64) -> (String, String, String, i64) {
    (kind.to_owned(), actor.to_owned(), event.to_owned(), count)
}

async fn c18_people_hear_of_invitations_answers_and_cancellations(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest, other) = (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let calendar = default_calendar(&app, &host).await;
    let event =
        create(&app, &host, &calendar, json!({ "title": "저녁", "start": { "date": "2036-12-01" } })).await;
    let id = text(&event["id"]);
    let path = format!("/v1/events/{id}");
    let mut device = Socket::open(app.base(), &guest.token).await;
    for _ in 0..2 {
        for who in [&guest, &other] {
            app.put(&format!("{path}/participants/{}", who.id)).bearer(&host.token).expect(200).await;
        }
    }
    assert_eq!(told(&app, &guest).await, [line("invitation", "하늘", &id, 1)]);
    let frame = device.until("notification").await;
    let frame = &frame["notification"];
    assert_eq!((&frame["kind"], &frame["eventId"]), (&json!("invitation"), &json!(id)));
    assert_eq!(device.within(Duration::from_millis(900)).await, Ok(None), "told once");
    let respond = |who: &Person, status: &str| {
        app.put(&format!("{path}/response")).bearer(&who.token).json(json!({ "status": status }))
    };
    respond(&guest, "tentative").expect(200).await;
    app.settle().await;
    respond(&other, "declined").expect(200).await;
    assert_eq!(told(&app, &host).await, [line("response", "산들", &id, 2)], "one line while it is unread");
    // Only who may still come hears that there is nothing to come to.
    app.patch(&path).bearer(&host.token).json(json!({ "status": "cancelled" })).expect(200).await;
    app.patch(&path).bearer(&host.token).json(json!({ "title": "밥" })).expect(200).await;
    let expected = [line("cancellation", "하늘", &id, 1), line("invitation", "하늘", &id, 1)];
    assert_eq!(told(&app, &guest).await, expected);
    assert_eq!(told(&app, &other).await, [line("invitation", "하늘", &id, 1)]);
    // What was cancelled before needs no second word when it is deleted.
    app.delete(&path).bearer(&host.token).expect(204).await;
    assert_eq!(told(&app, &guest).await, expected);
    let event =
        create(&app, &host, &calendar, json!({ "title": "점심", "start": { "date": "2036-12-01" } })).await;
    let id = text(&event["id"]);
    app.put(&format!("/v1/events/{id}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    app.settle().await;
    app.delete(&format!("/v1/events/{id}")).bearer(&host.token).expect(204).await;
    assert_eq!(told(&app, &guest).await[0], line("cancellation", "하늘", &id, 1));
    app.stop().await;
}

async fn c18_people_hear_of_joins_and_of_seats_that_become_free(db: TestDb) {
    let app = in_2026(db).await;
    let (host, first, second) =
        (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "title": "농구", "start": { "date": "2036-12-01" }, "capacity": 1 });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let join = format!("/v1/events/{id}/join");
    for friend in [&first, &second] {
        befriend(&app, &host, friend).await;
        app.settle().await;
        app.post(&join).bearer(&friend.token).expect(200).await;
        app.post(&join).bearer(&friend.token).expect(200).await;
        app.settle().await;
    }
    assert_eq!(told(&app, &host).await, [line("join", "산들", &id, 2)]);
    app.delete(&join).bearer(&first.token).expect(204).await;
    assert_eq!(told(&app, &second).await, [line("promotion", "-", &id, 1)]);
    assert_eq!(told(&app, &first).await, []);
    // Whoever organizes hears nothing of their own coming.
    app.post(&join).bearer(&host.token).expect(200).await;
    assert_eq!(told(&app, &host).await, [line("join", "산들", &id, 2)]);
    app.stop().await;
}

async fn c18_what_somebody_does_not_want_to_hear_is_not_told(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let path = "/v1/notifications/preferences";
    let usual = app.get(path).bearer(&guest.token).expect(200).await;
    let kinds: Vec<_> =
        usual["kinds"].as_array().expect("kinds").iter().map(|one| text(&one["kind"])).collect();
    for kind in ["invitation", "response", "join", "promotion", "cancellation"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind} can be chosen");
    }
    let choice = json!({ "kind": "invitation", "inApp": false, "email": false, "push": false });
    let wanted = json!({ "kinds": [choice], "quietHours": null });
    app.put(path).bearer(&guest.token).json(wanted).expect(200).await;
    let calendar = default_calendar(&app, &host).await;
    let event =
        create(&app, &host, &calendar, json!({ "title": "저녁", "start": { "date": "2036-12-01" } })).await;
    let id = text(&event["id"]);
    app.put(&format!("/v1/events/{id}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    assert_eq!(told(&app, &guest).await, []);
    app.delete(&format!("/v1/events/{id}")).bearer(&host.token).expect(204).await;
    assert_eq!(told(&app, &guest).await, [line("cancellation", "하늘", &id, 1)]);
    app.stop().await;
}

async fn n28_a_repeated_delivery_tells_of_an_event_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let container = app.running().container();
    let uow = container.get::<UnitOfWork>().expect("a unit of work");
    let joins = container.get::<JoinNotices>().expect("a handler");
    let ends = container.get::<CancellationNotices>().expect("a handler");
    let (by, user) = (host.id.parse().expect("an id"), guest.id.parse().expect("an id"));
    let event = Id::new(user);
    let (by, user) = (Id::new(by), Id::new(user));
    let joined = EventJoined { event, occurrence: 0, user, organizer: by, waits: false, place: 1 };
    let ended = EventCancelled { event, by, guests: vec![user], at: 7 };
    for _ in 0..5 {
        uow.run(async |tx| joins.handle(tx, joined.clone()).await).await.expect("told");
        uow.run(async |tx| ends.handle(tx, ended.clone()).await).await.expect("told");
    }
    assert_eq!(told(&app, &host).await, [line("join", "바다", &guest.id, 1)]);
    assert_eq!(told(&app, &guest).await, [line("cancellation", "하늘", &guest.id, 1)]);
    app.stop().await;
}

async fn c18_whoever_was_to_come_hears_that_a_calendar_is_deleted(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest, friend, other) = (
        app.person("하늘").await,
        app.person("바다").await,
        app.person("산들").await,
        app.person("숲속").await,
    );
    befriend(&app, &host, &friend).await;
    let calendar = super::sharing::new_calendar(&app, &host, "모임").await;
    let new = json!({ "title": "농구", "start": { "date": "2036-12-01" }, "capacity": 3 });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let over = json!({ "title": "지난 일", "start": { "date": "2020-12-01" } });
    let over = text(&create(&app, &host, &calendar, over).await["id"]);
    for (event, who) in [(&id, &guest), (&id, &other), (&over, &guest)] {
        let path = format!("/v1/events/{event}/participants/{}", who.id);
        app.put(&path).bearer(&host.token).expect(200).await;
    }
    app.post(&format!("/v1/events/{id}/join")).bearer(&friend.token).expect(200).await;
    let declined = json!({ "status": "declined" });
    app.put(&format!("/v1/events/{id}/response")).bearer(&other.token).json(declined).expect(200).await;
    app.settle().await;
    app.delete(&format!("/v1/calendars/{calendar}")).bearer(&host.token).expect(204).await;
    let cancelled = |lines: Vec<(String, String, String, i64)>| -> Vec<_> {
        lines.into_iter().filter(|(kind, ..)| kind == "cancellation").collect()
    };
    for who in [&guest, &friend] {
        assert_eq!(cancelled(told(&app, who).await), [line("cancellation", "하늘", &id, 1)]);
        app.get(&format!("/v1/events/{id}")).bearer(&who.token).refused(404, "platform.not_found").await;
    }
    assert_eq!(cancelled(told(&app, &other).await), [], "who declined need not know");
    app.stop().await;
}
