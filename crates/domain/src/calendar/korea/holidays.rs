//! Public holidays of the Republic of Korea since 1991, as the law was in each year
//! (관공서의 공휴일에 관한 규정; 공휴일에 관한 법률).

use jiff::civil::{Date, Weekday};

use super::lunar::Anniversary;

/// The years that [`holidays`] knows. Later ones are by the law as it is now.
pub const YEARS: std::ops::RangeInclusive<i16> = 1991..=2050;

/// A day off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// What it is called, in Korean.
    pub name: &'static str,
    /// Whether it stands in for a holiday that fell on a day off (대체공휴일).
    pub substitute: bool,
}

impl Holiday {
    /// What to call it.
    pub fn title(&self) -> String {
        if self.substitute { format!("대체공휴일({})", self.name) } else { self.name.to_owned() }
    }
}

/// The holidays of some years, ascending. Those of one day, which may have two, are numbered from 1.
pub fn numbered_holidays(years: std::ops::RangeInclusive<i16>) -> impl Iterator<Item = (u64, Holiday)> {
    let (mut last, mut number) = (None, 0);
    years.flat_map(holidays).map(move |holiday| {
        number = if last == Some(holiday.date) { number + 1 } else { 1 };
        last = Some(holiday.date);
        (number, holiday)
    })
}

/// When a holiday that falls on a day off gets a substitute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Substitute {
    /// Never.
    None,
    /// Where it is a Sunday or another holiday: 설날 and 추석.
    Sunday,
    /// Where it is a Saturday, too.
    Weekend,
}

/// Days the government named for one occasion: elections and temporary holidays.
const ONCE: &[(&str, &str)] = &[
    ("1991-03-26", "구·시·군의회의원선거일"),
    ("1991-06-20", "시·도의회의원선거일"),
    ("1992-03-24", "국회의원선거일"),
    ("1992-12-18", "대통령선거일"),
    ("1995-06-27", "지방선거일"),
    ("1996-04-11", "국회의원선거일"),
    ("1997-12-18", "대통령선거일"),
    ("1998-06-04", "지방선거일"),
    ("2000-04-13", "국회의원선거일"),
    ("2002-06-13", "지방선거일"),
    ("2002-07-01", "임시공휴일"),
    ("2002-12-19", "대통령선거일"),
    ("2004-04-15", "국회의원선거일"),
    ("2006-05-31", "지방선거일"),
    ("2007-12-19", "대통령선거일"),
    ("2008-04-09", "국회의원선거일"),
    ("2010-06-02", "지방선거일"),
    ("2012-04-11", "국회의원선거일"),
    ("2012-12-19", "대통령선거일"),
    ("2014-06-04", "지방선거일"),
    ("2015-08-14", "임시공휴일"),
    ("2016-04-13", "국회의원선거일"),
    ("2016-05-06", "임시공휴일"),
    ("2017-05-09", "대통령선거일"),
    ("2017-10-02", "임시공휴일"),
    ("2018-06-13", "지방선거일"),
    ("2020-04-15", "국회의원선거일"),
    ("2020-08-17", "임시공휴일"),
    ("2022-03-09", "대통령선거일"),
    ("2022-06-01", "지방선거일"),
    ("2023-10-02", "임시공휴일"),
    ("2024-04-10", "국회의원선거일"),
    ("2024-10-01", "임시공휴일"),
    ("2025-01-27", "임시공휴일"),
    ("2025-06-03", "대통령선거일"),
    ("2026-06-03", "지방선거일"),
];

/// The public holidays of a year, ascending, Sundays as such not among them. Empty for years that
/// are not known.
pub fn holidays(year: i16) -> Vec<Holiday> {
    if !YEARS.contains(&year) {
        return Vec::new();
    }
    let named = named(year);
    let mut all: Vec<Holiday> =
        named.iter().map(|(date, name, _)| Holiday { date: *date, name, substitute: false }).collect();
    let once = ONCE.iter().filter_map(|(date, name)| Some((date.parse::<Date>().ok()?, *name)));
    let once = once.filter(|(date, _)| date.year() == year);
    all.extend(once.map(|(date, name)| Holiday { date, name, substitute: false }));
    let taken = all.clone();
    // One day off is made up for once, however many holidays share it.
    let mut made_up = Vec::new();
    for (date, name, rule) in &named {
        let shares = taken.iter().filter(|other| other.date == *date).count() > 1;
        let lost = match rule {
            Substitute::None => false,
            Substitute::Sunday => date.weekday() == Weekday::Sunday || shares,
            Substitute::Weekend => matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) || shares,
        };
        if !lost || made_up.contains(date) {
            continue;
        }
        made_up.push(*date);
        if let Some(date) = next_working_day(*date, &all) {
            all.push(Holiday { date, name, substitute: true });
        }
    }
    all.retain(|holiday| holiday.date.year() == year);
    all.sort();
    all
}

/// The first day behind that is no holiday and not of a weekend.
fn next_working_day(date: Date, holidays: &[Holiday]) -> Option<Date> {
    let mut day = date;
    loop {
        day = day.tomorrow().ok()?;
        let free = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if !free && holidays.iter().all(|holiday| holiday.date != day) {
            return Some(day);
        }
    }
}

/// The holidays of every year, by the law of that year. Those of three days come with both others.
fn named(year: i16) -> Vec<(Date, &'static str, Substitute)> {
    let since = |first: i16, rule: Substitute| if year >= first { rule } else { Substitute::None };
    let mut named = Vec::new();
    let mut fixed = |month: i8, day: i8, name: &'static str, rule: Substitute| {
        named.extend(Date::new(year, month, day).ok().map(|date| (date, name, rule)));
    };
    // Two days until 1998.
    fixed(1, 1, "새해", Substitute::None);
    if year <= 1998 {
        fixed(1, 2, "새해", Substitute::None);
    }
    fixed(3, 1, "삼일절", since(2022, Substitute::Weekend));
    if year <= 2005 {
        fixed(4, 5, "식목일", Substitute::None);
    }
    fixed(5, 5, "어린이날", since(2014, Substitute::Weekend));
    fixed(6, 6, "현충일", Substitute::None);
    // Taken from the list in 2008, and back on it since 2026, together with 노동절.
    if year <= 2007 || year >= 2026 {
        fixed(7, 17, "제헌절", since(2026, Substitute::Weekend));
    }
    if year >= 2026 {
        fixed(5, 1, "노동절", Substitute::Weekend);
    }
    // The national days have substitutes since August 2021.
    fixed(8, 15, "광복절", since(2021, Substitute::Weekend));
    fixed(10, 3, "개천절", since(2021, Substitute::Weekend));
    if year >= 2013 {
        fixed(10, 9, "한글날", since(2021, Substitute::Weekend));
    }
    fixed(12, 25, "기독탄신일", since(2023, Substitute::Weekend));
    let mut lunar = |month: u8, day: u8, around: bool, name: &'static str, rule: Substitute| {
        let Some(date) = Anniversary::on(month, day).in_year(i32::from(year)) else { return };
        let days = if around {
            [date.yesterday().ok(), Some(date), date.tomorrow().ok()]
        } else {
            [None, Some(date), None]
        };
        named.extend(days.into_iter().flatten().map(|date| (date, name, rule)));
    };
    lunar(1, 1, true, "설날", since(2014, Substitute::Sunday));
    lunar(4, 8, false, "부처님오신날", since(2023, Substitute::Weekend));
    lunar(8, 15, true, "추석", since(2014, Substitute::Sunday));
    named.sort_by_key(|(date, ..)| *date);
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substitutes(year: i16) -> Vec<String> {
        holidays(year).iter().filter(|day| day.substitute).map(|day| day.date.to_string()).collect()
    }

    #[test]
    fn n07_substitutes_follow_the_law_of_their_year() {
        assert_eq!(substitutes(2013), [""; 0]);
        assert_eq!(substitutes(2014), ["2014-09-10"]);
        assert_eq!(substitutes(2017), ["2017-01-30", "2017-10-06"]);
        assert_eq!(substitutes(2021), ["2021-08-16", "2021-10-04", "2021-10-11"]);
        assert_eq!(substitutes(2023), ["2023-01-24", "2023-05-29"]);
        assert_eq!(substitutes(2025), ["2025-03-03", "2025-05-06", "2025-10-08"]);
    }

    #[test]
    fn n07_holidays_come_and_go_with_the_law() {
        let has = |year: i16, name: &str| holidays(year).iter().any(|day| day.name == name);
        assert!(has(2005, "식목일") && !has(2006, "식목일"));
        assert!(has(2007, "제헌절") && !has(2008, "제헌절") && has(2026, "제헌절"));
        assert!(!has(2012, "한글날") && has(2013, "한글날"));
        assert_eq!(holidays(2024).iter().filter(|day| day.name == "설날").count(), 4);
        assert!(holidays(1990).is_empty());
    }
}
