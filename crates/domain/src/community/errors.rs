//! Why the community says no.

crate::codes! {
    ALREADY_FOLLOWING = Conflict "community.already_following"
        "You follow this person already." / "Nothing is left to do."
        "이미 팔로우하고 있습니다." / "더 할 일이 없습니다.";
    NOT_FOLLOWING = Conflict "community.not_following"
        "You do not follow this person." / "Nothing is left to do."
        "팔로우하고 있지 않습니다." / "더 할 일이 없습니다.";
    SELF_FOLLOW = Invalid "community.self_follow"
        "You cannot follow yourself." / "Choose somebody else."
        "자기 자신은 팔로우할 수 없습니다." / "다른 사람을 골라 주세요.";
    SELF_BLOCK = Invalid "community.self_block"
        "You cannot block yourself." / "Choose somebody else."
        "자기 자신은 차단할 수 없습니다." / "다른 사람을 골라 주세요.";
    SELF_MUTE = Invalid "community.self_mute"
        "You cannot mute yourself." / "Choose somebody else."
        "자기 자신은 숨길 수 없습니다." / "다른 사람을 골라 주세요.";
    NOT_THE_AUTHOR = Forbidden "community.not_the_author"
        "Only the author may change or delete a post." / "Reply to it instead, or report it."
        "글쓴이만 고치거나 지울 수 있습니다." / "답글을 쓰거나 신고해 주세요.";
    WIDER_THAN_ROOT = Invalid "community.wider_than_root"
        "A reply cannot be seen by more people than the post it belongs to." / "Use {most} or less, or leave it out."
        "답글은 원글보다 넓게 공개할 수 없습니다." / "{most} 이하로 하거나 비워 두세요.";
    UNKNOWN_POST = Invalid "community.unknown_post"
        "There is no such post to reply to." / "It may have been deleted, or you may not see it."
        "답글을 달 글이 없습니다." / "지워졌거나 볼 수 없는 글일 수 있습니다.";
    UNKNOWN_OCCURRENCE = Invalid "community.unknown_occurrence"
        "The event has no such occurrence to post about." / "Send the `occurrence` of an event in a range list, beside its id."
        "글을 달 회차가 없습니다." / "기간 목록에 나온 일정의 `occurrence`를 그 id와 함께 보내 주세요.";
    UNKNOWN_EVENT = Invalid "community.unknown_event"
        "There is no such event to post about." / "It may have been deleted, or you may not see it."
        "글을 달 일정이 없습니다." / "지워졌거나 볼 수 없는 일정일 수 있습니다.";
}
