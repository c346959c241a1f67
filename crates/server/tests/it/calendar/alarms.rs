//! N02, N11: alarms of files are reminders here, and reminders are alarms in files: everybody's own.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, export, file, import};

madang_testkit::on_every_database!(
    n02_alarms_of_a_file_become_reminders_and_come_back,
    n02_reminders_go_out_as_alarms_of_their_owner_alone,
    n02_a_changed_file_changes_its_own_reminders_only,
    n02_what_is_only_due_rings_before_it_is_due,
);

fn alarm(lines: &str) -> String {
    format!("BEGIN:VALARM\n{lines}\nEND:VALARM")
}

/// `title minutes…` of what is in December.
async fn reminders(app: &TestApp, who: &Person) -> Vec<String> {
    let path = "/v1/events?from=2026-12-01T00:00:00Z&to=2027-01-01T00:00:00Z&expand=false";
    let list = app.get(path).bearer(&who.token).expect(200).await;
    let show = |item: &Value| {
        let minutes = item["reminders"].as_array().expect("reminders").iter();
        let minutes: Vec<String> = minutes.map(|one| one["minutesBefore"].to_string()).collect();
        format!("{} {}", text(&item["title"]), minutes.join(" "))
    };
    list["items"].as_array().expect("items").iter().map(show).collect()
}

/// The `TRIGGER` lines of a file.
fn triggers(out: &str) -> Vec<&str> {
    out.lines().filter(|line| line.starts_with("TRIGGER")).collect()
}

async fn n02_alarms_of_a_file_become_reminders_and_come_back(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let event = |uid: &str, more: &str, alarms: &[&str]| {
        let alarms: Vec<String> = alarms.iter().map(|lines| alarm(lines)).collect();
        format!("BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{uid}\n{more}\n{}\nEND:VEVENT", alarms.join("\n"))
    };
    let hour = "DTSTART:20261201T100000Z\nDTEND:20261201T110000Z";
    let components = [
        event("a", hour, &["ACTION:DISPLAY\nTRIGGER:-PT15M", "ACTION:AUDIO\nTRIGGER;RELATED=END:-PT30M"]),
        event("b", hour, &["ACTION:EMAIL\nTRIGGER;VALUE=DATE-TIME:20261201T091500Z"]),
        event("c", hour, &["ACTION:DISPLAY\nTRIGGER:-PT10M\nREPEAT:1\nDURATION:PT5M"]),
        // Nine on the day before, in the calendar's own zone.
        event(
            "d",
            "DTSTART;VALUE=DATE:20261202",
            &["ACTION:DISPLAY\nTRIGGER;VALUE=DATE-TIME:20261201T000000Z"],
        ),
        // Kept, but no reminder: once for a whole series, a program to run, half a minute.
        event(
            "e",
            "DTSTART:20261203T100000Z\nRRULE:FREQ=DAILY;COUNT=2",
            &[
                "ACTION:DISPLAY\nTRIGGER;VALUE=DATE-TIME:20261201T000000Z",
                "ACTION:PROCEDURE\nTRIGGER:-PT5M",
                "ACTION:DISPLAY\nTRIGGER:-PT30S",
                "ACTION:NONE\nTRIGGER;VALUE=DATE-TIME:19760401T005545Z",
            ],
        ),
    ];
    let new = json!({ "name": "서울", "timeZone": "Asia/Seoul" });
    let seoul = text(&app.post("/v1/calendars").bearer(&person.token).json(new).expect(201).await["id"]);
    let source = file(&components.join("\n"));
    let report = import(&app, &person, &seoul, source.clone()).await;
    let told: Vec<String> = report["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .map(|w| format!("{} {}", text(&w["uid"]), text(&w["code"])))
        .collect();
    assert_eq!(told, ["e keptNotRinging", "e keptNotRinging", "e keptNotRinging"]);
    let expected = ["a 15 -30", "b 45", "c 10 5", "d 900", "e "];
    let mut found = reminders(&app, &person).await;
    found.sort();
    assert_eq!(found, expected);
    // All of it goes out as it came, and comes back as what it is.
    let out = export(&app, &person, &seoul).await;
    assert_eq!(triggers(&out), triggers(&source));
    for file in [&source, &out] {
        let report = import(&app, &person, &seoul, file.clone()).await;
        assert_eq!((&report["skipped"], &report["updated"]), (&json!(5), &json!(0)));
    }
    import(&app, &person, &calendar, out).await;
    let mut found = reminders(&app, &person).await;
    found.sort();
    let twice: Vec<&str> = expected.iter().flat_map(|one| [*one, *one]).collect();
    assert_eq!(found, twice);
    app.stop().await;
}

async fn n02_what_is_only_due_rings_before_it_is_due(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "Asia/Seoul" });
    for (title, start, end, minutes) in [
        ("보고서", json!(null), at("2026-12-02T18:00:00"), 30),
        ("세금", json!(null), json!({ "date": "2026-12-10" }), 900),
        ("이사", at("2026-12-20T09:00:00"), at("2026-12-20T18:00:00"), 60),
    ] {
        let mut new = json!({ "kind": "task", "title": title, "end": end, "reminders": [{ "minutesBefore": minutes }] });
        if !start.is_null() {
            new["start"] = start;
        }
        create(&app, &person, &calendar, new).await;
    }
    // What has no start has no alarm before it (RFC 5545 3.8.6.3).
    let out = export(&app, &person, &calendar).await;
    let mut found = triggers(&out);
    found.sort_unstable();
    assert_eq!(found, ["TRIGGER:-PT60M", "TRIGGER;RELATED=END:-PT30M", "TRIGGER;RELATED=END:-PT900M"]);
    let expected = ["보고서 30", "세금 900", "이사 60"];
    let mut known = reminders(&app, &person).await;
    known.sort();
    assert_eq!(known, expected);
    // They come back as what they are, once, and again change nothing.
    let new = json!({ "name": "둘째", "timeZone": "Asia/Seoul" });
    let second = text(&app.post("/v1/calendars").bearer(&person.token).json(new).expect(201).await["id"]);
    import(&app, &person, &second, out.clone()).await;
    let mut known = reminders(&app, &person).await;
    known.sort();
    assert_eq!(known, expected.iter().flat_map(|one| [*one, *one]).collect::<Vec<_>>());
    assert_eq!(import(&app, &person, &calendar, out).await["skipped"], json!(3));
    app.stop().await;
}

async fn n02_reminders_go_out_as_alarms_of_their_owner_alone(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, friend) = (app.person("하늘").await, app.person("바다").await);
    let calendar = default_calendar(&app, &owner).await;
    let members = format!("/v1/calendars/{calendar}/members/{}", friend.id);
    app.put(&members).bearer(&owner.token).json(json!({ "role": "writer" })).expect(200).await;
    let start = json!({ "dateTime": "2026-12-02T10:00:00", "timeZone": "Asia/Seoul" });
    let picnic = json!({ "title": "소풍", "start": start, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
        "reminders": [{ "minutesBefore": 60 }, { "minutesBefore": -5 }] });
    let id = text(&create(&app, &owner, &calendar, picnic).await["id"]);
    // An occurrence that differs rings as well.
    app.patch(&format!("/v1/events/{id}?occurrence=2026-12-03T01:00:00Z"))
        .bearer(&owner.token)
        .json(json!({ "title": "등산" }))
        .expect(200)
        .await;
    let brought = format!(
        "BEGIN:VEVENT\nUID:brought\nDTSTART:20261205T100000Z\nSUMMARY:가져온 것\n{}\n{}\nEND:VEVENT",
        alarm("ACTION:AUDIO\nTRIGGER:-PT7M"),
        alarm("ACTION:PROCEDURE\nTRIGGER:-PT8M")
    );
    import(&app, &owner, &calendar, file(&brought)).await;
    let own = export(&app, &owner, &calendar).await;
    assert_eq!(
        triggers(&own),
        [
            "TRIGGER:PT5M",
            "TRIGGER:-PT60M",
            "TRIGGER:PT5M",
            "TRIGGER:-PT60M",
            "TRIGGER:-PT7M",
            "TRIGGER:-PT8M"
        ]
    );
    // To others they are nobody's; they have their own.
    assert_eq!(triggers(&export(&app, &friend, &calendar).await), [""; 0]);
    let body = json!({ "reminders": [{ "minutesBefore": 3 }] });
    app.put(&format!("/v1/events/{id}/reminders")).bearer(&friend.token).json(body).expect(200).await;
    let theirs = export(&app, &friend, &calendar).await;
    assert_eq!(triggers(&theirs), ["TRIGGER:-PT3M"; 2]);
    let link = json!({ "detail": "full" });
    let path = format!("/v1/calendars/{calendar}/share-links");
    let link = app.post(&path).bearer(&owner.token).json(link).expect(201).await;
    let url = text(&link["url"]);
    let feed = app.get(&url[url.find("/v1/").expect("a path")..]).send().await.text();
    assert!(feed.contains("등산") && !feed.contains("VALARM"), "{feed}");
    // What went out is nothing new when it comes back, for either of them.
    for (person, file) in [(&owner, own.clone()), (&friend, theirs)] {
        let report = import(&app, person, &calendar, file).await;
        assert_eq!((&report["skipped"], &report["updated"]), (&json!(2), &json!(0)), "{report}");
    }
    assert_eq!(reminders(&app, &owner).await, ["소풍 60 -5", "가져온 것 7"]);
    assert_eq!(reminders(&app, &friend).await, ["소풍 3", "가져온 것 "]);
    // Who wants to be reminded no more has no alarm; what no reminder can say stays.
    let list = app.get("/v1/events?from=2026-12-05T00:00:00Z&to=2026-12-06T00:00:00Z");
    let list = list.bearer(&owner.token).expect(200).await;
    let path = format!("/v1/events/{}/reminders", text(&list["items"][0]["id"]));
    app.put(&path).bearer(&owner.token).json(json!({ "reminders": [] })).expect(200).await;
    let fewer = export(&app, &owner, &calendar).await;
    assert!(!fewer.contains("-PT7M") && fewer.contains("-PT8M"), "{fewer}");
    assert_eq!(import(&app, &owner, &calendar, fewer).await["skipped"], 2);
    // Elsewhere, the file brings the reminders along.
    import(&app, &friend, &default_calendar(&app, &friend).await, own).await;
    assert_eq!(reminders(&app, &friend).await, ["소풍 3", "소풍 60 -5", "가져온 것 ", "가져온 것 7"]);
    app.stop().await;
}

async fn n02_a_changed_file_changes_its_own_reminders_only(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let calendar = default_calendar(&app, &person).await;
    let version = |title: &str, minutes: &[u32]| {
        let alarms = minutes.iter().map(|minutes| alarm(&format!("ACTION:DISPLAY\nTRIGGER:-PT{minutes}M")));
        let alarms = alarms.collect::<Vec<_>>().join("\n");
        file(&format!(
            "BEGIN:VTODO\nUID:a\nDTSTART:20261201T100000Z\nDUE:20261201T110000Z\nSUMMARY:{title}\n{alarms}\nEND:VTODO"
        ))
    };
    import(&app, &person, &calendar, version("하나", &[10, 20])).await;
    let list = app.get("/v1/events?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z");
    let list = list.bearer(&person.token).expect(200).await;
    let path = format!("/v1/events/{}/reminders", text(&list["items"][0]["id"]));
    let body =
        json!({ "reminders": [{ "minutesBefore": 10 }, { "minutesBefore": 20 }, { "minutesBefore": 33 }] });
    app.put(&path).bearer(&person.token).json(body).expect(200).await;
    assert_eq!(import(&app, &person, &calendar, version("둘", &[10, 25])).await["updated"], 1);
    assert_eq!(reminders(&app, &person).await, ["둘 33 25 10"]);
    // No file brings more than anybody may set, beside what they did; the rest is kept.
    let many: Vec<u32> = (100..130).collect();
    let report = import(&app, &person, &calendar, version("셋", &many)).await;
    assert_eq!(report["warnings"].as_array().expect("warnings").len(), 20);
    assert_eq!(reminders(&app, &person).await[0].split(' ').count(), 12);
    let out = export(&app, &person, &calendar).await;
    assert!(many.iter().all(|minutes| out.contains(&format!("TRIGGER:-PT{minutes}M"))), "{out}");
    app.stop().await;
}
