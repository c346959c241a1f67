//! The compiled program as an operator meets it: starting, refusing to start, stopping, dying.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use madang_testkit::{Process, TestServices, text};
use reqwest::Method;
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_madang");
const UNLIMITED: (&str, &str) = ("MADANG__RATE_LIMITS__ENABLED", "false");

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn p12_it_starts_on_nothing_and_again_on_what_it_left() {
    let data = folder();
    for round in 0..2 {
        let process = Process::start(BINARY, data.path(), &[UNLIMITED]).await.unwrap();
        let base = process.base();
        assert_eq!(process.ready_line, format!("madang ready on {base} (docs: {base}/docs)"));
        if round == 0 {
            process.person("mina").await;
        } else {
            process.login("mina@example.com").await;
        }
        let asked = Instant::now();
        process.signal("TERM").await;
        assert!(process.ended().await.success(), "SIGTERM ends with 0");
        assert!(asked.elapsed() < Duration::from_secs(30));
    }
}

// Elsewhere the system does not tell what is a process's own.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_of_a_login_goes_back_to_the_system_when_nothing_happens() {
    /// Most of what hashing a password takes.
    const HASH: u64 = 15 * 1024;
    const PATIENCE: Duration = Duration::from_secs(8);
    let data = folder();
    let process = Process::start(BINARY, data.path(), &[UNLIMITED]).await.unwrap();
    process.person("mina").await;
    // On a busy machine it may have gone before it is looked for.
    for _ in 0..10 {
        process.login("mina@example.com").await;
        let held = process.own_memory_kib();
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if process.own_memory_kib() + HASH < held {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    panic!("{} KiB are held on", process.own_memory_kib());
}

#[tokio::test]
async fn p13_a_bad_configuration_stops_the_start_with_one_line_that_names_it() {
    for (name, value, named) in [
        ("MADANG__HTTP__LISTNE", "127.0.0.1:1", "listne"),
        ("MADANG__HTTP__TRUSTED_PROXIES", "everyone", "MADANG__HTTP__TRUSTED_PROXIES"),
        ("MADANG__ENV", "production", "MADANG__SECRET"),
        ("DATABASE_URL", "postgres://nobody:hush@127.0.0.1:1/none", "Postgres"),
    ] {
        let data = folder();
        let ended =
            Process::start(BINARY, data.path(), &[(name, value)]).await.err().expect("it must not start");
        assert!(!ended.status.success());
        let complaint = ended.stderr.lines().filter(|line| line.starts_with("madang: ")).collect::<Vec<_>>();
        assert_eq!(complaint.len(), 1, "{}", ended.stderr);
        assert!(complaint[0].contains(named), "{}", complaint[0]);
        assert!(!ended.stderr.contains("hush"), "a password must not be shown");
    }
}

#[tokio::test]
async fn p24_the_demo_leaves_a_database_with_people_alone_and_tells_where_to_go() {
    let data = folder();
    let process = Process::start(BINARY, data.path(), &[UNLIMITED]).await.unwrap();
    process.person("mina").await;
    process.signal("TERM").await;
    assert!(process.ended().await.success());
    let (ended, logins) = Process::run(BINARY, data.path(), &[], &["demo"]).await;
    assert!(!ended.status.success() && logins.is_empty(), "{logins}");
    let complaint = ended.stderr.lines().find(|line| line.starts_with("madang: ")).unwrap();
    assert!(complaint.contains("MADANG__DATA_DIR=") && complaint.contains("madang demo"), "{complaint}");
    let process = Process::start(BINARY, data.path(), &[UNLIMITED]).await.unwrap();
    process.login("mina@example.com").await;
    // Whoever the demo would have let in has no account.
    process.person("olive").await;
}

#[tokio::test]
async fn the_tools_beside_the_server_answer() {
    let data = folder();
    let (ended, config) =
        Process::run(BINARY, data.path(), &[("DATABASE_URL", "postgres://me:hush@db/x")], &["config"]).await;
    assert!(ended.status.success() && config.contains("postgres://me:redacted@db/x"), "{config}");
    let (ended, document) = Process::run(BINARY, data.path(), &[], &["openapi"]).await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert!(document["paths"]["/v1/me"]["get"]["operationId"].is_string());
    let (ended, _) = Process::run(BINARY, data.path(), &[], &["healthcheck"]).await;
    assert!(!ended.status.success(), "nothing runs here");
}

async fn nothing_acknowledged_is_lost(variables: &[(&str, &str)]) {
    let data = folder();
    let process = Process::start(BINARY, data.path(), variables).await.unwrap();
    let mina = process.person("mina").await;
    let (mut writers, count) = (Vec::new(), Arc::new(AtomicUsize::new(0)));
    for writer in 0..4 {
        let count = Arc::clone(&count);
        let (client, base, token) = (reqwest::Client::new(), process.base().to_owned(), mina.token.clone());
        writers.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for number in 0.. {
                let body = json!({ "text": format!("{writer}-{number}"), "visibility": "public" });
                let sent =
                    client.post(format!("{base}/v1/posts")).bearer_auth(&token).json(&body).send().await;
                let Ok(answer) = sent else { break };
                if answer.status() != 201 {
                    break;
                }
                let Ok(post) = answer.json::<serde_json::Value>().await else { break };
                acknowledged.push(text(&post["id"]));
                count.fetch_add(1, Ordering::SeqCst);
            }
            acknowledged
        }));
    }
    let begun = Instant::now();
    while count.load(Ordering::SeqCst) < 200 {
        assert!(begun.elapsed() < Duration::from_secs(60), "writes are not acknowledged");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    process.signal("KILL").await;
    process.ended().await;
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let process = Process::start(BINARY, data.path(), variables).await.unwrap();
    for id in acknowledged {
        process.call(Method::GET, &format!("/v1/posts/{id}")).bearer(&mina.token).expect(200).await;
    }
}

#[tokio::test]
async fn kill_9_loses_nothing_acknowledged_on_sqlite() {
    nothing_acknowledged_is_lost(&[UNLIMITED]).await;
}

#[tokio::test]
async fn kill_9_loses_nothing_acknowledged_on_postgres() {
    let Some(services) = TestServices::fresh().await else { return };
    nothing_acknowledged_is_lost(&[UNLIMITED, ("DATABASE_URL", services.database_url())]).await;
}

#[tokio::test]
async fn a17_logout_reaches_the_other_process_within_a_second() {
    let Some(services) = TestServices::fresh().await else { return };
    let variables =
        [UNLIMITED, ("DATABASE_URL", services.database_url()), ("REDIS_URL", services.redis_url())];
    let (here, there) = (folder(), folder());
    let first = Process::start(BINARY, here.path(), &variables).await.unwrap();
    let second = Process::start(BINARY, there.path(), &variables).await.unwrap();
    let mina = first.person("mina").await;
    // The other process accepts the token, and has it in its cache.
    second.call(Method::GET, "/v1/me").bearer(&mina.token).expect(200).await;
    let body = json!({ "refreshToken": mina.refresh });
    first.call(Method::POST, "/v1/auth/logout").bearer(&mina.token).json(body.clone()).expect(204).await;
    second.call(Method::POST, "/v1/auth/refresh").json(body).expect(401).await;
    // A second is promised; a busy machine may need more.
    let begun = Instant::now();
    for process in [&first, &second] {
        while process.call(Method::GET, "/v1/me").bearer(&mina.token).send().await.status != 401 {
            assert!(begun.elapsed() < Duration::from_secs(15), "still let in");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn p11_a_budget_is_shared_by_two_processes() {
    let Some(services) = TestServices::fresh().await else { return };
    let variables = [("DATABASE_URL", services.database_url()), ("REDIS_URL", services.redis_url())];
    let (here, there) = (folder(), folder());
    let processes = [
        Process::start(BINARY, here.path(), &variables).await.unwrap(),
        Process::start(BINARY, there.path(), &variables).await.unwrap(),
    ];
    let body = json!({ "email": "nobody@example.com", "password": "wrong-Password1" });
    let mut answered = [0, 0];
    for turn in 0..200 {
        let side = turn % 2;
        let reply = processes[side].call(Method::POST, "/v1/auth/login").json(body.clone()).send().await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").is_some());
            // The other process must agree, whoever counted the last one.
            let other =
                processes[1 - side].call(Method::POST, "/v1/auth/login").json(body.clone()).send().await;
            assert_eq!(other.status, 429, "each process keeps a budget of its own: {answered:?}");
            return;
        }
        assert_eq!(reply.status, 401);
        answered[side] += 1;
    }
    panic!("200 guesses and no limit: {answered:?}");
}

#[tokio::test]
async fn an_operator_is_made_on_the_command_line() {
    let data = folder();
    let create = async |email: &str| {
        let line = ["admin", "create", email, "--nickname", "Boss"];
        Process::run(BINARY, data.path(), &[], &line).await
    };
    let (ended, output) = create("boss@example.com").await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let password = output.lines().find_map(|line| line.strip_prefix("password: ")).unwrap().to_owned();
    let process = Process::start(BINARY, data.path(), &[UNLIMITED]).await.unwrap();
    let body = json!({ "email": "boss@example.com", "password": password });
    let pair = process.call(Method::POST, "/v1/auth/login").json(body).expect(200).await;
    let token = text(&pair["accessToken"]);
    process.call(Method::GET, "/v1/admin/users").bearer(&token).expect(200).await;
    // While it runs, somebody who has an account gets the role, and keeps the password.
    let mina = process.person("mina").await;
    process.call(Method::GET, "/v1/admin/users").bearer(&mina.token).refused(403, "platform.forbidden").await;
    let (ended, output) = create(&mina.email).await;
    assert!(ended.status.success() && !output.contains("password"), "{output}{}", ended.stderr);
    let token = text(&process.login(&mina.email).await["accessToken"]);
    process.call(Method::GET, "/v1/admin/users").bearer(&token).expect(200).await;
    // Without a nickname the first free one is taken.
    for (number, name) in ["admin", "admin2", "admin3"].iter().enumerate() {
        let email = format!("admin{number}@example.com");
        let (ended, output) = Process::run(BINARY, data.path(), &[], &["admin", "create", &email]).await;
        assert!(ended.status.success(), "{}", ended.stderr);
        let path = format!("/v1/users/by-nickname/{name}");
        let profile = process.call(Method::GET, &path).bearer(&token).expect(200).await;
        assert!(output.contains(&text(&profile["id"])), "{output}");
    }
    let (ended, _) = create("no address").await;
    assert!(!ended.status.success() && ended.stderr.contains("e-mail address"), "{}", ended.stderr);
}

#[tokio::test]
async fn a13_keys_are_rotated_on_the_command_line_while_it_serves() {
    let data = folder();
    let process = Process::start(BINARY, data.path(), &[UNLIMITED]).await.unwrap();
    let mina = process.person("mina").await;
    let (ended, output) = Process::run(BINARY, data.path(), &[], &["keys", "rotate"]).await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let fresh = output.trim().rsplit(' ').next().unwrap().to_owned();
    let begun = Instant::now();
    loop {
        let keys = process.call(Method::GET, "/.well-known/jwks.json").expect(200).await;
        let keys = keys["keys"].as_array().unwrap();
        if keys.len() == 2 {
            assert_eq!(keys[0]["kid"], json!(fresh));
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the key is not learnt");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    process.call(Method::GET, "/v1/me").bearer(&mina.token).expect(200).await;
    let pair = process.login(&mina.email).await;
    process.call(Method::GET, "/v1/me").bearer(text(&pair["accessToken"])).expect(200).await;
}
