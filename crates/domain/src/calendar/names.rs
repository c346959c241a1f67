//! The texts of calendars and events.

use super::errors;
use crate::shared::Refusal;

crate::text! {
    /// What a calendar is called.
    pub CalendarName: "calendar-name", 1..=100, "Family";
}

crate::text! {
    /// What a share link is for, so that its owner knows which one to take back.
    pub LinkName: "link-name", 0..=100, "For the neighbours" => one_line;
}

crate::text! {
    /// What an event is called; an imported one may be nameless.
    pub Title: "event-title", 1..=200, "Picnic by the Han" => one_line;
}

crate::text! {
    /// Plain text about a calendar or an event.
    pub Description: "description", 0..=8192, "Bring a blanket.";
}

crate::text! {
    /// Where an event takes place, as people write it.
    pub Location: "location", 0..=500, "Yeouido Park";
}

crate::text! {
    /// An RGB colour.
    pub Color: "color", 7..=7, "#3b82f6", pattern "^#[0-9A-Fa-f]{6}$" => hex_color;
}

crate::text! {
    /// The worldwide name of an event or task (RFC 5545 3.8.4.7); kept through import and export.
    pub Uid: "uid", 1..=1000, "019aa5c2-77aa-7000-8000-000000000001@madang";
}

/// A title is one line, in lists and in files alike.
fn one_line(text: String) -> Result<String, Refusal> {
    if text.chars().any(char::is_control) {
        return Ok(text
            .split(|c: char| c.is_control())
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" ")
            .trim()
            .to_owned());
    }
    Ok(text)
}

fn hex_color(text: String) -> Result<String, Refusal> {
    let digits = text.strip_prefix('#').filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    match digits {
        Some(_) => Ok(text.to_ascii_lowercase()),
        None => Err(errors::INVALID_COLOR.into()),
    }
}
