//! What people tell about themselves.

use jiff::civil::Date;

use crate::shared::{PictureId, Refusal, Timestamp};

use super::errors::{BIRTH_DATE_INVALID, PHONE_INVALID};

crate::text! {
    /// The name shown beside the nickname.
    pub DisplayName: "display-name", 1..=50, "하늘이네";
}

crate::text! {
    /// The name on the doorbell; shown to its owner only.
    pub PersonName: "person-name", 1..=50, "김하늘";
}

crate::text! {
    /// A few sentences about oneself.
    pub Bio: "bio", 1..=500, "달리기와 그림을 좋아해요.";
}

crate::text! {
    /// A road address; shown to its owner only, all others see the region.
    pub Address: "address", 1..=200, "서울특별시 마포구 양화로 45";
}

crate::text! {
    /// An international phone number (E.164) in digits.
    pub Phone: "phone", 8..=16, "+821012345678", pattern "^\\+[1-9][0-9]{6,14}$" => check_phone;
}

fn check_phone(text: String) -> Result<String, Refusal> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let valid = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if valid { Ok(text) } else { Err(PHONE_INVALID.into()) }
}

impl Address {
    /// The first two parts, si/do and si/gun/gu, which is all that others learn.
    pub fn region(&self) -> Option<String> {
        let mut parts = self.as_str().split_whitespace();
        Some(format!("{} {}", parts.next()?, parts.next()?))
    }
}

/// A date of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BirthDate(Date);

impl BirthDate {
    /// From 1900 up to the day that has begun somewhere on Earth.
    ///
    /// # Errors
    /// Dates in which no living person was born.
    pub fn new(date: Date, now: Timestamp) -> Result<Self, Refusal> {
        let furthest_east = jiff::tz::Offset::constant(14);
        let today = furthest_east.to_datetime(now.into()).date();
        let earliest = jiff::civil::date(1900, 1, 1);
        if date < earliest || date > today { Err(BIRTH_DATE_INVALID.into()) } else { Ok(Self(date)) }
    }

    /// From storage, where only checked values are written.
    pub fn restore(date: Date) -> Self {
        Self(date)
    }

    /// The date.
    pub fn date(self) -> Date {
        self.0
    }
}

/// As people state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// `female`
    Female,
    /// `male`
    Male,
    /// `other`
    Other,
}

impl Sex {
    /// The stored form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }

    /// From the stored form.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Female, Self::Male, Self::Other].into_iter().find(|sex| sex.name() == name)
    }
}

/// Everything optional about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Shown beside the nickname.
    pub display_name: Option<DisplayName>,
    /// The full name.
    pub name: Option<PersonName>,
    /// The date of birth.
    pub birth_date: Option<BirthDate>,
    /// As stated.
    pub sex: Option<Sex>,
    /// About oneself.
    pub bio: Option<Bio>,
    /// The phone number; whether it was proven is another matter.
    pub phone: Option<Phone>,
    /// The road address.
    pub address: Option<Address>,
    /// The picture.
    pub avatar: Option<Avatar>,
}

/// The picture a person is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Avatar {
    /// The picture.
    pub id: PictureId,
    /// The name of its small rendition.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::shared::Text;

    #[test]
    fn b09_the_region_is_the_first_two_parts_of_the_address() {
        let region = |raw| Address::parse(raw).expect("valid").region();
        assert_eq!(region("서울특별시 마포구 양화로 45").as_deref(), Some("서울특별시 마포구"));
        assert_eq!(region("Seoul-si  Mapo-gu Yanghwa-ro 45").as_deref(), Some("Seoul-si Mapo-gu"));
        assert_eq!(region("여의도"), None);
        assert!(Address::parse("   ").is_err());
    }

    #[test]
    fn b01_phone_numbers_are_international() {
        for raw in ["+821012345678", "+12025550123"] {
            assert!(Phone::parse(raw).is_ok(), "{raw}");
        }
        for raw in
            ["", "01012345678", "+0123456789", "+82 10 1234 5678", "+8210123456789012", "+８２1012345678"]
        {
            assert!(Phone::parse(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn b01_nobody_is_born_tomorrow_or_in_the_19th_century() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("an instant");
        assert!(BirthDate::new(date(2026, 11, 21), now).is_ok(), "it has begun in Kiribati");
        assert!(BirthDate::new(date(2026, 11, 22), now).is_err());
        assert!(BirthDate::new(date(1899, 12, 31), now).is_err());
    }

    proptest! {
        #[test]
        fn a_region_is_never_the_whole_of_three_parts(raw in "[가-힣]{1,5} [가-힣]{1,5} [가-힣0-9]{1,9}") {
            let address = Address::parse(&raw).expect("valid");
            let region = address.region().expect("two parts");
            prop_assert!(address.as_str().starts_with(&region) && region.len() < address.as_str().len());
        }
    }
}
