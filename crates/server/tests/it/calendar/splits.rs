//! What others are told when the names of occurrences change, and what both halves of a cut series keep.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use madang_application::shared::{Handles, Tx, on};
use madang_container::Registry;
use madang_domain::{
    calendar::domain_events::{SeriesMoved, SeriesSplit},
    shared::{Failure, Timestamp},
};
use madang_testkit::{TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, export, file, import};

madang_testkit::on_every_database!(
    n09_who_keeps_something_on_occurrences_learns_their_new_names,
    n01_both_halves_keep_what_is_not_understood,
    n01_rhythms_that_go_different_ways_are_cut_as_well,
);

/// Keeps what it hears; more than once is as good as once.
#[derive(Default)]
struct Heard {
    splits: Mutex<Vec<SeriesSplit>>,
    moves: Mutex<Vec<SeriesMoved>>,
}

#[async_trait]
impl Handles<SeriesSplit> for Heard {
    async fn handle(&self, _: &mut Tx, event: SeriesSplit) -> Result<(), Failure> {
        self.splits.lock().expect("unpoisoned").push(event);
        Ok(())
    }
}

#[async_trait]
impl Handles<SeriesMoved> for Heard {
    async fn handle(&self, _: &mut Tx, event: SeriesMoved) -> Result<(), Failure> {
        self.moves.lock().expect("unpoisoned").push(event);
        Ok(())
    }
}

/// Where an occurrence is, as microseconds.
fn at(instant: &str) -> i64 {
    instant.parse::<Timestamp>().expect("an instant").micros()
}

async fn n09_who_keeps_something_on_occurrences_learns_their_new_names(db: TestDb) {
    let heard = Arc::new(Heard::default());
    let ear = Arc::clone(&heard);
    let listen = move |registry: &mut Registry| {
        registry.bind(move || Arc::clone(&ear));
        registry.bind(on::<SeriesSplit, Heard>);
        registry.bind(on::<SeriesMoved, Heard>);
    };
    let app = TestApp::start_with(db, |_| {}, listen).await;
    let host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    let seoul = |time: &str| json!({ "dateTime": time, "timeZone": "Asia/Seoul" });
    let new = json!({
        "title": "수업", "start": seoul("2027-03-01T20:00:00"), "end": seoul("2027-03-01T21:00:00"),
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let change = |query: &str, body: Value| {
        app.patch(&format!("/v1/events/{id}?{query}")).bearer(&host.token).json(body).expect(200)
    };
    // One that moves keeps its name, and words move nothing.
    change("occurrence=2027-03-02T11:00:00Z", json!({ "start": seoul("2027-03-02T09:00:00") })).await;
    change("scope=all", json!({ "title": "반" })).await;
    let query = "scope=following&occurrence=2027-03-03T11:00:00Z";
    let rest = change(query, json!({ "start": seoul("2027-03-03T21:30:00") })).await;
    change("scope=all", json!({ "start": seoul("2027-03-01T08:00:00") })).await;
    app.settle().await;
    let split = heard.splits.lock().expect("unpoisoned").first().cloned().expect("a split");
    assert_eq!((split.event.to_string(), split.into.to_string()), (id.clone(), text(&rest["id"])));
    assert_eq!((split.calendar.to_string(), split.from), (calendar, at("2027-03-03T11:00:00Z")));
    assert_eq!(split.place_of(at("2027-03-04T11:00:00Z")), (split.into, at("2027-03-04T12:30:00Z")));
    assert_eq!(split.place_of(at("2027-03-02T11:00:00Z")), (split.event, at("2027-03-02T11:00:00Z")));
    assert_eq!(rest["occurrence"], Value::Null);
    let moved = heard.moves.lock().expect("unpoisoned").first().cloned().expect("a move");
    assert_eq!(moved.event, split.event);
    assert_eq!(moved.renamed.of(at("2027-03-02T11:00:00Z")), at("2027-03-01T23:00:00Z"));
    // What they were told of is there.
    for (event, occurrence) in [(&text(&rest["id"]), "2027-03-04T12:30:00Z"), (&id, "2027-03-01T23:00:00Z")] {
        let path = format!("/v1/events/{event}?occurrence={occurrence}");
        app.get(&path).bearer(&host.token).expect(200).await;
    }
    app.stop().await;
}

/// The components of a file that are about one uid, by a word in them.
fn component<'a>(out: &'a str, word: &str) -> &'a str {
    let found = out.split("BEGIN:VEVENT").skip(1).find(|part| part.contains(word));
    found.unwrap_or_else(|| panic!("{word} in {out}"))
}

async fn n01_both_halves_keep_what_is_not_understood(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let series = "BEGIN:VEVENT\nUID:lesson\nDTSTAMP:20270201T000000Z\nDTSTART;TZID=Asia/Seoul:20270301T200000\n\
        DTEND;TZID=Asia/Seoul:20270301T210000\nRRULE:FREQ=DAILY;COUNT=6\nSUMMARY:수업\nX-ROOM;X-FLOOR=3:a\\,b\n\
        ATTACH:https://example.com/plan.pdf\nBEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT7M\nX-TONE:bell\nEND:VALARM\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:lesson\nRECURRENCE-ID;TZID=Asia/Seoul:20270302T200000\n\
        DTSTART;TZID=Asia/Seoul:20270302T210000\nSUMMARY:둘째\nX-EARLY:yes\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:lesson\nRECURRENCE-ID;TZID=Asia/Seoul:20270305T200000\n\
        DTSTART;TZID=Asia/Seoul:20270305T200000\nDTEND;TZID=Asia/Seoul:20270305T210000\nSUMMARY:다섯째\nX-LATE:yes\nEND:VEVENT";
    import(&app, &person, &calendar, file(series)).await;
    let list = app.get("/v1/events?from=2027-03-01T00:00:00Z&to=2027-03-02T00:00:00Z");
    let list = list.bearer(&person.token).expect(200).await;
    let path = format!("/v1/events/{}", text(&list["items"][0]["id"]));
    let body = json!({ "title": "새 수업", "start": { "dateTime": "2027-03-03T20:30:00", "timeZone": "Asia/Seoul" } });
    let cut = format!("{path}?scope=following&occurrence=2027-03-03T11:00:00Z");
    let rest = app.patch(&cut).bearer(&person.token).json(body).expect(200).await;
    let out = export(&app, &person, &calendar).await.replace("\r\n ", "");
    assert_eq!(out.matches("BEGIN:VEVENT").count(), 4, "{out}");
    for half in ["SUMMARY:수업", "SUMMARY:새 수업"] {
        for kept in ["X-ROOM;X-FLOOR=3:a\\,b", "ATTACH:https://example.com/plan.pdf", "X-TONE:bell"] {
            assert!(component(&out, half).contains(kept), "{kept} of {half} in {out}");
        }
    }
    assert!(component(&out, "X-EARLY:yes").contains("UID:lesson\r\n"));
    let late = component(&out, "X-LATE:yes");
    assert!(late.contains(&format!("UID:{}\r\n", text(&rest["uid"]))), "{late}");
    assert!(late.contains("RECURRENCE-ID;TZID=Asia/Seoul:20270305T203000\r\n"), "{late}");
    assert!(late.contains("DTSTART;TZID=Asia/Seoul:20270305T203000\r\n"), "{late}");
    assert!(component(&out, "SUMMARY:새 수업").contains("DTSTART;TZID=Asia/Seoul:20270303T203000\r\n"));
    // What went out says what is here.
    let report = import(&app, &person, &calendar, out).await;
    assert_eq!((&report["skipped"], &report["updated"]), (&json!(2), &json!(0)), "{report}");
    // An occurrence that changes once more keeps what is known of it.
    let one = format!("/v1/events/{}?occurrence=2027-03-05T11:30:00Z", text(&rest["id"]));
    app.patch(&one).bearer(&person.token).json(json!({ "title": "여섯째" })).expect(200).await;
    let out = export(&app, &person, &calendar).await;
    assert!(component(&out, "SUMMARY:여섯째").contains("X-LATE:yes"), "{out}");
    app.stop().await;
}

async fn n01_rhythms_that_go_different_ways_are_cut_as_well(db: TestDb) {
    let app = TestApp::start(db).await;
    let host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    // Every other Monday, and the 15th of every month; the cut is on a 15th that is a Thursday.
    let new = json!({
        "title": "모임", "start": { "dateTime": "2027-03-01T11:00:00Z", "timeZone": "Asia/Seoul" },
        "recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2", "RRULE:FREQ=MONTHLY;BYMONTHDAY=15"],
    });
    let id = text(&create(&app, &host, &calendar, new).await["id"]);
    let list = "/v1/events?from=2027-03-01T00:00:00Z&to=2027-05-18T00:00:00Z";
    let shown = async || super::shown(&app.get(list).bearer(&host.token).expect(200).await);
    let before = shown().await;
    let cut = format!("/v1/events/{id}?scope=following&occurrence=2027-04-15T11:00:00Z");
    app.patch(&cut).bearer(&host.token).json(json!({ "title": "새 모임" })).expect(200).await;
    let renamed = |line: &String| {
        if line.as_str() < "모임 2027-04-15" { line.clone() } else { format!("새 {line}") }
    };
    assert_eq!(shown().await, before.iter().map(renamed).collect::<Vec<_>>());
    // An hour later from the next one on.
    let rest = app.get(list).bearer(&host.token).expect(200).await;
    let rest = rest["items"].as_array().expect("items").iter().find(|item| item["title"] == json!("새 모임"));
    let rest = text(&rest.expect("the rest")["id"]);
    let cut = format!("/v1/events/{rest}?scope=following&occurrence=2027-04-26T11:00:00Z");
    let body = json!({ "start": { "dateTime": "2027-04-26T12:00:00Z", "timeZone": "Asia/Seoul" } });
    app.patch(&cut).bearer(&host.token).json(body).expect(200).await;
    let moved = |line: &String| {
        let line = renamed(line);
        if line.as_str() < "새 모임 2027-04-26" { line } else { line.replace("T11:", "T12:") }
    };
    assert_eq!(shown().await, before.iter().map(moved).collect::<Vec<_>>());
    app.stop().await;
}
