//! What a database error means to a use case: "broken", or "away for now".

use madang_domain::shared::Unavailable;
use sea_orm::{DbErr, RuntimeErr};

/// A database error as a port reports it. Lost connections, exhausted pools and waits that took
/// too long become [`Unavailable`], which is answered with 503; everything else is our fault.
pub fn broken(error: DbErr) -> anyhow::Error {
    if is_away(&error) {
        // The marker is the root of the chain because a context cannot be found by its type.
        anyhow::Error::new(Unavailable("database")).context(error.to_string())
    } else {
        error.into()
    }
}

/// Whether Postgres gave up waiting for a lock somebody else holds.
pub(super) fn is_lock_timeout(error: &DbErr) -> bool {
    driver_error(error).is_some_and(|error| code(error).as_deref() == Some("55P03"))
}

/// Whether the connection died, now or before the pool handed it out. It leaves the pool. A
/// statement that changes something may have done so.
pub(super) fn is_lost(error: &DbErr) -> bool {
    match driver_error(error) {
        Some(sqlx::Error::Io(_)) => true,
        Some(error) => code(error)
            .is_some_and(|code| code.len() == 5 && ["08", "57P"].iter().any(|state| code.starts_with(state))),
        None => false,
    }
}

/// Whether a database that refused a connection takes one soon: it starts, or has none left.
pub(super) fn passes_by_itself(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Io(error) = error {
        return error.kind() == std::io::ErrorKind::ConnectionRefused;
    }
    matches!(code(error).as_deref(), Some("53300" | "57P03"))
}

fn is_away(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    match driver_error(error) {
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed,
        ) => true,
        Some(error) => code(error).is_some_and(|code| is_passing(&code)),
        None => false,
    }
}

/// Postgres: connection lost (08), shutting down (57P), too many connections or out of memory
/// (53), statement or lock timeout, deadlock, serialisation. SQLite: busy, locked, and their
/// extended codes, whose low byte is the plain one.
fn is_passing(code: &str) -> bool {
    const SQLITE_BUSY: u32 = 5;
    const SQLITE_LOCKED: u32 = 6;
    let state = |prefixes: &[&str]| code.len() == 5 && prefixes.iter().any(|prefix| code.starts_with(prefix));
    state(&["08", "53", "57P", "57014", "55P03", "40"])
        || code
            .parse::<u32>()
            .is_ok_and(|code| matches!(code & 0xff, SQLITE_BUSY | SQLITE_LOCKED) && code < 10_000)
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    if let DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error)) = error
    {
        return Some(error);
    }
    None
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
}
