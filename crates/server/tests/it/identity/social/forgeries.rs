//! N15: id tokens that prove nothing, at a provider with OpenID Connect.

use madang_testkit::{
    TestDb,
    providers::{Forgery, Service, Someone, StandIn},
};

use super::{log_in, refused, start};

madang_testkit::on_every_database!(n15_a_forged_id_token_lets_nobody_in);

async fn n15_a_forged_id_token_lets_nobody_in(db: TestDb) {
    let kakao = StandIn::start_oidc(Service::Kakao).await;
    let app = start(db, &[&kakao]).await;
    let sky = Someone::new(1, "하늘");
    for forgery in [
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
    ] {
        kakao.forge(forgery);
        let reply = log_in(&app, &kakao, &sky).await;
        assert_eq!(reply.status, 503, "{forgery:?}: {}", reply.text());
        refused(&reply, 503, "identity.oauth_answer_invalid");
    }
    let first = log_in(&app, &kakao, &sky).await.expect(200);
    assert_eq!(first["firstLogin"], true, "none of them left an account behind");
    kakao.forge(Forgery::SkewedClock);
    log_in(&app, &kakao, &sky).await.expect(200);
    app.stop().await;
}
