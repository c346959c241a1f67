//! Calendars and events, written.

use async_trait::async_trait;
use madang_application::{calendar::ports::CalendarRepository, shared::Tx};
use madang_domain::{
    calendar::{
        Calendar, CalendarName, Color, Description, Event, Materialised, MemberRole, Override, Uid, Zone,
    },
    shared::{Id, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use std::collections::HashMap;
use uuid::Uuid;

use super::{
    bulk::placeholders,
    rows::{EVENT, EventRow, OVERRIDE, OverrideRow, TextRow},
    saving,
};
use crate::sql::{SqlStore, dialect, execute, row, rows};

#[derive(FromQueryResult)]
struct CalendarRow {
    id: Uuid,
    owner_id: Uuid,
    default_of: Option<Uuid>,
    name: String,
    description: String,
    color: String,
    time_zone: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    my_role: Option<String>,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct CountRow {
    count: i64,
}

#[async_trait]
impl CalendarRepository for SqlStore {
    async fn insert_calendar(&self, tx: &mut Tx, calendar: &Calendar) -> anyhow::Result<bool> {
        let default_of = calendar.is_default.then(|| calendar.owner.uuid());
        let text = "INSERT INTO calendars (id, owner_id, default_of, name, description, color, time_zone, rev, \
                    version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10) \
                    ON CONFLICT (default_of) DO NOTHING";
        let values: [Value; 10] = [
            calendar.id.uuid().into(),
            calendar.owner.uuid().into(),
            default_of.into(),
            calendar.name.as_str().into(),
            calendar.description.as_str().into(),
            calendar.color.as_str().into(),
            calendar.zone.name().into(),
            calendar.version.into(),
            calendar.created_at.micros().into(),
            calendar.updated_at.micros().into(),
        ];
        if execute(tx, text, values).await? == 0 {
            return Ok(false);
        }
        let text = "INSERT INTO calendar_members (calendar_id, user_id, role, created_at, sort_key) VALUES ($1, $2, $3, $4, $4)";
        let values: [Value; 4] = [
            calendar.id.uuid().into(),
            calendar.owner.uuid().into(),
            MemberRole::Owner.name().into(),
            calendar.created_at.micros().into(),
        ];
        execute(tx, text, values).await?;
        Ok(true)
    }

    async fn insert_system_calendar(&self, tx: &mut Tx, calendar: &Calendar) -> anyhow::Result<()> {
        // Version 0: its events are still to be written.
        let text = "INSERT INTO calendars (id, owner_id, default_of, name, description, color, time_zone, rev, \
                    version, created_at, updated_at) VALUES ($1, $2, NULL, $3, $4, $5, $6, 0, 0, $7, $7) \
                    ON CONFLICT (id) DO NOTHING";
        let values: [Value; 7] = [
            calendar.id.uuid().into(),
            calendar.owner.uuid().into(),
            calendar.name.as_str().into(),
            calendar.description.as_str().into(),
            calendar.color.as_str().into(),
            calendar.zone.name().into(),
            calendar.created_at.micros().into(),
        ];
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn event_ids(&self, tx: &mut Tx, calendar: Id<Calendar>) -> anyhow::Result<Vec<Id<Event>>> {
        let text = "SELECT id FROM calendar_objects WHERE calendar_id = $1 ORDER BY id";
        let found: Vec<IdRow> = rows(tx, text, [calendar.uuid().into()]).await?;
        Ok(found.into_iter().map(|row| Id::new(row.id)).collect())
    }

    async fn lock_calendar(
        &self,
        tx: &mut Tx,
        id: Id<Calendar>,
        user: UserId,
    ) -> anyhow::Result<Option<(Calendar, Option<MemberRole>)>> {
        let text = format!(
            "SELECT c.id, c.owner_id, c.default_of, c.name, c.description, c.color, c.time_zone, c.version, \
             c.created_at, c.updated_at, (SELECT m.role FROM calendar_members m \
             WHERE m.calendar_id = c.id AND m.user_id = $2) AS my_role FROM calendars c WHERE c.id = $1{}",
            dialect::for_update(tx)
        );
        let found: Option<CalendarRow> = row(tx, &text, [id.uuid().into(), user.uuid().into()]).await?;
        Ok(found.map(CalendarRow::split))
    }

    async fn update_calendar(&self, tx: &mut Tx, calendar: &Calendar) -> anyhow::Result<()> {
        let text = "UPDATE calendars SET name = $1, description = $2, color = $3, time_zone = $4, version = $5, \
                    updated_at = $6 WHERE id = $7";
        let values: [Value; 7] = [
            calendar.name.as_str().into(),
            calendar.description.as_str().into(),
            calendar.color.as_str().into(),
            calendar.zone.name().into(),
            calendar.version.into(),
            calendar.updated_at.micros().into(),
            calendar.id.uuid().into(),
        ];
        execute(tx, text, values).await?;
        // Days and floating times are where the calendar is.
        let text = "UPDATE calendar_reminders SET due_at = 0, planned_at = NULL WHERE event_id IN \
                    (SELECT o.id FROM calendar_objects o WHERE o.calendar_id = $1 AND o.frame <> 'zoned')";
        execute(tx, text, [calendar.id.uuid().into()]).await?;
        Ok(())
    }

    async fn delete_calendar(&self, tx: &mut Tx, id: Id<Calendar>) -> anyhow::Result<()> {
        execute(tx, "DELETE FROM calendars WHERE id = $1", [id.uuid().into()]).await?;
        Ok(())
    }

    async fn count_owned(&self, tx: &mut Tx, owner: UserId) -> anyhow::Result<i64> {
        let text = "SELECT COUNT(*) AS count FROM calendars WHERE owner_id = $1";
        let found: Option<CountRow> = row(tx, text, [owner.uuid().into()]).await?;
        Ok(found.map_or(0, |row| row.count))
    }

    async fn owned(&self, tx: &mut Tx, owner: UserId) -> anyhow::Result<Vec<Id<Calendar>>> {
        let text = "SELECT id FROM calendars WHERE owner_id = $1 ORDER BY id";
        let found: Vec<IdRow> = rows(tx, text, [owner.uuid().into()]).await?;
        Ok(found.into_iter().map(|row| Id::new(row.id)).collect())
    }

    async fn leave_all(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        execute(tx, "DELETE FROM calendar_members WHERE user_id = $1", [user.uuid().into()]).await?;
        Ok(())
    }

    async fn calendar_of(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Option<Id<Calendar>>> {
        let text = "SELECT calendar_id AS id FROM calendar_objects WHERE id = $1";
        let found: Option<IdRow> = row(tx, text, [event.uuid().into()]).await?;
        Ok(found.map(|row| Id::new(row.id)))
    }

    async fn event(&self, tx: &mut Tx, id: Id<Event>) -> anyhow::Result<Option<Event>> {
        Ok(load(tx, "o.id IN ($1)", vec![id.uuid().into()]).await?.pop())
    }

    async fn keep_calendar(&self, tx: &mut Tx, id: Id<Calendar>) -> anyhow::Result<()> {
        let text = format!("SELECT id FROM calendars WHERE id = $1{}", dialect::for_update(tx));
        row::<IdRow>(tx, &text, [id.uuid().into()]).await?;
        Ok(())
    }

    async fn complete(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let text = "INSERT INTO calendar_completions (event_id, original_at, completed_at) VALUES ($1, $2, $3) \
                    ON CONFLICT (event_id, original_at) DO NOTHING";
        execute(tx, text, [event.uuid().into(), original.into(), now.micros().into()]).await?;
        Ok(())
    }

    async fn reopen(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<()> {
        let text = "DELETE FROM calendar_completions WHERE event_id = $1 AND original_at = $2";
        execute(tx, text, [event.uuid().into(), original.into()]).await?;
        Ok(())
    }

    async fn events_by_id(&self, tx: &mut Tx, ids: &[Id<Event>]) -> anyhow::Result<Vec<Event>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let values = ids.iter().map(|id| Value::from(id.uuid())).collect();
        load(tx, &format!("o.id IN ({})", placeholders(1, ids.len())), values).await
    }

    async fn events_by_uid(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        uids: &[Uid],
    ) -> anyhow::Result<Vec<Event>> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let mut values: Vec<Value> = vec![calendar.uuid().into()];
        values.extend(uids.iter().map(|uid| Value::from(uid.as_str())));
        load(tx, &format!("o.calendar_id = $1 AND o.uid IN ({})", placeholders(2, uids.len())), values).await
    }

    async fn save_events(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        events: &[(Event, Materialised)],
    ) -> anyhow::Result<()> {
        saving::save(tx, calendar, events).await
    }

    async fn delete_event(&self, tx: &mut Tx, event: &Event, now: Timestamp) -> anyhow::Result<()> {
        let rev = saving::count_changes(tx, event.calendar, 1).await?;
        // Who saw it is kept, so that nobody else learns that it was there.
        let text = "INSERT INTO calendar_tombstones (calendar_id, rev, object_id, uid, deleted_at, kind, visibility, \
                    hidden_from, organizer_id) SELECT o.calendar_id, $2, o.id, o.uid, $3, o.kind, o.visibility, \
                    o.hidden_from, h.organizer_id FROM calendar_objects o \
                    LEFT JOIN calendar_gatherings h ON h.event_id = o.id WHERE o.id = $1";
        execute(tx, text, [event.id.uuid().into(), rev.into(), now.micros().into()]).await?;
        execute(tx, "DELETE FROM calendar_objects WHERE id = $1", [event.id.uuid().into()]).await?;
        Ok(())
    }
}

/// Whole events by a condition on `calendar_objects o`: three statements however many there are.
async fn load(tx: &mut Tx, condition: &str, values: Vec<Value>) -> anyhow::Result<Vec<Event>> {
    let text = format!("SELECT {EVENT} FROM calendar_objects o WHERE {condition}");
    let events: Vec<EventRow> = rows(tx, &text, values.clone()).await?;
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!("SELECT o.id, o.ical, o.alarms_of FROM calendar_objects o WHERE {condition}");
    let texts: Vec<TextRow> = rows(tx, &text, values.clone()).await?;
    let text = format!(
        "SELECT {OVERRIDE} FROM calendar_overrides v JOIN calendar_objects o ON o.id = v.object_id \
         WHERE {condition} ORDER BY v.object_id, v.original_at"
    );
    let overrides: Vec<OverrideRow> = rows(tx, &text, values).await?;
    Ok(assemble(events, texts, overrides))
}

/// Puts events together from their parts.
pub(super) fn assemble(
    events: Vec<EventRow>,
    texts: Vec<TextRow>,
    overrides: Vec<OverrideRow>,
) -> Vec<Event> {
    let mut texts: HashMap<Uuid, TextRow> = texts.into_iter().map(|row| (row.id, row)).collect();
    let mut by_object: HashMap<Uuid, Vec<Override>> = HashMap::new();
    for row in overrides {
        let object = row.object_id;
        by_object.entry(object).or_default().extend(row.into_override());
    }
    let event = |row: EventRow| {
        let (overrides, text) = (by_object.remove(&row.id), texts.remove(&row.id));
        row.event(overrides.unwrap_or_default(), text)
    };
    events.into_iter().map(event).collect()
}

impl CalendarRow {
    fn split(self) -> (Calendar, Option<MemberRole>) {
        let role = self.my_role.as_deref().and_then(MemberRole::parse);
        let calendar = Calendar {
            id: Id::new(self.id),
            owner: Id::new(self.owner_id),
            is_default: self.default_of.is_some(),
            name: CalendarName::restore(self.name),
            description: Description::restore(self.description),
            color: Color::restore(self.color),
            zone: Zone::restore(&self.time_zone),
            version: self.version,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
        };
        (calendar, role)
    }
}
