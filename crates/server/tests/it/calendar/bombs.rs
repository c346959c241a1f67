//! N01, N02: what is made to keep a server busy is refused, or costs little.

use std::fmt::Write;

use madang_testkit::{TestApp, TestDb};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{between, create, default_calendar, export, file, import};

madang_testkit::on_every_database!(
    n01_series_that_flood_are_refused_and_those_that_never_come_are_harmless,
    n02_files_that_are_too_large_are_refused,
    n02_deep_long_and_broken_files_are_bounded,
    n02_thousands_of_differing_occurrences_come_in_and_go_out,
    n02_hundreds_of_daily_series_are_refused_before_anything_is_written,
);

async fn n01_series_that_flood_are_refused_and_those_that_never_come_are_harmless(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let path = format!("/v1/calendars/{calendar}/events");
    let event = |rule: &str| {
        let start = json!({ "dateTime": "2026-12-01T10:00:00", "timeZone": "Asia/Seoul" });
        json!({ "title": "폭탄", "start": start, "recurrence": [rule] })
    };
    for rule in [
        "RRULE:FREQ=DAILY;COUNT=1000000000",
        "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=SECONDLY;INTERVAL=2;COUNT=99999",
        "RRULE:FREQ=MINUTELY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12",
    ] {
        let refused = app.post(&path).bearer(&person.token).json(event(rule)).expect(422).await;
        assert_eq!(refused["errors"][0]["code"], "calendar.recurrence_too_dense", "{rule}: {refused}");
        let pointer = refused["errors"][0]["pointer"].as_str().expect("a pointer");
        assert!(pointer.starts_with("/recurrence"), "{pointer}");
    }
    // Days that never come, and ends before the beginning: the first occurrence is all there is.
    for rule in [
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4,6",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "RRULE:FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "RRULE:RSCALE=DANGI;FREQ=YEARLY;BYMONTH=1L;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;UNTIL=20200101T000000Z",
    ] {
        create(&app, &person, &calendar, event(rule)).await;
    }
    let window = ("2026-11-30T00:00:00Z", "2027-12-30T00:00:00Z");
    assert_eq!(between(&app, &person, &calendar, window.0, window.1).await.len(), 6);
    assert!(
        between(&app, &person, &calendar, "9000-01-01T00:00:00Z", "9001-01-01T00:00:00Z").await.is_empty()
    );
    app.stop().await;
}

async fn n02_files_that_are_too_large_are_refused(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let path = format!("/v1/calendars/{}/import", default_calendar(&app, &person).await);
    let post = |body: Vec<u8>| app.post(&path).bearer(&person.token).body("text/calendar", body);
    post(vec![b'x'; 20 * 1024 * 1024]).refused(413, "platform.too_large").await;
    // A hundred megabytes are refused by their announcement: none of them needs to arrive.
    let host = app.base().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&host).await.expect("connected");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nContent-Type: text/calendar\r\n\
         Content-Length: 104857600\r\n\r\nBEGIN:VCALENDAR\r\n",
        person.token
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413");
    drop(stream);
    let many = "BEGIN:VEVENT\nDTSTART:20261201\nEND:VEVENT\n".repeat(2)
        + &"BEGIN:VTODO\nUID:a\nEND:VTODO\n".repeat(3);
    let mut components = String::new();
    for number in 0..20_001 {
        let _infallible = write!(components, "BEGIN:VTODO\nUID:{number}\nEND:VTODO\n");
    }
    post(file(components.trim_end()).into_bytes()).refused(422, "calendar.too_many_components").await;
    assert_eq!(
        app.post(&path).bearer(&person.token).body("text/calendar", file(many.trim_end())).expect(200).await
            ["created"],
        2
    );
    app.stop().await;
}

async fn n02_deep_long_and_broken_files_are_bounded(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let good = "BEGIN:VEVENT\nUID:good\nDTSTART:20261201T100000Z\nSUMMARY:남는다\nEND:VEVENT\n";
    // A hundred thousand levels, a line of eight megabytes, and lines that are none.
    let deep = "BEGIN:X-A\n".repeat(100_000) + &"END:X-A\n".repeat(100_000);
    let long = format!(
        "BEGIN:VEVENT\nUID:long\nDTSTART:20261202T100000Z\nSUMMARY:긴\nDESCRIPTION:{}\nEND:VEVENT\n",
        "가".repeat(2_700_000)
    );
    let broken = "no colon here\n".repeat(200_000);
    let dates = format!(
        "BEGIN:VEVENT\nUID:dates\nDTSTART:20261203T100000Z\nSUMMARY:날짜\nRDATE:{}20270101T000000Z\nEND:VEVENT\n",
        "20270101T000000Z,".repeat(50_000)
    );
    for (what, text, kept) in
        [("deep", &deep, ""), ("long", &long, "긴"), ("broken", &broken, ""), ("dates", &dates, "날짜")]
    {
        let report = import(&app, &person, &calendar, file(format!("{text}{good}").trim_end())).await;
        let warnings = report["warnings"].as_array().expect("warnings").len();
        assert!((1..=1_000).contains(&warnings), "{what}: {warnings}");
        let found = between(&app, &person, &calendar, "2026-12-01T00:00:00Z", "2026-12-09T00:00:00Z").await;
        for title in ["남는다", kept] {
            assert!(found.iter().any(|line| line.starts_with(title)), "{what}: {found:?}");
        }
    }
    let out = export(&app, &person, &calendar).await;
    assert!(out.split("\r\n").all(|line| line.len() <= 75), "folded by octets");
    assert_eq!(out.replace("\r\n ", "").matches('가').count(), 2_700_000, "and whole");
    app.stop().await;
}

/// Each is compared with those before it, if somebody is not careful.
async fn n02_thousands_of_differing_occurrences_come_in_and_go_out(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let mut components = "BEGIN:VEVENT\nUID:x\nDTSTART:20000101T000000Z\nRRULE:FREQ=HOURLY;COUNT=3000\nSUMMARY:옛\nEND:VEVENT\n".to_owned();
    for number in 0..3_000 {
        let at = format!("200001{:02}T{:02}{:02}00Z", number % 28 + 1, number / 28 % 24, number / 672);
        let _infallible = write!(
            components,
            "BEGIN:VEVENT\nUID:x\nRECURRENCE-ID:{at}\nDTSTART:{at}\nSUMMARY:다른 {number}\nEND:VEVENT\n"
        );
    }
    assert_eq!(import(&app, &person, &calendar, file(components.trim_end())).await["created"], 1);
    let list = app.get("/v1/events?from=2000-01-01T00:00:00Z&to=2000-01-01T12:00:00Z").bearer(&person.token);
    let list = list.expect(200).await;
    let event = format!("/v1/events/{}", list["items"][0]["id"].as_str().expect("an id"));
    app.patch(&event).bearer(&person.token).json(json!({ "title": "새" })).expect(200).await;
    let out = export(&app, &person, &calendar).await;
    assert!(out.contains("SUMMARY:새") && out.matches("SUMMARY:다른").count() == 3_000);
    assert_eq!(import(&app, &person, &calendar, out).await["skipped"], 1);
    app.stop().await;
}

async fn n02_hundreds_of_daily_series_are_refused_before_anything_is_written(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let path = format!("/v1/calendars/{calendar}/import");
    let series = |count: usize| {
        let one = |number: usize| {
            format!("BEGIN:VEVENT\nUID:{number}\nDTSTART:20200101T000000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\n")
        };
        file((0..count).map(one).collect::<String>().trim_end())
    };
    let post = |count: usize| app.post(&path).bearer(&person.token).body("text/calendar", series(count));
    post(450).refused(422, "calendar.too_many_occurrences").await;
    assert_eq!(post(3).expect(200).await["created"], 3);
    app.stop().await;
}
