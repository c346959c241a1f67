//! Members, their roles at every door, share links, and each viewer's own look.

use madang_testkit::{Person, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::{between, create, default_calendar};

madang_testkit::on_every_database!(
    c17_a_friend_sees_what_is_shared_and_others_do_not,
    n10_each_role_sees_its_tier_at_every_door,
    n10_a_hidden_occurrence_is_hidden_at_every_door,
    c17_a_calendar_keeps_an_owner,
    c17_colour_and_order_are_each_viewers_own,
    c17_a_share_link_is_followed_until_it_is_taken_back,
    c17_what_somebody_shared_goes_with_them,
    c16_a_writer_sees_and_changes_what_they_made,
);

const RANGE: &str = "from=2026-11-01T00:00:00Z&to=2027-01-01T00:00:00Z";

/// A calendar of its own, not the default one.
pub(super) async fn new_calendar(app: &TestApp, owner: &Person, name: &str) -> String {
    let made = app.post("/v1/calendars").bearer(&owner.token).json(json!({ "name": name })).expect(201).await;
    text(&made["id"])
}

pub(super) async fn share(app: &TestApp, owner: &Person, calendar: &str, with: &Person, role: &str) -> Value {
    let path = format!("/v1/calendars/{calendar}/members/{}", with.id);
    app.put(&path).bearer(&owner.token).json(json!({ "role": role })).expect(200).await
}

async fn names(app: &TestApp, person: &Person) -> Vec<String> {
    let list = app.get("/v1/calendars").bearer(&person.token).expect(200).await;
    list["items"].as_array().expect("items").iter().map(|item| text(&item["name"])).collect()
}

async fn c17_a_friend_sees_what_is_shared_and_others_do_not(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, friend, other) =
        (app.person("하늘").await, app.person("바다").await, app.person("숲속").await);
    let calendar = new_calendar(&app, &owner, "가족").await;
    create(&app, &owner, &calendar, json!({ "title": "소풍", "start": { "date": "2026-12-01" } })).await;
    let path = format!("/v1/calendars/{calendar}");
    app.get(&path).bearer(&friend.token).refused(404, "platform.not_found").await;
    let member = share(&app, &owner, &calendar, &friend, "reader").await;
    assert_eq!((&member["userId"], &member["role"]), (&json!(friend.id), &json!("reader")));
    assert_eq!(member["user"]["nickname"], "바다");
    assert_eq!(app.get(&path).bearer(&friend.token).expect(200).await["myRole"], "reader");
    let all = format!("/v1/events?{RANGE}");
    let seen = app.get(&all).bearer(&friend.token).expect(200).await;
    assert_eq!(seen["items"][0]["title"], "소풍");
    assert_eq!(app.get(&all).bearer(&other.token).expect(200).await["items"], json!([]));
    app.get(&path).bearer(&other.token).refused(404, "platform.not_found").await;
    let list = app.get(&format!("{path}/members?limit=1")).bearer(&friend.token).expect(200).await;
    assert_eq!(list["items"][0]["role"], "owner");
    let cursor = text(&list["nextCursor"]);
    let next = format!("{path}/members?limit=1&cursor={cursor}");
    let list = app.get(&next).bearer(&friend.token).expect(200).await;
    assert_eq!((&list["items"][0]["userId"], &list["nextCursor"]), (&json!(friend.id), &json!(null)));
    app.get(&format!("{path}/members")).bearer(&other.token).refused(404, "platform.not_found").await;
    // Only owners say who may enter, and everybody may leave.
    let third = format!("{path}/members/{}", other.id);
    let role = json!({ "role": "reader" });
    app.put(&third).bearer(&friend.token).json(role.clone()).refused(403, "platform.forbidden").await;
    app.put(&third).bearer(&other.token).json(role.clone()).refused(404, "platform.not_found").await;
    let nobody = format!("{path}/members/{calendar}");
    app.put(&nobody).bearer(&owner.token).json(role).refused(404, "platform.not_found").await;
    app.put(&third)
        .bearer(&owner.token)
        .json(json!({ "role": "king" }))
        .refused(422, "platform.invalid_fields")
        .await;
    app.delete(&third).bearer(&owner.token).refused(404, "platform.not_found").await;
    let me = format!("{path}/members/{}", friend.id);
    app.delete(&me).bearer(&friend.token).expect(204).await;
    assert_eq!(app.get(&all).bearer(&friend.token).expect(200).await["items"], json!([]));
    app.delete(&me).bearer(&friend.token).refused(404, "platform.not_found").await;
    app.stop().await;
}

/// What one person finds at a door: a status, and what shows of the three entries.
async fn door(app: &TestApp, person: &Person, path: &str) -> (u16, String) {
    let reply = app.get(path).bearer(&person.token).send().await;
    (reply.status.as_u16(), reply.text())
}

async fn n10_each_role_sees_its_tier_at_every_door(db: TestDb) {
    let app = TestApp::start(db).await;
    let owner = app.person("하늘").await;
    let calendar = new_calendar(&app, &owner, "가족").await;
    let start = json!({ "dateTime": "2026-12-01T11:00:00Z", "timeZone": "UTC" });
    let mut paths = Vec::new();
    for (title, kind, visibility) in [
        ("Aaaa", "event", "public"),
        ("Bbbb", "event", "confidential"),
        ("Cccc", "event", "private"),
        ("Dddd", "task", "public"),
    ] {
        let new = json!({
            "title": title, "kind": kind, "visibility": visibility, "start": start,
            "description": format!("{title} text"), "location": format!("{title} place"),
        });
        paths.push(format!("/v1/events/{}", text(&create(&app, &owner, &calendar, new).await["id"])));
    }
    // Each entry: full (its words show), busy (it is there without words), or nothing.
    for (index, (role, tiers)) in [
        ("freeBusy", ["busy", "busy", "nothing", "nothing"]),
        ("reader", ["full", "busy", "nothing", "full"]),
        ("writer", ["full", "busy", "nothing", "full"]),
        ("owner", ["full", "full", "full", "full"]),
    ]
    .into_iter()
    .enumerate()
    {
        let member = app.person(["바다", "숲속", "나무", "구름"][index]).await;
        share(&app, &owner, &calendar, &member, role).await;
        let base = format!("/v1/calendars/{calendar}");
        let shown = tiers.iter().filter(|tier| **tier != "nothing").count();
        for list in [
            format!("{base}/events?{RANGE}"),
            format!("{base}/events?{RANGE}&expand=false"),
            format!("{base}/events?from=2026-12-01T11:00:00Z&to=2026-12-01T11:00:01Z"),
            format!("/v1/events?{RANGE}"),
            format!("{base}/changes"),
            format!("{base}/export.ics"),
        ] {
            let (status, body) = door(&app, &member, &list).await;
            assert_eq!(status, 200, "{role} {list}: {body}");
            for (title, tier) in ["Aaaa", "Bbbb", "Cccc", "Dddd"].into_iter().zip(tiers) {
                assert_eq!(body.contains(title), tier == "full", "{role} {list} {title}: {body}");
            }
            let there = body.matches("\"start\":").count() + body.matches("BEGIN:V").count();
            let there = there - body.matches("BEGIN:VCALENDAR").count();
            assert_eq!(there, shown, "{role} {list}: {body}");
        }
        for ((path, title), tier) in paths.iter().zip(["Aaaa", "Bbbb", "Cccc", "Dddd"]).zip(tiers) {
            let (status, body) = door(&app, &member, path).await;
            assert_eq!(status, if tier == "nothing" { 404 } else { 200 }, "{role} {path}: {body}");
            assert_eq!(body.contains(title), tier == "full", "{role} {path}: {body}");
        }
        // Who may write, and who may manage.
        let writes = matches!(role, "writer" | "owner");
        let new = json!({ "title": "New", "start": { "date": "2027-05-01" } });
        let post = app.post(&format!("{base}/events")).bearer(&member.token).json(new).send().await;
        assert_eq!(post.status.as_u16(), if writes { 201 } else { 403 }, "{role}");
        let file = super::file(&format!(
            "BEGIN:VEVENT\nUID:{role}\nDTSTAMP:20260101T000000Z\nDTSTART:20270601T000000Z\nEND:VEVENT"
        ));
        let import = app.post(&format!("{base}/import")).bearer(&member.token).body("text/calendar", file);
        assert_eq!(import.send().await.status.as_u16(), if writes { 200 } else { 403 }, "{role}");
        let patch = app.patch(&paths[0]).bearer(&member.token).json(json!({ "status": "confirmed" }));
        assert_eq!(patch.send().await.status.as_u16(), if writes { 200 } else { 403 }, "{role}");
        let manages = role == "owner";
        let patch = app.patch(&base).bearer(&member.token).json(json!({ "description": "우리" }));
        assert_eq!(patch.send().await.status.as_u16(), if manages { 200 } else { 403 }, "{role}");
        let (status, _) = door(&app, &member, &format!("{base}/share-links")).await;
        assert_eq!(status, if manages { 200 } else { 403 }, "{role}");
        let (status, _) = door(&app, &member, &format!("{base}/members")).await;
        assert_eq!(status, if role == "freeBusy" { 403 } else { 200 }, "{role}");
        // What was seen with other eyes is no base for what changes now.
        let changes = app.get(&format!("{base}/changes")).bearer(&member.token).expect(200).await;
        let since = format!("{base}/changes?syncToken={}", text(&changes["nextSyncToken"]));
        app.get(&since).bearer(&member.token).expect(200).await;
        let other = if role == "reader" { "freeBusy" } else { "reader" };
        share(&app, &owner, &calendar, &member, other).await;
        app.get(&since).bearer(&member.token).refused(410, "calendar.sync_token_stale").await;
        // Whatever the others wrote must not be counted for the next one.
        let all = format!("{base}/events?from=2027-04-01T00:00:00Z&to=2027-07-01T00:00:00Z");
        for item in app.get(&all).bearer(&owner.token).expect(200).await["items"].as_array().expect("items") {
            let path = format!("/v1/events/{}", text(&item["id"]));
            app.delete(&path).bearer(&owner.token).expect(204).await;
        }
    }
    app.stop().await;
}

async fn n10_a_hidden_occurrence_is_hidden_at_every_door(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, reader) = (app.person("하늘").await, app.person("바다").await);
    let calendar = new_calendar(&app, &owner, "가족").await;
    share(&app, &owner, &calendar, &reader, "reader").await;
    // The second day is the owner's alone, the third shows only that there is something.
    let day = |day: u8, class: &str| {
        format!(
            "\nBEGIN:VEVENT\nUID:series\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID:202612{day:02}T110000Z\n\
             DTSTART:202612{day:02}T120000Z\nSUMMARY:Secret{day}\nCLASS:{class}\nEND:VEVENT"
        )
    };
    let series = "BEGIN:VEVENT\nUID:series\nDTSTAMP:20260101T000000Z\nDTSTART:20261201T110000Z\n\
                  RRULE:FREQ=DAILY;COUNT=4\nSUMMARY:Open\nEND:VEVENT";
    let file = super::file(&format!("{series}{}{}", day(2, "PRIVATE"), day(3, "CONFIDENTIAL")));
    super::import(&app, &owner, &calendar, file).await;
    let (from, to) = ("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert_eq!(between(&app, &owner, &calendar, from, to).await.len(), 4);
    let seen = between(&app, &reader, &calendar, from, to).await;
    assert_eq!(seen, ["Open 2026-12-01T11:00:00Z", "- 2026-12-03T12:00:00Z", "Open 2026-12-04T11:00:00Z"]);
    let first = app
        .get(&format!("/v1/calendars/{calendar}/events?from={from}&to={to}&limit=2"))
        .bearer(&reader.token)
        .expect(200)
        .await;
    assert_eq!(first["items"].as_array().expect("items").len(), 2);
    let exported = super::export(&app, &reader, &calendar).await;
    assert!(!exported.contains("Secret"), "{exported}");
    assert!(exported.contains("EXDATE:20261202T110000Z"), "{exported}");
    let copy = new_calendar(&app, &reader, "복사").await;
    super::import(&app, &reader, &copy, exported).await;
    assert_eq!(between(&app, &reader, &copy, from, to).await, seen);
    app.stop().await;
}

async fn c17_a_calendar_keeps_an_owner(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, friend) = (app.person("하늘").await, app.person("바다").await);
    let calendar = new_calendar(&app, &owner, "가족").await;
    let member = |person: &Person| format!("/v1/calendars/{calendar}/members/{}", person.id);
    app.delete(&member(&owner)).bearer(&owner.token).refused(409, "calendar.last_owner").await;
    let reader = json!({ "role": "reader" });
    app.put(&member(&owner))
        .bearer(&owner.token)
        .json(reader.clone())
        .refused(409, "calendar.last_owner")
        .await;
    share(&app, &owner, &calendar, &friend, "owner").await;
    let both = [(&owner, member(&owner)), (&friend, member(&friend))];
    // Both leave at once: one of them stays.
    let (first, second) = tokio::join!(
        app.delete(&both[0].1).bearer(&both[0].0.token).send(),
        app.delete(&both[1].1).bearer(&both[1].0.token).send()
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    let left = if first.status.as_u16() == 409 { &owner } else { &friend };
    let path = format!("/v1/calendars/{calendar}");
    let shown = app.get(&path).bearer(&left.token).expect(200).await;
    assert_eq!((&shown["ownerId"], &shown["myRole"]), (&json!(left.id), &json!("owner")));
    // A default calendar stays with the person it was made for.
    let home = default_calendar(&app, &owner).await;
    share(&app, &owner, &home, &friend, "owner").await;
    let path = format!("/v1/calendars/{home}/members/{}", owner.id);
    app.delete(&path).bearer(&friend.token).refused(409, "calendar.last_owner").await;
    app.put(&path).bearer(&owner.token).json(reader).refused(409, "calendar.last_owner").await;
    app.stop().await;
}

async fn c17_colour_and_order_are_each_viewers_own(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, friend) = (app.person("하늘").await, app.person("바다").await);
    let first = new_calendar(&app, &owner, "하나").await;
    let second = new_calendar(&app, &owner, "둘").await;
    share(&app, &owner, &first, &friend, "freeBusy").await;
    let before = names(&app, &owner).await;
    assert_eq!(before[1..], ["하나", "둘"]);
    let view = |id: &str| format!("/v1/calendars/{id}/view");
    let body = json!({ "color": "#FF0000", "position": 0 });
    let changed = app.patch(&view(&first)).bearer(&friend.token).json(body).expect(200).await;
    assert_eq!((&changed["color"], &changed["position"]), (&json!("#ff0000"), &json!(0)));
    assert_ne!(changed["sharedColor"], "#ff0000");
    let seen = app.get(&format!("/v1/calendars/{first}")).bearer(&owner.token).expect(200).await;
    assert_eq!((&seen["color"], &seen["position"]), (&seen["sharedColor"], &json!(null)));
    assert_eq!(names(&app, &friend).await[0], "하나");
    let body = json!({ "position": 3 });
    app.patch(&view(&second)).bearer(&owner.token).json(body).expect(200).await;
    assert_eq!(names(&app, &owner).await[0], "둘");
    let page = app.get("/v1/calendars?limit=1").bearer(&owner.token).expect(200).await;
    let next = format!("/v1/calendars?limit=5&cursor={}", text(&page["nextCursor"]));
    assert_eq!(app.get(&next).bearer(&owner.token).expect(200).await["items"].as_array().unwrap().len(), 2);
    let body = json!({ "color": null, "position": null });
    let reset = app.patch(&view(&second)).bearer(&owner.token).json(body).expect(200).await;
    assert_eq!((&reset["color"], &reset["position"]), (&reset["sharedColor"], &json!(null)));
    assert_eq!(names(&app, &owner).await, before);
    let bad = json!({ "color": "red", "position": -1, "size": 1 });
    let refused = app
        .patch(&view(&first))
        .bearer(&friend.token)
        .json(bad)
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(refused["errors"].as_array().expect("errors").len(), 3, "{refused}");
    app.patch(&view(&second)).bearer(&friend.token).json(json!({})).refused(404, "platform.not_found").await;
    app.stop().await;
}

async fn c17_a_share_link_is_followed_until_it_is_taken_back(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, writer) = (app.person("하늘").await, app.person("바다").await);
    let calendar = new_calendar(&app, &owner, "가족").await;
    share(&app, &owner, &calendar, &writer, "writer").await;
    let event =
        create(&app, &owner, &calendar, json!({ "title": "소풍", "start": { "date": "2026-12-01" } })).await;
    let links = format!("/v1/calendars/{calendar}/share-links");
    app.post(&links).bearer(&writer.token).json(json!({})).refused(403, "platform.forbidden").await;
    let make = |body: Value| {
        app.post(&links)
            .bearer(&owner.token)
            .header("Idempotency-Key", format!("key-{}", body.to_string().len()))
            .json(body)
    };
    let reply = make(json!({ "detail": "full", "name": "이웃" })).send().await;
    let full = reply.expect(201);
    assert_eq!(make(json!({ "detail": "full", "name": "이웃" })).expect(201).await, full);
    let plain = app.post(&links).bearer(&owner.token).expect(201).await;
    assert_eq!((&plain["detail"], &plain["name"]), (&json!("full"), &json!(null)));
    let feed = format!("/v1/public/calendars/{}.ics", text(&plain["token"]));
    let feed = app.get(&feed).send().await;
    assert!(feed.text().contains("SUMMARY:소풍"), "{}", feed.text());
    let taken = format!("{links}/{}", text(&plain["id"]));
    app.delete(&taken).bearer(&owner.token).expect(204).await;
    let busy = make(json!({ "detail": "freeBusy" })).expect(201).await;
    assert_eq!((&busy["detail"], &busy["name"]), (&json!("freeBusy"), &json!(null)));
    let list = app.get(&links).bearer(&owner.token).expect(200).await;
    assert_eq!(list["items"].as_array().expect("items").len(), 2);
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["url"]), (&full["id"], &json!(null)));
    let path = |link: &Value| {
        let url = text(&link["url"]);
        assert!(url.starts_with("http"), "{url}");
        url[url.find("/v1/").expect("a path")..].to_owned()
    };
    let feed = app.get(&path(&full)).send().await;
    assert_eq!(feed.status.as_u16(), 200, "{}", feed.text());
    assert!(feed.text().contains("SUMMARY:소풍"), "{}", feed.text());
    let told = app.get(&path(&busy)).send().await.text();
    assert!(told.contains("DTSTART;VALUE=DATE:20261201") && !told.contains("소풍"), "{told}");
    let etag = feed.header("etag").expect("an ETag").to_owned();
    let again = app.get(&path(&full)).header("If-None-Match", &etag).send().await;
    assert_eq!(again.status.as_u16(), 304);
    let event = format!("/v1/events/{}", text(&event["id"]));
    app.patch(&event).bearer(&owner.token).json(json!({ "visibility": "private" })).expect(200).await;
    let again = app.get(&path(&full)).header("If-None-Match", &etag).send().await;
    assert_eq!(again.status.as_u16(), 200);
    assert!(!again.text().contains("소풍"), "{}", again.text());
    let link = format!("{links}/{}", text(&full["id"]));
    app.delete(&link).bearer(&writer.token).refused(403, "platform.forbidden").await;
    app.delete(&link).bearer(&owner.token).expect(204).await;
    app.delete(&link).bearer(&owner.token).refused(404, "platform.not_found").await;
    app.get(&path(&full)).refused(404, "platform.not_found").await;
    app.get("/v1/public/calendars/nonsense.ics").refused(404, "platform.not_found").await;
    app.get(path(&busy).trim_end_matches(".ics")).refused(404, "platform.not_found").await;
    for _ in 0..19 {
        app.post(&links).bearer(&owner.token).json(json!({})).expect(201).await;
    }
    app.post(&links).bearer(&owner.token).json(json!({})).refused(409, "calendar.too_many_share_links").await;
    app.stop().await;
}

async fn c17_what_somebody_shared_goes_with_them(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, friend) = (app.person("하늘").await, app.person("바다").await);
    let kept = new_calendar(&app, &owner, "함께").await;
    let gone = new_calendar(&app, &owner, "혼자").await;
    share(&app, &owner, &kept, &friend, "owner").await;
    share(&app, &owner, &gone, &friend, "writer").await;
    let password = json!({ "password": madang_testkit::PASSWORD });
    app.delete("/v1/me").bearer(&owner.token).json(password).expect(204).await;
    app.settle().await;
    let shown = app.get(&format!("/v1/calendars/{kept}")).bearer(&friend.token).expect(200).await;
    assert_eq!(shown["ownerId"], json!(friend.id));
    let members = app.get(&format!("/v1/calendars/{kept}/members")).bearer(&friend.token).expect(200).await;
    assert_eq!(members["items"].as_array().expect("items").len(), 1, "{members}");
    app.get(&format!("/v1/calendars/{gone}")).bearer(&friend.token).refused(404, "platform.not_found").await;
    app.stop().await;
}

async fn c16_a_writer_sees_and_changes_what_they_made(db: TestDb) {
    let app = TestApp::start(db).await;
    let (owner, writer, reader) =
        (app.person("하늘").await, app.person("바다").await, app.person("숲속").await);
    let calendar = new_calendar(&app, &owner, "가족").await;
    share(&app, &owner, &calendar, &writer, "writer").await;
    share(&app, &owner, &calendar, &reader, "writer").await;
    let base = format!("/v1/calendars/{calendar}");
    for visibility in ["private", "confidential"] {
        for kind in ["event", "task"] {
            let title = format!("Mine{visibility}{kind}");
            let new = json!({
                "title": title, "kind": kind, "visibility": visibility, "start": { "date": "2026-12-05" },
            });
            let made = create(&app, &writer, &calendar, new).await;
            assert_eq!(made["title"], json!(title));
            let path = format!("/v1/events/{}", text(&made["id"]));
            for door in [
                path.clone(),
                format!("{base}/events?{RANGE}"),
                format!("/v1/events?{RANGE}"),
                format!("{base}/changes"),
                format!("{base}/export.ics"),
                format!("/v1/search?q={title}&type=events"),
            ] {
                for (who, seen) in [(&owner, true), (&writer, true), (&reader, false)] {
                    let reply = app.get(&door).bearer(&who.token).send().await;
                    let shown = reply.status.is_success() && reply.text().replace("?q=", "").contains(&title);
                    assert_eq!(shown, seen, "{door}: {}", reply.text());
                }
            }
            let retitled = json!({ "title": title, "location": "숲" });
            app.patch(&path).bearer(&writer.token).json(retitled.clone()).expect(200).await;
            // What somebody may not read they may not change, whatever their role.
            let busy = visibility == "confidential" && kind == "event";
            let refused = if busy { (403, "platform.forbidden") } else { (404, "platform.not_found") };
            app.patch(&path).bearer(&reader.token).json(retitled).refused(refused.0, refused.1).await;
            app.delete(&path).bearer(&reader.token).refused(refused.0, refused.1).await;
            app.delete(&path).bearer(&writer.token).expect(204).await;
        }
    }
    let new = json!({ "title": "Ours", "start": { "date": "2026-12-05" } });
    let path = format!("/v1/events/{}", text(&create(&app, &writer, &calendar, new).await["id"]));
    let hidden = json!({ "visibility": "private" });
    let shown = app.patch(&path).bearer(&writer.token).json(hidden).expect(200).await;
    assert_eq!((&shown["title"], &shown["visibility"]), (&json!("Ours"), &json!("private")));
    app.get(&path).bearer(&reader.token).refused(404, "platform.not_found").await;
    // Nobody hides from themselves what somebody else organizes.
    let new = json!({ "title": "Theirs", "start": { "date": "2026-12-05" } });
    let path = format!("/v1/events/{}", text(&create(&app, &owner, &calendar, new).await["id"]));
    let hiding = app.patch(&path).bearer(&writer.token).json(json!({ "visibility": "private" }));
    hiding.refused(403, "platform.forbidden").await;
    app.get(&path).bearer(&writer.token).expect(200).await;
    app.stop().await;
}
