//! What we write to people, in Korean and in English, as text and as HTML.

use std::time::Duration;

use crate::shared::{Language, Mail, TextMessage};

/// A mail before it has its bodies: both are made from the same parts.
struct Letter<'a> {
    subject: &'a str,
    lead: &'a str,
    /// Alone on its line, so that it can be copied.
    code: Option<&'a str>,
    rest: &'a [&'a str],
}

/// `{minutes}` in words, rounded up.
fn minutes(life: Duration) -> u64 {
    life.as_secs().div_ceil(60)
}

/// The code that proves an e-mail address.
pub(super) fn verification(recipient: &str, code: &str, life: Duration, language: Language) -> Mail {
    let minutes = minutes(life);
    match language {
        Language::Korean => Letter {
            subject: "마당 이메일 인증번호",
            lead: "아래 인증번호를 입력해 이메일 주소를 확인해 주세요.",
            code: Some(code),
            rest: &[
                &format!("인증번호는 {minutes}분 동안 한 번만 쓸 수 있습니다."),
                "요청하지 않으셨다면 이 메일을 무시해 주세요.",
            ],
        }
        .to(recipient, language),
        Language::English => Letter {
            subject: "Your Madang verification code",
            lead: "Enter this code to confirm your e-mail address.",
            code: Some(code),
            rest: &[
                &format!("It works once, for {minutes} min."),
                "If you did not ask for it, ignore this mail.",
            ],
        }
        .to(recipient, language),
    }
}

/// For owners of an account somebody tried to sign up for again, where the answer must not tell.
pub(super) fn already_registered(recipient: &str, language: Language) -> Mail {
    match language {
        Language::Korean => Letter {
            subject: "이미 마당 계정이 있습니다",
            lead: "이 이메일 주소로 가입하려는 요청이 있었지만, 이미 계정이 있습니다.",
            code: None,
            rest: &[
                "로그인하거나 비밀번호를 다시 정해 주세요.",
                "요청하지 않으셨다면 이 메일을 무시해 주세요.",
            ],
        }
        .to(recipient, language),
        Language::English => Letter {
            subject: "You have a Madang account already",
            lead: "Somebody asked to sign up with this e-mail address, but it has an account.",
            code: None,
            rest: &["Log in, or choose a new password.", "If it was not you, ignore this mail."],
        }
        .to(recipient, language),
    }
}

/// The code that allows to choose a new password.
pub(super) fn password_reset(recipient: &str, code: &str, life: Duration, language: Language) -> Mail {
    let minutes = minutes(life);
    match language {
        Language::Korean => Letter {
            subject: "마당 비밀번호 재설정 인증번호",
            lead: "아래 인증번호를 입력하고 새 비밀번호를 정해 주세요.",
            code: Some(code),
            rest: &[
                &format!("인증번호는 {minutes}분 동안 한 번만 쓸 수 있습니다. 아무에게도 알려 주지 마세요."),
                "요청하지 않으셨다면 이 메일을 무시해 주세요. 비밀번호는 바뀌지 않습니다.",
            ],
        }
        .to(recipient, language),
        Language::English => Letter {
            subject: "Your Madang password code",
            lead: "Enter this code to choose a new password.",
            code: Some(code),
            rest: &[
                &format!("It works once, for {minutes} min. Tell it to nobody."),
                "If you did not ask for it, ignore this mail: your password stays as it is.",
            ],
        }
        .to(recipient, language),
    }
}

/// The notice that the password is another one now.
pub(super) fn password_changed(recipient: &str, language: Language) -> Mail {
    match language {
        Language::Korean => Letter {
            subject: "마당 비밀번호가 바뀌었습니다",
            lead: "계정의 비밀번호가 바뀌었고, 다른 기기에서는 로그아웃되었습니다.",
            code: None,
            rest: &["본인이 바꾸지 않았다면 지금 비밀번호를 다시 정해 주세요."],
        }
        .to(recipient, language),
        Language::English => Letter {
            subject: "Your Madang password was changed",
            lead: "The password of your account was changed, and other devices were logged out.",
            code: None,
            rest: &["If it was not you, choose a new password now."],
        }
        .to(recipient, language),
    }
}

/// The code that proves a phone number.
pub(super) fn phone_code(phone: &str, code: &str, language: Language) -> TextMessage {
    let text = match language {
        Language::Korean => format!("[마당] 인증번호 {code} 를 입력해 주세요. 아무에게도 알려 주지 마세요."),
        Language::English => format!("[Madang] Your code is {code}. Tell it to nobody."),
    };
    TextMessage { phone: phone.to_owned(), text }
}

impl Letter<'_> {
    fn to(&self, recipient: &str, language: Language) -> Mail {
        let code = self.code.map(|code| format!("{code}\n\n")).unwrap_or_default();
        let text = format!("{}\n\n{code}{}\n", self.lead, self.rest.join("\n"));
        let code = self.code.map(|code| format!("<p style=\"font-size:2em\"><b>{}</b></p>", escape(code)));
        let rest: String = self.rest.iter().map(|line| format!("<p>{}</p>", escape(line))).collect();
        let html = format!(
            "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>{}</title><body><p>{}</p>{}{rest}</body></html>\n",
            language.tag(),
            escape(self.subject),
            escape(self.lead),
            code.unwrap_or_default(),
        );
        let (recipient, subject) = (recipient.to_owned(), self.subject.to_owned());
        Mail { recipient, subject, text, html, language, unsubscribe: None }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bodies_say_the_same_and_nothing_slips_in() {
        let letter = Letter { subject: "a & b", lead: "<script>", code: Some("123456"), rest: &["\"x\""] };
        let mail = letter.to("a@example.com", Language::English);
        assert_eq!(mail.text, "<script>\n\n123456\n\n\"x\"\n");
        assert!(mail.html.contains("&lt;script&gt;") && mail.html.contains("<b>123456</b>"));
        assert!(mail.html.contains("<title>a &amp; b</title>") && !mail.html.contains("<script>"));
    }
}
