//! Whom the viewer shut out, or does not want to hear of: read once for a whole statement instead of
//! looked up for each of its rows, unless they are many.
//!
//! A statement begins `WITH` the people and asks whether somebody is among them, where the database is
//! better off with that. Viewer `$1`.

use sea_orm::ConnectionTrait;

use super::visibility;
use crate::sql::dialect;

/// So many people are read; of more each is looked up.
const FEW: i64 = 100;

/// The people on the other side of a block, at most so many and one more of each side, as `blocked`.
pub(super) fn blocked() -> String {
    format!(
        "blocked AS MATERIALIZED ({} UNION ALL {})",
        first("mine", "blocks", "blocked_id", "blocker_id"),
        first("theirs", "blocks", "blocker_id", "blocked_id")
    )
}

/// The people who are muted, at most so many and one more, as `muted`.
pub(super) fn muted() -> String {
    format!("muted AS MATERIALIZED ({})", first("own", "mutes", "muted_id", "muter_id"))
}

/// How a statement finds out who is among them.
#[derive(Clone, Copy)]
pub(super) struct Few {
    /// It has the people.
    pub(super) once: bool,
}

impl Few {
    /// As this database does it best.
    pub(super) fn of(connection: &impl ConnectionTrait) -> Self {
        Self { once: dialect::keeps_rows(connection) }
    }

    /// `visibility::not_blocked` of a statement that may have [`blocked`].
    pub(super) fn not_blocked(self, person: &str) -> String {
        self.not_among("blocked", person, visibility::not_blocked(person))
    }

    /// `visibility::not_muted` of a statement that may have [`muted`].
    pub(super) fn not_muted(self, person: &str) -> String {
        self.not_among("muted", person, visibility::not_muted(person))
    }

    fn not_among(self, people: &str, person: &str, each: String) -> String {
        if !self.once {
            return each;
        }
        format!(
            "(CASE WHEN (SELECT count(*) FROM {people}) <= {FEW} \
             THEN {person} NOT IN (SELECT {people}.id FROM {people}) ELSE ({each}) END)"
        )
    }
}

/// In the order of an index, which Postgres then walks and stops.
fn first(name: &str, table: &str, person: &str, viewer: &str) -> String {
    format!(
        "SELECT * FROM (SELECT r.{person} AS id FROM {table} r WHERE r.{viewer} = $1 \
         ORDER BY r.{person} LIMIT {FEW} + 1) AS {name}"
    )
}
