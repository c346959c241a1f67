//! `cargo bench --bench calendar -- [sqlite|postgres]`: what the calendar does with much in it, over
//! loopback, on this machine, on both databases unless one is named: a month of 1,000 objects, free time of many people out of a million occurrences, how
//! fast events come in, and what growth from 10^4 to 10^6 occurrences costs.
//!
//! `MADANG_BENCH_OCCURRENCES` sets the largest size (1,000,000 unless given); small ones show in
//! seconds that everything works.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, has no configuration, and stops when something fails"
)]

use std::{
    fmt::Write,
    process::ExitCode,
    time::{Duration, Instant},
};

use madang_testkit::{Person, Process, TestDb, text};
use reqwest::Method;
use serde_json::{Value, json};

const UNLIMITED: (&str, &str) = ("MADANG__RATE_LIMITS__ENABLED", "false");

/// Occurrences of one weekly or daily object in the window that is written down (38 months).
const PER_OBJECT: usize = 165;
/// Repeated questions for each figure.
const QUESTIONS: usize = 60;
/// Questions before those that are measured: each connection plans a statement when it meets it.
const BEFORE: usize = 40;

fn main() -> ExitCode {
    let most: usize = std::env::var("MADANG_BENCH_OCCURRENCES")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(1_000_000);
    let named = |name: &str| std::env::args().any(|argument| argument == name);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        if !named("postgres") {
            measure("SQLite", &[UNLIMITED], most).await;
        }
        if named("sqlite") {
            return;
        }
        match TestDb::postgres().await {
            Some(db) => measure("Postgres", &[UNLIMITED, ("DATABASE_URL", db.url())], most).await,
            None => println!("Postgres: skipped"),
        }
    });
    ExitCode::SUCCESS
}

/// Everybody has one calendar; the first person is in all of them and asks.
struct World {
    process: Process,
    asker: Person,
    people: Vec<String>,
    occurrences: usize,
}

async fn measure(name: &str, variables: &[(&str, &str)], most: usize) {
    println!("== {name}");
    let data = tempfile::tempdir().expect("a directory");
    let process = Process::start(env!("CARGO_BIN_EXE_madang"), data.path(), variables)
        .await
        .expect("the program starts");
    let asker = process.person("asker").await;
    let people = vec![asker.id.clone()];
    let mut world = World { process, asker, people, occurrences: 0 };
    world.month_of_a_thousand_objects().await;
    world.creations().await;
    let mut size = most.min(10_000);
    loop {
        world.grow(size).await;
        println!("-- {} people, {} occurrences", world.people.len(), world.occurrences);
        world.questions().await;
        if size >= most {
            break;
        }
        size = (size * 10).min(most);
    }
    println!("peak memory: {} MiB", world.process.peak_memory_kib() / 1024);
    world.process.signal("TERM").await;
    world.process.ended().await;
}

impl World {
    /// 1,000 objects of which 100 repeat, as an import brings them, and a month of them.
    async fn month_of_a_thousand_objects(&self) {
        let calendar = self.calendar("thousand").await;
        let mut file = String::from("BEGIN:VCALENDAR\r\n");
        for number in 0..1_000_u32 {
            let (month, day, hour) = (number % 12 + 1, number % 28 + 1, number % 24);
            let rule = match number % 30 {
                0 => "RRULE:FREQ=WEEKLY\r\n",
                10 => "RRULE:FREQ=MONTHLY;BYDAY=2MO\r\n",
                20 => "RRULE:FREQ=DAILY;INTERVAL=3\r\n",
                _ => "",
            };
            let _infallible = write!(
                file,
                "BEGIN:VEVENT\r\nUID:{number}\r\nDTSTART;TZID=Asia/Seoul:2026{month:02}{day:02}T{hour:02}0000\r\n\
                 DURATION:PT1H\r\n{rule}SUMMARY:Meeting {number}\r\nEND:VEVENT\r\n"
            );
        }
        file.push_str("END:VCALENDAR\r\n");
        let began = Instant::now();
        self.import(&calendar, file).await;
        println!("import of 1,000 objects: {:.0} ms", began.elapsed().as_secs_f64() * 1_000.0);
        let path =
            format!("/v1/calendars/{calendar}/events?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z");
        let call = || self.process.call(Method::GET, &path).bearer(&self.asker.token);
        let count = call().expect(200).await["items"].as_array().expect("items").len();
        let mut taken = Vec::new();
        for number in 0..BEFORE + QUESTIONS {
            let asked = Instant::now();
            let reply = call().send().await;
            // Half a megabyte: what follows, reading it as JSON, is the client's own time.
            if number >= BEFORE {
                taken.push(asked.elapsed());
            }
            reply.expect(200);
        }
        println!("{} ({count} occurrences); wanted: p50 15 ms", spread("month of 1,000 objects", &mut taken));
        let path = format!("/v1/calendars/{calendar}/changes");
        let token = text(&self.get(&path).await["nextSyncToken"]);
        let mut token = token;
        let mut taken = Vec::new();
        for _ in 0..QUESTIONS {
            let asked = Instant::now();
            let answer = self.get(&format!("{path}?syncToken={token}")).await;
            taken.push(asked.elapsed());
            token = text(&answer["nextSyncToken"]);
        }
        println!("{}; wanted: p50 2 ms", spread("changes, nothing changed", &mut taken));
    }

    /// Single events one after another, and series.
    async fn creations(&self) {
        let calendar = self.calendar("created").await;
        for (what, rule) in [("single events", None), ("weekly series", Some("RRULE:FREQ=WEEKLY"))] {
            let mut taken = Vec::new();
            let began = Instant::now();
            for number in 0..QUESTIONS * 2 {
                let start = json!({
                    "dateTime": format!("2026-11-{:02}T10:00:00", number % 28 + 1),
                    "timeZone": "Asia/Seoul"
                });
                let event = json!({ "title": "New", "start": start, "recurrence": Vec::from_iter(rule) });
                let asked = Instant::now();
                self.process
                    .call(Method::POST, &format!("/v1/calendars/{calendar}/events"))
                    .bearer(&self.asker.token)
                    .json(event)
                    .expect(201)
                    .await;
                taken.push(asked.elapsed());
            }
            let rate = taken.len() as f64 / began.elapsed().as_secs_f64();
            println!("{rate:.0}/s one after another; {}", spread(what, &mut taken));
        }
    }

    /// People with calendars that repeat all over the window, until there are so many occurrences.
    async fn grow(&mut self, size: usize) {
        let began = Instant::now();
        let wanted = (size / 1_000).clamp(50, 1_000) + 1;
        while self.people.len() < wanted {
            let number = self.people.len();
            let person = self.process.person(&format!("p{number:04}")).await;
            // The asker may see when each of them is busy.
            let calendars =
                self.process.call(Method::GET, "/v1/calendars").bearer(&person.token).expect(200).await;
            let path =
                format!("/v1/calendars/{}/members/{}", text(&calendars["items"][0]["id"]), self.asker.id);
            let role = json!({ "role": "writer" });
            self.process.call(Method::PUT, &path).bearer(&person.token).json(role).expect(200).await;
            self.people.push(person.id);
        }
        let mut calendars = Vec::new();
        let mut path = "/v1/calendars?limit=100".to_owned();
        loop {
            let page = self.get(&path).await;
            let others = page["items"].as_array().expect("items").iter();
            calendars.extend(
                others
                    .filter(|calendar| calendar["ownerId"] != json!(self.asker.id))
                    .map(|calendar| text(&calendar["id"])),
            );
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("/v1/calendars?limit=100&cursor={cursor}"),
                None => break,
            }
        }
        let each = (size.saturating_sub(self.occurrences) / PER_OBJECT / calendars.len()).max(1);
        for (person, calendar) in calendars.iter().enumerate() {
            let mut file = String::from("BEGIN:VCALENDAR\r\n");
            for number in 0..each {
                let (day, hour) = ((person + number) % 28 + 1, (person * 7 + number * 5) % 24);
                let _infallible = write!(
                    file,
                    "BEGIN:VEVENT\r\nUID:{size}-{number}\r\nDTSTART;TZID=Asia/Seoul:202510{day:02}T{hour:02}0000\r\n\
                     DURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:Weekly\r\nEND:VEVENT\r\n"
                );
            }
            file.push_str("END:VCALENDAR\r\n");
            self.import(calendar, file).await;
            self.occurrences += each * PER_OBJECT;
        }
        println!("grown in {:.0} s", began.elapsed().as_secs_f64());
    }

    async fn questions(&self) {
        for (people, days, wanted) in [(50_usize, 14, "p95 10 ms"), (1_000, 7, "nothing published")] {
            let asked: Vec<&String> = self.people.iter().skip(1).take(people).collect();
            let question = json!({
                "userIds": asked,
                "from": "2026-11-02T00:00:00Z",
                "to": format!("2026-11-{:02}T00:00:00Z", 2 + days),
            });
            let what = format!("free/busy of {} people, {days} days", asked.len());
            let mut taken = Vec::new();
            for _ in 0..if people > 50 { QUESTIONS / 4 } else { QUESTIONS } {
                let began = Instant::now();
                self.post("/v1/free-busy", &question).await;
                taken.push(began.elapsed());
            }
            println!("{}; wanted: {wanted}", spread(&what, &mut taken));
        }
        for (what, days) in [("all calendars, a day", 1), ("all calendars, a week", 7)] {
            let path = format!(
                "/v1/events?from=2026-11-02T00:00:00Z&to=2026-11-{:02}T00:00:00Z&limit=100",
                2 + days
            );
            let mut taken = Vec::new();
            for _ in 0..QUESTIONS {
                let began = Instant::now();
                self.get(&path).await;
                taken.push(began.elapsed());
            }
            println!("{}", spread(what, &mut taken));
        }
    }

    async fn calendar(&self, name: &str) -> String {
        text(&self.post_as("/v1/calendars", &json!({ "name": name }), 201).await["id"])
    }

    async fn import(&self, calendar: &str, file: String) {
        let path = format!("/v1/calendars/{calendar}/import");
        let call = self.process.call(Method::POST, &path).bearer(&self.asker.token);
        call.body("text/calendar", file.into_bytes()).expect(200).await;
    }

    async fn get(&self, path: &str) -> Value {
        self.process.call(Method::GET, path).bearer(&self.asker.token).expect(200).await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.post_as(path, body, 200).await
    }

    async fn post_as(&self, path: &str, body: &Value, status: u16) -> Value {
        self.process
            .call(Method::POST, path)
            .bearer(&self.asker.token)
            .json(body.clone())
            .expect(status)
            .await
    }
}

fn spread(name: &str, taken: &mut [Duration]) -> String {
    taken.sort();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    format!("{name}: p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms", at(0.5), at(0.95), at(1.0))
}
