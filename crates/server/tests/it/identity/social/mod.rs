//! A18–A24: logging in at Kakao, Naver and whoever speaks OpenID Connect.

mod certified;
mod completion;
mod everywhere;
mod faults;
mod linking;
mod login;
mod moments;
mod partings;
mod resting;
mod sweep;
mod unlinking;

pub(super) use certified::is_fetched;

use madang_testkit::{
    Call, Reply, TestApp, TestDb,
    providers::{Back, Service, Someone, StandIn},
    text,
};
use serde_json::{Value, json};

/// The program with these providers.
async fn start(db: TestDb, providers: &[&StandIn]) -> TestApp {
    TestApp::start_with(db, |config| providers.iter().for_each(|provider| provider.configure(config)), |_| {})
        .await
}

/// The program with a Kakao of its own.
async fn with_kakao(db: TestDb) -> (TestApp, StandIn) {
    let kakao = StandIn::start(Service::Kakao).await;
    (start(db, &[&kakao]).await, kakao)
}

/// Begins a login, or a link for the owner of this token.
async fn begin(app: &TestApp, provider: &StandIn, token: Option<&str>) -> Value {
    let call = app.get(&format!("/v1/auth/oauth/{}/authorize", provider.name()));
    let call = match token {
        Some(token) => call.bearer(token),
        None => call,
    };
    call.expect(200).await
}

/// Begins a login and consents.
async fn consent(app: &TestApp, provider: &StandIn, someone: &Someone) -> Back {
    let begun = begin(app, provider, None).await;
    provider.consent(&text(&begun["authorizationUrl"]), someone).await
}

/// The call that finishes it.
fn finish(app: &TestApp, provider: &StandIn, back: &Back) -> Call {
    app.post(&format!("/v1/auth/oauth/{}/callback", provider.name())).json(back.body())
}

/// All of it.
async fn log_in(app: &TestApp, provider: &StandIn, someone: &Someone) -> Reply {
    let back = consent(app, provider, someone).await;
    finish(app, provider, &back).send().await
}

/// Links a provider to the account of this token.
async fn link(app: &TestApp, provider: &StandIn, token: &str, someone: &Someone) -> Reply {
    let begun = begin(app, provider, Some(token)).await;
    let back = provider.consent(&text(&begun["authorizationUrl"]), someone).await;
    finish(app, provider, &back).bearer(token).send().await
}

/// `GET /v1/me` with the tokens of a login.
async fn me(app: &TestApp, pair: &Value) -> Value {
    app.get("/v1/me").bearer(text(&pair["accessToken"])).expect(200).await
}

/// The names of the linked providers.
async fn linked(app: &TestApp, token: &str) -> Vec<String> {
    let list = app.get("/v1/me/identities").bearer(token).expect(200).await;
    list["items"].as_array().unwrap().iter().map(|item| text(&item["provider"])).collect()
}

/// Expects a refusal.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (status, &json!(code)), "{}", reply.text());
}
