//! Messages that are stored together, each with its own outcome.

use madang_application::{
    chat::{Append, Appended, RoomRepository},
    shared::{Clock, new_id},
};
use madang_domain::{
    chat::{ClientId, MessageText, Room, RoomId, RoomKind},
    shared::{Text, UserId},
};
use madang_testkit::TestDb;

madang_testkit::on_every_database!(each_of_many_gets_its_own_answer, a_repeated_name_finds_what_was_stored);

fn person() -> UserId {
    UserId::new(uuid::Uuid::now_v7())
}

async fn room(db: &TestDb, kind: RoomKind, people: &[UserId]) -> RoomId {
    let (id, created_at) = (new_id(), db.clock.now());
    let room = Room {
        id,
        kind,
        title: None,
        subject: None,
        key: Some(id.to_string()),
        opened_by: people[0],
        created_at,
    };
    let work = async |tx: &mut madang_application::shared::Tx| {
        db.store.open(tx, &room).await?;
        db.store.enter(tx, id, people, created_at).await?;
        Ok(())
    };
    db.uow.run(work).await.expect("a room");
    id
}

fn append(db: &TestDb, room: RoomId, sender: UserId, name: &str) -> Append {
    Append {
        room,
        sender,
        text: MessageText::parse(&format!("{name} \u{22} 마당 \\ 🌱")).expect("a text"),
        pictures: Vec::new(),
        client_id: ClientId::parse(name).expect("a name"),
        at: db.clock.now(),
    }
}

async fn store(db: &TestDb, appends: &[Append]) -> Vec<(&'static str, i64)> {
    let appended = db.uow.run(async |tx| Ok(db.store.append(tx, appends).await?)).await.expect("stored");
    let told = appended.into_iter().map(|appended| match appended {
        Appended::Stored(message) => ("stored", message.seq),
        Appended::Repeated(message) => ("repeated", message.seq),
        Appended::NoRoom => ("no room", 0),
        Appended::NotAMember => ("not a member", 0),
        Appended::Refused(_) => ("refused", 0),
    });
    told.collect()
}

async fn each_of_many_gets_its_own_answer(db: TestDb) {
    let (mina, jun, stranger) = (person(), person(), person());
    let (one, other) =
        (room(&db, RoomKind::DIRECT, &[mina, jun]).await, room(&db, RoomKind::GROUP, &[mina]).await);
    let nowhere = new_id();
    let appends = [
        append(&db, one, mina, "a"),
        append(&db, other, mina, "a"),
        append(&db, one, stranger, "a"),
        append(&db, one, jun, "a"),
        append(&db, one, mina, "a"),
        append(&db, nowhere, mina, "a"),
        append(&db, other, jun, "b"),
        append(&db, one, mina, "b"),
    ];
    let told = [
        ("stored", 1),
        ("stored", 1),
        ("not a member", 0),
        ("stored", 2),
        ("repeated", 1),
        ("no room", 0),
        ("not a member", 0),
        ("stored", 3),
    ];
    assert_eq!(store(&db, &appends).await, told);
    let alone = person();
    let left = room(&db, RoomKind::DIRECT, &[alone]).await;
    assert_eq!(
        store(&db, &[append(&db, left, alone, "a")]).await,
        [("refused", 0)],
        "nobody is there to hear"
    );
}

async fn a_repeated_name_finds_what_was_stored(db: TestDb) {
    let mina = person();
    let room = room(&db, RoomKind::GROUP, &[mina]).await;
    let first = append(&db, room, mina, "a");
    assert_eq!(store(&db, std::slice::from_ref(&first)).await, [("stored", 1)]);
    let again = [first.clone(), append(&db, room, mina, "b"), first.clone()];
    assert_eq!(store(&db, &again).await, [("repeated", 1), ("stored", 2), ("repeated", 1)]);
    let found = db
        .uow
        .run(async |tx| Ok(db.store.append(tx, std::slice::from_ref(&first)).await?))
        .await
        .expect("found");
    let [Appended::Repeated(message)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((message.text.as_str(), message.sender), (first.text.as_str(), Some(mina)));
}
