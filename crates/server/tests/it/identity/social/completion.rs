//! A22, B08: what a first login at a provider lacks, and what completes it.

use madang_testkit::{TestDb, providers::Someone, text};
use serde_json::{Value, json};

use super::{log_in, me, with_kakao};

madang_testkit::on_every_database!(
    a22_an_address_completes_what_a_provider_told,
    a22_whatever_others_would_see_waits_for_a_complete_profile,
);

async fn a22_an_address_completes_what_a_provider_told(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let sky = Someone::new(1, "하늘");
    let pair = log_in(&app, &kakao, &sky).await.expect(200);
    let token = text(&pair["accessToken"]);
    assert_eq!(
        (&pair["profileComplete"], &me(&app, &pair).await["profileComplete"]),
        (&json!(false), &json!(false))
    );
    let other = app.person("바다").await;
    let post =
        || app.post("/v1/posts").bearer(&token).json(json!({ "text": "안녕하세요", "visibility": "public" }));
    let room = || app.post("/v1/rooms").bearer(&token).json(json!({ "userIds": [other.id] }));
    post().refused(403, "identity.profile_incomplete").await;
    room().refused(403, "identity.profile_incomplete").await;
    // Reading works, and so does what shows nothing of the person.
    for path in ["/v1/posts", "/v1/feed", "/v1/me", "/v1/users?query=바다", "/v1/rooms"] {
        app.get(path).bearer(&token).expect(200).await;
    }
    app.patch("/v1/me").bearer(&token).json(json!({ "bio": "안녕" })).expect(200).await;
    post().refused(403, "identity.profile_incomplete").await;
    // The address alone is enough, with the token at hand.
    let address = json!({ "address": "서울특별시 마포구 양화로 45" });
    let account = app.patch("/v1/me").bearer(&token).json(address).expect(200).await;
    assert_eq!(
        (&account["profileComplete"], &account["region"]),
        (&json!(true), &json!("서울특별시 마포구"))
    );
    post().expect(201).await;
    room().expect(201).await;
    let again = log_in(&app, &kakao, &sky).await.expect(200);
    assert_eq!((&again["profileComplete"], &again["firstLogin"]), (&json!(true), &json!(false)));
    // Without a provider, the nickname was chosen at sign-up.
    app.post("/v1/posts")
        .bearer(&other.token)
        .json(json!({ "text": "반가워요", "visibility": "public" }))
        .expect(201)
        .await;
    app.stop().await;
}

/// Goes out to others under the nickname of whoever does it: an incomplete profile may not. The body
/// is one that is accepted otherwise.
fn shown_to_others() -> Vec<(&'static str, Value)> {
    let words = json!({ "text": "안녕하세요" });
    vec![
        ("createPost", json!({ "text": "안녕하세요", "visibility": "public" })),
        ("updatePost", words.clone()),
        ("createReply", words),
        ("likePost", json!({})),
        ("followUser", json!({})),
        ("openRoom", json!({ "userIds": [SOMEBODY] })),
        ("addRoomMember", json!({})),
        ("sendMessage", json!({ "text": "안녕", "clientId": "1" })),
        ("inviteParticipant", json!({})),
        ("respondToInvitation", json!({ "status": "accepted" })),
        ("joinEvent", json!({})),
        ("shareCalendar", json!({ "role": "reader" })),
    ]
}

/// What is the person's own, is taken back, or is told to operators and to nobody else.
const FOR_ONESELF: &[&str] = &[
    "blockUser",
    "changePassword",
    "completeTask",
    "confirmPhone",
    "createCalendar",
    "createEvent",
    "createFeedback",
    "createPushSubscription",
    "createRealtimeTicket",
    "createShareLink",
    "deleteCalendar",
    "deleteEvent",
    "deleteMe",
    "deletePost",
    "deletePushSubscription",
    "deleteShareLink",
    "dismissReport",
    "endSession",
    "findBusyTimes",
    "findFreeSlots",
    "importCalendar",
    "leaveEvent",
    "logOutEverywhere",
    "muteUser",
    "reactivateAccount",
    "readNotifications",
    "readRoom",
    "removeParticipant",
    "removeRoomMember",
    "reopenTask",
    "replaceNotificationPreferences",
    "reportPost",
    "reportUser",
    "resolveReport",
    "sendPhoneCode",
    "setEventReminders",
    "subscribeToCalendar",
    "suspendAccount",
    "unblockUser",
    "unfollowUser",
    "unlikePost",
    "unlinkIdentity",
    "unmuteUser",
    "unshareCalendar",
    "unsubscribeFromCalendar",
    "updateCalendar",
    "updateCalendarView",
    "updateEvent",
    "updateMe",
    "updatePreferences",
    // A picture is seen by nobody before it is put somewhere.
    "uploadMedia",
];

const SOMEBODY: &str = "01a1fd80-cff6-7452-b1e1-9e9bd3f81946";

/// Each operation that changes something is in one of the two lists, and answers accordingly.
async fn a22_whatever_others_would_see_waits_for_a_complete_profile(db: TestDb) {
    let (app, kakao) = with_kakao(db).await;
    let pair = log_in(&app, &kakao, &Someone::new(1, "하늘")).await.expect(200);
    let token = text(&pair["accessToken"]);
    // Whom one cannot see one cannot answer, complete or not: that needs a post.
    let (sea, hello) = (app.person("바다").await, json!({ "text": "안녕하세요", "visibility": "public" }));
    let post = text(&app.post("/v1/posts").bearer(&sea.token).json(hello).expect(201).await["id"]);
    let document = app.get("/openapi.json").expect(200).await;
    let (mut shown, mut own) = (shown_to_others(), FOR_ONESELF.to_vec());
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let private = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
            if !private || matches!(method.as_str(), "get" | "head" | "parameters") {
                continue;
            }
            let id = operation["operationId"].as_str().unwrap();
            let Some(place) = shown.iter().position(|(known, _)| *known == id) else {
                let place = own.iter().position(|known| *known == id);
                own.remove(place.unwrap_or_else(|| panic!("{id}: does it show its author to others?")));
                continue;
            };
            let (_, body) = shown.remove(place);
            let parts = path.split('/').map(|part| match part {
                "{postId}" => post.as_str(),
                part if part.starts_with('{') => SOMEBODY,
                part => part,
            });
            let path: Vec<_> = parts.collect();
            let call = app.call(method.to_uppercase().parse().unwrap(), &path.join("/")).bearer(&token);
            let call = if operation["requestBody"].is_null() { call } else { call.json(body) };
            let problem = call.refused(403, "identity.profile_incomplete").await;
            assert_eq!(problem["status"], 403, "{id}");
        }
    }
    assert!(shown.is_empty() && own.is_empty(), "no such operations: {shown:?} {own:?}");
    app.stop().await;
}
