//! Two processes sweep up the same pictures, and one of them dies.

use std::{collections::BTreeSet, path::Path, time::Duration};

use madang_testkit::{Person, Process, TestServices, text};
use reqwest::Method;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

use super::{form, png};

const BINARY: &str = env!("CARGO_BIN_EXE_madang");
/// How many pictures there are; every third hangs somewhere.
const PICTURES: usize = 30;

#[derive(Debug, FromQueryResult)]
struct Count {
    n: i64,
}

async fn uploaded(node: &Process, person: &Person) -> Value {
    let (kind, body) = form("file", &png());
    node.call(Method::POST, "/v1/media").bearer(&person.token).body(&kind, body).expect(201).await
}

/// Hangs a picture on a post; answers the post, or nothing if the picture is gone.
async fn hang(node: &Process, person: &Person, picture: &str) -> Option<String> {
    let body = json!({ "text": "look", "visibility": "public", "mediaIds": [picture] });
    let answer = node.call(Method::POST, "/v1/posts").bearer(&person.token).json(body).send().await;
    match answer.status.as_u16() {
        201 => Some(text(&answer.json()["id"])),
        422 => {
            assert_eq!(answer.json()["errors"][0]["code"], "media.unknown_picture");
            None
        }
        status => panic!("neither hung nor gone: {status} {}", answer.text()),
    }
}

/// Waits until a count is no more than this.
async fn until(services: &TestServices, text: &str, most: i64) {
    let reached = async {
        loop {
            let count: Option<Count> = services.store().row(text, []).await.unwrap();
            if count.unwrap().n <= most {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.expect("it gets there");
}

fn files(folder: &Path) -> BTreeSet<String> {
    let folders = std::fs::read_dir(folder).unwrap().map(|folder| folder.unwrap().path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn n26_pictures_are_swept_up_by_two_nodes_of_which_one_dies_on_postgres() {
    let Some(services) = TestServices::fresh().await else { return };
    // They share the folder as they would share a bucket.
    let data = tempfile::tempdir().unwrap();
    let sweeping = |seconds: &'static str| {
        [
            ("DATABASE_URL", services.database_url()),
            ("REDIS_URL", services.redis_url()),
            ("MADANG__RATE_LIMITS__ENABLED", "false"),
            ("MADANG__MEDIA__SWEEP_SECONDS", seconds),
        ]
    };
    // The first one only serves; the two others sweep once a second.
    let front = Process::start(BINARY, data.path(), &sweeping("3600")).await.unwrap();
    let mina = front.person("mina").await;
    let mut pictures = Vec::new();
    for _ in 0..PICTURES {
        pictures.push(uploaded(&front, &mina).await);
    }
    let id = |picture: &Value| text(&picture["id"]);
    let mut posts = Vec::new();
    for picture in pictures.iter().step_by(3) {
        posts.push(hang(&front, &mina, &id(picture)).await.expect("nothing sweeps yet"));
    }
    // A day later for all of them at once.
    services.store().execute("UPDATE media SET look_at = 0", []).await.unwrap();
    let often = sweeping("1");
    let (one, other) = tokio::join!(
        Process::start(BINARY, data.path(), &often),
        Process::start(BINARY, data.path(), &often),
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    // One node dies with the work begun, while somebody goes on hanging up what may go at this moment.
    let mut others = pictures.iter().skip(1).step_by(3);
    for picture in others.by_ref().take(3) {
        posts.extend(hang(&front, &mina, &id(picture)).await);
    }
    until(
        &services,
        "SELECT count(*) AS n FROM media WHERE look_at = 0",
        i64::try_from(PICTURES).unwrap() - 1,
    )
    .await;
    other.signal("KILL").await;
    assert!(!other.ended().await.success());
    for picture in others {
        posts.extend(hang(&front, &mina, &id(picture)).await);
    }
    // The other one finishes: nothing is due, and nothing is left to be removed.
    let left =
        "SELECT (SELECT count(*) FROM media WHERE look_at = 0) + (SELECT count(*) FROM media_trash) AS n";
    until(&services, left, 0).await;
    // What hangs somewhere is there, and there is nothing else.
    let mut kept = BTreeSet::new();
    for post in &posts {
        let path = format!("/v1/posts/{post}");
        let post = front.call(Method::GET, &path).bearer(&mina.token).expect(200).await;
        for url in ["url", "thumbnailUrl"] {
            let url = text(&post["media"][0][url]);
            assert_eq!(reqwest::get(&url).await.unwrap().status(), 200, "{url}");
            let name = url.split(['/', '?']).find(|part| part.ends_with(".png")).unwrap();
            kept.insert(name.to_owned());
        }
    }
    assert!(kept.len() >= 2 * PICTURES / 3);
    assert_eq!(files(&data.path().join("media")), kept);
    for node in [&front, &one] {
        let log = node.log();
        for complaint in ["a picture's file stays", "pictures were not looked after", "\"ERROR\""] {
            assert!(!log.contains(complaint), "{log}");
        }
    }
}
