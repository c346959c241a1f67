//! The Korean calendar: lunar dates, the days families keep, and public holidays.
//!
//! Lunar dates are those of Korea, not of China: the meridian differs, and with it 1,400 days of
//! the century around 2000.

pub mod holidays;
pub mod lunar;

pub use holidays::{Holiday, holidays, numbered_holidays};
pub use lunar::{Anniversary, LeapCustom, LunarCalendar, LunarDate};
