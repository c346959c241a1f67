//! Start and end as clients write them: `{"date"}` or `{"dateTime", "timeZone"}`.

use madang_domain::{
    calendar::{EventTime, Frame, GivenTime, Zone, errors},
    shared::{FieldError, Refusal, Timestamp},
};
use poem_openapi::Object;
use serde::Serialize;
use serde_json::Value;

/// A point of the calendar: a day, or a time.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct EventMoment {
    /// A whole day, `YYYY-MM-DD`. The end of an all-day event is the day after its last.
    #[oai(validator(max_length = 10))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// An instant (RFC 3339), answered in UTC with `Z`; or, without an offset, what clocks show in
    /// `timeZone`.
    #[oai(validator(max_length = 40))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_time: Option<String>,
    /// The IANA zone whose clocks the event follows when it repeats. Left out, it is the zone of the event
    /// that is changed, else that of the caller's preferences; null means wherever one is.
    #[oai(validator(max_length = 64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

impl From<&EventTime> for EventMoment {
    fn from(time: &EventTime) -> Self {
        let (date, date_time, time_zone) = match time {
            EventTime::Date(date) => (Some(date.to_string()), None, None),
            EventTime::Floating(local) => (None, Some(local.to_string()), None),
            EventTime::Zoned(_, zone) => {
                let instant = Timestamp::from_micros(time.micros());
                (None, Some(instant.to_string()), Some(zone.to_string()))
            }
        };
        Self { date, date_time, time_zone }
    }
}

/// What somebody says of the zone of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// That it has none.
    Nowhere,
    /// This one.
    In(Zone),
}

impl Said {
    /// What the member `timeZone` says.
    pub(super) fn by(value: &Value) -> Result<Self, Refusal> {
        match value.get("timeZone") {
            None => Ok(Self::Nothing),
            Some(Value::String(name)) => Zone::parse(name).map(Self::In),
            Some(_) => Ok(Self::Nowhere),
        }
    }

    fn complete(self, given: GivenTime) -> GivenTime {
        let utc = Zone::utc();
        match self {
            Self::Nothing => given,
            Self::Nowhere => GivenTime::Whole(given.beside(&Frame::Floating, &utc)),
            Self::In(zone) => GivenTime::Whole(given.beside(&Frame::Zoned(zone), &utc)),
        }
    }
}

/// Reads a moment of a body; `around` is what the body says of zones beside its moments.
pub(super) fn read(moment: &Value, pointer: &str, around: &Said) -> Result<GivenTime, FieldError> {
    let text = |name: &str| moment.get(name).and_then(Value::as_str);
    let own = Said::by(moment).map_err(|refusal| refusal.at(format!("{pointer}/timeZone")))?;
    let said = if own == Said::Nothing { around.clone() } else { own };
    match (text("date"), text("dateTime")) {
        (Some(date), None) => {
            let date =
                EventTime::date_of(date).ok_or_else(|| errors::INVALID_TIME.at(format!("{pointer}/date")))?;
            Ok(GivenTime::Whole(EventTime::Date(date)))
        }
        (None, Some(time)) => EventTime::time_of(time)
            .map(|given| said.complete(given))
            .ok_or_else(|| errors::INVALID_TIME.at(format!("{pointer}/dateTime"))),
        _ => Err(errors::INVALID_TIME.at(pointer)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(moment: Value) -> Value {
        let read = read(&moment, "/start", &Said::Nothing).expect("a moment");
        let time = read.beside(&Frame::Date, &Zone::restore("Asia/Seoul"));
        serde_json::to_value(EventMoment::from(&time)).expect("JSON")
    }

    #[test]
    fn every_way_to_write_a_time() {
        let seoul = json!({ "dateTime": "2026-11-21T11:00:00Z", "timeZone": "Asia/Seoul" });
        assert_eq!(shown(seoul.clone()), seoul);
        assert_eq!(
            shown(json!({ "dateTime": "2026-11-21T20:00:00+09:00", "timeZone": "Asia/Seoul" })),
            seoul
        );
        assert_eq!(shown(json!({ "dateTime": "2026-11-21T20:00:00", "timeZone": "Asia/Seoul" })), seoul);
        assert_eq!(
            shown(json!({ "dateTime": "2026-11-21T11:00:00.5Z", "timeZone": null })),
            json!({ "dateTime": "2026-11-21T11:00:00Z", "timeZone": "UTC" })
        );
        assert_eq!(
            shown(json!({ "dateTime": "2026-11-21T20:00", "timeZone": null })),
            json!({ "dateTime": "2026-11-21T20:00:00" })
        );
        assert_eq!(shown(json!({ "dateTime": "2026-11-21T20:00:00.5+09:00" })), seoul);
        assert_eq!(shown(json!({ "dateTime": "2026-11-21T20:00" })), seoul);
        assert_eq!(shown(json!({ "date": "2026-11-21" })), json!({ "date": "2026-11-21" }));
    }

    #[test]
    fn the_second_of_two_equal_hours_is_kept_as_an_instant() {
        let second = json!({ "dateTime": "2026-11-01T06:30:00Z", "timeZone": "America/New_York" });
        assert_eq!(shown(second), json!({ "dateTime": "2026-11-01T06:30:00Z", "timeZone": "UTC" }));
    }

    #[test]
    fn what_is_no_time_is_refused_where_it_stands() {
        for (moment, pointer) in [
            (json!({}), "/start"),
            (json!({ "date": "2026-11-21", "dateTime": "2026-11-21T20:00:00Z" }), "/start"),
            (json!({ "date": "2026-02-30" }), "/start/date"),
            (json!({ "dateTime": "2026-11-21" }), "/start/dateTime"),
            (json!({ "dateTime": "2026-11-21T20:00:00+99:00" }), "/start/dateTime"),
            (json!({ "dateTime": "2026-01-01T10:00:00+25:00" }), "/start/dateTime"),
            (json!({ "dateTime": "2026-01-01T10:00:00-24:00" }), "/start/dateTime"),
            (json!({ "dateTime": "tomorrow" }), "/start/dateTime"),
            (json!({ "dateTime": "2026-11-21T20:00:00Z", "timeZone": "Korea/Busan" }), "/start/timeZone"),
        ] {
            let refused = read(&moment, "/start", &Said::Nothing).expect_err("refused");
            assert_eq!(refused.pointer, pointer, "{moment}");
        }
    }
}
