//! A07–A11: codes by mail and by text message.

use std::{sync::Arc, time::Duration};

use madang_application::{identity::SecurityEventQueries, shared::Clock};
use madang_domain::identity::security_event::SecurityEventKind;
use madang_infrastructure::sql::SqlStore;
use madang_server::config::Config;
use madang_testkit::{Call, PASSWORD, Person, TestApp, TestClock, TestDb, text};
use serde_json::{Value, json};

use super::{fields, sign_up};

madang_testkit::on_every_database!(
    a07_a_code_comes_by_mail_in_the_language_asked_for,
    a07_a_verified_address_is_taken_unless_accounts_are_hidden,
    a07_codes_are_not_sent_too_soon_or_too_often,
    p11_codes_for_many_mailboxes_are_a_flood_too,
    a08_a_code_works_once_for_its_address_only,
    a08_after_five_wrong_tries_the_code_is_dead,
    a08_of_many_guesses_at_once_five_count,
    a08_a_late_code_is_told_apart,
    a09_signing_up_needs_a_proof_where_the_policy_says_so,
    a09_the_owner_of_the_mailbox_takes_the_address_from_a_squatter,
    a09_ones_own_account_is_verified_with_the_code,
    a10_a_phone_is_proven_by_a_text_message,
    a10_a_phone_is_proven_by_one_account_until_it_withdraws,
    a10_of_two_that_prove_a_phone_at_once_one_has_it,
    a10_text_messages_are_limited_by_number_country_and_day,
    a10_another_proven_number_ends_other_sessions,
    a11_a_forgotten_password_is_replaced_and_every_session_ends,
    a11_nobody_learns_whether_an_address_has_an_account,
    a11_a_refused_password_leaves_the_code_as_good_as_it_was,
    a11_changing_the_password_voids_a_code_on_its_way,
    codes_are_not_in_the_database,
);

const EMAIL: &str = "haneul@example.com";
const PHONE: &str = "+821012345678";
const CODES: &str = "/v1/auth/email-verifications";

async fn with_clock(db: TestDb, configure: impl FnOnce(&mut Config)) -> (TestApp, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let ours = Arc::clone(&clock);
    let app = TestApp::start_with(db, configure, |registry| {
        registry.replace(move || Arc::clone(&ours) as Arc<dyn Clock>);
    })
    .await;
    (app, clock)
}

fn ask(app: &TestApp, email: &str) -> Call {
    app.post(CODES).json(json!({ "email": email }))
}

fn confirm(app: &TestApp, email: &str, code: &str) -> Call {
    app.post(&format!("{CODES}/confirm")).json(json!({ "email": email, "code": code }))
}

/// A code that is not this one.
fn other(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

async fn proof(app: &TestApp, email: &str) -> String {
    ask(app, email).expect(202).await;
    let code = app.mailed_code(email).await;
    text(&confirm(app, email, &code).expect(200).await["emailVerificationToken"])
}

async fn a07_a_code_comes_by_mail_in_the_language_asked_for(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let reply = ask(&app, EMAIL).header("accept-language", "ko-KR,ko;q=0.9,en;q=0.5").send().await;
    reply.expect(202);
    assert!(reply.bytes.is_empty());
    clock.advance(Duration::from_mins(1));
    ask(&app, "Haneul@Example.com").expect(202).await;
    let mails = app.mails_to(EMAIL).await;
    assert_eq!((mails.len(), mails[0].language.as_str(), mails[1].language.as_str()), (2, "ko", "en"));
    assert!(mails[0].subject.contains("인증번호") && mails[0].text.contains("3분"), "{:?}", mails[0]);
    assert!(mails[1].subject.contains("verification code") && mails[1].text.contains("3 min"));
    assert!(mails.iter().all(|mail| mail.html.contains(&mail.code())), "both bodies have the code");
    assert_ne!(mails[0].code(), mails[1].code());
    for email in ["abc", "", "a@b"] {
        let problem = ask(&app, email).refused(422, "platform.invalid_fields").await;
        assert!(fields(&problem)[0].starts_with("/email "));
    }
    app.stop().await;
}

async fn a07_a_verified_address_is_taken_unless_accounts_are_hidden(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let token = proof(&app, EMAIL).await;
    sign_up(&app, json!({ "emailVerificationToken": token })).expect(201).await;
    clock.advance(Duration::from_mins(1));
    ask(&app, "HANEUL@example.com").refused(409, "identity.email_taken").await;
    app.stop().await;

    let hidden = |config: &mut Config| config.identity.hide_accounts = true;
    let (app, clock) = with_clock(TestDb::sqlite().await, hidden).await;
    let token = proof(&app, EMAIL).await;
    sign_up(&app, json!({ "emailVerificationToken": token })).expect(201).await;
    clock.advance(Duration::from_mins(1));
    let (known, unknown) = (ask(&app, EMAIL).send().await, ask(&app, "nobody@example.com").send().await);
    assert_eq!((known.expect(202), &known.bytes), (unknown.expect(202), &unknown.bytes));
    let mails = app.mails_to(EMAIL).await;
    let last = mails.last().unwrap();
    assert!(last.subject.contains("already") && !last.text.lines().any(|line| line.len() == 6));
    // A guess is refused like any other, and signing up without a proof tells nothing.
    confirm(&app, EMAIL, "123456").refused(422, "identity.code_invalid").await;
    for email in [EMAIL, "nobody@example.com"] {
        let problem = sign_up(&app, json!({ "email": email, "nickname": "바다" }))
            .refused(422, "platform.invalid_fields")
            .await;
        assert_eq!(fields(&problem), ["/emailVerificationToken identity.email_unverified"]);
    }
    app.stop().await;
}

async fn a07_codes_are_not_sent_too_soon_or_too_often(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let racers = (0..8).map(|_| ask(&app, EMAIL).send());
    let replies = futures_util::future::join_all(racers).await;
    let sent = replies.iter().filter(|reply| reply.status == 202).count();
    assert_eq!((sent, app.mails_to(EMAIL).await.len()), (1, 1), "one of many at once");
    clock.advance(Duration::from_secs(59));
    let reply = ask(&app, EMAIL).send().await;
    assert_eq!(reply.expect(429)["code"], "identity.code_too_soon");
    assert_eq!(reply.header("retry-after"), Some("1"));
    for _ in 1..20 {
        clock.advance(Duration::from_mins(1));
        ask(&app, EMAIL).expect(202).await;
    }
    clock.advance(Duration::from_mins(1));
    ask(&app, EMAIL).refused(429, "identity.code_too_soon").await;
    ask(&app, "another@example.com").expect(202).await;
    clock.advance(Duration::from_hours(24));
    ask(&app, EMAIL).expect(202).await;
    app.stop().await;
}

async fn p11_codes_for_many_mailboxes_are_a_flood_too(db: TestDb) {
    let app = TestApp::start_with(db, |config| config.rate_limits.enabled = true, |_| ()).await;
    let mut sent = 0;
    let refused = loop {
        let reply = ask(&app, &format!("person{sent}@example.com")).send().await;
        if reply.status != 202 {
            break reply;
        }
        sent += 1;
        assert!(sent <= 200, "no limit");
    };
    assert_eq!(refused.expect(429)["code"], "platform.rate_limited");
    assert!(refused.header("retry-after").is_some() && sent >= 60, "{sent}");
    app.stop().await;
}

async fn a08_a_code_works_once_for_its_address_only(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    ask(&app, EMAIL).expect(202).await;
    ask(&app, "other@example.com").expect(202).await;
    let code = app.mailed_code(EMAIL).await;
    if app.mailed_code("other@example.com").await != code {
        confirm(&app, "other@example.com", &code).refused(422, "identity.code_invalid").await;
    }
    confirm(&app, "nobody@example.com", &code).refused(422, "identity.code_invalid").await;
    let racers = (0..6).map(|_| confirm(&app, "HANEUL@example.com", &code).send());
    let replies = futures_util::future::join_all(racers).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "once");
    confirm(&app, EMAIL, &code).refused(422, "identity.code_invalid").await;
    // The next code kills the one before.
    clock.advance(Duration::from_mins(1));
    ask(&app, EMAIL).expect(202).await;
    let old = app.mailed_code(EMAIL).await;
    clock.advance(Duration::from_mins(1));
    ask(&app, EMAIL).expect(202).await;
    if app.mailed_code(EMAIL).await != old {
        confirm(&app, EMAIL, &old).refused(422, "identity.code_invalid").await;
    }
    for code in ["abc", "１２３４５６", "1234567"] {
        confirm(&app, EMAIL, code).refused(422, "identity.code_invalid").await;
    }
    let problem = confirm(&app, EMAIL, "").refused(422, "platform.invalid_fields").await;
    assert_eq!(fields(&problem), ["/code platform.required"]);
    app.stop().await;
}

async fn a08_after_five_wrong_tries_the_code_is_dead(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    ask(&app, EMAIL).expect(202).await;
    let code = app.mailed_code(EMAIL).await;
    for _ in 0..5 {
        confirm(&app, EMAIL, &other(&code)).refused(422, "identity.code_invalid").await;
    }
    for code in [&other(&code), &code] {
        let reply = confirm(&app, EMAIL, code).send().await;
        assert_eq!(reply.expect(429)["code"], "identity.too_many_attempts");
        assert_eq!(reply.header("retry-after"), Some("60"), "then another code can be had");
    }
    clock.advance(Duration::from_mins(1));
    confirm(&app, EMAIL, &proof_code(&app).await).expect(200).await;
    app.stop().await;
}

async fn proof_code(app: &TestApp) -> String {
    ask(app, EMAIL).expect(202).await;
    app.mailed_code(EMAIL).await
}

async fn a08_of_many_guesses_at_once_five_count(db: TestDb) {
    let app = TestApp::start(db).await;
    ask(&app, EMAIL).expect(202).await;
    let code = app.mailed_code(EMAIL).await;
    let wrong = other(&code);
    let replies = futures_util::future::join_all((0..20).map(|_| confirm(&app, EMAIL, &wrong).send())).await;
    assert!(replies.iter().all(|reply| [422, 429].contains(&reply.status.as_u16())));
    confirm(&app, EMAIL, &code).refused(429, "identity.too_many_attempts").await;
    app.stop().await;
}

async fn a08_a_late_code_is_told_apart(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let code = proof_code(&app).await;
    clock.advance(Duration::from_secs(180));
    confirm(&app, EMAIL, &code).refused(422, "identity.code_expired").await;
    let code = proof_code(&app).await;
    clock.advance(Duration::from_secs(179));
    let token = text(&confirm(&app, EMAIL, &code).expect(200).await["emailVerificationToken"]);
    clock.advance(Duration::from_mins(30));
    let problem = sign_up(&app, json!({ "emailVerificationToken": token }))
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(fields(&problem), ["/emailVerificationToken identity.verification_token_invalid"]);
    app.stop().await;
}

async fn a09_signing_up_needs_a_proof_where_the_policy_says_so(db: TestDb) {
    let strict = |config: &mut Config| config.identity.require_verified_email = true;
    let app = TestApp::start_with(db, strict, |_| {}).await;
    let problem = sign_up(&app, json!({})).refused(422, "platform.invalid_fields").await;
    assert_eq!(fields(&problem), ["/emailVerificationToken identity.email_unverified"]);
    let problem =
        sign_up(&app, json!({ "password": "Sh0rt!" })).refused(422, "platform.invalid_fields").await;
    let both = ["/emailVerificationToken identity.email_unverified", "/password identity.password_too_short"];
    assert_eq!(fields(&problem), both, "everything that is wrong, at once");
    let token = proof(&app, EMAIL).await;
    for (email, token) in [("other@example.com", token.as_str()), (EMAIL, "x"), (EMAIL, &"A".repeat(43))] {
        let problem = sign_up(&app, json!({ "email": email, "emailVerificationToken": token }))
            .refused(422, "platform.invalid_fields")
            .await;
        assert_eq!(fields(&problem), ["/emailVerificationToken identity.verification_token_invalid"]);
    }
    let account = sign_up(&app, json!({ "email": "HANEUL@example.com", "emailVerificationToken": token }))
        .expect(201)
        .await;
    assert_eq!(account["emailVerified"], true);
    sign_up(&app, json!({ "emailVerificationToken": token, "nickname": "바다" }))
        .refused(422, "platform.invalid_fields")
        .await;
    app.stop().await;
}

async fn a09_the_owner_of_the_mailbox_takes_the_address_from_a_squatter(db: TestDb) {
    let app = TestApp::start(db).await;
    let squatter: Person = app.person("야옹이").await;
    let token = proof(&app, &squatter.email).await;
    let body =
        json!({ "email": squatter.email, "emailVerificationToken": token, "password": "Owner-of-it-42" });
    let account = sign_up(&app, body).expect(201).await;
    assert_ne!(text(&account["id"]), squatter.id);
    let events = app.running().container().get::<dyn SecurityEventQueries>().unwrap();
    let page = madang_domain::shared::PageRequest { limit: 10, after: None };
    let lost = events.events(None, Some(SecurityEventKind::AddressLost), &page).await.unwrap().items;
    assert_eq!(
        lost.iter().map(|event| event.subject.unwrap().to_string()).collect::<Vec<_>>(),
        [&*squatter.id]
    );
    let pair = app.login(&squatter.email, "Owner-of-it-42").await;
    assert_eq!(pair["userId"], account["id"]);
    super::refused_soon(&app, &squatter.token).await;
    app.post("/v1/auth/refresh")
        .json(json!({ "refreshToken": squatter.refresh }))
        .refused(401, "identity.session_ended")
        .await;
    app.post("/v1/auth/login")
        .json(json!({ "email": squatter.email, "password": PASSWORD }))
        .refused(401, "identity.bad_credentials")
        .await;
    app.stop().await;
}

async fn a09_ones_own_account_is_verified_with_the_code(db: TestDb) {
    let app = TestApp::start(db).await;
    let (person, stranger) = (app.person("하늘").await, app.person("바다").await);
    ask(&app, &person.email).expect(202).await;
    let code = app.mailed_code(&person.email).await;
    confirm(&app, &person.email, &code).bearer("x").refused(401, "identity.token_invalid").await;
    confirm(&app, &person.email, &code).bearer(&person.token).expect(200).await;
    let verified = async |person: &Person| {
        app.get("/v1/me").bearer(&person.token).expect(200).await["emailVerified"].clone()
    };
    assert_eq!((verified(&person).await, verified(&stranger).await), (json!(true), json!(false)));
    app.stop().await;
}

fn phone(app: &TestApp, person: &Person, path: &str, body: Value) -> Call {
    app.post(&format!("/v1/auth/phone-verifications{path}")).bearer(&person.token).json(body)
}

async fn proven(app: &TestApp, person: &Person, number: &str) {
    phone(app, person, "", json!({ "phone": number })).expect(202).await;
    let code = app.texts_to(number).await.last().unwrap().code();
    phone(app, person, "/confirm", json!({ "phone": number, "code": code })).expect(204).await;
}

async fn a10_a_phone_is_proven_by_a_text_message(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let (person, thief) = (app.person("하늘").await, app.person("바다").await);
    app.post("/v1/auth/phone-verifications")
        .json(json!({ "phone": PHONE }))
        .refused(401, "platform.unauthenticated")
        .await;
    phone(&app, &person, "", json!({ "phone": PHONE })).expect(202).await;
    let messages = app.texts_to(PHONE).await;
    assert!(messages[0].text.contains("인증번호"), "{}", messages[0].text);
    let code = messages[0].code();
    let confirm = |person: &Person, code: &str| {
        phone(&app, person, "/confirm", json!({ "phone": PHONE, "code": code }))
    };
    confirm(&thief, &code).refused(422, "identity.code_invalid").await;
    confirm(&person, &other(&code)).refused(422, "identity.code_invalid").await;
    confirm(&person, &code).expect(204).await;
    confirm(&person, &code).refused(422, "identity.code_invalid").await;
    let account = app.get("/v1/me").bearer(&person.token).expect(200).await;
    assert_eq!((&account["phone"], &account["phoneVerified"]), (&json!(PHONE), &json!(true)));
    clock.advance(Duration::from_mins(2));
    phone(&app, &person, "", json!({ "phone": PHONE })).expect(202).await;
    let code = app.texts_to(PHONE).await[1].code();
    clock.advance(Duration::from_mins(3));
    confirm(&person, &code).refused(422, "identity.code_expired").await;
    app.stop().await;
}

async fn a10_a_phone_is_proven_by_one_account_until_it_withdraws(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let (owner, other) = (app.person("하늘").await, app.person("바다").await);
    // Both asked before either proved anything.
    phone(&app, &other, "", json!({ "phone": PHONE })).expect(202).await;
    let code = app.texts_to(PHONE).await[0].code();
    clock.advance(Duration::from_mins(1));
    proven(&app, &owner, PHONE).await;
    let late = json!({ "phone": PHONE, "code": code });
    phone(&app, &other, "/confirm", late.clone()).refused(409, "identity.phone_taken").await;
    clock.advance(Duration::from_mins(1));
    phone(&app, &other, "", json!({ "phone": PHONE })).refused(409, "identity.phone_taken").await;
    // Stating it is no proof and harms nobody.
    let profile = json!({ "phone": PHONE });
    let stated = app.patch("/v1/me").bearer(&other.token).json(profile).expect(200).await;
    assert_eq!(stated["phoneVerified"], json!(false));
    // Its owner may prove it again, and keeps it when something else is edited.
    proven(&app, &owner, PHONE).await;
    let edited = app.patch("/v1/me").bearer(&owner.token).json(json!({ "bio": "달리기" })).expect(200).await;
    assert_eq!(edited["phoneVerified"], json!(true));
    clock.advance(Duration::from_mins(1));
    app.delete("/v1/me").bearer(&owner.token).json(json!({ "password": PASSWORD })).expect(204).await;
    proven(&app, &other, PHONE).await;
    // Another number frees it as well.
    app.patch("/v1/me").bearer(&other.token).json(json!({ "phone": null })).expect(200).await;
    clock.advance(Duration::from_mins(1));
    let third = app.person("구름").await;
    proven(&app, &third, PHONE).await;
    app.stop().await;
}

async fn a10_of_two_that_prove_a_phone_at_once_one_has_it(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let people = [app.person("하늘").await, app.person("바다").await];
    let mut codes = Vec::new();
    for person in &people {
        phone(&app, person, "", json!({ "phone": PHONE })).expect(202).await;
        codes.push(app.texts_to(PHONE).await.last().unwrap().code());
        clock.advance(Duration::from_mins(1));
    }
    let confirm = |number: usize| {
        let body = json!({ "phone": PHONE, "code": codes[number] });
        phone(&app, &people[number], "/confirm", body).send()
    };
    let (one, two) = tokio::join!(confirm(0), confirm(1));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort();
    assert_eq!(statuses, [204, 409]);
    app.stop().await;
}

async fn a10_text_messages_are_limited_by_number_country_and_day(db: TestDb) {
    let (app, clock) = with_clock(db, |config| config.sms.daily_limit = 7).await;
    let (person, friend) = (app.person("하늘").await, app.person("바다").await);
    for number in ["+8613812345678", "+79161234567"] {
        let problem = phone(&app, &person, "", json!({ "phone": number }))
            .refused(422, "platform.invalid_fields")
            .await;
        assert_eq!(fields(&problem), ["/phone identity.phone_country_not_served"]);
    }
    for round in 0..5 {
        let asking = if round % 2 == 0 { &person } else { &friend };
        phone(&app, asking, "", json!({ "phone": PHONE })).expect(202).await;
        phone(&app, &friend, "", json!({ "phone": PHONE })).refused(429, "identity.code_too_soon").await;
        clock.advance(Duration::from_mins(1));
    }
    phone(&app, &person, "", json!({ "phone": PHONE })).refused(429, "identity.code_too_soon").await;
    assert_eq!(app.texts_to(PHONE).await.len(), 5);
    let pair = app.login(&friend.email, PASSWORD).await;
    let friend = Person { token: text(&pair["accessToken"]), ..friend };
    phone(&app, &friend, "", json!({ "phone": "+821000000001" })).expect(202).await;
    clock.advance(Duration::from_mins(1));
    phone(&app, &friend, "", json!({ "phone": "+821000000002" })).expect(202).await;
    clock.advance(Duration::from_mins(1));
    let problem = phone(&app, &friend, "", json!({ "phone": "+821000000003" }));
    problem.refused(429, "identity.code_too_soon").await;
    app.stop().await;
}

async fn a10_another_proven_number_ends_other_sessions(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let person = app.person("하늘").await;
    let elsewhere = text(&app.login(&person.email, PASSWORD).await["accessToken"]);
    proven(&app, &person, PHONE).await;
    app.get("/v1/me").bearer(&elsewhere).expect(200).await;
    clock.advance(Duration::from_mins(1));
    proven(&app, &person, "+821087654321").await;
    app.get("/v1/me").bearer(&person.token).expect(200).await;
    super::refused_soon(&app, &elsewhere).await;
    app.stop().await;
}

fn reset(app: &TestApp, email: &str, code: &str, password: &str) -> Call {
    let body = json!({ "email": email, "code": code, "newPassword": password });
    app.post("/v1/auth/password-resets/confirm").json(body)
}

async fn a11_a_forgotten_password_is_replaced_and_every_session_ends(db: TestDb) {
    const NEW: &str = "Another-Horse-43";
    let (app, _clock) = with_clock(db, |_| {}).await;
    let person = app.person("하늘").await;
    app.post("/v1/auth/password-resets").json(json!({ "email": person.email })).expect(202).await;
    let mails = app.mails_to(&person.email).await;
    assert_eq!((mails.len(), mails[0].language.as_str()), (1, "ko"));
    let code = mails[0].code();
    // A code for one purpose is none for another.
    confirm(&app, &person.email, &code).refused(422, "identity.code_invalid").await;
    reset(&app, &person.email, &other(&code), NEW).refused(422, "identity.code_invalid").await;
    let done = || reset(&app, &person.email, &code, NEW).header("idempotency-key", "r-1");
    done().expect(204).await;
    done().expect(204).await;
    reset(&app, &person.email, &code, NEW).refused(422, "identity.code_invalid").await;
    super::refused_soon(&app, &person.token).await;
    app.post("/v1/auth/refresh")
        .json(json!({ "refreshToken": person.refresh }))
        .refused(401, "identity.session_ended")
        .await;
    app.post("/v1/auth/login")
        .json(json!({ "email": person.email, "password": PASSWORD }))
        .refused(401, "identity.bad_credentials")
        .await;
    let pair = app.login(&person.email, NEW).await;
    let account = app.get("/v1/me").bearer(text(&pair["accessToken"])).expect(200).await;
    assert_eq!(account["emailVerified"], true, "whoever has the code reads the mail");
    let mails = app.mails_to(&person.email).await;
    assert!(mails.last().unwrap().subject.contains("비밀번호가 바뀌었습니다"));
    app.stop().await;
}

async fn a11_nobody_learns_whether_an_address_has_an_account(db: TestDb) {
    let (app, clock) = with_clock(db, |_| {}).await;
    let person = app.person("하늘").await;
    let ask = |email: &str| app.post("/v1/auth/password-resets").json(json!({ "email": email })).send();
    for _ in 0..2 {
        let (known, unknown) = (ask(&person.email).await, ask("nobody@example.com").await);
        assert_eq!((known.status.as_u16(), &known.bytes), (202, &unknown.bytes));
        assert_eq!(known.status, unknown.status);
        let names =
            |reply: &madang_testkit::Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&known), names(&unknown));
    }
    assert_eq!(app.mails_to(&person.email).await.len(), 1, "the second request came too soon");
    assert!(app.mails_to("nobody@example.com").await.is_empty());
    for _ in 0..5 {
        for email in [&person.email, "nobody@example.com"] {
            reset(&app, email, "no", "Another-Horse-43").refused(422, "identity.code_invalid").await;
        }
    }
    for email in [&person.email, "nobody@example.com"] {
        reset(&app, email, "no", "Another-Horse-43").refused(429, "identity.too_many_attempts").await;
    }
    clock.advance(Duration::from_secs(180));
    app.login(&person.email, PASSWORD).await;
    app.stop().await;
}

async fn a11_a_refused_password_leaves_the_code_as_good_as_it_was(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘아").await;
    app.post("/v1/auth/password-resets").json(json!({ "email": person.email })).expect(202).await;
    let code = app.mailed_code(&person.email).await;
    for (password, expected) in [
        ("Hal-f 4", "/newPassword identity.password_too_short"),
        ("P@ssw0rd", "/newPassword identity.password_common"),
        ("나는-하늘아-42", "/newPassword identity.password_contains_name"),
    ] {
        let problem =
            reset(&app, &person.email, &code, password).refused(422, "platform.invalid_fields").await;
        assert_eq!(fields(&problem)[0], expected);
    }
    reset(&app, &person.email, &code, "Another-Horse-43").expect(204).await;
    app.stop().await;
}

async fn codes_are_not_in_the_database(db: TestDb) {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        subject: Vec<u8>,
        code_hash: Vec<u8>,
    }
    let app = TestApp::start(db).await;
    let code = proof_code(&app).await;
    let store = app.running().container().get::<SqlStore>().unwrap();
    let row: Row = store.row("SELECT subject, code_hash FROM challenges", []).await.unwrap().unwrap();
    assert_eq!((row.subject.len(), row.code_hash.len()), (32, 32));
    let holds = |secret: &str| row.code_hash.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(!holds(&code));
    let mut waiting: Vec<Row> =
        store.rows("SELECT sealed AS subject, sealed AS code_hash FROM outgoing_messages", []).await.unwrap();
    assert!(waiting.pop().is_none(), "what was sent is deleted");
    app.stop().await;
}

/// A thief who reads the mail asked for it; the owner is faster.
async fn a11_changing_the_password_voids_a_code_on_its_way(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    app.post("/v1/auth/password-resets").json(json!({ "email": person.email })).expect(202).await;
    let code = app.mailed_code(&person.email).await;
    let body = json!({ "currentPassword": PASSWORD, "newPassword": "0wners-new-word" });
    app.put("/v1/me/password").bearer(&person.token).json(body).expect(204).await;
    reset(&app, &person.email, &code, "Thiefs-word-42").refused(422, "identity.code_invalid").await;
    app.login(&person.email, "0wners-new-word").await;
    app.stop().await;
}
