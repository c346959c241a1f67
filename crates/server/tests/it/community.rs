//! Following, posting, replying, liking, the feed, and what people are told.

mod absences;
mod dated;
mod edits;
mod matrix;
mod mentions;
mod occurrences;
mod safety;
mod search;

use madang_testkit::{Person, TestApp, TestDb, on_every_database, text};
use serde_json::{Value, json};

on_every_database!(
    c01_c02_follow_and_unfollow,
    c03_lists_of_people_and_friends,
    c04_c07_c08_c09_a_post_is_written_read_changed_and_deleted,
    c05_visibility_on_every_surface,
    c06_n12_the_feed_is_exact_and_pages_without_gaps,
    c11_likes_count_once,
    c12_replies_reach_no_further_than_their_root,
    n10_counts_leave_out_whom_one_blocked,
    c14_a_follow_a_reply_and_a_like_are_told_once,
    c19_posts_are_found_by_day_and_tag,
    n17_fifty_retries_write_one_post,
    a27_nothing_is_left_of_somebody_who_withdrew,
);

async fn post(app: &TestApp, author: &Person, body: Value) -> String {
    text(&app.post("/v1/posts").bearer(&author.token).json(body).expect(201).await["id"])
}

async fn follow(app: &TestApp, follower: &Person, followee: &Person) {
    app.put(&format!("/v1/users/{}/follow", followee.id)).bearer(&follower.token).expect(201).await;
}

async fn ids(app: &TestApp, who: &Person, path: &str) -> Vec<String> {
    let page = app.get(path).bearer(&who.token).expect(200).await;
    page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

async fn c01_c02_follow_and_unfollow(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let path = format!("/v1/users/{}/follow", jun.id);
    app.put(&path).refused(401, "platform.unauthenticated").await;
    let follow = app.put(&path).bearer(&mina.token).expect(201).await;
    assert_eq!(follow, json!({ "followerId": mina.id, "followeeId": jun.id }));
    app.put(&path).bearer(&mina.token).refused(409, "community.already_following").await;
    let oneself = format!("/v1/users/{}/follow", mina.id);
    app.put(&oneself).bearer(&mina.token).refused(422, "community.self_follow").await;
    app.delete(&oneself).bearer(&mina.token).refused(422, "community.self_follow").await;
    let nobody = "/v1/users/019a0000-0000-7000-8000-000000000000/follow";
    app.put(nobody).bearer(&mina.token).refused(404, "platform.not_found").await;
    app.put("/v1/users/not-an-id/follow").bearer(&mina.token).refused(404, "platform.not_found").await;
    app.delete(&path).bearer(&mina.token).expect(204).await;
    app.delete(&path).bearer(&mina.token).refused(409, "community.not_following").await;
}

async fn c03_lists_of_people_and_friends(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    follow(&app, &mina, &jun).await;
    follow(&app, &jun, &mina).await;
    follow(&app, &sol, &mina).await;
    let lists = |list: &str| format!("/v1/users/{}/{list}", mina.id);
    assert_eq!(ids(&app, &sol, &lists("followers")).await, [sol.id.clone(), jun.id.clone()]);
    assert_eq!(ids(&app, &sol, &lists("following")).await, [&*jun.id]);
    assert_eq!(ids(&app, &sol, &lists("friends")).await, [&*jun.id]);
    let first = app.get(&format!("{}?limit=1", lists("followers"))).bearer(&sol.token).send().await;
    let next = text(&first.json()["nextCursor"]);
    assert!(first.header("link").is_some_and(|link| link.contains(&next) && link.contains("rel=\"next\"")));
    assert_eq!(ids(&app, &sol, &format!("{}?limit=1&cursor={next}", lists("followers"))).await, [&*jun.id]);
    // A cursor of another list, and a forged one.
    for path in
        [format!("{}?cursor={next}", lists("following")), format!("{}?cursor={next}x", lists("followers"))]
    {
        let problem = app.get(&path).bearer(&sol.token).refused(422, "platform.invalid_fields").await;
        assert_eq!(problem["errors"][0]["code"], "platform.invalid_cursor");
    }
    app.put(&format!("/v1/users/{}/block", sol.id)).bearer(&mina.token).expect(204).await;
    app.get(&lists("followers")).bearer(&sol.token).refused(404, "platform.not_found").await;
    app.put(&format!("/v1/users/{}/follow", mina.id))
        .bearer(&sol.token)
        .refused(404, "platform.not_found")
        .await;
    assert_eq!(ids(&app, &jun, &lists("followers")).await, [&*jun.id]);
}

async fn c04_c07_c08_c09_a_post_is_written_read_changed_and_deleted(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let problem = app
        .post("/v1/posts")
        .bearer(&mina.token)
        .json(json!({ "title": "x".repeat(101), "visibility": "everyone", "mood": 1 }))
        .refused(422, "platform.invalid_fields")
        .await;
    let mut pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| text(&error["pointer"])).collect();
    pointers.sort();
    assert_eq!(pointers, ["/mood", "/text", "/title", "/visibility"]);
    let created = app
        .post("/v1/posts")
        .bearer(&mina.token)
        .json(json!({ "title": "소풍", "text": "Who brings kimbap?", "visibility": "public" }))
        .send()
        .await;
    let body = created.expect(201);
    let path = created.header("location").unwrap().to_owned();
    assert_eq!(path, format!("/v1/posts/{}", text(&body["id"])));
    assert_eq!(body["author"]["nickname"], "mina");
    assert_eq!(
        (&body["likeCount"], &body["replyCount"], &body["likedByMe"]),
        (&json!(0), &json!(0), &json!(false))
    );
    let read = app.get(&path).bearer(&jun.token).send().await;
    assert_eq!(read.expect(200)["text"], "Who brings kimbap?");
    let etag = read.header("etag").unwrap().to_owned();
    let again = app.get(&path).bearer(&jun.token).header("if-none-match", &etag).send().await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    let edit = json!({ "text": "I bring it." });
    app.patch(&path).bearer(&jun.token).json(edit.clone()).refused(403, "community.not_the_author").await;
    let edited =
        app.patch(&path).bearer(&mina.token).header("if-match", &etag).json(edit.clone()).expect(200).await;
    assert_eq!((&edited["title"], &edited["text"]), (&json!("소풍"), &json!("I bring it.")));
    assert!(edited["editedAt"].is_string());
    app.patch(&path)
        .bearer(&mina.token)
        .header("if-match", &etag)
        .json(edit)
        .refused(412, "platform.precondition_failed")
        .await;
    let nothing = json!({ "text": null, "visibility": null, "mediaIds": null });
    let problem =
        app.patch(&path).bearer(&mina.token).json(nothing).refused(422, "platform.invalid_fields").await;
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3, "what cannot be empty cannot be cleared");
    let cleared = app.patch(&path).bearer(&mina.token).json(json!({ "title": null })).expect(200).await;
    assert_eq!(cleared["title"], Value::Null);
    app.delete(&path).bearer(&jun.token).refused(403, "community.not_the_author").await;
    app.delete(&path).bearer(&mina.token).expect(204).await;
    app.get(&path).bearer(&mina.token).refused(404, "platform.not_found").await;
}

async fn c05_visibility_on_every_surface(db: TestDb) {
    let app = TestApp::start(db).await;
    let author = app.person("author").await;
    let (friend, fan, stranger, blocked) = (
        app.person("friend").await,
        app.person("fan").await,
        app.person("stranger").await,
        app.person("blocked").await,
    );
    follow(&app, &friend, &author).await;
    follow(&app, &author, &friend).await;
    follow(&app, &fan, &author).await;
    follow(&app, &blocked, &author).await;
    app.put(&format!("/v1/users/{}/block", author.id)).bearer(&blocked.token).expect(204).await;
    for (level, seen_by) in [
        ("public", [true, true, true, true, false]),
        ("friends", [true, true, false, false, false]),
        ("private", [true, false, false, false, false]),
    ] {
        let id =
            post(&app, &author, json!({ "text": format!("{level} #matrix"), "visibility": level })).await;
        let reply = app
            .post(&format!("/v1/posts/{id}/replies"))
            .bearer(&author.token)
            .json(json!({ "text": "and" }))
            .expect(201)
            .await;
        assert_eq!(reply["visibility"], level);
        let reply = text(&reply["id"]);
        for (viewer, seen) in [&author, &friend, &fan, &stranger, &blocked].into_iter().zip(seen_by) {
            let case = format!("{level} seen by {}", viewer.nickname);
            let status = if seen { 200 } else { 404 };
            for path in ["", "/replies", "/thread", "/likes"] {
                let reply = app.get(&format!("/v1/posts/{id}{path}")).bearer(&viewer.token).send().await;
                assert_eq!(reply.status.as_u16(), status, "{case}: {path}");
            }
            let like = app.put(&format!("/v1/posts/{id}/like")).bearer(&viewer.token).send().await;
            assert_eq!(like.status.as_u16(), if seen { 204 } else { 404 }, "{case}: like");
            let answer = json!({ "text": "hi" });
            if !seen {
                app.post(&format!("/v1/posts/{id}/replies"))
                    .bearer(&viewer.token)
                    .json(answer)
                    .refused(404, "platform.not_found")
                    .await;
            }
            for list in
                ["/v1/posts?limit=100", "/v1/posts?tag=matrix", &format!("/v1/posts?author={}", author.id)]
            {
                let found = ids(&app, viewer, list).await;
                assert_eq!(found.contains(&id), seen, "{case}: {list}");
                assert!(list.contains("tag") || found.contains(&reply) == seen, "{case}: reply in {list}");
            }
            let follows = ["author", "friend", "fan"].contains(&viewer.nickname.as_str());
            let feed = ids(&app, viewer, "/v1/feed?limit=100").await;
            assert_eq!(feed.contains(&id), seen && follows, "{case}: feed");
        }
    }
    app.get(&format!("/v1/users/{}/posts", author.id))
        .bearer(&blocked.token)
        .refused(404, "platform.not_found")
        .await;
}

async fn c06_n12_the_feed_is_exact_and_pages_without_gaps(db: TestDb) {
    let app = TestApp::start(db).await;
    let people = [app.person("mina").await, app.person("jun").await, app.person("sol").await];
    let [mina, jun, sol] = &people;
    let old = post(&app, jun, json!({ "text": "before", "visibility": "public" })).await;
    follow(&app, mina, jun).await;
    let mut expected = vec![old];
    for number in 0..7 {
        let author = &people[number % 3];
        let id = post(&app, author, json!({ "text": format!("{number}"), "visibility": "public" })).await;
        if author.id != sol.id {
            expected.insert(0, id);
        }
    }
    assert_eq!(ids(&app, mina, "/v1/feed").await, expected);
    let (mut seen, mut path) = (Vec::new(), "/v1/feed?limit=2".to_owned());
    loop {
        let page = app.get(&path).bearer(&mina.token).expect(200).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])));
        // Somebody writes while somebody reads.
        post(&app, jun, json!({ "text": "meanwhile", "visibility": "public" })).await;
        let Some(next) = page["nextCursor"].as_str() else { break };
        path = format!("/v1/feed?limit=2&cursor={next}");
    }
    assert_eq!(seen, expected);
    app.delete(&format!("/v1/users/{}/follow", jun.id)).bearer(&mina.token).expect(204).await;
    for item in app.get("/v1/feed").bearer(&mina.token).expect(200).await["items"].as_array().unwrap() {
        assert_eq!(item["author"]["id"], mina.id.as_str());
    }
}

async fn c11_likes_count_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let id = post(&app, &mina, json!({ "text": "like me", "visibility": "public" })).await;
    let like = format!("/v1/posts/{id}/like");
    for _ in 0..2 {
        app.put(&like).bearer(&jun.token).expect(204).await;
        let seen = app.get(&format!("/v1/posts/{id}")).bearer(&jun.token).expect(200).await;
        assert_eq!((&seen["likeCount"], &seen["likedByMe"]), (&json!(1), &json!(true)));
    }
    assert_eq!(ids(&app, &mina, &format!("/v1/posts/{id}/likes")).await, [&*jun.id]);
    for _ in 0..2 {
        app.delete(&like).bearer(&jun.token).expect(204).await;
        let seen = app.get("/v1/posts").bearer(&jun.token).expect(200).await;
        assert_eq!(
            (&seen["items"][0]["likeCount"], &seen["items"][0]["likedByMe"]),
            (&json!(0), &json!(false))
        );
    }
}

async fn c12_replies_reach_no_further_than_their_root(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    follow(&app, &mina, &jun).await;
    follow(&app, &jun, &mina).await;
    let root = post(&app, &mina, json!({ "text": "for friends", "visibility": "friends" })).await;
    let wider = json!({ "text": "for all", "visibility": "public" });
    let problem = app
        .post(&format!("/v1/posts/{root}/replies"))
        .bearer(&jun.token)
        .json(wider)
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(problem["errors"][0]["code"], "community.wider_than_root");
    let mut parent = root.clone();
    for depth in 0..5 {
        let body = json!({ "text": format!("{depth}"), "visibility": "friends", "inReplyTo": parent });
        parent = post(&app, if depth % 2 == 0 { &jun } else { &mina }, body).await;
    }
    let thread = app.get(&format!("/v1/posts/{parent}/thread")).bearer(&mina.token).expect(200).await;
    let texts: Vec<_> = thread["items"].as_array().unwrap().iter().map(|item| text(&item["text"])).collect();
    assert_eq!(texts, ["for friends", "0", "1", "2", "3", "4"]);
    let root_now = app.get(&format!("/v1/posts/{root}")).bearer(&mina.token).expect(200).await;
    assert_eq!(root_now["replyCount"], 1);
    let secret = json!({ "text": "note to self", "visibility": "private" });
    app.post(&format!("/v1/posts/{root}/replies")).bearer(&jun.token).json(secret).expect(201).await;
    let root_now = app.get(&format!("/v1/posts/{root}")).bearer(&mina.token).expect(200).await;
    assert_eq!(root_now["replyCount"], 1, "a count must not tell of a private reply");
    let unknown =
        json!({ "text": "?", "visibility": "public", "inReplyTo": "019a0000-0000-7000-8000-000000000000" });
    let problem =
        app.post("/v1/posts").bearer(&jun.token).json(unknown).refused(422, "platform.invalid_fields").await;
    assert_eq!(problem["errors"][0]["pointer"], "/inReplyTo");
    // When the root narrows, the thread goes with it.
    app.patch(&format!("/v1/posts/{root}"))
        .bearer(&mina.token)
        .json(json!({ "visibility": "private" }))
        .expect(200)
        .await;
    app.get(&format!("/v1/posts/{root}/replies")).bearer(&jun.token).refused(404, "platform.not_found").await;
}

async fn n10_counts_leave_out_whom_one_blocked(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun, sol) = (app.person("mina").await, app.person("jun").await, app.person("sol").await);
    follow(&app, &sol, &mina).await;
    let root = post(&app, &mina, json!({ "text": "Lunch?", "visibility": "public" })).await;
    let path = format!("/v1/posts/{root}");
    for text in ["Yes", "Where?"] {
        app.post(&format!("{path}/replies"))
            .bearer(&jun.token)
            .json(json!({ "text": text }))
            .expect(201)
            .await;
    }
    app.post(&format!("{path}/replies")).bearer(&sol.token).json(json!({ "text": "Me" })).expect(201).await;
    for who in [&jun, &sol] {
        app.put(&format!("{path}/like")).bearer(&who.token).expect(204).await;
    }
    let counts = async |who: &Person| {
        let seen = app.get(&path).bearer(&who.token).expect(200).await;
        let feed = app.get("/v1/feed").bearer(&who.token).expect(200).await;
        for item in feed["items"].as_array().unwrap().iter().filter(|item| item["id"] == root.as_str()) {
            assert_eq!([&item["likeCount"], &item["replyCount"]], [&seen["likeCount"], &seen["replyCount"]]);
        }
        let likes = ids(&app, who, &format!("{path}/likes")).await.len();
        let replies = ids(&app, who, &format!("{path}/replies")).await.len();
        assert_eq!((&seen["likeCount"], &seen["replyCount"]), (&json!(likes), &json!(replies)));
        (likes, replies)
    };
    for who in [&mina, &sol] {
        assert_eq!(counts(who).await, (2, 3));
    }
    // Whoever blocked whom, and once even if each blocked the other.
    for (blocker, blocked) in [(&jun, &sol), (&sol, &jun)] {
        app.put(&format!("/v1/users/{}/block", blocked.id)).bearer(&blocker.token).expect(204).await;
        assert_eq!(counts(&sol).await, (1, 1));
        assert_eq!(counts(&jun).await, (1, 2));
        assert_eq!(counts(&mina).await, (2, 3));
    }
    for (blocker, blocked) in [(&jun, &sol), (&sol, &jun)] {
        app.delete(&format!("/v1/users/{}/block", blocked.id)).bearer(&blocker.token).expect(204).await;
    }
    assert_eq!(counts(&sol).await, (2, 3));
}

async fn c14_a_follow_a_reply_and_a_like_are_told_once(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    let id = post(&app, &mina, json!({ "text": "hello", "visibility": "public" })).await;
    follow(&app, &jun, &mina).await;
    app.delete(&format!("/v1/users/{}/follow", mina.id)).bearer(&jun.token).expect(204).await;
    follow(&app, &jun, &mina).await;
    app.put(&format!("/v1/posts/{id}/like")).bearer(&jun.token).expect(204).await;
    app.put(&format!("/v1/posts/{id}/like")).bearer(&mina.token).expect(204).await;
    let reply = app
        .post(&format!("/v1/posts/{id}/replies"))
        .bearer(&jun.token)
        .json(json!({ "text": "hi" }))
        .expect(201)
        .await;
    app.settle().await;
    app.settle().await;
    let told = app.get("/v1/notifications").bearer(&mina.token).expect(200).await;
    let items = told["items"].as_array().unwrap();
    let mut kinds: Vec<_> = items.iter().map(|item| text(&item["kind"])).collect();
    kinds.sort();
    assert_eq!(kinds, ["follow", "like", "reply"]);
    assert!(items.iter().all(|item| item["actor"]["nickname"] == "jun" && item["readAt"].is_null()));
    let about_reply = items.iter().find(|item| item["kind"] == "reply").unwrap();
    assert_eq!(about_reply["postId"], reply["id"]);
    let count = "/v1/notifications/unread-count";
    assert_eq!(app.get(count).bearer(&mina.token).expect(200).await["count"], 3);
    let read = "/v1/notifications/read";
    app.post(read).bearer(&mina.token).json(json!({ "ids": [] })).expect(204).await;
    assert_eq!(app.get(count).bearer(&mina.token).expect(200).await["count"], 3);
    let one = json!({ "ids": [items[0]["id"]] });
    // Somebody else's notification is left alone.
    app.post(read).bearer(&jun.token).json(one.clone()).expect(204).await;
    assert_eq!(app.get(count).bearer(&mina.token).expect(200).await["count"], 3);
    app.post(read).bearer(&mina.token).json(one).expect(204).await;
    assert_eq!(app.get(count).bearer(&mina.token).expect(200).await["count"], 2);
    let unread = app.get("/v1/notifications?unread=true").bearer(&mina.token).expect(200).await;
    assert_eq!(unread["items"].as_array().unwrap().len(), 2);
    // With nothing named, all.
    app.post(read).bearer(&mina.token).json(json!({})).expect(204).await;
    assert_eq!(app.get(count).bearer(&mina.token).expect(200).await["count"], 0);
    // What blocked people did is hidden.
    app.put(&format!("/v1/users/{}/block", jun.id)).bearer(&mina.token).expect(204).await;
    assert!(ids(&app, &mina, "/v1/notifications").await.is_empty());
}

async fn c19_posts_are_found_by_day_and_tag(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let dated = json!({ "text": "소풍 #한강", "visibility": "public", "date": "2026-05-05" });
    let dated = post(&app, &mina, dated).await;
    let now = post(&app, &mina, json!({ "text": "today", "visibility": "public" })).await;
    for (query, found) in [
        ("from=2026-05-01&to=2026-06-01", true),
        ("from=2026-05-05&to=2026-05-05", true),
        ("from=2026-05-06&to=2026-06-01", false),
        ("from=2026-05-01&to=2026-05-05", false),
        ("tag=%ED%95%9C%EA%B0%95", true),
        ("tag=%23%ED%95%9C%EA%B0%95", true),
        ("tag=%ED%95%9C", false),
        ("tag=%21", false),
    ] {
        let posts = ids(&app, &mina, &format!("/v1/posts?{query}")).await;
        assert_eq!(posts.contains(&dated), found, "{query}");
        assert!(!posts.contains(&now), "{query}");
    }
    let problem =
        app.get("/v1/posts?from=yesterday").bearer(&mina.token).refused(422, "platform.invalid_fields").await;
    assert_eq!(problem["errors"][0]["pointer"], "?from");
}

async fn n17_fifty_retries_write_one_post(db: TestDb) {
    let app = TestApp::start(db).await;
    let mina = app.person("mina").await;
    let body = json!({ "text": "only once", "visibility": "public" });
    let tries = (0..50).map(|_| {
        let call = app
            .post("/v1/posts")
            .bearer(&mina.token)
            .header("idempotency-key", "one-post")
            .json(body.clone());
        tokio::spawn(call.send())
    });
    let tries: Vec<_> = tries.collect();
    let mut answers = Vec::new();
    for reply in tries {
        let reply = reply.await.unwrap();
        reply.expect(201);
        answers.push(reply.bytes);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "all answers are the same, byte for byte");
    assert_eq!(ids(&app, &mina, "/v1/posts").await.len(), 1);
    let replay = app
        .post("/v1/posts")
        .bearer(&mina.token)
        .header("idempotency-key", "one-post")
        .json(body)
        .send()
        .await;
    assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    let other = json!({ "text": "something else", "visibility": "public" });
    app.post("/v1/posts")
        .bearer(&mina.token)
        .header("idempotency-key", "one-post")
        .json(other)
        .refused(422, "platform.idempotency_key_reused")
        .await;
}

async fn a27_nothing_is_left_of_somebody_who_withdrew(db: TestDb) {
    let app = TestApp::start(db).await;
    let (mina, jun) = (app.person("mina").await, app.person("jun").await);
    follow(&app, &jun, &mina).await;
    follow(&app, &mina, &jun).await;
    let mine = post(&app, &jun, json!({ "text": "mine", "visibility": "public" })).await;
    let gone = post(&app, &mina, json!({ "text": "gone", "visibility": "public" })).await;
    app.put(&format!("/v1/posts/{mine}/like")).bearer(&mina.token).expect(204).await;
    app.post(&format!("/v1/posts/{mine}/replies"))
        .bearer(&mina.token)
        .json(json!({ "text": "bye" }))
        .expect(201)
        .await;
    app.settle().await;
    app.delete("/v1/me")
        .bearer(&mina.token)
        .json(json!({ "password": madang_testkit::PASSWORD }))
        .expect(204)
        .await;
    app.settle().await;
    app.get(&format!("/v1/posts/{gone}")).bearer(&jun.token).refused(404, "platform.not_found").await;
    let left = app.get(&format!("/v1/posts/{mine}")).bearer(&jun.token).expect(200).await;
    assert_eq!((&left["likeCount"], &left["replyCount"]), (&json!(0), &json!(0)));
    assert_eq!(ids(&app, &jun, "/v1/feed").await, [mine]);
    assert!(ids(&app, &jun, "/v1/notifications").await.is_empty());
    assert!(ids(&app, &jun, &format!("/v1/users/{}/followers", jun.id)).await.is_empty());
}
