//! The Korean calendar: lunar dates, the days families keep, and public holidays.
//!
//! Lunar dates are those of Korea, not of China: the meridian differs, and with it 1,400 days of
//! the century around 2000.

use uuid::Uuid;

use super::Calendar;
use crate::shared::{Id, UserId};

pub mod holidays;
pub mod lunar;

pub use holidays::{Holiday, holidays, numbered_holidays};
pub use lunar::{Anniversary, LeapCustom, LunarCalendar, LunarDate};

/// The calendar of the public holidays, the same everywhere: it belongs to the service itself.
pub const CALENDAR: Id<Calendar> = Id::new(Uuid::from_u128(0x6d61_6461_6e67_8000_8000_6b6f_7265_6130));

/// Whose it is: nobody's, so that nobody may change it.
pub const NOBODY: UserId = Id::new(Uuid::nil());
