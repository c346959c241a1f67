//! Mail through a mail server that nobody here wrote: aiosmtpd, started by `scripts/services.sh`.

use std::{path::Path, time::Duration};

use madang_server::config::{Config, MailTransport};
use madang_testkit::{ReceivedMail, TestApp, TestDb, db::external, text};
use serde_json::json;

madang_testkit::on_every_database!(
    a07_mail_goes_through_a_real_mail_server,
    a07_mail_waits_while_the_mail_server_is_away
);

/// The mails a server put into its maildir for this address.
fn arrived(maildir: &str, address: &str) -> Vec<ReceivedMail> {
    let Ok(entries) = std::fs::read_dir(Path::new(maildir).join("new")) else { return Vec::new() };
    let mails = entries.map(|entry| ReceivedMail::parse(&std::fs::read(entry.unwrap().path()).unwrap()));
    mails.filter(|mail| mail.to.iter().any(|to| to == address)).collect()
}

fn through(url: String) -> impl FnOnce(&mut Config) {
    move |config| {
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp_url = Some(url.as_str().into());
        config.mail.from = "마당 <no-reply@madang.example>".into();
    }
}

async fn a07_mail_goes_through_a_real_mail_server(db: TestDb) {
    let Some(url) = external("TEST_SMTP_URL", "REQUIRE_SMTP") else { return };
    let maildir = external("TEST_SMTP_MAILDIR", "REQUIRE_SMTP").unwrap();
    let app = TestApp::start_with(db, through(url), |_| {}).await;
    let email = format!("haneul-{}@example.com", uuid::Uuid::now_v7().simple());
    let ask = app.post("/v1/auth/email-verifications").header("accept-language", "ko");
    ask.json(json!({ "email": email })).expect(202).await;
    app.settle().await;
    let mails = arrived(&maildir, &email);
    assert_eq!(mails.len(), 1, "it was delivered once");
    assert!(mails[0].subject.contains("인증번호") && mails[0].html.contains(&mails[0].code()));
    assert!(mails[0].raw.contains("no-reply@madang.example"));
    let body = json!({ "email": email, "code": mails[0].code() });
    let proof = app.post("/v1/auth/email-verifications/confirm").json(body).expect(200).await;
    assert_eq!(text(&proof["emailVerificationToken"]).len(), 43);
    app.stop().await;
}

async fn a07_mail_waits_while_the_mail_server_is_away(db: TestDb) {
    let Some(url) = external("TEST_SMTP_URL", "REQUIRE_SMTP") else { return };
    let maildir = external("TEST_SMTP_MAILDIR", "REQUIRE_SMTP").unwrap();
    // A port that somebody had a moment ago, and nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let app = TestApp::start_with(db, through(format!("smtp://{address}")), |_| {}).await;
    let email = format!("bada-{}@example.com", uuid::Uuid::now_v7().simple());
    app.post("/v1/auth/email-verifications").json(json!({ "email": email })).expect(202).await;
    app.settle().await;
    assert!(arrived(&maildir, &email).is_empty());
    // The server comes back: what arrives there from now on is passed on to the real one.
    let target = url.trim_start_matches("smtp://").to_owned();
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let passing = tokio::spawn(async move {
        loop {
            let (mut from, _) = listener.accept().await.unwrap();
            let mut to = tokio::net::TcpStream::connect(&target).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut to).await });
        }
    });
    let begun = std::time::Instant::now();
    while arrived(&maildir, &email).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(15), "the mail is lost");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(arrived(&maildir, &email).len(), 1);
    passing.abort();
    app.stop().await;
}
