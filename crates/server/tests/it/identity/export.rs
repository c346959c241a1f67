//! `GET /v1/me/export`: everything a person owns, and nothing of others.

use std::{collections::BTreeMap, io::Read};

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

madang_testkit::on_every_database!(a27_the_export_holds_everything_of_ones_own_and_nothing_of_others);

/// The files of an archive, taken apart by a library.
pub(crate) async fn export(app: &TestApp, person: &Person) -> BTreeMap<String, String> {
    let reply = app.get("/v1/me/export").bearer(&person.token).send().await;
    reply.expect(200);
    assert_eq!(reply.header("content-type"), Some("application/zip"));
    assert!(reply.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(reply.header("cache-control").unwrap().contains("no-store"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(reply.bytes)).unwrap();
    let mut files = BTreeMap::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        // Pictures are among them.
        let content = String::from_utf8_lossy(&content).into_owned();
        files.insert(file.name().unwrap().into_owned(), content);
    }
    files
}

async fn a27_the_export_holds_everything_of_ones_own_and_nothing_of_others(db: TestDb) {
    let app = TestApp::start(db).await;
    let (person, other) = (app.person("하늘").await, app.person("바다").await);
    app.patch("/v1/me")
        .bearer(&person.token)
        .json(json!({ "address": "서울특별시 마포구 양화로 45", "phone": "+821012345678" }))
        .expect(200)
        .await;
    app.settle().await;
    let calendars = app.get("/v1/calendars").bearer(&person.token).expect(200).await;
    let calendar = text(&calendars["items"][0]["id"]);
    let event = json!({
        "title": "소풍 가는 날",
        "start": { "dateTime": "2026-11-21T05:00:00Z", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-11-21T07:00:00Z", "timeZone": "Asia/Seoul" },
    });
    let path = format!("/v1/calendars/{calendar}/events");
    app.post(&path).bearer(&person.token).json(event).expect(201).await;
    for (who, words) in [(&person, "내 비밀 일기"), (&other, "남의 비밀 일기")] {
        let body = json!({ "text": words, "visibility": "private" });
        let post = app.post("/v1/posts").bearer(&who.token).json(body).expect(201).await;
        let edit = json!({ "title": "고친 제목" });
        app.patch(&format!("/v1/posts/{}", text(&post["id"])))
            .bearer(&who.token)
            .json(edit)
            .expect(200)
            .await;
    }
    app.put(&format!("/v1/users/{}/follow", other.id)).bearer(&person.token).expect(201).await;
    app.put(&format!("/v1/users/{}/follow", person.id)).bearer(&other.token).expect(201).await;
    app.settle().await;

    app.get("/v1/me/export").refused(401, "platform.unauthenticated").await;
    let files = export(&app, &person).await;
    let json_of = |name: &str| serde_json::from_str::<Value>(&files[name]).unwrap();
    let manifest = json_of("manifest.json");
    let listed: Vec<_> = manifest["files"].as_array().unwrap().iter().map(text).collect();
    let mut found: Vec<_> = files.keys().filter(|name| *name != "manifest.json").cloned().collect();
    found.sort();
    assert_eq!(listed, found);
    let account = json_of("account.json");
    assert_eq!((&account["email"], &account["phone"]), (&json!(person.email), &json!("+821012345678")));
    assert!(files[&format!("calendars/{calendar}.ics")].contains("소풍 가는 날"));
    assert_eq!(json_of("posts.json")[0]["text"], "내 비밀 일기");
    let edits = json_of("post-edits.json");
    assert_eq!(
        (&edits[0]["text"], &edits[0]["title"], &edits[1]),
        (&json!("내 비밀 일기"), &Value::Null, &Value::Null)
    );
    assert_eq!(json_of("mentions.json"), json!([]));
    assert_eq!(json_of("following.json")[0]["id"], json!(other.id));
    assert_eq!(json_of("followers.json")[0]["id"], json!(other.id));
    assert_eq!(json_of("notifications.json").as_array().unwrap().len(), 1);
    assert_eq!(json_of("sessions.json").as_array().unwrap().len(), 1);
    assert!(json_of("security-events.json").as_array().unwrap().len() >= 2);
    let all: String = files.values().cloned().collect();
    for secret in ["남의 비밀", &other.email, "argon2", &person.refresh, "바다"] {
        assert!(!all.contains(secret), "{secret}");
    }
    app.stop().await;
}
