//! Who is out of whose sight, as SQL. Lists of every capability filter by it, so it stands below them
//! all; what it means for posts is the community's to say.
//!
//! `OFFSET 0` leaves nothing out. It makes Postgres ask row by row, by the key: it would turn a bare
//! `EXISTS` into a join or into a table in memory, and read a whole list instead of a page of it, or
//! everything that exists; and it keeps such a plan from the time when little did.

/// Whether neither of two people (SQL expressions) blocked the other.
pub(crate) fn not_blocked_between(one: &str, other: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = {one} AND b.blocked_id = {other} LIMIT 1 OFFSET 0) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocked_id = {one} AND b.blocker_id = {other} LIMIT 1 OFFSET 0)"
    )
}

/// Whether `person` is not suspended: what those wrote is shown to nobody else. Nobody is out of their
/// own sight.
pub(crate) fn present(person: &str) -> String {
    format!("({person} = $1 OR NOT {})", suspended(person))
}

/// Whether `person` (an SQL expression) is suspended.
pub(crate) fn suspended(person: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM users s WHERE s.id = {person} AND s.status = 'suspended' LIMIT 1 OFFSET 0)"
    )
}
