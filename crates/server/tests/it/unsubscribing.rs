//! C14: digests end from the mail itself, without logging in.

use madang_application::notifications::DigestService;
use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

on_every_database!(c14_a_digest_carries_the_address_that_ends_digests);

const FORM: &str = "application/x-www-form-urlencoded";

async fn preferences(app: &TestApp, who: &Person) -> Value {
    app.get("/v1/notifications/preferences").bearer(&who.token).expect(200).await
}

/// The kinds for which this channel is on.
fn kinds(preferences: &Value, channel: &str) -> Vec<String> {
    let kinds = preferences["kinds"].as_array().unwrap().iter();
    kinds.filter(|kind| kind[channel] == true).map(|kind| text(&kind["kind"])).collect()
}

/// The value of a header of a mail, unfolded.
fn header(raw: &str, name: &str) -> String {
    let head = raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.find(|(found, _)| *found == name).unwrap_or_else(|| panic!("no {name} in {raw}")).1.to_owned()
}

async fn c14_a_digest_carries_the_address_that_ends_digests(db: TestDb) {
    let configure = |config: &mut madang_server::config::Config| {
        config.notifications.digest_minutes = 0;
        config.http.public_url = Some("https://madang.example/".parse().unwrap());
    };
    let app = TestApp::start_with(db, configure, |_| {}).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let quiet = json!({ "from": "00:00", "to": "00:01", "timeZone": "UTC" });
    let wanted = json!({
        "kinds": [{ "kind": "follow", "inApp": true, "email": true, "push": true }],
        "quietHours": null,
    });
    for who in [&mina, &jun] {
        app.put("/v1/notifications/preferences").bearer(&who.token).json(wanted.clone()).expect(200).await;
    }
    let follow = async |follower: &Person, followee: &Person| {
        let path = format!("/v1/users/{}/follow", followee.id);
        app.put(&path).bearer(&follower.token).expect(201).await;
        app.settle().await;
    };
    follow(&jun, &mina).await;
    // The worker of the program may be quicker, or have it in its hands.
    let digests = app.running().container().get::<DigestService>().unwrap();
    let mail = loop {
        while digests.write().await.unwrap() {}
        if let Some(mail) = app.mails_to(&mina.email).await.pop() {
            break mail;
        }
    };
    assert_eq!(header(&mail.raw, "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let address = header(&mail.raw, "List-Unsubscribe");
    let address = address.strip_prefix("<https://madang.example").and_then(|rest| rest.strip_suffix('>'));
    let address = address.unwrap_or_else(|| panic!("not one address: {}", mail.raw));
    let before = preferences(&app, &mina).await;
    assert!(!kinds(&before, "email").is_empty());
    // Whoever looks at a mail for danger fetches what is in it.
    let page = app.get(address).header("Accept-Language", "ko").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("lang=\"ko\"") && page.text().contains("<form method=\"post\">"));
    assert_eq!(preferences(&app, &mina).await, before, "fetching changes nothing");
    // As a mail program does it, twice; and nothing but mail ends.
    for _ in 0..2 {
        let done = app.post(address).body(FORM, "List-Unsubscribe=One-Click").send().await;
        assert_eq!(done.status.as_u16(), 200, "{}", done.text());
        let after = preferences(&app, &mina).await;
        assert!(kinds(&after, "email").is_empty());
        for channel in ["inApp", "push"] {
            assert_eq!(kinds(&after, channel), kinds(&before, channel), "{channel}");
        }
        assert_eq!(after["quietHours"], before["quietHours"]);
    }
    assert!(!kinds(&preferences(&app, &jun).await, "email").is_empty(), "it is hers alone");
    // Whoever wants them again has them again.
    let again = json!({ "kinds": wanted["kinds"], "quietHours": quiet });
    app.put("/v1/notifications/preferences").bearer(&mina.token).json(again).expect(200).await;
    app.post(address).send().await.expect(200);
    let after = preferences(&app, &mina).await;
    assert!(kinds(&after, "email").is_empty());
    assert_eq!(after["quietHours"], quiet);
    // No other address does it.
    let path = "/v1/notifications/unsubscribe?token=";
    let token = address.strip_prefix(path).unwrap();
    let mut forged = token.to_owned();
    forged.replace_range(..1, if token.starts_with('0') { "1" } else { "0" });
    for token in [forged.as_str(), "", "00", "zz", &token[2..], "가나", &mina.id] {
        for method in [reqwest::Method::GET, reqwest::Method::POST] {
            let refused = app.call(method, &format!("{path}{token}")).send().await;
            assert_eq!(refused.status.as_u16(), 404, "{token}: {}", refused.text());
        }
    }
    // Whoever is gone gets no mail; the address in an old one does no harm.
    let gone = json!({ "password": madang_testkit::PASSWORD });
    app.delete("/v1/me").bearer(&mina.token).json(gone).expect(204).await;
    app.settle().await;
    app.post(address).send().await.expect(200);
}
