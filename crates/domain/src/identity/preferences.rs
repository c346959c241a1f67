//! How people want the service to look and to count.

use crate::shared::Refusal;

use super::errors::{LOCALE_INVALID, TIME_ZONE_UNKNOWN};

crate::text! {
    /// A language, perhaps with a script and a region (BCP 47): `ko`, `en-US`, `zh-Hant-TW`.
    pub Locale: "locale", 2..=15, "ko", pattern "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
    => check_locale;
}

crate::text! {
    /// A time zone by its IANA name.
    pub TimeZoneName: "iana-time-zone", 1..=64, "Asia/Seoul" => check_time_zone;
}

fn check_locale(text: String) -> Result<String, Refusal> {
    let mut parts = text.split('-').peekable();
    let language = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    let _ = parts.next_if(|part| is_script(part));
    let _ = parts.next_if(|part| is_region(part));
    if language && parts.next().is_none() { Ok(text) } else { Err(LOCALE_INVALID.into()) }
}

fn is_script(part: &str) -> bool {
    part.len() == 4
        && part.starts_with(|c: char| c.is_ascii_uppercase())
        && part.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
}

fn is_region(part: &str) -> bool {
    (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase()))
        || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Looked up without regard to case, and kept as the database spells it.
fn check_time_zone(text: String) -> Result<String, Refusal> {
    let zone = jiff::tz::TimeZone::get(&text).ok();
    let name = zone.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned);
    name.ok_or_else(|| TIME_ZONE_UNKNOWN.into())
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// `light`
    Light,
    /// `dark`
    Dark,
    /// `system`: as the device has it.
    #[default]
    System,
}

/// The first day of a week in calendars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeekStart {
    /// `monday`
    Monday,
    /// `saturday`
    Saturday,
    /// `sunday`, as Korean calendars have it.
    #[default]
    Sunday,
}

impl Theme {
    /// The stored form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::System => "system",
        }
    }

    /// From the stored form.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark, Self::System].into_iter().find(|theme| theme.name() == name)
    }
}

impl WeekStart {
    /// The stored form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// From the stored form.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Monday, Self::Saturday, Self::Sunday].into_iter().find(|day| day.name() == name)
    }
}

/// All of it; everybody has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// The language of mails and notifications.
    pub locale: Locale,
    /// The zone of times given without one.
    pub time_zone: TimeZoneName,
    /// The first day of a week.
    pub week_start: WeekStart,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            locale: Locale("ko".into()),
            time_zone: TimeZoneName("Asia/Seoul".into()),
            week_start: WeekStart::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Text;

    #[test]
    fn locales_are_language_tags() {
        for raw in ["ko", "en-US", "zh-Hant-TW", "es-419", "fil"] {
            assert!(Locale::parse(raw).is_ok(), "{raw}");
        }
        for raw in ["", "k", "KO", "en_US", "en-us", "en-US-x", "korean", "ko-"] {
            assert!(Locale::parse(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn time_zones_exist_and_are_spelled_as_iana_does() {
        let name = |raw| TimeZoneName::parse(raw).map(String::from);
        assert_eq!(name("asia/seoul").as_deref(), Ok("Asia/Seoul"));
        assert!(name("Asia/Pyeongchang").is_err());
        assert!(name("../../etc/passwd").is_err());
    }
}
