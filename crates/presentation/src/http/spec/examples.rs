//! Examples of bodies, put together from the examples of their parts.
//!
//! A request's example works as it stands: whoever presses "Execute" in Swagger UI gets what the
//! operation is for. So optional ids are left out, since the reader has none of them yet.

use serde_json::{Map, Value, json};

use super::schemas::reference;

/// The example of a text that has none and whose name is not [`known`]; a test looks for it.
pub const UNKNOWN: &str = "unknown";

/// Members whose names alone do not tell what they hold: type, member, example.
pub(super) const MEMBERS: &[(&str, &str, &str)] = &[("Room", "kind", "direct"), ("Message", "kind", "text")];

/// Where a picture is.
const PICTURE: &str = concat!(
    "https://madang.example/v1/media/5f0c8e1b7a3d4962b1c0d9e8f7a6b5c4.jpg",
    "?for=019aa3f1-0d6f-7c3c-8a2b-6f0e9d8c7b5a&until=1795305600&sig=Wf3Hs6Pa9EuGiOoQyNvXkQ",
);

/// Puts an example beside every JSON schema that has none.
pub(super) fn give_examples(node: &mut Value, side: Side, document: &Value) {
    match node {
        Value::Object(members) => {
            if let Some(media) =
                members.get_mut("content").and_then(|content| content.get_mut("application/json"))
                && media.get("example").is_none()
                && media.get("examples").is_none()
            {
                media["example"] = Sampler { document, side }.of("", &media["schema"], 0);
            }
            members.values_mut().for_each(|member| give_examples(member, side, document));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| give_examples(item, side, document)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Which way a body goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// To the program.
    Request,
    /// From the program.
    Answer,
}

/// Makes values that fit schemas.
struct Sampler<'d> {
    document: &'d Value,
    side: Side,
}

impl Sampler<'_> {
    /// The value of the member `name`, from its own example, its name, or the examples of its parts.
    fn of(&self, name: &str, schema: &Value, depth: usize) -> Value {
        // All days share one example, which would be an odd birthday.
        let own = schema.get("example").filter(|_| name != "birthDate");
        if let Some(example) = own.or_else(|| schema.get("default")) {
            return example.clone();
        }
        if let Some(choice) = schema["enum"].as_array().and_then(|choices| choices.first()) {
            return choice.clone();
        }
        if let Some(known) = known(name).filter(|known| self.fits(known, schema)) {
            return known;
        }
        if let Some(target) = schema.get("$ref").and_then(reference) {
            let schema = &self.document["components"]["schemas"][target];
            return if depth > 6 { Value::Null } else { self.of(name, schema, depth + 1) };
        }
        let parts = ["allOf", "oneOf", "anyOf"].iter().find_map(|kind| schema[kind].as_array()?.first());
        if let Some(part) = parts {
            return self.of(name, part, depth);
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, depth),
            Some("array") if depth > 3 => json!([]),
            Some("array") => json!([self.of(name, &schema["items"], depth + 1)]),
            Some("string") if schema["format"] == "uuid" => json!("019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69"),
            Some("string") => json!(UNKNOWN),
            Some("boolean") => json!(true),
            Some("integer" | "number") => {
                json!(schema["minimum"].as_f64().map_or(1, |minimum| minimum as i64))
            }
            _ => Value::Null,
        }
    }

    /// Whether what a member of this name usually holds has the type that this one wants.
    fn fits(&self, value: &Value, schema: &Value) -> bool {
        let schema = ["allOf", "oneOf"].iter().find_map(|kind| schema[kind].get(0)).unwrap_or(schema);
        let target = schema.get("$ref").and_then(reference);
        let schema = target.map_or(schema, |name| &self.document["components"]["schemas"][name]);
        let wanted = if schema["enum"].is_array() { None } else { schema["type"].as_str() };
        match value {
            Value::String(_) => wanted == Some("string"),
            Value::Object(_) => wanted == Some("object"),
            Value::Array(_) => wanted == Some("array"),
            Value::Bool(_) => wanted == Some("boolean"),
            Value::Number(_) | Value::Null => wanted == Some("integer"),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let required = |name: &str| {
            schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
        };
        let properties = || schema["properties"].as_object().into_iter().flatten();
        let unknown = |(name, property): &(&String, &Value)| {
            let is_id = property["format"] == "uuid" || property["items"]["format"] == "uuid";
            // Nor a token that somebody has to be sent first, nor a part of what has such an id.
            let is_own = is_id || name.ends_with("Token") || *name == "occurrence";
            // People are another matter: without them there is no room to open.
            self.side == Side::Request && is_own && *name != "userIds" && !required(name)
        };
        // Of nothing but ids the first one stays.
        let all_unknown = properties().all(|property| unknown(&property));
        let kept = properties()
            .enumerate()
            .filter(|(nth, property)| !unknown(property) || (all_unknown && *nth == 0));
        let mut object = Map::new();
        for (_, (name, property)) in kept {
            object.insert(name.clone(), self.of(name, property, depth));
        }
        Value::Object(object)
    }
}

/// What a member of this name holds, wherever it occurs.
fn known(name: &str) -> Option<Value> {
    Some(match name {
        "blurhash" => json!("LEHV6nWB2yk8pyo0adR*.7kCMdnj"),
        "contentType" => json!("image/jpeg"),
        "accessToken" | "token" => {
            json!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTlhYTNmMiJ9.c2lnbmF0dXJl")
        }
        "address" => json!("서울특별시 마포구 양화로 45"),
        "alg" => json!("EdDSA"),
        "allDay" => json!(false),
        "layer" => json!("events"),
        "outsideHoursIn" => json!(["Europe/London"]),
        "aud" | "iss" => json!("madang"),
        "authorizationUrl" => {
            json!(
                "https://kauth.kakao.com/oauth/authorize?response_type=code&client_id=8a7b&state=q1Vx2mTz5nJ8"
            )
        }
        "auth" => json!("BTBZMqHH6r4Tts7J_aSIgg"),
        "avatarUrl" => json!("https://madang.example/assets/avatar.svg"),
        "birthDate" => json!("1998-05-05"),
        "bio" => json!("달리기와 그림을 좋아해요."),
        "clientId" => json!("4f1c2a7e"),
        "code" => json!("repairedTimeZone"),
        "color" | "sharedColor" => json!("#3b82f6"),
        "crv" => json!("Ed25519"),
        "currentPassword" | "password" | "passwordConfirmation" => json!("Han-river-7"),
        "newPassword" => json!("Namsan-tower-8"),
        "date" => json!("2026-11-21"),
        "dateTime" => json!("2026-11-21T05:00:00Z"),
        "description" => json!("Bring a blanket."),
        "detail" => json!("logged out: 1"),
        "network" => json!("203.0.113.0/24"),
        "displayName" => json!("하늘이네"),
        "email" => json!("haneul@example.com"),
        "start" => json!({ "dateTime": "2026-11-21T05:00:00Z", "timeZone": "Asia/Seoul" }),
        "end" => json!({ "dateTime": "2026-11-21T07:00:00Z", "timeZone": "Asia/Seoul" }),
        "endpoint" => json!("https://push.example.com/send/q1Vx2mTz5nJ8cYb4"),
        "kid" => json!("019aa3f1"),
        "kty" => json!("OKP"),
        "linkedProviders" => json!(["kakao"]),
        "locale" => json!("ko"),
        "location" => json!("Yeouido Park"),
        "name" => json!("김하늘"),
        "nextCursor" | "nextSyncToken" => json!("AZqj8mwefUuaVT8dLEtaaQ"),
        "nickname" => json!("하늘"),
        "occurrence" => json!("2026-11-21T05:00:00Z"),
        // The key of RFC 8291, appendix A.
        "p256dh" => {
            json!("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
        }
        "phone" => json!("+821012345678"),
        "provider" => json!("local"),
        "publicKey" => {
            json!("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")
        }
        "quietHours" => json!({ "from": "22:00", "to": "07:00", "timeZone": "Asia/Seoul" }),
        "reason" => json!("Sends the same advertisement to everybody."),
        "recurrence" => json!(["RRULE:FREQ=WEEKLY;BYDAY=SA"]),
        "emailVerificationToken" | "refreshToken" => json!("q1Vx2mTz5nJ8cYb4Lr7Kd0Wf3Hs6Pa9EuGiOoQyNvXk"),
        "region" => json!("서울특별시 마포구"),
        "scoreBand" => json!("none"),
        "sex" => json!("female"),
        "state" => json!("q1Vx2mTz5nJ8cYb4Lr7Kd0Wf3Hs6Pa9EuGiOoQyNvXk"),
        "text" => json!("Who brings the kimbap? #picnic"),
        "theme" => json!("system"),
        "ticket" => json!("Zm9sbG93IHRoZSBzb2NrZXQ"),
        "timeZone" => json!("Asia/Seoul"),
        "writeRefusal" => json!("chat.peer_withdrawn"),
        "title" => json!("Picnic by the Han"),
        "tokenType" => json!("Bearer"),
        "uid" => json!("019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69@madang"),
        "thumbnailUrl" => json!(PICTURE),
        "url" => json!(PICTURE),
        "use" => json!("sig"),
        "userAgent" => json!("Mozilla/5.0"),
        "weekStart" => json!("monday"),
        "x" => json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
        _ => return None,
    })
}
