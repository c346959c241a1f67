//! A13, A16, A25: access tokens and what attackers make of them.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use futures_util::StreamExt;
use madang_testkit::{Person, TestApp, TestDb, text};
use reqwest::Method;
use serde_json::{Value, json};

madang_testkit::on_every_database!(
    a13_forged_tokens_are_refused,
    a13_every_private_operation_refuses_every_forgery,
    a16_introspection_tells_live_from_dead,
    a25_nothing_internal_is_public,
    a28_a_token_says_who_it_is,
    a13_a_verifier_nobody_here_wrote_believes_our_tokens,
);

fn encode(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
}

/// A value with these members replaced.
fn with(value: &Value, changes: &Value) -> Value {
    let mut value = value.clone();
    for (name, change) in changes.as_object().unwrap() {
        value[name] = change.clone();
    }
    value
}

/// Every way of forging a token that this program has to withstand, with its name.
fn forgeries(person: &Person, jwks: &Value) -> Vec<(String, String)> {
    let parts: Vec<&str> = person.token.split('.').collect();
    let (header, claims, signature) = (decode(parts[0]), decode(parts[1]), parts[2]);
    let key = &jwks["keys"][0];
    let public = BASE64.decode(text(&key["x"])).unwrap();
    let mut forged: Vec<(String, String)> = Vec::new();
    let mut add = |what: &str, token: String| forged.push((what.to_owned(), token));
    for alg in ["none", "None", "NONE", "nOnE", "none ", ""] {
        let header = encode(&with(&header, &json!({ "alg": alg })));
        add(&format!("alg {alg:?}"), format!("{header}.{}.", parts[1]));
        add(&format!("alg {alg:?} with the signature"), format!("{header}.{}.{signature}", parts[1]));
    }
    for secret in [&public[..], text(&key["x"]).as_bytes(), key.to_string().as_bytes()] {
        let message = format!("{}.{}", encode(&with(&header, &json!({ "alg": "HS256" }))), parts[1]);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        add("HS256 with the public key", format!("{message}.{}", BASE64.encode(tag.as_ref())));
    }
    for changes in [
        json!({ "alg": "ES256" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "eddsa" }),
        json!({ "typ": "JWT" }),
        json!({ "typ": "AT+JWT" }),
        json!({ "kid": "another" }),
        json!({ "kid": "../../../dev/null" }),
        json!({ "kid": "x' OR '1'='1" }),
        json!({ "kid": "\u{0}" }),
        json!({ "kid": "k".repeat(10_000) }),
        json!({ "kid": 1 }),
        json!({ "jku": "http://127.0.0.1:1/jwks.json" }),
        json!({ "x5u": "http://127.0.0.1:1/cert.pem" }),
        json!({ "jwk": key }),
        json!({ "crit": ["exp"] }),
        json!({ "b64": false }),
        json!({ "zip": "DEF" }),
    ] {
        add(
            &format!("header {changes}"),
            format!("{}.{}.{signature}", encode(&with(&header, &changes)), parts[1]),
        );
    }
    for changes in [
        json!({ "sub": "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69" }),
        json!({ "roles": ["admin"] }),
        json!({ "exp": 4_102_444_800_u64 }),
        json!({ "aud": "another" }),
        json!({ "iss": "another" }),
    ] {
        add(
            &format!("claims {changes}"),
            format!("{}.{}.{signature}", parts[0], encode(&with(&claims, &changes))),
        );
    }
    let zero = BASE64.encode([0; 64]);
    add("a signature of zeros", format!("{}.{}.{zero}", parts[0], parts[1]));
    add("a duplicate alg", {
        let text = header.to_string().replacen('{', "{\"alg\":\"EdDSA\",", 1);
        format!("{}.{}.{signature}", BASE64.encode(text), parts[1])
    });
    for token in [
        String::new(),
        ".".into(),
        "..".into(),
        "a.b.c".into(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.", person.token),
        format!("{}=", person.token),
        format!("{}.x", person.token),
        format!("{}.{}.{}", parts[0], parts[1], &signature[1..]),
        person.token.replace('.', " ."),
        person.refresh.clone(),
        "A".repeat(7_000),
    ] {
        add("damage", token);
    }
    forged
}

/// What a forgery is refused with: each kind has a code of its own.
fn codes(what: &str) -> &'static [&'static str] {
    // One that is as long as no token of ours is refused before anybody reads it.
    let names_a_key = what.starts_with(r#"header {"kid":""#) && what.len() < 1_000;
    if what.starts_with("alg") || what.starts_with("HS256") || what.starts_with(r#"header {"alg""#) {
        &["identity.token_algorithm"]
    } else if names_a_key {
        &["identity.token_key_unknown"]
    } else {
        &["identity.token_invalid", "platform.unauthenticated"]
    }
}

async fn a13_forged_tokens_are_refused(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let jwks = app.get("/.well-known/jwks.json").expect(200).await;
    let header = decode(person.token.split('.').next().unwrap());
    let key = &jwks["keys"][0];
    assert_eq!((&key["kid"], &key["d"]), (&header["kid"], &Value::Null));

    let forged = forgeries(&person, &jwks);
    for (what, token) in forged {
        let reply = app.get("/v1/me").bearer(&token).send().await;
        let code = text(&reply.expect(401)["code"]);
        assert!(codes(&what).contains(&code.as_str()), "{what}: {code}");
        let says = app.post("/v1/auth/introspect").json(json!({ "token": token })).expect(200).await;
        assert_eq!(says, json!({ "active": false }), "{what}");
    }
    app.get("/v1/me").bearer(&person.token).expect(200).await;
    app.stop().await;
}

/// Every operation of the document that wants a bearer, with every forgery.
async fn a13_every_private_operation_refuses_every_forgery(db: TestDb) {
    const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let jwks = app.get("/.well-known/jwks.json").expect(200).await;
    let mut forged = forgeries(&person, &jwks);
    // A token this long is refused before anybody looks at it, which one operation shows.
    forged.retain(|(_, token)| token.len() < 5_000);
    let document = app.get("/openapi.json").expect(200).await;
    let mut doors = Vec::new();
    for (template, operations) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            let needs = operations[method]["security"].as_array().is_some_and(|needs| !needs.is_empty());
            if needs {
                let id = "019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69";
                let part = |part: &str| if part.starts_with('{') { id.to_owned() } else { part.to_owned() };
                doors.push((method, template.split('/').map(part).collect::<Vec<_>>().join("/")));
            }
        }
    }
    assert!(doors.len() > 40 && forged.len() > 40, "{} doors, {} forgeries", doors.len(), forged.len());
    let attempts = doors.iter().flat_map(|door| forged.iter().map(move |forgery| (door, forgery)));
    let app = &app;
    let mut replies = futures_util::stream::iter(attempts)
        .map(|((method, path), (name, token))| async move {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let reply = app.call(method.clone(), path).bearer(token).send().await;
            (name, format!("{method} {path} with {name}"), reply)
        })
        .buffer_unordered(16);
    while let Some((name, what, reply)) = replies.next().await {
        assert_eq!(reply.status, 401, "{what}: {}", reply.text());
        let code = text(&reply.json()["code"]);
        assert!(codes(name).contains(&code.as_str()), "{what}: {code}");
    }
    drop(replies);
    app.get("/v1/me").bearer(&person.token).expect(200).await;
}

async fn a16_introspection_tells_live_from_dead(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let says = || app.post("/v1/auth/introspect").json(json!({ "token": person.token })).expect(200);
    let live = says().await;
    assert_eq!((&live["active"], &live["sub"]), (&json!(true), &json!(person.id)));
    app.post("/v1/auth/logout").bearer(&person.token).expect(204).await;
    assert_eq!(says().await, json!({ "active": false }));
    app.stop().await;
}

async fn a25_nothing_internal_is_public(db: TestDb) {
    let app = TestApp::start(db).await;
    for path in ["/v1/auth/hash", "/v1/auth/verify", "/v1/auth/tokens", "/v1/auth/issue", "/v1/auth/password"]
    {
        app.post(path).json(json!({})).refused(404, "platform.not_found").await;
    }
    app.stop().await;
}

async fn a28_a_token_says_who_it_is(db: TestDb) {
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let claims = decode(person.token.split('.').nth(1).unwrap());
    assert_eq!(
        (&claims["sub"], &claims["iss"], &claims["aud"]),
        (&json!(person.id), &json!("madang"), &json!("madang"))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    assert!(claims["sid"].is_string() && claims["jti"].is_string());
    app.stop().await;
}

/// npm `jose`, from our published keys; and it refuses a damaged one.
async fn a13_a_verifier_nobody_here_wrote_believes_our_tokens(db: TestDb) {
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !super::social::is_fetched(&root) {
        return;
    }
    let app = TestApp::start(db).await;
    let person = app.person("하늘").await;
    let keys = format!("{}/.well-known/jwks.json", app.base());
    let verify = async |token: &str| {
        let mut node = tokio::process::Command::new("node");
        node.arg("scripts/verify-token.mjs").args([&keys, "madang", "madang", token]).current_dir(&root);
        node.output().await.expect("node can be started")
    };
    let seen = verify(&person.token).await;
    assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
    let seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
    assert_eq!((&seen["header"]["alg"], &seen["claims"]["sub"]), (&json!("EdDSA"), &json!(person.id)));
    let (rest, signature) = person.token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    assert!(!verify(&format!("{rest}.{turned}")).await.status.success());
    app.stop().await;
}
