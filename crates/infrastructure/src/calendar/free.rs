//! When people are busy, read. Nothing here ever selects what they are busy with.

use std::collections::HashMap;

use async_trait::async_trait;
use madang_application::calendar::{
    free::{BusyQueries, BusySearch, BusyView},
    queries::SeriesView,
};
use madang_domain::{
    calendar::{MemberRole, Window, Zone, time::WIDEST_OFFSET},
    shared::{Id, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    bulk::placeholders,
    lanes::{self, LANES, LONG},
    queries::Both,
    repository::assemble,
    rows::{EVENT, EventRow, OVERRIDE, OverrideRow},
};
use crate::sql::SqlStore;

#[derive(FromQueryResult)]
struct BusyRow {
    owner_id: Uuid,
    time_zone: Option<String>,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    floats: Option<bool>,
}

#[derive(FromQueryResult)]
struct OwnerRow {
    id: Uuid,
    owner_id: Uuid,
    home_zone: String,
}

#[async_trait]
impl BusyQueries for SqlStore {
    async fn busy(&self, search: &BusySearch) -> anyhow::Result<Vec<BusyView>> {
        let (text, values) = busy(search);
        let found: Vec<BusyRow> = self.rows(&text, values).await?;
        Ok(found.into_iter().map(BusyRow::view).collect())
    }

    async fn busy_series(&self, search: &BusySearch) -> anyhow::Result<Vec<(UserId, SeriesView)>> {
        let mut values = window_values(search);
        let shared = shared(search, &mut values);
        let source = format!(
            "FROM {shared} JOIN calendar_objects o ON o.calendar_id = c.id \
             WHERE o.covers_to IS NOT NULL AND o.kind = 'event' \
             AND (o.covers_from > $2 OR o.covers_to < $3) \
             AND o.first_at < $3 AND (o.last_at IS NULL OR o.last_at > $2)"
        );
        let text = format!("SELECT {EVENT}, c.owner_id, c.time_zone AS home_zone {source}");
        let found: Vec<Both<EventRow, OwnerRow>> = self.rows(&text, values.clone()).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT {OVERRIDE} FROM calendar_overrides v WHERE v.object_id IN (SELECT o.id {source}) \
             ORDER BY v.object_id, v.original_at"
        );
        let overrides: Vec<OverrideRow> = self.rows(&text, values).await?;
        let (rows, homes): (Vec<EventRow>, Vec<OwnerRow>) =
            found.into_iter().map(|Both(event, owner)| (event, owner)).unzip();
        let homes: HashMap<Uuid, OwnerRow> = homes.into_iter().map(|home| (home.id, home)).collect();
        let series = assemble(rows, Vec::new(), overrides).into_iter().filter_map(|event| {
            let home = homes.get(&event.id.uuid())?;
            // Whatever the asker may do elsewhere: here only times are told.
            Some((
                Id::new(home.owner_id),
                SeriesView { zone: Zone::restore(&home.home_zone), role: MemberRole::FreeBusy, event },
            ))
        });
        Ok(series.collect())
    }
}

/// One statement for everybody: what is short is found by its start, what is long in its lane, and
/// each calendar tells that it is known. All of it is answered from indexes alone.
pub(super) fn busy(search: &BusySearch) -> (String, Vec<Value>) {
    let mut values = window_values(search);
    values.push(search.window.from.saturating_sub(WIDEST_OFFSET + LONG).into());
    let shared = shared(search, &mut values);
    let stretches = |start: &str, condition: &str| {
        format!(
            "SELECT c.owner_id, CASE WHEN k.floats THEN c.time_zone END AS time_zone, k.{start} AS starts_at, k.ends_at, k.floats FROM known c \
             JOIN calendar_occurrences k ON k.calendar_id = c.id WHERE k.blocks AND {condition} UNION ALL "
        )
    };
    let short =
        stretches("starts_at", "NOT k.is_long AND k.starts_at >= $4 AND k.starts_at < $3 AND k.ends_at > $2");
    let lane = |of: &(i64, i64)| {
        let overlap = lanes::overlap(*of, "$2", "$3");
        stretches("long_from", &format!("(c.lanes & {}) <> 0 AND {overlap}", of.0))
    };
    let long: String = LANES.iter().map(lane).collect();
    let text = format!(
        "WITH known AS (SELECT c.id, c.owner_id, c.time_zone, c.lanes FROM {shared} WHERE $2 < $3) \
         {short}{long}SELECT c.owner_id, NULL, NULL, NULL, NULL FROM known c"
    );
    (text, values)
}

/// `$1` to `$3`: who asks, and the window with room for every zone.
fn window_values(search: &BusySearch) -> Vec<Value> {
    let wide = search.window.widened(WIDEST_OFFSET);
    vec![search.viewer.uuid().into(), wide.from.into(), wide.to.into()]
}

/// The calendars of these people whose times the asker may learn.
fn shared(search: &BusySearch, values: &mut Vec<Value>) -> String {
    let roles = placeholders(values.len() + 1, search.roles.len());
    values.extend(search.roles.iter().map(|role| Value::from(role.name())));
    let owners = placeholders(values.len() + 1, search.owners.len());
    values.extend(search.owners.iter().map(|owner| Value::from(owner.uuid())));
    format!(
        "calendar_members m JOIN calendars c ON c.id = m.calendar_id AND m.user_id = $1 \
         AND m.role IN ({roles}) AND c.owner_id IN ({owners})"
    )
}

impl BusyRow {
    fn view(self) -> BusyView {
        let stretch = self.starts_at.zip(self.ends_at).map(|(from, to)| Window { from, to });
        BusyView {
            owner: Id::new(self.owner_id),
            stretch,
            floats: self.floats.unwrap_or(false),
            zone: self.time_zone.unwrap_or_default(),
        }
    }
}
