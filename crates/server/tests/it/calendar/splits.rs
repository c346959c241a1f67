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

use super::{create, default_calendar};

madang_testkit::on_every_database!(n09_who_keeps_something_on_occurrences_learns_their_new_names);

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
