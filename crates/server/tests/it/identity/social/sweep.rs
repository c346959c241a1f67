//! N15: what Naver tells once may be missed, and is found out all the same.

use std::{sync::Arc, time::Duration};

use madang_application::{
    identity::social::{LinkSweep, Swept},
    shared::Clock,
};
use madang_container::Registry;
use madang_testkit::{
    PASSWORD, TestApp, TestClock, TestDb,
    providers::{Behaviour, Service, Someone, StandIn, Step},
    text,
};
use serde_json::{Value, json};

use super::{link, linked, log_in};

madang_testkit::on_every_database!(
    n15_who_left_naver_unheard_is_found,
    n15_a_naver_that_denies_everybody_is_not_believed,
    n15_a_naver_that_is_away_denies_nobody,
);

const WEEK: Duration = Duration::from_hours(7 * 24);
const DAY: Duration = Duration::from_hours(24);

async fn start(db: TestDb, naver: &StandIn) -> (TestApp, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let mine = Arc::clone(&clock);
    let replace = |registry: &mut Registry| {
        registry.replace(move || Arc::clone(&mine) as Arc<dyn Clock>);
    };
    (TestApp::start_with(db, |config| naver.configure(config), replace).await, clock)
}

/// How many links a round after so much time ends.
async fn later(app: &TestApp, clock: &TestClock, time: Duration) -> usize {
    let swept = round(app, clock, time).await;
    assert!(swept.doubted.is_empty());
    swept.ended
}

async fn round(app: &TestApp, clock: &TestClock, time: Duration) -> Swept {
    clock.advance(time);
    app.running().container().get::<LinkSweep>().unwrap().round().await.unwrap()
}

/// Goes on with a login; answers the next pair, if it is alive.
async fn go_on(app: &TestApp, pair: &Value) -> Option<Value> {
    let reply =
        app.post("/v1/auth/refresh").json(json!({ "refreshToken": pair["refreshToken"] })).send().await;
    (reply.status == 200).then(|| reply.json())
}

async fn n15_who_left_naver_unheard_is_found(db: TestDb) {
    let naver = StandIn::start(Service::Naver).await;
    let (app, clock) = start(db, &naver).await;
    let leaver = log_in(&app, &naver, &Someone::new(7, "하늘")).await.expect(200);
    let stayer = log_in(&app, &naver, &Someone::new(8, "바다")).await.expect(200);
    let person = app.person("구름").await;
    link(&app, &naver, &person.token, &Someone::new(9, "구름")).await.expect(200);
    naver.forget(7);
    naver.forget(9);
    assert_eq!(later(&app, &clock, DAY).await, 0, "nobody is due yet");
    // One denial is none.
    assert_eq!(later(&app, &clock, WEEK).await, 0);
    let leaver = go_on(&app, &leaver).await.expect("still in");
    assert_eq!(later(&app, &clock, DAY / 2).await, 0, "nor is anybody asked about at once again");
    assert_eq!(later(&app, &clock, DAY).await, 2);
    assert!(go_on(&app, &leaver).await.is_none());
    let stayer = go_on(&app, &stayer).await.expect("still in");
    assert_eq!(linked(&app, &text(&stayer["accessToken"])).await, ["naver"]);
    // Consent brings the account back; where there was another way in, the link went.
    let again = log_in(&app, &naver, &Someone::new(7, "하늘")).await.expect(200);
    assert_eq!((&again["userId"], &again["firstLogin"]), (&leaver["userId"], &json!(false)));
    let pair = app.login(&person.email, PASSWORD).await;
    assert!(linked(&app, &text(&pair["accessToken"])).await.is_empty());
    assert_eq!(later(&app, &clock, WEEK).await, 0);
    app.stop().await;
}

async fn n15_a_naver_that_denies_everybody_is_not_believed(db: TestDb) {
    let naver = StandIn::start(Service::Naver).await;
    let (app, clock) = start(db, &naver).await;
    let mut pairs = Vec::new();
    for (key, name) in (1..).zip(["하나", "두울", "세엣", "네엣", "다섯"]) {
        pairs.push(log_in(&app, &naver, &Someone::new(key, name)).await.expect(200));
        naver.forget(key);
    }
    for wait in [WEEK, DAY, DAY] {
        let doubted = Swept { ended: 0, doubted: vec!["naver".to_owned()] };
        assert_eq!(round(&app, &clock, wait).await, doubted);
    }
    for pair in pairs {
        assert!(go_on(&app, &pair).await.is_some());
    }
    app.stop().await;
}

async fn n15_a_naver_that_is_away_denies_nobody(db: TestDb) {
    let naver = StandIn::start(Service::Naver).await;
    let (app, clock) = start(db, &naver).await;
    let pair = log_in(&app, &naver, &Someone::new(7, "하늘")).await.expect(200);
    naver.forget(7);
    for (wait, silence) in [
        (WEEK, Behaviour::json(503, "{}")),
        (DAY, Behaviour::Reset),
        (DAY, Behaviour::json(200, r#"{"error":"server_error"}"#)),
        (DAY, Behaviour::json(200, r#"{"error":"unauthorized_client"}"#)),
    ] {
        naver.next(Step::Token, silence);
        assert_eq!(later(&app, &clock, wait).await, 0);
    }
    assert!(go_on(&app, &pair).await.is_some());
    assert_eq!(later(&app, &clock, DAY).await, 0, "the first denial");
    assert_eq!(later(&app, &clock, DAY).await, 1);
    app.stop().await;
}
