//! `make bench`: sockets of one process and of two, over loopback, on this machine.
//!
//! Figures depend on the machine and on what else it does; compare runs, not numbers. The client
//! shares the cores with the servers. Idle sockets are as many as the limit of open files allows.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when something fails"
)]

use std::{
    process::ExitCode,
    sync::LazyLock,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use madang_testkit::{Person, Process, Socket, TestServices, text};
use reqwest::Method;
use serde_json::{Value, json};

const UNLIMITED: (&str, &str) = ("MADANG__RATE_LIMITS__ENABLED", "false");
const BINARY: &str = env!("CARGO_BIN_EXE_madang");
/// A person has no more sockets to one process.
const PER_PERSON: usize = 100;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        measure("SQLite, one process", &[UNLIMITED], 1).await;
        let Some(services) = TestServices::fresh().await else {
            return println!("Postgres and Redis: skipped");
        };
        let variables =
            [UNLIMITED, ("DATABASE_URL", services.database_url()), ("REDIS_URL", services.redis_url())];
        measure("Postgres and Redis, one process", &variables, 1).await;
        measure("Postgres and Redis, two processes", &variables, 2).await;
    });
    ExitCode::SUCCESS
}

async fn measure(name: &str, variables: &[(&str, &str)], count: usize) {
    println!("== {name}");
    let mut processes = Vec::new();
    let mut folders = Vec::new();
    for _ in 0..count {
        let folder = tempfile::tempdir().expect("a directory");
        processes.push(Process::start(BINARY, folder.path(), variables).await.expect("the program starts"));
        folders.push(folder);
    }
    let mut people = Vec::new();
    for number in 0..100 {
        people
            .push(processes[0].person(&format!("b{count}{number:03}{:x}", std::process::id() % 4096)).await);
    }
    idle(&processes[0], &people).await;
    for (sockets, window) in [(500, 1), (500, 8), (1_000, 1), (1_000, 8)] {
        fan_out(&processes, &people, sockets, window).await;
    }
    stored(&processes, &people, 100).await;
    stored(&processes, &people, 1).await;
    for process in processes {
        process.signal("TERM").await;
        process.ended().await;
    }
}

async fn open(base: &str, people: &[Person], count: usize) -> Vec<Socket> {
    stream::iter(0..count)
        .map(|number| {
            let token = people[number / PER_PERSON % people.len()].token.clone();
            async move { Socket::open(base, &token).await }
        })
        .buffer_unordered(32)
        .collect()
        .await
}

/// What a process holds for sockets that only wait.
async fn idle(process: &Process, people: &[Person]) {
    let limit = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let limit = limit
        .lines()
        .find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    let count = limit.unwrap_or(1_024_usize).saturating_sub(200).min(people.len() * PER_PERSON);
    let before = process.memory_kib();
    let started = Instant::now();
    let sockets = open(process.base(), people, count).await;
    let took = started.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = process.memory_kib();
    println!(
        "{} idle sockets: {:.0} MiB in all, {} without the program's file, {:.1} KiB each; opened {:.0}/s",
        sockets.len(),
        after as f64 / 1024.0,
        process.own_memory_kib() / 1024,
        (after - before) as f64 / sockets.len() as f64,
        sockets.len() as f64 / took,
    );
}

/// Microseconds since the first question; the client is one process and has one clock.
fn micros() -> u128 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed().as_micros()
}

async fn room(process: &Process, opener: &Person, others: &[Person]) -> String {
    let ids: Vec<_> = others.iter().map(|person| person.id.clone()).collect();
    let body = json!({ "userIds": ids, "title": "bench" });
    text(&process.call(Method::POST, "/v1/rooms").bearer(&opener.token).json(body).expect(201).await["id"])
}

/// One room, so many sockets, one who writes and has so many messages on the way.
async fn fan_out(processes: &[Process], people: &[Person], sockets: usize, window: usize) {
    const MESSAGES: usize = 200;
    let members = &people[..20];
    let room = room(&processes[0], &members[0], &members[1..]).await;
    let mut readers = Vec::new();
    for process in processes {
        for mut socket in open(process.base(), members, sockets / processes.len()).await {
            socket.subscribe(&room, None).await;
            readers.push(tokio::spawn(async move {
                let mut delays = Vec::with_capacity(MESSAGES);
                while delays.len() < MESSAGES {
                    // Read as cheaply as can be: what the client takes, the server does not get.
                    let frame = socket.next_text().await;
                    let Some((_, rest)) = frame.split_once(r#","text":""#) else { continue };
                    let sent: u128 =
                        rest.split('"').next().and_then(|sent| sent.parse().ok()).expect("a time");
                    delays.push(Duration::from_micros(u64::try_from(micros() - sent).expect("short")));
                }
                delays
            }));
        }
    }
    let mut writer = Socket::open(processes[0].base(), &people[99].token).await;
    let path = format!("/v1/rooms/{room}/members/{}", people[99].id);
    processes[0].call(Method::PUT, &path).bearer(&members[0].token).expect(204).await;
    let started = Instant::now();
    for number in 0..MESSAGES {
        if number >= window {
            writer.until("ack").await;
        }
        let words = micros().to_string();
        let frame =
            json!({ "type": "message", "roomId": room, "clientId": number.to_string(), "text": words });
        writer.send(frame).await;
    }
    let count = readers.len();
    let mut delays = Vec::new();
    for reader in readers {
        delays.extend(reader.await.expect("no panic"));
    }
    let rate = delays.len() as f64 / started.elapsed().as_secs_f64();
    delays.sort();
    let at = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let most = |of: fn(&Process) -> u64| processes.iter().map(of).max().unwrap_or_default() / 1024;
    let (memory, own) = (most(Process::memory_kib), most(Process::own_memory_kib));
    println!(
        "fan-out to {count} sockets, {window} on the way: {rate:.0} deliveries/s, p50 {:.1} ms, p99 {:.1} ms; a process holds {memory} MiB, {own} without its file",
        at(0.5),
        at(0.99),
    );
}

/// Messages that were acknowledged within three seconds, by 100 writers in so many rooms.
async fn stored(processes: &[Process], people: &[Person], rooms: usize) {
    let mut ids = Vec::new();
    for number in 0..rooms {
        let others =
            if rooms == 1 { people[1..].to_vec() } else { vec![people[(number + 1) % people.len()].clone()] };
        ids.push(room(&processes[0], &people[number], &others).await);
    }
    let until = Instant::now() + Duration::from_secs(3);
    let mut writers = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let base = processes[number % processes.len()].base().to_owned();
        let (token, room) = (person.token.clone(), ids[number % rooms].clone());
        writers.push(tokio::spawn(async move {
            let mut socket = Socket::open(&base, &token).await;
            let mut acknowledged = 0_u64;
            while Instant::now() < until {
                let client = acknowledged.to_string();
                let frame =
                    json!({ "type": "message", "roomId": room, "clientId": client, "text": "hello there" });
                socket.send(frame).await;
                let ack: Value = socket.until("ack").await;
                assert_eq!(ack["clientId"], client.as_str());
                acknowledged += 1;
            }
            acknowledged
        }));
    }
    let started = Instant::now();
    let mut all = 0;
    for writer in writers {
        all += writer.await.expect("no panic");
    }
    println!("stored in {rooms} room(s): {:.0} messages/s", all as f64 / started.elapsed().as_secs_f64());
}
