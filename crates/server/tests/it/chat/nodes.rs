//! Several processes: what one is told, the others pass on, also when one dies or Redis is away.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use madang_testkit::{Process, Proxy, Socket, TestServices};
use reqwest::Method;

use super::*;

const BINARY: &str = env!("CARGO_BIN_EXE_madang");

struct Nodes {
    one: Process,
    two: Process,
    redis: Proxy,
    _services: TestServices,
    _folders: [tempfile::TempDir; 2],
}

impl Nodes {
    async fn start() -> Option<Self> {
        let services = TestServices::fresh().await?;
        let redis = Proxy::to(services.redis_url()).await;
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let variables = [
            ("MADANG__RATE_LIMITS__ENABLED", "false"),
            ("DATABASE_URL", services.database_url()),
            ("REDIS_URL", &redis.url),
        ];
        let one = Process::start(BINARY, folders[0].path(), &variables).await.unwrap();
        let two = Process::start(BINARY, folders[1].path(), &variables).await.unwrap();
        Some(Self { one, two, redis, _services: services, _folders: folders })
    }

    async fn room(&self, who: &Person, others: &[&Person]) -> String {
        let ids: Vec<_> = others.iter().map(|person| person.id.clone()).collect();
        let body = json!({ "userIds": ids, "title": "all" });
        text(&self.one.call(Method::POST, "/v1/rooms").bearer(&who.token).json(body).expect(201).await["id"])
    }
}

#[tokio::test]
async fn g16_clients_of_two_processes_talk() {
    let Some(nodes) = Nodes::start().await else { return };
    let (mina, jun) = (nodes.one.person("mina").await, nodes.one.person("jun").await);
    let room = nodes.room(&mina, &[&jun]).await;
    let mut hers = Socket::open(nodes.one.base(), &mina.token).await;
    let mut his = Socket::open(nodes.two.base(), &jun.token).await;
    hers.subscribe(&room, None).await;
    his.subscribe(&room, None).await;
    for number in 0..200 {
        let frame =
            json!({ "type": "message", "roomId": room, "clientId": format!("{number}"), "text": "x" });
        if number % 2 == 0 { hers.send(frame).await } else { his.send(frame).await }
    }
    let seen = [hers.seqs(200).await, his.seqs(200).await];
    assert_eq!(seen[0], (1..=200).collect::<Vec<_>>());
    assert_eq!(seen[0], seen[1]);
    his.send(json!({ "type": "typing", "roomId": room })).await;
    assert_eq!(hers.until("typing").await["userId"], jun.id.as_str());
    hers.send(json!({ "type": "read", "roomId": room, "seq": 200 })).await;
    assert_eq!(
        his.until("read").await,
        json!({ "type": "read", "roomId": room, "userId": mina.id, "seq": 200 })
    );
    // A logout at one process ends the socket at the other.
    let body = json!({ "refreshToken": jun.refresh });
    nodes.one.call(Method::POST, "/v1/auth/logout").bearer(&jun.token).json(body).expect(204).await;
    assert_eq!(his.closed().await, 4401);
}

#[tokio::test]
async fn n23_without_redis_messages_are_late_but_not_lost() {
    let Some(nodes) = Nodes::start().await else { return };
    let (mina, jun) = (nodes.one.person("mina").await, nodes.one.person("jun").await);
    let room = nodes.room(&mina, &[&jun]).await;
    let mut hers = Socket::open(nodes.one.base(), &mina.token).await;
    let mut his = Socket::open(nodes.two.base(), &jun.token).await;
    his.subscribe(&room, None).await;
    let mut next = 1;
    for plugged in [true, false, true] {
        nodes.redis.plug(plugged).await;
        let (mut acks, mut lags) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            let frame =
                json!({ "type": "message", "roomId": room, "clientId": format!("{next}"), "text": "x" });
            hers.send(frame).await;
            let asked = Instant::now();
            hers.until("ack").await;
            acks.push(asked.elapsed());
            // Each is the last one at its time, so no later number gives it away.
            assert_eq!(his.seqs(1).await, [next]);
            lags.push(asked.elapsed());
            next += 1;
        }
        // What a busy machine does to one of them says nothing.
        assert!(median(&mut acks) < Duration::from_secs(1), "Redis being away must not delay an ack");
        assert!(median(&mut lags) < Duration::from_millis(1500), "{plugged}: {lags:?}");
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What one writer was told, by its own names.
type Acknowledged = BTreeMap<String, i64>;

/// Says something again and again until told to stop; whatever is not acknowledged is said again
/// under the same name, at whichever process answers.
async fn write(
    bases: [String; 2],
    who: Person,
    room: String,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
) -> Acknowledged {
    let (mut acknowledged, mut number, mut turn) = (Acknowledged::new(), 0, 0);
    while !stop.load(Ordering::SeqCst) {
        let headers = [("authorization", format!("Bearer {}", who.token))];
        let Some(mut socket) = reach(&bases[turn % 2], &headers).await else {
            turn += 1;
            continue;
        };
        'connected: while !stop.load(Ordering::SeqCst) {
            let client = format!("{}-{number}", who.nickname);
            let frame = json!({ "type": "message", "roomId": room, "clientId": client, "text": client });
            if !socket.try_send(frame).await {
                break;
            }
            loop {
                match socket.within(Duration::from_secs(3)).await {
                    Ok(Some(frame)) if frame["type"] == "ack" && frame["clientId"] == client.as_str() => {
                        acknowledged.insert(client, frame["seq"].as_i64().unwrap());
                        number += 1;
                        count.fetch_add(1, Ordering::SeqCst);
                        break;
                    }
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => break 'connected,
                }
            }
        }
        turn += 1;
    }
    acknowledged
}

/// Reads from the beginning to `end`, over as many connections as it takes.
async fn read(
    bases: [String; 2],
    who: Person,
    room: String,
    end: Arc<std::sync::Mutex<Option<i64>>>,
) -> Vec<i64> {
    let (mut seen, mut turn) = (Vec::new(), 1);
    let done = |seen: &[i64]| end.lock().unwrap().is_some_and(|end| seen.last() == Some(&end));
    while !done(&seen) {
        let headers = [("authorization", format!("Bearer {}", who.token))];
        let Some(mut socket) = reach(&bases[turn % 2], &headers).await else {
            turn += 1;
            continue;
        };
        let after = seen.last().copied().unwrap_or(0);
        let follow = json!({ "type": "subscribe", "roomId": room, "afterSeq": after });
        let mut connected = socket.try_send(follow).await;
        while connected && !done(&seen) {
            match socket.within(Duration::from_millis(500)).await {
                Ok(Some(frame)) if frame["type"] == "message" => {
                    seen.push(frame["message"]["seq"].as_i64().unwrap());
                }
                Ok(_) => {}
                Err(_) => connected = false,
            }
        }
        turn += 1;
    }
    seen
}

/// A socket, if the process answers.
async fn reach(base: &str, headers: &[(&'static str, String)]) -> Option<Socket> {
    let address = base.trim_start_matches("http://").to_owned();
    if tokio::net::TcpStream::connect(&address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        return None;
    }
    Socket::connect(base, "", headers).await.ok()
}

/// What a writer was told until its socket was closed, and with which code.
async fn talk(mut socket: Socket, room: String, name: usize, count: Arc<AtomicUsize>) -> (Acknowledged, u16) {
    let mut acknowledged = Acknowledged::new();
    for number in 0.. {
        let client = format!("{name}-{number}");
        let frame = json!({ "type": "message", "roomId": room, "clientId": client, "text": client });
        if !socket.try_send(frame).await {
            break;
        }
        loop {
            match socket.within(Duration::from_secs(30)).await {
                Ok(Some(frame)) if frame["type"] == "ack" => {
                    acknowledged.insert(client, frame["seq"].as_i64().unwrap());
                    count.fetch_add(1, Ordering::SeqCst);
                    break;
                }
                Ok(Some(_)) => {}
                Ok(None) => panic!("neither an answer nor an end"),
                Err(close) => return (acknowledged, close.map_or(1006, |close| close.code.into())),
            }
        }
    }
    (acknowledged, socket.closed().await)
}

#[tokio::test]
async fn p20_who_talks_while_the_process_stops_is_told_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("MADANG__RATE_LIMITS__ENABLED", "false")];
    let process = Process::start(BINARY, folder.path(), &variables).await.unwrap();
    let (mina, jun) = (process.person("mina").await, process.person("jun").await);
    let body = json!({ "userIds": [jun.id] });
    let room = process.call(Method::POST, "/v1/rooms").bearer(&mina.token).json(body).expect(201).await;
    let room = text(&room["id"]);
    let (count, mut writers) = (Arc::new(AtomicUsize::new(0)), Vec::new());
    for name in 0..4 {
        let socket = Socket::open(process.base(), &mina.token).await;
        writers.push(tokio::spawn(talk(socket, room.clone(), name, Arc::clone(&count))));
    }
    let begun = Instant::now();
    while count.load(Ordering::SeqCst) < 100 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody is acknowledged");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    process.signal("TERM").await;
    let mut acknowledged = Acknowledged::new();
    for writer in writers {
        let (told, code) = writer.await.unwrap();
        // Whoever takes seconds to answer the goodbye is left behind.
        assert!(code == 1001 || code == 1006, "{code}");
        acknowledged.extend(told);
    }
    assert!(process.ended().await.success());
    let process = Process::start(BINARY, folder.path(), &variables).await.unwrap();
    let (mut stored, mut after) = (Acknowledged::new(), 0);
    loop {
        let path = format!("/v1/rooms/{room}/messages?afterSeq={after}&limit=100");
        let page = process.call(Method::GET, &path).bearer(&jun.token).expect(200).await;
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            break;
        }
        for item in items {
            after += 1;
            assert_eq!(item["seq"], after, "no gap");
            stored.insert(text(&item["clientId"]), after);
        }
    }
    assert!(
        acknowledged.iter().all(|(client, seq)| stored.get(client) == Some(seq)),
        "acknowledged is stored"
    );
}

#[tokio::test]
async fn n23_nothing_is_lost_or_doubled_over_a_dead_process_and_a_lost_redis() {
    let Some(nodes) = Nodes::start().await else { return };
    let (mina, jun) = (nodes.one.person("mina").await, nodes.one.person("jun").await);
    let (sol, tom) = (nodes.one.person("sol").await, nodes.one.person("tom").await);
    let room = nodes.room(&mina, &[&jun, &sol, &tom]).await;
    let bases = [nodes.one.base().to_owned(), nodes.two.base().to_owned()];
    let reversed = [bases[1].clone(), bases[0].clone()];
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let end = Arc::new(std::sync::Mutex::new(None));
    let writers = [
        tokio::spawn(write(bases.clone(), mina.clone(), room.clone(), Arc::clone(&stop), Arc::clone(&count))),
        tokio::spawn(write(
            reversed.clone(),
            jun.clone(),
            room.clone(),
            Arc::clone(&stop),
            Arc::clone(&count),
        )),
    ];
    let readers = [
        tokio::spawn(read(bases.clone(), sol.clone(), room.clone(), Arc::clone(&end))),
        tokio::spawn(read(reversed, tom.clone(), room.clone(), Arc::clone(&end))),
    ];
    // Each act lasts until enough was said in it, however long that takes here.
    let said = async |more: usize| {
        let (before, begun) = (count.load(Ordering::SeqCst), Instant::now());
        while count.load(Ordering::SeqCst) < before + more {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    said(100).await;
    nodes.redis.plug(false).await;
    said(100).await;
    nodes.redis.plug(true).await;
    said(100).await;
    nodes.one.signal("KILL").await;
    said(200).await;
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Acknowledged::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    assert!(acknowledged.len() >= 500, "only {} were acknowledged", acknowledged.len());
    let path = format!("/v1/rooms/{room}");
    let last =
        nodes.two.call(Method::GET, &path).bearer(&sol.token).expect(200).await["lastSeq"].as_i64().unwrap();
    *end.lock().unwrap() = Some(last);
    for reader in readers {
        let seen =
            tokio::time::timeout(Duration::from_secs(60), reader).await.expect("it sees the end").unwrap();
        assert_eq!(seen, (1..=last).collect::<Vec<_>>(), "in order, without a gap, nothing twice");
    }
    // The record: every acknowledged message where its ack said, every name once.
    let (mut names, mut after) = (BTreeSet::new(), 0);
    while after < last {
        let path = format!("{path}/messages?afterSeq={after}&limit=100");
        let page = nodes.two.call(Method::GET, &path).bearer(&sol.token).expect(200).await;
        for item in page["items"].as_array().unwrap() {
            after += 1;
            let client = text(&item["clientId"]);
            assert_eq!(item["seq"], after, "no gap");
            assert!(acknowledged.get(&client).is_none_or(|seq| *seq == after), "{client}");
            assert!(names.insert(client), "stored once");
        }
    }
    assert!(acknowledged.keys().all(|client| names.contains(client)), "what was acknowledged is there");
}
