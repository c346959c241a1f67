//! What every server owes its operators and its callers, whatever it serves.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use madang_testkit::{PASSWORD, Process, Proxy, TestApp, TestDb, TestServices, text};
use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value};
use poem::{Route, Server, endpoint::make, listener::TcpAcceptor, post};
use prost::Message;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

madang_testkit::on_every_database!(
    p01_browsers_of_listed_origins_may_call,
    p05_the_root_names_what_is_here,
    p22_the_page_of_the_documentation_is_whole,
);

const BINARY: &str = env!("CARGO_BIN_EXE_madang");

async fn p01_browsers_of_listed_origins_may_call(db: TestDb) {
    let ours = "https://calendar.example";
    let listed = |config: &mut madang_server::config::Config| config.http.cors_origins = vec![ours.into()];
    let app = TestApp::start_with(db, listed, |_| {}).await;
    let client = reqwest::Client::new();
    let call = async |method: Method, origin: &str| {
        let request = client.request(method, format!("{}/v1/me", app.base())).header("origin", origin);
        request.header("access-control-request-method", "DELETE").send().await.unwrap().headers().clone()
    };
    let preflight = call(Method::OPTIONS, ours).await;
    assert_eq!(preflight["access-control-allow-origin"], ours);
    assert!(preflight["access-control-allow-methods"].to_str().unwrap().contains("DELETE"));
    assert!(preflight["access-control-allow-headers"].to_str().unwrap().contains("Idempotency-Key"));
    let answer = call(Method::GET, ours).await;
    assert_eq!(answer["access-control-allow-origin"], ours);
    let exposed = answer["access-control-expose-headers"].to_str().unwrap();
    for header in ["X-Access-Token", "Link", "ETag", "Retry-After"] {
        assert!(exposed.contains(header), "{header} of {exposed}");
    }
    for method in [Method::OPTIONS, Method::GET] {
        let foreign = call(method, "https://elsewhere.example").await;
        assert!(!foreign.keys().any(|name| name.as_str().starts_with("access-control")), "{foreign:?}");
    }
}

async fn p05_the_root_names_what_is_here(db: TestDb) {
    let app = TestApp::start(db).await;
    let root = app.get("/").expect(200).await;
    let links = root["links"].as_object().unwrap();
    assert!(links.len() > 5, "{root}");
    for link in links.values() {
        assert!(app.get(&text(link)).send().await.status.is_success(), "{link}");
    }
    assert_eq!(app.get("/health/live").send().await.status, 200);
}

async fn p22_the_page_of_the_documentation_is_whole(db: TestDb) {
    let app = TestApp::start(db).await;
    let page = app.get("/docs/").send().await;
    page.expect(200);
    let html = page.text();
    let mut assets = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        assets.extend(html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()));
    }
    assert!(assets.len() >= 3, "{html}");
    // An empty picture stands in the page itself.
    for asset in assets.into_iter().filter(|asset| !asset.starts_with("data:")) {
        let url = reqwest::Url::parse(&format!("{}/docs/", app.base())).unwrap().join(asset).unwrap();
        assert!(url.as_str().starts_with(app.base()), "{asset} is of another host");
        let answer = app.get(&url.as_str()[app.base().len()..]).send().await;
        assert!(answer.status == 200 && !answer.bytes.is_empty(), "{asset}: {}", answer.status);
    }
}

/// Asks until the readiness probe answers this; the database is waited for as an operator would.
async fn ready(process: &Process, status: u16) -> Value {
    let asked = Instant::now();
    loop {
        let answer = process.call(Method::GET, "/health/ready").send().await;
        if answer.status == status {
            return answer.json();
        }
        assert!(asked.elapsed() < Duration::from_secs(60), "{} {}", answer.status, answer.text());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn p06_without_its_database_it_lives_but_is_not_ready() {
    let Some(services) = TestServices::fresh().await else { return };
    let data = tempfile::tempdir().unwrap();
    let database = Proxy::to(services.database_url()).await;
    let variables = [("DATABASE_URL", database.url.as_str()), ("REDIS_URL", services.redis_url())];
    let process = Process::start(BINARY, data.path(), &variables).await.unwrap();
    let person = process.person("mina").await;
    assert_eq!(ready(&process, 200).await["status"], "ready");
    database.plug(false).await;
    let answer = ready(&process, 503).await;
    assert_eq!((&answer["status"], &answer["checks"]["database"]), (&json!("unavailable"), &json!("down")));
    assert_eq!(process.call(Method::GET, "/health/live").send().await.status, 200);
    let call = || process.call(Method::GET, "/v1/me").bearer(&person.token);
    call().refused(503, "platform.unavailable").await;
    database.plug(true).await;
    ready(&process, 200).await;
    assert_eq!(call().expect(200).await["id"], person.id.as_str());
}

/// An address nobody listens on at the moment.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn p07_and_p23_requests_are_logged_and_counted_without_secrets() {
    let (data, inside) = (tempfile::tempdir().unwrap(), free_address());
    let process =
        Process::start(BINARY, data.path(), &[("MADANG__HTTP__INTERNAL_LISTEN", &inside)]).await.unwrap();
    let mina = process.person("mina").await;
    let mut ids = Vec::new();
    for (path, status) in [("/v1/me?hush=hush", 200), ("/v1/posts/01234567-89ab-7def-8123-456789abcdef", 404)]
    {
        let answer = process.call(Method::GET, path).bearer(&mina.token).send().await;
        answer.expect(status);
        ids.push((answer.header("x-request-id").unwrap().to_owned(), status));
    }
    let metrics = reqwest::get(format!("http://{inside}/metrics")).await.unwrap().text().await.unwrap();
    let counted = |route: &str, status: &str| {
        metrics.lines().any(|line| {
            line.starts_with("http_requests_total")
                && [r#"method="GET""#, &format!(r#"route="{route}""#), &format!(r#"status="{status}""#)]
                    .iter()
                    .all(|label| line.contains(label))
        })
    };
    assert!(counted("/v1/me", "200") && counted("/v1/posts/{postId}", "404"), "{metrics}");
    assert!(metrics.contains("http_request_duration_seconds_bucket"), "{metrics}");
    assert_eq!(process.call(Method::GET, "/metrics").send().await.status, 404, "metrics are not public");
    process.signal("TERM").await;
    let log = tokio::time::timeout(Duration::from_secs(60), async {
        while !ids.iter().all(|(id, _)| process.log().contains(id)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process.log()
    });
    let log = log.await.unwrap();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    for (id, status) in ids {
        let of: Vec<_> = lines.iter().filter(|line| line["span"]["request_id"] == id.as_str()).collect();
        assert_eq!(of.len(), 1, "one line a request: {of:?}");
        assert_eq!((&of[0]["status"], &of[0]["method"]), (&json!(status), &json!("GET")));
        assert_eq!(of[0]["span"], json!({ "request_id": id, "user_id": mina.id, "name": "request" }));
    }
    for secret in [PASSWORD, &mina.token, &mina.refresh, "hush", &mina.email] {
        assert!(!log.contains(secret) && !metrics.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn p20_a_request_in_flight_is_answered_after_sigterm() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(BINARY, data.path(), &[]).await.unwrap();
    process.person("mina").await;
    let body = json!({ "email": "mina@example.com", "password": PASSWORD }).to_string();
    let mut wires = Vec::new();
    for _ in 0..4 {
        let mut wire = TcpStream::connect(process.base().trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST /v1/auth/login HTTP/1.1\r\nhost: madang\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nexpect: 100-continue\r\n\r\n",
            body.len()
        );
        wire.write_all(head.as_bytes()).await.unwrap();
        // The server wants the body, so the request is in its hands.
        let mut go_on = [0; 25];
        wire.read_exact(&mut go_on).await.unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        wires.push(wire);
    }
    process.signal("TERM").await;
    // It takes nobody new; that is when it is stopping.
    let address = process.base().trim_start_matches("http://").to_owned();
    while TcpStream::connect(&address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for wire in &mut wires {
        wire.write_all(body.as_bytes()).await.unwrap();
    }
    for mut wire in wires {
        let mut answer = String::new();
        wire.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("accessToken"), "{answer}");
    }
    assert!(process.ended().await.success());
}

#[tokio::test]
async fn p21_an_ended_login_stays_ended_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(BINARY, data.path(), &[]).await.unwrap();
    let (gone, stays) = (process.person("mina").await, process.person("jun").await);
    process.call(Method::POST, "/v1/auth/logout").bearer(&gone.token).expect(204).await;
    process.signal("KILL").await;
    process.ended().await;
    let process = Process::start(BINARY, data.path(), &[]).await.unwrap();
    let me = |token: &str| process.call(Method::GET, "/v1/me").bearer(token);
    me(&gone.token).refused(401, "identity.session_ended").await;
    me(&stays.token).expect(200).await;
}

/// What a collector received, decoded by the protocol's own schema.
type Received = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

async fn collect(received: Received, request: poem::Request) -> poem::Result<()> {
    let bytes = request.into_body().into_vec().await?;
    received.lock().unwrap().push(ExportTraceServiceRequest::decode(&bytes[..]).expect("protobuf"));
    Ok(())
}

#[tokio::test]
async fn traces_reach_a_collector() {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let kept = Arc::clone(&received);
    let app = Route::new().at("/v1/traces", post(make(move |request| collect(Arc::clone(&kept), request))));
    tokio::spawn(Server::new_with_acceptor(TcpAcceptor::from_std(listener).unwrap()).run(app));

    let data = tempfile::tempdir().unwrap();
    let variables = [("MADANG__TELEMETRY__OTLP_ENDPOINT", endpoint.as_str())];
    let process = Process::start(BINARY, data.path(), &variables).await.unwrap();
    let mina = process.person("mina").await;
    let path = format!("/v1/users/{}?hush=hush", mina.id);
    let answer = process.call(Method::GET, &path).bearer(&mina.token).send().await;
    let id = answer.header("x-request-id").unwrap().to_owned();
    process.signal("TERM").await;
    assert!(process.ended().await.success());

    let received = received.lock().unwrap();
    let groups: Vec<_> = received.iter().flat_map(|request| &request.resource_spans).collect();
    let service = attributes(&groups[0].resource.as_ref().unwrap().attributes);
    assert_eq!(service["service.name"], "madang");
    let spans: Vec<_> =
        groups.iter().flat_map(|group| &group.scope_spans).flat_map(|scope| &scope.spans).collect();
    let span = spans.iter().find(|span| attributes(&span.attributes).get("request_id") == Some(&id));
    let span = span.expect("the request is among them");
    assert_eq!((span.name.as_str(), span.kind), ("GET /v1/users/{userId}", 2), "2 is SPAN_KIND_SERVER");
    let described = attributes(&span.attributes);
    assert_eq!(described["http.route"], "/v1/users/{userId}");
    assert_eq!(described["http.response.status_code"], "200");
    assert_eq!(described["user_id"], mina.id);
    let all = format!("{received:?}");
    for secret in [PASSWORD, &mina.token, &mina.refresh, "hush", &mina.email] {
        assert!(!all.contains(secret), "{secret} is in the traces");
    }
}

fn attributes(list: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> HashMap<String, String> {
    let text = |value: &any_value::Value| {
        if let any_value::Value::StringValue(text) = value {
            text.clone()
        } else if let any_value::Value::IntValue(number) = value {
            number.to_string()
        } else {
            format!("{value:?}")
        }
    };
    list.iter()
        .filter_map(|pair| Some((pair.key.clone(), text(pair.value.as_ref()?.value.as_ref()?))))
        .collect()
}
