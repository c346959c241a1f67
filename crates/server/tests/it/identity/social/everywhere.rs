//! A20, N15: what any provider may get wrong, at every provider and in both of their protocols.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use madang_server::config::Config;
use madang_testkit::{
    Reply, TestApp, TestDb,
    providers::{Back, Behaviour, Forgery, Service, Someone, StandIn, Step, Twist},
    text,
};
use serde_json::{Value, json};

use super::refused;

madang_testkit::on_every_database!(
    a20_the_plain_protocols_survive_every_fault,
    a20_openid_connect_survives_every_fault_everywhere,
    a20_every_fault_of_google_has_its_code,
    a20_a_provider_that_is_slow_is_unavailable,
    n15_a_forged_id_token_lets_nobody_in,
    n15_what_was_refused_can_be_asked_for_again,
);

const MISCONFIGURED: (u16, &str) = (503, "identity.oauth_misconfigured");
const UNAVAILABLE: (u16, &str) = (503, "identity.oauth_unavailable");
const UNTRUSTED: (u16, &str) = (503, "identity.oauth_answer_invalid");
const CODE: (u16, &str) = (422, "identity.oauth_code_invalid");

/// A text no answer of ours may contain.
const LEAK: &str = "wKnbJ7Q-of-the-provider";

/// A provider under its name; Google and any issuer are stood in for by one that speaks OpenID
/// Connect and nothing else.
struct Way {
    name: &'static str,
    stand_in: StandIn,
}

impl Way {
    async fn plain() -> Vec<Self> {
        let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
        vec![Self { name: "kakao", stand_in: kakao }, Self { name: "naver", stand_in: naver }]
    }

    async fn oidc() -> Vec<Self> {
        let mut ways = Vec::new();
        for (name, service) in [
            ("kakao", Service::Kakao),
            ("naver", Service::Naver),
            ("google", Service::Kakao),
            ("village", Service::Kakao),
        ] {
            ways.push(Self { name, stand_in: StandIn::start_oidc(service).await });
        }
        ways
    }

    fn configure(&self, config: &mut Config) {
        if self.name == self.stand_in.name() {
            return self.stand_in.configure(config);
        }
        let mut own = Config::default();
        self.stand_in.configure(&mut own);
        let mut keys = own.oauth.remove(self.stand_in.name()).unwrap();
        for name in ["userinfo_url", "unlink_url", "admin_key"] {
            keys.remove(name);
        }
        config.oauth.insert(self.name.to_owned(), keys);
        config.oauth.entry("redirects".to_owned()).or_insert(own.oauth.remove("redirects").unwrap());
    }

    async fn begin(&self, app: &TestApp) -> Value {
        app.get(&format!("/v1/auth/oauth/{}/authorize", self.name)).expect(200).await
    }

    async fn consent(&self, app: &TestApp, someone: &Someone) -> Back {
        self.stand_in.consent(&text(&self.begin(app).await["authorizationUrl"]), someone).await
    }

    async fn finish(&self, app: &TestApp, code: &str, state: &str) -> Reply {
        let body = json!({ "code": code, "state": state });
        app.post(&format!("/v1/auth/oauth/{}/callback", self.name)).json(body).send().await
    }

    async fn log_in(&self, app: &TestApp, someone: &Someone) -> Reply {
        let back = self.consent(app, someone).await;
        self.finish(app, back.code(), back.state()).await
    }

    /// Whether a person's name and address come from a profile call.
    fn has_profile(&self) -> bool {
        self.name == self.stand_in.name()
    }
}

async fn start(db: TestDb, ways: &[Way]) -> TestApp {
    TestApp::start_with(db, |config| ways.iter().for_each(|way| way.configure(config)), |_| {}).await
}

/// Answers that are wrong wherever they come from.
fn faults() -> Vec<(Behaviour, (u16, &'static str))> {
    let html = || format!("<!doctype html><h1>{LEAK}</h1>");
    vec![
        (Behaviour::json(429, LEAK), UNAVAILABLE),
        (Behaviour::json(500, LEAK), UNAVAILABLE),
        (Behaviour::json(503, ""), UNAVAILABLE),
        (Behaviour::Reset, UNAVAILABLE),
        (Behaviour::redirect("http://127.0.0.1:1/elsewhere"), UNTRUSTED),
        (Behaviour::labelled(200, "text/html", html()), UNTRUSTED),
        (Behaviour::labelled(400, "text/html", html()), UNTRUSTED),
        (Behaviour::json(200, vec![b' '; 1_000_000]), UNTRUSTED),
        (Behaviour::json(200, ""), UNTRUSTED),
        (Behaviour::json(200, "{"), UNTRUSTED),
        (Behaviour::json(200, b"\xff\xfe".to_vec()), UNTRUSTED),
    ]
}

/// Right answers in an unusual form, which must do no harm.
const HARMLESS: [(&str, Twist); 9] = [
    ("an unknown member", |mut body| {
        body["later"] = json!({ "x": [1, null] });
        body.to_string().into_bytes()
    }),
    ("no scope and no type", |mut body| {
        let members = body.as_object_mut().unwrap();
        members.remove("scope");
        members.remove("token_type");
        body.to_string().into_bytes()
    }),
    ("a scope of null", |mut body| {
        body["scope"] = Value::Null;
        body.to_string().into_bytes()
    }),
    ("a life as text", |mut body| {
        body["expires_in"] = json!("21599");
        body.to_string().into_bytes()
    }),
    ("a life as a number", |mut body| {
        body["expires_in"] = json!(3600);
        body.to_string().into_bytes()
    }),
    ("a life of null", |mut body| {
        body["expires_in"] = Value::Null;
        body.to_string().into_bytes()
    }),
    ("a type in capitals", |mut body| {
        body["token_type"] = json!("BEARER");
        body.to_string().into_bytes()
    }),
    ("no refresh token", |mut body| {
        body["refresh_token"] = Value::Null;
        body.to_string().into_bytes()
    }),
    ("a byte order mark", |body| format!("\u{feff}{body}").into_bytes()),
];

async fn survives(app: &TestApp, way: &Way, person: &Someone) {
    let steps = if way.has_profile() { &[Step::Token, Step::Profile][..] } else { &[Step::Token] };
    for step in steps {
        for (behaviour, (status, code)) in faults() {
            let label = format!("{} {step:?} {behaviour:?}", way.name);
            way.stand_in.next(*step, behaviour);
            let reply = way.log_in(app, person).await;
            let found = (reply.status.as_u16(), text(&reply.json()["code"]));
            assert_eq!(found, (status, code.to_owned()), "{}", &label[..label.len().min(200)]);
            assert!(!reply.text().contains(LEAK), "{}", reply.text());
            assert!(reply.header("retry-after").is_some());
        }
    }
    let first = way.log_in(app, person).await.expect(200);
    assert_eq!(first["firstLogin"], true, "{}: no fault left an account behind", way.name);
    for (what, twist) in HARMLESS {
        way.stand_in.twist(Step::Token, twist);
        let reply = way.log_in(app, person).await;
        assert_eq!(reply.status, 200, "{} with {what}: {}", way.name, reply.text());
        assert_eq!(reply.json()["userId"], first["userId"], "{} with {what}", way.name);
    }
    // The person may have another address there by now; the account is the same.
    let moved = way.log_in(app, &person.clone().with_email("moved@example.com")).await.expect(200);
    assert_eq!((&moved["userId"], &moved["firstLogin"]), (&first["userId"], &json!(false)));
}

/// Codes and states that were used, taken from somebody else or made up.
async fn codes_are_good_once(app: &TestApp, way: &Way, person: &Someone, other: &Someone) {
    let state = (422, "identity.oauth_state_invalid");
    let used = way.consent(app, person).await;
    way.finish(app, used.code(), used.state()).await.expect(200);
    let foreign = way.consent(app, other).await;
    for code in [used.code(), foreign.code(), "invented"] {
        let live = way.consent(app, person).await;
        let reply = way.finish(app, code, live.state()).await;
        refused(&reply, CODE.0, CODE.1);
    }
    let asked = way.stand_in.exchanges();
    for wrong in [used.state(), "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let live = way.consent(app, person).await;
        refused(&way.finish(app, live.code(), wrong).await, state.0, state.1);
    }
    let begun = way.begin(app).await;
    let path = format!("/v1/auth/oauth/{}/callback", way.name);
    app.get(&format!("{path}?error=access_denied&state={}", text(&begun["state"])))
        .refused(403, "identity.oauth_denied")
        .await;
    assert_eq!(way.stand_in.exchanges(), asked, "{}: nothing of this is the provider's business", way.name);
    // The double click.
    let back = way.consent(app, person).await;
    let (one, two) =
        tokio::join!(way.finish(app, back.code(), back.state()), way.finish(app, back.code(), back.state()));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!((statuses, way.stand_in.exchanges()), ([200, 422], asked + 1), "{}", way.name);
    // Sent back to another of our addresses than they were sent from.
    let url = text(&way.begin(app).await["authorizationUrl"]).replace("app.example", "www.example");
    let back = way.stand_in.consent(&url, person).await;
    // Naver has the same word for this as for a used code.
    let (status, code) = if way.name == "naver" { CODE } else { MISCONFIGURED };
    refused(&way.finish(app, back.code(), back.state()).await, status, code);
    // Its keys may change between two logins.
    way.stand_in.signer().rotate();
    way.log_in(app, person).await.expect(200);
}

async fn a20_the_plain_protocols_survive_every_fault(db: TestDb) {
    survive_all(db, Way::plain().await).await;
}

async fn a20_openid_connect_survives_every_fault_everywhere(db: TestDb) {
    survive_all(db, Way::oidc().await).await;
}

async fn survive_all(db: TestDb, ways: Vec<Way>) {
    let app = start(db, &ways).await;
    for (way, key) in ways.iter().zip(1..) {
        // An address of one provider would be in the way of the next.
        let (person, other) = (Someone::new(key, "하늘"), Someone::new(key + 100, "바다"));
        survives(&app, way, &person).await;
        codes_are_good_once(&app, way, &person, &other).await;
    }
    app.stop().await;
}

async fn a20_every_fault_of_google_has_its_code(db: TestDb) {
    let ways: Vec<Way> = Way::oidc().await.into_iter().filter(|way| way.name == "google").collect();
    let app = start(db, &ways).await;
    let google = &ways[0];
    let error = |status, error: &str| {
        Behaviour::json(status, json!({ "error": error, "error_description": LEAK }).to_string())
    };
    let cases = [
        (error(400, "invalid_grant"), CODE),
        (error(400, "redirect_uri_mismatch"), MISCONFIGURED),
        (error(401, "invalid_client"), MISCONFIGURED),
        (error(400, "invalid_request"), MISCONFIGURED),
        (error(401, "unauthorized_client"), MISCONFIGURED),
        (error(400, "never_heard_of"), UNTRUSTED),
        // Without the id token that was asked for nobody is known.
        (Behaviour::json(200, r#"{"access_token":"a","token_type":"Bearer","expires_in":3599}"#), UNTRUSTED),
    ];
    for (behaviour, (status, code)) in cases {
        let label = format!("{behaviour:?}");
        google.stand_in.next(Step::Token, behaviour);
        let reply = google.log_in(&app, &Someone::new(1, "하늘")).await;
        assert!(!reply.text().contains(LEAK), "{label}");
        let found = (reply.status.as_u16(), text(&reply.json()["code"]));
        assert_eq!(found, (status, code.to_owned()), "{label}");
    }
    let first = google.log_in(&app, &Someone::new(1, "하늘")).await.expect(200);
    assert_eq!(first["firstLogin"], true);
    app.stop().await;
}

/// All of them at once, so that it takes the time of one.
async fn a20_a_provider_that_is_slow_is_unavailable(db: TestDb) {
    let ways = Way::oidc().await;
    let app = start(db, &ways).await;
    let slow = ways.iter().zip(1..).map(async |(way, key)| {
        let back = way.consent(&app, &Someone::new(key, "하늘")).await;
        way.stand_in.next(Step::Token, Behaviour::Drip);
        let began = Instant::now();
        let reply = way.finish(&app, back.code(), back.state()).await;
        refused(&reply, UNAVAILABLE.0, UNAVAILABLE.1);
        began.elapsed()
    });
    for waited in join_all(slow).await {
        // Five seconds, and what a busy machine adds; the body would take a quarter of an hour.
        assert!(waited < Duration::from_secs(30), "{waited:?}");
    }
    app.stop().await;
}

async fn n15_a_forged_id_token_lets_nobody_in(db: TestDb) {
    let ways = Way::oidc().await;
    let app = start(db, &ways).await;
    for (way, key) in ways.iter().zip(1..) {
        let person = Someone::new(key, "하늘");
        for forgery in FORGERIES {
            // Naver does not promise to give the nonce back, nor that the subject is its own id; and the
            // others have nothing to compare the subject with: the issuer itself says who it is.
            let harmless = (forgery == Forgery::NoNonce && way.name == "naver")
                || (forgery == Forgery::Subject && way.name != "kakao");
            if harmless {
                continue;
            }
            way.stand_in.forge(forgery);
            let reply = way.log_in(&app, &person).await;
            assert_eq!(reply.status, 503, "{} {forgery:?}: {}", way.name, reply.text());
            refused(&reply, UNTRUSTED.0, UNTRUSTED.1);
        }
        // Another issuer's answer: the code does not even leave the house (RFC 9207).
        let back = way.consent(&app, &person).await;
        let asked = way.stand_in.exchanges();
        let body = json!({ "code": back.code(), "state": back.state(), "iss": "https://evil.example" });
        let path = format!("/v1/auth/oauth/{}/callback", way.name);
        app.post(&path).json(body).refused(UNTRUSTED.0, UNTRUSTED.1).await;
        assert_eq!(way.stand_in.exchanges(), asked);
        let first = way.log_in(&app, &person).await.expect(200);
        assert_eq!(first["firstLogin"], true, "{}: none of them left an account behind", way.name);
        way.stand_in.forge(Forgery::SkewedClock);
        way.log_in(&app, &person).await.expect(200);
    }
    app.stop().await;
}

const FORGERIES: [Forgery; 14] = [
    Forgery::Unsigned,
    Forgery::PublicKeyAsSecret,
    Forgery::Stranger,
    Forgery::UnknownKey,
    Forgery::Audience,
    Forgery::Issuer,
    Forgery::Nonce,
    Forgery::NoNonce,
    Forgery::Party,
    Forgery::Early,
    Forgery::Expired,
    Forgery::Subject,
    Forgery::AccessToken,
    Forgery::Cut,
];

/// Naver never asks by itself for what was refused once, so a person would be shut out for good.
async fn n15_what_was_refused_can_be_asked_for_again(db: TestDb) {
    let ways = Way::oidc().await;
    let app = start(db, &ways).await;
    for way in &ways {
        let path = format!("/v1/auth/oauth/{}/authorize", way.name);
        let added = match way.name {
            "naver" => "auth_type=reprompt",
            "kakao" => "",
            _ => "prompt=consent",
        };
        let again = text(&app.get(&format!("{path}?askAgain=true")).expect(200).await["authorizationUrl"]);
        assert!(again.contains(added), "{again}");
        for query in ["", "?askAgain=false"] {
            let url = text(&app.get(&format!("{path}{query}")).expect(200).await["authorizationUrl"]);
            assert!(!url.contains("reprompt") && !url.contains("prompt="), "{url}");
        }
    }
    let naver = &ways[1];
    let shy = Someone { email: None, ..Someone::new(1, "하늘") };
    refused(&naver.log_in(&app, &shy).await, 422, "identity.oauth_email_missing");
    let path = "/v1/auth/oauth/naver/authorize?askAgain=true";
    let url = text(&app.get(path).expect(200).await["authorizationUrl"]);
    let back = naver.stand_in.consent(&url, &Someone::new(1, "하늘")).await;
    assert_eq!(naver.finish(&app, back.code(), back.state()).await.expect(200)["firstLogin"], true);
    app.stop().await;
}
