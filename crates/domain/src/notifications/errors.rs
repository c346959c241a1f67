//! Why notifications say no.

crate::codes! {
    NOTHING_TO_READ = Invalid "notifications.nothing_to_read"
        "It is not said which notifications were read." / "Send `ids`, or `upTo` with the id of the newest one you saw."
        "어떤 알림을 읽었는지 알 수 없습니다." / "`ids` 또는 가장 최근에 본 알림의 id를 `upTo`로 보내 주세요.";
    KIND_TWICE = Invalid "notifications.kind_twice"
        "A kind is listed twice." / "List each kind once."
        "같은 종류가 두 번 있습니다." / "종류마다 한 번만 적어 주세요.";
    EMPTY_QUIET_HOURS = Invalid "notifications.empty_quiet_hours"
        "Quiet hours begin when they end." / "Use two different times, or null for no quiet hours."
        "방해 금지 시간의 시작과 끝이 같습니다." / "서로 다른 시각을 쓰거나, 없으면 null로 보내 주세요.";
}
