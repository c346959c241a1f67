//! The hot copy of which sessions ended, beside the record in the database.

use std::sync::Arc;

use madang_application::identity::ports::Revoked;
use madang_domain::shared::{Id, Timestamp};
use uuid::Uuid;

use super::Redis;

/// Once nobody adds to it any more, Redis forgets it after this time. No access token lives longer.
const FORGOTTEN_AFTER: i64 = 2 * 24 * 60 * 60;

/// A sorted set: sessions by when the last of their access tokens expires. A process that starts, or
/// that was cut off from the broadcasts, reads it in one round trip. Without Redis it is empty and
/// takes everything; whatever it loses is in the database.
pub struct Denylist {
    redis: Option<Arc<Redis>>,
}

impl Denylist {
    /// In this Redis, if there is one.
    pub fn new(redis: Option<Arc<Redis>>) -> Self {
        Self { redis }
    }

    /// Adds sessions, and drops those whose tokens are gone. Says whether Redis took them, or is not
    /// there at all.
    pub async fn add(&self, ended: &[Revoked], now: Timestamp) -> bool {
        let Some(redis) = &self.redis else { return true };
        if ended.is_empty() {
            return redis.is_connected();
        }
        let key = redis.name(KEY);
        let mut pipeline = redis::pipe();
        // Later ends win: tokens may have been issued since the first.
        let add = pipeline.atomic().cmd("ZADD").arg(&key).arg("GT");
        for Revoked { session, until } in ended {
            add.arg(until.micros()).arg(session.uuid().to_string());
        }
        add.ignore().cmd("ZREMRANGEBYSCORE").arg(&key).arg("-inf").arg(now.micros()).ignore();
        pipeline.cmd("EXPIRE").arg(&key).arg(FORGOTTEN_AFTER).ignore();
        redis.ask(async |mut connection| pipeline.query_async::<()>(&mut connection).await).await.is_some()
    }

    /// The sessions that may still have access tokens, as far as Redis knows.
    pub async fn read(&self, now: Timestamp) -> Vec<Revoked> {
        let Some(redis) = &self.redis else { return Vec::new() };
        let mut question = redis::cmd("ZRANGEBYSCORE");
        question.arg(redis.name(KEY)).arg(format!("({}", now.micros())).arg("+inf").arg("WITHSCORES");
        let answer: Option<Vec<(String, f64)>> =
            redis.ask(async |mut connection| question.query_async(&mut connection).await).await;
        answer.unwrap_or_default().into_iter().filter_map(|(session, until)| read(&session, until)).collect()
    }
}

const KEY: &str = "identity.revoked";

/// Microseconds are whole in a double until the year 2255. What cannot be read was not written by us.
fn read(session: &str, until: f64) -> Option<Revoked> {
    let session = Uuid::parse_str(session).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "it was a whole number of microseconds")]
    let until = Timestamp::from_micros(until as i64);
    Some(Revoked { session: Id::new(session), until })
}
