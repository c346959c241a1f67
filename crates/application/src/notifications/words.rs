//! What a notification says outside the program, where no client puts it into words.

use madang_domain::notifications::NotificationKind;

use crate::shared::Language;

/// One sentence. `actor` is who did it, `count` how often it happened.
pub(super) fn sentence(
    kind: NotificationKind,
    actor: Option<&str>,
    count: i64,
    language: Language,
) -> String {
    let somebody = match language {
        Language::English => "Somebody",
        Language::Korean => "누군가",
    };
    let actor = actor.unwrap_or(somebody);
    let others = count - 1;
    match (language, others > 0) {
        (Language::English, false) => english(kind, actor),
        (Language::English, true) => format!("{} ({others} more)", english(kind, actor)),
        (Language::Korean, false) => korean(kind, actor),
        (Language::Korean, true) => format!("{} (그 밖에 {others}건)", korean(kind, actor)),
    }
}

fn english(kind: NotificationKind, actor: &str) -> String {
    match kind {
        NotificationKind::Follow => format!("{actor} follows you now."),
        NotificationKind::Reply => format!("{actor} replied to your post."),
        NotificationKind::Like => format!("{actor} likes your post."),
        NotificationKind::Message => format!("{actor} sent you a message."),
        NotificationKind::Security => "Other logins of your account were ended.".to_owned(),
        NotificationKind::Invitation => format!("{actor} invited you to an event."),
        NotificationKind::Response => format!("{actor} answered your invitation."),
        NotificationKind::Join => format!("{actor} joined your event."),
        NotificationKind::Promotion => "A seat became free: you are in.".to_owned(),
        NotificationKind::Cancellation => format!("{actor} cancelled an event you were to come to."),
    }
}

fn korean(kind: NotificationKind, actor: &str) -> String {
    match kind {
        NotificationKind::Follow => format!("{actor}님이 회원님을 팔로우합니다."),
        NotificationKind::Reply => format!("{actor}님이 회원님의 글에 답글을 남겼습니다."),
        NotificationKind::Like => format!("{actor}님이 회원님의 글을 좋아합니다."),
        NotificationKind::Message => format!("{actor}님이 메시지를 보냈습니다."),
        NotificationKind::Security => "계정의 다른 로그인이 종료되었습니다.".to_owned(),
        NotificationKind::Invitation => format!("{actor}님이 일정에 초대했습니다."),
        NotificationKind::Response => format!("{actor}님이 초대에 응답했습니다."),
        NotificationKind::Join => format!("{actor}님이 회원님의 일정에 참여합니다."),
        NotificationKind::Promotion => "대기하던 일정에 자리가 나서 참여가 확정되었습니다.".to_owned(),
        NotificationKind::Cancellation => format!("{actor}님이 함께하기로 한 일정을 취소했습니다."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_say_how_many() {
        let say = |count, language| sentence(NotificationKind::Like, Some("mina"), count, language);
        assert_eq!(say(1, Language::English), "mina likes your post.");
        assert_eq!(say(3, Language::English), "mina likes your post. (2 more)");
        assert_eq!(say(3, Language::Korean), "mina님이 회원님의 글을 좋아합니다. (그 밖에 2건)");
    }
}
