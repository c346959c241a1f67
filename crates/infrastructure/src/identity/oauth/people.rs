//! Profiles, as each provider tells them. Only the key is sure to be there.

use madang_application::identity::social::ProviderFault;
use madang_domain::{
    identity::{
        Email,
        social::{ProviderPerson, Subject},
    },
    shared::Text,
};
use serde_json::Value;

use super::settings::{Family, ProviderSettings};

/// Keys are short everywhere (Google: 255, Naver: 64).
const LONGEST_KEY: usize = 255;

/// What a person is called is cut; it is only a proposal.
const LONGEST_NAME: usize = 100;

/// Who it is, from a profile and the claims of a checked id token, of which one may be missing.
pub(super) fn read(
    settings: &ProviderSettings,
    profile: Option<&Value>,
    claims: Option<&Value>,
) -> Result<ProviderPerson, ProviderFault> {
    let nothing = Value::Null;
    let (profile, claims) = (profile.unwrap_or(&nothing), claims.unwrap_or(&nothing));
    let told = match settings.family {
        Family::Kakao if !profile["id"].is_null() => kakao(profile),
        Family::Naver => naver(profile),
        Family::Kakao | Family::Google | Family::Oidc => standard(settings.family, profile, claims),
    };
    let key = told.key.filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
    let key = key.ok_or(ProviderFault::AnswerInvalid)?;
    let claimed = claims["sub"].as_str();
    // Naver does not say that the subject of its id token is the id of its profile.
    if settings.family != Family::Naver && claimed.is_some_and(|claimed| claimed != key) {
        return Err(ProviderFault::AnswerInvalid);
    }
    let email = told.email.and_then(|text| Email::parse(text).ok());
    Ok(ProviderPerson {
        subject: Subject { provider: settings.name.clone(), client: settings.client_id.clone(), key },
        email_proven: told.proven && email.is_some(),
        email,
        nickname: told.nickname.map(|name| name.chars().take(LONGEST_NAME).collect()),
    })
}

#[derive(Default)]
struct Told<'a> {
    key: Option<String>,
    email: Option<&'a str>,
    proven: bool,
    nickname: Option<&'a str>,
}

/// `/v2/user/me`. An address is the person's own only with both flags: `is_email_valid` is false
/// once another Kakao account has taken it over.
fn kakao(profile: &Value) -> Told<'_> {
    let account = &profile["kakao_account"];
    let flag = |name: &str| account[name].as_bool() == Some(true);
    let nickname =
        account["profile"]["nickname"].as_str().or_else(|| profile["properties"]["nickname"].as_str());
    Told {
        key: text_or_number(&profile["id"]),
        email: account["email"].as_str(),
        proven: flag("is_email_valid") && flag("is_email_verified"),
        nickname,
    }
}

/// `/v1/nid/me`. The address is a contact the person may change at will, so it proves nothing.
fn naver(profile: &Value) -> Told<'_> {
    let person = &profile["response"];
    Told {
        key: text_or_number(&person["id"]),
        email: person["email"].as_str(),
        proven: false,
        nickname: person["nickname"].as_str().or_else(|| person["name"].as_str()),
    }
}

/// OpenID Connect Core 5.1.
fn standard<'a>(family: Family, profile: &'a Value, claims: &'a Value) -> Told<'a> {
    let member = |name: &str| if profile[name].is_null() { &claims[name] } else { &profile[name] };
    let email = member("email").as_str();
    // Google's older profile call has its own words.
    let either = |name: &str, older: &str| match (family, member(name).is_null()) {
        (Family::Google, true) => member(older),
        _ => member(name),
    };
    // Some issuers write it as a text.
    let verified = match either("email_verified", "verified_email") {
        Value::Bool(verified) => *verified,
        Value::String(text) => text == "true",
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    };
    let proven = match family {
        // Google is an authority on its own addresses and on those of domains it hosts.
        Family::Google => {
            let own = email.is_some_and(|email| email.to_lowercase().ends_with("@gmail.com"));
            verified && (own || member("hd").is_string())
        }
        Family::Kakao | Family::Naver | Family::Oidc => verified,
    };
    let names = ["nickname", "preferred_username", "name"];
    Told {
        key: text_or_number(either("sub", "id")),
        email,
        proven,
        nickname: names.iter().find_map(|name| member(name).as_str()),
    }
}

/// Kakao's ids are 64-bit numbers, Naver's were numbers before 2021.
fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identity::oauth::settings::ByHand;

    fn person(provider: &str, profile: Value) -> Result<ProviderPerson, ProviderFault> {
        let by_hand = ByHand { client_id: "app".to_owned(), ..ByHand::default() };
        read(&ProviderSettings::new(provider, by_hand), Some(&profile), None)
    }

    #[test]
    fn a18_kakao_proves_an_address_with_two_flags() {
        let proven = |valid: Value, verified: Value| {
            let account =
                json!({ "email": "a@example.com", "is_email_valid": valid, "is_email_verified": verified });
            let told = person("kakao", json!({ "id": 9_007_199_254_740_993_i64, "kakao_account": account }));
            let told = told.expect("a person");
            assert_eq!(told.subject.key, "9007199254740993");
            told.email_proven
        };
        assert!(proven(json!(true), json!(true)));
        for (valid, verified) in [
            (json!(true), json!(false)),
            (json!(false), json!(true)),
            (json!(null), json!(true)),
            (json!("true"), json!("true")),
        ] {
            assert!(!proven(valid, verified));
        }
    }

    #[test]
    fn a23_google_proves_its_own_addresses_and_those_it_hosts() {
        let proven = |email: &str, verified: Value, domain: Value| {
            let told = json!({ "sub": "1", "email": email, "email_verified": verified, "hd": domain });
            person("google", told).expect("a person").email_proven
        };
        assert!(proven("a@gmail.com", json!(true), Value::Null));
        assert!(proven("a@example.com", json!(true), json!("example.com")));
        assert!(!proven("a@example.com", json!(true), Value::Null));
        assert!(!proven("a@gmail.com", json!(false), Value::Null));
    }

    #[test]
    fn a20_all_but_the_key_may_be_missing() {
        for (provider, profile) in [
            ("kakao", json!({ "id": 1, "kakao_account": { "email_needs_agreement": true } })),
            ("kakao", json!({ "id": 1 })),
            ("naver", json!({ "resultcode": "00", "response": { "id": "abc", "email": null } })),
            ("google", json!({ "sub": "1" })),
        ] {
            let told = person(provider, profile).expect("a person");
            assert_eq!((told.email, told.email_proven), (None, false));
        }
        let older = json!({ "id": "1", "email": "a@gmail.com", "verified_email": true });
        assert!(person("google", older).expect("a person").email_proven);
        for (provider, profile) in [
            ("kakao", json!({ "id": 1.5 })),
            ("kakao", json!([])),
            ("naver", json!({ "resultcode": "00" })),
            ("naver", json!({ "resultcode": "00", "response": { "id": "" } })),
            ("google", json!({ "sub": null, "email": "a@gmail.com" })),
            ("google", json!({ "sub": "x".repeat(256) })),
        ] {
            assert_eq!(person(provider, profile), Err(ProviderFault::AnswerInvalid));
        }
    }
}
