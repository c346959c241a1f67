//! What a range answers.

use madang_testkit::{TestApp, TestDb, text};
use serde_json::json;

use super::{between, create, default_calendar, file, import, shown};

madang_testkit::on_every_database!(
    c16_range_returns_exactly_the_overlapping_occurrences,
    c16_ranges_are_checked,
    c16_days_are_where_the_viewer_is,
    n01_a_seoul_series_keeps_its_last_day,
    n01_clock_changes_move_no_lesson,
    n01_endless_series_are_found_in_any_year,
    n01_differing_occurrences_replace_theirs,
    a_series_can_be_listed_as_a_whole,
    pages_of_a_range_are_the_range,
    dense_series_are_exact_too,
    c16_what_lasts_is_found_however_long,
);

async fn c16_range_returns_exactly_the_overlapping_occurrences(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let event = |title: &str, start: &str, end: &str| json!({ "title": title, "start": { "dateTime": start }, "end": { "dateTime": end } });
    for (title, start, end) in [
        ("ends at from", "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z"),
        ("reaches in", "2026-12-01T08:30:00Z", "2026-12-01T09:00:01Z"),
        ("inside", "2026-12-01T09:10:00Z", "2026-12-01T09:20:00Z"),
        ("reaches out", "2026-12-01T09:59:59Z", "2026-12-01T11:00:00Z"),
        ("starts at to", "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"),
        ("a month", "2026-11-10T00:00:00Z", "2026-12-10T00:00:00Z"),
        ("a month before", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ("moment at from", "2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"),
        ("moment at to", "2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z"),
    ] {
        create(&app, &person, &calendar, event(title, start, end)).await;
    }
    let mut weekly = event("weekly", "2026-11-03T09:30:00Z", "2026-11-03T09:45:00Z");
    weekly["recurrence"] = json!(["RRULE:FREQ=WEEKLY", "EXDATE:20261208T093000Z"]);
    create(&app, &person, &calendar, weekly).await;
    assert_eq!(
        between(&app, &person, &calendar, "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z").await,
        [
            "a month 2026-11-10T00:00:00Z",
            "reaches in 2026-12-01T08:30:00Z",
            "moment at from 2026-12-01T09:00:00Z",
            "inside 2026-12-01T09:10:00Z",
            "weekly 2026-12-01T09:30:00Z",
            "reaches out 2026-12-01T09:59:59Z",
        ]
    );
    assert!(
        between(&app, &person, &calendar, "2026-12-12T09:00:00Z", "2026-12-15T09:30:00Z").await.is_empty()
    );
    let path = "/v1/events?from=2026-12-15T00:00:00Z&to=2026-12-16T00:00:00Z";
    let list = app.get(path).bearer(&person.token).expect(200).await;
    assert_eq!(list["items"][0]["occurrence"], "2026-12-15T09:30:00Z");
    app.stop().await;
}

async fn c16_ranges_are_checked(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    for (query, pointer, code) in [
        ("from=2026-01-01T00:00:00Z&to=2027-02-05T00:00:01Z", "?to", "calendar.range_too_long"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "?to", "calendar.range_reversed"),
        ("to=2026-01-01T00:00:00Z", "?from", "platform.required"),
        ("from=yesterday&to=2026-01-01T00:00:00Z", "?from", "platform.wrong_format"),
        ("from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&limit=0", "?limit", "platform.out_of_range"),
    ] {
        let refused = app
            .get(&format!("/v1/events?{query}"))
            .bearer(&person.token)
            .refused(422, "platform.invalid_fields")
            .await;
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
        assert_eq!(refused["errors"][0]["code"], code, "{refused}");
    }
    app.get("/v1/events?from=2026-01-01T00:00:00Z&to=2027-02-05T00:00:00Z")
        .bearer(&person.token)
        .expect(200)
        .await;
    app.stop().await;
}

async fn c16_days_are_where_the_viewer_is(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let new = json!({ "name": "서울", "timeZone": "Asia/Seoul" });
    let calendar = text(&app.post("/v1/calendars").bearer(&person.token).json(new).expect(201).await["id"]);
    create(&app, &person, &calendar, json!({ "title": "설날", "start": { "date": "2027-02-07" } })).await;
    create(
        &app,
        &person,
        &calendar,
        json!({ "title": "알람", "start": { "dateTime": "2027-02-07T07:00:00", "timeZone": null } }),
    )
    .await;
    // In Seoul the day ends at 15:00Z; in Honolulu it begins at 10:00Z.
    let at = |query: &str| format!("/v1/calendars/{calendar}/events?{query}");
    let find = async |query: &str| shown(&app.get(&at(query)).bearer(&person.token).expect(200).await);
    assert_eq!(find("from=2027-02-06T00:00:00Z&to=2027-02-06T15:00:00Z").await, [""; 0]);
    assert_eq!(find("from=2027-02-06T14:00:00Z&to=2027-02-06T15:00:01Z").await, ["설날 2027-02-07"]);
    assert_eq!(find("from=2027-02-07T15:00:00Z&to=2027-02-08T15:00:00Z").await, [""; 0]);
    assert_eq!(
        find("from=2027-02-07T15:00:00Z&to=2027-02-08T15:00:00Z&timeZone=Pacific/Honolulu").await,
        ["설날 2027-02-07", "알람 2027-02-07T07:00:00"]
    );
    app.stop().await;
}

async fn n01_a_seoul_series_keeps_its_last_day(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let start = json!({ "dateTime": "2026-03-01T20:00:00", "timeZone": "Asia/Seoul" });
    let rule = json!(["RRULE:FREQ=DAILY;UNTIL=20260303T145959Z"]);
    create(&app, &person, &calendar, json!({ "title": "수업", "start": start, "recurrence": rule })).await;
    assert_eq!(
        between(&app, &person, &calendar, "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z").await,
        ["수업 2026-03-01T11:00:00Z", "수업 2026-03-02T11:00:00Z", "수업 2026-03-03T11:00:00Z"]
    );
    app.stop().await;
}

async fn n01_clock_changes_move_no_lesson(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let start = json!({ "dateTime": "2026-03-07T02:30:00", "timeZone": "America/New_York" });
    let rule = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    create(&app, &person, &calendar, json!({ "title": "x", "start": start, "recurrence": rule })).await;
    assert_eq!(
        between(&app, &person, &calendar, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z").await,
        ["x 2026-03-07T07:30:00Z", "x 2026-03-08T07:30:00Z", "x 2026-03-09T06:30:00Z"]
    );
    app.stop().await;
}

async fn n01_endless_series_are_found_in_any_year(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let yearly =
        json!({ "title": "생일", "start": { "date": "1990-05-05" }, "recurrence": ["RRULE:FREQ=YEARLY"] });
    create(&app, &person, &calendar, yearly).await;
    let start = json!({ "dateTime": "2020-01-06T09:00:00", "timeZone": "Asia/Seoul" });
    let weekly = json!({ "title": "회의", "start": start, "recurrence": ["RRULE:FREQ=WEEKLY"] });
    create(&app, &person, &calendar, weekly).await;
    for year in [1991, 2019, 2026, 2027, 2031, 2500, 9000] {
        let found = between(
            &app,
            &person,
            &calendar,
            &format!("{year}-01-01T00:00:00Z"),
            &format!("{year}-12-31T00:00:00Z"),
        )
        .await;
        let lessons = found.iter().filter(|item| item.starts_with("회의")).count();
        assert_eq!(found.iter().filter(|item| **item == format!("생일 {year}-05-05")).count(), 1, "{year}");
        assert!(if year < 2020 { lessons == 0 } else { (51..=53).contains(&lessons) }, "{year}: {lessons}");
    }
    // A range that lies half within what is written down.
    let found = between(&app, &person, &calendar, "2028-06-01T00:00:00Z", "2029-06-01T00:00:00Z").await;
    assert_eq!(found.len(), 53);
    app.stop().await;
}

async fn n01_differing_occurrences_replace_theirs(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    for (uid, end) in [("finite", ";COUNT=4"), ("endless", "")] {
        let components = format!(
            "BEGIN:VEVENT\nUID:{uid}\nDTSTART;TZID=Asia/Seoul:20261201T100000\nDURATION:PT1H\n\
             RRULE:FREQ=DAILY{end}\nSUMMARY:{uid}\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:{uid}\nRECURRENCE-ID;TZID=Asia/Seoul:20261202T100000\n\
             DTSTART;TZID=Asia/Seoul:20261210T180000\nDURATION:PT2H\nSUMMARY:{uid} moved\nEND:VEVENT"
        );
        import(&app, &person, &calendar, file(&components)).await;
        let days =
            |items: Vec<String>| items.into_iter().filter(|item| item.starts_with(uid)).collect::<Vec<_>>();
        let found =
            days(between(&app, &person, &calendar, "2026-12-01T00:00:00Z", "2026-12-04T00:00:00Z").await);
        assert_eq!(found, [format!("{uid} 2026-12-01T01:00:00Z"), format!("{uid} 2026-12-03T01:00:00Z")]);
        let found =
            days(between(&app, &person, &calendar, "2026-12-10T09:00:00Z", "2026-12-10T10:00:00Z").await);
        assert_eq!(found, [format!("{uid} moved 2026-12-10T09:00:00Z")]);
    }
    let path = "/v1/events?from=2026-12-10T09:00:00Z&to=2026-12-10T10:00:00Z";
    let list = app.get(path).bearer(&person.token).expect(200).await;
    assert_eq!(list["items"][0]["occurrence"], "2026-12-02T01:00:00Z");
    app.stop().await;
}

async fn a_series_can_be_listed_as_a_whole(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let rule = json!(["RRULE:FREQ=DAILY"]);
    create(
        &app,
        &person,
        &calendar,
        json!({ "title": "매일", "start": { "date": "2026-11-01" }, "recurrence": rule }),
    )
    .await;
    create(&app, &person, &calendar, json!({ "title": "한 번", "start": { "date": "2026-12-03" } })).await;
    let path = format!(
        "/v1/calendars/{calendar}/events?from=2026-12-01T00:00:00Z&to=2026-12-08T00:00:00Z&expand=false"
    );
    let list = app.get(&path).bearer(&person.token).expect(200).await;
    assert_eq!(shown(&list), ["매일 2026-11-01", "한 번 2026-12-03"]);
    app.stop().await;
}

async fn pages_of_a_range_are_the_range(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "Asia/Seoul" });
    for title in ["가", "나", "다"] {
        let rule = json!(["RRULE:FREQ=DAILY"]);
        create(
            &app,
            &person,
            &calendar,
            json!({ "title": title, "start": at("2026-11-01T09:00:00"), "recurrence": rule }),
        )
        .await;
    }
    create(
        &app,
        &person,
        &calendar,
        json!({ "title": "길다", "start": at("2026-11-20T09:00:00"), "end": at("2026-12-20T09:00:00") }),
    )
    .await;
    create(
        &app,
        &person,
        &calendar,
        json!({ "title": "하루", "start": { "date": "2026-11-25" }, "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    )
    .await;
    // Beyond the horizon too: half of it is expanded on the spot.
    for (from, to) in
        [("2026-12-01T00:00:00Z", "2026-12-15T00:00:00Z"), ("2028-12-10T00:00:00Z", "2029-01-20T00:00:00Z")]
    {
        let whole = between(&app, &person, &calendar, from, to).await;
        let mut paged = Vec::new();
        let mut path = format!("/v1/calendars/{calendar}/events?from={from}&to={to}&limit=7");
        loop {
            let page = app.get(&path).bearer(&person.token).expect(200).await;
            let items = shown(&page);
            assert!(items.len() <= 7);
            paged.extend(items);
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            path = format!("/v1/calendars/{calendar}/events?from={from}&to={to}&limit=7&cursor={cursor}");
        }
        assert_eq!(paged, whole);
        assert!(whole.len() > 40, "{}", whole.len());
    }
    app.stop().await;
}

async fn dense_series_are_exact_too(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let start = json!({ "dateTime": "2026-01-01T00:00:00", "timeZone": "Asia/Seoul" });
    create(
        &app,
        &person,
        &calendar,
        json!({ "title": "종", "start": start, "recurrence": ["RRULE:FREQ=HOURLY"] }),
    )
    .await;
    for day in ["2026-11-20", "2026-03-01", "2030-03-01"] {
        let found =
            between(&app, &person, &calendar, &format!("{day}T00:00:00Z"), &format!("{day}T23:59:59Z")).await;
        assert_eq!(found.len(), 24, "{day}");
    }
    app.stop().await;
}

/// The three lanes of a range, and their seams: up to two days, up to 62, and longer.
async fn c16_what_lasts_is_found_however_long(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let mut events = Vec::new();
    for length in [1, 2, 3, 61, 62, 63, 400] {
        for start in [-399, -63, -62, -61, -3, -2, -1, 0, 1, 29, 30, 31] {
            for zone in ["DTSTART:", "DTSTART;VALUE=DATE:"] {
                let day = jiff::civil::date(2026, 12, 1).checked_add(jiff::Span::new().days(start));
                let day = day.expect("a day").strftime("%Y%m%d").to_string();
                let at = if zone.contains("DATE") {
                    format!("{zone}{day}")
                } else {
                    format!("{zone}{day}T000000Z")
                };
                let number = events.len();
                let inside = start < 30 && start + length > 0;
                let title = format!("{} {number}", if inside { "in" } else { "out" });
                events.push(format!(
                    "BEGIN:VEVENT\nUID:{number}\n{at}\nDURATION:P{length}D\nSUMMARY:{title}\nEND:VEVENT"
                ));
            }
        }
    }
    import(&app, &person, &calendar, file(&events.join("\n"))).await;
    let path = format!(
        "/v1/calendars/{calendar}/events?from=2026-12-01T00:00:00Z&to=2026-12-31T00:00:00Z&timeZone=UTC&limit=100"
    );
    let mut found = Vec::new();
    let mut next = Some(path.clone());
    while let Some(path_of_page) = next {
        let page = app.get(&path_of_page).bearer(&person.token).expect(200).await;
        found.extend(page["items"].as_array().expect("items").iter().map(|item| text(&item["title"])));
        next = page["nextCursor"].as_str().map(|cursor| format!("{path}&cursor={cursor}"));
    }
    let wanted = events.iter().filter(|event| event.contains("SUMMARY:in ")).count();
    assert!(found.iter().all(|title| title.starts_with("in ")), "{found:?}");
    found.sort();
    found.dedup();
    assert_eq!(found.len(), wanted);
    app.stop().await;
}
