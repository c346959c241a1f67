//! Expands series from standard input, one per line, for comparison with other engines:
//! `{"start": "20260101T090000", "zone": "Asia/Seoul", "lines": ["RRULE:…"], "from": 0, "to": 0}`
//! (seconds of UTC) answers the starts as a JSON list of seconds, or `null` if it is refused.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool for the comparison script")]

use std::io::BufRead;

use madang_domain::calendar::{
    EventTime, Length, Recurrence, Window, Zone,
    recurrence::values::{Written, written},
};
use serde_json::Value;

fn main() {
    for line in std::io::stdin().lock().lines() {
        let series: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        println!("{}", expand(&series).unwrap_or_default());
    }
}

fn expand(series: &Value) -> Option<Value> {
    let start = match written(series["start"].as_str()?)? {
        Written::Date(date) => EventTime::Date(date),
        Written::Local(local) => EventTime::Zoned(local, Zone::parse(series["zone"].as_str()?).ok()?),
        Written::Utc(instant) => EventTime::at(instant, &Zone::utc()),
    };
    let lines: Vec<String> =
        series["lines"].as_array()?.iter().filter_map(|line| Some(line.as_str()?.to_owned())).collect();
    let window =
        Window { from: series["from"].as_i64()? * 1_000_000, to: series["to"].as_i64()? * 1_000_000 };
    let found = Recurrence::parse(&lines).ok()?.occurrences(&start, Length::default(), window);
    Some(found.instances.iter().map(|instance| instance.start / 1_000_000).collect())
}
