//! Pages, their cursors and links; versions and their tags.

use poem::http::Method;
use serde_json::{Value, json};

use crate::fixture::Sample;

#[tokio::test]
async fn cursors_lead_through_the_whole_list_once() {
    let sample = Sample::new();
    let mut target = "/v1/notes?limit=7".to_owned();
    let mut titles = Vec::new();
    loop {
        let reply = sample.get(&target).auth().send().await;
        let page = reply.json();
        titles.extend(
            page["items"].as_array().unwrap().iter().map(|note| note["title"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["nextCursor"].as_str() else {
            assert_eq!(page["nextCursor"], Value::Null);
            assert_eq!(reply.header("link"), "");
            break;
        };
        let next = format!("https://madang.example/v1/notes?limit=7&cursor={cursor}");
        assert_eq!(reply.header("link"), format!("<{next}>; rel=\"next\""));
        target = next.trim_start_matches("https://madang.example").to_owned();
    }
    let expected: Vec<_> = (0..50).rev().map(|number| number.to_string()).collect();
    assert_eq!(titles, expected);
    let page = sample.get("/v1/notes").auth().send().await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 20, "the default");
}

#[tokio::test]
async fn a_cursor_of_another_list_or_a_forged_one_is_refused() {
    let sample = Sample::new();
    let page = sample.get("/v1/notes?limit=5").auth().send().await.json();
    let cursor = page["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(sample.get(&format!("/v1/notes?cursor={cursor}")).auth().send().await.status, 200);
    let refused = async |target: String, token: &str| {
        let reply = sample.get(&target).bearer(token).send().await;
        reply.problem(422, "platform.invalid_fields");
        assert_eq!(reply.fields(), ["?cursor platform.invalid_cursor"], "{target}");
    };
    refused(format!("/v1/notes?mood=happy&cursor={cursor}"), "good").await;
    refused(format!("/v1/notes?cursor={cursor}"), "other").await;
    for position in 0..cursor.len() {
        let mut forged = cursor.clone().into_bytes();
        forged[position] = if forged[position] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        refused(format!("/v1/notes?cursor={forged}"), "good").await;
    }
    for cursor in ["", "x", "%20", &cursor[1..], &format!("{cursor}A")] {
        refused(format!("/v1/notes?cursor={cursor}"), "good").await;
    }
    let elsewhere = Sample::with(|settings| settings.cursor_key = [8; 32]);
    let reply = elsewhere.get(&format!("/v1/notes?cursor={cursor}")).auth().send().await;
    assert_eq!(reply.fields(), ["?cursor platform.invalid_cursor"]);
}

#[tokio::test]
async fn links_keep_other_parameters_and_follow_trusted_proxies_only() {
    let link = async |sample: Sample, forwarded: &[(&str, &str)]| {
        let mut call = sample
            .get("/v1/notes?mood=happy&cursor=&limit=2&x=%EA%B0%80".replace("cursor=&", "").as_str())
            .auth();
        for (name, value) in forwarded {
            call = call.header(name, value);
        }
        let link = call.send().await.header("link").to_owned();
        link.split("&cursor=").next().unwrap().to_owned()
    };
    let rest = "/v1/notes?mood=happy&limit=2&x=%EA%B0%80";
    let forwarded = [("x-forwarded-proto", "https"), ("x-forwarded-host", "out.example")];
    let standard = [("forwarded", "for=192.0.2.1;proto=https;host=\"out.example:8443\"")];
    let open = || Sample::with(|settings| settings.public_url = None);
    // Test requests have no peer address, which counts as 0.0.0.0.
    let trusting = || {
        Sample::with(|settings| {
            settings.public_url = None;
            settings.trusted_proxies.0 = vec!["0.0.0.0/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        })
    };
    assert_eq!(link(Sample::new(), &forwarded).await, format!("<https://madang.example{rest}"));
    assert_eq!(link(open(), &forwarded).await, format!("<http://here.example:3000{rest}"));
    assert_eq!(link(trusting(), &forwarded).await, format!("<https://out.example{rest}"));
    assert_eq!(link(trusting(), &standard).await, format!("<https://out.example:8443{rest}"));
    let evil = [("x-forwarded-host", "out.example>; rel=next, <https://evil.example")];
    assert!(!link(trusting(), &evil).await.contains("evil"));

    for (forwarded, address) in [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7, 10.1.1.1", "198.51.100.7"),
        ("198.51.100.7, unknown", "0.0.0.0"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
    ] {
        let seen = trusting().get("/v1/guests").header("x-forwarded-for", forwarded).send().await.json();
        assert_eq!(seen["address"], address, "{forwarded}");
    }
    let seen = open().get("/v1/guests").header("x-forwarded-for", "198.51.100.7").send().await.json();
    assert_eq!(seen["address"], "0.0.0.0");
}

#[tokio::test]
async fn known_versions_are_not_sent_again() {
    let sample = Sample::new();
    let target = "/v1/notes/019a0000-0000-7000-8000-000000000000";
    let first = sample.get(target).auth().send().await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("\"7-") && tag.len() == 1 + 2 + 16 + 1 + 16 + 1, "{tag}");
    assert_eq!(first.header("cache-control"), "private, no-cache");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        for method in [Method::GET, Method::HEAD] {
            let reply = sample.call(method, target).auth().header("if-none-match", &known).send().await;
            assert_eq!(reply.status, 304, "{known}");
            assert!(reply.bytes.is_empty());
            assert_eq!(reply.header("etag"), tag);
        }
    }
    let reply = sample.get(target).auth().header("if-none-match", "\"7-0000000000000000\"").send().await;
    assert_eq!(reply.status, 200);
    let head = sample.call(Method::HEAD, target).auth().send().await;
    assert_eq!((head.status.as_u16(), head.bytes.len(), head.header("etag")), (200, 0, tag.as_str()));
}

#[tokio::test]
async fn changes_can_insist_on_a_version() {
    let sample = Sample::new();
    let target = "/v1/notes/019a0000-0000-7000-8000-000000000000";
    let tag = sample.get(target).auth().send().await.header("etag").to_owned();
    let other = sample.get("/v1/notes/019a0000-0000-7000-8000-000000000001").auth().send().await;
    let (list, weak) = (format!("\"6-a\" , {tag}"), format!("W/{tag}"));
    let (bare, longer) = (tag.trim_matches('"').to_owned(), tag.replace("\"7-", "\"7-0"));
    let stars = format!("{tag}x, *");
    for (given, status) in [
        (Some(tag.as_str()), 200),
        (Some(list.as_str()), 200),
        (Some("*"), 200),
        (None, 200),
        // A strong comparison of the whole tag (RFC 9110 13.1.1).
        (Some(weak.as_str()), 412),
        (Some(other.header("etag")), 412),
        (Some(bare.as_str()), 412),
        (Some(longer.as_str()), 412),
        (Some(stars.as_str()), 412),
        (Some("\"7-x\""), 412),
        (Some("\"7\""), 412),
        (Some("7"), 412),
        (Some(""), 412),
    ] {
        let mut call = sample.call(Method::PATCH, target).auth();
        if let Some(given) = given {
            call = call.header("if-match", given);
        }
        let reply = call.json(json!({ "mood": null })).send().await;
        assert_eq!(reply.status, status, "{given:?} {}", reply.text());
        if status == 412 {
            reply.problem(412, "platform.precondition_failed");
        }
    }
    assert_eq!(sample.call(Method::DELETE, target).auth().send().await.status, 204);
}
