//! Who comes to an event: invitations, answers, seats and the line of those who wait.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt, future::join_all, stream};
use madang_application::identity::ports::{PasswordHasher, Verdict};
use madang_container::Registry;
use madang_domain::{identity::Password, shared::Failure};
use madang_testkit::{Person, TestApp, TestDb, text};
use reqwest::Method;
use serde_json::{Value, json};

use super::{create, default_calendar, in_2026, midsummer};

madang_testkit::on_every_database!(
    c18_an_invitation_is_answered,
    c18_an_answer_to_one_occurrence_leaves_the_others,
    c18_seats_are_taken_and_the_line_moves_up,
    c18_each_occurrence_has_its_own_seats,
    c18_seats_and_answers_follow_a_moved_series,
    c18_every_role_at_every_door,
    c18_who_withdraws_frees_seats_and_leaves_nothing,
    n06_five_hundred_come_to_twenty_seats,
);

pub(super) async fn befriend(app: &TestApp, one: &Person, other: &Person) {
    for (follower, followee) in [(one, other), (other, one)] {
        app.put(&format!("/v1/users/{}/follow", followee.id)).bearer(&follower.token).expect(201).await;
    }
}

fn path(event: &Value) -> String {
    format!("/v1/events/{}", text(&event["id"]))
}

fn statuses(event: &Value) -> Vec<String> {
    let show = |one: &Value| {
        format!("{} {}", one["user"]["nickname"].as_str().unwrap(), one["status"].as_str().unwrap())
    };
    event["participants"].as_array().expect("participants").iter().map(show).collect()
}

async fn open_event(app: &TestApp, owner: &Person, capacity: i64) -> Value {
    let calendar = default_calendar(app, owner).await;
    let new = json!({ "title": "농구", "start": { "date": "2036-12-01" }, "capacity": capacity });
    create(app, owner, &calendar, new).await
}

async fn c18_an_invitation_is_answered(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest, other) = (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "title": "저녁", "visibility": "private", "start": { "date": "2036-12-01" } });
    let event = create(&app, &host, &calendar, new).await;
    assert_eq!(event["organizer"]["id"], json!(host.id));
    assert_eq!((&event["participants"], &event["capacity"]), (&json!([]), &json!(null)));
    let event = path(&event);
    let invite = |who: &Person| app.put(&format!("{event}/participants/{}", who.id)).bearer(&host.token);
    app.get(&event).bearer(&guest.token).refused(404, "platform.not_found").await;
    let shown = invite(&guest).expect(200).await;
    assert_eq!(statuses(&shown), ["바다 needsAction"]);
    assert_eq!(statuses(&invite(&guest).expect(200).await), ["바다 needsAction"]);
    invite(&host).refused(409, "calendar.organizer_invited").await;

    let seen = app.get(&event).bearer(&guest.token).expect(200).await;
    assert_eq!((&seen["myStatus"], &seen["title"]), (&json!("needsAction"), &json!("저녁")));
    let range = "/v1/events?from=2036-11-30T00:00:00Z&to=2036-12-03T00:00:00Z";
    let list = app.get(range).bearer(&guest.token).expect(200).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["items"][0]["myStatus"], "needsAction");

    let respond = |who: &Person, status: &str| {
        app.put(&format!("{event}/response")).bearer(&who.token).json(json!({ "status": status }))
    };
    let seen = respond(&guest, "tentative").expect(200).await;
    assert_eq!(
        (statuses(&seen), &seen["myStatus"]),
        (vec!["바다 tentative".to_owned()], &json!("tentative"))
    );
    assert!(seen["participants"][0]["respondedAt"].is_string());
    respond(&guest, "accepted").expect(200).await;
    let seen = app.get(&event).bearer(&host.token).expect(200).await;
    assert_eq!((statuses(&seen), &seen["myStatus"]), (vec!["바다 accepted".to_owned()], &json!(null)));
    respond(&guest, "needsAction").refused(422, "platform.invalid_fields").await;
    respond(&host, "accepted").refused(403, "calendar.not_invited").await;
    respond(&other, "accepted").refused(404, "platform.not_found").await;

    app.put(&format!("/v1/users/{}/block", other.id)).bearer(&host.token).expect(204).await;
    invite(&other).refused(404, "platform.not_found").await;
    let remove = format!("{event}/participants/{}", guest.id);
    app.delete(&remove).bearer(&host.token).expect(204).await;
    app.delete(&remove).bearer(&host.token).refused(404, "platform.not_found").await;
    app.get(&event).bearer(&guest.token).refused(404, "platform.not_found").await;
    let list = app.get(range).bearer(&guest.token).expect(200).await;
    assert_eq!(list["items"], json!([]));
    app.stop().await;
}

async fn c18_an_answer_to_one_occurrence_leaves_the_others(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "수업", "start": { "dateTime": "2036-12-01T20:00:00", "timeZone": "Asia/Seoul" },
        "recurrence": ["RRULE:FREQ=WEEKLY"],
    });
    let event = path(&create(&app, &host, &calendar, new).await);
    app.put(&format!("{event}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    let respond = |at: &str, status: &str| {
        app.put(&format!("{event}/response{at}")).bearer(&guest.token).json(json!({ "status": status }))
    };
    respond("", "accepted").expect(200).await;
    respond("?occurrence=2036-12-08T11:00:00Z", "declined").expect(200).await;
    for missing in ["2036-12-09T11:00:00Z", "2036-12-08"] {
        respond(&format!("?occurrence={missing}"), "declined").refused(404, "platform.not_found").await;
    }
    let refused = respond("?occurrence=soon", "declined").refused(422, "platform.invalid_fields").await;
    assert_eq!(refused["errors"][0]["code"], "calendar.unknown_occurrence");
    let mine = async || {
        let range = "/v1/events?from=2036-12-01T00:00:00Z&to=2036-12-20T00:00:00Z";
        let list = app.get(range).bearer(&guest.token).expect(200).await;
        list["items"].as_array().unwrap().iter().map(|item| text(&item["myStatus"])).collect::<Vec<_>>()
    };
    assert_eq!(mine().await, ["accepted", "declined", "accepted"]);
    // Far beyond what is written down, the guest finds the series as well.
    let range = "/v1/events?from=2066-12-01T00:00:00Z&to=2066-12-08T00:00:00Z";
    let list = app.get(range).bearer(&guest.token).expect(200).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    respond("", "tentative").expect(200).await;
    assert_eq!(mine().await, ["tentative", "tentative", "tentative"]);
    app.stop().await;
}

async fn c18_seats_are_taken_and_the_line_moves_up(db: TestDb) {
    let app = in_2026(db).await;
    let host = app.person("하늘").await;
    let event = open_event(&app, &host, 1).await;
    assert_eq!((&event["capacity"], &event["joinedCount"]), (&json!(1), &json!(0)));
    let event = path(&event);
    let mut friends = Vec::new();
    for name in ["하나", "두울", "세엣", "네엣"] {
        let friend = app.person(name).await;
        befriend(&app, &host, &friend).await;
        friends.push(friend);
    }
    let join = format!("{event}/join");
    let mut answers = Vec::new();
    for friend in &friends {
        let answer = app.post(&join).bearer(&friend.token).expect(200).await;
        assert_eq!(app.post(&join).bearer(&friend.token).expect(200).await, answer);
        answers.push((text(&answer["state"]), answer["position"].clone()));
    }
    let waits = |position: i64| ("waitlisted".to_owned(), json!(position));
    assert_eq!(answers, [("joined".to_owned(), json!(null)), waits(1), waits(2), waits(3)]);
    let states = async || {
        let mut states = Vec::new();
        for friend in &friends {
            let seen = app.get(&event).bearer(&friend.token).expect(200).await;
            states.push(seen["myJoinState"].as_str().unwrap_or("-").to_owned());
        }
        let seen = app.get(&event).bearer(&host.token).expect(200).await;
        (states.join(" "), seen["joinedCount"].as_i64().unwrap(), seen["waitlistCount"].as_i64().unwrap())
    };
    assert_eq!(states().await, ("joined waitlisted waitlisted waitlisted".to_owned(), 1, 3));
    // Whoever joined finds it among their own events.
    let range = "/v1/events?from=2036-11-30T00:00:00Z&to=2036-12-03T00:00:00Z";
    let list = app.get(range).bearer(&friends[3].token).expect(200).await;
    assert_eq!(list["items"][0]["myJoinState"], "waitlisted");

    app.delete(&join).bearer(&friends[0].token).expect(204).await;
    app.delete(&join).bearer(&friends[0].token).expect(204).await;
    assert_eq!(states().await, ("- joined waitlisted waitlisted".to_owned(), 1, 2));
    let patch = |body: Value| app.patch(&event).bearer(&host.token).json(body);
    patch(json!({ "capacity": 2 })).expect(200).await;
    assert_eq!(states().await, ("- joined joined waitlisted".to_owned(), 2, 1));
    patch(json!({ "capacity": 1 })).expect(200).await;
    app.delete(&join).bearer(&friends[1].token).expect(204).await;
    assert_eq!(states().await, ("- - joined waitlisted".to_owned(), 1, 1));
    for wrong in [json!(0), json!(10_001), json!(-1)] {
        patch(json!({ "capacity": wrong })).refused(422, "platform.invalid_fields").await;
    }
    patch(json!({ "status": "cancelled" })).expect(200).await;
    app.post(&join).bearer(&friends[0].token).refused(409, "calendar.event_cancelled").await;
    patch(json!({ "status": "confirmed", "capacity": null })).expect(200).await;
    app.post(&join).bearer(&friends[2].token).refused(409, "calendar.not_open").await;
    app.stop().await;
}

async fn c18_each_occurrence_has_its_own_seats(db: TestDb) {
    let app = in_2026(db).await;
    let (host, friend) = (app.person("하늘").await, app.person("바다").await);
    befriend(&app, &host, &friend).await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({
        "title": "달리기", "start": { "date": "2036-12-01" }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"], "capacity": 1,
    });
    let event = path(&create(&app, &host, &calendar, new).await);
    let join = |at: &str| format!("{event}/join?occurrence={at}");
    let refused = app
        .post(&format!("{event}/join"))
        .bearer(&friend.token)
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(refused["errors"][0]["code"], "calendar.occurrence_required");
    app.post(&join("2036-12-04")).bearer(&friend.token).refused(404, "platform.not_found").await;
    for (who, day, state) in [
        (&friend, "2036-12-02", "joined"),
        (&host, "2036-12-02", "waitlisted"),
        (&host, "2036-12-03", "joined"),
    ] {
        assert_eq!(app.post(&join(day)).bearer(&who.token).expect(200).await["state"], state, "{day}");
    }
    let range = "/v1/events?from=2036-11-30T00:00:00Z&to=2036-12-05T00:00:00Z";
    let list = app.get(range).bearer(&host.token).expect(200).await;
    let count =
        |item: &Value| (item["joinedCount"].as_i64().unwrap(), item["waitlistCount"].as_i64().unwrap());
    let counts: Vec<_> = list["items"].as_array().unwrap().iter().map(count).collect();
    assert_eq!(counts, [(0, 0), (1, 1), (1, 0)]);
    assert_eq!(count(&app.get(&event).bearer(&host.token).expect(200).await), (2, 1));
    app.stop().await;
}

async fn c18_seats_and_answers_follow_a_moved_series(db: TestDb) {
    let app = in_2026(db).await;
    let (host, friend) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &host).await;
    // New York changes its clocks on 14 March 2027, between the second and the third lesson.
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "America/New_York" });
    let new = json!({
        "title": "수업", "start": at("2027-03-01T20:00:00"), "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"], "capacity": 5,
    });
    let event = path(&create(&app, &host, &calendar, new).await);
    app.put(&format!("{event}/participants/{}", friend.id)).bearer(&host.token).expect(200).await;
    let join = format!("{event}/join?occurrence=2027-03-16T00:00:00Z");
    app.post(&join).bearer(&friend.token).expect(200).await;
    let respond = format!("{event}/response?occurrence=2027-03-09T01:00:00Z");
    app.put(&respond).bearer(&friend.token).json(json!({ "status": "declined" })).expect(200).await;
    let seen = async || {
        let range = "/v1/events?from=2027-02-01T00:00:00Z&to=2027-05-01T00:00:00Z";
        let list = app.get(range).bearer(&friend.token).expect(200).await;
        let show = |item: &Value| {
            let state = item["myJoinState"].as_str().unwrap_or("-");
            format!("{} {state}", item["myStatus"].as_str().unwrap())
        };
        list["items"].as_array().unwrap().iter().map(show).collect::<Vec<_>>()
    };
    let expected = ["needsAction -", "declined -", "needsAction joined", "needsAction -"];
    assert_eq!(seen().await, expected);
    for start in ["2027-03-01T21:30:00", "2027-03-08T21:30:00", "2027-02-22T09:00:00"] {
        app.patch(&event).bearer(&host.token).json(json!({ "start": at(start) })).expect(200).await;
        assert_eq!(seen().await, expected, "{start}");
    }
    app.stop().await;
}

async fn c18_every_role_at_every_door(db: TestDb) {
    let app = in_2026(db).await;
    let host = app.person("하늘").await;
    let (friend, stranger, blocked) =
        (app.person("바다").await, app.person("산들").await, app.person("나무").await);
    let invited = app.person("구름").await;
    befriend(&app, &host, &friend).await;
    befriend(&app, &host, &blocked).await;
    app.put(&format!("/v1/users/{}/block", host.id)).bearer(&blocked.token).expect(204).await;
    let calendar = default_calendar(&app, &host).await;
    let other = app.person("노을").await;
    // `visibility capacity`, then for each person: show, join, leave, respond, invite, remove another.
    let doors = [
        (
            "public",
            json!(3),
            [
                (&host, [200, 200, 204, 403, 200, 204]),
                (&invited, [200, 200, 204, 200, 403, 403]),
                (&friend, [200, 200, 204, 403, 403, 403]),
                (&stranger, [404, 403, 403, 404, 404, 404]),
                (&blocked, [404, 404, 404, 404, 404, 404]),
            ],
        ),
        (
            "private",
            json!(3),
            [
                (&host, [200, 200, 204, 403, 200, 204]),
                (&invited, [200, 200, 204, 200, 403, 403]),
                (&friend, [404, 404, 404, 404, 404, 404]),
                (&stranger, [404, 404, 404, 404, 404, 404]),
                (&blocked, [404, 404, 404, 404, 404, 404]),
            ],
        ),
        (
            "public",
            json!(null),
            [
                (&host, [200, 409, 204, 403, 200, 204]),
                (&invited, [200, 409, 204, 200, 403, 403]),
                (&friend, [404, 404, 404, 404, 404, 404]),
                (&stranger, [404, 404, 404, 404, 404, 404]),
                (&blocked, [404, 404, 404, 404, 404, 404]),
            ],
        ),
    ];
    for (visibility, capacity, people) in doors {
        let new = json!({ "title": "모임", "visibility": visibility, "start": { "date": "2036-12-01" } });
        let event = path(&create(&app, &host, &calendar, new).await);
        app.patch(&event).bearer(&host.token).json(json!({ "capacity": capacity })).expect(200).await;
        app.put(&format!("{event}/participants/{}", invited.id)).bearer(&host.token).expect(200).await;
        for (person, expected) in people {
            let join = format!("{event}/join");
            let guest = format!("{event}/participants/{}", other.id);
            let mut found = Vec::new();
            for (method, path, body) in [
                (Method::GET, &event, None),
                (Method::POST, &join, None),
                (Method::DELETE, &join, None),
                (Method::PUT, &format!("{event}/response"), Some(json!({ "status": "accepted" }))),
                (Method::PUT, &guest, None),
                (Method::DELETE, &guest, None),
            ] {
                let call = app.call(method, path).bearer(&person.token);
                let call = if let Some(body) = body { call.json(body) } else { call };
                found.push(call.send().await.status.as_u16());
            }
            assert_eq!(found, expected, "{visibility} {capacity} {}", person.nickname);
        }
        for (method, path) in [(Method::POST, "join"), (Method::PUT, "response")] {
            assert_eq!(app.call(method, &format!("{event}/{path}")).send().await.status.as_u16(), 401);
        }
    }
    app.stop().await;
}

async fn c18_who_withdraws_frees_seats_and_leaves_nothing(db: TestDb) {
    let app = in_2026(db).await;
    let host = app.person("하늘").await;
    let event = open_event(&app, &host, 1).await;
    let (event, join) = (path(&event), format!("{}/join", path(&event)));
    let (first, second) = (app.person("바다").await, app.person("산들").await);
    for friend in [&first, &second] {
        befriend(&app, &host, friend).await;
        app.put(&format!("{event}/participants/{}", friend.id)).bearer(&host.token).expect(200).await;
        app.post(&join).bearer(&friend.token).expect(200).await;
    }
    let password = json!({ "password": madang_testkit::PASSWORD });
    app.delete("/v1/me").bearer(&first.token).json(password).expect(204).await;
    app.settle().await;
    let seen = app.get(&event).bearer(&second.token).expect(200).await;
    assert_eq!((&seen["myJoinState"], &seen["joinedCount"]), (&json!("joined"), &json!(1)));
    assert_eq!(statuses(&seen), ["산들 needsAction"]);
    app.stop().await;
}

/// Many people who are invited to an event.
async fn crowd(app: &TestApp, host: &Person, event: &str, count: usize) -> Vec<Person> {
    let one = async |n: usize| {
        let person = app.person(&format!("crowd{n}")).await;
        app.put(&format!("{event}/participants/{}", person.id)).bearer(&host.token).expect(200).await;
        person
    };
    // Few at a time: on a busy machine the one connection of SQLite's tests serves no more in time.
    stream::iter(0..count).map(one).buffer_unordered(3).collect().await
}

/// Lets a thousand hashes of passwords, which this is not about, cost nothing.
struct Plain;

#[async_trait]
impl PasswordHasher for Plain {
    async fn hash(&self, _: &Password) -> Result<String, Failure> {
        Ok("plain".to_owned())
    }

    async fn verify(&self, _: &Password, _: Option<&str>) -> Result<Verdict, Failure> {
        Ok(Verdict::Right)
    }
}

/// Nodes for a crowd: in one summer, and quick to log in.
fn plain() -> impl Fn(&mut Registry) {
    let midsummer = midsummer();
    move |registry| {
        midsummer(registry);
        registry.replace(|| Arc::new(Plain) as Arc<dyn PasswordHasher>);
    }
}

async fn n06_five_hundred_come_to_twenty_seats(db: TestDb) {
    // The last in line waits for 499 others, and how long that takes is the machine's affair.
    let app = TestApp::start_with(db, |config| config.http.request_timeout_seconds = 600, plain()).await;
    crowd_comes(&app, &[&app], 500).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n06_a_crowd_comes_through_two_nodes() {
    let Some(db) = TestDb::postgres().await else { return };
    let plain = plain();
    let app = TestApp::start_with(db, |_| {}, &plain).await;
    let twin = app.beside(&plain).await;
    crowd_comes(&app, &[&app, &twin], 200).await;
    twin.stop().await;
    app.stop().await;
}

/// So many people come at once through these nodes to twenty seats.
async fn crowd_comes(app: &TestApp, nodes: &[&TestApp], count: usize) {
    let waiting = i64::try_from(count).expect("a number") - 20;
    let host = app.person("하늘").await;
    let event = path(&open_event(app, &host, 20).await);
    let people = crowd(app, &host, &event, count).await;
    let join = format!("{event}/join");
    let answers = join_all(people.iter().enumerate().map(async |(at, person)| {
        nodes[at % nodes.len()].post(&join).bearer(&person.token).expect(200).await
    }))
    .await;
    let joined = answers.iter().filter(|answer| answer["state"] == "joined").count();
    assert_eq!(joined, 20);
    // Everybody who waits was told a different place in line, without a gap.
    let mut line: Vec<(i64, &Person)> = people
        .iter()
        .zip(&answers)
        .filter_map(|(person, answer)| Some((answer["position"].as_i64()?, person)))
        .collect();
    line.sort_unstable_by_key(|(position, _)| *position);
    assert!(line.iter().map(|(position, _)| *position).eq(1..=waiting), "{line:?}");
    let seen = app.get(&event).bearer(&host.token).expect(200).await;
    assert_eq!((&seen["joinedCount"], &seen["waitlistCount"]), (&json!(20), &json!(waiting)));

    // Fifteen leave at once: those in front follow, nobody else, and the places in line hold.
    let seated = people.iter().zip(&answers).filter(|(_, answer)| answer["state"] == "joined");
    let leaving: Vec<&Person> = seated.map(|(person, _)| person).take(15).collect();
    join_all(leaving.iter().enumerate().map(async |(at, person)| {
        nodes[at % nodes.len()].delete(&join).bearer(&person.token).expect(204).await
    }))
    .await;
    let mut promoted = Vec::new();
    for (position, person) in line.iter().take(17) {
        let answer = app.post(&join).bearer(&person.token).expect(200).await;
        promoted.push((*position, text(&answer["state"]), answer["position"].as_i64()));
        assert_eq!((&answer["joinedCount"], &answer["waitlistCount"]), (&json!(20), &json!(waiting - 15)));
    }
    let expected: Vec<_> = (1..=17)
        .map(|at| {
            if at <= 15 {
                (at, "joined".to_owned(), None)
            } else {
                (at, "waitlisted".to_owned(), Some(at - 15))
            }
        })
        .collect();
    assert_eq!(promoted, expected);
}
