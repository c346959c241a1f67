//! Why notifications say no.

crate::codes! {
    NOTHING_TO_READ = Invalid "notifications.nothing_to_read"
        "It is not said which notifications were read." / "Send `ids`, or `upTo` with the id of the newest one you saw."
        "어떤 알림을 읽었는지 알 수 없습니다." / "`ids` 또는 가장 최근에 본 알림의 id를 `upTo`로 보내 주세요.";
}
