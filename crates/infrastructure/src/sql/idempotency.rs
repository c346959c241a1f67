//! Answers under an `Idempotency-Key`, beside the claims that transactions make.

use anyhow::Context;
use async_trait::async_trait;
use madang_application::shared::{IdempotencyRecords, OnceKey, Recorded, RecordedAnswer};
use madang_domain::shared::Timestamp;
use sea_orm::{FromQueryResult, Value};

use super::{SqlStore, session::name};

#[derive(FromQueryResult)]
struct Row {
    fingerprint: Vec<u8>,
    answer_status: Option<i64>,
    answer_headers: Option<Vec<u8>>,
    answer_body: Option<Vec<u8>>,
}

#[async_trait]
impl IdempotencyRecords for SqlStore {
    async fn find(&self, key: &OnceKey) -> anyhow::Result<Option<Recorded>> {
        let text = "SELECT fingerprint, answer_status, answer_headers, answer_body FROM idempotency_keys \
                    WHERE actor = $1 AND route = $2 AND key = $3";
        let Some(row) = self.row::<Row>(text, name(key)).await? else { return Ok(None) };
        let same_request = row.fingerprint == key.fingerprint;
        let answer = if same_request { self.open_answer(row)? } else { None };
        Ok(Some(Recorded { same_request, answer }))
    }

    async fn record(&self, key: &OnceKey, answer: RecordedAnswer) -> anyhow::Result<Recorded> {
        let mut values: Vec<Value> = name(key).to_vec();
        values.extend([
            key.fingerprint.to_vec().into(),
            self.shared().clock.now().micros().into(),
            i64::from(answer.status).into(),
            self.shared().sealer.seal(&serde_json::to_vec(&answer.headers)?).into(),
            self.shared().sealer.seal(&answer.body).into(),
        ]);
        let text = "INSERT INTO idempotency_keys \
                    (actor, route, key, fingerprint, created_at, answer_status, answer_headers, answer_body) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (actor, route, key) DO UPDATE SET \
                    answer_status = excluded.answer_status, answer_headers = excluded.answer_headers, \
                    answer_body = excluded.answer_body \
                    WHERE idempotency_keys.answer_status IS NULL \
                    AND idempotency_keys.fingerprint = excluded.fingerprint";
        if self.execute(text, values).await? > 0 {
            return Ok(Recorded { same_request: true, answer: Some(answer) });
        }
        self.find(key).await?.context("a recorded answer vanished")
    }

    async fn forget_older_than(&self, instant: Timestamp) -> anyhow::Result<u64> {
        let text = "DELETE FROM idempotency_keys WHERE (actor, route, key) IN \
                    (SELECT actor, route, key FROM idempotency_keys WHERE created_at < $1 LIMIT $2)";
        self.delete_in_pieces(text, instant).await
    }
}

impl SqlStore {
    fn open_answer(&self, row: Row) -> anyhow::Result<Option<RecordedAnswer>> {
        let (Some(status), Some(headers), Some(body)) =
            (row.answer_status, row.answer_headers, row.answer_body)
        else {
            return Ok(None);
        };
        let open = |sealed: &[u8]| {
            self.shared().sealer.open(sealed).context("a recorded answer was sealed with another key")
        };
        Ok(Some(RecordedAnswer {
            status: u16::try_from(status)?,
            headers: serde_json::from_slice(&open(&headers)?)?,
            body: open(&body)?,
        }))
    }
}
