//! A18, A20, N15: who finishes a login, and until when.

use std::{sync::Arc, time::Duration};

use madang_application::shared::Clock;
use madang_testkit::{
    TestApp, TestClock, TestDb,
    providers::{Service, Someone, StandIn},
};

use super::{consent, finish, start};
use crate::identity::sessions::elsewhere_with;

madang_testkit::on_every_database!(
    a18_any_process_finishes_what_another_began,
    a20_a_login_is_over_after_ten_minutes,
    a20_of_many_at_once_one_finishes_a_login,
);

async fn a18_any_process_finishes_what_another_began(db: TestDb) {
    let kakao = StandIn::start(Service::Kakao).await;
    let url = db.url().to_owned();
    let app = start(db, &[&kakao]).await;
    let other = elsewhere_with(&app, &url, |config| kakao.configure(config)).await;
    let back = consent(&app, &kakao, &Someone::new(1, "하늘")).await;
    let there = format!("http://{}/v1/auth/oauth/kakao/callback", other.address);
    // The double click reaches both.
    let (here, there) = (finish(&app, &kakao, &back), app.post(&there).json(back.body()));
    let (here, there) = tokio::join!(here.send(), there.send());
    let mut statuses = [here.status.as_u16(), there.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!((statuses, kakao.exchanges()), ([200, 422], 1));
    other.stop().await;
    app.stop().await;
}

async fn a20_a_login_is_over_after_ten_minutes(db: TestDb) {
    let kakao = StandIn::start(Service::Kakao).await;
    let clock = Arc::new(TestClock::default());
    let replacement = Arc::clone(&clock);
    let app = TestApp::start_with(
        db,
        |config| kakao.configure(config),
        |registry| registry.replace(move || Arc::clone(&replacement) as Arc<dyn Clock>),
    )
    .await;
    let (late, timely) = (
        consent(&app, &kakao, &Someone::new(1, "하늘")).await,
        consent(&app, &kakao, &Someone::new(2, "바다")).await,
    );
    clock.advance(Duration::from_secs(599));
    finish(&app, &kakao, &timely).expect(200).await;
    clock.advance(Duration::from_secs(1));
    finish(&app, &kakao, &late).refused(422, "identity.oauth_state_invalid").await;
    assert_eq!(kakao.exchanges(), 1);
    app.stop().await;
}

async fn a20_of_many_at_once_one_finishes_a_login(db: TestDb) {
    let kakao = StandIn::start(Service::Kakao).await;
    let app = start(db, &[&kakao]).await;
    let back = consent(&app, &kakao, &Someone::new(1, "하늘")).await;
    // Each with the same key: one effect, and nobody hears anything but the one answer.
    let calls =
        (0..20).map(|_| finish(&app, &kakao, &back).header("idempotency-key", "0123456789abcdef").send());
    let mut answers = Vec::new();
    for reply in futures_util::future::join_all(calls).await {
        match reply.status.as_u16() {
            200 => answers.push(reply.json()),
            409 => assert_eq!(reply.json()["code"], "platform.idempotency_key_busy"),
            status => panic!("{status}: {}", reply.text()),
        }
    }
    assert!(!answers.is_empty() && answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(kakao.exchanges(), 1);
    app.stop().await;
}
