//! N07: lunar series in files for programs that know no lunar calendar.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{between, create, default_calendar, export, import, in_2026, sharing::new_calendar};

madang_testkit::on_every_database!(
    n07_a_lunar_series_leaves_as_dates_and_comes_back_as_its_rule,
    n07_lunar_dates_without_their_mark_are_one_occurrence_each,
    n07_a_dense_lunar_series_leaves_with_the_dates_ahead,
    n07_a_lunar_rule_that_was_escaped_on_its_way_is_the_rule,
);

const RULE: &str = "RRULE:RSCALE=DANGI;FREQ=YEARLY";

/// The lines of a file, unfolded.
fn lines(file: &str) -> Vec<String> {
    file.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

/// 설날 from 2026 on, but not in 2028, and a day late in 2029.
async fn new_year(app: &TestApp, person: &Person) -> String {
    let calendar = default_calendar(app, person).await;
    let new = json!({
        "title": "설날", "start": { "date": "2026-02-17" }, "recurrence": [RULE, "EXDATE;VALUE=DATE:20280127"],
    });
    let id = text(&create(app, person, &calendar, new).await["id"]);
    let later = format!("/v1/events/{id}?occurrence=2029-02-13");
    let body = json!({ "start": { "date": "2029-02-14" } });
    app.patch(&later).bearer(&person.token).json(body).expect(200).await;
    calendar
}

const DAYS: [&str; 10] = [
    "20270207", "20280127", "20290213", "20300203", "20310123", "20320211", "20330131", "20340219",
    "20350208", "20360128",
];

/// The occurrences of some years, each asked for by itself.
async fn years(app: &TestApp, person: &Person, calendar: &str) -> Vec<String> {
    let mut found = Vec::new();
    for year in [2026, 2027, 2028, 2029, 2030, 2045] {
        let (from, to) = (format!("{year}-01-01T00:00:00Z"), format!("{year}-04-01T00:00:00Z"));
        found.extend(between(app, person, calendar, &from, &to).await);
    }
    found
}

async fn n07_a_lunar_series_leaves_as_dates_and_comes_back_as_its_rule(db: TestDb) {
    let app = in_2026(db).await;
    let (owner, other) = (app.person("하늘").await, app.person("바다").await);
    let calendar = new_year(&app, &owner).await;
    let out = export(&app, &owner, &calendar).await;
    let link = json!({ "detail": "full" });
    let link = app.post(&format!("/v1/calendars/{calendar}/share-links")).bearer(&owner.token).json(link);
    let url = text(&link.expect(201).await["url"]);
    let feed = app.get(&url[url.find("/v1/").expect("a path")..]).send().await.text();
    for file in [&out, &feed] {
        let lines = lines(file);
        let dates = format!("RDATE;X-MADANG-OF=RRULE;VALUE=DATE:{}", DAYS.join(","));
        let about = |line: &&String| line.contains("RRULE") || line.starts_with("EXDATE");
        let found: Vec<&str> = lines.iter().filter(about).map(String::as_str).collect();
        let expected = ["X-MADANG-RRULE:RSCALE=DANGI;FREQ=YEARLY", &dates, "EXDATE;VALUE=DATE:20280127"];
        assert_eq!(found, expected, "{file}");
    }
    // Our own file says nothing new; elsewhere it is the rule again, with what differs.
    let skipped = json!({ "created": 0, "updated": 0, "skipped": 1, "warnings": [] });
    assert_eq!(import(&app, &owner, &calendar, out.clone()).await, skipped);
    let there = default_calendar(&app, &other).await;
    assert_eq!(import(&app, &other, &there, out.clone()).await["created"], 1);
    let changes = app.get(&format!("/v1/calendars/{there}/changes")).bearer(&other.token).expect(200).await;
    let recurrence = &changes["items"][0]["event"]["recurrence"];
    assert_eq!(recurrence, &json!([RULE, "EXDATE;VALUE=DATE:20280127"]));
    let expected = years(&app, &owner, &calendar).await;
    assert_eq!(
        expected,
        ["설날 2026-02-17", "설날 2027-02-07", "설날 2029-02-14", "설날 2030-02-03", "설날 2045-02-17"]
    );
    assert_eq!(years(&app, &other, &there).await, expected);
    let body = |file: &str| file[file.find("BEGIN:VEVENT").expect("an event")..].to_owned();
    assert_eq!(body(&export(&app, &other, &there).await), body(&out), "again the same");
    app.stop().await;
}

async fn n07_lunar_dates_without_their_mark_are_one_occurrence_each(db: TestDb) {
    let app = in_2026(db).await;
    let person = app.person("하늘").await;
    let calendar = new_year(&app, &person).await;
    let out = lines(&export(&app, &person, &calendar).await).join("\r\n");
    let expected = years(&app, &person, &calendar).await;
    // A program that keeps properties but not parameters, and one that keeps neither.
    let unmarked = out.replace(";X-MADANG-OF=RRULE", "");
    let bare: Vec<&str> = unmarked.split("\r\n").filter(|line| !line.starts_with("X-MADANG-RRULE")).collect();
    for (name, file, count) in [("하나", unmarked.clone(), 5), ("둘", bare.join("\r\n"), 4)] {
        let there = new_calendar(&app, &person, name).await;
        let report: Value = import(&app, &person, &there, file).await;
        assert_eq!((&report["created"], &report["warnings"]), (&json!(1), &json!([])));
        assert_eq!(years(&app, &person, &there).await, expected[..count]);
    }
    app.stop().await;
}

async fn n07_a_dense_lunar_series_leaves_with_the_dates_ahead(db: TestDb) {
    let app = in_2026(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let new = json!({
        "title": "물", "start": { "date": "2024-01-01" }, "recurrence": ["RRULE:RSCALE=DANGI;FREQ=DAILY"],
    });
    create(&app, &person, &calendar, new).await;
    let lines = lines(&export(&app, &person, &calendar).await);
    let dates = lines.iter().find_map(|line| line.strip_prefix("RDATE;X-MADANG-OF=RRULE;VALUE=DATE:"));
    let dates: Vec<&str> = dates.expect("dates").split(',').collect();
    // From the beginning of this year on, a thousand days.
    assert_eq!((dates.len(), dates[0], dates[999]), (1_000, "20260101", "20280926"));
    app.stop().await;
}

async fn n07_a_lunar_rule_that_was_escaped_on_its_way_is_the_rule(db: TestDb) {
    let app = in_2026(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let rule = "RRULE:RSCALE=DANGI;FREQ=YEARLY;BYMONTH=1,8;BYMONTHDAY=1,15";
    let new = json!({ "title": "보름", "start": { "date": "2026-02-17" }, "recurrence": [rule] });
    create(&app, &person, &calendar, new).await;
    let out = lines(&export(&app, &person, &calendar).await);
    let escape = |line: &String| match line.strip_prefix("X-MADANG-RRULE:") {
        Some(rule) => format!("X-MADANG-RRULE:{}", rule.replace(';', "\\;").replace(',', "\\,")),
        None => line.clone(),
    };
    let escaped = out.iter().map(escape).collect::<Vec<_>>().join("\r\n");
    assert!(escaped.contains("X-MADANG-RRULE:RSCALE=DANGI\\;FREQ"), "{escaped}");
    let there = new_calendar(&app, &person, "하나").await;
    let report = import(&app, &person, &there, escaped).await;
    assert_eq!((&report["created"], &report["warnings"]), (&json!(1), &json!([])));
    let changes = app.get(&format!("/v1/calendars/{there}/changes")).bearer(&person.token).expect(200).await;
    assert_eq!(changes["items"][0]["event"]["recurrence"], json!([rule]));
    app.stop().await;
}
