//! Rooms and messages over HTTP.

use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

mod away;
mod foreign;
mod messages;
mod nodes;
mod pictures;
mod rooms;
mod sight;
mod socket;

/// Opens the room of these people.
async fn open(app: &TestApp, who: &Person, others: &[&Person]) -> String {
    let ids: Vec<_> = others.iter().map(|person| person.id.clone()).collect();
    let body = json!({ "userIds": ids });
    let room = app.post("/v1/rooms").bearer(&who.token).json(body).send().await;
    assert!(room.status.is_success(), "{}", room.text());
    text(&room.json()["id"])
}

/// Says something under a name.
async fn say(app: &TestApp, who: &Person, room: &str, words: &str, client: &str) -> Value {
    let body = json!({ "text": words, "clientId": client });
    app.post(&format!("/v1/rooms/{room}/messages")).bearer(&who.token).json(body).expect(201).await
}

/// What somebody gets at a path.
async fn get(app: &TestApp, who: &Person, path: &str) -> Value {
    app.get(path).bearer(&who.token).expect(200).await
}

fn seqs(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|item| item["seq"].as_i64().unwrap()).collect()
}
