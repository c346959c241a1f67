//! N01, N02: `RANGE=THISANDFUTURE` (RFC 5545 3.2.13) in a file. The starts are those that
//! `recurring-ical-events` 3.8.2 names.

use madang_testkit::{TestApp, TestDb};
use serde_json::json;

use super::{between, default_calendar, export, file, import};

madang_testkit::on_every_database!(
    n01_a_change_of_all_that_follow_is_shown_for_all_of_them,
    n01_changes_of_all_that_follow_come_one_after_the_other,
    n02_what_cannot_be_cut_is_kept,
);

fn series(rule: &str, more: &str) -> String {
    file(&format!(
        "BEGIN:VEVENT\nUID:s\nDTSTART;TZID=Asia/Seoul:20270301T200000\nDTEND;TZID=Asia/Seoul:20270301T210000\n\
         {rule}\nSUMMARY:a\nX-OWN:1\nEND:VEVENT\n{more}"
    ))
}

fn from(day: &str, range: &str, start: &str, title: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID;TZID=Asia/Seoul{range}:{day}T200000\nDTSTART;TZID=Asia/Seoul:{start}\n\
         DURATION:PT2H\nSUMMARY:{title}\nX-OWN:{title}\nEND:VEVENT"
    )
}

const FUTURE: &str = ";RANGE=THISANDFUTURE";
const WINDOW: (&str, &str) = ("2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z");

async fn n01_a_change_of_all_that_follow_is_shown_for_all_of_them(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    // Later on, and an hour and a half later; what has a component of its own stays where it says.
    let more = [
        from("20270303", FUTURE, "20270303T213000", "b"),
        from("20270304", "", "20270304T080000", "own"),
        from("20270302", "", "20270302T220000", "early"),
    ];
    let source = series("RRULE:FREQ=DAILY;COUNT=5", &more.join("\n"));
    let report = import(&app, &person, &calendar, source.clone()).await;
    assert_eq!((&report["created"], &report["warnings"][0]["code"]), (&json!(2), &json!("splitSeries")));
    let expected = [
        "a 2027-03-01T11:00:00Z",
        "early 2027-03-02T13:00:00Z",
        "b 2027-03-03T12:30:00Z",
        "own 2027-03-03T23:00:00Z",
        "b 2027-03-05T12:30:00Z",
    ];
    assert_eq!(between(&app, &person, &calendar, WINDOW.0, WINDOW.1).await, expected);
    let out = export(&app, &person, &calendar).await;
    assert!(
        ["X-OWN:1", "X-OWN:b", "X-OWN:own", "X-OWN:early"].iter().all(|kept| out.contains(kept)),
        "{out}"
    );
    for again in [source, out] {
        let report = import(&app, &person, &calendar, again).await;
        assert_eq!((&report["skipped"], &report["updated"]), (&json!(2), &json!(0)), "{report}");
    }
    assert_eq!(between(&app, &person, &calendar, WINDOW.0, WINDOW.1).await, expected);
    app.stop().await;
}

async fn n01_changes_of_all_that_follow_come_one_after_the_other(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let new = |name: &str| app.post("/v1/calendars").bearer(&person.token).json(json!({ "name": name }));
    let cases = [
        // Each names what it changes by the series' own time.
        (
            "RRULE:FREQ=WEEKLY;COUNT=5",
            vec![
                from("20270315", FUTURE, "20270315T190000", "c"),
                from("20270308", FUTURE, "20270308T220000", "b"),
            ],
            vec![
                "a 2027-03-01T11:00:00Z",
                "b 2027-03-08T13:00:00Z",
                "c 2027-03-15T10:00:00Z",
                "c 2027-03-22T10:00:00Z",
                "c 2027-03-29T10:00:00Z",
            ],
        ),
        // From the first on; to another day, which no rule of two weekdays follows.
        (
            "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270312T000000Z",
            vec![from("20270301", FUTURE, "20270302T200000", "b")],
            vec![
                "b 2027-03-02T11:00:00Z",
                "b 2027-03-04T11:00:00Z",
                "b 2027-03-09T11:00:00Z",
                "b 2027-03-11T11:00:00Z",
            ],
        ),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=MO",
            vec![from("20270315", FUTURE, "20270317T090000", "b")],
            vec![
                "a 2027-03-01T11:00:00Z",
                "a 2027-03-08T11:00:00Z",
                "b 2027-03-17T00:00:00Z",
                "b 2027-03-24T00:00:00Z",
                "b 2027-03-31T00:00:00Z",
            ],
        ),
    ];
    for (rule, more, expected) in cases.into_iter().chain(endless()) {
        let calendar = madang_testkit::text(&new(rule).expect(201).await["id"]);
        let source = series(rule, &more.join("\n"));
        import(&app, &person, &calendar, source.clone()).await;
        assert_eq!(between(&app, &person, &calendar, WINDOW.0, WINDOW.1).await, expected, "{rule}");
        assert_eq!(import(&app, &person, &calendar, source).await["updated"], 0, "{rule}");
    }
    app.stop().await;
}

/// Rhythms without an end that go on other days from some day on.
fn endless() -> [(&'static str, Vec<String>, Vec<&'static str>); 2] {
    [
        (
            "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
            vec![from("20270310", FUTURE, "20270311T200000", "b")],
            vec![
                "a 2027-03-01T11:00:00Z",
                "a 2027-03-03T11:00:00Z",
                "a 2027-03-08T11:00:00Z",
                "b 2027-03-11T11:00:00Z",
                "b 2027-03-16T11:00:00Z",
                "b 2027-03-18T11:00:00Z",
                "b 2027-03-23T11:00:00Z",
                "b 2027-03-25T11:00:00Z",
                "b 2027-03-30T11:00:00Z",
            ],
        ),
        (
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
            vec![from("20270307", FUTURE, "20270306T210000", "b")],
            vec![
                "a 2027-03-01T11:00:00Z",
                "b 2027-03-06T12:00:00Z",
                "b 2027-03-14T12:00:00Z",
                "b 2027-03-20T12:00:00Z",
                "b 2027-03-28T12:00:00Z",
            ],
        ),
    ]
}

async fn n02_what_cannot_be_cut_is_kept(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    // An endless rhythm whose every day moves, which no rule says, and a range that nobody writes any more.
    let more = [
        from("20270302", FUTURE, "20270303T200000", "b"),
        from("20270304", ";RANGE=THISANDPRIOR", "20270304T210000", "c"),
    ];
    let source = series("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,TH;BYSETPOS=1,2,3,5", &more.join("\n"));
    let report = import(&app, &person, &calendar, source).await;
    let codes: Vec<_> = report["warnings"].as_array().expect("warnings").iter().map(|w| &w["code"]).collect();
    assert_eq!(codes, [&json!("keptNotExpanded"), &json!("keptNotExpanded")], "{report}");
    let found = between(&app, &person, &calendar, WINDOW.0, "2027-03-11T00:00:00Z").await;
    let expected = [
        "a 2027-03-01T11:00:00Z",
        "b 2027-03-03T11:00:00Z",
        "c 2027-03-04T12:00:00Z",
        "a 2027-03-09T11:00:00Z",
    ];
    assert_eq!(found, expected);
    let out = export(&app, &person, &calendar).await;
    assert!(out.contains("RANGE=THISANDFUTURE") && out.contains("RANGE=THISANDPRIOR"), "{out}");
    app.stop().await;
}
