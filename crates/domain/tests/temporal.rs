//! N01: the same starts as an engine nobody here wrote, `rrule-temporal` (npm), but for the differences
//! that `docs/recurrence.md` explains.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use jiff::civil::{DateTime, date};
use madang_domain::{
    calendar::{EventTime, Length, Recurrence, Window, Zone, recurrence::values::write_local, time::DAY},
    shared::Timestamp,
};
use serde_json::{Value, json};

/// How many rules are drawn.
const RULES: usize = 1_500;

const ZONES: [&str; 5] =
    ["Asia/Seoul", "America/New_York", "Europe/London", "America/Los_Angeles", "Australia/Sydney"];
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Draws the same numbers every time (SplitMix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `end`.
    fn below(&mut self, end: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(end).expect("positive")).expect("small")
    }

    fn percent(&mut self, share: i64) -> bool {
        self.below(100) < share
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(i64::try_from(of.len()).expect("short"))).expect("small")]
    }

    /// Up to `most` numbers from `-end` to `end`, without 0; from 1 if not `negative`.
    fn numbers(&mut self, end: i64, most: i64, negative: bool) -> String {
        let count = 1 + self.below(most);
        let mut found: Vec<i64> = (0..count).map(|_| 1 + self.below(end)).collect();
        if negative {
            found.iter_mut().for_each(|number| *number *= if self.percent(50) { 1 } else { -1 });
        }
        found.sort_unstable();
        found.dedup();
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    fn days(&mut self, numbered: bool) -> String {
        let mut found: Vec<usize> =
            (0..=self.below(4)).map(|_| usize::try_from(self.below(7)).expect("small")).collect();
        found.sort_unstable();
        found.dedup();
        let number = |draw: &mut Self| if numbered { draw.one(&["1", "2", "-1", "-2", "3"]) } else { "" };
        let found: Vec<String> =
            found.into_iter().map(|day| format!("{}{}", number(self), DAYS[day])).collect();
        found.join(",")
    }

    fn rule(&mut self, start: &EventTime) -> String {
        let freq = self.one(&["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
        let mut parts = vec![format!("FREQ={freq}")];
        if self.percent(50) {
            parts.push(format!("INTERVAL={}", 1 + self.below(4)));
        }
        if self.percent(40) {
            parts.push(format!("BYMONTH={}", self.numbers(12, 4, false)));
        }
        let mut by_week = false;
        if matches!(freq, "MONTHLY" | "YEARLY") && self.percent(35) {
            parts.push(format!("BYMONTHDAY={}", self.numbers(31, 4, true)));
        } else if freq == "YEARLY" && self.percent(25) {
            parts.push(format!("BYYEARDAY={}", self.numbers(366, 4, true)));
        } else if freq == "YEARLY" && self.percent(25) {
            by_week = true;
            parts.push(format!("BYWEEKNO={}", self.numbers(53, 3, true)));
        }
        if self.percent(50) {
            let numbered = (freq == "MONTHLY" || freq == "YEARLY" && !by_week) && self.percent(50);
            parts.push(format!("BYDAY={}", self.days(numbered)));
        }
        if self.percent(15) {
            parts.push(format!("BYHOUR={}", self.below(24)));
        }
        if self.percent(20) && parts.iter().any(|part| part.starts_with("BY")) {
            parts.push(format!("BYSETPOS={}", self.numbers(3, 2, true)));
        }
        if self.percent(20) {
            parts.push(format!("WKST={}", self.one(&DAYS)));
        }
        match self.below(10) {
            0..=3 => parts.push(format!("COUNT={}", 1 + self.below(40))),
            4..=6 => {
                let until = start.micros() + (1 + self.below(1_200)) * DAY + self.below(24) * DAY / 24;
                let local = Zone::utc().local(Timestamp::from_micros(until));
                parts.push(format!("UNTIL={}Z", write_local(local)));
            }
            _ => {}
        }
        format!("RRULE:{}", parts.join(";"))
    }
}

struct Case {
    line: Value,
    rule: String,
    zone: Zone,
    first: i64,
    ours: Option<Vec<i64>>,
}

fn cases() -> Vec<Case> {
    let mut draw = Draw(1);
    let mut cases = Vec::new();
    for _ in 0..RULES {
        let days = jiff::Span::new().days(draw.below(700)).minutes(15 * draw.below(96));
        let local: DateTime = date(2024, 1, 1).at(0, 0, 0, 0).checked_add(days).expect("a time");
        let name = draw.one(&ZONES);
        let zone = Zone::parse(name).expect("a zone");
        let start = EventTime::Zoned(local, zone.clone());
        let rule = draw.rule(&start);
        // From before the start, or into the middle of the series.
        let ahead = if draw.percent(67) { -10 } else { draw.below(2_000) };
        let from = start.micros() + ahead * DAY;
        let window = Window { from, to: from + (30 + draw.below(1_470)) * DAY };
        let parsed = Recurrence::parse(std::slice::from_ref(&rule));
        let ours = parsed.ok().map(|recurrence| {
            let found = recurrence.occurrences(&start, Length::default(), window).instances;
            found.iter().map(|instance| instance.start / 1_000_000).collect()
        });
        let line = json!({ "start": write_local(local), "zone": name, "lines": [&rule],
            "from": window.from / 1_000_000, "to": window.to / 1_000_000 });
        cases.push(Case { line, rule, zone, first: start.micros() / 1_000_000, ours });
    }
    cases
}

/// Whether clocks never showed the hour before this moment: it stands in for one that was skipped.
fn after_gap(seconds: i64, zone: &Zone) -> bool {
    let local = zone.local(Timestamp::from_micros(seconds * 1_000_000));
    let wall = local.checked_sub(jiff::Span::new().hours(1)).expect("a time");
    zone.instant(wall).is_none_or(|instant| zone.local(instant) != wall)
}

/// The row of the table that explains a difference.
fn explained(case: &Case, theirs: &[i64]) -> Option<&'static str> {
    let ours = case.ours.as_deref()?;
    let only_here: Vec<i64> = ours.iter().copied().filter(|at| !theirs.contains(at)).collect();
    let only_there: Vec<i64> = theirs.iter().copied().filter(|at| !ours.contains(at)).collect();
    let has = |part: &str| case.rule.contains(part);
    let by_day = case.rule.split(';').find(|part| part.starts_with("BYDAY=")).unwrap_or_default();
    if only_here.iter().any(|at| after_gap(*at, &case.zone)) {
        // What is left out is not counted there, so that a series that counts goes on for longer.
        Some("skipped")
    } else if by_day.contains(|c: char| c.is_ascii_digit()) && (has("BYMONTHDAY") || has("BYYEARDAY")) {
        Some("numbered days")
    } else if !by_day.is_empty() && has("BYYEARDAY") {
        Some("days of the year")
    } else if only_there.is_empty() && only_here == [case.first] {
        Some("start")
    } else if has("BYWEEKNO") && by_day.is_empty() && only_here.len() == only_there.len() {
        Some("weekday of the start")
    } else if has("BYSETPOS") && !has("BYWEEKNO") {
        // What is cut off shifts the count, so that all of a counted series may differ.
        Some("first period")
    } else if has("BYWEEKNO") && (has("BYMONTH") || has("BYSETPOS")) {
        Some("weeks")
    } else {
        None
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests have no `Config`")]
fn n01_starts_are_those_of_another_engine() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let node = Command::new("node").arg("--version").output().is_ok_and(|out| out.status.success());
    if !node || !root.join("target/oracle-npm/complete").exists() {
        let required = std::env::var("REQUIRE_TEMPORAL").as_deref() == Ok("1");
        assert!(!required, "REQUIRE_TEMPORAL=1, but there is no rrule-temporal, or no node");
        eprintln!("skipped: no rrule-temporal (scripts/fetch-rrule-temporal.sh fetches it), or no node");
        return;
    }
    let cases = cases();
    let mut engine = Command::new("node")
        .arg("scripts/oracle-temporal.mjs")
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node can be started");
    let mut input = engine.stdin.take().expect("its input is piped");
    let lines: String = cases.iter().map(|case| format!("{}\n", case.line)).collect();
    // From a thread: its answers fill a pipe of their own.
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).expect("node reads"));
    let output = engine.wait_with_output().expect("node ends");
    writer.join().expect("all is written");
    let answers = String::from_utf8(output.stdout).expect("UTF-8");
    let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), RULES);
    let (mut same, mut kinds, mut strange) = (0, BTreeMap::new(), Vec::new());
    for (case, answer) in cases.iter().zip(answers) {
        let theirs: Option<Vec<i64>> =
            answer.as_array().map(|all| all.iter().filter_map(Value::as_i64).collect());
        if theirs == case.ours {
            same += 1;
            continue;
        }
        match theirs.as_deref().and_then(|theirs| explained(case, theirs)) {
            Some(kind) => *kinds.entry(kind).or_insert(0) += 1,
            None => strange.push((&case.line, &case.ours, theirs)),
        }
    }
    eprintln!("{same} of {RULES} the same, and {kinds:?}");
    assert!(strange.is_empty(), "{} unexplained: {strange:?}", strange.len());
    assert!(same * 100 >= RULES * 95, "{same} of {RULES} are the same: {kinds:?}");
}
