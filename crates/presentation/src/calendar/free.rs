//! Free time: when people are busy, and when they could meet.

use std::sync::Arc;

use madang_application::calendar::{
    FreeTimeService,
    free::{FreeSlots, PersonBusy},
};
use madang_domain::{
    calendar::{
        Window, Zone,
        free::{Hours, Slot, SlotSearch},
    },
    shared::{Timestamp, UserId, id::User},
};
use poem_openapi::{Object, OpenApi, types::Example};
use serde::Serialize;

use super::Tag;
use crate::http::{Answer, Auth, Form, Ident, Instant, Outcome, ZoneName};

/// Slots answered unless the question says how many.
const FEW: u32 = 20;

/// Whose times, and when.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct FreeBusyQuestion {
    /// The people, each answered in this order.
    #[oai(validator(min_items = 1, max_items = 1000))]
    pub user_ids: Vec<Ident<User>>,
    /// First instant of the range.
    pub from: Instant,
    /// First instant after the range, at most 62 days later.
    pub to: Instant,
}

/// When people are busy.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct FreeBusy {
    /// The people, in the order of the question.
    pub items: Vec<UserBusy>,
}

/// When one person is busy.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct UserBusy {
    /// Who.
    pub user_id: Ident<User>,
    /// Whether they share their times with the caller. `false` too if there is nobody of this id.
    pub known: bool,
    /// The busy times within the range, ascending; times that touch are one.
    pub busy: Vec<TimeSpan>,
}

/// A stretch of time.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct TimeSpan {
    /// When it begins.
    pub start: Instant,
    /// When it ends, exclusive.
    pub end: Instant,
}

/// Hours of the day.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DayHours {
    /// `HH:MM`
    #[oai(validator(min_length = 5, max_length = 5))]
    pub start: String,
    /// `HH:MM`, after the start; `24:00` is the end of the day.
    #[oai(validator(min_length = 5, max_length = 5))]
    pub end: String,
}

/// A search for a time at which people could meet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", example)]
pub struct FreeSlotsQuestion {
    /// The people who must be free.
    #[oai(validator(min_items = 1, max_items = 1000))]
    pub user_ids: Vec<Ident<User>>,
    /// First instant of the range.
    pub from: Instant,
    /// First instant after the range, at most 62 days later.
    pub to: Instant,
    /// How long they need, in minutes.
    #[oai(validator(minimum(value = "1"), maximum(value = "10080")))]
    pub duration_minutes: i64,
    /// The hours of the day a slot must lie in, on the clocks of `timeZone`; any unless given.
    pub between: Option<DayHours>,
    /// Whose clocks `between` is read on.
    pub time_zone: ZoneName,
    /// Where others of them are. Slots outside of `between` on these clocks come after all others.
    #[oai(validator(max_items = 20))]
    pub other_time_zones: Option<Vec<ZoneName>>,
    /// How many slots at most; 20 unless given.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    pub limit: Option<u32>,
}

/// The times at which all of them are free.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct FreeSlotList {
    /// Best first.
    pub items: Vec<FreeSlot>,
    /// Who was left out of account: they do not share their times with the caller, or there is
    /// nobody of this id.
    pub unknown_user_ids: Vec<Ident<User>>,
}

/// A time at which all of them are free.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct FreeSlot {
    /// When it begins.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// The zones of `otherTimeZones` in which it is outside of `between`.
    pub outside_hours_in: Vec<String>,
}

/// Operations on free time.
pub struct FreeTimeApi {
    free: Arc<FreeTimeService>,
}

impl FreeTimeApi {
    /// Wires it.
    pub fn new(free: Arc<FreeTimeService>) -> Self {
        Self { free }
    }
}

#[OpenApi(tag = "Tag::Events")]
impl FreeTimeApi {
    /// Ask when people are busy
    ///
    /// Only times, never what they are filled with. A person's times are those of their calendars
    /// that the caller is a member of, in whatever role. What they come to as guests belongs to their
    /// default calendar: where they have a seat, and where they accepted or perhaps come and do not wait
    /// for a seat. Tasks, cancelled events and events that do not block their time are not busy.
    ///
    /// Errors: `calendar.range_too_long`, `calendar.range_reversed`.
    #[oai(path = "/v1/free-busy", method = "post", operation_id = "findBusyTimes")]
    async fn busy(&self, Auth(caller): Auth, form: Form<FreeBusyQuestion>) -> Outcome<Answer<FreeBusy>> {
        let form = form.accept()?;
        let window = window(form.from, form.to);
        let people = self.free.busy(&caller, &users(form.user_ids), window).await?;
        Ok(Answer::new(FreeBusy { items: people.into_iter().map(UserBusy::from).collect() }))
    }

    /// Find a time at which people are free
    ///
    /// Slots begin on quarter hours and overlap nothing busy of anybody. They are ranked: those
    /// inside the hours of more zones first, then those that begin on the full hour, then on the half,
    /// then the earlier ones.
    ///
    /// Errors: `calendar.invalid_hours`, `calendar.range_too_long`, `calendar.range_reversed`.
    #[oai(path = "/v1/free-slots", method = "post", operation_id = "findFreeSlots")]
    async fn slots(
        &self,
        Auth(caller): Auth,
        form: Form<FreeSlotsQuestion>,
    ) -> Outcome<Answer<FreeSlotList>> {
        let mut hours = None;
        let form = form.accept_with(|errors, body| {
            let text = |name: &str| body.pointer(&format!("/between/{name}")).and_then(|text| text.as_str());
            if let (Some(start), Some(end)) = (text("start"), text("end")) {
                hours = Hours::parse(start, end).map_err(|refusal| errors.push(refusal.at("/between"))).ok();
            }
        })?;
        let zones = form.other_time_zones.unwrap_or_default();
        let search = SlotSearch {
            window: window(form.from, form.to),
            length: form.duration_minutes * 60_000_000,
            hours,
            zone: Zone::restore(&form.time_zone.0),
            other_zones: zones.iter().map(|zone| Zone::restore(&zone.0)).collect(),
        };
        let limit = form.limit.unwrap_or(FEW) as usize;
        let found = self.free.slots(&caller, &users(form.user_ids), search, limit).await?;
        Ok(Answer::new(slot_list(found, &zones)))
    }
}

/// A week from the day of the other examples on.
fn example_week() -> (Instant, Instant) {
    let from = 1_795_532_400_000_000;
    (instant(from), instant(from + 7 * 86_400_000_000))
}

fn example_user() -> Ident<User> {
    Ident(madang_domain::shared::Id::new(uuid::uuid!("019aa3f2-6c1e-7d4b-9a55-3f1d2c4b5a69")))
}

impl Example for FreeBusyQuestion {
    fn example() -> Self {
        let (from, to) = example_week();
        Self { user_ids: vec![example_user()], from, to }
    }
}

impl Example for FreeSlotsQuestion {
    fn example() -> Self {
        let (from, to) = example_week();
        Self {
            user_ids: vec![example_user()],
            from,
            to,
            duration_minutes: 60,
            between: Some(DayHours { start: "09:00".to_owned(), end: "18:00".to_owned() }),
            time_zone: ZoneName("Asia/Seoul".to_owned()),
            other_time_zones: Some(vec![ZoneName("Europe/London".to_owned())]),
            limit: Some(20),
        }
    }
}

fn users(ids: Vec<Ident<User>>) -> Vec<UserId> {
    ids.into_iter().map(|id| id.0).collect()
}

fn window(from: Instant, to: Instant) -> Window {
    Window { from: from.0.micros(), to: to.0.micros() }
}

fn instant(micros: i64) -> Instant {
    Timestamp::from_micros(micros).into()
}

fn slot_list(found: FreeSlots, zones: &[ZoneName]) -> FreeSlotList {
    let slot = |slot: Slot| FreeSlot {
        start: instant(slot.window.from),
        end: instant(slot.window.to),
        outside_hours_in: slot
            .outside
            .iter()
            .filter_map(|at| zones.get(*at))
            .map(|zone| zone.0.clone())
            .collect(),
    };
    FreeSlotList {
        items: found.slots.into_iter().map(slot).collect(),
        unknown_user_ids: found.unknown.into_iter().map(Ident::from).collect(),
    }
}

impl From<PersonBusy> for UserBusy {
    fn from(person: PersonBusy) -> Self {
        let span = |stretch: Window| TimeSpan { start: instant(stretch.from), end: instant(stretch.to) };
        Self {
            user_id: person.user.into(),
            known: person.known,
            busy: person.busy.into_iter().map(span).collect(),
        }
    }
}
