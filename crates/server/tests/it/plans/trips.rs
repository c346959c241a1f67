//! How often a request waits for Postgres: each time costs more than most of what is done there.

use std::time::{Duration, Instant};

use madang_testkit::{Cable, Person, Process, Proxy, TestDb, text};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::sleep;

/// How often it is counted: what is told to others after an event may begin before the answer is read.
const TIMES: usize = 31;

/// For so long nobody asks before it is counted: those who watch for what is due do so several times a second.
const QUIET: Duration = Duration::from_millis(60);

/// A program that reaches its database over a cable, and somebody with a calendar there.
struct Behind {
    cable: Proxy,
    process: Process,
    person: Person,
    /// The events of the calendar.
    path: String,
    _data: TempDir,
}

impl Behind {
    async fn a_cable_to(db: &TestDb) -> Self {
        let (cable, data) = (Proxy::to(db.url()).await, tempfile::tempdir().unwrap());
        let variables = [("DATABASE_URL", cable.url.as_str())];
        let process = Process::start(env!("CARGO_BIN_EXE_madang"), data.path(), &variables).await.unwrap();
        let person = process.person("mina").await;
        let calendars = process.call(Method::GET, "/v1/calendars").bearer(&person.token).expect(200).await;
        let path = format!("/v1/calendars/{}/events", text(&calendars["items"][0]["id"]));
        Self { cable, process, person, path, _data: data }
    }

    /// How often Postgres has been asked when it is not being asked.
    async fn trips_when_quiet(&self) -> usize {
        loop {
            let before = self.cable.trips_to_postgres();
            sleep(QUIET).await;
            if self.cable.trips_to_postgres() == before {
                return before;
            }
        }
    }
}

#[tokio::test]
async fn c16_n12_making_an_event_takes_few_trips_to_postgres() {
    let Some(db) = TestDb::postgres().await else { return };
    let behind = Behind::a_cable_to(&db).await;
    let Behind { cable, process, person, path, .. } = &behind;
    let start = json!({ "dateTime": "2026-11-21T10:00:00", "timeZone": "Asia/Seoul" });
    for (what, event) in [
        ("single", json!({ "title": "x", "start": start })),
        (
            "with seats",
            json!({ "title": "x", "start": start, "capacity": 5, "reminders": [{ "minutesBefore": 10 }] }),
        ),
        ("weekly", json!({ "title": "x", "start": start, "recurrence": ["RRULE:FREQ=WEEKLY"] })),
    ] {
        let mut trips = Vec::new();
        for _ in 0..TIMES {
            let before = behind.trips_when_quiet().await;
            process.call(Method::POST, path).bearer(&person.token).json(event.clone()).expect(201).await;
            trips.push(cable.trips_to_postgres() - before);
        }
        // To begin, to keep the calendar, to write, to commit; who made it is asked meanwhile, and the pool
        // asks the connection that comes back whether it lives.
        assert!(trips.iter().min() <= Some(&6), "{what}: {trips:?}");
    }
}

/// Each trip takes this long: longer than all the rest of a question.
const WAY: Duration = Duration::from_millis(500);

/// After so many questions there is no connection in the pool that would hear a statement for the first time.
const WARM: usize = 100;

#[tokio::test]
async fn c16_n12_a_range_waits_three_times_for_postgres() {
    let Some(db) = TestDb::postgres().await else { return };
    let Behind { cable, process, person, path, .. } = &Behind::a_cable_to(&db).await;
    for day in 10..20 {
        let start = json!({ "dateTime": format!("2026-11-{day}T10:00:00"), "timeZone": "Asia/Seoul" });
        let event = json!({ "title": "x", "start": start });
        process.call(Method::POST, path).bearer(&person.token).json(event).expect(201).await;
    }
    let range = format!("{path}?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z");
    let ask = || process.call(Method::GET, &range).bearer(&person.token).expect(200);
    // Each connection has to know the statements first.
    for _ in 0..WARM {
        ask().await;
    }
    cable.turn(Cable::Slow(WAY)).await;
    let mut taken = Vec::new();
    for _ in 0..5 {
        let asked = Instant::now();
        assert_eq!(ask().await["items"].as_array().unwrap().len(), 10);
        taken.push(asked.elapsed());
    }
    // To find what is on, to read it beside its people, and to learn their names.
    assert!(taken.iter().min() < Some(&(WAY * 4)), "{taken:?}");
}
