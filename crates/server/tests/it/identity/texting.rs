//! A10: text messages through somebody's HTTP endpoint, which checks the signature before it believes.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use madang_application::shared::Clock;
use madang_server::config::{Config, SmsTransport};
use madang_testkit::{TestApp, TestClock, TestDb, text};
use poem::{Route, Server, endpoint::make, http::StatusCode, listener::TcpAcceptor, post};
use serde_json::{Value, json};

madang_testkit::on_every_database!(a10_a_webhook_gets_signed_text_messages_until_it_took_them);

const PHONE: &str = "+821012345678";

/// What came in: the id and the words.
type Received = Arc<Mutex<Vec<(String, Value)>>>;

/// Checks what Standard Webhooks 1.0 says, notes it, and is down the first time.
async fn receive(received: Received, request: poem::Request) -> poem::Result<StatusCode> {
    let header = |name: &str| request.header(name).expect("the header").to_owned();
    let (id, at, signature) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let body = request.into_body().into_string().await?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"a secret of both");
    let tag = BASE64_STANDARD.decode(signature.strip_prefix("v1,").expect("version 1")).expect("base64");
    hmac::verify(&key, format!("{id}.{at}.{body}").as_bytes(), &tag).expect("it is ours");
    let mut received = received.lock().unwrap();
    received.push((id, serde_json::from_str(&body).expect("JSON")));
    Ok(if received.len() == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT })
}

async fn a10_a_webhook_gets_signed_text_messages_until_it_took_them(db: TestDb) {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/texts", listener.local_addr().unwrap());
    let kept = Arc::clone(&received);
    let endpoint = Route::new().at("/texts", post(make(move |request| receive(Arc::clone(&kept), request))));
    tokio::spawn(Server::new_with_acceptor(TcpAcceptor::from_std(listener).unwrap()).run(endpoint));

    let clock = Arc::new(TestClock::default());
    let replacement = Arc::clone(&clock);
    let configure = |config: &mut Config| {
        config.sms.transport = SmsTransport::Webhook;
        config.sms.webhook_url = Some(url.parse().unwrap());
        let secret = format!("whsec_{}", BASE64_STANDARD.encode("a secret of both"));
        config.sms.webhook_secret = Some(secret.as_str().into());
    };
    let replace = |registry: &mut madang_container::Registry| {
        registry.replace(move || Arc::clone(&replacement) as Arc<dyn Clock>);
    };
    let app = TestApp::start_with(db, configure, replace).await;
    let person = app.person("하늘").await;
    let ask = |path: &str, body: Value| {
        app.post(&format!("/v1/auth/phone-verifications{path}")).bearer(&person.token).json(body)
    };
    ask("", json!({ "phone": PHONE })).expect(202).await;
    app.settle().await;
    // It was down; some time later it is not.
    clock.advance(Duration::from_mins(1));
    app.settle().await;
    clock.advance(Duration::from_mins(1));
    app.settle().await;
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), 2, "once in vain, once for good: {received:?}");
    assert_eq!(received[0], received[1], "under the same id, so that it can be told from another one");
    let (id, message) = &received[1];
    assert_eq!((&message["id"], &message["to"]), (&json!(id), &json!(PHONE)));
    let words = text(&message["text"]);
    let code = words.split(|letter: char| !letter.is_ascii_digit()).find(|part| part.len() == 6);
    ask("/confirm", json!({ "phone": PHONE, "code": code.unwrap() })).expect(204).await;
    app.stop().await;
}
