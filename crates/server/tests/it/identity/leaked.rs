//! A04 with a service that knows leaked passwords, and without an answer from it.

use std::sync::Arc;

use madang_application::shared::Clock;
use madang_container::Registry;
use madang_server::config::Config;
use madang_testkit::{
    Call, PASSWORD, TestApp, TestClock, TestDb,
    providers::{Behaviour, RangeServer},
};
use serde_json::json;

use super::{fields, sign_up};

madang_testkit::on_every_database!(
    a04_leaked_passwords_are_refused_wherever_one_is_chosen,
    a04_without_an_answer_our_own_list_decides,
    a04_without_an_answer_nobody_passes_where_operators_say_so,
);

const LEAKED: &str = "Sunny-Day-42";
const PADDING: &str = "Rainy-Day-42";

async fn start(db: TestDb, ranges: &RangeServer, required: bool) -> TestApp {
    let configure = |config: &mut Config| {
        config.identity.leaked_passwords_url = Some(ranges.url.parse().unwrap());
        config.identity.leaked_passwords_required = required;
        config.identity.resend_seconds = 0;
    };
    // No time passes, so that a service that was left alone stays so.
    let clock = Arc::new(TestClock::default());
    let standing = |registry: &mut Registry| {
        registry.replace(move || Arc::clone(&clock) as Arc<dyn Clock>);
    };
    TestApp::start_with(db, configure, standing).await
}

fn join(app: &TestApp, number: usize, password: &str) -> Call {
    let (email, nickname) = (format!("sky{number}@example.com"), format!("sky{number}"));
    sign_up(app, json!({ "email": email, "nickname": nickname, "password": password }))
}

async fn a04_leaked_passwords_are_refused_wherever_one_is_chosen(db: TestDb) {
    let ranges = RangeServer::start(&[LEAKED], &[PADDING]).await;
    let app = start(db, &ranges, true).await;
    let problem = join(&app, 1, LEAKED).refused(422, "platform.invalid_fields").await;
    assert_eq!(fields(&problem), ["/password identity.password_leaked"]);
    join(&app, 1, PADDING).expect(201).await;
    // What breaks our own rules is not asked about.
    let before = ranges.asked().len();
    join(&app, 2, "short").refused(422, "platform.invalid_fields").await;
    assert_eq!(ranges.asked().len(), before);

    let person = app.person("하늘").await;
    let body = json!({ "currentPassword": PASSWORD, "newPassword": LEAKED });
    let change = app.put("/v1/me/password").bearer(&person.token).json(body);
    let problem = change.refused(422, "platform.invalid_fields").await;
    assert_eq!(fields(&problem), ["/newPassword identity.password_leaked"]);

    let path = "/v1/auth/password-resets";
    app.post(path).json(json!({ "email": person.email })).expect(202).await;
    let code = app.mailed_code(&person.email).await;
    let reset = |password: &str| {
        let body = json!({ "email": person.email, "code": code, "newPassword": password });
        app.post(&format!("{path}/confirm")).json(body)
    };
    let problem = reset(LEAKED).refused(422, "platform.invalid_fields").await;
    assert_eq!(fields(&problem), ["/newPassword identity.password_leaked"]);
    // The code is as good as it was.
    reset(PADDING).expect(204).await;
    app.login(&person.email, PADDING).await;

    // Five digits are all that anybody there learns, and the answers are padded.
    let asked = ranges.asked();
    assert!(asked.len() >= 5, "{asked:?}");
    for asked in asked {
        let digits = asked.path.strip_prefix("/range/").expect("the path");
        assert!(digits.len() == 5 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{digits}");
        assert_eq!((asked.header("add-padding"), asked.fields.len()), ("true", 0));
        assert!(!asked.headers.iter().any(|(_, value)| value.contains(LEAKED)));
    }
    app.stop().await;
}

/// What a service does that does not answer.
fn silences() -> [Behaviour; 5] {
    [
        Behaviour::labelled(503, "text/plain", "later"),
        Behaviour::Reset,
        Behaviour::redirect("http://127.0.0.1:1/"),
        Behaviour::labelled(200, "text/html", "<h1>200</h1>"),
        Behaviour::labelled(404, "text/plain", ""),
    ]
}

async fn a04_without_an_answer_our_own_list_decides(db: TestDb) {
    let ranges = RangeServer::start(&[LEAKED], &[]).await;
    let app = start(db, &ranges, false).await;
    for (number, silence) in silences().into_iter().enumerate() {
        ranges.behave(Some(silence));
        join(&app, number, LEAKED).expect(201).await;
    }
    let problem = join(&app, 9, "P@ssw0rd").refused(422, "platform.invalid_fields").await;
    assert_eq!(fields(&problem), ["/password identity.password_common"]);
    // A service that is down is left alone, and nobody waits for it any more.
    ranges.behave(Some(Behaviour::Reset));
    for number in 10..16 {
        join(&app, number, LEAKED).expect(201).await;
    }
    let asked = ranges.asked().len();
    join(&app, 16, LEAKED).expect(201).await;
    assert_eq!(ranges.asked().len(), asked);
    app.stop().await;
}

async fn a04_without_an_answer_nobody_passes_where_operators_say_so(db: TestDb) {
    let ranges = RangeServer::start(&[LEAKED], &[]).await;
    let app = start(db, &ranges, true).await;
    for silence in silences() {
        ranges.behave(Some(silence));
        let reply = join(&app, 1, "Stormy-Day-42").send().await;
        assert_eq!(reply.status, 503, "{}", reply.text());
        assert_eq!(reply.json()["code"], "identity.password_check_unavailable");
        assert!(reply.header("retry-after").is_some());
    }
    ranges.behave(None);
    join(&app, 1, "Stormy-Day-42").expect(201).await;
    app.stop().await;
}
