//! C18: what guests and organizers see of each other, and what a block ends.

use madang_testkit::{Person, TestApp, TestDb, text};
use reqwest::Method;
use serde_json::{Value, json};

use super::{create, default_calendar, in_2026, people::befriend};

madang_testkit::on_every_database!(
    c18_the_organizer_sees_who_joined_and_who_waits,
    c18_guests_find_what_they_are_invited_to,
    c18_a_block_hides_the_events_of_each_other,
);

fn at(time: &str) -> Value {
    json!({ "dateTime": time, "timeZone": "Asia/Seoul" })
}

async fn event(app: &TestApp, host: &Person, new: Value) -> String {
    let calendar = default_calendar(app, host).await;
    format!("/v1/events/{}", text(&create(app, host, &calendar, new).await["id"]))
}

fn came(list: &Value) -> Vec<String> {
    let show = |one: &Value| {
        format!("{} {}", one["user"]["nickname"].as_str().unwrap(), one["state"].as_str().unwrap())
    };
    list["items"].as_array().expect("items").iter().map(show).collect()
}

async fn c18_the_organizer_sees_who_joined_and_who_waits(db: TestDb) {
    let app = in_2026(db).await;
    let (host, stranger) = (app.person("하늘").await, app.person("누구").await);
    let new = json!({
        "title": "농구", "capacity": 2, "start": at("2036-12-01T20:00:00"), "recurrence": ["RRULE:FREQ=WEEKLY"],
    });
    let event = event(&app, &host, new).await;
    let at = "occurrence=2036-12-08T11:00:00Z";
    let mut friends = Vec::new();
    for name in ["하나", "두울", "세엣", "네엣"] {
        let friend = app.person(name).await;
        befriend(&app, &host, &friend).await;
        app.post(&format!("{event}/join?{at}")).bearer(&friend.token).expect(200).await;
        friends.push(friend);
    }
    let list = |who: &Person, query: &str| app.get(&format!("{event}/attendees?{query}")).bearer(&who.token);
    let all = ["하나 joined", "두울 joined", "세엣 waitlisted", "네엣 waitlisted"];
    assert_eq!(came(&list(&host, at).expect(200).await), all);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = list(&host, &format!("{at}&limit=1{cursor}")).expect(200).await;
        paged.extend(came(&page));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);
    // Each occurrence has its own people; which is meant must be said, and be there.
    assert!(came(&list(&host, "occurrence=2036-12-01T11:00:00Z").expect(200).await).is_empty());
    list(&host, "").refused(422, "platform.invalid_fields").await;
    list(&host, "occurrence=2036-12-09T11:00:00Z").refused(404, "platform.not_found").await;
    // Who may write into the calendar runs the event, too; others are told how many.
    let calendar = format!("/v1/calendars/{}", default_calendar(&app, &host).await);
    for (person, role, status) in [(&friends[0], "writer", 200), (&friends[1], "reader", 403)] {
        list(person, at).refused(403, "platform.forbidden").await;
        let path = format!("{calendar}/members/{}", person.id);
        app.put(&path).bearer(&host.token).json(json!({ "role": role })).expect(200).await;
        assert_eq!(list(person, at).send().await.status.as_u16(), status, "{role}");
    }
    list(&stranger, at).refused(404, "platform.not_found").await;
    let seen = app.get(&format!("{event}?{at}")).bearer(&friends[3].token).expect(200).await;
    assert_eq!((&seen["joinedCount"], &seen["waitlistCount"]), (&json!(2), &json!(2)));
    assert_eq!(seen["participants"], json!([]));
    app.delete(&format!("{event}/join?{at}")).bearer(&friends[0].token).expect(204).await;
    assert_eq!(came(&list(&host, at).expect(200).await), ["두울 joined", "세엣 joined", "네엣 waitlisted"]);
    app.stop().await;
}

async fn found(app: &TestApp, who: &Person, words: &str) -> Vec<String> {
    let path = format!("/v1/search?type=events&q={words}");
    let list = app.get(&path).bearer(&who.token).expect(200).await;
    list["items"].as_array().expect("items").iter().map(|item| item.to_string()).collect()
}

async fn c18_guests_find_what_they_are_invited_to(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest, other) = (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let new = json!({ "title": "비밀 잔치", "visibility": "private", "start": { "date": "2036-12-01" } });
    let event = event(&app, &host, new).await;
    assert!(found(&app, &guest, "잔치").await.is_empty());
    app.put(&format!("{event}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    for status in ["accepted", "declined"] {
        let answer = json!({ "status": status });
        app.put(&format!("{event}/response")).bearer(&guest.token).json(answer).expect(200).await;
        let found = found(&app, &guest, "잔치").await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("비밀 잔치") && found[0].contains(&event[11..]), "{found:?}");
    }
    // Who sees it as a member and as a guest finds it once.
    let path = format!("/v1/calendars/{}/members/{}", default_calendar(&app, &host).await, guest.id);
    for role in ["owner", "reader", "freeBusy"] {
        app.put(&path).bearer(&host.token).json(json!({ "role": role })).expect(200).await;
        assert_eq!(found(&app, &guest, "잔치").await.len(), 1, "{role}");
    }
    assert_eq!(found(&app, &host, "잔치").await.len(), 1);
    assert!(found(&app, &other, "잔치").await.is_empty());
    app.delete(&format!("{event}/participants/{}", guest.id)).bearer(&host.token).expect(204).await;
    assert!(found(&app, &guest, "잔치").await.is_empty());
    app.stop().await;
}

/// At which doors somebody sees an event of that title on 1 December 2036.
async fn doors(app: &TestApp, who: &Person, event: &str) -> Vec<&'static str> {
    let mut open = Vec::new();
    let range = "from=2036-11-30T00:00:00Z&to=2036-12-03T00:00:00Z";
    for (door, path) in [
        ("range", format!("/v1/events?{range}")),
        ("agenda", format!("/v1/agenda?{range}")),
        ("search", "/v1/search?type=events&q=저녁".to_owned()),
    ] {
        let list = app.get(&path).bearer(&who.token).expect(200).await;
        open.extend((!list["items"].as_array().expect("items").is_empty()).then_some(door));
    }
    for (door, method, path) in [
        ("event", Method::GET, event.to_owned()),
        ("join", Method::POST, format!("{event}/join")),
        ("response", Method::PUT, format!("{event}/response")),
        ("reminders", Method::PUT, format!("{event}/reminders")),
    ] {
        let body = match door {
            "response" => json!({ "status": "accepted" }),
            "reminders" => json!({ "reminders": [] }),
            _ => json!(null),
        };
        let call = app.call(method, &path).bearer(&who.token);
        let reply = if body.is_null() { call.send().await } else { call.json(body).send().await };
        match reply.status.as_u16() {
            200 => open.push(door),
            status => assert_eq!(status, 404, "{door}: {}", reply.text()),
        }
    }
    let ids = json!({ "userIds": [who.id], "from": "2036-11-30T00:00:00Z", "to": "2036-12-03T00:00:00Z" });
    let busy = app.post("/v1/free-busy").bearer(&who.token).json(ids).expect(200).await;
    open.extend((busy["items"][0]["busy"] != json!([])).then_some("free-busy"));
    open
}

async fn c18_a_block_hides_the_events_of_each_other(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let new = json!({ "title": "저녁", "capacity": 5, "start": at("2036-12-01T18:00:00"), "end": at("2036-12-01T20:00:00") });
    let event = event(&app, &host, new).await;
    app.put(&format!("{event}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    let all = ["range", "agenda", "search", "event", "join", "response", "reminders", "free-busy"];
    assert_eq!(doors(&app, &guest, &event).await, all);
    for (one, other) in [(&host, &guest), (&guest, &host)] {
        let block = format!("/v1/users/{}/block", other.id);
        app.put(&block).bearer(&one.token).expect(204).await;
        app.settle().await;
        assert!(doors(&app, &guest, &event).await.is_empty(), "blocked by {}", one.id);
        app.delete(&block).bearer(&one.token).expect(204).await;
        app.settle().await;
        assert_eq!(doors(&app, &guest, &event).await, all);
    }
    // From behind a block one may still give up what others wait for.
    app.put(&format!("/v1/users/{}/block", host.id)).bearer(&guest.token).expect(204).await;
    app.settle().await;
    app.delete(&format!("{event}/join")).bearer(&guest.token).expect(204).await;
    let seen = app.get(&event).bearer(&host.token).expect(200).await;
    assert_eq!(seen["joinedCount"], 0);
    app.stop().await;
}
