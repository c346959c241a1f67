//! Web push, received by a device that is not ours.

use std::{path::PathBuf, time::Duration};

use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_application::{notifications::PushService, shared::Clock};
use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::Command,
    sync::mpsc,
};

on_every_database!(
    a_device_gets_what_only_it_can_read,
    a_device_that_is_gone_is_forgotten,
    what_a_push_service_refuses_is_dropped_or_waits_as_long_as_it_says,
    no_device_is_inside_our_own_network,
);

const DEVICES: &str = "/v1/notifications/push-subscriptions";

fn library() -> Option<PathBuf> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned();
    let library = root.join("target/tools/npm/node_modules/http_ece");
    if !library.exists() {
        eprintln!("skipped: the npm package http_ece is missing (scripts/tools/install.sh installs it)");
        return None;
    }
    Some(library)
}

async fn node(library: &std::path::Path, what: &str, pushed: &Value) -> String {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/push/device.cjs");
    let output = Command::new("node")
        .arg(script)
        .arg(library)
        .arg(what)
        .env("PUSHED", pushed.to_string())
        .output()
        .await
        .expect("node can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A request as it came: its head in lower case, and its body.
type Pushed = (String, Vec<u8>);

/// A push service that answers everything with one status.
async fn service(status: &'static str) -> (String, mpsc::UnboundedReceiver<Pushed>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut wire, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let pushed = loop {
                if wire.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    break None;
                }
                let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let length = header(&head, "content-length").and_then(|length| length.parse::<usize>().ok());
                if bytes.len() >= end + 4 + length.unwrap_or(0) {
                    break Some((head, bytes[end + 4..].to_vec()));
                }
            };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = wire.write_all(answer.as_bytes()).await;
            if let Some(pushed) = pushed {
                let _ = sender.send(pushed);
            }
        }
    });
    (base, receiver)
}

fn header(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

async fn app(db: TestDb) -> TestApp {
    TestApp::start_with(db, |config| config.notifications.push_local = true, |_| {}).await
}

async fn subscribe(app: &TestApp, who: &Person, endpoint: &str, keys: &Value) -> Value {
    let keys = json!({ "p256dh": keys["p256dh"], "auth": keys["auth"] });
    let body = json!({ "endpoint": endpoint, "expirationTime": null, "keys": keys });
    app.post(DEVICES).bearer(&who.token).json(body).expect(201).await
}

async fn push_all(app: &TestApp) {
    app.settle().await;
    let pushing = app.running().container().get::<PushService>().unwrap();
    while pushing.push().await.unwrap() {}
}

async fn a_device_gets_what_only_it_can_read(db: TestDb) {
    let Some(library) = library() else { return };
    let app = app(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let keys: Value = serde_json::from_str(&node(&library, "keys", &Value::Null).await).unwrap();
    let (base, mut pushed) = service("201 Created").await;
    let endpoint = format!("{base}/push/secret-of-the-device");
    let device = subscribe(&app, &mina, &endpoint, &keys).await;
    assert_eq!(
        subscribe(&app, &mina, &endpoint, &keys).await["id"],
        device["id"],
        "again is the same device"
    );
    let key = app.get("/v1/notifications/push-key").bearer(&mina.token).expect(200).await;
    app.put(&format!("/v1/users/{}/follow", mina.id)).bearer(&jun.token).expect(201).await;
    push_all(&app).await;
    let (head, body) = tokio::time::timeout(Duration::from_secs(60), pushed.recv()).await.unwrap().unwrap();
    assert!(head.starts_with("POST /push/secret-of-the-device "), "{head}");
    assert_eq!(header(&head, "content-encoding").as_deref(), Some("aes128gcm"));
    assert!(header(&head, "ttl").is_some());
    let visible = String::from_utf8_lossy(&body).into_owned();
    assert!(!visible.contains("jun"), "the push service reads nothing");
    let request = json!({
        "keys": keys, "body": BASE64_URL_SAFE_NO_PAD.encode(&body), "audience": base,
        "authorization": header(&head, "authorization"), "publicKey": key["publicKey"],
    });
    let message: Value = serde_json::from_str(&node(&library, "open", &request).await).unwrap();
    assert_eq!((&message["kind"], &message["title"]), (&json!("follow"), &json!("마당")));
    assert!(text(&message["body"]).contains("jun"), "{message}");
    let told = app.get("/v1/notifications").bearer(&mina.token).expect(200).await;
    assert_eq!(told["items"][0]["id"], message["id"], "a device that gets it twice shows it once");
    push_all(&app).await;
    assert!(pushed.try_recv().is_err(), "it is pushed once");
    // Without the device nothing waits.
    let path = format!("{DEVICES}/{}", text(&device["id"]));
    app.delete(&path).bearer(&jun.token).refused(404, "platform.not_found").await;
    app.delete(&path).bearer(&mina.token).expect(204).await;
    assert_eq!(app.get(DEVICES).bearer(&mina.token).expect(200).await["items"], json!([]));
}

async fn a_device_that_is_gone_is_forgotten(db: TestDb) {
    let Some(library) = library() else { return };
    let app = app(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let keys: Value = serde_json::from_str(&node(&library, "keys", &Value::Null).await).unwrap();
    let (gone, mut pushed) = service("410 Gone").await;
    subscribe(&app, &mina, &format!("{gone}/x"), &keys).await;
    app.put(&format!("/v1/users/{}/follow", mina.id)).bearer(&jun.token).expect(201).await;
    push_all(&app).await;
    tokio::time::timeout(Duration::from_secs(60), pushed.recv()).await.unwrap().unwrap();
    // The program's own worker may be the one that is still about to write it down.
    for _ in 0..1_000 {
        if app.get(DEVICES).bearer(&mina.token).expect(200).await["items"] == json!([]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the device is still there");
}

async fn what_a_push_service_refuses_is_dropped_or_waits_as_long_as_it_says(db: TestDb) {
    #[derive(Debug, PartialEq, sea_orm::FromQueryResult)]
    struct Waiting {
        due_at: i64,
        attempts: i64,
    }
    let store = db.another_store().await;
    let app = app(db).await;
    let mina = app.person("mina").await;
    let random = aws_lc_rs::rand::SystemRandom::new();
    let key = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap().compute_public_key().unwrap();
    let encoded = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let keys = json!({ "p256dh": encoded(key.as_ref()), "auth": encoded(&[7; 16]) });
    for (number, (status, wait)) in
        [("413 Payload Too Large", None), ("429 Too Many Requests\r\nretry-after: 600", Some(600))]
            .into_iter()
            .enumerate()
    {
        let (base, mut pushed) = service(status).await;
        let device = subscribe(&app, &mina, &format!("{base}/x"), &keys).await;
        let began = app.running().container().get::<dyn Clock>().unwrap().now().micros();
        let follower = app.person(&format!("fan{number}")).await;
        app.put(&format!("/v1/users/{}/follow", mina.id)).bearer(&follower.token).expect(201).await;
        push_all(&app).await;
        tokio::time::timeout(Duration::from_secs(60), pushed.recv()).await.unwrap().unwrap();
        // The program's own worker may be the one that is still about to write it down.
        let settled = async {
            loop {
                let select = "SELECT due_at, attempts FROM notification_deliveries WHERE channel = 'push'";
                let waiting: Vec<Waiting> = store.rows(select, []).await.unwrap();
                match (wait, waiting.as_slice()) {
                    (None, []) => return,
                    (Some(wait), [one]) if one.due_at >= began + wait * 1_000_000 => {
                        return assert_eq!(one.attempts, 1);
                    }
                    _ => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), settled).await.expect("it is written down");
        assert!(pushed.try_recv().is_err(), "{status}: it is not tried again now");
        assert_eq!(app.get(DEVICES).bearer(&mina.token).expect(200).await["items"][0]["id"], device["id"]);
        let path = format!("{DEVICES}/{}", text(&device["id"]));
        app.delete(&path).bearer(&mina.token).expect(204).await;
    }
}

async fn no_device_is_inside_our_own_network(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    // A point of P-256 (RFC 8291, appendix A).
    let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    let auth = "BTBZMqHH6r4Tts7J_aSIgg";
    let send = async |endpoint: &str, p256dh: &str, auth: &str| {
        let body = json!({ "endpoint": endpoint, "keys": { "p256dh": p256dh, "auth": auth } });
        app.post(DEVICES).bearer(&mina.token).json(body).send().await
    };
    for inside in [
        "http://push.example.com/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "https://redis/x",
        "https://0x7f000001/x",
        "https://2130706433/x",
        "https://user:pass@push.example.com/x",
        "ftp://x.example/x",
        "not an address",
    ] {
        let reply = send(inside, p256dh, auth).await;
        assert_eq!(reply.expect(422)["errors"][0]["code"], "notifications.push_endpoint_refused", "{inside}");
    }
    let crooked = format!("B{}", "A".repeat(86));
    assert_eq!(send("https://push.example.com/x", &crooked, auth).await.status, 422, "no point of the curve");
    assert_eq!(send("https://push.example.com/x", p256dh, auth).await.status, 201);
}
