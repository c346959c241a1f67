//! The people of events, written. Whoever takes or frees a seat keeps the calendar first, whose change
//! counter tells of it, then holds the gathering against changes of its capacity, then the row of the
//! occurrence: always in that order.

use async_trait::async_trait;
use madang_application::{
    calendar::people::{
        PeopleRepository,
        ports::{Attendance, Gathering},
    },
    shared::Tx,
};
use madang_domain::{
    calendar::{Answer, Calendar, Event, Seat, Seats, time::WIDEST_OFFSET},
    shared::{Id, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::sql::{SqlStore, dialect, execute, later, row, rows};

#[derive(FromQueryResult)]
struct GatheringRow {
    organizer_id: Uuid,
    capacity: Option<i64>,
}

#[derive(FromQueryResult)]
struct SeatsRow {
    joined: i64,
    waiting: i64,
    last_place: i64,
}

#[derive(FromQueryResult)]
struct AttendanceRow {
    event_id: Uuid,
    original_at: i64,
    user_id: Uuid,
    waits: bool,
    place: i64,
}

#[derive(FromQueryResult)]
struct NumberRow {
    number: i64,
}

#[derive(FromQueryResult)]
struct GuestRow {
    event_id: Uuid,
    user_id: Uuid,
}

#[derive(FromQueryResult)]
struct UserRow {
    user_id: Uuid,
}

const ATTENDANCE: &str = "SELECT event_id, original_at, user_id, waits, place FROM calendar_attendances";

#[async_trait]
impl PeopleRepository for SqlStore {
    async fn gather(&self, tx: &mut Tx, event: Id<Event>, organizer: UserId) -> anyhow::Result<Gathering> {
        let text = "INSERT INTO calendar_gatherings (event_id, organizer_id) VALUES ($1, $2) \
                    ON CONFLICT (event_id) DO NOTHING";
        execute(tx, text, [event.uuid().into(), organizer.uuid().into()]).await?;
        let found = self.gathering(tx, event).await?;
        found.ok_or_else(|| anyhow::anyhow!("a gathering was deleted as it was made"))
    }

    async fn gather_new(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        organizer: UserId,
        capacity: Option<i64>,
    ) -> anyhow::Result<()> {
        let text = "INSERT INTO calendar_gatherings (event_id, organizer_id, capacity) VALUES ($1, $2, $3)";
        later(tx, text, [event.uuid().into(), organizer.uuid().into(), capacity.into()]);
        Ok(())
    }

    async fn gathering(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Option<Gathering>> {
        let text = format!(
            "SELECT organizer_id, capacity FROM calendar_gatherings WHERE event_id = $1{}",
            dialect::for_change(tx)
        );
        let found: Option<GatheringRow> = row(tx, &text, [event.uuid().into()]).await?;
        Ok(found.map(|row| Gathering { organizer: Id::new(row.organizer_id), capacity: row.capacity }))
    }

    async fn organizer(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Option<UserId>> {
        let text = "SELECT organizer_id AS user_id FROM calendar_gatherings WHERE event_id = $1";
        let found: Option<UserRow> = row(tx, text, [event.uuid().into()]).await?;
        Ok(found.map(|row| Id::new(row.user_id)))
    }

    async fn set_capacity(&self, tx: &mut Tx, event: Id<Event>, capacity: Option<i64>) -> anyhow::Result<()> {
        let text = "UPDATE calendar_gatherings SET capacity = $1 WHERE event_id = $2";
        execute(tx, text, [capacity.into(), event.uuid().into()]).await?;
        Ok(())
    }

    async fn count_invited(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<i64> {
        let text = "SELECT COUNT(*) AS number FROM calendar_guests WHERE event_id = $1 AND invited";
        let found: Option<NumberRow> = row(tx, text, [event.uuid().into()]).await?;
        Ok(found.map_or(0, |row| row.number))
    }

    async fn invite(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        guest: UserId,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let text = "INSERT INTO calendar_guests (event_id, user_id, invited, status, invited_at) \
                    VALUES ($1, $2, TRUE, 'needsAction', $3) ON CONFLICT (event_id, user_id) \
                    DO UPDATE SET invited = TRUE, invited_at = excluded.invited_at WHERE NOT calendar_guests.invited";
        let values: [Value; 3] = [event.uuid().into(), guest.uuid().into(), now.micros().into()];
        Ok(execute(tx, text, values).await? > 0)
    }

    async fn let_in(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        guest: UserId,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let text = "INSERT INTO calendar_guests (event_id, user_id, invited, status, invited_at) \
                    VALUES ($1, $2, FALSE, 'needsAction', $3) ON CONFLICT (event_id, user_id) DO NOTHING";
        execute(tx, text, [event.uuid().into(), guest.uuid().into(), now.micros().into()]).await?;
        Ok(())
    }

    async fn remove_guest(&self, tx: &mut Tx, event: Id<Event>, guest: UserId) -> anyhow::Result<bool> {
        let text = "DELETE FROM calendar_guests WHERE event_id = $1 AND user_id = $2";
        Ok(execute(tx, text, [event.uuid().into(), guest.uuid().into()]).await? > 0)
    }

    async fn let_out(&self, tx: &mut Tx, event: Id<Event>, guest: UserId) -> anyhow::Result<bool> {
        let text = "DELETE FROM calendar_guests WHERE event_id = $1 AND user_id = $2 AND NOT invited \
                    AND NOT EXISTS (SELECT 1 FROM calendar_attendances a WHERE a.event_id = $1 AND a.user_id = $2)";
        Ok(execute(tx, text, [event.uuid().into(), guest.uuid().into()]).await? > 0)
    }

    async fn answer(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        guest: UserId,
        occurrence: Option<i64>,
        answer: Answer,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let (event, guest, name): (Value, Value, Value) =
            (event.uuid().into(), guest.uuid().into(), answer.name().into());
        let at: Value = now.micros().into();
        let Some(original) = occurrence else {
            // Whoever answers to all has thought again about each.
            let text = "DELETE FROM calendar_answers WHERE event_id = $1 AND user_id = $2";
            execute(tx, text, [event.clone(), guest.clone()]).await?;
            let text = "UPDATE calendar_guests SET status = $3, responded_at = $4 \
                        WHERE event_id = $1 AND user_id = $2 AND invited";
            return Ok(execute(tx, text, [event, guest, name, at]).await? > 0);
        };
        let text = "INSERT INTO calendar_answers (event_id, user_id, original_at, status, responded_at) \
                    SELECT g.event_id, g.user_id, $3, $4, $5 FROM calendar_guests g \
                    WHERE g.event_id = $1 AND g.user_id = $2 AND g.invited \
                    ON CONFLICT (event_id, user_id, original_at) \
                    DO UPDATE SET status = excluded.status, responded_at = excluded.responded_at";
        Ok(execute(tx, text, [event, guest, original.into(), name, at]).await? > 0)
    }

    async fn lock_seats(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
    ) -> anyhow::Result<Option<Seats>> {
        let text = format!(
            "SELECT organizer_id, capacity FROM calendar_gatherings WHERE event_id = $1{}",
            dialect::for_share(tx)
        );
        let found: Option<GatheringRow> = row(tx, &text, [event.uuid().into()]).await?;
        let Some(gathering) = found else { return Ok(None) };
        let text = "INSERT INTO calendar_seats (event_id, original_at, joined, waiting, last_place) \
                    VALUES ($1, $2, 0, 0, 0) ON CONFLICT (event_id, original_at) DO NOTHING";
        let values: [Value; 2] = [event.uuid().into(), original.into()];
        execute(tx, text, values.clone()).await?;
        let text = format!(
            "SELECT joined, waiting, last_place FROM calendar_seats WHERE event_id = $1 AND original_at = $2{}",
            dialect::for_change(tx)
        );
        let found: Option<SeatsRow> = row(tx, &text, values).await?;
        Ok(found.map(|row| Seats {
            capacity: gathering.capacity,
            joined: row.joined,
            waiting: row.waiting,
            last_place: row.last_place,
        }))
    }

    async fn save_seats(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        seats: &Seats,
    ) -> anyhow::Result<()> {
        let text = "UPDATE calendar_seats SET joined = $3, waiting = $4, last_place = $5 \
                    WHERE event_id = $1 AND original_at = $2";
        let values: [Value; 5] = [
            event.uuid().into(),
            original.into(),
            seats.joined.into(),
            seats.waiting.into(),
            seats.last_place.into(),
        ];
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn seated_occurrences(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Vec<i64>> {
        let text =
            "SELECT original_at AS number FROM calendar_seats WHERE event_id = $1 ORDER BY original_at";
        let found: Vec<NumberRow> = rows(tx, text, [event.uuid().into()]).await?;
        Ok(found.into_iter().map(|row| row.number).collect())
    }

    async fn attendance(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        user: UserId,
    ) -> anyhow::Result<Option<Attendance>> {
        let text = format!("{ATTENDANCE} WHERE event_id = $1 AND original_at = $2 AND user_id = $3");
        let values: [Value; 3] = [event.uuid().into(), original.into(), user.uuid().into()];
        let found: Option<AttendanceRow> = row(tx, &text, values).await?;
        Ok(found.map(AttendanceRow::attendance))
    }

    async fn attendances_of(
        &self,
        tx: &mut Tx,
        user: UserId,
        event: Option<Id<Event>>,
    ) -> anyhow::Result<Vec<Attendance>> {
        let mut values: Vec<Value> = vec![user.uuid().into()];
        values.extend(event.map(|event| Value::from(event.uuid())));
        let one = if event.is_some() { " AND event_id = $2" } else { "" };
        // In one order, so that two who leave much at once do not wait for each other.
        let text = format!("{ATTENDANCE} WHERE user_id = $1{one} ORDER BY event_id, original_at");
        let found: Vec<AttendanceRow> = rows(tx, &text, values).await?;
        Ok(found.into_iter().map(AttendanceRow::attendance).collect())
    }

    async fn attend(&self, tx: &mut Tx, at: &Attendance) -> anyhow::Result<()> {
        let text = "INSERT INTO calendar_attendances (event_id, original_at, user_id, waits, place) \
                    VALUES ($1, $2, $3, $4, $5)";
        let values: [Value; 5] = [
            at.event.uuid().into(),
            at.original.into(),
            at.user.uuid().into(),
            (at.seat == Seat::Waitlisted).into(),
            at.place.into(),
        ];
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn leave(&self, tx: &mut Tx, at: &Attendance) -> anyhow::Result<()> {
        let text =
            "DELETE FROM calendar_attendances WHERE event_id = $1 AND original_at = $2 AND user_id = $3";
        execute(tx, text, [at.event.uuid().into(), at.original.into(), at.user.uuid().into()]).await?;
        Ok(())
    }

    async fn seat_first(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        count: i64,
    ) -> anyhow::Result<Vec<(UserId, i64)>> {
        let text = format!(
            "{ATTENDANCE} WHERE event_id = $1 AND original_at = $2 AND waits ORDER BY place LIMIT $3"
        );
        let values: [Value; 3] = [event.uuid().into(), original.into(), count.into()];
        let first: Vec<AttendanceRow> = rows(tx, &text, values).await?;
        if let Some(last) = first.last() {
            let text = "UPDATE calendar_attendances SET waits = FALSE \
                        WHERE event_id = $1 AND original_at = $2 AND waits AND place <= $3";
            execute(tx, text, [event.uuid().into(), original.into(), last.place.into()]).await?;
        }
        Ok(first.into_iter().map(|row| (Id::new(row.user_id), row.place)).collect())
    }

    async fn line_up_to(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        original: i64,
        place: i64,
    ) -> anyhow::Result<i64> {
        let text = "SELECT COUNT(*) AS number FROM calendar_attendances \
                    WHERE event_id = $1 AND original_at = $2 AND waits AND place <= $3";
        let values: [Value; 3] = [event.uuid().into(), original.into(), place.into()];
        let found: Option<NumberRow> = row(tx, text, values).await?;
        Ok(found.map_or(0, |row| row.number))
    }

    async fn expected(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Vec<UserId>> {
        let text = "SELECT g.user_id FROM calendar_guests g WHERE g.event_id = $1 \
                    AND (g.status <> 'declined' OR EXISTS (SELECT 1 FROM calendar_attendances a \
                    WHERE a.event_id = g.event_id AND a.user_id = g.user_id LIMIT 1 OFFSET 0)) ORDER BY g.user_id";
        let found: Vec<UserRow> = rows(tx, text, [event.uuid().into()]).await?;
        Ok(found.into_iter().map(|row| Id::new(row.user_id)).collect())
    }

    async fn expected_in(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        now: Timestamp,
        after: Option<(Id<Event>, UserId)>,
        limit: usize,
    ) -> anyhow::Result<Vec<(Id<Event>, UserId)>> {
        let text = "SELECT g.event_id, g.user_id FROM calendar_objects o JOIN calendar_guests g ON g.event_id = o.id \
                    WHERE o.calendar_id = $1 AND o.status <> 'cancelled' AND (o.last_at IS NULL OR o.last_at > $2) \
                    AND (g.event_id > $3 OR (g.event_id = $3 AND g.user_id > $4)) \
                    AND (g.status <> 'declined' OR EXISTS (SELECT 1 FROM calendar_attendances a \
                    WHERE a.event_id = g.event_id AND a.user_id = g.user_id LIMIT 1 OFFSET 0)) \
                    ORDER BY g.event_id, g.user_id LIMIT $5";
        let (event, user) =
            after.map_or((Uuid::nil(), Uuid::nil()), |(event, user)| (event.uuid(), user.uuid()));
        let values: [Value; 5] = [
            calendar.uuid().into(),
            // Days and floating times are over when they are over everywhere.
            now.micros().saturating_sub(WIDEST_OFFSET).into(),
            event.into(),
            user.into(),
            i64::try_from(limit)?.into(),
        ];
        let found: Vec<GuestRow> = rows(tx, text, values).await?;
        Ok(found.into_iter().map(|row| (Id::new(row.event_id), Id::new(row.user_id))).collect())
    }

    async fn rename_occurrence(
        &self,
        tx: &mut Tx,
        event: Id<Event>,
        from: i64,
        to: i64,
    ) -> anyhow::Result<()> {
        let values: [Value; 3] = [event.uuid().into(), from.into(), to.into()];
        let text = "INSERT INTO calendar_seats (event_id, original_at, joined, waiting, last_place) \
                    SELECT event_id, $3, joined, waiting, last_place FROM calendar_seats \
                    WHERE event_id = $1 AND original_at = $2 ON CONFLICT (event_id, original_at) DO NOTHING";
        if execute(tx, text, values.clone()).await? > 0 {
            let text =
                "UPDATE calendar_attendances SET original_at = $3 WHERE event_id = $1 AND original_at = $2";
            execute(tx, text, values.clone()).await?;
            let text = "DELETE FROM calendar_seats WHERE event_id = $1 AND original_at = $2";
            execute(tx, text, [event.uuid().into(), from.into()]).await?;
        }
        let text = "UPDATE calendar_answers SET original_at = $3 WHERE event_id = $1 AND original_at = $2 \
                    AND NOT EXISTS (SELECT 1 FROM calendar_answers b WHERE b.event_id = $1 \
                    AND b.user_id = calendar_answers.user_id AND b.original_at = $3)";
        execute(tx, text, values.clone()).await?;
        let text = "UPDATE calendar_completions SET original_at = $3 WHERE event_id = $1 AND original_at = $2 \
                    AND NOT EXISTS (SELECT 1 FROM calendar_completions b WHERE b.event_id = $1 AND b.original_at = $3)";
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn hold(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()> {
        let text = format!(
            "SELECT organizer_id, capacity FROM calendar_gatherings WHERE event_id = $1{}",
            dialect::for_share(tx)
        );
        row::<GatheringRow>(tx, &text, [event.uuid().into()]).await?;
        Ok(())
    }

    async fn expected_at(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<Vec<UserId>> {
        let text = "SELECT g.user_id FROM calendar_guests g LEFT JOIN calendar_answers a \
                    ON a.event_id = g.event_id AND a.user_id = g.user_id AND a.original_at = $2 \
                    WHERE g.event_id = $1 AND ((g.invited AND COALESCE(a.status, g.status) <> 'declined') \
                    OR EXISTS (SELECT 1 FROM calendar_attendances t WHERE t.event_id = g.event_id \
                    AND t.user_id = g.user_id AND t.original_at = $2 LIMIT 1 OFFSET 0)) ORDER BY g.user_id";
        let found: Vec<UserRow> = rows(tx, text, [event.uuid().into(), original.into()]).await?;
        Ok(found.into_iter().map(|row| Id::new(row.user_id)).collect())
    }

    async fn branch(&self, tx: &mut Tx, event: Id<Event>, to: Id<Event>) -> anyhow::Result<()> {
        let values: [Value; 2] = [event.uuid().into(), to.uuid().into()];
        let text = "INSERT INTO calendar_gatherings (event_id, organizer_id, capacity) \
                    SELECT o.id, h.organizer_id, h.capacity FROM calendar_gatherings h \
                    JOIN calendar_objects o ON o.id = $2 WHERE h.event_id = $1";
        execute(tx, text, values.clone()).await?;
        let text = "INSERT INTO calendar_guests (event_id, user_id, invited, status, invited_at, responded_at) \
                    SELECT o.id, g.user_id, g.invited, g.status, g.invited_at, g.responded_at FROM calendar_guests g \
                    JOIN calendar_objects o ON o.id = $2 WHERE g.event_id = $1";
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn carry(
        &self,
        tx: &mut Tx,
        (event, original): (Id<Event>, i64),
        to: (Id<Event>, i64),
    ) -> anyhow::Result<()> {
        let values: [Value; 4] = [event.uuid().into(), original.into(), to.0.uuid().into(), to.1.into()];
        let text = "INSERT INTO calendar_seats (event_id, original_at, joined, waiting, last_place) \
                    SELECT $3, $4, joined, waiting, last_place FROM calendar_seats WHERE event_id = $1 AND original_at = $2";
        execute(tx, text, values.clone()).await?;
        for table in ["calendar_attendances", "calendar_answers", "calendar_completions"] {
            let text = format!(
                "UPDATE {table} SET event_id = $3, original_at = $4 WHERE event_id = $1 AND original_at = $2"
            );
            execute(tx, &text, values.clone()).await?;
        }
        let [event, original, ..] = values;
        let text = "DELETE FROM calendar_seats WHERE event_id = $1 AND original_at = $2";
        execute(tx, text, [event, original]).await?;
        Ok(())
    }

    async fn drop_occurrence(&self, tx: &mut Tx, event: Id<Event>, original: i64) -> anyhow::Result<()> {
        for table in ["calendar_seats", "calendar_answers", "calendar_completions"] {
            let text = format!("DELETE FROM {table} WHERE event_id = $1 AND original_at = $2");
            execute(tx, &text, [event.uuid().into(), original.into()]).await?;
        }
        Ok(())
    }

    async fn prune(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<()> {
        let text = "DELETE FROM calendar_guests WHERE event_id = $1 AND NOT invited AND NOT EXISTS \
                    (SELECT 1 FROM calendar_attendances a WHERE a.event_id = $1 AND a.user_id = calendar_guests.user_id)";
        execute(tx, text, [event.uuid().into()]).await?;
        Ok(())
    }

    async fn named_occurrences(&self, tx: &mut Tx, event: Id<Event>) -> anyhow::Result<Vec<i64>> {
        let text = "SELECT original_at AS number FROM calendar_seats WHERE event_id = $1 \
                    UNION SELECT original_at AS number FROM calendar_answers WHERE event_id = $1 \
                    UNION SELECT original_at AS number FROM calendar_completions WHERE event_id = $1";
        let found: Vec<NumberRow> = rows(tx, text, [event.uuid().into()]).await?;
        Ok(found.into_iter().map(|row| row.number).collect())
    }

    async fn forget(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        for table in ["calendar_guests", "calendar_reminders"] {
            execute(tx, &format!("DELETE FROM {table} WHERE user_id = $1"), [user.uuid().into()]).await?;
        }
        // What their files brought stays, but rings for nobody.
        let text = "UPDATE calendar_objects SET alarms_of = NULL WHERE alarms_of = $1";
        execute(tx, text, [user.uuid().into()]).await?;
        // What they organized in calendars of others is from now on the calendar owners'.
        let text = "UPDATE calendar_gatherings SET organizer_id = (SELECT c.owner_id FROM calendar_objects o \
                    JOIN calendars c ON c.id = o.calendar_id WHERE o.id = calendar_gatherings.event_id) \
                    WHERE organizer_id = $1";
        execute(tx, text, [user.uuid().into()]).await?;
        Ok(())
    }
}

impl AttendanceRow {
    fn attendance(self) -> Attendance {
        Attendance {
            event: Id::new(self.event_id),
            original: self.original_at,
            user: Id::new(self.user_id),
            seat: if self.waits { Seat::Waitlisted } else { Seat::Joined },
            place: self.place,
        }
    }
}
