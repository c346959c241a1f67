//! N08 and C19: one view over events, tasks and posts.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar};

madang_testkit::on_every_database!(
    n08_one_view_holds_events_tasks_and_posts_in_order,
    n08_pages_of_the_agenda_are_the_agenda,
    n08_layers_are_those_of_the_contract,
    n08_questions_are_checked,
    n07_holidays_are_a_layer,
    c19_posts_lie_on_their_days_for_those_who_may_see_them,
);

async fn agenda(app: &TestApp, person: &Person, query: &str) -> Value {
    app.get(&format!("/v1/agenda?{query}")).bearer(&person.token).expect(200).await
}

fn lines(list: &Value) -> Vec<String> {
    let show = |item: &Value| {
        let start = item["start"]["date"].as_str().or(item["start"]["dateTime"].as_str()).unwrap();
        format!("{} {} {start}", item["layer"].as_str().unwrap(), item["title"].as_str().unwrap())
    };
    list["items"].as_array().expect("items").iter().map(show).collect()
}

async fn post(app: &TestApp, person: &Person, body: Value) -> String {
    text(&app.post("/v1/posts").bearer(&person.token).json(body).expect(201).await["id"])
}

const DAY: &str = "from=2026-11-30T15:00:00Z&to=2026-12-01T15:00:00Z&timeZone=Asia/Seoul";

async fn filled(app: &TestApp, person: &Person) {
    let calendar = default_calendar(app, person).await;
    let at = |time: &str| json!({ "dateTime": time, "timeZone": "Asia/Seoul" });
    for new in [
        json!({ "title": "회의", "start": at("2026-12-01T10:00:00"), "end": at("2026-12-01T11:00:00") }),
        json!({ "title": "장보기", "kind": "task", "start": at("2026-12-01T09:00:00") }),
        json!({ "title": "수업", "start": at("2026-11-01T20:00:00"), "recurrence": ["RRULE:FREQ=DAILY"] }),
        json!({ "title": "소풍", "start": { "date": "2026-12-01" } }),
        json!({ "title": "내일", "start": { "date": "2026-12-02" } }),
    ] {
        create(app, person, &calendar, new).await;
    }
    post(app, person, json!({ "text": "첫눈!\n둘째 줄", "visibility": "public", "date": "2026-12-01" }))
        .await;
}

async fn n08_one_view_holds_events_tasks_and_posts_in_order(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    filled(&app, &hanul).await;
    let found = lines(&agenda(&app, &hanul, DAY).await);
    let mut days = found[..2].to_vec();
    days.sort();
    assert_eq!(days, ["events 소풍 2026-12-01", "posts 첫눈! 2026-12-01"]);
    assert_eq!(
        found[2..],
        [
            "tasks 장보기 2026-12-01T00:00:00Z",
            "events 회의 2026-12-01T01:00:00Z",
            "events 수업 2026-12-01T11:00:00Z"
        ]
    );
    assert_eq!(
        lines(&agenda(&app, &hanul, &format!("{DAY}&layers=tasks")).await),
        ["tasks 장보기 2026-12-01T00:00:00Z"]
    );
    // Elsewhere the day lies elsewhere: in Honolulu the first of December begins at 10:00Z.
    let query =
        "from=2026-12-01T10:00:00Z&to=2026-12-01T10:30:00Z&layers=posts,events&timeZone=Pacific/Honolulu";
    assert_eq!(lines(&agenda(&app, &hanul, query).await).len(), 2);
    // Another person's agenda holds nothing of it, until they follow the author.
    let bada = app.person("바다").await;
    assert!(lines(&agenda(&app, &bada, DAY).await).is_empty());
    app.put(&format!("/v1/users/{}/follow", hanul.id)).bearer(&bada.token).expect(201).await;
    app.settle().await;
    assert_eq!(lines(&agenda(&app, &bada, DAY).await), ["posts 첫눈! 2026-12-01"]);
    app.stop().await;
}

async fn n08_pages_of_the_agenda_are_the_agenda(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    filled(&app, &hanul).await;
    for n in 0..5 {
        let body = json!({ "text": format!("{n}"), "visibility": "private", "date": "2026-12-01" });
        post(&app, &hanul, body).await;
    }
    let whole = lines(&agenda(&app, &hanul, DAY).await);
    assert_eq!(whole.len(), 10);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = agenda(&app, &hanul, &format!("{DAY}&limit=2{cursor}")).await;
        paged.extend(lines(&page));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, whole);
    app.stop().await;
}

async fn n08_layers_are_those_of_the_contract(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    filled(&app, &hanul).await;
    let usual = lines(&agenda(&app, &hanul, DAY).await);
    for all in [
        "layers=events,tasks,posts,rentals,orders,ledger",
        "layers=posts&layers=tasks&layers=events",
        "layers=events,%20tasks%20,posts",
    ] {
        assert_eq!(lines(&agenda(&app, &hanul, &format!("{DAY}&{all}")).await), usual);
    }
    assert_eq!(
        lines(&agenda(&app, &hanul, &format!("{DAY}&layers=rentals,orders")).await),
        Vec::<String>::new()
    );
    // Christmas is there for whoever asks.
    let christmas = "from=2026-12-24T15:00:00Z&to=2026-12-25T15:00:00Z&timeZone=Asia/Seoul";
    let found = lines(&agenda(&app, &hanul, christmas).await);
    assert!(!found.iter().any(|line| line.starts_with("holidays")), "{found:?}");
    let found = lines(&agenda(&app, &hanul, &format!("{christmas}&layers=holidays")).await);
    assert!(found[0].starts_with("holidays"), "{found:?}");
    // What is in a calendar says where, and which occurrence it is.
    let list = agenda(&app, &hanul, &format!("{DAY}&layers=events,posts")).await;
    let calendar = default_calendar(&app, &hanul).await;
    let of = |title: &str| {
        let items = list["items"].as_array().expect("items");
        items.iter().find(|item| item["title"] == title).expect("an item").clone()
    };
    let lesson = of("수업");
    assert_eq!(
        (&lesson["calendarId"], &lesson["occurrence"]),
        (&json!(calendar), &json!("2026-12-01T11:00:00Z"))
    );
    assert_eq!((&of("회의")["calendarId"], &of("회의")["occurrence"]), (&json!(calendar), &json!(null)));
    assert_eq!(of("첫눈!")["calendarId"], json!(null));
    app.stop().await;
}

async fn n08_questions_are_checked(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    for (query, pointer, code) in [
        (format!("{DAY}&layers=events,moons"), "?layers", "calendar.unknown_layer"),
        ("to=2026-12-01T00:00:00Z".to_owned(), "?from", "platform.required"),
        ("from=2026-12-01T00:00:00Z&to=2026-12-01T00:00:00Z".to_owned(), "?to", "calendar.range_reversed"),
        ("from=9999-12-01T00:00:00Z&to=9999-12-31T00:00:00Z".to_owned(), "?to", "platform.wrong_format"),
        ("from=9999-12-01T00:00:00Z&to=10000-01-01T00:00:00Z".to_owned(), "?to", "platform.wrong_format"),
    ] {
        if !query.contains("layers") {
            let path = format!("/v1/events?{query}");
            let refused = app.get(&path).bearer(&hanul.token).refused(422, "platform.invalid_fields").await;
            assert_eq!(refused["errors"][0]["pointer"], json!(pointer));
        }
        let path = format!("/v1/agenda?{query}");
        let refused = app.get(&path).bearer(&hanul.token).refused(422, "platform.invalid_fields").await;
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    app.get(&format!("/v1/agenda?{DAY}")).expect(401).await;
    app.stop().await;
}

async fn n07_holidays_are_a_layer(db: TestDb) {
    let app = TestApp::start(db).await;
    let hanul = app.person("하늘").await;
    let month = "from=2025-09-30T15:00:00Z&to=2025-10-31T15:00:00Z&timeZone=Asia/Seoul&layers=holidays";
    let found = [
        "holidays 개천절 2025-10-03",
        "holidays 추석 2025-10-05",
        "holidays 추석 2025-10-06",
        "holidays 추석 2025-10-07",
        "holidays 대체공휴일(추석) 2025-10-08",
        "holidays 한글날 2025-10-09",
    ];
    assert_eq!(lines(&agenda(&app, &hanul, month).await), found);
    let page = agenda(&app, &hanul, &format!("{month}&limit=4")).await;
    let cursor = page["nextCursor"].as_str().expect("more");
    assert_eq!(lines(&agenda(&app, &hanul, &format!("{month}&limit=4&cursor={cursor}")).await), found[4..]);
    app.stop().await;
}

async fn c19_posts_lie_on_their_days_for_those_who_may_see_them(db: TestDb) {
    let app = TestApp::start(db).await;
    let (hanul, bada) = (app.person("하늘").await, app.person("바다").await);
    for (words, visibility, date) in [
        ("모두", "public", "2026-12-01"),
        ("친구", "friends", "2026-12-15"),
        ("나", "private", "2026-12-31"),
        ("새해", "public", "2027-01-01"),
    ] {
        post(&app, &hanul, json!({ "text": words, "visibility": visibility, "date": date })).await;
    }
    let month = "from=2026-11-30T15:00:00Z&to=2026-12-31T15:00:00Z&timeZone=Asia/Seoul&layers=posts";
    assert_eq!(
        lines(&agenda(&app, &hanul, month).await),
        ["posts 모두 2026-12-01", "posts 친구 2026-12-15", "posts 나 2026-12-31"]
    );
    assert!(lines(&agenda(&app, &bada, month).await).is_empty(), "a stranger's, public or not");
    let follow = async |one: &Person, other: &Person| {
        app.put(&format!("/v1/users/{}/follow", other.id)).bearer(&one.token).expect(201).await;
        app.settle().await;
    };
    follow(&bada, &hanul).await;
    assert_eq!(lines(&agenda(&app, &bada, month).await), ["posts 모두 2026-12-01"]);
    follow(&hanul, &bada).await;
    assert_eq!(lines(&agenda(&app, &bada, month).await), ["posts 모두 2026-12-01", "posts 친구 2026-12-15"]);
    // Who is muted or blocked is not on it, and one's own posts stay.
    post(&app, &bada, json!({ "text": "바다", "visibility": "private", "date": "2026-12-02" })).await;
    let path = format!("/v1/users/{}", hanul.id);
    app.put(&format!("{path}/mute")).bearer(&bada.token).expect(204).await;
    assert_eq!(lines(&agenda(&app, &bada, month).await), ["posts 바다 2026-12-02"]);
    app.delete(&format!("{path}/mute")).bearer(&bada.token).expect(204).await;
    assert_eq!(lines(&agenda(&app, &bada, month).await).len(), 3);
    app.put(&format!("{path}/block")).bearer(&bada.token).expect(204).await;
    app.settle().await;
    assert_eq!(lines(&agenda(&app, &bada, month).await), ["posts 바다 2026-12-02"]);
    app.stop().await;
}
