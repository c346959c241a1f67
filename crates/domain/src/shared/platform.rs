//! Codes that belong to no capability: form, limits, routing, preconditions, outages.

crate::codes! {
    MALFORMED_JSON = Malformed "platform.malformed_json"
        "The body is not valid JSON." / "Send one JSON value encoded in UTF-8: {reason}"
        "본문이 올바른 JSON이 아닙니다." / "UTF-8로 된 JSON 값 하나를 보내 주세요: {reason}";
    WRONG_TYPE = Malformed "platform.wrong_type"
        "A member has the wrong JSON type." / "Send a value of type {expected}."
        "JSON 값의 종류가 맞지 않습니다." / "{expected} 값을 보내 주세요.";
    MALFORMED_REQUEST = Malformed "platform.malformed_request"
        "The request could not be read." / "Check the request line, headers and body against the documentation."
        "요청을 읽을 수 없습니다." / "요청 형식을 문서와 비교해 주세요.";
    INVALID_FIELDS = Invalid "platform.invalid_fields"
        "Some fields are not acceptable." / "Mend every field listed in `errors` and send the request again."
        "받아들일 수 없는 항목이 있습니다." / "`errors`에 적힌 항목을 모두 고쳐 다시 보내 주세요.";
    UNKNOWN_FIELD = Invalid "platform.unknown_field"
        "This field does not exist here." / "Remove it, or check its spelling."
        "없는 항목입니다." / "지우거나 철자를 확인해 주세요.";
    REQUIRED = Invalid "platform.required"
        "This field is required." / "Send a value."
        "꼭 필요한 항목입니다." / "값을 보내 주세요.";
    TOO_SHORT = Invalid "platform.too_short"
        "This is too short." / "Use at least {min} characters."
        "너무 짧습니다." / "{min}자 이상이어야 합니다.";
    TOO_LONG = Invalid "platform.too_long"
        "This is too long." / "Use at most {max} characters."
        "너무 깁니다." / "{max}자 이하여야 합니다.";
    FORBIDDEN_CHARACTER = Invalid "platform.forbidden_character"
        "This contains a character that cannot be stored." / "Remove control characters."
        "저장할 수 없는 글자가 있습니다." / "제어 문자를 지워 주세요.";
    WRONG_FORMAT = Invalid "platform.wrong_format"
        "This does not have the right form." / "Use the form {expected}."
        "형식이 맞지 않습니다." / "{expected} 형식으로 보내 주세요.";
    NOT_A_CHOICE = Invalid "platform.not_a_choice"
        "This is not one of the choices." / "Use one of: {choices}."
        "고를 수 없는 값입니다." / "다음 가운데 하나를 보내 주세요: {choices}.";
    OUT_OF_RANGE = Invalid "platform.out_of_range"
        "This number is out of range." / "Use a number from {min} to {max}."
        "범위를 벗어난 수입니다." / "{min}부터 {max}까지의 수를 보내 주세요.";
    TOO_MANY_ITEMS = Invalid "platform.too_many_items"
        "This list is too long." / "Send at most {max} items."
        "목록이 너무 깁니다." / "{max}개 이하로 보내 주세요.";
    TOO_FEW_ITEMS = Invalid "platform.too_few_items"
        "This list is too short." / "Send at least {min} items."
        "목록이 너무 짧습니다." / "{min}개 이상 보내 주세요.";
    INVALID_CURSOR = Invalid "platform.invalid_cursor"
        "This cursor does not belong to this list." / "Start again without a cursor, and follow `nextCursor` from there."
        "이 목록의 커서가 아닙니다." / "커서 없이 처음부터 다시 조회해 주세요.";
    UNAUTHENTICATED = Unauthenticated "platform.unauthenticated"
        "You need to log in." / "Send a valid access token as `Authorization: Bearer …`."
        "로그인이 필요합니다." / "유효한 접근 토큰을 `Authorization: Bearer …`로 보내 주세요.";
    FORBIDDEN = Forbidden "platform.forbidden"
        "You may not do this." / "Ask the owner for the right to do it."
        "권한이 없습니다." / "소유자에게 권한을 요청해 주세요.";
    NOT_FOUND = NotFound "platform.not_found"
        "There is nothing here." / "Check the address; it may have been deleted, or you may not see it."
        "찾을 수 없습니다." / "주소를 확인해 주세요. 지워졌거나 볼 수 없는 것일 수 있습니다.";
    METHOD_NOT_ALLOWED = MethodNotAllowed "platform.method_not_allowed"
        "This address does not answer that method." / "Use one of the methods in the `Allow` header."
        "이 주소에서 쓸 수 없는 메서드입니다." / "`Allow` 헤더에 있는 메서드를 써 주세요.";
    PRECONDITION_FAILED = PreconditionFailed "platform.precondition_failed"
        "It was changed in the meantime." / "Fetch it again, apply your change to the new version and send its `ETag`."
        "그 사이에 바뀌었습니다." / "다시 조회한 뒤 새 `ETag`로 보내 주세요.";
    TOO_LARGE = TooLarge "platform.too_large"
        "The request is too large." / "Send at most {max} bytes."
        "요청이 너무 큽니다." / "{max}바이트 이하로 보내 주세요.";
    UNSUPPORTED_MEDIA_TYPE = UnsupportedMediaType "platform.unsupported_media_type"
        "This content type is not accepted here." / "Send {expected}."
        "받을 수 없는 형식입니다." / "{expected} 형식으로 보내 주세요.";
    RATE_LIMITED = Exhausted "platform.rate_limited"
        "Too many requests." / "Wait for the seconds in `Retry-After`, then try again."
        "요청이 너무 많습니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시도해 주세요.";
    INVALID_IDEMPOTENCY_KEY = Invalid "platform.invalid_idempotency_key"
        "The Idempotency-Key is not acceptable." / "Use 1 to 255 printable ASCII characters; a UUID is best."
        "Idempotency-Key가 올바르지 않습니다." / "ASCII 문자 1~255자를 써 주세요. UUID가 좋습니다.";
    IDEMPOTENCY_KEY_REUSED = Invalid "platform.idempotency_key_reused"
        "This Idempotency-Key was used for another request." / "Make a new key for a new request."
        "다른 요청에 쓰인 Idempotency-Key입니다." / "새 요청에는 새 키를 만들어 주세요.";
    IDEMPOTENCY_KEY_BUSY = Conflict "platform.idempotency_key_busy"
        "The first request with this Idempotency-Key is still running." / "Wait a moment, then repeat the same request."
        "같은 Idempotency-Key의 요청이 아직 처리 중입니다." / "잠시 뒤에 같은 요청을 다시 보내 주세요.";
    STALE = Conflict "platform.stale"
        "Somebody else changed it at the same time." / "Fetch it again and repeat your change."
        "다른 변경과 겹쳤습니다." / "다시 조회한 뒤 변경해 주세요.";
    OVERLOADED = Unavailable "platform.overloaded"
        "The server is busy." / "Try again after the seconds in `Retry-After`."
        "서버가 바쁩니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시도해 주세요.";
    UNAVAILABLE = Unavailable "platform.unavailable"
        "A part of the service is away." / "Try again after the seconds in `Retry-After`."
        "서비스의 일부를 쓸 수 없습니다." / "`Retry-After`에 적힌 초만큼 기다렸다가 다시 시도해 주세요.";
    TIMEOUT = Unavailable "platform.timeout"
        "The request took too long and was given up." / "Try again; ask for less if it happens again."
        "처리 시간이 초과되었습니다." / "다시 시도해 주세요. 반복되면 범위를 줄여 주세요.";
    UNEXPECTED = Unexpected "platform.unexpected"
        "Something broke on our side." / "Try again. If it persists, report the `requestId`."
        "서버에서 오류가 났습니다." / "다시 시도해 주세요. 계속되면 `requestId`를 알려 주세요.";
}
