//! Calendars and events: C16, C20, N01, N02 and N04 of the features.

mod agenda;
mod alarms;
mod bombs;
mod coming;
mod events;
mod exports;
mod files;
mod following;
mod free;
mod guests;
mod lengths;
mod lunar;
mod manners;
mod notices;
mod people;
mod pieces;
mod range;
mod ranges;
mod reminders;
mod scopes;
mod sharing;
mod splits;
mod sync;
mod system;
mod undated;
mod zones;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use madang_application::shared::Clock;
use madang_container::Registry;
use madang_domain::shared::Timestamp;
use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

/// A clock of 1 July 2026, noon UTC, that goes on by a microsecond whenever it is read.
struct Midsummer(AtomicI64);

impl Clock for Midsummer {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// Puts programs into July 2026, so that nobody ever comes too late to what begins after it. All of them
/// have one clock.
fn midsummer() -> impl Fn(&mut Registry) {
    let clock = Arc::new(Midsummer(AtomicI64::new(1_782_907_200_000_000)));
    move |registry| {
        let clock = Arc::clone(&clock);
        registry.replace(move || Arc::clone(&clock) as Arc<dyn Clock>);
    }
}

/// The whole program in July 2026.
pub(super) async fn in_2026(db: TestDb) -> TestApp {
    TestApp::start_with(db, |_| {}, midsummer()).await
}

/// The id of somebody's default calendar.
async fn default_calendar(app: &TestApp, person: &Person) -> String {
    let list = app.get("/v1/calendars").bearer(&person.token).expect(200).await;
    let items = list["items"].as_array().expect("items");
    text(&items.iter().find(|item| item["isDefault"] == json!(true)).expect("a default calendar")["id"])
}

/// Makes an event and answers it.
async fn create(app: &TestApp, person: &Person, calendar: &str, event: Value) -> Value {
    app.post(&format!("/v1/calendars/{calendar}/events")).bearer(&person.token).json(event).expect(201).await
}

/// `title start` of every occurrence between two instants.
async fn between(app: &TestApp, person: &Person, calendar: &str, from: &str, to: &str) -> Vec<String> {
    let path = format!("/v1/calendars/{calendar}/events?from={from}&to={to}");
    shown(&app.get(&path).bearer(&person.token).expect(200).await)
}

fn shown(list: &Value) -> Vec<String> {
    let show = |item: &Value| {
        let start = item["start"]["dateTime"].as_str().or(item["start"]["date"].as_str()).expect("a start");
        format!("{} {start}", item["title"].as_str().unwrap_or("-"))
    };
    list["items"].as_array().expect("items").iter().map(show).collect()
}

/// Takes a file in and answers the report.
async fn import(app: &TestApp, person: &Person, calendar: &str, file: impl Into<Vec<u8>>) -> Value {
    let path = format!("/v1/calendars/{calendar}/import");
    app.post(&path).bearer(&person.token).body("text/calendar", file).expect(200).await
}

/// The calendar as a file.
async fn export(app: &TestApp, person: &Person, calendar: &str) -> String {
    let path = format!("/v1/calendars/{calendar}/export.ics");
    let reply = app.get(&path).bearer(&person.token).send().await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("text/calendar; charset=utf-8"));
    reply.text()
}

/// A file around some components.
fn file(components: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{components}\nEND:VCALENDAR\n")
        .replace('\n', "\r\n")
}
