//! Reminders, and the worker that rings them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    calendar::reminders::{Coming, DueReminder, ReminderRepository, ReminderService},
    shared::{Tx, Worker},
};
use madang_domain::{
    calendar::{Event, MemberRole, Reminder, Zone},
    shared::{Id, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    bulk::{insert, placeholders},
    guests::not_behind_a_block,
};
use crate::sql::{SqlStore, dialect, execute, later, row, rows};

/// How long the worker rests when nothing is due. A reminder rings no later than this.
const REST: Duration = Duration::from_millis(500);

/// Makes the reminders of these events due, so that they are planned anew.
pub(super) fn forget_plans(tx: &mut Tx, events: Vec<Value>) {
    if events.is_empty() {
        return;
    }
    let text = format!(
        "UPDATE calendar_reminders SET due_at = 0, planned_at = NULL WHERE event_id IN ({})",
        placeholders(1, events.len())
    );
    later(tx, text, events);
}

const FRESH: &str = "INSERT INTO calendar_reminders (event_id, user_id, minutes, due_at, planned_at, fired_at, fired_original)";

/// What is there rings on.
const KEPT: &str = "ON CONFLICT (event_id, user_id, minutes) DO NOTHING";

/// A reminder that nobody planned yet. What would have rung before somebody wanted it does not.
fn fresh(event: Id<Event>, user: UserId, reminder: Reminder, now: Timestamp) -> Vec<Value> {
    vec![
        event.uuid().into(),
        user.uuid().into(),
        reminder.minutes().into(),
        0_i64.into(),
        None::<i64>.into(),
        now.micros().into(),
        i64::MAX.into(),
    ]
}

/// One reminder of somebody.
#[derive(FromQueryResult)]
pub(super) struct OwnRow {
    event_id: Uuid,
    minutes: i64,
}

impl OwnRow {
    pub(super) fn pair(self) -> (Id<Event>, Reminder) {
        (Id::new(self.event_id), Reminder::minutes_before(self.minutes))
    }
}

/// Reminders by their event, in their order.
pub(super) fn by_event(rows: Vec<OwnRow>) -> HashMap<Id<Event>, Vec<Reminder>> {
    let mut found: HashMap<Id<Event>, Vec<Reminder>> = HashMap::new();
    for row in rows {
        let (event, reminder) = row.pair();
        found.entry(event).or_default().push(reminder);
    }
    found
}

#[derive(FromQueryResult)]
struct DueRow {
    event_id: Uuid,
    user_id: Uuid,
    minutes: i64,
    planned_at: Option<i64>,
    fired_at: i64,
    fired_original: i64,
}

#[derive(FromQueryResult)]
struct HomeRow {
    event_id: Uuid,
    user_id: Uuid,
    time_zone: String,
    role: Option<String>,
}

#[derive(FromQueryResult)]
struct DoneRow {
    event_id: Uuid,
}

#[derive(FromQueryResult)]
struct ComingRow {
    invited: bool,
    status: String,
    waits: Option<bool>,
}

#[async_trait]
impl ReminderRepository for SqlStore {
    async fn replace(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        user: UserId,
        reminders: &[Reminder],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let mut values: Vec<Value> = vec![event.uuid().into(), user.uuid().into()];
        values.extend(reminders.iter().map(|reminder| Value::from(reminder.minutes())));
        let kept = match reminders.len() {
            0 => String::new(),
            count => format!(" AND minutes NOT IN ({})", placeholders(3, count)),
        };
        let text = format!("DELETE FROM calendar_reminders WHERE event_id = $1 AND user_id = $2{kept}");
        execute(tx, &text, values).await?;
        let fresh = reminders.iter().map(|reminder| fresh(event, user, *reminder, now)).collect();
        insert(tx, FRESH, fresh, KEPT);
        Ok(())
    }

    async fn of(
        &self,
        tx: &mut Tx,
        user: UserId,
        events: &[Id<Event>],
    ) -> anyhow::Result<HashMap<Id<Event>, Vec<Reminder>>> {
        if events.is_empty() {
            return Ok(HashMap::new());
        }
        let text = format!(
            "SELECT event_id, minutes FROM calendar_reminders WHERE user_id = $1 AND event_id IN ({}) \
             ORDER BY event_id, minutes",
            placeholders(2, events.len())
        );
        let ids = events.iter().map(|event| Value::from(event.uuid()));
        let values: Vec<Value> = std::iter::once(user.uuid().into()).chain(ids).collect();
        Ok(by_event(rows(tx, &text, values).await?))
    }

    async fn add(
        &self,
        tx: &mut Tx,
        user: UserId,
        reminders: &[(Id<Event>, Reminder)],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let fresh = reminders.iter().map(|(event, reminder)| fresh(*event, user, *reminder, now)).collect();
        insert(tx, FRESH, fresh, KEPT);
        Ok(())
    }

    async fn claim(&self, tx: &mut Tx, now: Timestamp, limit: i64) -> anyhow::Result<Vec<DueReminder>> {
        let text = format!(
            "SELECT event_id, user_id, minutes, planned_at, fired_at, fired_original FROM calendar_reminders \
             WHERE due_at <= $1 ORDER BY due_at LIMIT $2{}",
            dialect::skip_locked(tx)
        );
        let due: Vec<DueRow> = rows(tx, &text, [now.micros().into(), limit.into()]).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let keys = |from: usize| placeholders(from, due.len());
        let text = format!(
            "SELECT DISTINCT r.event_id, r.user_id, c.time_zone, \
             CASE WHEN m.role IS NOT NULL AND h.event_id IS NOT NULL THEN 'owner' ELSE m.role END AS role \
             FROM calendar_reminders r \
             JOIN calendar_objects o ON o.id = r.event_id JOIN calendars c ON c.id = o.calendar_id \
             LEFT JOIN calendar_members m ON m.calendar_id = c.id AND m.user_id = r.user_id \
             LEFT JOIN calendar_gatherings h ON h.event_id = r.event_id AND h.organizer_id = r.user_id \
             WHERE r.event_id IN ({}) AND r.user_id IN ({})",
            keys(1),
            keys(due.len() + 1)
        );
        let values =
            due.iter().map(|row| row.event_id.into()).chain(due.iter().map(|row| row.user_id.into()));
        let homes: Vec<HomeRow> = rows(tx, &text, values).await?;
        let due = due.into_iter().filter_map(|row| {
            let home =
                homes.iter().find(|home| home.event_id == row.event_id && home.user_id == row.user_id)?;
            Some(DueReminder {
                event: Id::new(row.event_id),
                user: Id::new(row.user_id),
                reminder: Reminder::minutes_before(row.minutes),
                fired: (row.fired_at, row.fired_original),
                planned_at: row.planned_at,
                home: Zone::restore(&home.time_zone),
                role: home.role.as_deref().and_then(MemberRole::parse),
            })
        });
        Ok(due.collect())
    }

    async fn coming(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        user: UserId,
        original: i64,
    ) -> anyhow::Result<Coming> {
        let text = format!(
            "SELECT g.invited, COALESCE(a.status, g.status) AS status, t.waits FROM calendar_guests g \
             LEFT JOIN calendar_answers a ON a.event_id = g.event_id AND a.user_id = g.user_id AND a.original_at = $3 \
             LEFT JOIN calendar_attendances t ON t.event_id = g.event_id AND t.user_id = g.user_id AND t.original_at = $3 \
             WHERE g.user_id = $1 AND g.event_id = $2 AND {}",
            not_behind_a_block()
        );
        let values: [Value; 3] = [user.uuid().into(), event.uuid().into(), original.into()];
        let found: Option<ComingRow> = row(tx, &text, values).await?;
        Ok(match found {
            None => Coming::NoGuest,
            Some(row) if row.waits == Some(false) => Coming::Expected,
            Some(row) if row.status == "declined" => Coming::Declined,
            Some(row) if row.invited => Coming::Expected,
            Some(_) => Coming::Elsewhere,
        })
    }

    async fn is_done(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<bool> {
        let text = "SELECT event_id FROM calendar_completions WHERE event_id = $1 AND original_at = $2";
        let found: Option<DoneRow> = row(tx, text, [event.uuid().into(), original.into()]).await?;
        Ok(found.is_some_and(|row| row.event_id == event.uuid()))
    }

    async fn plan(
        &self,
        tx: &mut Tx,
        due: &DueReminder,
        next: Option<i64>,
        planned_at: Option<i64>,
    ) -> anyhow::Result<()> {
        let text = "UPDATE calendar_reminders SET due_at = $4, planned_at = $5, fired_at = $6, fired_original = $7 \
                    WHERE event_id = $1 AND user_id = $2 AND minutes = $3";
        let values: [Value; 7] = [
            due.event.uuid().into(),
            due.user.uuid().into(),
            due.reminder.minutes().into(),
            next.into(),
            planned_at.into(),
            due.fired.0.into(),
            due.fired.1.into(),
        ];
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn branch(&self, tx: &mut Tx, event: Id<Event>, to: Id<Event>) -> anyhow::Result<()> {
        let text = "INSERT INTO calendar_reminders (event_id, user_id, minutes, due_at, planned_at, fired_at, fired_original) \
                    SELECT o.id, r.user_id, r.minutes, 0, NULL, r.fired_at, r.fired_original \
                    FROM calendar_reminders r JOIN calendar_objects o ON o.id = $2 WHERE r.event_id = $1";
        execute(tx, &format!("{text} {KEPT}"), [event.uuid().into(), to.uuid().into()]).await?;
        Ok(())
    }

    async fn drop_all(&self, tx: &mut Tx, event: Id<Event>, user: UserId) -> anyhow::Result<()> {
        let text = "DELETE FROM calendar_reminders WHERE event_id = $1 AND user_id = $2";
        execute(tx, text, [event.uuid().into(), user.uuid().into()]).await?;
        Ok(())
    }
}

/// The worker that rings.
pub struct BellRinger {
    service: Arc<ReminderService>,
}

impl BellRinger {
    /// Through the service.
    pub fn new(service: Arc<ReminderService>) -> Self {
        Self { service }
    }
}

#[async_trait]
impl Worker for BellRinger {
    fn name(&self) -> &'static str {
        "bell-ringer"
    }

    async fn run(&self, stop: CancellationToken) {
        loop {
            match self.service.ring().await {
                Ok(some) if some > 0 && !stop.is_cancelled() => continue,
                Ok(_) => {}
                Err(failure) => tracing::warn!(%failure, "reminders could not be looked at"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(REST) => {}
            }
        }
    }
}
