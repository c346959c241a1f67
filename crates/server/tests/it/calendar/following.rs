//! N09, C18: what hangs on the occurrences of a series follows it when a file moves or cuts it.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{create, default_calendar, export, file, import, in_2026};

madang_testkit::on_every_database!(
    n09_a_file_that_moves_a_series_takes_along_what_hangs_on_it,
    n09_a_file_that_cuts_a_series_takes_along_what_hangs_on_it,
    n09_a_series_that_another_program_cut_in_two_keeps_what_hangs_on_it,
    n09_a_series_that_google_cut_again_keeps_what_hangs_on_it,
    n09_a_series_that_google_cut_twice_at_once_keeps_what_hangs_on_it,
    n09_a_series_that_apple_cut_keeps_what_hangs_on_it,
    n09_a_file_that_moves_a_task_keeps_what_is_done,
);

const MARCH: &str = "/v1/events?from=2027-03-01T00:00:00Z&to=2027-04-01T00:00:00Z";

/// Five evenings with two guests, who answered, came, and talked about them.
struct World {
    app: TestApp,
    host: Person,
    guest: Person,
    calendar: String,
    posts: Vec<String>,
}

impl World {
    async fn new(db: TestDb) -> Self {
        let app = in_2026(db).await;
        let (host, guest) = (app.person("하늘").await, app.person("바다").await);
        let calendar = default_calendar(&app, &host).await;
        Self { app, host, guest, calendar, posts: Vec::new() }
    }

    /// The guest answers for the second, and waits for a seat at the fourth; of both somebody speaks.
    async fn fill(&mut self, id: &str) {
        let (app, event) = (&self.app, format!("/v1/events/{id}"));
        app.put(&format!("{event}/participants/{}", self.guest.id))
            .bearer(&self.host.token)
            .expect(200)
            .await;
        let tentative = json!({ "status": "tentative" });
        let answer = format!("{event}/response?occurrence=2027-03-02T11:00:00Z");
        app.put(&answer).bearer(&self.guest.token).json(tentative).expect(200).await;
        for who in [&self.host, &self.guest] {
            let join = format!("{event}/join?occurrence=2027-03-04T11:00:00Z");
            app.post(&join).bearer(&who.token).expect(200).await;
        }
        for day in ["02", "04"] {
            let at = format!("2027-03-{day}T11:00:00Z");
            let post = json!({ "text": day, "visibility": "public", "eventId": id, "occurrence": at });
            let post = app.post("/v1/posts").bearer(&self.host.token).json(post).expect(201).await;
            self.posts.push(text(&post["id"]));
        }
    }

    /// `title start answer seat` of everything the guest sees.
    async fn seen(&self) -> Vec<String> {
        let list = self.app.get(MARCH).bearer(&self.guest.token).expect(200).await;
        let show = |item: &Value| {
            let word = |name: &str| item[name].as_str().unwrap_or("-").to_owned();
            let start = text(&item["start"]["dateTime"]);
            format!("{} {start} {} {}", word("title"), word("myStatus"), word("myJoinState"))
        };
        list["items"].as_array().expect("items").iter().map(show).collect()
    }

    /// What the posts are about.
    async fn talk(&self) -> Vec<(String, String)> {
        self.app.settle().await;
        let mut found = Vec::new();
        for post in &self.posts {
            let post = self.app.get(&format!("/v1/posts/{post}")).bearer(&self.host.token).expect(200).await;
            found.push((text(&post["event"]["id"]), text(&post["event"]["occurrence"])));
        }
        found
    }

    async fn event_at(&self, start: &str) -> Value {
        let list = self.app.get(MARCH).bearer(&self.host.token).expect(200).await;
        let items = list["items"].as_array().expect("items");
        items.iter().find(|item| item["start"]["dateTime"] == start).expect("an event").clone()
    }

    async fn import(&self, text: &str) -> Value {
        import(&self.app, &self.host, &self.calendar, text.to_owned()).await
    }
}

async fn series(world: &World) -> String {
    let seoul = |time: &str| json!({ "dateTime": time, "timeZone": "Asia/Seoul" });
    let new = json!({
        "title": "수업", "start": seoul("2027-03-01T20:00:00"), "end": seoul("2027-03-01T21:00:00"),
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"], "capacity": 1, "reminders": [{ "minutesBefore": 5 }],
    });
    text(&create(&world.app, &world.host, &world.calendar, new).await["id"])
}

async fn n09_a_file_that_moves_a_series_takes_along_what_hangs_on_it(db: TestDb) {
    let mut world = World::new(db).await;
    let id = series(&world).await;
    world.fill(&id).await;
    let out = export(&world.app, &world.host, &world.calendar).await;
    // An hour and a half later, a day later: some of the new names are old names of others.
    let moved =
        out.replace(":20270301T200000", ":20270302T200000").replace(":20270301T210000", ":20270302T213000");
    assert_eq!(world.import(&moved).await["updated"], 1, "{moved}");
    let expected = [
        "수업 2027-03-02T11:00:00Z needsAction -",
        "수업 2027-03-03T11:00:00Z tentative -",
        "수업 2027-03-04T11:00:00Z needsAction -",
        "수업 2027-03-05T11:00:00Z needsAction waitlisted",
        "수업 2027-03-06T11:00:00Z needsAction -",
    ];
    assert_eq!(world.seen().await, expected);
    let about = ["2027-03-03T11:00:00Z", "2027-03-05T11:00:00Z"].map(|name| (id.clone(), name.to_owned()));
    assert_eq!(world.talk().await, about);
    // Back again, and at another hour; then nothing new.
    let hour = out.replace("T200000", "T073000").replace("T210000", "T083000");
    for file in [&*out, &*hour, &*hour] {
        world.import(file).await;
    }
    let expected = [
        "수업 2027-02-28T22:30:00Z needsAction -",
        "수업 2027-03-01T22:30:00Z tentative -",
        "수업 2027-03-02T22:30:00Z needsAction -",
        "수업 2027-03-03T22:30:00Z needsAction waitlisted",
        "수업 2027-03-04T22:30:00Z needsAction -",
    ];
    assert_eq!(world.seen().await, expected[1..], "the first is in February, by UTC");
    let about = ["2027-03-01T22:30:00Z", "2027-03-03T22:30:00Z"].map(|name| (id.clone(), name.to_owned()));
    assert_eq!(world.talk().await, about);
    world.app.stop().await;
}

async fn n09_a_file_that_cuts_a_series_takes_along_what_hangs_on_it(db: TestDb) {
    let mut world = World::new(db).await;
    let id = series(&world).await;
    world.fill(&id).await;
    let uid =
        text(&world.app.get(&format!("/v1/events/{id}")).bearer(&world.host.token).expect(200).await["uid"]);
    let out = export(&world.app, &world.host, &world.calendar).await;
    // Everything an hour later, an hour and a half more from the third on, and another name from the last on.
    let later = out.replace("T200000", "T210000").replace("T210000\r\nRRULE", "T220000\r\nRRULE");
    let from = |day: u8, time: &str, title: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Asia/Seoul:2027030{day}T210000\r\n\
             DTSTART;TZID=Asia/Seoul:2027030{day}T{time}\r\nDURATION:PT1H\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"
        )
    };
    let more = from(3, "223000", "밤") + &from(5, "210000", "끝");
    let cut = later.replace("END:VCALENDAR", &format!("{more}END:VCALENDAR"));
    let report = world.import(&cut).await;
    assert_eq!((&report["updated"], &report["created"]), (&json!(1), &json!(2)), "{report} {cut}");
    let expected = [
        "수업 2027-03-01T12:00:00Z needsAction -",
        "수업 2027-03-02T12:00:00Z tentative -",
        "밤 2027-03-03T13:30:00Z needsAction -",
        "밤 2027-03-04T13:30:00Z needsAction waitlisted",
        "끝 2027-03-05T12:00:00Z needsAction -",
    ];
    assert_eq!(world.seen().await, expected);
    let rest = world.event_at("2027-03-04T13:30:00Z").await;
    assert_eq!((&rest["joinedCount"], &rest["waitlistCount"]), (&json!(1), &json!(1)));
    assert_eq!((&rest["capacity"], &rest["reminders"]), (&json!(1), &json!([{ "minutesBefore": 5 }])));
    let about =
        [(id, "2027-03-02T12:00:00Z".to_owned()), (text(&rest["id"]), "2027-03-04T13:30:00Z".to_owned())];
    assert_eq!(world.talk().await, about);
    assert_eq!(world.import(&cut).await["skipped"], 3);
    assert_eq!(world.talk().await, about);
    assert_eq!(world.seen().await, expected);
    world.app.stop().await;
}

async fn n09_a_series_that_another_program_cut_in_two_keeps_what_hangs_on_it(db: TestDb) {
    let mut world = World::new(db).await;
    let component = |uid: &str, start: &str, rule: &str| {
        format!(
            "BEGIN:VEVENT\nUID:{uid}@google.com\nDTSTART;TZID=Asia/Seoul:{start}\nDURATION:PT1H\n\
             RRULE:FREQ=DAILY;{rule}\nSUMMARY:{uid}\nEND:VEVENT"
        )
    };
    world.import(&file(&component("a", "20270301T200000", "COUNT=5"))).await;
    let id = text(&world.event_at("2027-03-01T11:00:00Z").await["id"]);
    let open = json!({ "capacity": 1 });
    world.app.patch(&format!("/v1/events/{id}")).bearer(&world.host.token).json(open).expect(200).await;
    world.fill(&id).await;
    let halves = [
        component("a", "20270301T200000", "UNTIL=20270303T105959Z"),
        component("a_R20270303T110000", "20270303T183000", "COUNT=3"),
    ];
    let report = world.import(&file(&halves.join("\n"))).await;
    assert_eq!((&report["updated"], &report["created"]), (&json!(1), &json!(1)), "{report}");
    let expected = [
        "a 2027-03-01T11:00:00Z needsAction -",
        "a 2027-03-02T11:00:00Z tentative -",
        "a_R20270303T110000 2027-03-03T09:30:00Z needsAction -",
        "a_R20270303T110000 2027-03-04T09:30:00Z needsAction waitlisted",
        "a_R20270303T110000 2027-03-05T09:30:00Z needsAction -",
    ];
    assert_eq!(world.seen().await, expected);
    let rest = text(&world.event_at("2027-03-04T09:30:00Z").await["id"]);
    let about = [(id, "2027-03-02T11:00:00Z".to_owned()), (rest, "2027-03-04T09:30:00Z".to_owned())];
    assert_eq!(world.talk().await, about);
    world.app.stop().await;
}

/// What an export of Google's or Apple's says of a part of a series.
fn part(uid: &str, start: &str, rule: &str, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:{uid}\nDTSTART;TZID=Asia/Seoul:{start}\nDURATION:PT1H\n\
         RRULE:FREQ=DAILY;{rule}\n{more}SUMMARY:{uid}\nEND:VEVENT"
    )
}

/// Imports a series of five days, fills it, and takes in what another program made of it.
async fn cut_elsewhere(world: &mut World, series: String, cuts: &[Vec<String>]) -> String {
    world.import(&file(&series)).await;
    let id = text(&world.event_at("2027-03-01T11:00:00Z").await["id"]);
    let open = json!({ "capacity": 1 });
    world.app.patch(&format!("/v1/events/{id}")).bearer(&world.host.token).json(open).expect(200).await;
    world.fill(&id).await;
    for parts in cuts {
        world.import(&file(&parts.join("\n"))).await;
    }
    id
}

async fn n09_a_series_that_google_cut_again_keeps_what_hangs_on_it(db: TestDb) {
    let mut world = World::new(db).await;
    let first = part("a@google.com", "20270301T200000", "UNTIL=20270302T105959Z", "");
    let (second, third) = ("a_R20270302T110000@google.com", "a_R20270304T093000@google.com");
    // The third part is named by the first series, at a place where only the second one has it.
    let cuts = [
        vec![first.clone(), part(second, "20270302T183000", "COUNT=4", "")],
        vec![
            first,
            part(second, "20270302T183000", "UNTIL=20270304T092959Z", ""),
            part(third, "20270304T070000", "COUNT=2", ""),
        ],
    ];
    cut_elsewhere(&mut world, part("a@google.com", "20270301T200000", "COUNT=5", ""), &cuts).await;
    let expected = [
        "a@google.com 2027-03-01T11:00:00Z needsAction -".to_owned(),
        format!("{second} 2027-03-02T09:30:00Z tentative -"),
        format!("{second} 2027-03-03T09:30:00Z needsAction -"),
        format!("{third} 2027-03-03T22:00:00Z needsAction waitlisted"),
        format!("{third} 2027-03-04T22:00:00Z needsAction -"),
    ];
    assert_eq!(world.seen().await, expected);
    world.app.stop().await;
}

async fn n09_a_series_that_google_cut_twice_at_once_keeps_what_hangs_on_it(db: TestDb) {
    let mut world = World::new(db).await;
    let (second, third) = ("a_R20270302T110000@google.com", "a_R20270304T093000@google.com");
    let cuts = [vec![
        part("a@google.com", "20270301T200000", "UNTIL=20270302T105959Z", ""),
        part(second, "20270302T183000", "UNTIL=20270304T092959Z", ""),
        part(third, "20270304T070000", "COUNT=2", ""),
    ]];
    cut_elsewhere(&mut world, part("a@google.com", "20270301T200000", "COUNT=5", ""), &cuts).await;
    let expected = [
        "a@google.com 2027-03-01T11:00:00Z needsAction -".to_owned(),
        format!("{second} 2027-03-02T09:30:00Z tentative -"),
        format!("{second} 2027-03-03T09:30:00Z needsAction -"),
        format!("{third} 2027-03-03T22:00:00Z needsAction waitlisted"),
        format!("{third} 2027-03-04T22:00:00Z needsAction -"),
    ];
    assert_eq!(world.seen().await, expected);
    world.app.stop().await;
}

async fn n09_a_series_that_apple_cut_keeps_what_hangs_on_it(db: TestDb) {
    let mut world = World::new(db).await;
    let set = "RELATED-TO;RELTYPE=X-CALENDARSERVER-RECURRENCE-SET:4BB41A97-1397-417D-A8A8-EC29643BAE12\n";
    // Each part goes on at another time, and says only that it is of the same series.
    let cuts = [
        vec![
            part("A-1", "20270301T200000", "UNTIL=20270303T105959Z", set),
            part("B-2", "20270303T183000", "COUNT=3", set),
        ],
        vec![
            part("A-1", "20270301T200000", "UNTIL=20270303T105959Z", set),
            part("B-2", "20270303T183000", "UNTIL=20270304T092959Z", set),
            part("C-3", "20270304T070000", "COUNT=2", set),
        ],
    ];
    let id = cut_elsewhere(&mut world, part("A-1", "20270301T200000", "COUNT=5", ""), &cuts).await;
    let expected = [
        "A-1 2027-03-01T11:00:00Z needsAction -",
        "A-1 2027-03-02T11:00:00Z tentative -",
        "B-2 2027-03-03T09:30:00Z needsAction -",
        "C-3 2027-03-03T22:00:00Z needsAction waitlisted",
        "C-3 2027-03-04T22:00:00Z needsAction -",
    ];
    assert_eq!(world.seen().await, expected);
    let rest = text(&world.event_at("2027-03-03T22:00:00Z").await["id"]);
    let about = [(id, "2027-03-02T11:00:00Z".to_owned()), (rest, "2027-03-03T22:00:00Z".to_owned())];
    assert_eq!(world.talk().await, about);
    world.app.stop().await;
}

async fn n09_a_file_that_moves_a_task_keeps_what_is_done(db: TestDb) {
    let world = World::new(db).await;
    let (app, host) = (&world.app, &world.host);
    let task = |start: &str| {
        file(&format!(
            "BEGIN:VTODO\nUID:t\nDTSTART;TZID=Asia/Seoul:{start}\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:물\nEND:VTODO"
        ))
    };
    world.import(&task("20270301T200000")).await;
    let id = text(&world.event_at("2027-03-01T11:00:00Z").await["id"]);
    let done = format!("/v1/events/{id}/completion?occurrence=2027-03-02T11:00:00Z");
    app.put(&done).bearer(&host.token).expect(200).await;
    assert_eq!(world.import(&task("20270301T070000")).await["updated"], 1);
    let list = app.get("/v1/events?from=2027-02-01T00:00:00Z&to=2027-04-01T00:00:00Z");
    let list = list.bearer(&host.token).expect(200).await;
    let show = |item: &Value| (text(&item["start"]["dateTime"]), item["completedAt"].is_string());
    let found: Vec<_> = list["items"].as_array().expect("items").iter().map(show).collect();
    let expected =
        [("2027-02-28T22:00:00Z", false), ("2027-03-01T22:00:00Z", true), ("2027-03-02T22:00:00Z", false)];
    assert_eq!(found, expected.map(|(start, done)| (start.to_owned(), done)));
    world.app.stop().await;
}
