//! Prints what we say about the Korean calendar, for `scripts/compare-korea.py`: with `lunar`, every
//! day of 1900 to 2050 with its lunar date; with `holidays`, every public holiday.
#![expect(clippy::print_stdout, reason = "a tool for the comparison script")]

use jiff::civil::Date;
use madang_domain::calendar::korea::{
    LunarDate,
    holidays::{YEARS, holidays},
};

fn main() {
    if std::env::args().nth(1).as_deref() == Some("holidays") {
        for holiday in YEARS.flat_map(holidays) {
            println!("{} {} {}", holiday.date, u8::from(holiday.substitute), holiday.name);
        }
        return;
    }
    let mut date = Date::constant(1900, 1, 1);
    while date.year() <= 2050 {
        if let Some(lunar) = LunarDate::of(date) {
            println!("{date} {}-{}-{}-{}", lunar.year, lunar.month, lunar.day, u8::from(lunar.leap));
        }
        date = date.tomorrow().unwrap_or(Date::MAX);
    }
}
