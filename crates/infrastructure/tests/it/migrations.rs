//! The schema's history.

use madang_infrastructure::sql::{dialect, for_migrations};
use madang_testkit::TestDb;
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult, Value};
use uuid::Uuid;

madang_testkit::on_every_database!(
    runs_once_however_many_start_together,
    c16_long_events_that_are_there_already_get_their_lanes,
);

const LANES: &str = "m20261121_000094_calendar_lanes";
const DAY: i64 = 86_400_000_000;

#[derive(Debug, PartialEq, FromQueryResult)]
struct Laned {
    starts_at: i64,
    lane: i64,
    long_from: Option<i64>,
}

#[derive(Debug, PartialEq, FromQueryResult)]
struct Lanes {
    lanes: i64,
}

async fn runs_once_however_many_start_together(db: TestDb) {
    // Test databases come migrated; a second time nothing is left to do.
    db.store.close().await.expect("closed");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = db.url().to_owned();
        tasks.spawn(async move {
            let connection = for_migrations(&url).await.expect("opens");
            madang_migration::migrate(&connection).await.expect("migrates");
            assert!(madang_migration::pending(&connection).await.expect("a list").is_empty());
            connection.close().await.expect("closes");
        });
    }
    tasks.join_all().await;
}

/// The step that brought lanes, on a database in which people have had long events before it.
async fn c16_long_events_that_are_there_already_get_their_lanes(db: TestDb) {
    db.store.close().await.expect("closed");
    let connection = for_migrations(db.url()).await.expect("opens");
    // As it was before the step.
    for undone in [
        "DROP INDEX calendar_occurrences_lanes",
        "DROP INDEX calendar_occurrences_event_lanes",
        "ALTER TABLE calendar_occurrences DROP COLUMN lane",
        "ALTER TABLE calendar_occurrences DROP COLUMN long_from",
        "ALTER TABLE calendars DROP COLUMN lanes",
        "CREATE INDEX calendar_occurrences_long ON calendar_occurrences (calendar_id, ends_at) WHERE is_long",
        "CREATE INDEX calendar_occurrences_busy_long ON calendar_occurrences
            (calendar_id, ends_at, starts_at, floats) WHERE blocks AND is_long",
    ] {
        connection.execute_unprepared(undone).await.expect(undone);
    }
    execute(&connection, "DELETE FROM seaql_migrations WHERE version = $1", [LANES.into()]).await;
    let (long, short) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let days = [1, 2, 3, 16, 17, 128, 129, 1_024, 1_025, 9_000];
    fill(&connection, long, &days).await;
    fill(&connection, short, &[1, 1]).await;
    assert_eq!(madang_migration::pending(&connection).await.expect("a list"), [LANES]);
    madang_migration::migrate(&connection).await.expect("migrates");
    let text = "SELECT starts_at, lane, long_from FROM calendar_occurrences WHERE calendar_id = $1 ORDER BY starts_at";
    let found: Vec<Laned> = rows(&connection, text, long).await;
    let lanes = [0, 0, 1, 1, 2, 2, 4, 4, 8, 8];
    let expected = lanes.into_iter().zip(0..).map(|(lane, number)| {
        let starts_at = number * DAY;
        Laned { starts_at, lane, long_from: (lane > 0).then_some(starts_at) }
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    let text = "SELECT lanes FROM calendars WHERE id = $1";
    assert_eq!(rows::<Lanes>(&connection, text, long).await, [Lanes { lanes: 15 }]);
    assert_eq!(rows::<Lanes>(&connection, text, short).await, [Lanes { lanes: 0 }]);
    connection.close().await.expect("closes");
}

/// A calendar with an event that has an occurrence a day, of these many days.
async fn fill(connection: &DatabaseConnection, calendar: Uuid, days: &[i64]) {
    let calendars = "INSERT INTO calendars (id, owner_id, name, description, color, time_zone, version, created_at, \
                     updated_at) VALUES ($1, $1, 'x', '', '#000000', 'Asia/Seoul', 1, 0, 0)";
    execute(connection, calendars, [calendar.into()]).await;
    let objects = "INSERT INTO calendar_objects (id, calendar_id, uid, kind, description, location, status, visibility, \
                   length_days, length_micros, recurrence, repeats, sequence, version, rev, created_at, updated_at) \
                   VALUES ($1, $1, 'x', 'event', '', '', 'confirmed', 'public', 0, 0, '', TRUE, 0, 1, 1, 0, 0)";
    execute(connection, objects, [calendar.into()]).await;
    let occurrences = "INSERT INTO calendar_occurrences (calendar_id, starts_at, id, ends_at, object_id, original_at, \
                       floats, is_long) VALUES ($1, $2, $3, $4, $1, $2, FALSE, $5)";
    for (number, days) in (0_i64..).zip(days) {
        let values: [Value; 5] = [
            calendar.into(),
            (number * DAY).into(),
            Uuid::from_u128(100 + u128::from(number.unsigned_abs())).into(),
            ((number + days) * DAY).into(),
            (*days > 2).into(),
        ];
        execute(connection, occurrences, values).await;
    }
}

async fn execute(connection: &DatabaseConnection, text: &str, values: impl IntoIterator<Item = Value>) {
    connection.execute_raw(dialect::statement(connection, text, values)).await.expect(text);
}

async fn rows<T: FromQueryResult>(connection: &DatabaseConnection, text: &str, calendar: Uuid) -> Vec<T> {
    let statement = dialect::statement(connection, text, [calendar.into()]);
    let found = connection.query_all_raw(statement).await.expect(text);
    found.iter().map(|row| T::from_query_result(row, "").expect("a row")).collect()
}
