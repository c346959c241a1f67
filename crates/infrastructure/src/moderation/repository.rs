//! `ModerationRepository` in SQL.

use async_trait::async_trait;
use madang_application::{moderation::ModerationRepository, shared::Tx};
use madang_domain::{
    moderation::{Feedback, Report, ReportId, ReportState},
    shared::{Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::sql::{SqlStore, execute, row};

#[derive(FromQueryResult)]
struct Found {
    #[expect(dead_code, reason = "only whether there is a row matters")]
    id: Uuid,
}

#[async_trait]
impl ModerationRepository for SqlStore {
    async fn add_report(&self, tx: &mut Tx, report: &Report) -> anyhow::Result<bool> {
        let insert = "INSERT INTO reports (id, reporter_id, target_kind, target_id, accused_id, reason, text, \
                      state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8) \
                      ON CONFLICT (reporter_id, target_kind, target_id) DO NOTHING";
        let (kind, id) = report.target.parts();
        let values: [Value; 8] = [
            report.id.uuid().into(),
            report.reporter.uuid().into(),
            kind.into(),
            id.into(),
            report.accused.uuid().into(),
            report.reason.as_str().into(),
            report.text.as_ref().map(|text| text.as_str().to_owned()).into(),
            report.created_at.micros().into(),
        ];
        Ok(execute(tx, insert, values).await? > 0)
    }

    async fn close_report(
        &self,
        tx: &mut Tx,
        report: ReportId,
        state: ReportState,
        by: UserId,
        at: Timestamp,
    ) -> anyhow::Result<Option<bool>> {
        let update = "UPDATE reports SET state = $2, handled_by = $3, handled_at = $4 \
                      WHERE id = $1 AND state = 'open'";
        let values: [Value; 4] =
            [report.uuid().into(), state.as_str().into(), by.uuid().into(), at.micros().into()];
        if execute(tx, update, values).await? > 0 {
            return Ok(Some(true));
        }
        let select = "SELECT id FROM reports WHERE id = $1";
        Ok(row::<Found>(tx, select, [report.uuid().into()]).await?.map(|_| false))
    }

    async fn add_feedback(&self, tx: &mut Tx, feedback: &Feedback) -> anyhow::Result<()> {
        let insert =
            "INSERT INTO feedback (id, author_id, title, text, created_at) VALUES ($1, $2, $3, $4, $5)";
        let values: [Value; 5] = [
            feedback.id.uuid().into(),
            feedback.author.uuid().into(),
            feedback.title.as_str().into(),
            feedback.text.as_str().into(),
            feedback.created_at.micros().into(),
        ];
        execute(tx, insert, values).await?;
        Ok(())
    }

    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        for statement in [
            "DELETE FROM reports WHERE reporter_id = $1",
            "DELETE FROM reports WHERE accused_id = $1",
            "DELETE FROM feedback WHERE author_id = $1",
        ] {
            execute(tx, statement, [user.uuid().into()]).await?;
        }
        Ok(())
    }
}
