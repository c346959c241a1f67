//! Whoever has a room open is not told that messages wait there, as long as they have it open.

use std::{sync::Arc, time::Duration};

use madang_application::{
    chat::RoomRepository,
    shared::{Clock, Tx, UnitOfWork},
};
use madang_container::Registry;
use madang_infrastructure::sql::SqlStore;
use madang_testkit::TestClock;

use super::*;

on_every_database!(n23_whose_process_dies_is_told_what_was_said_meanwhile);

/// Waits until something holds, however long that takes here.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}");
}

async fn n23_whose_process_dies_is_told_what_was_said_meanwhile(db: TestDb) {
    let clock = Arc::new(TestClock::default());
    let kept = Arc::clone(&clock);
    let adjust = move |registry: &mut Registry| registry.replace(move || Arc::clone(&kept) as Arc<dyn Clock>);
    let app = TestApp::start_with(db, |_| {}, adjust).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    let room = open(&app, &mina, &[&jun, &sol]).await;
    let container = app.running().container();
    let (uow, store) = (container.get::<UnitOfWork>().unwrap(), container.get::<SqlStore>().unwrap());
    let id = room.parse::<uuid::Uuid>().unwrap();
    let [jun_id, sol_id] = [&jun, &sol].map(|person| person.id.parse().unwrap());
    // Another process wrote down that they have the room open, and died at once.
    let until_then = clock.now().plus(Duration::from_secs(45));
    let open =
        async |tx: &mut Tx| Ok(store.set_present(tx, id.into(), &[jun_id, sol_id], until_then).await?);
    uow.run(open).await.unwrap();
    say(&app, &mina, &room, "is anybody there?", "1").await;
    app.put(&format!("/v1/rooms/{room}/read")).bearer(&sol.token).json(json!({ "seq": 1 })).expect(204).await;
    clock.advance(Duration::from_secs(5));
    let told = async |who: &Person| {
        let list = get(&app, who, "/v1/notifications").await;
        list["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "message").count()
    };
    #[derive(sea_orm::FromQueryResult)]
    struct Looked {
        told_seq: i64,
    }
    let looked = async |seq: i64| {
        let text = "SELECT told_seq FROM rooms WHERE id = $1";
        let found: Option<Looked> = store.row(text, [id.into()]).await.unwrap();
        found.is_some_and(|found| found.told_seq == seq)
    };
    until("the room is looked after", async || looked(1).await).await;
    app.settle().await;
    assert_eq!((told(&jun).await, told(&sol).await), (0, 0), "they have the room open");
    clock.advance(Duration::from_secs(45));
    until("whoever turned out to be gone is told", async || told(&jun).await == 1).await;
    // Nobody is told twice, nor of what they have read.
    say(&app, &mina, &room, "hello?", "2").await;
    clock.advance(Duration::from_secs(5));
    until("the room is looked after", async || looked(2).await).await;
    app.settle().await;
    assert_eq!((told(&jun).await, told(&sol).await), (1, 1));
    let list = get(&app, &jun, "/v1/notifications").await;
    assert_eq!(list["items"][0]["count"], 2, "each message counts once: {list}");
}
