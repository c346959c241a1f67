//! N15, A26: a provider hears that somebody left us, however long it was away itself.

use std::{sync::Arc, time::Duration};

use madang_application::shared::Clock;
use madang_testkit::{
    TestApp, TestClock, TestDb,
    providers::{ADMIN_KEY, Behaviour, Service, Someone, StandIn, Step},
    text,
};

use super::{link, linked, log_in, start, with_kakao};

madang_testkit::on_every_database!(
    n15_kakao_hears_that_a_link_was_cut,
    n15_a_provider_that_is_away_hears_it_later,
    n15_without_the_operators_key_a_token_does,
    n15_a_token_alone_is_enough_for_google,
    n15_a_dead_token_ends_the_matter,
    a26_every_provider_hears_of_a_withdrawal,
    a26_whoever_is_back_before_the_provider_hears_of_it_stays,
);

/// Until the provider has heard of somebody: the worker may have the message in hand.
async fn parted(app: &TestApp, provider: &StandIn) -> Vec<String> {
    app.settle().await;
    provider.parted()
}

async fn n15_kakao_hears_that_a_link_was_cut(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sea = app.person("바다").await;
    link(&app, &kakao, &sea.token, &Someone::new(8, "바다")).await.expect(200);
    app.delete("/v1/me/identities/kakao").bearer(&sea.token).expect(204).await;
    assert!(linked(&app, &sea.token).await.is_empty());
    assert_eq!(parted(&app, &kakao).await, ["8"]);
    // What Kakao itself ended is not told to Kakao.
    link(&app, &kakao, &sea.token, &Someone::new(9, "바다")).await.expect(200);
    app.get("/v1/auth/oauth/kakao/unlink?app_id=1&user_id=9")
        .header("authorization", format!("KakaoAK {ADMIN_KEY}"))
        .expect(200)
        .await;
    assert_eq!(parted(&app, &kakao).await, ["8"]);
    app.stop().await;
}

async fn n15_a_provider_that_is_away_hears_it_later(db: TestDb) {
    let naver = StandIn::start(Service::Naver).await;
    let clock = Arc::new(TestClock::default());
    let replacement = Arc::clone(&clock);
    let app = TestApp::start_with(
        db,
        |config| naver.configure(config),
        |registry| registry.replace(move || Arc::clone(&replacement) as Arc<dyn Clock>),
    )
    .await;
    let sea = app.person("바다").await;
    link(&app, &naver, &sea.token, &Someone::new(8, "바다")).await.expect(200);
    naver.next(Step::Parting, Behaviour::json(503, ""));
    app.delete("/v1/me/identities/naver").bearer(&sea.token).expect(204).await;
    assert!(parted(&app, &naver).await.is_empty());
    naver.next(Step::Parting, Behaviour::Reset);
    clock.advance(Duration::from_mins(1));
    assert!(parted(&app, &naver).await.is_empty());
    clock.advance(Duration::from_mins(1));
    assert_eq!(parted(&app, &naver).await, ["8"]);
    clock.advance(Duration::from_hours(24));
    assert_eq!(parted(&app, &naver).await, ["8"], "once is enough");
    app.stop().await;
}

async fn n15_without_the_operators_key_a_token_does(db: TestDb) {
    let kakao = StandIn::start(Service::Kakao).await;
    let configure = |config: &mut madang_server::config::Config| {
        kakao.configure(config);
        config.oauth.get_mut("kakao").unwrap().remove("admin_key");
    };
    let app = TestApp::start_with(db, configure, |_| {}).await;
    let sea = app.person("바다").await;
    link(&app, &kakao, &sea.token, &Someone::new(8, "바다")).await.expect(200);
    app.delete("/v1/me/identities/kakao").bearer(&sea.token).expect(204).await;
    assert_eq!(parted(&app, &kakao).await, ["8"]);
    app.stop().await;
}

/// The refresh token died meanwhile: there is nothing left to revoke, and nobody tries for a week.
async fn n15_a_dead_token_ends_the_matter(db: TestDb) {
    let kakao = StandIn::start(Service::Kakao).await;
    let clock = Arc::new(TestClock::default());
    let replacement = Arc::clone(&clock);
    let configure = |config: &mut madang_server::config::Config| {
        kakao.configure(config);
        config.oauth.get_mut("kakao").unwrap().remove("admin_key");
    };
    let replace = |registry: &mut madang_container::Registry| {
        registry.replace(move || Arc::clone(&replacement) as Arc<dyn Clock>);
    };
    let app = TestApp::start_with(db, configure, replace).await;
    let sea = app.person("바다").await;
    link(&app, &kakao, &sea.token, &Someone::new(8, "바다")).await.expect(200);
    let asked = kakao.exchanges();
    let dead = r#"{"error":"invalid_grant","error_description":"expired_or_invalid_refresh_token","error_code":"KOE322"}"#;
    kakao.next(Step::Token, Behaviour::json(400, dead));
    app.delete("/v1/me/identities/kakao").bearer(&sea.token).expect(204).await;
    assert!(parted(&app, &kakao).await.is_empty());
    for _ in 0..3 {
        clock.advance(Duration::from_hours(12));
        assert!(parted(&app, &kakao).await.is_empty());
    }
    assert_eq!(kakao.exchanges(), asked + 1);
    app.stop().await;
}

/// Google's protocol, at a service that speaks enough of it.
async fn n15_a_token_alone_is_enough_for_google(db: TestDb) {
    let stand_in = StandIn::start(Service::Kakao).await;
    let configure = |config: &mut madang_server::config::Config| {
        stand_in.configure(config);
        let keys = config.oauth.remove("kakao").unwrap();
        config.oauth.insert("google".to_owned(), keys);
    };
    let app = TestApp::start_with(db, configure, |_| {}).await;
    let sea = app.person("바다").await;
    let begun = app.get("/v1/auth/oauth/google/authorize").bearer(&sea.token).expect(200).await;
    let url = text(&begun["authorizationUrl"]);
    assert!(url.contains("access_type=offline"), "{url}");
    let back = stand_in.consent(&url, &Someone::new(8, "바다")).await;
    app.post("/v1/auth/oauth/google/callback").bearer(&sea.token).json(back.body()).expect(200).await;
    app.delete("/v1/me/identities/google").bearer(&sea.token).expect(204).await;
    assert_eq!(parted(&app, &stand_in).await, ["8"]);
    app.stop().await;
}

async fn a26_every_provider_hears_of_a_withdrawal(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let app = start(db, &[&kakao, &naver]).await;
    let pair = log_in(&app, &naver, &Someone::new(7, "하늘")).await.expect(200);
    let token = text(&pair["accessToken"]);
    let pair = link(&app, &kakao, &token, &Someone::new(8, "하늘")).await.expect(200);
    let token = text(&pair["accessToken"]);
    app.delete("/v1/me").bearer(&token).expect(204).await;
    assert_eq!(
        (parted(&app, &kakao).await, parted(&app, &naver).await),
        (vec!["8".into()], vec!["7".into()])
    );
    // They may come back, as somebody new.
    assert_eq!(log_in(&app, &naver, &Someone::new(7, "하늘")).await.expect(200)["firstLogin"], true);
    app.stop().await;
}

async fn a26_whoever_is_back_before_the_provider_hears_of_it_stays(db: TestDb) {
    let kakao = StandIn::start(Service::Kakao).await;
    let clock = Arc::new(TestClock::default());
    let replacement = Arc::clone(&clock);
    let app = TestApp::start_with(
        db,
        |config| kakao.configure(config),
        |registry| registry.replace(move || Arc::clone(&replacement) as Arc<dyn Clock>),
    )
    .await;
    let (sky, sea) = (Someone::new(8, "하늘"), Someone::new(9, "바다"));
    for someone in [&sky, &sea] {
        let pair = log_in(&app, &kakao, someone).await.expect(200);
        kakao.next(Step::Parting, Behaviour::json(503, ""));
        app.delete("/v1/me").bearer(text(&pair["accessToken"])).expect(204).await;
        assert!(parted(&app, &kakao).await.is_empty());
    }
    assert_eq!(log_in(&app, &kakao, &sky).await.expect(200)["firstLogin"], true);
    clock.advance(Duration::from_mins(2));
    assert_eq!(parted(&app, &kakao).await, ["9"], "only who is away is away");
    app.stop().await;
}
