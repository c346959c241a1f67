//! The codes of `identity`.

crate::codes! {
    EMAIL_TAKEN = Conflict "identity.email_taken"
        "An account with this e-mail address exists." / "Log in, or use another address."
        "이미 가입된 이메일입니다." / "로그인하거나 다른 이메일을 써 주세요.";
    NICKNAME_TAKEN = Conflict "identity.nickname_taken"
        "This nickname is taken." / "Choose another nickname."
        "이미 쓰이고 있는 별명입니다." / "다른 별명을 골라 주세요.";
    EMAIL_INVALID = Invalid "identity.email_invalid"
        "This is not an e-mail address." / "Use the form `name@example.com`."
        "이메일 형식이 아닙니다." / "`name@example.com` 형식으로 보내 주세요.";
    NICKNAME_INVALID = Invalid "identity.nickname_invalid"
        "This is not a nickname." / "Use 2 to 10 Hangul syllables, Latin letters or digits."
        "쓸 수 없는 별명입니다." / "한글, 영문자, 숫자로 2~10자를 써 주세요.";
    PASSWORD_TOO_SHORT = Invalid "identity.password_too_short"
        "The password is too short." / "Use at least {min} characters."
        "비밀번호가 너무 짧습니다." / "{min}자 이상이어야 합니다.";
    PASSWORD_TOO_LONG = Invalid "identity.password_too_long"
        "The password is too long." / "Use at most {max} characters."
        "비밀번호가 너무 깁니다." / "{max}자 이하여야 합니다.";
    PASSWORD_NEEDS_LETTER = Invalid "identity.password_needs_letter"
        "The password has no letter." / "Use at least one letter."
        "비밀번호에 글자가 없습니다." / "글자를 하나 이상 넣어 주세요.";
    PASSWORD_NEEDS_DIGIT = Invalid "identity.password_needs_digit"
        "The password has no digit." / "Use at least one digit."
        "비밀번호에 숫자가 없습니다." / "숫자를 하나 이상 넣어 주세요.";
    PASSWORD_NEEDS_SPECIAL = Invalid "identity.password_needs_special"
        "The password has no special character." / "Use at least one character that is neither letter nor digit."
        "비밀번호에 특수문자가 없습니다." / "글자도 숫자도 아닌 문자를 하나 이상 넣어 주세요.";
    PASSWORD_COMMON = Invalid "identity.password_common"
        "This password is one of those that guessers try first." / "Choose a password that only you would think of."
        "너무 흔한 비밀번호입니다." / "남이 짐작하기 어려운 비밀번호를 골라 주세요.";
    PASSWORD_LEAKED = Invalid "identity.password_leaked"
        "This password has leaked somewhere." / "Choose another one, and change it wherever else you use it."
        "어딘가에서 유출된 비밀번호입니다." / "다른 비밀번호를 고르고, 같은 비밀번호를 쓰는 곳에서도 바꿔 주세요.";
    PASSWORD_CONTAINS_NAME = Invalid "identity.password_contains_name"
        "The password contains your e-mail name or nickname." / "Leave your names out of the password."
        "비밀번호에 이메일 이름이나 별명이 들어 있습니다." / "이름이 들어가지 않은 비밀번호를 골라 주세요.";
    PASSWORD_MISMATCH = Invalid "identity.password_mismatch"
        "The two passwords differ." / "Type the same password twice."
        "두 비밀번호가 다릅니다." / "같은 비밀번호를 두 번 입력해 주세요.";
    PASSWORD_WRONG = Invalid "identity.password_wrong"
        "This is not your current password." / "Send the password you log in with."
        "현재 비밀번호가 아닙니다." / "로그인할 때 쓰는 비밀번호를 보내 주세요.";
    PASSWORD_UNCHANGED = Invalid "identity.password_unchanged"
        "The new password is the old one." / "Choose another password."
        "새 비밀번호가 지금 비밀번호와 같습니다." / "다른 비밀번호를 골라 주세요.";
    NO_PASSWORD = Conflict "identity.no_password"
        "This account logs in without a password." / "Change the password where you log in."
        "비밀번호가 없는 계정입니다." / "로그인에 쓰는 서비스에서 비밀번호를 바꿔 주세요.";
    BIRTH_DATE_INVALID = Invalid "identity.birth_date_invalid"
        "This cannot be a date of birth." / "Use a date from 1900-01-01 up to today."
        "생년월일이 올바르지 않습니다." / "1900-01-01부터 오늘까지의 날짜를 보내 주세요.";
    PHONE_INVALID = Invalid "identity.phone_invalid"
        "This is not an international phone number." / "Use the form `+821012345678`."
        "국제 전화번호 형식이 아닙니다." / "`+821012345678` 형식으로 보내 주세요.";
    PHONE_COUNTRY_NOT_SERVED = Invalid "identity.phone_country_not_served"
        "No text messages are sent to that country." / "Use a phone number of another country."
        "문자를 보내지 않는 국가의 번호입니다." / "다른 국가의 전화번호를 써 주세요.";
    PHONE_TAKEN = Conflict "identity.phone_taken"
        "Another account proved this phone number." / "Use another number, or log in to that account."
        "다른 계정에서 인증한 전화번호입니다." / "다른 번호를 쓰거나 그 계정으로 로그인해 주세요.";
    CODE_INVALID = Invalid "identity.code_invalid"
        "This code is wrong, was used, or was never sent." / "Check the latest message, or ask for another code."
        "인증번호가 맞지 않거나 이미 쓰였습니다." / "가장 최근 메시지를 확인하거나 새 인증번호를 요청해 주세요.";
    CODE_EXPIRED = Invalid "identity.code_expired"
        "This code has expired." / "Ask for another one."
        "인증번호가 만료되었습니다." / "새 인증번호를 요청해 주세요.";
    CODE_TOO_SOON = Exhausted "identity.code_too_soon"
        "A code was sent already." / "Wait for the seconds in `Retry-After` before you ask for another one."
        "인증번호를 이미 보냈습니다." / "`Retry-After`에 적힌 초만큼 기다린 뒤 다시 요청해 주세요.";
    EMAIL_UNVERIFIED = Invalid "identity.email_unverified"
        "Signing up needs a proof that this e-mail address is yours." / "Verify it and send the token you get."
        "가입하려면 이메일 인증이 필요합니다." / "이메일을 인증하고 받은 토큰을 보내 주세요.";
    VERIFICATION_TOKEN_INVALID = Invalid "identity.verification_token_invalid"
        "This token does not prove that the e-mail address is yours." / "Verify the address again and send the new token."
        "이메일 인증 토큰이 올바르지 않습니다." / "이메일을 다시 인증하고 새 토큰을 보내 주세요.";
    LOCALE_INVALID = Invalid "identity.locale_invalid"
        "This is not a language tag." / "Use the form `ko` or `en-US`."
        "언어 태그가 아닙니다." / "`ko`나 `en-US` 형식으로 보내 주세요.";
    TIME_ZONE_UNKNOWN = Invalid "identity.time_zone_unknown"
        "There is no such time zone." / "Use an IANA name such as `Asia/Seoul`."
        "없는 시간대입니다." / "`Asia/Seoul`과 같은 IANA 이름을 보내 주세요.";
    BAD_CREDENTIALS = Unauthenticated "identity.bad_credentials"
        "E-mail address or password is wrong." / "Check both and try again."
        "이메일이나 비밀번호가 맞지 않습니다." / "확인한 뒤 다시 시도해 주세요.";
    ALREADY_LOGGED_IN = Forbidden "identity.already_logged_in"
        "You are logged in already." / "Log out first, or go on with the session you have."
        "이미 로그인되어 있습니다." / "먼저 로그아웃하거나 지금 세션을 계속 써 주세요.";
    SUSPENDED = Forbidden "identity.suspended"
        "This account is suspended." / "Ask the operators for the reason."
        "정지된 계정입니다." / "운영자에게 문의해 주세요.";
    OWN_ACCOUNT = Conflict "identity.own_account"
        "This is your own account." / "Ask another operator."
        "본인의 계정입니다." / "다른 운영자에게 요청해 주세요.";
    TOKEN_EXPIRED = Unauthenticated "identity.token_expired"
        "The access token has expired." / "Refresh the session and use the new token."
        "접근 토큰이 만료되었습니다." / "세션을 갱신하고 새 토큰을 써 주세요.";
    TOKEN_INVALID = Unauthenticated "identity.token_invalid"
        "This is not an access token of ours." / "Log in and use the token you get."
        "올바른 접근 토큰이 아닙니다." / "로그인해서 받은 토큰을 써 주세요.";
    TOKEN_ALGORITHM = Unauthenticated "identity.token_algorithm"
        "This token is not signed the way ours are." / "Log in and use the token you get."
        "서명 방식이 다른 토큰입니다." / "로그인해서 받은 토큰을 써 주세요.";
    TOKEN_KEY_UNKNOWN = Unauthenticated "identity.token_key_unknown"
        "This token is signed by a key that is not ours, or no longer." / "Log in and use the token you get."
        "알 수 없는 키로 서명한 토큰입니다." / "로그인해서 받은 토큰을 써 주세요.";
    TOKEN_AUDIENCE = Unauthenticated "identity.token_audience"
        "This token is for another service." / "Log in here and use the token you get."
        "다른 서비스에서 쓰는 토큰입니다." / "여기에 로그인해서 받은 토큰을 써 주세요.";
    SESSION_ENDED = Unauthenticated "identity.session_ended"
        "The session has ended." / "Log in again."
        "세션이 끝났습니다." / "다시 로그인해 주세요.";
    REFRESH_INVALID = Unauthenticated "identity.refresh_token_invalid"
        "This is not a refresh token of ours." / "Log in again."
        "올바른 갱신 토큰이 아닙니다." / "다시 로그인해 주세요.";
    REFRESH_EXPIRED = Unauthenticated "identity.refresh_token_expired"
        "The refresh token has expired." / "Log in again."
        "갱신 토큰이 만료되었습니다." / "다시 로그인해 주세요.";
    REFRESH_REUSED = Unauthenticated "identity.refresh_token_reused"
        "The refresh token was used before, so the session was ended." / "Log in again; if this was not you, change your password."
        "이미 쓰인 갱신 토큰이라 세션을 끝냈습니다." / "다시 로그인해 주세요. 본인이 아니었다면 비밀번호를 바꿔 주세요.";
    CROSS_SITE = Forbidden "identity.cross_site"
        "A cookie may only be used from our own pages." / "Send the refresh token in the body, or call from an allowed origin."
        "쿠키는 허용된 페이지에서만 쓸 수 있습니다." / "갱신 토큰을 본문에 담거나 허용된 출처에서 호출해 주세요.";
    PROFILE_INCOMPLETE = Forbidden "identity.profile_incomplete"
        "Your profile is not complete." / "Add your address to your profile first."
        "프로필을 먼저 완성해야 합니다." / "프로필에 주소를 추가해 주세요.";
    REDIRECT_PROFILE_UNKNOWN = Invalid "identity.redirect_profile_unknown"
        "There is no such redirect profile." / "Use one of the profiles the operators configured."
        "등록되지 않은 리디렉션 프로필입니다." / "운영자가 설정한 프로필 가운데 하나를 보내 주세요.";
    LINK_REQUIRED = Conflict "identity.link_required"
        "Another account has proved this e-mail address to be its own." / "Log in to that account and link this provider there."
        "이 이메일을 쓰는 다른 계정이 있습니다." / "그 계정으로 로그인한 뒤 이 로그인 방식을 연결해 주세요.";
    OAUTH_IDENTITY_TAKEN = Conflict "identity.oauth_identity_taken"
        "This login belongs to another account already." / "Log in with it, or unlink it there first."
        "이미 다른 계정에 연결된 로그인입니다." / "그 로그인으로 들어가거나 먼저 연결을 끊어 주세요.";
    OAUTH_ALREADY_LINKED = Conflict "identity.oauth_already_linked"
        "Your account is linked with somebody else at this provider." / "Unlink that one first."
        "이 서비스의 다른 계정이 이미 연결되어 있습니다." / "먼저 그 연결을 끊어 주세요.";
    LAST_WAY_IN = Conflict "identity.last_way_in"
        "This is the only way into your account." / "Link another provider first, or withdraw."
        "이 계정으로 들어오는 유일한 방법입니다." / "다른 로그인을 먼저 연결하거나 탈퇴해 주세요.";
    OAUTH_STATE_INVALID = Invalid "identity.oauth_state_invalid"
        "This login was not begun here, is over, or is older than ten minutes." / "Begin again."
        "여기에서 시작하지 않았거나 이미 끝난 로그인입니다." / "처음부터 다시 시작해 주세요.";
    OAUTH_CODE_INVALID = Invalid "identity.oauth_code_invalid"
        "The provider does not honour this code." / "Begin again."
        "로그인 코드가 유효하지 않습니다." / "처음부터 다시 시작해 주세요.";
    OAUTH_EMAIL_MISSING = Invalid "identity.oauth_email_missing"
        "The provider told no e-mail address." / "Begin again and agree to share your e-mail address."
        "이메일 정보를 받지 못했습니다." / "다시 시작해서 이메일 제공에 동의해 주세요.";
    OAUTH_DENIED = Forbidden "identity.oauth_denied"
        "The login was cancelled at the provider." / "Begin again and agree, or log in another way."
        "로그인을 취소했습니다." / "다시 시작해서 동의하거나 다른 방법으로 로그인해 주세요.";
    OAUTH_CONSENT_MISSING = Forbidden "identity.oauth_consent_missing"
        "You have not agreed to what this login needs." / "Begin again and agree to the items that are asked for."
        "로그인에 필요한 동의가 빠졌습니다." / "다시 시작해서 요청한 항목에 동의해 주세요.";
    OAUTH_ACCOUNT_REFUSED = Forbidden "identity.oauth_account_refused"
        "The provider does not let this person log in here." / "Ask the provider, or log in another way."
        "이 계정으로는 로그인할 수 없습니다." / "해당 서비스에 문의하거나 다른 방법으로 로그인해 주세요.";
    OAUTH_MISCONFIGURED = Unavailable "identity.oauth_misconfigured"
        "This provider refuses our service." / "Log in another way; the operators have to correct the settings."
        "로그인 설정에 문제가 있습니다." / "다른 방법으로 로그인해 주세요. 운영자가 고쳐야 합니다.";
    OAUTH_UNAVAILABLE = Unavailable "identity.oauth_unavailable"
        "The provider does not answer." / "Begin again after the seconds in `Retry-After`."
        "로그인 서비스가 응답하지 않습니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시작해 주세요.";
    OAUTH_ANSWER_INVALID = Unavailable "identity.oauth_answer_invalid"
        "The provider gave an answer that cannot be trusted." / "Begin again; if it stays so, log in another way."
        "로그인 서비스의 응답을 믿을 수 없습니다." / "다시 시작하거나 다른 방법으로 로그인해 주세요.";
    OAUTH_SIGNATURE_INVALID = Unauthenticated "identity.oauth_signature_invalid"
        "This message does not come from the provider." / "Sign it as the provider documents it."
        "해당 서비스가 보낸 메시지가 아닙니다." / "해당 서비스의 문서대로 서명해 주세요.";
    HASHING_BUSY = Unavailable "identity.hashing_busy"
        "Too many people are logging in right now." / "Try again after the seconds in `Retry-After`."
        "지금 로그인이 몰리고 있습니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시도해 주세요.";
    PASSWORD_CHECK_UNAVAILABLE = Unavailable "identity.password_check_unavailable"
        "New passwords cannot be checked right now." / "Try again after the seconds in `Retry-After`."
        "지금은 새 비밀번호를 확인할 수 없습니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시도해 주세요.";
    TOO_MANY_ATTEMPTS = Exhausted "identity.too_many_attempts"
        "Too many failed attempts." / "Wait for the seconds in `Retry-After`, then try again."
        "실패한 시도가 너무 많습니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시도해 주세요.";
}
