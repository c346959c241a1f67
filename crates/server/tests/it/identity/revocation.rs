//! N14: whatever ends a session ends it on every process within a second, for every credential.

use std::time::{Duration, Instant};

use madang_testkit::{PASSWORD, Person, ReceivedMail, TestApp, TestDb, text};
use serde_json::json;

use super::admin::operator;

madang_testkit::on_every_database!(n14_every_cause_ends_every_credential_on_every_process_within_a_second);

/// What may end the session of somebody.
#[derive(Clone, Copy, Debug)]
enum Cause {
    LogoutWithAccessToken,
    LogoutWithRefreshToken,
    LogoutEverywhere,
    EndedFromTheList,
    PasswordChangedElsewhere,
    PasswordReset,
    PhoneChangedElsewhere,
    RefreshTokenReplayed,
    Suspended,
    Withdrew,
    AddressProvenByItsOwner,
}

const CAUSES: [Cause; 11] = [
    Cause::LogoutWithAccessToken,
    Cause::LogoutWithRefreshToken,
    Cause::LogoutEverywhere,
    Cause::EndedFromTheList,
    Cause::PasswordChangedElsewhere,
    Cause::PasswordReset,
    Cause::PhoneChangedElsewhere,
    Cause::RefreshTokenReplayed,
    Cause::Suspended,
    Cause::Withdrew,
    Cause::AddressProvenByItsOwner,
];

/// What comes within some seconds: the other process may have it in hand.
async fn soon<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn mailed_code(app: &TestApp, email: &str) -> String {
    soon(async || app.mails_to(email).await.last().map(ReceivedMail::code)).await
}

/// Makes it happen. `victim` is the session that has to end; `keeper` is another one of the same
/// person, where the cause needs one.
async fn happen(cause: Cause, app: &TestApp, admin: &Person, victim: &Person, keeper: &Person) {
    match cause {
        Cause::LogoutWithAccessToken => {
            app.post("/v1/auth/logout").bearer(&victim.token).expect(204).await;
        }
        Cause::LogoutWithRefreshToken => {
            let body = json!({ "refreshToken": victim.refresh });
            app.post("/v1/auth/logout").json(body).expect(204).await;
        }
        Cause::LogoutEverywhere => {
            app.post("/v1/auth/logout-all").bearer(&keeper.token).expect(204).await;
        }
        Cause::EndedFromTheList => {
            let sessions = app.get("/v1/auth/sessions").bearer(&victim.token).expect(200).await;
            let current = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == true);
            let path = format!("/v1/auth/sessions/{}", text(&current.unwrap()["id"]));
            app.delete(&path).bearer(&keeper.token).expect(204).await;
        }
        Cause::PasswordChangedElsewhere => {
            let body = json!({ "currentPassword": PASSWORD, "newPassword": "Another-Horse-43" });
            app.put("/v1/me/password").bearer(&keeper.token).json(body).expect(204).await;
        }
        Cause::PasswordReset => {
            let email = &victim.email;
            app.post("/v1/auth/password-resets").json(json!({ "email": email })).expect(202).await;
            let code = mailed_code(app, email).await;
            let body = json!({ "email": email, "code": code, "newPassword": "Another-Horse-43" });
            app.post("/v1/auth/password-resets/confirm").json(body).expect(204).await;
        }
        Cause::PhoneChangedElsewhere => {
            for phone in ["+821000000001", "+821000000002"] {
                let path = "/v1/auth/phone-verifications";
                app.post(path).bearer(&keeper.token).json(json!({ "phone": phone })).expect(202).await;
                let code = soon(async || app.texts_to(phone).await.last().map(|text| text.code())).await;
                let body = json!({ "phone": phone, "code": code });
                app.post(&format!("{path}/confirm")).bearer(&keeper.token).json(body).expect(204).await;
            }
        }
        Cause::RefreshTokenReplayed => {
            let mut token = victim.refresh.clone();
            for _ in 0..2 {
                let body = json!({ "refreshToken": token });
                token = text(&app.post("/v1/auth/refresh").json(body).expect(200).await["refreshToken"]);
            }
            app.post("/v1/auth/refresh")
                .json(json!({ "refreshToken": victim.refresh }))
                .refused(401, "identity.refresh_token_reused")
                .await;
        }
        Cause::Suspended => {
            let path = format!("/v1/admin/users/{}/suspend", victim.id);
            app.post(&path).bearer(&admin.token).expect(200).await;
        }
        Cause::Withdrew => {
            let body = json!({ "password": PASSWORD });
            app.delete("/v1/me").bearer(&keeper.token).json(body).expect(204).await;
        }
        Cause::AddressProvenByItsOwner => {
            let path = "/v1/auth/email-verifications";
            app.post(path).json(json!({ "email": victim.email })).expect(202).await;
            let body = json!({ "email": victim.email, "code": mailed_code(app, &victim.email).await });
            let proof = app.post(&format!("{path}/confirm")).json(body).expect(200).await;
            let body = json!({ "email": victim.email, "nickname": "주인", "password": "Owner-of-it-42",
                "emailVerificationToken": proof["emailVerificationToken"] });
            super::sign_up(app, body).expect(201).await;
        }
    }
}

async fn n14_every_cause_ends_every_credential_on_every_process_within_a_second(db: TestDb) {
    let url = db.url().to_owned();
    let unhurried = |config: &mut madang_server::config::Config| config.identity.resend_seconds = 0;
    let app = TestApp::start_with(db, unhurried, |_| {}).await;
    let other = super::sessions::elsewhere(&app, &url).await;
    let there = format!("http://{}", other.address);
    let admin = operator(&app, "운영자").await;
    for (nth, cause) in CAUSES.into_iter().enumerate() {
        let keeper = app.person(&format!("person{nth}")).await;
        let pair = app.login(&keeper.email, PASSWORD).await;
        let victim = Person {
            token: text(&pair["accessToken"]),
            refresh: text(&pair["refreshToken"]),
            ..keeper.clone()
        };
        // Both processes know the token, so that a cache would show.
        for base in [app.base(), &there] {
            app.get(&format!("{base}/v1/me")).bearer(&victim.token).expect(200).await;
        }
        happen(cause, &app, &admin, &victim, &keeper).await;
        let begun = Instant::now();
        for base in [app.base(), &there] {
            // Refreshing is refused at once, everywhere.
            let body = json!({ "refreshToken": victim.refresh });
            let reply = app.post(&format!("{base}/v1/auth/refresh")).json(body).send().await;
            assert_eq!(reply.status, 401, "{cause:?} at {base}: {}", reply.text());
            let path = format!("{base}/v1/me");
            while app.get(&path).bearer(&victim.token).send().await.status != 401 {
                // A second is promised; a busy machine may need more.
                assert!(begun.elapsed() < Duration::from_secs(15), "{cause:?}: still let in at {base}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // Nor does it come back within a request.
            let reply =
                app.get(&path).bearer(&victim.token).header("x-refresh-token", &victim.refresh).send().await;
            assert_eq!(reply.status, 401, "{cause:?}");
        }
    }
    other.stop().await;
    app.stop().await;
}
