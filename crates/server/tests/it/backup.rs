//! The tools that keep and bring data: `backup`, `restore`, `import-ics`.

use std::path::Path;

use madang_testkit::{Person, Process, TestServices, text};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_madang");
const UNLIMITED: (&str, &str) = ("MADANG__RATE_LIMITS__ENABLED", "false");

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

async fn run(data: &Path, variables: &[(&str, &str)], line: &[&str]) -> Result<String, String> {
    let (ended, said) = Process::run(BINARY, data, variables, line).await;
    if ended.status.success() { Ok(said) } else { Err(ended.stderr) }
}

async fn get(process: &Process, person: &Person, path: &str) -> Value {
    process.call(Method::GET, path).bearer(&person.token).expect(200).await
}

async fn default_calendar(process: &Process, person: &Person) -> String {
    text(&get(process, person, "/v1/calendars").await["items"][0]["id"])
}

async fn exported(process: &Process, token: &str, calendar: &str) -> String {
    let path = format!("/v1/calendars/{calendar}/export.ics");
    process.call(Method::GET, &path).bearer(token).send().await.text()
}

/// Makes things, backs them up while the server runs, changes them, and reads them as they were out
/// of another installation.
async fn what_was_backed_up_comes_back(from: &[(&str, &str)], into: &[(&str, &str)]) {
    let (data, other, backups) = (folder(), folder(), folder());
    let backup = backups.path().join("first");
    let backup = backup.to_str().unwrap();
    let process = Process::start(BINARY, data.path(), from).await.unwrap();
    let mina = process.person("mina").await;
    let calendar = default_calendar(&process, &mina).await;
    let event =
        json!({ "title": "소풍", "start": { "date": "2026-12-01" }, "recurrence": ["RRULE:FREQ=YEARLY"] });
    let path = format!("/v1/calendars/{calendar}/events");
    let event = process.call(Method::POST, &path).bearer(&mina.token).json(event).expect(201).await;
    let post = json!({ "text": "기억해 줘", "visibility": "private" });
    let post = process.call(Method::POST, "/v1/posts").bearer(&mina.token).json(post).expect(201).await;
    let media = data.path().join("media/ab");
    std::fs::create_dir_all(&media).unwrap();
    std::fs::write(media.join("picture"), b"\x00\xffpicture").unwrap();
    let before = exported(&process, &mina.token, &calendar).await;

    let said = run(data.path(), from, &["backup", backup]).await.unwrap();
    assert!(said.contains("1 media files"), "{said}");
    let refused = run(data.path(), from, &["backup", backup]).await.unwrap_err();
    assert!(refused.contains("is not empty"), "{refused}");
    let refused = run(data.path(), from, &["restore", backup]).await.unwrap_err();
    assert!(refused.contains("there is something already"), "{refused}");

    let event = format!("/v1/events/{}", text(&event["id"]));
    process.call(Method::DELETE, &event).bearer(&mina.token).expect(204).await;
    process.signal("TERM").await;
    assert!(process.ended().await.success());

    let said = run(other.path(), into, &["restore", backup]).await.unwrap();
    assert!(said.contains("restored"), "{said}");
    assert_eq!(std::fs::read(other.path().join("media/ab/picture")).unwrap(), b"\x00\xffpicture");
    let process = Process::start(BINARY, other.path(), into).await.unwrap();
    let token = text(&process.login(&mina.email).await["accessToken"]);
    let mina = Person { token, ..mina };
    assert_eq!(exported(&process, &mina.token, &calendar).await, before);
    assert_eq!(get(&process, &mina, &event).await["title"], "소풍");
    assert_eq!(get(&process, &mina, &format!("/v1/posts/{}", text(&post["id"]))).await["text"], "기억해 줘");
    let again = json!({ "title": "또", "start": { "date": "2026-12-02" } });
    process.call(Method::POST, &path).bearer(&mina.token).json(again).expect(201).await;
    process.signal("TERM").await;
    assert!(process.ended().await.success());
}

#[tokio::test]
async fn n27_what_was_backed_up_comes_back_on_sqlite() {
    what_was_backed_up_comes_back(&[UNLIMITED], &[UNLIMITED]).await;
}

#[tokio::test]
async fn n27_what_was_backed_up_comes_back_on_postgres() {
    let Some(one) = TestServices::fresh().await else { return };
    let Some(other) = TestServices::bare().await else { return };
    let (from, into) = (
        [UNLIMITED, ("DATABASE_URL", one.database_url())],
        [UNLIMITED, ("DATABASE_URL", other.database_url())],
    );
    what_was_backed_up_comes_back(&from, &into).await;
}

#[tokio::test]
async fn n27_a_backup_says_that_a_bucket_is_not_in_it() {
    let (data, other, backups) = (folder(), folder(), folder());
    let backup = backups.path().join("one");
    let backup = backup.to_str().unwrap();
    let bucket = [("MADANG__MEDIA__STORAGE", "s3"), ("MADANG__MEDIA__S3_BUCKET", "pictures")];
    run(data.path(), &bucket, &["migrate"]).await.unwrap();
    // Left from before there was a bucket.
    std::fs::create_dir_all(data.path().join("media/ab")).unwrap();
    std::fs::write(data.path().join("media/ab/old"), b"old").unwrap();
    let said = run(data.path(), &bucket, &["backup", backup]).await.unwrap();
    assert!(said.contains("NOT backed up") && said.contains("aws s3 sync s3://pictures"), "{said}");
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(format!("{backup}/backup.json")).unwrap()).unwrap();
    assert_eq!((&manifest["media"], &manifest["bucket"]), (&json!(0), &json!("pictures")));
    // Into a folder without a copy of the bucket; then with one; then into a bucket.
    let said = run(other.path(), &[], &["restore", backup]).await.unwrap();
    assert!(said.contains("no copy of it is in the backup"), "{said}");
    std::fs::create_dir_all(format!("{backup}/media/cd")).unwrap();
    std::fs::write(format!("{backup}/media/cd/picture"), b"picture").unwrap();
    let third = folder();
    let said = run(third.path(), &[], &["restore", backup]).await.unwrap();
    assert!(said.contains("and 1 media files") && !said.contains("aws"), "{said}");
    assert_eq!(std::fs::read(third.path().join("media/cd/picture")).unwrap(), b"picture");
    let fourth = folder();
    let said = run(fourth.path(), &bucket, &["restore", backup]).await.unwrap();
    assert!(said.contains("The configured bucket does not have these files"), "{said}");
}

#[tokio::test]
async fn n27_what_is_no_whole_backup_is_refused() {
    let (data, other, backups) = (folder(), folder(), folder());
    let at = |name: &str| backups.path().join(name).to_str().unwrap().to_owned();
    let refused = run(data.path(), &[], &["backup", &at("none")]).await.unwrap_err();
    assert!(refused.contains("there is no database"), "{refused}");
    run(data.path(), &[], &["migrate"]).await.unwrap();
    run(data.path(), &[], &["backup", &at("one")]).await.unwrap();
    // Cut off before the manifest was written.
    std::fs::create_dir(backups.path().join("cut")).unwrap();
    std::fs::copy(backups.path().join("one/database"), backups.path().join("cut/database")).unwrap();
    let refused = run(other.path(), &[], &["restore", &at("cut")]).await.unwrap_err();
    assert!(refused.contains("is no complete backup"), "{refused}");
    // Another database, a damaged one, and one of the future.
    let manifest = std::fs::read_to_string(backups.path().join("one/backup.json")).unwrap();
    let variant = |name: &str, manifest: &str, database: &[u8]| {
        std::fs::create_dir(backups.path().join(name)).unwrap();
        std::fs::write(backups.path().join(name).join("backup.json"), manifest).unwrap();
        std::fs::write(backups.path().join(name).join("database"), database).unwrap();
    };
    variant("pg", &manifest.replace("sqlite", "postgres"), b"");
    variant("new", &manifest.replace("\"m2026", "\"m2096"), b"");
    variant("bad", &manifest, b"SQLite format 3\0 and then nothing of the kind");
    for (name, words) in [("pg", "is of postgres"), ("new", "newer program"), ("bad", "copied database")] {
        let refused = run(other.path(), &[], &["restore", &at(name)]).await.unwrap_err();
        assert!(refused.contains(words), "{name}: {refused}");
        assert!(!other.path().join("madang.db").exists(), "{name} leaves nothing behind");
    }
    run(other.path(), &[], &["restore", &at("one")]).await.unwrap();
}

#[tokio::test]
async fn n02_import_ics_brings_a_file_into_the_default_calendar() {
    let data = folder();
    let process = Process::start(BINARY, data.path(), &[UNLIMITED]).await.unwrap();
    let mina = process.person("mina").await;
    let calendar = default_calendar(&process, &mina).await;
    let file = data.path().join("plans.ics");
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T100000Z\r\nSUMMARY:모임\r\nEND:VEVENT\r\n\
                BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:언제\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let said = run(data.path(), &[], &["import-ics", &mina.email, file]).await.unwrap();
    assert!(
        said.contains("line 7: keptNotShown") && said.ends_with("1 created, 0 updated, 1 unchanged\n"),
        "{said}"
    );
    let said = run(data.path(), &[], &["import-ics", &mina.email, file]).await.unwrap();
    assert!(said.ends_with("0 created, 0 updated, 2 unchanged\n"), "{said}");
    let path = format!("/v1/calendars/{calendar}/events?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z");
    assert_eq!(get(&process, &mina, &path).await["items"][0]["title"], "모임");
    for (email, file, words) in [
        ("nobody@example.com", file, "there is no account"),
        (mina.email.as_str(), "absent.ics", "absent.ics"),
        (mina.email.as_str(), BINARY, "more than"),
        (mina.email.as_str(), "/dev/null", "iCalendar"),
    ] {
        let refused = run(data.path(), &[], &["import-ics", email, file]).await.unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }
    process.signal("TERM").await;
    assert!(process.ended().await.success());
}
