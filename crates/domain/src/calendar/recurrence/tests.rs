//! The vectors of RFC 5545, the table of clock changes, and properties of every rule.

use proptest::prelude::*;

use super::*;
use crate::calendar::{Frame, Zone};
use crate::shared::Timestamp;

fn start(text: &str, zone: &str) -> EventTime {
    match values::written(text).unwrap() {
        values::Written::Date(date) => EventTime::Date(date),
        values::Written::Local(local) if zone.is_empty() => EventTime::Floating(local),
        values::Written::Local(local) => EventTime::Zoned(local, Zone::parse(zone).unwrap()),
        values::Written::Utc(instant) => EventTime::at(instant, &Zone::utc()),
    }
}

fn recurrence(lines: &[&str]) -> Recurrence {
    Recurrence::parse(&lines.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
}

/// The first `most` starts as local text.
fn locals(start: &EventTime, lines: &[&str], most: usize) -> Vec<String> {
    let frame = start.frame();
    let days = 400 * 12;
    let window = Window { from: i64::MIN, to: start.micros() + days * DAY };
    let expansion = recurrence(lines).occurrences(start, Length::default(), window);
    let starts = expansion.instances.iter().take(most);
    starts.map(|instance| values::write_local(frame.civil(instance.start))).collect()
}

/// All starts as instants, seen from UTC.
fn instants(start: &EventTime, lines: &[&str], from: &str, to: &str) -> Vec<String> {
    let window = Window {
        from: from.parse::<Timestamp>().unwrap().micros(),
        to: to.parse::<Timestamp>().unwrap().micros(),
    };
    let expansion = recurrence(lines).occurrences(start, Length::default(), window);
    assert!(!expansion.truncated);
    expansion.instances.iter().map(|instance| Timestamp::from_micros(instance.start).to_string()).collect()
}

fn days(start: &EventTime, lines: &[&str], most: usize) -> Vec<String> {
    locals(start, lines, most).into_iter().map(|text| text[..8].to_owned()).collect()
}

const NEW_YORK: &str = "America/New_York";

#[test]
fn clock_table_seoul_until_at_the_end_of_the_local_day() {
    let start = start("20260301T200000", "Asia/Seoul");
    assert_eq!(
        days(&start, &["RRULE:FREQ=DAILY;UNTIL=20260303T145959Z"], 9),
        ["20260301", "20260302", "20260303"]
    );
}

#[test]
fn clock_table_seoul_until_on_the_eve_of_the_last_day() {
    let start = start("20260301T080000", "Asia/Seoul");
    assert_eq!(
        days(&start, &["RRULE:FREQ=DAILY;UNTIL=20260303T230000Z"], 9),
        ["20260301", "20260302", "20260303", "20260304"]
    );
}

#[test]
fn clock_table_los_angeles_until_gains_no_day() {
    let start = start("20260105T070000", "America/Los_Angeles");
    assert_eq!(
        days(&start, &["RRULE:FREQ=DAILY;UNTIL=20260108T075959Z"], 9),
        ["20260105", "20260106", "20260107"]
    );
}

#[test]
fn clock_table_new_york_spring_gap_moves_forward() {
    let start = start("20260307T023000", NEW_YORK);
    assert_eq!(
        instants(&start, &["RRULE:FREQ=DAILY;COUNT=3"], "2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z"),
        ["2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"]
    );
}

#[test]
fn times_that_a_clock_change_puts_onto_others_are_counted_once() {
    let start = start("20260307T020000", NEW_YORK);
    let found = instants(
        &start,
        &["RRULE:FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;COUNT=10"],
        "2026-03-08T00:00:00Z",
        "2026-03-20T00:00:00Z",
    );
    // Two at half past two and two at half past three are two; four more follow the day after.
    let expected = ["08T07:00", "08T07:30", "09T06:00", "09T06:30", "09T07:00", "09T07:30"];
    assert_eq!(found, expected.map(|time| format!("2026-03-{time}:00Z")));
}

#[test]
fn clock_table_new_york_autumn_fold_is_the_first_one() {
    let start = start("20261031T013000", NEW_YORK);
    assert_eq!(
        instants(&start, &["RRULE:FREQ=DAILY;COUNT=3"], "2026-10-01T00:00:00Z", "2026-11-20T00:00:00Z"),
        ["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
    );
}

#[test]
fn clock_table_london_hourly_in_spring_is_eight_distinct_hours() {
    let start = start("20260328T220000", "Europe/London");
    let found =
        instants(&start, &["RRULE:FREQ=HOURLY;COUNT=8"], "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z");
    let hours = ["28T22", "28T23", "29T00", "29T01", "29T02", "29T03", "29T04", "29T05"];
    assert_eq!(found, hours.map(|hour| format!("2026-03-{hour}:00:00Z")));
}

#[test]
fn clock_table_london_hourly_in_autumn_has_both_one_o_clocks() {
    let start = start("20261024T230000", "Europe/London");
    assert_eq!(
        instants(&start, &["RRULE:FREQ=HOURLY;COUNT=4"], "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z"),
        ["2026-10-24T22:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]
    );
    assert_eq!(
        locals(&start, &["RRULE:FREQ=HOURLY;COUNT=4"], 9)[2..],
        ["20261025T010000".to_owned(), "20261025T010000".to_owned()]
    );
}

#[test]
fn clock_table_seoul_1988_summer_time_gap_moves_forward() {
    // Clocks went from 02:00 to 03:00 on 8 May 1988.
    let start = start("19880507T023000", "Asia/Seoul");
    assert_eq!(
        instants(&start, &["RRULE:FREQ=DAILY;COUNT=3"], "1988-05-01T00:00:00Z", "1988-05-20T00:00:00Z"),
        ["1988-05-06T17:30:00Z", "1988-05-07T17:30:00Z", "1988-05-08T16:30:00Z"]
    );
}

#[test]
fn clock_table_apia_skips_the_day_that_never_was() {
    let start = start("20111228T090000", "Pacific/Apia");
    assert_eq!(
        instants(
            &start,
            &["RRULE:FREQ=DAILY;UNTIL=20120101T190000Z"],
            "2011-12-01T00:00:00Z",
            "2012-02-01T00:00:00Z"
        ),
        [
            "2011-12-28T19:00:00Z",
            "2011-12-29T19:00:00Z",
            "2011-12-30T19:00:00Z",
            "2011-12-31T19:00:00Z",
            "2012-01-01T19:00:00Z"
        ]
    );
    assert_eq!(
        days(&start, &["RRULE:FREQ=DAILY;COUNT=4"], 9),
        ["20111228", "20111229", "20111231", "20120101"]
    );
}

#[test]
fn clock_table_all_day_until_is_inclusive() {
    let start = start("20260301", "");
    assert_eq!(days(&start, &["RRULE:FREQ=DAILY;UNTIL=20260303"], 9), ["20260301", "20260302", "20260303"]);
}

#[test]
fn a_time_zone_seen_from_before_and_after_its_own_change_stays_on_the_clock() {
    let start = start("20261029T090000", NEW_YORK);
    assert_eq!(
        instants(&start, &["RRULE:FREQ=WEEKLY;COUNT=2"], "2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ["2026-10-29T13:00:00Z", "2026-11-05T14:00:00Z"]
    );
}

/// RFC 5545 3.8.5.3, each with DTSTART;TZID=America/New_York unless told otherwise.
#[test]
fn rfc_5545_examples() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("19970902T090000", "FREQ=WEEKLY;COUNT=4", &["19970902", "19970909", "19970916", "19970923"]),
        (
            "19970902T090000",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            &["19970902", "19970904", "19970916", "19970918", "19970930", "19971002", "19971014", "19971016"],
        ),
        (
            "19970805T090000",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            &["19970805", "19970810", "19970819", "19970824"],
        ),
        (
            "19970805T090000",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            &["19970805", "19970817", "19970819", "19970831"],
        ),
        (
            "19970905T090000",
            "FREQ=MONTHLY;COUNT=4;BYDAY=1FR",
            &["19970905", "19971003", "19971107", "19971205"],
        ),
        (
            "19970907T090000",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU",
            &["19970907", "19970928", "19971102", "19971130", "19980104", "19980125"],
        ),
        (
            "19970922T090000",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            &["19970922", "19971020", "19971117", "19971222", "19980119", "19980216"],
        ),
        (
            "19970928T090000",
            "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=6",
            &["19970928", "19971029", "19971128", "19971229", "19980129", "19980226"],
        ),
        (
            "19970902T090000",
            "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15",
            &["19970902", "19970915", "19971002", "19971015"],
        ),
        (
            "19970610T090000",
            "FREQ=YEARLY;COUNT=4;BYMONTH=6,7",
            &["19970610", "19970710", "19980610", "19980710"],
        ),
        (
            "19970310T090000",
            "FREQ=YEARLY;INTERVAL=2;COUNT=4;BYMONTH=1,2,3",
            &["19970310", "19990110", "19990210", "19990310"],
        ),
        (
            "19970101T090000",
            "FREQ=YEARLY;INTERVAL=3;COUNT=5;BYYEARDAY=1,100,200",
            &["19970101", "19970410", "19970719", "20000101", "20000409"],
        ),
        ("19970519T090000", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", &["19970519", "19980518", "19990517"]),
        (
            "19970512T090000",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3",
            &["19970512", "19980511", "19990517"],
        ),
        ("19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;COUNT=3", &["19970512", "19980511", "19990517"]),
        (
            "19970313T090000",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=5",
            &["19970313", "19970320", "19970327", "19980305", "19980312"],
        ),
        (
            "19970213T090000",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4",
            &["19970213", "19970613", "19980213", "19980313"],
        ),
        (
            "19970913T090000",
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=4",
            &["19970913", "19971011", "19971108", "19971213"],
        ),
        (
            "19961105T090000",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
            &["19961105", "20001107", "20041102"],
        ),
        (
            "19970904T090000",
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            &["19970904", "19971007", "19971106"],
        ),
        (
            "19970929T090000",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4",
            &["19970929", "19971030", "19971127", "19971230"],
        ),
        (
            "20070115T090000",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            &["20070115", "20070130", "20070215", "20070315", "20070330"],
        ),
        ("20260131T090000", "FREQ=MONTHLY;COUNT=4", &["20260131", "20260331", "20260531", "20260731"]),
        ("20240229T090000", "FREQ=YEARLY;COUNT=3", &["20240229", "20280229", "20320229"]),
        (
            "20260131T090000",
            "FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=BACKWARD;COUNT=3",
            &["20260131", "20260228", "20260331"],
        ),
        (
            "20260131T090000",
            "FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=FORWARD;COUNT=3",
            &["20260131", "20260301", "20260331"],
        ),
    ];
    for (text, rule, expected) in cases {
        let start = start(text, NEW_YORK);
        assert_eq!(days(&start, &[&format!("RRULE:{rule}")], expected.len()), *expected, "{rule}");
    }
}

#[test]
fn rfc_5545_examples_within_a_day() {
    let at = |text| start(text, NEW_YORK);
    assert_eq!(
        locals(&at("19970902T090000"), &["RRULE:FREQ=MINUTELY;INTERVAL=90;COUNT=4"], 9),
        ["19970902T090000", "19970902T103000", "19970902T120000", "19970902T133000"]
    );
    assert_eq!(
        locals(&at("19970902T090000"), &["RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z"], 9),
        ["19970902T090000", "19970902T120000"]
    );
    let daily = locals(&at("19970902T090000"), &["RRULE:FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40;COUNT=8"], 9);
    let minutely =
        locals(&at("19970902T090000"), &["RRULE:FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;COUNT=8"], 9);
    assert_eq!(daily, minutely);
    assert_eq!(daily.last().unwrap(), "19970903T092000");
}

#[test]
fn the_first_partial_week_is_counted_whole_by_setpos() {
    // Thursday; the second of {Mo, Th} of each week is Thursday, also in the first.
    let start = start("20260101T090000", "");
    assert_eq!(
        days(&start, &["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;BYSETPOS=2;COUNT=3"], 9),
        ["20260101", "20260108", "20260115"]
    );
}

#[test]
fn exdate_wins_over_rdate_and_may_remove_the_first() {
    let at = start("20260101T200000", "Asia/Seoul");
    let lines = [
        "RRULE:FREQ=DAILY;COUNT=3",
        "RDATE;TZID=Asia/Seoul:20260110T200000,20260111T200000",
        "EXDATE:20260101T110000Z,20260111T110000Z",
    ];
    assert_eq!(days(&at, &lines, 9), ["20260102", "20260103", "20260110"]);
}

#[test]
fn a_period_brings_its_own_length() {
    let at = start("20260101T100000Z", "");
    let recurrence = recurrence(&["RDATE;VALUE=PERIOD:20260102T100000Z/PT3H"]);
    let hour = Length { days: 0, micros: 3_600_000_000 };
    let found = recurrence.occurrences(&at, hour, Window::ALWAYS).instances;
    assert_eq!(found.iter().map(|i| (i.end - i.start) / 3_600_000_000).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn an_endless_series_is_found_in_any_year() {
    let at = start("19500101T090000", "Asia/Seoul");
    assert_eq!(
        instants(&at, &["RRULE:FREQ=DAILY"], "9000-06-01T00:00:00Z", "9000-06-02T00:00:00Z"),
        ["9000-06-01T00:00:00Z"]
    );
    assert_eq!(
        instants(&at, &["RRULE:FREQ=SECONDLY;INTERVAL=3600"], "2500-06-01T00:00:00Z", "2500-06-01T02:00:00Z")
            .len(),
        2
    );
}

#[test]
fn bombs_are_refused_quickly() {
    let began = std::time::Instant::now();
    let at = start("20260101T090000", "Asia/Seoul");
    let parse = |line: &str| Recurrence::parse(&[line.to_owned()]);
    for line in ["RRULE:FREQ=DAILY;COUNT=1000000000", "RRULE:FREQ=DAILY;COUNT=99999999999999999999"] {
        assert!(parse(line).is_err(), "{line}");
    }
    for line in [
        "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=MINUTELY",
        "RRULE:FREQ=SECONDLY;BYMONTH=6",
        "RRULE:FREQ=SECONDLY;COUNT=100000",
        "RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
    ] {
        let refused = parse(line).map(|recurrence| recurrence.check_density(&at).is_err()).unwrap_or(true);
        assert!(refused, "{line}");
    }
    for line in ["RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"] {
        let expansion = parse(line).unwrap().occurrences(&at, Length::default(), Window::ALWAYS);
        assert_eq!(expansion.instances.len(), 1, "{line}");
    }
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn what_is_not_a_recurrence_is_refused_with_its_line() {
    let lines = [
        "RRULE:FREQ=WEEKLY",
        "RRULE:FREQ=SOMETIMES",
        "RRULE:FREQ=DAILY;COUNT=1;UNTIL=20260101",
        "EXDATE:never",
    ];
    let errors = Recurrence::parse(&lines.map(str::to_owned)).unwrap_err();
    assert_eq!(
        errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(),
        ["/recurrence/1", "/recurrence/2", "/recurrence/3"]
    );
}

fn any_rule() -> impl Strategy<Value = String> {
    let byday = prop_oneof![Just(""), Just(";BYDAY=MO"), Just(";BYDAY=TU,SU"), Just(";BYDAY=MO,TU,WE,TH,FR")];
    let freq = prop_oneof![Just("DAILY"), Just("WEEKLY"), Just("MONTHLY"), Just("YEARLY"), Just("HOURLY")];
    let month = prop_oneof![3 => Just(""), 1 => Just(";BYMONTH=2,7"), 1 => Just(";BYMONTH=12")];
    let hours = prop_oneof![3 => Just(""), 1 => Just(";BYHOUR=2,9")];
    let setpos = prop_oneof![3 => Just(""), 1 => Just(";BYSETPOS=1,-1")];
    (freq, 1..5u32, byday, month, hours, setpos).prop_map(|(freq, interval, day, month, hours, setpos)| {
        let setpos = if day.is_empty() && month.is_empty() && hours.is_empty() { "" } else { setpos };
        format!("FREQ={freq};INTERVAL={interval}{day}{month}{hours}{setpos}")
    })
}

proptest! {
    /// Seeking into the middle finds what walking from the beginning finds.
    #[test]
    fn a_window_is_a_cut_of_the_whole(rule in any_rule(), day in 0..2_000i64, length in 1..60i64, zone in 0..4usize) {
        let zone = ["", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe"][zone];
        let at = start("20240115T023000", zone);
        let whole = Window { from: at.micros(), to: at.micros() + 2_100 * DAY };
        let window = Window { from: at.micros() + day * DAY, to: at.micros() + (day + length) * DAY };
        let recurrence = recurrence(&[&format!("RRULE:{rule}")]);
        let budget = Budget::new(10_000_000, 10_000_000);
        let all = recurrence.occurrences_within(&at, Length::default(), whole, budget).instances;
        let cut = recurrence.occurrences_within(&at, Length::default(), window, budget).instances;
        let expected: Vec<_> = all.into_iter().filter(|i| window.overlaps(i.start, i.end)).collect();
        prop_assert_eq!(cut, expected);
    }

    /// COUNT is a prefix of the endless series, and UNTIL at its last instant is the same.
    #[test]
    fn count_and_until_are_prefixes(rule in any_rule(), count in 1..40usize) {
        let at = start("20240115T023000", "Europe/Berlin");
        let window = Window { from: at.micros(), to: at.micros() + 400 * 50 * DAY };
        let budget = Budget::new(1_000_000, 1_000_000);
        let endless = recurrence(&[&format!("RRULE:{rule}")]).occurrences_within(&at, Length::default(), Window { to: at.micros() + 4_000 * DAY, ..window }, budget).instances;
        let counted = recurrence(&[&format!("RRULE:{rule};COUNT={count}")]).occurrences_within(&at, Length::default(), window, budget).instances;
        let prefix = endless.len().min(count);
        prop_assert_eq!(&counted[..prefix.min(counted.len())], &endless[..prefix]);
        if prefix == count {
            let last = Frame::Zoned(Zone::utc()).civil(counted[count - 1].start);
            let until = format!("RRULE:{rule};UNTIL={}Z", values::write_local(last));
            let until = recurrence(&[&until]).occurrences_within(&at, Length::default(), window, budget).instances;
            prop_assert_eq!(until, counted);
        }
    }

    /// No text makes the parser panic, and what it accepts expands within its bounds.
    #[test]
    fn any_text_is_parsed_or_refused(text in "(FREQ=(DAILY|WEEKLY|YEARLY|MONTHLY|HOURLY|SECONDLY);)?[A-Z0-9=;,+:TZ-]{0,60}") {
        if let Ok(recurrence) = Recurrence::parse(&[format!("RRULE:{text}")]) {
            let at = start("20240229T233000", "America/Sao_Paulo");
            let window = Window { from: at.micros(), to: at.micros() + 40 * DAY };
            let _ = recurrence.occurrences_within(&at, Length::default(), window, Budget::new(5_000, 500));
        }
    }
}
