//! A21: a certified OpenID provider that nobody here wrote (npm `oidc-provider`), as Google and as
//! any other issuer.
//!
//! `scripts/fetch-oidc-provider.sh` fetches it; without it these tests say so and do nothing, unless
//! `REQUIRE_OIDC=1`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use madang_server::config::Config;
use madang_testkit::{
    TestApp, TestDb,
    providers::{Back, CLIENT, SECRET},
    text,
};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use url::Url;

use super::refused;

madang_testkit::on_every_database!(
    a21_google_tells_who_it_is,
    a21_any_issuer_will_do,
    a20_a_certified_provider_says_no,
    n15_a_certified_provider_hears_that_a_link_was_cut,
);

const REDIRECT: &str = "https://app.example/login/done";

/// The provider, running; killed when dropped.
struct Certified {
    issuer: String,
    /// The names of those whose tokens were revoked.
    revoked: Arc<Mutex<Vec<String>>>,
    _process: Child,
}

/// Whether it is there; says so where it is not.
#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
pub(in crate::identity) fn is_fetched(root: &Path) -> bool {
    let fetched = root.join("target/oidc-provider/complete").exists();
    if !fetched {
        let required = std::env::var("REQUIRE_OIDC").as_deref() == Ok("1");
        assert!(!required, "REQUIRE_OIDC=1, but there is no provider");
        eprintln!("skipped: no OpenID provider (scripts/fetch-oidc-provider.sh fetches it)");
    }
    fetched
}

impl Certified {
    /// `None` where it was not fetched.
    async fn start(auth_method: &str) -> Option<Self> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        if !is_fetched(&root) {
            return None;
        }
        let mut process = Command::new("node")
            .arg("scripts/oidc-provider.mjs")
            .arg(REDIRECT)
            .env("AUTH_METHOD", auth_method)
            .current_dir(root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node can be started");
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        loop {
            let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await;
            let line = line.expect("ready within 30 s").expect("readable").expect("it goes on");
            if let Some(issuer) = line.strip_prefix("ready ") {
                let revoked = Arc::<Mutex<Vec<String>>>::default();
                let heard = Arc::clone(&revoked);
                // It goes on writing, and would die of a pipe that nobody reads.
                tokio::spawn(async move {
                    while let Ok(Some(line)) = lines.next_line().await {
                        if let Some(name) = line.strip_prefix("revoked ") {
                            heard.lock().unwrap().push(name.to_owned());
                        }
                    }
                });
                return Some(Self { issuer: issuer.to_owned(), revoked, _process: process });
            }
        }
    }

    fn configure(&self, name: &str, secret: &str, config: &mut Config) {
        let keys = [("client_id", CLIENT), ("client_secret", secret), ("issuer", &self.issuer)];
        let keys: BTreeMap<_, _> =
            keys.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        config.oauth.insert(name.to_owned(), keys);
        config.oauth.entry("redirects".to_owned()).or_default().insert("web".to_owned(), REDIRECT.into());
    }

    /// Goes through its pages as a browser would: says who one is, agrees, and comes back.
    async fn consent(&self, authorization_url: &str, name: &str) -> Back {
        let browser =
            Client::builder().redirect(Policy::none()).pool_max_idle_per_host(0).build().expect("a client");
        let mut cookies: BTreeMap<String, String> = BTreeMap::new();
        let mut url = Url::parse(authorization_url).expect("an address");
        for _ in 0..20 {
            let jar = |cookies: &BTreeMap<String, String>| {
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
            };
            let mut answer =
                browser.get(url.clone()).header("cookie", jar(&cookies)).send().await.expect("an answer");
            keep(&mut cookies, &answer);
            if answer.status() == 200 {
                let page = answer.text().await.expect("a page");
                let prompt = if page.contains("name=\"login\"") { "login" } else { "consent" };
                let form = format!("prompt={prompt}&login={name}&password=x");
                let post = browser.post(url.clone()).header("cookie", jar(&cookies)).body(form);
                let post = post.header("content-type", "application/x-www-form-urlencoded");
                answer = post.send().await.expect("an answer");
                keep(&mut cookies, &answer);
            }
            let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
            url = url.join(location.expect("it goes on")).expect("an address");
            if url.as_str().starts_with(REDIRECT) {
                return Back {
                    fields: url.query_pairs().into_owned().collect(),
                    redirect: REDIRECT.to_owned(),
                };
            }
        }
        panic!("the provider does not come to an end");
    }
}

fn keep(cookies: &mut BTreeMap<String, String>, answer: &Response) {
    for cookie in answer.headers().get_all("set-cookie") {
        let pair = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

async fn start(db: TestDb, provider: &Certified, name: &str, secret: &str) -> TestApp {
    TestApp::start_with(db, |config| provider.configure(name, secret, config), |_| {}).await
}

async fn consent(app: &TestApp, provider: &Certified, name: &str, person: &str) -> Back {
    let begun = app.get(&format!("/v1/auth/oauth/{name}/authorize?redirectProfile=web")).expect(200).await;
    provider.consent(&text(&begun["authorizationUrl"]), person).await
}

fn body(back: &Back) -> Value {
    json!({ "code": back.code(), "state": back.state(), "iss": back.fields["iss"] })
}

async fn a21_google_tells_who_it_is(db: TestDb) {
    let Some(google) = Certified::start("client_secret_post").await else { return };
    let app = start(db, &google, "google", SECRET).await;
    let log_in = async |person: &str| {
        let back = consent(&app, &google, "google", person).await;
        app.post("/v1/auth/oauth/google/callback").json(body(&back)).expect(200).await
    };
    let first = log_in("sky").await;
    assert_eq!((&first["firstLogin"], &first["profileComplete"]), (&json!(true), &json!(false)));
    let account = app.get("/v1/me").bearer(text(&first["accessToken"])).expect(200).await;
    assert_eq!((&account["email"], &account["emailVerified"]), (&json!("sky@gmail.com"), &json!(true)));
    assert_eq!((&account["provider"], &account["nickname"]), (&json!("google"), &json!("sky")));
    let again = log_in("sky").await;
    assert_eq!((&again["userId"], &again["firstLogin"]), (&first["userId"], &json!(false)));
    let unproven = log_in("unsure").await;
    let account = app.get("/v1/me").bearer(text(&unproven["accessToken"])).expect(200).await;
    assert_eq!(account["emailVerified"], false);
    app.stop().await;
}

async fn a21_any_issuer_will_do(db: TestDb) {
    let Some(village) = Certified::start("client_secret_basic").await else { return };
    let app = start(db, &village, "village", SECRET).await;
    let list = app.get("/v1/auth/oauth/providers").expect(200).await;
    assert_eq!(list["items"][0]["provider"], "village");
    // In a browser: the issuer always names itself there, so it must (RFC 9207).
    let callback = |fields: &BTreeMap<String, String>| {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        app.get(&format!("/v1/auth/oauth/village/callback?{query}"))
    };
    let untrusted = "identity.oauth_answer_invalid";
    let mut back = consent(&app, &village, "village", "sky").await;
    back.fields.remove("iss");
    refused(&callback(&back.fields).send().await, 503, untrusted);
    let mut back = consent(&app, &village, "village", "sky").await;
    back.fields.insert("iss".to_owned(), "https://evil.example".to_owned());
    refused(&callback(&back.fields).send().await, 503, untrusted);
    let back = consent(&app, &village, "village", "sky").await;
    let first = callback(&back.fields).expect(200).await;
    assert_eq!(first["firstLogin"], true);
    // A program that hands over the code alone.
    let back = consent(&app, &village, "village", "sky").await;
    let again = app.post("/v1/auth/oauth/village/callback").json(back.body()).expect(200).await;
    assert_eq!(again["userId"], first["userId"]);
    app.stop().await;
}

async fn a20_a_certified_provider_says_no(db: TestDb) {
    let Some(village) = Certified::start("client_secret_post").await else { return };
    let app = start(db, &village, "village", SECRET).await;
    let callback = |code: &str, state: &str| {
        app.post("/v1/auth/oauth/village/callback").json(json!({ "code": code, "state": state }))
    };
    let used = consent(&app, &village, "village", "sky").await;
    callback(used.code(), used.state()).expect(200).await;
    // The used code, a foreign code and an invented one, each under a live state.
    let foreign = consent(&app, &village, "village", "sea").await;
    for code in [used.code(), foreign.code(), "invented"] {
        let live = consent(&app, &village, "village", "sky").await;
        callback(code, live.state()).refused(422, "identity.oauth_code_invalid").await;
    }
    app.stop().await;
    let db = TestDb::sqlite().await;
    let app = start(db, &village, "village", "another secret").await;
    let back = consent(&app, &village, "village", "sky").await;
    app.post("/v1/auth/oauth/village/callback")
        .json(body(&back))
        .refused(503, "identity.oauth_misconfigured")
        .await;
    app.stop().await;
}

/// RFC 7009: its secret is named in the header by one of them and in the body by the other.
async fn n15_a_certified_provider_hears_that_a_link_was_cut(db: TestDb) {
    let Some(village) = Certified::start("client_secret_basic").await else { return };
    let Some(google) = Certified::start("client_secret_post").await else { return };
    let app = TestApp::start_with(
        db,
        |config| {
            village.configure("village", SECRET, config);
            google.configure("town", SECRET, config);
        },
        |_| {},
    )
    .await;
    let sea = app.person("바다").await;
    for (name, provider) in [("village", &village), ("town", &google)] {
        let path = format!("/v1/auth/oauth/{name}/authorize?redirectProfile=web");
        let begun = app.get(&path).bearer(&sea.token).expect(200).await;
        let back = provider.consent(&text(&begun["authorizationUrl"]), "sea").await;
        let path = format!("/v1/auth/oauth/{name}/callback");
        app.post(&path).bearer(&sea.token).json(body(&back)).expect(200).await;
        assert!(provider.revoked.lock().unwrap().is_empty());
        app.delete(&format!("/v1/me/identities/{name}")).bearer(&sea.token).expect(204).await;
        app.settle().await;
        // What it prints takes a moment to get here.
        let begun = Instant::now();
        while *provider.revoked.lock().unwrap() != ["sea"] {
            assert!(begun.elapsed() < Duration::from_secs(30), "{name} was not told");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    app.stop().await;
}
