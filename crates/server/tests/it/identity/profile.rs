//! B: profiles, preferences, finding people.

use madang_testkit::{PASSWORD, TestApp, TestDb, text};
use serde_json::{Value, json};

use super::fields;

madang_testkit::on_every_database!(
    b02_a_nickname_has_two_to_ten_syllables_letters_or_digits,
    b08_without_an_address_everything_can_be_read,
    b10_and_b15_nobody_has_a_score_before_the_first_review,
    b12_one_syllable_and_letters_of_any_case_find_people_too,
    b01_and_b04_one_field_changes_and_the_rest_stays,
    b01_bad_values_are_refused_with_their_pointer,
    b01_a_taken_nickname_is_refused_and_its_own_case_may_change,
    b03_others_see_nothing_private,
    b09_and_b14_the_address_is_kept_and_the_region_follows,
    b12_people_are_found_by_part_of_their_nickname,
    b13_preferences_are_kept,
    an_etag_guards_a_change,
    b05_the_default_picture_is_served,
);

async fn b01_and_b04_one_field_changes_and_the_rest_stays(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let patch = |body: Value| app.patch("/v1/me").bearer(&person.token).json(body).expect(200);
    let full = patch(json!({
        "displayName": "하늘이네", "name": "김하늘", "birthDate": "1999-02-28", "sex": "female",
        "bio": "달리기", "phone": "+821012345678", "address": "서울특별시 마포구 양화로 45",
    }))
    .await;
    assert_eq!(full["birthDate"], "1999-02-28");
    assert_eq!((&full["phoneVerified"], &full["profileComplete"]), (&json!(false), &json!(true)));
    let mut expected = full.clone();
    expected["bio"] = json!("그림");
    assert_eq!(patch(json!({ "bio": "그림" })).await, expected);
    expected["sex"] = Value::Null;
    assert_eq!(patch(json!({ "sex": null })).await, expected);
    assert_eq!(patch(json!({})).await, expected);
    assert_eq!(app.get("/v1/me").bearer(&person.token).expect(200).await, expected);
    app.patch("/v1/me").json(json!({})).refused(401, "platform.unauthenticated").await;
    app.stop().await;
}

async fn b01_bad_values_are_refused_with_their_pointer(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let problem = app
        .patch("/v1/me")
        .bearer(&person.token)
        .json(json!({
            "nickname": null, "birthDate": "2999-01-01", "sex": "x", "phone": "010-1234-5678", "address": "  ",
            "email": "new@example.com",
        }))
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(
        fields(&problem),
        [
            "/address platform.required",
            "/birthDate identity.birth_date_invalid",
            "/email platform.unknown_field",
            "/nickname platform.required",
            "/phone identity.phone_invalid",
            "/sex platform.not_a_choice",
        ]
    );
    let date = app.patch("/v1/me").bearer(&person.token).json(json!({ "birthDate": "1999-02-30" }));
    assert_eq!(
        fields(&date.refused(422, "platform.invalid_fields").await),
        ["/birthDate platform.wrong_format"]
    );
    app.patch("/v1/me")
        .bearer(&person.token)
        .json(json!({ "bio": 1 }))
        .refused(400, "platform.wrong_type")
        .await;
    app.stop().await;
}

async fn b01_a_taken_nickname_is_refused_and_its_own_case_may_change(db: TestDb) {
    let app = TestApp::start(db).await;
    let (sky, _sea) = (app.person("Sky").await, app.person("Sea").await);
    let rename =
        |nickname: &str| app.patch("/v1/me").bearer(&sky.token).json(json!({ "nickname": nickname }));
    rename("sEA").refused(409, "identity.nickname_taken").await;
    assert_eq!(rename("SKY").expect(200).await["nickname"], "SKY");
    assert_eq!(rename("Wind").expect(200).await["nickname"], "Wind");
    super::sign_up(&app, json!({ "nickname": "sky" })).expect(201).await;
    app.stop().await;
}

async fn b03_others_see_nothing_private(db: TestDb) {
    let app = TestApp::start(db).await;
    let (person, other) = (app.person("하늘").await, app.person("바다").await);
    app.patch("/v1/me")
        .bearer(&person.token)
        .json(json!({ "phone": "+821012345678", "name": "김하늘", "address": "서울특별시 마포구 양화로 45" }))
        .expect(200)
        .await;
    let by_id = app.get(&format!("/v1/users/{}", person.id)).bearer(&other.token).expect(200).await;
    let by_name = app.get("/v1/users/by-nickname/하늘").bearer(&other.token).expect(200).await;
    assert_eq!(by_id, by_name);
    assert_eq!((&by_id["region"], &by_id["score"]), (&json!("서울특별시 마포구"), &Value::Null));
    let told = by_id.to_string();
    for private in [&person.email, "+8210", "양화로", "김하늘"] {
        assert!(!told.contains(private), "{told}");
    }
    for path in
        ["/v1/users/by-nickname/없음", "/v1/users/1", "/v1/users/019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69"]
    {
        app.get(path).bearer(&other.token).refused(404, "platform.not_found").await;
    }
    app.stop().await;
}

async fn b09_and_b14_the_address_is_kept_and_the_region_follows(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let account = app.get("/v1/me").bearer(&person.token).expect(200).await;
    assert_eq!((&account["address"], &account["profileComplete"]), (&Value::Null, &json!(false)));
    let address = "Seoul-si X-gu Y-ro 1";
    let account =
        app.patch("/v1/me").bearer(&person.token).json(json!({ "address": address })).expect(200).await;
    assert_eq!((&account["address"], &account["region"]), (&json!(address), &json!("Seoul-si X-gu")));
    app.stop().await;
}

async fn b12_people_are_found_by_part_of_their_nickname(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘바다").await;
    for nickname in ["푸른하늘", "하늘소", "바람", "SkyBlue"] {
        app.person(nickname).await;
    }
    let search = async |path: &str| {
        let page = app.get(path).bearer(&person.token).expect(200).await;
        let names = page["items"].as_array().unwrap().iter().map(|user| text(&user["nickname"]));
        (names.collect::<Vec<_>>(), page["nextCursor"].clone())
    };
    assert_eq!(search("/v1/users?query=하늘").await.0, ["하늘소", "푸른하늘", "하늘바다"]);
    assert_eq!(search("/v1/users?query=SKYB").await.0, ["SkyBlue"]);
    assert!(search("/v1/users?query=%25").await.0.is_empty());
    let (first, cursor) = search("/v1/users?query=하늘&limit=2").await;
    let (rest, end) = search(&format!("/v1/users?query=하늘&limit=2&cursor={}", text(&cursor))).await;
    assert_eq!((first.len(), rest.as_slice(), end), (2, &["하늘바다".to_owned()][..], Value::Null));
    for path in ["/v1/users", "/v1/users?query=", "/v1/users?query=%20", "/v1/users?query=a&limit=0"] {
        app.get(path).bearer(&person.token).refused(422, "platform.invalid_fields").await;
    }
    app.get(&format!("/v1/users?query=바&cursor={}", text(&cursor)))
        .bearer(&person.token)
        .refused(422, "platform.invalid_fields")
        .await;
    app.stop().await;
}

async fn b13_preferences_are_kept(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let patch = |body: Value| app.patch("/v1/me/preferences").bearer(&person.token).json(body);
    let preferences = patch(json!({ "theme": "dark", "timeZone": "europe/berlin" })).expect(200).await;
    assert_eq!(
        preferences,
        json!({ "theme": "dark", "locale": "ko", "timeZone": "Europe/Berlin", "weekStart": "sunday" })
    );
    assert_eq!(app.get("/v1/me").bearer(&person.token).expect(200).await["preferences"], preferences);
    let problem = patch(json!({ "theme": "blue", "timeZone": "Asia/Pyeongchang", "locale": null }))
        .refused(422, "platform.invalid_fields")
        .await;
    assert_eq!(
        fields(&problem),
        ["/locale platform.required", "/theme platform.not_a_choice", "/timeZone identity.time_zone_unknown"]
    );
    app.stop().await;
}

async fn an_etag_guards_a_change(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let reply = app.get("/v1/me").bearer(&person.token).send().await;
    let etag = reply.header("etag").expect("an ETag").to_owned();
    let patch = |bio: &str| {
        app.patch("/v1/me").bearer(&person.token).header("if-match", &etag).json(json!({ "bio": bio }))
    };
    patch("첫째").expect(200).await;
    patch("둘째").refused(412, "platform.precondition_failed").await;
    let word = |etag: &str| {
        let body = json!({ "currentPassword": PASSWORD, "newPassword": "An0ther-good-word!" });
        app.put("/v1/me/password").bearer(&person.token).header("if-match", etag).json(body)
    };
    word(&etag).refused(412, "platform.precondition_failed").await;
    app.login(&person.email, PASSWORD).await;
    let same = app.get("/v1/me").bearer(&person.token).header("if-none-match", &etag).send().await;
    assert_eq!(same.expect(200)["bio"], "첫째");
    let etag = same.header("etag").unwrap().to_owned();
    app.get("/v1/me").bearer(&person.token).header("if-none-match", &etag).expect(304).await;
    word(&etag).expect(204).await;
    app.stop().await;
}

async fn b05_the_default_picture_is_served(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let account = app.get("/v1/me").bearer(&person.token).expect(200).await;
    let picture = app.get(&text(&account["avatarUrl"])).send().await;
    picture.expect(200);
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    app.stop().await;
}

async fn b02_a_nickname_has_two_to_ten_syllables_letters_or_digits(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let rename =
        |nickname: &str| app.patch("/v1/me").bearer(&person.token).json(json!({ "nickname": nickname }));
    for wrong in ["가", "a", "가나다라마바사아자차카", "하 늘", "하늘 ", "하늘🙂", "ㄱㄴ", "sky-1", ""]
    {
        rename(wrong).refused(422, "platform.invalid_fields").await;
    }
    for right in ["ab", "가나다라마바사아자차", "하늘Sky7"] {
        assert_eq!(rename(right).expect(200).await["nickname"], right);
    }
    app.stop().await;
}

async fn b08_without_an_address_everything_can_be_read(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    for path in
        ["/v1/me", "/v1/posts", "/v1/feed", "/v1/calendars", "/v1/users?query=하늘", "/v1/notifications"]
    {
        app.get(path).bearer(&person.token).expect(200).await;
    }
    app.stop().await;
}

async fn b10_and_b15_nobody_has_a_score_before_the_first_review(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    for path in ["/v1/me".to_owned(), format!("/v1/users/{}", person.id)] {
        let shown = app.get(&path).bearer(&person.token).expect(200).await;
        let score = (&shown["score"], &shown["reviewCount"], &shown["scoreBand"]);
        assert_eq!(score, (&Value::Null, &json!(0), &json!("none")));
    }
    app.stop().await;
}

async fn b12_one_syllable_and_letters_of_any_case_find_people_too(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘바다").await;
    app.person("SkyBlue").await;
    let search = async |part: &str| {
        let path = format!("/v1/users?query={part}");
        let page = app.get(&path).bearer(&person.token).expect(200).await;
        page["items"].as_array().unwrap().iter().map(|user| text(&user["nickname"])).collect::<Vec<_>>()
    };
    assert_eq!(search("늘").await, ["하늘바다"]);
    assert_eq!(
        search("%E1%84%82%E1%85%B3%E1%86%AF%E1%84%87%E1%85%A1").await,
        ["하늘바다"],
        "as macOS spells 늘바"
    );
    assert_eq!(
        (search("yb").await, search("SKY").await),
        (vec!["SkyBlue".to_owned()], vec!["SkyBlue".to_owned()])
    );
    // A new name is found at once, and the old one no more.
    app.patch("/v1/me").bearer(&person.token).json(json!({ "nickname": "구름산" })).expect(200).await;
    assert_eq!((search("름산").await, search("하늘").await.len()), (vec!["구름산".to_owned()], 0));
    app.delete("/v1/me").bearer(&person.token).json(json!({ "password": PASSWORD })).expect(204).await;
    let other = app.person("나무").await;
    let page = app.get("/v1/users?query=구름").bearer(&other.token).expect(200).await;
    assert_eq!(page["items"], json!([]));
    app.stop().await;
}
