//! Whoever loses sight of an event is out of its room at once, and counted there no longer.
//!
//! The patrol that would find them once in a while is off here: what took their sight has to tell.

use madang_presentation::chat::HubSettings;
use madang_testkit::Socket;

use super::*;

on_every_database!(
    n10_whatever_takes_sight_of_an_event_away_ends_following_its_room,
    n10_whoever_sees_the_event_no_longer_is_counted_no_longer,
);

async fn without_patrols(db: TestDb) -> TestApp {
    let settings = || std::sync::Arc::new(HubSettings { flood_limits: false, patrols: false });
    TestApp::start_with(db, |_| {}, |registry| registry.replace(settings)).await
}

async fn calendar_of(app: &TestApp, who: &Person) -> String {
    text(&get(app, who, "/v1/calendars").await["items"][0]["id"])
}

/// An event of somebody's that everybody who reads the calendar sees.
async fn event(app: &TestApp, who: &Person, calendar: &str) -> String {
    let event = json!({
        "title": "Picnic", "visibility": "public",
        "start": { "dateTime": "2031-12-01T10:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2031-12-01T11:00:00", "timeZone": "Asia/Seoul" },
    });
    let path = format!("/v1/calendars/{calendar}/events");
    text(&app.post(&path).bearer(&who.token).json(event).expect(201).await["id"])
}

async fn invite(app: &TestApp, who: &Person, event: &str, guest: &Person) {
    let path = format!("/v1/events/{event}/participants/{}", guest.id);
    app.put(&path).bearer(&who.token).expect(200).await;
}

async fn share(app: &TestApp, who: &Person, calendar: &str, with: &Person, role: &str) {
    let path = format!("/v1/calendars/{calendar}/members/{}", with.id);
    let shared = app.put(&path).bearer(&who.token).json(json!({ "role": role })).send().await;
    assert!(shared.status.is_success(), "{}", shared.text());
}

/// Enters the room of an event.
async fn enter(app: &TestApp, who: &Person, event: &str) -> String {
    let opened = app.post("/v1/rooms").bearer(&who.token).json(json!({ "eventId": event })).send().await;
    assert!(opened.status.is_success(), "{}", opened.text());
    text(&opened.json()["id"])
}

/// Enters the room of an event, and follows it.
async fn follow(app: &TestApp, who: &Person, event: &str) -> (String, Socket) {
    let room = enter(app, who, event).await;
    let mut socket = Socket::open(app.base(), &who.token).await;
    socket.subscribe(&room, None).await;
    (room, socket)
}

async fn out((room, socket): &mut (String, Socket)) {
    let told = socket.until("error").await;
    assert_eq!((&told["code"], &told["roomId"]), (&json!("chat.not_a_member"), &json!(room)));
}

async fn n10_whatever_takes_sight_of_an_event_away_ends_following_its_room(db: TestDb) {
    let app = without_patrols(db).await;
    let admin = crate::identity::admin::operator(&app, "operator").await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let calendar = calendar_of(&app, &mina).await;
    share(&app, &mina, &calendar, &sol, "reader").await;
    // An invitation is taken back, also by whom it is for.
    let picnic = event(&app, &mina, &calendar).await;
    for by in [&mina, &jun] {
        invite(&app, &mina, &picnic, &jun).await;
        let mut his = follow(&app, &jun, &picnic).await;
        let path = format!("/v1/events/{picnic}/participants/{}", jun.id);
        app.delete(&path).bearer(&by.token).expect(204).await;
        out(&mut his).await;
    }
    // A reader becomes somebody who sees no more than that there is something, or leaves.
    let mut hers = follow(&app, &sol, &picnic).await;
    share(&app, &mina, &calendar, &sol, "freeBusy").await;
    out(&mut hers).await;
    share(&app, &mina, &calendar, &sol, "reader").await;
    let mut hers = follow(&app, &sol, &picnic).await;
    let path = format!("/v1/calendars/{calendar}/members/{}", sol.id);
    app.delete(&path).bearer(&sol.token).expect(204).await;
    out(&mut hers).await;
    // What it says is private from now on.
    share(&app, &mina, &calendar, &sol, "reader").await;
    let mut hers = follow(&app, &sol, &picnic).await;
    let hidden = json!({ "visibility": "private" });
    app.patch(&format!("/v1/events/{picnic}")).bearer(&mina.token).json(hidden).expect(200).await;
    out(&mut hers).await;
    // A block, either way.
    for (by, whom) in [(&mina, &jun), (&jun, &mina)] {
        invite(&app, &mina, &picnic, &jun).await;
        let mut his = follow(&app, &jun, &picnic).await;
        let block = format!("/v1/users/{}/block", whom.id);
        app.put(&block).bearer(&by.token).expect(204).await;
        out(&mut his).await;
        app.delete(&block).bearer(&by.token).expect(204).await;
    }
    // The event is gone, or the calendar with it.
    let mut minas = follow(&app, &mina, &picnic).await;
    app.delete(&format!("/v1/events/{picnic}")).bearer(&mina.token).expect(204).await;
    out(&mut minas).await;
    let body = json!({ "name": "hikes" });
    let hikes = text(&app.post("/v1/calendars").bearer(&mina.token).json(body).expect(201).await["id"]);
    let hike = event(&app, &mina, &hikes).await;
    let mut minas = follow(&app, &mina, &hike).await;
    app.delete(&format!("/v1/calendars/{hikes}")).bearer(&mina.token).expect(204).await;
    out(&mut minas).await;
    // Who organizes it is suspended.
    let feast = event(&app, &mina, &calendar).await;
    invite(&app, &mina, &feast, &jun).await;
    let mut his = follow(&app, &jun, &feast).await;
    let path = format!("/v1/admin/users/{}/suspend", mina.id);
    app.post(&path).bearer(&admin.token).json(json!({ "reason": "spam" })).expect(200).await;
    out(&mut his).await;
}

async fn n10_whoever_sees_the_event_no_longer_is_counted_no_longer(db: TestDb) {
    let app = without_patrols(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let calendar = calendar_of(&app, &mina).await;
    let picnic = event(&app, &mina, &calendar).await;
    invite(&app, &mina, &picnic, &jun).await;
    share(&app, &mina, &calendar, &sol, "reader").await;
    let mut room = String::new();
    for who in [&mina, &jun, &sol] {
        room = enter(&app, who, &picnic).await;
    }
    let count = async || {
        let alone = get(&app, &mina, &format!("/v1/rooms/{room}")).await["memberCount"].clone();
        let listed = get(&app, &mina, "/v1/rooms").await["items"][0]["memberCount"].clone();
        let members = get(&app, &mina, &format!("/v1/rooms/{room}/members")).await;
        let members = members["items"].as_array().unwrap().len();
        assert_eq!(
            (&alone, &listed),
            (&json!(members), &json!(members)),
            "a list has as many as it is said to"
        );
        members
    };
    assert_eq!(count().await, 3);
    let guest = format!("/v1/events/{picnic}/participants/{}", jun.id);
    app.delete(&guest).bearer(&mina.token).expect(204).await;
    assert_eq!(count().await, 2);
    let hidden = json!({ "visibility": "private" });
    app.patch(&format!("/v1/events/{picnic}")).bearer(&mina.token).json(hidden).expect(200).await;
    assert_eq!(count().await, 1);
    // Whoever sees it again is where they were.
    invite(&app, &mina, &picnic, &jun).await;
    assert_eq!(count().await, 2);
}
