//! One occurrence, those that follow, or all: what changes, and what stays with its occurrence.

use std::collections::BTreeMap;

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, in_2026, notices::told, people::befriend};

madang_testkit::on_every_database!(
    n01_one_occurrence_changes_alone,
    n01_those_that_follow_become_a_series_of_their_own,
    n01_a_whole_series_moves_with_what_differs_in_it,
    n01_parts_of_a_series_are_deleted,
    n01_bad_scopes_are_refused,
    n01_no_edit_loses_an_answer_or_a_seat,
    c18_guests_see_their_event_on_posts,
);

const RANGE: &str = "/v1/events?from=2027-01-01T00:00:00Z&to=2027-12-01T00:00:00Z";

async fn series(app: &TestApp, host: &Person, more: Value) -> String {
    let calendar = default_calendar(app, host).await;
    let mut new = json!({
        "title": "수업", "start": { "dateTime": "2027-03-01T20:00:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2027-03-01T21:00:00", "timeZone": "Asia/Seoul" },
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
    });
    new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    text(&create(app, host, &calendar, new).await["id"])
}

async fn list(app: &TestApp, who: &Person) -> Vec<Value> {
    app.get(RANGE).bearer(&who.token).expect(200).await["items"].as_array().expect("items").clone()
}

/// `title start` of everything there is.
async fn shown(app: &TestApp, who: &Person) -> Vec<String> {
    let show = |item: &Value| format!("{} {}", text(&item["title"]), text(&item["start"]["dateTime"]));
    list(app, who).await.iter().map(show).collect()
}

/// The name of the occurrence on a day of March.
fn on(day: u32) -> String {
    format!("occurrence=2027-03-{day:02}T11:00:00Z")
}

fn seoul(time: &str) -> Value {
    json!({ "dateTime": time, "timeZone": "Asia/Seoul" })
}

async fn n01_one_occurrence_changes_alone(db: TestDb) {
    let app = in_2026(db).await;
    let host = app.person("하늘").await;
    let id = series(&app, &host, json!({})).await;
    let one = format!("/v1/events/{id}?{}", on(2));
    let patch = |body: Value| app.patch(&one).bearer(&host.token).json(body);
    let changed = patch(json!({ "title": "특강", "start": seoul("2027-03-02T09:00:00") })).expect(200).await;
    assert_eq!(changed["start"], json!({ "dateTime": "2027-03-02T00:00:00Z", "timeZone": "Asia/Seoul" }));
    assert_eq!(changed["end"]["dateTime"], "2027-03-02T01:00:00Z");
    assert_eq!(changed["occurrence"], "2027-03-02T11:00:00Z");
    assert_eq!(app.get(&one).bearer(&host.token).expect(200).await, changed);
    // What was changed before stays when something else changes, here and in the series.
    patch(json!({ "location": "강당" })).expect(200).await;
    app.patch(&format!("/v1/events/{id}"))
        .bearer(&host.token)
        .json(json!({ "title": "반" }))
        .expect(200)
        .await;
    let expected = [
        "반 2027-03-01T11:00:00Z",
        "특강 2027-03-02T00:00:00Z",
        "반 2027-03-03T11:00:00Z",
        "반 2027-03-04T11:00:00Z",
        "반 2027-03-05T11:00:00Z",
    ];
    assert_eq!(shown(&app, &host).await, expected);
    assert_eq!(app.get(&one).bearer(&host.token).expect(200).await["location"], "강당");
    let stranger = app.person("바다").await;
    app.get(&one).bearer(&stranger.token).refused(404, "platform.not_found").await;
    app.patch(&one)
        .bearer(&stranger.token)
        .json(json!({ "title": "x" }))
        .refused(404, "platform.not_found")
        .await;
    app.stop().await;
}

async fn n01_those_that_follow_become_a_series_of_their_own(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let id = series(&app, &host, json!({ "capacity": 1, "reminders": [{ "minutesBefore": 5 }] })).await;
    let path = format!("/v1/events/{id}");
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    let respond = |at: &str| {
        app.put(&format!("{path}/response?{at}")).bearer(&guest.token).json(json!({ "status": "tentative" }))
    };
    respond(&on(2)).expect(200).await;
    respond(&on(4)).expect(200).await;
    app.post(&format!("{path}/join?{}", on(4))).bearer(&guest.token).expect(200).await;
    app.post(&format!("{path}/join?{}", on(4))).bearer(&host.token).expect(200).await;
    app.patch(&format!("{path}?{}", on(5)))
        .bearer(&host.token)
        .json(json!({ "title": "끝" }))
        .expect(200)
        .await;
    let body = json!({ "title": "새 반", "start": seoul("2027-03-03T21:30:00") });
    let rest = app
        .patch(&format!("{path}?scope=following&{}", on(3)))
        .bearer(&host.token)
        .json(body)
        .expect(200)
        .await;
    assert_ne!(rest["id"], json!(id));
    assert_eq!((&rest["capacity"], &rest["reminders"]), (&json!(1), &json!([{ "minutesBefore": 5 }])));
    assert_eq!((&rest["joinedCount"], &rest["waitlistCount"]), (&json!(1), &json!(1)));
    let show = |item: &Value| {
        let words =
            ["title", "myStatus", "myJoinState"].map(|name| item[name].as_str().unwrap_or("-").to_owned());
        format!("{} {}", text(&item["start"]["dateTime"]), words.join(" "))
    };
    let found: Vec<String> = list(&app, &guest).await.iter().map(show).collect();
    let expected = [
        "2027-03-01T11:00:00Z 수업 needsAction -",
        "2027-03-02T11:00:00Z 수업 tentative -",
        "2027-03-03T12:30:00Z 새 반 needsAction -",
        "2027-03-04T12:30:00Z 새 반 tentative joined",
        "2027-03-05T12:30:00Z 끝 needsAction -",
    ];
    assert_eq!(found, expected);
    // Nobody is told that anything ended, and those who synchronise hear of both.
    assert!(told(&app, &guest).await.iter().all(|(kind, ..)| kind == "invitation"));
    let calendar = text(&rest["calendarId"]);
    let changes = app.get(&format!("/v1/calendars/{calendar}/changes")).bearer(&host.token).expect(200).await;
    assert_eq!(changes["items"].as_array().expect("items").len(), 2);
    // From the first on, all of it is meant.
    let first = format!("{path}?scope=following&{}", on(1));
    let all = app.patch(&first).bearer(&host.token).json(json!({ "title": "옛 반" })).expect(200).await;
    assert_eq!(all["id"], json!(id));
    app.stop().await;
}

async fn n01_a_whole_series_moves_with_what_differs_in_it(db: TestDb) {
    let app = in_2026(db).await;
    let host = app.person("하늘").await;
    // A Monday; UNTIL is the last day of the series in Seoul.
    let rule = json!({ "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20270329T145959Z"] });
    let id = series(&app, &host, rule).await;
    let path = format!("/v1/events/{id}");
    app.patch(&format!("{path}?{}", on(8)))
        .bearer(&host.token)
        .json(json!({ "title": "특강" }))
        .expect(200)
        .await;
    app.delete(&format!("{path}?{}", on(15))).bearer(&host.token).expect(204).await;
    // Wednesday at nine, said of the occurrence on the 22nd.
    let body = json!({ "start": seoul("2027-03-24T09:00:00") });
    app.patch(&format!("{path}?scope=all&{}", on(22))).bearer(&host.token).json(body).expect(200).await;
    let expected = [
        "수업 2027-03-03T00:00:00Z",
        "특강 2027-03-10T00:00:00Z",
        "수업 2027-03-24T00:00:00Z",
        "수업 2027-03-31T00:00:00Z",
    ];
    assert_eq!(shown(&app, &host).await, expected);
    app.stop().await;
}

async fn n01_parts_of_a_series_are_deleted(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    befriend(&app, &host, &guest).await;
    let id = series(&app, &host, json!({ "capacity": 3 })).await;
    let path = format!("/v1/events/{id}");
    for day in [2, 5] {
        app.post(&format!("{path}/join?{}", on(day))).bearer(&guest.token).expect(200).await;
    }
    app.settle().await;
    let delete = |query: String| app.delete(&format!("{path}?{query}")).bearer(&host.token);
    delete(on(2)).expect(204).await;
    assert_eq!(told(&app, &guest).await.len(), 1, "who had a seat hears of it");
    delete(on(2)).refused(404, "platform.not_found").await;
    delete(on(1)).expect(204).await;
    assert_eq!(told(&app, &guest).await.len(), 1, "who had none does not");
    delete(format!("scope=following&{}", on(4))).expect(204).await;
    assert_eq!(shown(&app, &host).await, ["수업 2027-03-03T11:00:00Z"]);
    assert_eq!(told(&app, &guest).await.len(), 2);
    app.get(&path).bearer(&guest.token).expect(200).await;
    assert_eq!(app.get(&path).bearer(&host.token).expect(200).await["joinedCount"], 0);
    // With the last occurrence, nothing is left.
    delete(on(3)).expect(204).await;
    app.get(&path).bearer(&host.token).refused(404, "platform.not_found").await;
    // An occurrence that was called off takes nobody.
    let id = series(&app, &host, json!({ "capacity": 3 })).await;
    let path = format!("/v1/events/{id}");
    app.patch(&format!("{path}?{}", on(2)))
        .bearer(&host.token)
        .json(json!({ "status": "cancelled" }))
        .expect(200)
        .await;
    app.post(&format!("{path}/join?{}", on(2)))
        .bearer(&guest.token)
        .refused(409, "calendar.event_cancelled")
        .await;
    app.post(&format!("{path}/join?{}", on(3))).bearer(&guest.token).expect(200).await;
    app.stop().await;
}

async fn n01_bad_scopes_are_refused(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let id = series(&app, &host, json!({})).await;
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "title": "한 번", "start": { "date": "2027-03-01" } });
    let once = text(&create(&app, &host, &calendar, new).await["id"]);
    for (event, query, body, code) in [
        (&id, "scope=this".to_owned(), json!({ "title": "x" }), "?occurrence calendar.occurrence_required"),
        (
            &id,
            "scope=following".to_owned(),
            json!({ "title": "x" }),
            "?occurrence calendar.occurrence_required",
        ),
        (
            &id,
            "occurrence=soon".to_owned(),
            json!({ "title": "x" }),
            "?occurrence calendar.unknown_occurrence",
        ),
        (&id, on(2), json!({ "capacity": 3 }), "/capacity calendar.not_of_one_occurrence"),
        (&id, on(2), json!({ "recurrence": [] }), "/recurrence calendar.not_of_one_occurrence"),
        (&id, on(2), json!({ "end": seoul("2027-03-01T00:00:00") }), "/end calendar.end_before_start"),
    ] {
        let refused = app
            .patch(&format!("/v1/events/{event}?{query}"))
            .bearer(&host.token)
            .json(body.clone())
            .refused(422, "platform.invalid_fields")
            .await;
        let first = &refused["errors"][0];
        assert_eq!(format!("{} {}", text(&first["pointer"]), text(&first["code"])), code, "{query} {body}");
    }
    // One that is not there is not found, at every door.
    let missing = [
        (&id, on(9)),
        (&id, "occurrence=2027-03-08".to_owned()),
        (&once, "occurrence=2027-03-02".to_owned()),
    ];
    for (event, query) in missing {
        for scope in ["", "&scope=this", "&scope=following", "&scope=all"] {
            let path = format!("/v1/events/{event}?{query}{scope}");
            let change = app.patch(&path).bearer(&host.token).json(json!({ "title": "x" }));
            change.refused(404, "platform.not_found").await;
            app.delete(&path).bearer(&host.token).refused(404, "platform.not_found").await;
        }
        let door = |door: &str| format!("/v1/events/{event}{door}?{query}");
        app.get(&door("")).bearer(&host.token).refused(404, "platform.not_found").await;
        app.delete(&door("/join")).bearer(&host.token).refused(404, "platform.not_found").await;
        app.put(&format!("/v1/events/{event}/participants/{}", guest.id))
            .bearer(&host.token)
            .expect(200)
            .await;
        let answer = app.put(&door("/response")).bearer(&guest.token).json(json!({ "status": "accepted" }));
        answer.refused(404, "platform.not_found").await;
    }
    let path = format!("/v1/events/{id}?scope=some&{}", on(2));
    let status =
        app.patch(&path).bearer(&host.token).json(json!({ "title": "x" })).send().await.status.as_u16();
    assert_eq!(status, 422);
    app.stop().await;
}

/// What an occurrence is known to have, by the naive model: whoever came in order, and what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    came: Vec<usize>,
    said: BTreeMap<usize, &'static str>,
}

const SEATS: usize = 2;

/// Somebody's view of an occurrence, as the model and as the program tell it.
fn modelled(known: &Known, who: usize) -> String {
    let place = known.came.iter().position(|other| *other == who);
    let seat = place.map_or("-", |place| if place < SEATS { "joined" } else { "waitlisted" });
    let (joined, waiting) = (known.came.len().min(SEATS), known.came.len().saturating_sub(SEATS));
    format!("{joined} {waiting} {} {seat}", known.said.get(&who).unwrap_or(&"needsAction"))
}

async fn n01_no_edit_loses_an_answer_or_a_seat(db: TestDb) {
    let app = in_2026(db).await;
    let host = app.person("하늘").await;
    let guests = [app.person("하나").await, app.person("두울").await, app.person("세엣").await];
    for seed in 1..=4_u64 {
        let id =
            series(&app, &host, json!({ "capacity": SEATS, "recurrence": ["RRULE:FREQ=DAILY;COUNT=8"] }))
                .await;
        for guest in &guests {
            app.put(&format!("/v1/events/{id}/participants/{}", guest.id))
                .bearer(&host.token)
                .expect(200)
                .await;
        }
        let mut known = vec![Known::default(); 8];
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random % u64::try_from(below).expect("a number")).expect("a number")
        };
        for step in 0..24 {
            let items = list(&app, &host).await;
            let (at, who) = (next(known.len()), next(guests.len()));
            let item = &items[at];
            let (event, name) = (text(&item["id"]), item["occurrence"].as_str());
            let query = name.map_or_else(String::new, |name| format!("occurrence={name}"));
            let path = |door: &str| format!("/v1/events/{event}{door}?{query}");
            let guest = &guests[who];
            let start: jiff::Timestamp = text(&item["start"]["dateTime"]).parse().expect("an instant");
            let later = |minutes: i64| {
                let start = start + jiff::SignedDuration::from_mins(minutes);
                json!({ "start": { "dateTime": start.to_string(), "timeZone": "Asia/Seoul" } })
            };
            match next(8) {
                0 | 1 => {
                    app.post(&path("/join")).bearer(&guest.token).expect(200).await;
                    if !known[at].came.contains(&who) {
                        known[at].came.push(who);
                    }
                }
                2 => {
                    app.delete(&path("/join")).bearer(&guest.token).expect(204).await;
                    known[at].came.retain(|other| *other != who);
                }
                3 if name.is_some() => {
                    let status = ["accepted", "declined", "tentative"][next(3)];
                    let body = json!({ "status": status });
                    app.put(&path("/response")).bearer(&guest.token).json(body).expect(200).await;
                    known[at].said.insert(who, status);
                }
                4 if name.is_some() => {
                    app.patch(&path("")).bearer(&host.token).json(later(7)).expect(200).await;
                }
                5 if name.is_some() => {
                    let path = format!("{}&scope=following", path(""));
                    app.patch(&path).bearer(&host.token).json(later(11)).expect(200).await;
                }
                6 if name.is_some() && known.len() > 4 => {
                    app.delete(&path("")).bearer(&host.token).expect(204).await;
                    known.remove(at);
                }
                _ => {
                    let path = format!("{}&scope=all", path(""));
                    app.patch(&path).bearer(&host.token).json(later(-13)).expect(200).await;
                }
            }
            for (who, guest) in guests.iter().enumerate() {
                let show = |item: &Value| {
                    let word = |name: &str| item[name].as_str().unwrap_or("-").to_owned();
                    let (joined, waiting) = (&item["joinedCount"], &item["waitlistCount"]);
                    format!("{joined} {waiting} {} {}", word("myStatus"), word("myJoinState"))
                };
                let found: Vec<String> = list(&app, guest).await.iter().map(show).collect();
                let expected: Vec<String> = known.iter().map(|known| modelled(known, who)).collect();
                assert_eq!(found, expected, "seed {seed}, step {step}, guest {who}");
            }
        }
        for item in list(&app, &host).await {
            app.delete(&format!("/v1/events/{}", text(&item["id"]))).bearer(&host.token).send().await;
        }
    }
    app.stop().await;
}

async fn c18_guests_see_their_event_on_posts(db: TestDb) {
    let app = in_2026(db).await;
    let (host, guest, stranger) =
        (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "title": "저녁", "visibility": "private", "start": { "date": "2027-03-01" } });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let body = json!({ "text": "누가 와요?", "visibility": "public", "eventId": id });
    let post = text(&app.post("/v1/posts").bearer(&host.token).json(body).expect(201).await["id"]);
    let seen = async |who: &Person| {
        let post = app.get(&format!("/v1/posts/{post}")).bearer(&who.token).expect(200).await;
        post["event"]["title"].as_str().map(str::to_owned)
    };
    assert_eq!((seen(&host).await, seen(&guest).await), (Some("저녁".to_owned()), None));
    let participant = format!("/v1/events/{id}/participants/{}", guest.id);
    app.put(&participant).bearer(&host.token).expect(200).await;
    assert_eq!((seen(&guest).await, seen(&stranger).await), (Some("저녁".to_owned()), None));
    // Guests may talk about what they are invited to.
    let body = json!({ "text": "저요", "visibility": "public", "eventId": id });
    app.post("/v1/posts").bearer(&guest.token).json(body.clone()).expect(201).await;
    app.post("/v1/posts").bearer(&stranger.token).json(body).refused(422, "platform.invalid_fields").await;
    app.delete(&participant).bearer(&host.token).expect(204).await;
    assert_eq!(seen(&guest).await, None);
    app.stop().await;
}
