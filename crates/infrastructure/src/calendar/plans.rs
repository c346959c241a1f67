//! Test: what is asked most walks an index and stops, however full the calendars are.

use madang_application::{
    calendar::{free::BusySearch, queries::Search},
    shared::new_id,
};
use madang_domain::{
    calendar::{MemberRole, Window, time::DAY},
    shared::Id,
};
use madang_testkit::TestDb;
use sea_orm::{ConnectionTrait, DatabaseConnection, Value};
use uuid::Uuid;

use super::{free, guests, invitations::INVITATIONS, lanes, occurrences, queries};
use crate::sql::{dialect, for_migrations, plans};

madang_testkit::on_every_database!(c16_n05_questions_cost_the_same_however_full_calendars_are);

/// What one week of the asker's calendars holds stays; everything else grows.
const CALENDARS: usize = 20;
const SEEN: usize = 5;
const FEW: usize = 20_000;
const MANY: usize = 80_000;
/// Occurrences of one object.
const EACH: usize = 200;

/// Pages of the database that a deeper tree and another order of reading may cost one answer.
const BUFFERS: u64 = 150;

const TABLES: [&str; 9] = [
    "calendars",
    "calendar_members",
    "calendar_objects",
    "calendar_occurrences",
    "calendar_overrides",
    "calendar_tombstones",
    "calendar_gatherings",
    "calendar_guests",
    "calendar_answers",
];

struct Place {
    connection: DatabaseConnection,
    asker: Uuid,
    owners: Vec<Uuid>,
    calendars: Vec<Uuid>,
    objects: Vec<Uuid>,
}

async fn c16_n05_questions_cost_the_same_however_full_calendars_are(db: TestDb) {
    // The store of this test binary is another type than the one of `madang_testkit`.
    let connection = for_migrations(db.url()).await.expect("opens");
    let ids = |count: usize| (0..count).map(|_| fresh()).collect::<Vec<_>>();
    let (owners, calendars) = (ids(CALENDARS), ids(CALENDARS));
    let mut place = Place { connection, asker: fresh(), owners, calendars, objects: Vec::new() };
    place.settle().await;
    place.grow(FEW, 0).await;
    place.look_up(true).await;
    let before = place.costs().await;
    place.look_up(false).await;
    // Before and after the week that is asked for, and in calendars of others.
    place.grow(MANY - FEW, 400).await;
    let after = place.costs().await;
    let mut dearer = Vec::new();
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        let (Some(before), Some(after)) = (before, after) else { continue };
        println!("{what}: {before} pages, then {after}");
        // Four times as much makes trees a level deeper; a scan would cost four times as much.
        dearer.extend((after > before * 3 / 2 + BUFFERS).then_some((what, before, after)));
    }
    assert!(dearer.is_empty(), "{dearer:?}");
    place.connection.close().await.expect("closes");
}

impl Place {
    /// Small tables are read whole, where Postgres may. What growth costs shows if they are looked up in
    /// as large ones are.
    async fn look_up(&self, always: bool) {
        if !dialect::has_one_writer(&self.connection) {
            let text = format!("SET enable_seqscan = {}", if always { "off" } else { "on" });
            self.connection.execute_unprepared(&text).await.expect("set");
        }
    }

    async fn settle(&self) {
        let calendar = "INSERT INTO calendars (id, owner_id, default_of, name, description, color, time_zone, version, \
                        created_at, updated_at) VALUES ($1, $2, $2, 'x', '', '#000000', 'Asia/Seoul', 1, 0, 0)";
        let member = "INSERT INTO calendar_members (calendar_id, user_id, role, created_at, sort_key) \
                      VALUES ($1, $2, $3, 0, 0)";
        for (number, (calendar_id, owner)) in self.calendars.iter().zip(&self.owners).enumerate() {
            self.execute(calendar, [(*calendar_id).into(), (*owner).into()]).await;
            self.execute(member, [(*calendar_id).into(), (*owner).into(), "owner".into()]).await;
            if number < SEEN {
                self.execute(member, [(*calendar_id).into(), self.asker.into(), "reader".into()]).await;
            }
        }
    }

    /// Objects with daily occurrences from `first_day` on. The first object of each has a guest.
    async fn grow(&mut self, count: usize, first_day: i64) {
        for number in 0..count / EACH {
            let (object, calendar) = (fresh(), self.calendars[number % CALENDARS]);
            let rev = i64::try_from(self.objects.len()).expect("a small number") + 1;
            let text = "INSERT INTO calendar_objects (id, calendar_id, uid, kind, title, description, location, status, \
                        visibility, blocks, frame, time_zone, begins, begins_at, length_days, length_micros, recurrence, \
                        repeats, covers_from, covers_to, first_at, last_at, sequence, version, rev, created_at, updated_at) \
                        VALUES ($1, $2, $3, 'event', 'x', '', '', 'confirmed', 'public', TRUE, 'zoned', 'Asia/Seoul', \
                        '20261101T100000', 0, 0, 0, '', TRUE, $4, $5, $4, NULL, 0, 1, $6, 0, 0)";
            let start = first_day * DAY;
            let values: [Value; 6] = [
                object.into(),
                calendar.into(),
                object.to_string().into(),
                (-10_000 * DAY).into(),
                (10_000 * DAY).into(),
                rev.into(),
            ];
            self.execute(text, values).await;
            // Some take several days, some a month, and of those that are not asked for as many half a
            // year, before and after.
            let is_far = first_day > 0;
            let days = match number / CALENDARS {
                1 | 3 => 3,
                2 => 30,
                5..=8 if is_far => 180,
                _ => 0,
            };
            let before = is_far && number / CALENDARS % 2 == 1;
            let start = if before { start - (2 * first_day + 400) * DAY } else { start };
            let length = if days > 0 { days * DAY } else { DAY / 24 };
            let lane = lanes::lane(length);
            let (mut rows, mut values) = (Vec::new(), vec![calendar.into(), object.into()]);
            for day in 0..i64::try_from(EACH).expect("a small number") {
                let at = values.len();
                rows.push(format!(
                    "($1, ${0}, ${1}, ${0} + {length}, $2, ${0}, FALSE, {2}, TRUE, {lane}, {3})",
                    at + 1,
                    at + 2,
                    lane > 0,
                    if lane > 0 { format!("${}", at + 1) } else { "CAST(NULL AS bigint)".to_owned() }
                ));
                values.extend([(start + day * DAY).into(), fresh().into()]);
            }
            let text = format!(
                "INSERT INTO calendar_occurrences (calendar_id, starts_at, id, ends_at, object_id, original_at, floats, \
                 is_long, blocks, lane, long_from) VALUES {}",
                rows.join(", ")
            );
            self.execute(&text, values).await;
            self.execute(
                "UPDATE calendars SET lanes = lanes | $1 WHERE id = $2",
                [lane.into(), calendar.into()],
            )
            .await;
            let gathering = "INSERT INTO calendar_gatherings (event_id, organizer_id) VALUES ($1, $2)";
            self.execute(gathering, [object.into(), self.owners[0].into()]).await;
            let guest = "INSERT INTO calendar_guests (event_id, user_id, invited, status, invited_at) \
                         VALUES ($1, $2, TRUE, 'accepted', 0)";
            let who = match number {
                0..3 if first_day == 0 => self.asker,
                // Of each length one, for people who are asked for.
                20..100 if first_day == 0 => self.owners[number % 7],
                _ => fresh(),
            };
            self.execute(guest, [object.into(), who.into()]).await;
            self.objects.push(object);
        }
        self.connection.execute_unprepared("ANALYZE").await.expect("analysed");
    }

    /// Checks the plan of every question, and answers what it reads where the database says so.
    async fn costs(&self) -> Vec<(String, Option<u64>)> {
        let search = |calendar: Option<Uuid>| Search {
            viewer: Id::new(self.asker),
            calendar: calendar.map(Id::new),
            except: None,
            kind: None,
            window: Window { from: 3 * DAY, to: 10 * DAY },
            after: None,
            limit: 100,
        };
        let busy = BusySearch {
            viewer: Id::new(self.asker),
            roles: vec![MemberRole::FreeBusy, MemberRole::Reader, MemberRole::Writer, MemberRole::Owner],
            owners: self.owners.iter().map(|owner| Id::new(*owner)).collect(),
            window: Window { from: 3 * DAY, to: 10 * DAY },
        };
        let page = &self.objects[..20];
        let among = || dialect::list(page.iter().copied());
        let changes = |since: i64| {
            let calendar: Uuid = self.calendars[0];
            vec![self.asker.into(), calendar.into(), since.into(), 51_i64.into(), since.into()]
        };
        let last = i64::try_from(self.objects.len()).expect("a small number");
        let mut costs = Vec::new();
        for (what, (text, values)) in [
            ("range of one calendar", occurrences::of_members(&search(Some(self.calendars[0])))),
            ("range of all calendars", occurrences::of_members(&search(None))),
            ("range of a guest", guests::range(&search(None))),
            ("free/busy", free::busy(&self.connection, &busy)),
            (
                "events of a page",
                (
                    occurrences::events_text(&self.connection),
                    vec![self.asker.into(), among(), dialect::list([])],
                ),
            ),
            (
                "events of a guest's page",
                (
                    occurrences::events_text(&self.connection),
                    vec![self.asker.into(), dialect::list([]), among()],
                ),
            ),
            (
                "what differs in a page",
                (occurrences::own_text(&self.connection), vec![among(), 0_i64.into(), DAY.into()]),
            ),
            (
                "guest lists of a page",
                (guests::people_text(&self.connection), vec![self.asker.into(), among()]),
            ),
            ("changes from the beginning", (queries::changes_text(), changes(0))),
            ("changes since the last", (queries::changes_text(), changes(last))),
            (
                "calendars",
                (
                    queries::calendars_text(),
                    vec![self.asker.into(), i64::MIN.into(), Uuid::nil().into(), 21_i64.into()],
                ),
            ),
        ] {
            let lanes: Vec<String> = (0..6).map(|number| format!("l{number}")).collect();
            let small = ["a", "b", "c", "e", "m", "x", "known", "coming"]
                .into_iter()
                .chain(lanes.iter().map(String::as_str));
            let small: Vec<&str> = small.collect();
            let cost = plans::cost(&self.connection, what, &text, &values, &TABLES[3..4], &small).await;
            costs.push((what.to_owned(), cost));
            if ["range of one calendar", "range of all calendars", "free/busy"].contains(&what) {
                // Between two starts, and not from one on to the end of days.
                for column in ["starts_at", "long_from"] {
                    plans::is_bounded(&self.connection, what, &text, &values, column).await;
                }
            }
        }
        let text = INVITATIONS;
        let values = [Value::from(self.calendars[0])];
        plans::cost(&self.connection, "invitations", text, &values, &TABLES[3..4], &["x"]).await;
        costs
    }

    async fn execute(&self, text: &str, values: impl IntoIterator<Item = Value>) {
        let statement = dialect::statement(&self.connection, text, values);
        self.connection.execute_raw(statement).await.expect("executed");
    }
}

fn fresh() -> Uuid {
    new_id::<()>().uuid()
}
