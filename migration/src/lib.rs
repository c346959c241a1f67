//! The schema's history: one list of steps for both databases.
//!
//! A capability adds `m20261121_00000N_<capability>_<what>.rs` and one line to [`Migrator`]. The
//! whole file looks like this:
//!
//! ```
//! //! Posts.
//! use madang_migration::Step; // inside this crate: use crate::Step;
//!
//! /// Creates the tables of posts.
//! pub(crate) const STEP: Step = Step {
//!     name: "m20261121_000004_community_posts",
//!     sql: &[
//!         "CREATE TABLE posts (
//!             id uuid PRIMARY KEY,
//!             author_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
//!             text text NOT NULL,
//!             visibility text NOT NULL CHECK (visibility IN ('public', 'followers')),
//!             pinned boolean NOT NULL DEFAULT FALSE,
//!             version bigint NOT NULL,
//!             created_at bigint NOT NULL
//!         )",
//!         "CREATE INDEX posts_author ON posts (author_id, created_at, id)",
//!     ],
//!     postgres: &[], // statements for Postgres only, after `sql`
//! };
//! ```
//!
//! Types: `uuid`, `text`, `bigint` (instants in µs, counters), `boolean`, `bytea`; see
//! [`dialect`]. Steps only go forward: a mistake is corrected by the next step.

pub mod dialect;
mod m20261121_000001_platform_base;
mod m20261121_000002_identity_accounts;
mod m20261121_000003_calendar_events;
mod m20261121_000004_community_posts;
mod m20261121_000005_notifications_base;
mod m20261121_000010_platform_outgoing_messages;
mod m20261121_000011_identity_challenges;
mod m20261121_000012_identity_security_events;
mod m20261121_000015_identity_social;
mod m20261121_000016_identity_nickname_grams;
mod m20261121_000020_calendar_sharing;
mod m20261121_000025_calendar_busy;
mod m20261121_000030_community_timeline_index;
mod m20261121_000031_community_search;
mod m20261121_000032_calendar_search;
mod m20261121_000033_community_safety;
mod m20261121_000035_moderation_reports;
mod m20261121_000040_chat_rooms;
mod m20261121_000041_chat_tickets;
mod m20261121_000042_chat_presence;
mod m20261121_000043_notifications_groups;
mod m20261121_000044_notifications_channels;
mod m20261121_000045_notifications_devices;
mod m20261121_000046_calendar_people;
mod m20261121_000050_media_base;
mod m20261121_000051_community_post_media;
mod m20261121_000052_identity_avatars;
mod m20261121_000060_identity_partings;
mod m20261121_000061_notifications_people;
mod m20261121_000062_identity_link_checks;
mod m20261121_000070_calendar_reminders;
mod m20261121_000071_calendar_completions;
mod m20261121_000072_calendar_alarms;
mod m20261121_000073_notifications_occurrence;
mod m20261121_000080_community_occurrences;
mod m20261121_000090_community_mentions;
mod m20261121_000091_community_edits;
mod m20261121_000092_community_event_posts;
mod m20261121_000093_chat_pictures;
mod m20261121_000094_calendar_lanes;
mod m20261121_000095_community_series_ages;
mod m20261121_000100_community_replies_by;
mod m20261121_000101_identity_phones;
mod m20261121_000102_calendar_free_time;
mod m20261121_000103_community_dated_posts;
mod m20261121_000104_community_counts;
mod m20261121_000105_calendar_hiding;
mod m20261121_000107_notifications_times;
mod m20261121_000111_chat_lookout;
mod m20261121_000112_community_absences;
mod m20261121_000114_chat_sender;
mod m20261121_000115_community_big_follows;
mod m20261121_000116_community_pages;
mod m20261121_000117_community_room_in_hash;
mod step;

use sea_orm_migration::{prelude::*, sea_orm::DatabaseConnection};

pub use step::Step;

/// Every step, in order. Never reorder or edit a released one.
pub const STEPS: &[Step] = &[
    m20261121_000001_platform_base::STEP,
    m20261121_000002_identity_accounts::STEP,
    m20261121_000003_calendar_events::STEP,
    m20261121_000004_community_posts::STEP,
    m20261121_000005_notifications_base::STEP,
    m20261121_000015_identity_social::STEP,
    m20261121_000016_identity_nickname_grams::STEP,
    m20261121_000010_platform_outgoing_messages::STEP,
    m20261121_000011_identity_challenges::STEP,
    m20261121_000012_identity_security_events::STEP,
    m20261121_000030_community_timeline_index::STEP,
    m20261121_000031_community_search::STEP,
    m20261121_000032_calendar_search::STEP,
    m20261121_000025_calendar_busy::STEP,
    m20261121_000020_calendar_sharing::STEP,
    m20261121_000035_moderation_reports::STEP,
    m20261121_000033_community_safety::STEP,
    m20261121_000040_chat_rooms::STEP,
    m20261121_000041_chat_tickets::STEP,
    m20261121_000042_chat_presence::STEP,
    m20261121_000043_notifications_groups::STEP,
    m20261121_000044_notifications_channels::STEP,
    m20261121_000060_identity_partings::STEP,
    m20261121_000061_notifications_people::STEP,
    m20261121_000045_notifications_devices::STEP,
    m20261121_000046_calendar_people::STEP,
    m20261121_000070_calendar_reminders::STEP,
    m20261121_000090_community_mentions::STEP,
    m20261121_000091_community_edits::STEP,
    m20261121_000092_community_event_posts::STEP,
    m20261121_000071_calendar_completions::STEP,
    m20261121_000050_media_base::STEP,
    m20261121_000051_community_post_media::STEP,
    m20261121_000052_identity_avatars::STEP,
    m20261121_000093_chat_pictures::STEP,
    m20261121_000080_community_occurrences::STEP,
    m20261121_000072_calendar_alarms::STEP,
    m20261121_000073_notifications_occurrence::STEP,
    m20261121_000095_community_series_ages::STEP,
    m20261121_000100_community_replies_by::STEP,
    m20261121_000094_calendar_lanes::STEP,
    m20261121_000062_identity_link_checks::STEP,
    m20261121_000101_identity_phones::STEP,
    m20261121_000102_calendar_free_time::STEP,
    m20261121_000103_community_dated_posts::STEP,
    m20261121_000104_community_counts::STEP,
    m20261121_000105_calendar_hiding::STEP,
    m20261121_000107_notifications_times::STEP,
    m20261121_000111_chat_lookout::STEP,
    m20261121_000112_community_absences::STEP,
    m20261121_000114_chat_sender::STEP,
    m20261121_000115_community_big_follows::STEP,
    m20261121_000116_community_pages::STEP,
    m20261121_000117_community_room_in_hash::STEP,
];

/// Knows every step.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.iter().map(|step| Box::new(*step) as Box<dyn MigrationTrait>).collect()
    }
}

/// Brings the schema up to date; processes that start together take turns.
///
/// Give it a pool of one connection without time limits (`sql::for_migrations`).
///
/// # Errors
/// If a step fails; it is then undone as a whole, and the earlier ones stay.
pub async fn migrate(connection: &DatabaseConnection) -> Result<(), DbErr> {
    dialect::take_turns(connection).await?;
    let done = Migrator::up(connection, None).await;
    dialect::let_others(connection).await?;
    done
}

/// The names of the steps this database has not seen.
///
/// # Errors
/// If the database cannot be asked.
pub async fn pending(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let steps = Migrator::get_pending_migrations(connection).await?;
    Ok(steps.iter().map(|step| step.name().to_owned()).collect())
}
