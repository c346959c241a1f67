//! a provider that is down is left alone for a while, and nobody waits for it.

use std::{sync::Arc, time::Duration};

use madang_application::shared::Clock;
use madang_testkit::{
    Reply, TestApp, TestClock, TestDb,
    providers::{Behaviour, Service, Someone, StandIn, Step},
};

use super::{consent, finish, log_in, refused};

madang_testkit::on_every_database!(a20_a_provider_that_is_down_is_left_alone_for_a_while);

const CODE: &str = "identity.oauth_unavailable";

fn rests(reply: &Reply) {
    refused(reply, 503, CODE);
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
}

async fn a20_a_provider_that_is_down_is_left_alone_for_a_while(db: TestDb) {
    let (kakao, naver) = (StandIn::start(Service::Kakao).await, StandIn::start(Service::Naver).await);
    let clock = Arc::new(TestClock::default());
    let replacement = Arc::clone(&clock);
    let configure = |config: &mut madang_server::config::Config| {
        kakao.configure(config);
        naver.configure(config);
    };
    let replace = |registry: &mut madang_container::Registry| {
        registry.replace(move || Arc::clone(&replacement) as Arc<dyn Clock>);
    };
    let app = TestApp::start_with(db, configure, replace).await;
    let sky = Someone::new(1, "하늘");
    let (one, two) = (consent(&app, &kakao, &sky).await, consent(&app, &kakao, &sky).await);
    for _ in 0..5 {
        kakao.next(Step::Token, Behaviour::json(503, ""));
        refused(&log_in(&app, &kakao, &sky).await, 503, CODE);
    }
    // Nobody is asked, and nobody is sent there.
    rests(&finish(&app, &kakao, &one).send().await);
    rests(&app.get("/v1/auth/oauth/kakao/authorize").send().await);
    assert_eq!(kakao.exchanges(), 5);
    // Others are not in it.
    log_in(&app, &naver, &Someone::new(2, "바다")).await.expect(200);
    clock.advance(Duration::from_secs(5));
    // One tries, in vain: twice the time.
    kakao.next(Step::Token, Behaviour::Reset);
    refused(&finish(&app, &kakao, &two).send().await, 503, CODE);
    clock.advance(Duration::from_secs(9));
    rests(&app.get("/v1/auth/oauth/kakao/authorize").send().await);
    assert_eq!(kakao.exchanges(), 6);
    clock.advance(Duration::from_secs(1));
    log_in(&app, &kakao, &sky).await.expect(200);
    log_in(&app, &kakao, &sky).await.expect(200);
    app.stop().await;
}
