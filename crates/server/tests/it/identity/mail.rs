//! Outgoing messages: what commits is sent, and nothing else.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use madang_application::shared::{
    Language, Mail, Mailer, Outgoing, OutgoingMessages, TextMessage, UnitOfWork,
};
use madang_domain::shared::{Failure, platform};
use madang_infrastructure::{mail::Dispatcher, sql::SqlStore};
use madang_testkit::{TestApp, TestDb};
use uuid::Uuid;

madang_testkit::on_every_database!(
    what_commits_is_sent_and_what_rolls_back_is_not,
    a_message_that_fails_is_tried_again_and_then_forgotten,
    waiting_messages_cannot_be_read_in_the_database,
);

fn letter(subject: &str) -> Mail {
    Mail {
        recipient: "haneul@example.com".into(),
        subject: subject.into(),
        text: "안녕하세요.\n\n= 123456 =\n".into(),
        html: "<!doctype html><p>안녕하세요.</p>".into(),
        language: Language::Korean,
        unsubscribe: None,
    }
}

fn mail(subject: &str) -> Outgoing {
    Outgoing::Mail(letter(subject))
}

async fn put(app: &TestApp, message: &Outgoing, outcome: Result<(), Failure>) {
    let container = app.running().container();
    let (uow, queue) =
        (container.get::<UnitOfWork>().unwrap(), container.get::<dyn OutgoingMessages>().unwrap());
    let _ = uow
        .run(async |tx| {
            queue.put(tx, message, Duration::from_mins(5)).await?;
            outcome
        })
        .await;
}

async fn what_commits_is_sent_and_what_rolls_back_is_not(db: TestDb) {
    let app = TestApp::start(db).await;
    put(&app, &mail("하늘이 보낸 편지"), Ok(())).await;
    put(&app, &mail("undone"), Err(platform::STALE.into())).await;
    let message = TextMessage { phone: "+821012345678".into(), text: "안녕".into() };
    put(&app, &Outgoing::Text(message), Ok(())).await;
    put(&app, &Outgoing::Unsent(letter("to nobody")), Ok(())).await;
    let mails = app.mails_to("haneul@example.com").await;
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].subject.as_str(), mails[0].language.as_str()), ("하늘이 보낸 편지", "ko"));
    assert!(mails[0].text.contains("= 123456 =") && mails[0].html.contains("안녕하세요."));
    assert!(mails[0].raw.is_ascii());
    let texts = app.texts_to("+821012345678").await;
    assert_eq!((texts.len(), texts[0].text.as_str()), (1, "안녕"));
    app.stop().await;
}

/// Fails a few times, as servers do.
struct Weak(Arc<AtomicUsize>);

#[async_trait]
impl Mailer for Weak {
    async fn send(&self, _: Uuid, _: &Mail) -> anyhow::Result<()> {
        self.0.fetch_add(1, Ordering::SeqCst);
        anyhow::bail!("try later")
    }
}

async fn count(app: &TestApp) -> usize {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        attempts: i64,
    }
    let store = app.running().container().get::<SqlStore>().unwrap();
    let rows: Vec<Row> = store.rows("SELECT attempts FROM outgoing_messages", []).await.unwrap();
    rows.iter().map(|row| usize::try_from(row.attempts).unwrap()).sum()
}

async fn a_message_that_fails_is_tried_again_and_then_forgotten(db: TestDb) {
    let tries = Arc::new(AtomicUsize::new(0));
    let weak = Arc::clone(&tries);
    let app = TestApp::start_with(
        db,
        |_| {},
        |registry| registry.replace(move || Arc::new(Weak(Arc::clone(&weak))) as Arc<dyn Mailer>),
    )
    .await;
    let store = app.running().container().get::<SqlStore>().unwrap();
    put(&app, &mail("x"), Ok(())).await;
    app.settle().await;
    assert_eq!((tries.load(Ordering::SeqCst), count(&app).await), (1, 1));
    store.execute("UPDATE outgoing_messages SET due_at = 0", []).await.unwrap();
    app.settle().await;
    assert_eq!((tries.load(Ordering::SeqCst), count(&app).await), (2, 2));
    store.execute("UPDATE outgoing_messages SET expires_at = 1", []).await.unwrap();
    app.running().container().get::<Dispatcher>().unwrap().sweep().await.unwrap();
    assert_eq!(count(&app).await, 0);
    app.stop().await;
}

async fn waiting_messages_cannot_be_read_in_the_database(db: TestDb) {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        sealed: Vec<u8>,
    }
    let weak = || Arc::new(Weak(Arc::default())) as Arc<dyn Mailer>;
    let app = TestApp::start_with(db, |_| {}, |registry| registry.replace(weak)).await;
    put(&app, &mail("x"), Ok(())).await;
    let store = app.running().container().get::<SqlStore>().unwrap();
    let row: Row = store.row("SELECT sealed FROM outgoing_messages", []).await.unwrap().unwrap();
    for secret in [&b"123456"[..], b"haneul"] {
        assert!(!row.sealed.windows(secret.len()).any(|window| window == secret));
    }
    app.stop().await;
}
