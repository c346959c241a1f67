//! Why moderation says no.

crate::codes! {
    ALREADY_REPORTED = Conflict "moderation.already_reported"
        "You reported this already." / "Nothing is left to do; an operator will look at it."
        "이미 신고했습니다." / "더 할 일이 없습니다. 운영자가 확인할 것입니다.";
    OWN_REPORT = Invalid "moderation.own_report"
        "You cannot report yourself." / "Change or delete what you wrote instead."
        "자기 자신은 신고할 수 없습니다." / "쓴 글을 고치거나 지워 주세요.";
    TEXT_NEEDED = Invalid "moderation.text_needed"
        "The reason `other` needs words of yours." / "Say in `text` what is wrong."
        "기타 사유에는 설명이 필요합니다." / "`text`에 이유를 적어 주세요.";
    ALREADY_HANDLED = Conflict "moderation.already_handled"
        "This report was handled already." / "Fetch it again to see how."
        "이미 처리된 신고입니다." / "다시 조회해 처리 결과를 확인해 주세요.";
}
