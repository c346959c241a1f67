//! ORGANIZER and ATTENDEE (RFC 5545 3.8.4) of those who have an account here.
//!
//! They are named by `urn:uuid:`, because whoever may see that they come may not write to them. What
//! a file brought stands beside them as it is.

use std::fmt::Write;

use madang_application::calendar::guestbook::{Company, Person};
use madang_domain::{calendar::Answer, shared::UserId};

/// The scheme of our people's addresses.
const OURS: &str = ":urn:uuid:";

/// The components of an event with its people in them. `originals` are the occurrences the
/// components behind the first differing one are about, in their order.
pub(super) fn with_company(text: &str, company: &Company, original: impl Fn(&str) -> Option<i64>) -> String {
    let mut out = String::with_capacity(text.len() + 200);
    each(text, |component| {
        let theirs = component.iter().any(|line| is(line, "ORGANIZER") && !line.contains(OURS));
        let about = component.iter().find(|line| is(line, "RECURRENCE-ID")).and_then(|line| original(line));
        let kept: Vec<&str> = component.iter().copied().filter(|line| !is_ours(line)).collect();
        let end = kept.iter().skip(1).position(|line| line.starts_with("BEGIN:") || line.starts_with("END:"));
        let end = end.map_or(kept.len(), |at| at + 1);
        for (index, line) in kept.iter().enumerate() {
            if index == end {
                lines(company, about, !theirs, &mut out);
            }
            push(&mut out, line);
        }
    });
    out
}

/// The components without anything that is only for members: people, and alarms.
pub(super) fn anonymous(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut alarms = 0_usize;
    for line in text.lines() {
        if line.eq_ignore_ascii_case("BEGIN:VALARM") {
            alarms += 1;
        }
        if alarms == 0 && !is(line, "ORGANIZER") && !is(line, "ATTENDEE") && !is(line, "CONTACT") {
            push(&mut out, line);
        }
        if line.eq_ignore_ascii_case("END:VALARM") {
            alarms = alarms.saturating_sub(1);
        }
    }
    out
}

/// The components without the people we put there: what is compared to know whether a file says
/// anything new.
pub(super) fn without_ours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.lines().filter(|line| !is_ours(line)).for_each(|line| push(&mut out, line));
    out
}

fn lines(company: &Company, about: Option<i64>, organized: bool, out: &mut String) {
    if organized {
        push(out, &format!("ORGANIZER;{}{OURS}{}", common_name(&company.organizer), company.organizer.id));
    }
    for (guest, answer) in &company.guests {
        let own = about.and_then(|original| company.own.get(&(original, guest.id)));
        let line = attendee(guest, guest.id, *own.unwrap_or(answer));
        push(out, &line);
    }
}

fn attendee(guest: &Person, id: UserId, answer: Answer) -> String {
    let status = match answer {
        Answer::NeedsAction => "NEEDS-ACTION;RSVP=TRUE",
        Answer::Accepted => "ACCEPTED",
        Answer::Declined => "DECLINED",
        Answer::Tentative => "TENTATIVE",
    };
    format!("ATTENDEE;{};PARTSTAT={status}{OURS}{id}", common_name(guest))
}

/// CN, with RFC 6868 for what a quoted parameter cannot hold.
fn common_name(person: &Person) -> String {
    let mut name = String::from("CN=\"");
    for c in person.name.chars() {
        match c {
            '^' => name.push_str("^^"),
            '"' => name.push_str("^'"),
            '\n' => name.push_str("^n"),
            c if c.is_control() => {}
            c => name.push(c),
        }
    }
    name.push('"');
    name
}

/// Calls `visit` with the lines of each outermost component.
fn each<'a>(text: &'a str, mut visit: impl FnMut(&[&'a str])) {
    let mut component = Vec::new();
    let mut depth = 0_usize;
    for line in text.lines() {
        component.push(line);
        if line.starts_with("BEGIN:") {
            depth += 1;
        } else if line.starts_with("END:") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                visit(&component);
                component.clear();
            }
        }
    }
}

fn is_ours(line: &str) -> bool {
    (is(line, "ATTENDEE") || is(line, "ORGANIZER")) && line.contains(OURS)
}

/// Whether a line is a property of that name.
fn is(line: &str, name: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
        && matches!(bytes.get(name.len()), Some(b':' | b';'))
}

fn push(out: &mut String, line: &str) {
    if !out.is_empty() {
        let _infallible = out.write_char('\n');
    }
    out.push_str(line);
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use madang_domain::shared::Id;
    use uuid::Uuid;

    use super::*;

    fn person(name: &str) -> Person {
        Person { id: Id::new(Uuid::nil()), name: name.to_owned() }
    }

    #[test]
    fn n02_people_stand_before_what_is_inside_and_once() {
        let company = Company {
            organizer: person("하늘"),
            guests: vec![(person("Kim \"K\" Lee"), Answer::NeedsAction)],
            own: HashMap::from([((7, Id::new(Uuid::nil())), Answer::Declined)]),
        };
        let text = "BEGIN:VEVENT\nUID:1\nATTENDEE:mailto:a@example.com\nBEGIN:VALARM\nATTENDEE:mailto:b@example.com\n\
                    END:VALARM\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:x\nEND:VEVENT";
        let once = with_company(text, &company, |_| Some(7));
        let at = |line: &str| once.lines().position(|other| other.starts_with(line)).unwrap();
        assert!(at("ORGANIZER;CN=\"하늘\":urn:uuid:") < at("BEGIN:VALARM"), "{once}");
        assert!(once.contains("ATTENDEE;CN=\"Kim ^'K^' Lee\";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:urn:uuid:"));
        assert_eq!(once.matches("PARTSTAT=DECLINED").count(), 1, "{once}");
        assert_eq!(with_company(&once, &company, |_| Some(7)), once);
        assert_eq!(without_ours(&once), text);
        let bare = "BEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:x\nEND:VEVENT";
        assert_eq!(anonymous(&once), bare);
    }

    #[test]
    fn n02_a_foreign_organizer_stays_the_only_one() {
        let company = Company { organizer: person("a"), guests: Vec::new(), own: HashMap::new() };
        let text = "BEGIN:VEVENT\nORGANIZER;CN=x:mailto:a@example.com\nEND:VEVENT";
        assert_eq!(with_company(text, &company, |_| None), text);
    }
}
