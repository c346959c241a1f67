//! Challenges and the budgets of those who ask for them.

use async_trait::async_trait;
use madang_application::{
    identity::challenges::{ChallengeRepository, SendingLimit},
    shared::Tx,
};
use madang_domain::{
    identity::challenge::{Challenge, ChallengeTag, DAY, Purpose, TRIES},
    shared::{Id, Timestamp},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::sql::{SqlStore, execute, row};

#[async_trait]
impl ChallengeRepository for SqlStore {
    async fn count(
        &self,
        tx: &mut Tx,
        purpose: &str,
        subject: &[u8; 32],
        limit: SendingLimit,
        now: Timestamp,
    ) -> anyhow::Result<Result<(), Timestamp>> {
        #[derive(FromQueryResult)]
        struct Row {
            last_at: i64,
            day_began_at: i64,
            sent: i64,
        }
        let text = "INSERT INTO challenge_budgets (purpose, subject, last_at, day_began_at, sent) \
                    VALUES ($1, $2, $3, $3, 1) ON CONFLICT (purpose, subject) DO UPDATE SET \
                    sent = CASE WHEN challenge_budgets.day_began_at <= $4 THEN 1 \
                    ELSE challenge_budgets.sent + 1 END, \
                    day_began_at = CASE WHEN challenge_budgets.day_began_at <= $4 THEN $3 \
                    ELSE challenge_budgets.day_began_at END, last_at = $3 \
                    WHERE challenge_budgets.last_at <= $5 \
                    AND (challenge_budgets.day_began_at <= $4 OR challenge_budgets.sent < $6)";
        let values = [
            purpose.into(),
            subject.to_vec().into(),
            now.micros().into(),
            now.minus(DAY).micros().into(),
            now.minus(limit.pause).micros().into(),
            limit.daily.into(),
        ];
        if execute(tx, text, values).await? > 0 {
            return Ok(Ok(()));
        }
        let text = "SELECT last_at, day_began_at, sent FROM challenge_budgets \
                    WHERE purpose = $1 AND subject = $2";
        let found: Option<Row> = row(tx, text, [purpose.into(), subject.to_vec().into()]).await?;
        if found.as_ref().is_some_and(|row| row.sent >= limit.daily) {
            // Whoever watches the logs hears of floods, and of the lid on all text messages.
            tracing::warn!(purpose, limit = limit.daily, "a daily limit of codes is reached");
        }
        Ok(Err(found.map_or(now, |row| {
            let pause = Timestamp::from_micros(row.last_at).plus(limit.pause);
            let day = Timestamp::from_micros(row.day_began_at).plus(DAY);
            if row.sent >= limit.daily { pause.max(day) } else { pause }
        })))
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &[u8; 32],
        challenge: &Challenge,
        code_hash: &[u8; 32],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let text = "INSERT INTO challenges (id, purpose, subject, code_hash, tries, expires_at, created_at) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = [
            challenge.id.uuid().into(),
            purpose.name().into(),
            subject.to_vec().into(),
            code_hash.to_vec().into(),
            challenge.tries.into(),
            challenge.expires_at.micros().into(),
            now.micros().into(),
        ];
        execute(tx, text, values).await?;
        // The few that are over are swept up by those that come.
        for table in [
            "challenges WHERE id IN (SELECT id FROM challenges WHERE created_at < $1",
            "challenge_budgets WHERE (purpose, subject) IN (SELECT purpose, subject FROM challenge_budgets WHERE last_at < $1",
        ] {
            let text = format!("DELETE FROM {table} LIMIT 20)");
            execute(tx, &text, [now.minus(DAY * 2).micros().into()]).await?;
        }
        Ok(())
    }

    async fn latest(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &[u8; 32],
    ) -> anyhow::Result<Option<Challenge>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: Uuid,
            tries: i64,
            solved_at: Option<i64>,
            expires_at: i64,
        }
        let text = "SELECT id, tries, solved_at, expires_at FROM challenges WHERE purpose = $1 \
                    AND subject = $2 ORDER BY created_at DESC, id DESC LIMIT 1";
        let found: Option<Row> = row(tx, text, [purpose.name().into(), subject.to_vec().into()]).await?;
        Ok(found.map(|row| Challenge {
            id: Id::new(row.id),
            tries: row.tries,
            solved_at: row.solved_at.map(Timestamp::from_micros),
            expires_at: Timestamp::from_micros(row.expires_at),
        }))
    }

    async fn try_code(
        &self,
        tx: &mut Tx,
        challenge: Id<ChallengeTag>,
        now: Timestamp,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        #[derive(FromQueryResult)]
        struct Row {
            code_hash: Vec<u8>,
        }
        let text = "UPDATE challenges SET tries = tries + 1 WHERE id = $1 AND tries < $2 \
                    AND solved_at IS NULL AND expires_at > $3 RETURNING code_hash";
        let values = [challenge.uuid().into(), TRIES.into(), now.micros().into()];
        Ok(row::<Row>(tx, text, values).await?.map(|row| row.code_hash))
    }

    async fn solve(
        &self,
        tx: &mut Tx,
        challenge: Id<ChallengeTag>,
        now: Timestamp,
        proof: Option<(&[u8; 32], Timestamp)>,
    ) -> anyhow::Result<bool> {
        let text = "UPDATE challenges SET solved_at = $2, proof = $3, proof_expires_at = $4 \
                    WHERE id = $1 AND solved_at IS NULL";
        let values = [
            challenge.uuid().into(),
            now.micros().into(),
            proof.map(|(proof, _)| proof.to_vec()).into(),
            proof.map(|(_, until)| until.micros()).into(),
        ];
        Ok(execute(tx, text, values).await? > 0)
    }

    async fn redeem(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &[u8; 32],
        proof: &[u8; 32],
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        let text = "UPDATE challenges SET proof = NULL WHERE proof = $1 AND purpose = $2 AND subject = $3 \
                    AND proof_expires_at > $4";
        let values =
            [proof.to_vec().into(), purpose.name().into(), subject.to_vec().into(), now.micros().into()];
        Ok(execute(tx, text, values).await? > 0)
    }
}
