//! Why chat says no.

crate::codes! {
    NOT_A_MEMBER = Forbidden "chat.not_a_member"
        "You are not in this room." / "Ask somebody who is to bring you in."
        "이 대화방에 들어와 있지 않습니다." / "대화방에 있는 사람에게 초대를 부탁해 주세요.";
    UNKNOWN_USER = Invalid "chat.unknown_user"
        "You cannot talk to this person." / "The account may be gone, or one of you blocked the other."
        "이 사람과 대화할 수 없습니다." / "탈퇴했거나 서로 차단된 사람일 수 있습니다.";
    ONESELF = Invalid "chat.oneself"
        "You are in the room anyway." / "Name the others only."
        "본인은 이미 대화방에 있습니다." / "다른 사람만 적어 주세요.";
    WHOM_OR_WHAT = Invalid "chat.whom_or_what"
        "A room is for people or for an event." / "Send either `userIds` or `eventId`."
        "대화방은 사람 또는 일정을 위한 것입니다." / "`userIds`와 `eventId` 중 하나만 보내 주세요.";
    CANNOT_WRITE = Forbidden "chat.cannot_write"
        "You cannot write to this person any more." / "The account may be gone, or one of you blocked the other."
        "이 사람에게 더 이상 메시지를 보낼 수 없습니다." / "탈퇴했거나 서로 차단된 사람일 수 있습니다.";
    PEER_SUSPENDED = Forbidden "chat.peer_suspended"
        "This person's account is suspended." / "What was said can be read; wait until the account is back to write."
        "이용이 정지된 사용자입니다." / "지난 대화는 볼 수 있습니다. 정지가 풀리면 다시 메시지를 보낼 수 있습니다.";
    PEER_WITHDRAWN = Forbidden "chat.peer_withdrawn"
        "This person withdrew." / "What was said can be read, and nothing can be added."
        "탈퇴한 사용자입니다." / "지난 대화는 볼 수 있지만 메시지를 더 보낼 수 없습니다.";
    FIXED_MEMBERS = Conflict "chat.fixed_members"
        "Nobody enters or leaves this room that way." / "Open a group for more people; enter the room of an event by opening it."
        "이 대화방은 이렇게 들어오거나 나갈 수 없습니다." / "여러 사람과는 그룹을 만들고, 일정 대화방은 일정으로 열어 주세요.";
    NOT_THE_OPENER = Forbidden "chat.not_the_opener"
        "Only whoever opened the room may send others out." / "Ask that person, or leave yourself."
        "방을 연 사람만 다른 사람을 내보낼 수 있습니다." / "그 사람에게 부탁하거나 본인이 나가 주세요.";
    ROOM_FULL = Conflict "chat.room_full"
        "The room is full." / "At most {max} people fit in."
        "대화방이 가득 찼습니다." / "최대 {max}명까지 들어올 수 있습니다.";
    TICKET_INVALID = Unauthenticated "chat.ticket_invalid"
        "The ticket opens nothing." / "It may be used or too old; ask for a new one with `POST /v1/realtime/tickets`."
        "이 티켓으로는 연결할 수 없습니다." / "이미 썼거나 오래된 티켓입니다. `POST /v1/realtime/tickets`로 새로 받아 주세요.";
    UPGRADE_REQUIRED = Malformed "chat.upgrade_required"
        "This address speaks WebSocket only." / "Send an upgrade request of version 13 (RFC 6455)."
        "이 주소는 WebSocket으로만 연결할 수 있습니다." / "버전 13(RFC 6455)의 업그레이드 요청을 보내 주세요.";
    FOREIGN_ORIGIN = Forbidden "chat.foreign_origin"
        "Pages of this origin may not connect." / "Ask the operator to allow the origin."
        "이 출처의 페이지에서는 연결할 수 없습니다." / "운영자에게 출처 허용을 요청해 주세요.";
    MALFORMED_FRAME = Malformed "chat.malformed_frame"
        "The frame cannot be read." / "{reason}"
        "프레임을 읽을 수 없습니다." / "{reason}";
    TOO_MANY_ROOMS = Conflict "chat.too_many_rooms"
        "This socket follows too many rooms." / "Leave some; at most {max} at a time."
        "이 연결에서 너무 많은 대화방을 보고 있습니다." / "일부를 나가 주세요. 한 번에 최대 {max}개입니다.";
    TOO_MANY_SOCKETS = Exhausted "chat.too_many_sockets"
        "You have too many sockets open." / "Close some; one carries everything."
        "열린 연결이 너무 많습니다." / "일부를 닫아 주세요. 연결 하나로 충분합니다.";
}
