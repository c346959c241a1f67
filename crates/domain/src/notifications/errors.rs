//! Why notifications say no.

crate::codes! {
    KIND_TWICE = Invalid "notifications.kind_twice"
        "A kind is listed twice." / "List each kind once."
        "같은 종류가 두 번 있습니다." / "종류마다 한 번만 적어 주세요.";
    EMPTY_QUIET_HOURS = Invalid "notifications.empty_quiet_hours"
        "Quiet hours begin when they end." / "Use two different times, or null for no quiet hours."
        "방해 금지 시간의 시작과 끝이 같습니다." / "서로 다른 시각을 쓰거나, 없으면 null로 보내 주세요.";
    PUSH_ENDPOINT_REFUSED = Invalid "notifications.push_endpoint_refused"
        "This is no subscription of a push service." / "Send what the browser's `PushManager.subscribe` gave, unchanged."
        "푸시 서비스의 구독 정보가 아닙니다." / "브라우저의 `PushManager.subscribe` 결과를 그대로 보내 주세요.";
    TOO_MANY_SUBSCRIPTIONS = Conflict "notifications.too_many_subscriptions"
        "You have too many devices." / "Remove one; at most {max} are told."
        "등록된 기기가 너무 많습니다." / "하나를 지워 주세요. 최대 {max}대까지 알릴 수 있습니다.";
}
