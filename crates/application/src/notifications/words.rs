//! What a notification says outside the program, where no client puts it into words.

use madang_domain::notifications::NotificationKind;

use super::DigestLine;
use crate::shared::Language;

/// One sentence.
pub(super) fn sentence(line: &DigestLine, language: Language) -> String {
    let DigestLine { kind, actor, count, title } = line;
    if *kind == NotificationKind::Reminder {
        return reminder(title.as_deref(), language);
    }
    let kind = *kind;
    let somebody = match language {
        Language::English => "Somebody",
        Language::Korean => "누군가",
    };
    let actor = actor.as_deref().unwrap_or(somebody);
    let others = count - 1;
    match (language, others > 0) {
        (Language::English, false) => english(kind, actor),
        (Language::English, true) => format!("{} ({others} more)", english(kind, actor)),
        (Language::Korean, false) => korean(kind, actor),
        (Language::Korean, true) => format!("{} (그 밖에 {others}건)", korean(kind, actor)),
    }
}

fn reminder(title: Option<&str>, language: Language) -> String {
    match (language, title) {
        (Language::English, Some(title)) => format!("Soon: {title}"),
        (Language::English, None) => "An event of yours begins soon.".to_owned(),
        (Language::Korean, Some(title)) => format!("곧 시작: {title}"),
        (Language::Korean, None) => "곧 시작하는 일정이 있습니다.".to_owned(),
    }
}

fn english(kind: NotificationKind, actor: &str) -> String {
    match kind {
        NotificationKind::Follow => format!("{actor} follows you now."),
        NotificationKind::Reply => format!("{actor} replied to your post."),
        NotificationKind::Like => format!("{actor} likes your post."),
        NotificationKind::Mention => format!("{actor} mentioned you in a post."),
        NotificationKind::Message => format!("{actor} sent you a message."),
        NotificationKind::Security => "Other logins of your account were ended.".to_owned(),
        NotificationKind::Invitation => format!("{actor} invited you to an event."),
        NotificationKind::Response => format!("{actor} answered your invitation."),
        NotificationKind::Join => format!("{actor} joined your event."),
        NotificationKind::Promotion => "A seat became free: you are in.".to_owned(),
        NotificationKind::Cancellation => format!("{actor} cancelled an event you were to come to."),
        NotificationKind::Reminder => reminder(None, Language::English),
    }
}

fn korean(kind: NotificationKind, actor: &str) -> String {
    match kind {
        NotificationKind::Follow => format!("{actor}님이 회원님을 팔로우합니다."),
        NotificationKind::Reply => format!("{actor}님이 회원님의 글에 답글을 남겼습니다."),
        NotificationKind::Like => format!("{actor}님이 회원님의 글을 좋아합니다."),
        NotificationKind::Mention => format!("{actor}님이 글에서 회원님을 언급했습니다."),
        NotificationKind::Message => format!("{actor}님이 메시지를 보냈습니다."),
        NotificationKind::Security => "계정의 다른 로그인이 종료되었습니다.".to_owned(),
        NotificationKind::Invitation => format!("{actor}님이 일정에 초대했습니다."),
        NotificationKind::Response => format!("{actor}님이 초대에 응답했습니다."),
        NotificationKind::Join => format!("{actor}님이 회원님의 일정에 참여합니다."),
        NotificationKind::Promotion => "대기하던 일정에 자리가 나서 참여가 확정되었습니다.".to_owned(),
        NotificationKind::Cancellation => format!("{actor}님이 함께하기로 한 일정을 취소했습니다."),
        NotificationKind::Reminder => reminder(None, Language::Korean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_say_how_many() {
        let say = |count, language| {
            let actor = Some("mina".to_owned());
            sentence(&DigestLine { kind: NotificationKind::Like, actor, count, title: None }, language)
        };
        assert_eq!(say(1, Language::English), "mina likes your post.");
        assert_eq!(say(3, Language::English), "mina likes your post. (2 more)");
        assert_eq!(say(3, Language::Korean), "mina님이 회원님의 글을 좋아합니다. (그 밖에 2건)");
    }

    #[test]
    fn reminders_say_of_what() {
        let say = |title: Option<&str>, language| {
            let title = title.map(str::to_owned);
            sentence(&DigestLine { kind: NotificationKind::Reminder, actor: None, count: 1, title }, language)
        };
        assert_eq!(say(Some("소풍"), Language::Korean), "곧 시작: 소풍");
        assert_eq!(say(Some("picnic"), Language::English), "Soon: picnic");
        assert_eq!(say(None, Language::English), "An event of yours begins soon.");
    }
}
