//! What the errors of providers mean. They say it in five languages, one per host.

use madang_application::identity::social::ProviderFault;
use reqwest::StatusCode;
use serde_json::Value;

use super::{settings::Family, transport::Reply};

/// An error of an authorize or token endpoint. Kakao asks to go by its own code and not by the text.
pub(super) fn of_code(family: Family, error: &str, own_code: Option<&str>) -> ProviderFault {
    if let Some(code) = own_code.filter(|code| code.starts_with("KOE")) {
        return kakao(code);
    }
    match error {
        code if code.starts_with("KOE") => kakao(code),
        "access_denied"
        | "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => ProviderFault::Denied,
        "invalid_grant" => ProviderFault::CodeInvalid,
        // Naver's word for a used code: "no valid data in session".
        "invalid_request" if family == Family::Naver => ProviderFault::CodeInvalid,
        "server_error" | "temporarily_unavailable" | "slow_down" => ProviderFault::Unavailable,
        "invalid_client"
        | "unauthorized_client"
        | "invalid_request"
        | "invalid_scope"
        | "misconfigured"
        | "redirect_uri_mismatch"
        | "unsupported_grant_type"
        | "unsupported_response_type"
        | "invalid_target" => ProviderFault::Misconfigured,
        _ => ProviderFault::AnswerInvalid,
    }
}

fn kakao(code: &str) -> ProviderFault {
    match code {
        "KOE320" | "KOE319" | "KOE322" => ProviderFault::CodeInvalid,
        "KOE237" | "KOE003" | "KOE9000" => ProviderFault::Unavailable,
        // Not a member of an application that is still being tried out.
        "KOE005" => ProviderFault::AccountRefused,
        _ => ProviderFault::Misconfigured,
    }
}

/// Whether the answer of a profile call is one, and if not, why.
pub(super) fn of_profile(family: Family, reply: &Reply) -> Result<(), ProviderFault> {
    match family {
        Family::Kakao => match reply.body.get("code").and_then(Value::as_i64) {
            Some(code) => Err(kakao_api(code, reply.body.get("msg").and_then(Value::as_str))),
            None => by_status(reply.status),
        },
        Family::Naver => match reply.body.get("resultcode").and_then(Value::as_str) {
            Some("00") => Ok(()),
            // The token was not good enough for the profile: nobody agreed to share it.
            Some("403") => Err(ProviderFault::ConsentMissing),
            Some(_) => Err(by_status(reply.status).err().unwrap_or(ProviderFault::AnswerInvalid)),
            None => by_status(reply.status),
        },
        Family::Google | Family::Oidc => by_status(reply.status),
    }
}

/// `{"msg": …, "code": -n}` of kapi.kakao.com.
fn kakao_api(code: i64, message: Option<&str>) -> ProviderFault {
    match code {
        // Our address is not among those registered.
        -401 if message.is_some_and(|text| text.contains("ip mismatched")) => ProviderFault::Misconfigured,
        -401 => ProviderFault::AnswerInvalid,
        -402 => ProviderFault::ConsentMissing,
        -4 | -101 | -103 | -405 | -406 => ProviderFault::AccountRefused,
        -1 | -7 | -10 | -603 | -9798 => ProviderFault::Unavailable,
        _ => ProviderFault::Misconfigured,
    }
}

fn by_status(status: StatusCode) -> Result<(), ProviderFault> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::FORBIDDEN => Err(ProviderFault::Misconfigured),
        _ => Err(ProviderFault::AnswerInvalid),
    }
}

/// What of a provider's error may stand in a log: its code, if it looks like one. Descriptions may
/// contain codes and names.
pub(super) fn loggable(error: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if error.len() <= 40 && error.chars().all(plain) { error } else { "(unreadable)" }
}

#[cfg(test)]
mod tests {
    use ProviderFault::{
        AccountRefused, AnswerInvalid, CodeInvalid, ConsentMissing, Denied, Misconfigured, Unavailable,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn a20_every_documented_error_of_a_token_endpoint() {
        let cases = [
            (Family::Kakao, "invalid_grant", Some("KOE320"), CodeInvalid),
            (Family::Kakao, "invalid_grant", Some("KOE303"), Misconfigured),
            (Family::Kakao, "invalid_client", Some("KOE010"), Misconfigured),
            (Family::Kakao, "invalid_client", Some("KOE101"), Misconfigured),
            (Family::Kakao, "invalid_request", Some("KOE006"), Misconfigured),
            (Family::Kakao, "invalid_request", Some("KOE310"), Misconfigured),
            (Family::Kakao, "too_many", Some("KOE237"), Unavailable),
            (Family::Kakao, "access_denied", Some("KOE005"), AccountRefused),
            (Family::Kakao, "access_denied", None, Denied),
            (Family::Naver, "invalid_request", None, CodeInvalid),
            (Family::Naver, "unauthorized_client", None, Misconfigured),
            (Family::Naver, "server_error", None, Unavailable),
            (Family::Google, "invalid_grant", None, CodeInvalid),
            (Family::Google, "redirect_uri_mismatch", None, Misconfigured),
            (Family::Google, "invalid_client", None, Misconfigured),
            (Family::Google, "invalid_request", None, Misconfigured),
            (Family::Oidc, "never_heard_of", None, AnswerInvalid),
        ];
        for (family, error, code, fault) in cases {
            assert_eq!(of_code(family, error, code), fault, "{family:?} {error} {code:?}");
        }
    }

    #[test]
    fn a20_every_documented_error_of_a_profile_call() {
        let cases = [
            (
                Family::Kakao,
                401,
                json!({ "msg": "ip mismatched! callerIp=1.2.3.4", "code": -401 }),
                Misconfigured,
            ),
            (
                Family::Kakao,
                401,
                json!({ "msg": "this access token does not exist", "code": -401 }),
                AnswerInvalid,
            ),
            (Family::Kakao, 403, json!({ "msg": "insufficient scopes.", "code": -402 }), ConsentMissing),
            (Family::Kakao, 401, json!({ "msg": "under age", "code": -406 }), AccountRefused),
            (Family::Kakao, 400, json!({ "msg": "quota", "code": -10 }), Unavailable),
            (Family::Kakao, 403, json!({ "msg": "blocked", "code": -12 }), Misconfigured),
            (
                Family::Naver,
                401,
                json!({ "resultcode": "024", "message": "Authentication failed" }),
                AnswerInvalid,
            ),
            (Family::Naver, 403, json!({ "resultcode": "403", "message": "Forbidden" }), ConsentMissing),
            (Family::Google, 401, json!({ "error": "invalid_token" }), AnswerInvalid),
        ];
        for (family, status, body, fault) in cases {
            let reply = Reply { status: StatusCode::from_u16(status).expect("a status"), body };
            assert_eq!(of_profile(family, &reply), Err(fault), "{reply:?}");
        }
    }
}
