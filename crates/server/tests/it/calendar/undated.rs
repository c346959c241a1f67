//! C20: tasks without a date.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, export, file, import, sharing::share};

madang_testkit::on_every_database!(
    c20_a_task_needs_no_date,
    c20_what_hangs_on_a_date_needs_one,
    c20_a_task_without_a_date_leaves_and_comes_back,
    c20_occurrences_of_what_has_no_date_are_nobody_elses,
    c20_a_task_that_got_a_date_and_a_rhythm_leaves_with_what_differs,
    c20_a_file_that_takes_a_date_away_takes_the_seats_away,
    c20_without_a_date_no_alarm_is_before_it,
);

const DECEMBER: &str = "/v1/events?from=2036-11-29T00:00:00Z&to=2036-12-20T00:00:00Z&timeZone=UTC";

/// How many tasks somebody finds in a range, and whether they find this one by its words.
async fn seen(app: &TestApp, who: &Person) -> (usize, usize) {
    let list = app.get(DECEMBER).bearer(&who.token).expect(200).await;
    let found = app.get("/v1/search?type=events&q=우유").bearer(&who.token).expect(200).await;
    let count = |list: &Value| list["items"].as_array().expect("items").len();
    (count(&list), count(&found))
}

async fn c20_a_task_needs_no_date(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, guest, reader) =
        (app.person("하늘").await, app.person("바다").await, app.person("산들").await);
    let calendar = default_calendar(&app, &host).await;
    share(&app, &host, &calendar, &reader, "reader").await;
    let task = create(&app, &host, &calendar, json!({ "kind": "task", "title": "우유 사기" })).await;
    let when = |task: &Value| ["start", "end", "timeZone", "allDay"].map(|name| task[name].clone());
    let never = [json!(null), json!(null), json!(null), json!(false)];
    assert_eq!(when(&task), never, "{task}");
    let path = format!("/v1/events/{}", text(&task["id"]));
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    // In no range, but found by everybody who sees it.
    for person in [&host, &guest, &reader] {
        assert_eq!(seen(&app, person).await, (0, 1));
        let shown = app.get(&path).bearer(&person.token).expect(200).await;
        assert_eq!(
            (when(&shown), &shown["participants"][0]["status"]),
            (never.clone(), &json!("needsAction"))
        );
    }
    let answer = json!({ "status": "accepted" });
    app.put(&format!("{path}/response")).bearer(&guest.token).json(answer).expect(200).await;
    let token = |changes: &Value| text(&changes["nextSyncToken"]);
    let changes = format!("/v1/calendars/{calendar}/changes");
    let news = app.get(&changes).bearer(&reader.token).expect(200).await;
    let told = &news["items"][0]["event"];
    assert_eq!(
        (&told["title"], when(told), &told["participants"][0]["status"]),
        (&json!("우유 사기"), never.clone(), &json!("accepted"))
    );

    let completion = format!("{path}/completion");
    let done = app.put(&completion).bearer(&guest.token).expect(200).await;
    assert!(done["completedAt"].is_string());
    app.delete(&completion).bearer(&host.token).expect(204).await;
    for path in [&completion, &path] {
        let path = format!("{path}?occurrence=2036-12-01");
        app.delete(&path).bearer(&host.token).refused(404, "platform.not_found").await;
    }

    // A date is given, is another one, and is taken away.
    let patch = |body: Value| app.patch(&path).bearer(&host.token).json(body);
    let day = |day: &str| json!({ "date": day });
    let dated = patch(json!({ "start": day("2036-12-01"), "end": day("2036-12-03") })).expect(200).await;
    assert_eq!((&dated["start"], &dated["end"]), (&day("2036-12-01"), &day("2036-12-03")));
    assert_eq!(dated["sequence"], json!(1));
    assert_eq!(seen(&app, &guest).await, (1, 1));
    let due = patch(json!({ "start": null, "end": day("2036-12-05") })).expect(200).await;
    assert_eq!((&due["start"], &due["end"]), (&day("2036-12-05"), &day("2036-12-05")));
    let since = token(&app.get(&changes).bearer(&reader.token).expect(200).await);
    let undated = patch(json!({ "start": null, "title": "우유 두 개" })).expect(200).await;
    assert_eq!((when(&undated), &undated["title"]), (never.clone(), &json!("우유 두 개")));
    assert_eq!(seen(&app, &host).await, (0, 1));
    let news = app.get(&format!("{changes}?syncToken={since}")).bearer(&reader.token).expect(200).await;
    assert_eq!(when(&news["items"][0]["event"]), never);
    // The clock of a time that says none is that of whoever gives it, or of the zone beside it.
    let local = json!({ "dateTime": "2036-12-01T09:00:00" });
    let at = patch(json!({ "end": local, "timeZone": "Asia/Tokyo" })).expect(200).await;
    assert_eq!((&at["timeZone"], &at["start"]), (&json!("Asia/Tokyo"), &at["end"]));
    assert_eq!(at["start"]["dateTime"], json!("2036-12-01T00:00:00Z"));
    app.delete(&path).bearer(&host.token).expect(204).await;
    assert_eq!(seen(&app, &guest).await, (0, 0));
    app.stop().await;
}

/// The pointers of what is refused for want of a date.
fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("errors");
    assert!(errors.iter().all(|error| error["code"] == "calendar.date_required"), "{problem}");
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer")).collect()
}

async fn c20_what_hangs_on_a_date_needs_one(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let post =
        |body: Value| app.post(&format!("/v1/calendars/{calendar}/events")).bearer(&person.token).json(body);
    let all = json!({
        "kind": "task", "title": "x", "allDay": true, "timeZone": "Asia/Seoul", "capacity": 2,
        "recurrence": ["RRULE:FREQ=DAILY"],
    });
    let problem = post(all).refused(422, "platform.invalid_fields").await;
    assert_eq!(pointers(&problem), ["/allDay", "/timeZone", "/capacity", "/recurrence"]);
    let problem = post(json!({ "title": "x" })).refused(422, "platform.invalid_fields").await;
    assert_eq!(
        (&problem["errors"][0]["code"], &problem["errors"][0]["pointer"]),
        (&json!("platform.required"), &json!("/start"))
    );

    let change = |made: &Value, body: Value| {
        app.patch(&format!("/v1/events/{}", text(&made["id"]))).bearer(&person.token).json(body)
    };
    let refused = async |made: &Value, body: Value, pointer: &str| {
        let problem = change(made, body).refused(422, "platform.invalid_fields").await;
        assert_eq!(pointers(&problem), [pointer]);
    };
    let task = create(&app, &person, &calendar, json!({ "kind": "task", "title": "x" })).await;
    refused(&task, json!({ "recurrence": ["RRULE:FREQ=DAILY"] }), "/recurrence").await;
    refused(&task, json!({ "capacity": 3 }), "/capacity").await;
    refused(&task, json!({ "timeZone": "Asia/Seoul" }), "/timeZone").await;

    let day = json!({ "date": "2036-12-01" });
    let series =
        json!({ "kind": "task", "title": "x", "end": day, "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"] });
    let series = create(&app, &person, &calendar, series).await;
    refused(&series, json!({ "start": null }), "/start").await;
    change(&series, json!({ "recurrence": [] })).expect(200).await;
    assert_eq!(change(&series, json!({ "start": null })).expect(200).await["start"], json!(null));
    let open = json!({ "kind": "task", "title": "x", "end": day, "capacity": 2 });
    let open = create(&app, &person, &calendar, open).await;
    refused(&open, json!({ "start": null }), "/capacity").await;
    assert_eq!(
        change(&open, json!({ "start": null, "capacity": null })).expect(200).await["end"],
        json!(null)
    );
    // What takes place does so at some time.
    let event = create(&app, &person, &calendar, json!({ "title": "x", "start": day })).await;
    let problem = change(&event, json!({ "start": null })).refused(422, "platform.invalid_fields").await;
    assert_eq!(problem["errors"][0]["code"], "platform.required");
    app.stop().await;
}

async fn c20_a_task_without_a_date_leaves_and_comes_back(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, other) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &host).await;
    let new = json!({ "kind": "task", "title": "우유", "reminders": [{ "minutesBefore": 10 }] });
    let made = create(&app, &host, &calendar, new).await;
    let path = format!("/v1/events/{}", text(&made["id"]));
    app.put(&format!("{path}/completion")).bearer(&host.token).expect(200).await;
    app.put(&format!("{path}/participants/{}", other.id)).bearer(&host.token).expect(200).await;
    let foreign = "BEGIN:VTODO\nUID:foreign\nX-COLOUR:RED\nSUMMARY:빵\nSTATUS:IN-PROCESS\nEND:VTODO";
    let report = import(&app, &host, &calendar, file(foreign)).await;
    assert_eq!((&report["created"], &report["warnings"]), (&json!(1), &json!([])), "{report}");
    let out = export(&app, &host, &calendar).await;
    for word in ["DTSTART", "DUE", "VALARM"] {
        assert!(!out.contains(word), "{word} in {out}");
    }
    for word in ["COMPLETED:", "X-COLOUR:RED", "STATUS:IN-PROCESS", "ATTENDEE"] {
        assert!(out.contains(word), "{word} in {out}");
    }
    let skipped = json!({ "created": 0, "updated": 0, "skipped": 2, "warnings": [] });
    assert_eq!(import(&app, &host, &calendar, out.clone()).await, skipped);
    let there = default_calendar(&app, &other).await;
    assert_eq!(import(&app, &other, &there, out.clone()).await["created"], 2);
    let found = app.get(&format!("/v1/calendars/{there}/changes")).bearer(&other.token).expect(200).await;
    let mut tasks: Vec<(String, bool, bool)> = found["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| &item["event"])
        .map(|task| (text(&task["title"]), task["completedAt"].is_string(), task["start"].is_null()))
        .collect();
    tasks.sort();
    assert_eq!(tasks, [("빵".to_owned(), false, true), ("우유".to_owned(), true, true)]);
    // What came from a file gets a date and loses it, and keeps what nobody understands.
    let bread = found["items"].as_array().expect("items").iter().find(|item| item["event"]["title"] == "빵");
    let bread = format!("/v1/events/{}", text(&bread.expect("bread")["id"]));
    for (start, due) in [(json!({ "date": "2036-12-01" }), true), (json!(null), false)] {
        app.patch(&bread).bearer(&other.token).json(json!({ "start": start })).expect(200).await;
        let out = export(&app, &other, &there).await;
        assert_eq!(out.contains("DUE;VALUE=DATE:20361201"), due, "{out}");
        assert!(!out.contains("DTSTART") && out.contains("X-COLOUR:RED"), "{out}");
    }
    app.stop().await;
}

/// The public file of a calendar.
async fn feed(app: &TestApp, owner: &Person, calendar: &str) -> String {
    let link = app.post(&format!("/v1/calendars/{calendar}/share-links")).bearer(&owner.token);
    let url = text(&link.json(json!({ "detail": "full" })).expect(201).await["url"]);
    app.get(&url[url.find("/v1/").expect("a path")..]).send().await.text()
}

async fn c20_occurrences_of_what_has_no_date_are_nobody_elses(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, reader) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &host).await;
    share(&app, &host, &calendar, &reader, "reader").await;
    let components = "BEGIN:VTODO\nUID:a\nSUMMARY:물\nEND:VTODO\nBEGIN:VTODO\nUID:a\n\
        RECURRENCE-ID;VALUE=DATE:20361201\nDUE;VALUE=DATE:20361201\nCLASS:PRIVATE\nSUMMARY:비밀\nEND:VTODO\n\
        BEGIN:VTODO\nUID:b\nSUMMARY:빵\nEND:VTODO";
    let report = import(&app, &host, &calendar, file(components)).await;
    let warnings = report["warnings"].as_array().expect("warnings");
    let warned: Vec<_> = warnings.iter().map(|warning| (&warning["code"], &warning["uid"])).collect();
    assert_eq!(warned, [(&json!("keptNotShown"), &json!("a"))]);
    let own = export(&app, &host, &calendar).await;
    assert!(own.contains("SUMMARY:비밀") && own.contains("CLASS:PRIVATE"), "{own}");
    for out in [export(&app, &reader, &calendar).await, feed(&app, &host, &calendar).await] {
        assert!(out.contains("SUMMARY:빵") && !out.contains("비밀") && !out.contains("PRIVATE"), "{out}");
    }
    app.stop().await;
}

async fn c20_a_task_that_got_a_date_and_a_rhythm_leaves_with_what_differs(db: TestDb) {
    let app = TestApp::start(db).await;
    let (host, other) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &host).await;
    let foreign = "BEGIN:VTODO\nUID:a\nX-COLOUR:RED\nSUMMARY:물\nEND:VTODO";
    import(&app, &host, &calendar, file(foreign)).await;
    let found = app.get(&format!("/v1/calendars/{calendar}/changes")).bearer(&host.token).expect(200).await;
    let path = format!("/v1/events/{}", text(&found["items"][0]["event"]["id"]));
    let dated = json!({ "start": { "date": "2036-12-01" }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"] });
    app.patch(&path).bearer(&host.token).json(dated).expect(200).await;
    let one = format!("{path}?occurrence=2036-12-02&scope=this");
    app.patch(&one).bearer(&host.token).json(json!({ "title": "물 많이" })).expect(200).await;
    let out = export(&app, &host, &calendar).await;
    for word in ["RECURRENCE-ID;VALUE=DATE:20361202", "SUMMARY:물 많이", "X-COLOUR:RED", "COUNT=3"] {
        assert!(out.contains(word), "{word} in {out}");
    }
    assert_eq!(import(&app, &host, &calendar, out.clone()).await["skipped"], 1);
    let there = default_calendar(&app, &other).await;
    assert_eq!(import(&app, &other, &there, out).await["created"], 1);
    for person in [&host, &other] {
        let list = app.get(DECEMBER).bearer(&person.token).expect(200).await;
        assert_eq!(super::shown(&list), ["물 2036-12-01", "물 많이 2036-12-02", "물 2036-12-03"]);
    }
    app.stop().await;
}

async fn c20_a_file_that_takes_a_date_away_takes_the_seats_away(db: TestDb) {
    let app = super::in_2026(db).await;
    let (host, guest) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &host).await;
    let (dated, undated) = ("DUE;VALUE=DATE:20361201\n", "");
    let task = |due: &str| file(&format!("BEGIN:VTODO\nUID:a\n{due}SUMMARY:김장\nEND:VTODO"));
    import(&app, &host, &calendar, task(dated)).await;
    let found = app.get(&format!("/v1/calendars/{calendar}/changes")).bearer(&host.token).expect(200).await;
    let path = format!("/v1/events/{}", text(&found["items"][0]["event"]["id"]));
    app.patch(&path).bearer(&host.token).json(json!({ "capacity": 1 })).expect(200).await;
    app.put(&format!("{path}/participants/{}", guest.id)).bearer(&host.token).expect(200).await;
    for who in [&host, &guest] {
        app.post(&format!("{path}/join")).bearer(&who.token).expect(200).await;
    }
    let report = import(&app, &host, &calendar, task(undated)).await;
    let warning = &report["warnings"][0];
    let told = (&report["updated"], &warning["code"], &warning["outcome"], &warning["uid"], &warning["line"]);
    assert_eq!(told, (&json!(1), &json!("droppedSeats"), &json!("dropped"), &json!("a"), &json!(4)));
    // Nobody has a seat, nobody waits, and the guest is still invited.
    let people = ["capacity", "joinedCount", "waitlistCount", "myJoinState"];
    for who in [&host, &guest] {
        let shown = app.get(&path).bearer(&who.token).expect(200).await;
        let left: Vec<&Value> =
            people.iter().map(|name| &shown[name]).filter(|left| !left.is_null() && **left != 0).collect();
        assert_eq!((&shown["start"], left), (&json!(null), vec![]), "{shown}");
        assert_eq!(shown["participants"][0]["user"]["id"], json!(guest.id), "{shown}");
    }
    // With a date again, it is as if nobody had come.
    let report = import(&app, &host, &calendar, task(dated)).await;
    assert_eq!((&report["updated"], &report["warnings"]), (&json!(1), &json!([])));
    let open = json!({ "capacity": 1 });
    let open = app.patch(&path).bearer(&host.token).json(open).expect(200).await;
    assert_eq!((&open["joinedCount"], &open["waitlistCount"]), (&json!(0), &json!(0)), "{open}");
    let joined = app.post(&format!("{path}/join")).bearer(&guest.token).expect(200).await;
    assert_eq!(joined["joinedCount"], 1, "{joined}");
    app.stop().await;
}

async fn c20_without_a_date_no_alarm_is_before_it(db: TestDb) {
    let app = TestApp::start(db).await;
    let host = app.person("하늘").await;
    let calendar = default_calendar(&app, &host).await;
    let alarm = |trigger: &str| {
        format!("BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER;{trigger}\nEND:VALARM\n")
    };
    let (relative, absolute) = ("RELATED=END:-PT7M", "VALUE=DATE-TIME:20361130T090000Z");
    let task = format!(
        "BEGIN:VTODO\nUID:a\nDUE:20361201T090000Z\nSUMMARY:빵\n{}{}END:VTODO",
        alarm(relative),
        alarm(absolute)
    );
    import(&app, &host, &calendar, file(&task)).await;
    let found = app.get(&format!("/v1/calendars/{calendar}/changes")).bearer(&host.token).expect(200).await;
    let path = format!("/v1/events/{}", text(&found["items"][0]["event"]["id"]));
    let day = json!({ "dateTime": "2036-12-01T09:00:00Z", "timeZone": "UTC" });
    for (start, expected) in [(json!(null), 0), (day, 1)] {
        app.patch(&path).bearer(&host.token).json(json!({ "start": start })).expect(200).await;
        let out = export(&app, &host, &calendar).await;
        let count = |trigger: &str| out.matches(trigger).count();
        assert_eq!((count(relative), count(absolute)), (expected, 1), "{out}");
        assert_eq!(out.matches("BEGIN:VALARM").count(), expected + 1, "{out}");
        assert_eq!(import(&app, &host, &calendar, out).await["skipped"], 1);
    }
    app.stop().await;
}
