//! N02: what clock changes do to lengths and places in files, and lengths that no calendar holds.

use madang_testkit::{Person, TestApp, TestDb, text};

use super::{default_calendar, file, import};

madang_testkit::on_every_database!(
    n02_a_day_named_as_place_of_a_timed_series_is_its_occurrence_there,
    n02_a_day_and_24_hours_differ_over_a_clock_change,
    n02_an_end_that_a_clock_change_skips_keeps_the_offset_before,
    n02_huge_lengths_spoil_nothing,
);

/// `title start end` of what happens in March 2027.
async fn spans(app: &TestApp, person: &Person, calendar: &str) -> Vec<String> {
    let path = format!("/v1/calendars/{calendar}/events?from=2027-03-01T00:00:00Z&to=2027-04-01T00:00:00Z");
    let list = app.get(&path).bearer(&person.token).expect(200).await;
    let items = list["items"].as_array().expect("items").iter();
    let span = |item: &serde_json::Value| {
        let of = |name: &str| text(&item[name]["dateTime"]);
        format!("{} {} {}", text(&item["title"]), of("start"), of("end"))
    };
    items.map(span).collect()
}

/// What a file with these components says of March 2027.
async fn imported(db: TestDb, components: &str) -> Vec<String> {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    import(&app, &person, &calendar, file(components)).await;
    let found = spans(&app, &person, &calendar).await;
    app.stop().await;
    found
}

async fn n02_a_day_named_as_place_of_a_timed_series_is_its_occurrence_there(db: TestDb) {
    let found = imported(
        db,
        "BEGIN:VEVENT\nUID:a\nDTSTART;TZID=Asia/Seoul:20270302T080000\nDURATION:PT1H\n\
         RRULE:FREQ=DAILY;COUNT=3\nSUMMARY:수업\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20270303\nDTSTART;TZID=Asia/Seoul:20270303T210000\n\
         DURATION:PT2H\nSUMMARY:밤 수업\nEND:VEVENT",
    )
    .await;
    // The third of March in Seoul, whose morning is still the second in UTC.
    let expected = [
        "수업 2027-03-01T23:00:00Z 2027-03-02T00:00:00Z",
        "밤 수업 2027-03-03T12:00:00Z 2027-03-03T14:00:00Z",
        "수업 2027-03-03T23:00:00Z 2027-03-04T00:00:00Z",
    ];
    assert_eq!(found, expected);
}

async fn n02_a_day_and_24_hours_differ_over_a_clock_change(db: TestDb) {
    // New York goes from UTC-5 to UTC-4 on 14 March.
    let event = |title: &str, length: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{title}\nDTSTART;TZID=America/New_York:20270313T120000\nDURATION:{length}\n\
             SUMMARY:{title}\nEND:VEVENT\n"
        )
    };
    let events = event("day", "P1D") + &event("hours", "PT24H");
    let mut found = imported(db, events.trim_end()).await;
    found.sort();
    let expected =
        ["day 2027-03-13T17:00:00Z 2027-03-14T16:00:00Z", "hours 2027-03-13T17:00:00Z 2027-03-14T17:00:00Z"];
    assert_eq!(found, expected);
}

async fn n02_an_end_that_a_clock_change_skips_keeps_the_offset_before(db: TestDb) {
    let found = imported(
        db,
        "BEGIN:VEVENT\nUID:a\nDTSTART;TZID=America/New_York:20270313T013000\n\
         DTEND;TZID=America/New_York:20270313T023000\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:daily\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:b\nDTSTART;TZID=America/New_York:20270314T013000\n\
         DTEND;TZID=America/New_York:20270314T023000\nSUMMARY:once\nEND:VEVENT",
    )
    .await;
    // 02:30 does not exist on the 14th; read with UTC-5 it is 03:30 of the new clock, an hour later.
    for expected in [
        "once 2027-03-14T06:30:00Z 2027-03-14T07:30:00Z",
        "daily 2027-03-13T06:30:00Z 2027-03-13T07:30:00Z",
        "daily 2027-03-14T06:30:00Z 2027-03-14T07:30:00Z",
        "daily 2027-03-15T05:30:00Z 2027-03-15T06:30:00Z",
    ] {
        assert!(found.contains(&expected.to_owned()), "{expected} in {found:?}");
    }
    assert_eq!(found.len(), 4, "{found:?}");
}

async fn n02_huge_lengths_spoil_nothing(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let lengths = [
        "P999999999W".to_owned(),
        "P999999999D".to_owned(),
        "PT999999999H".to_owned(),
        "PT999999999H999999999H999999999H".to_owned(),
        "P999999999WT999999999H".to_owned(),
        format!("P{}", "999999999W".repeat(200)),
        "P99999999999999999999D".to_owned(),
        "-P999999999W".to_owned(),
    ];
    let event = |(number, length): (usize, &String)| {
        format!(
            "BEGIN:VEVENT\nUID:{number}\nDTSTART:20270302T080000Z\nDURATION:{length}\n\
             RRULE:FREQ=DAILY;COUNT=2\nSUMMARY:{number}\nEND:VEVENT\n"
        )
    };
    let events: String = lengths.iter().enumerate().map(event).collect();
    let small = "BEGIN:VEVENT\nUID:x\nDTSTART:20270302T080000Z\nDURATION:PT1H\nSUMMARY:x\nEND:VEVENT";
    let report = import(&app, &person, &calendar, file(&format!("{events}{small}"))).await;
    assert_eq!(report["created"], lengths.len() + 1, "{report}");
    let found = spans(&app, &person, &calendar).await;
    assert!(found.contains(&"x 2027-03-02T08:00:00Z 2027-03-02T09:00:00Z".to_owned()), "{found:?}");
    // Each is there at its two starts, and none ends before it begins.
    for number in 0..lengths.len() {
        let of: Vec<Vec<&str>> = found.iter().map(|span| span.split(' ').collect()).collect();
        let of: Vec<_> = of.into_iter().filter(|span| span[0] == number.to_string()).collect();
        assert_eq!(of.len(), 2, "{number} in {found:?}");
        assert!(of.iter().all(|span| span[1] <= span[2]), "{of:?}");
    }
    app.stop().await;
}
