//! `ModerationQueries` in SQL.

use anyhow::anyhow;
use async_trait::async_trait;
use madang_application::moderation::{FeedbackView, ModerationQueries, ReportView};
use madang_domain::{
    moderation::{
        Feedback, FeedbackText, FeedbackTitle, Report, ReportId, ReportState, ReportTarget, ReportText,
    },
    shared::{Page, PageRequest, Timestamp},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::sql::SqlStore;

const COLUMNS: &str = "r.id, r.reporter_id, r.target_kind, r.target_id, r.accused_id, r.reason, r.text, \
    r.state, r.created_at, r.handled_at, r.handled_by";

#[derive(FromQueryResult)]
struct ReportRow {
    id: Uuid,
    reporter_id: Uuid,
    target_kind: String,
    target_id: Uuid,
    accused_id: Uuid,
    reason: String,
    text: Option<String>,
    state: String,
    created_at: i64,
    handled_at: Option<i64>,
    handled_by: Option<Uuid>,
}

impl TryFrom<ReportRow> for ReportView {
    type Error = anyhow::Error;

    fn try_from(row: ReportRow) -> anyhow::Result<Self> {
        let unreadable = |()| anyhow!("report {}", row.id);
        let target =
            ReportTarget::from_parts(&row.target_kind, row.target_id).ok_or_else(|| unreadable(()))?;
        Ok(Self {
            report: Report {
                id: row.id.into(),
                reporter: row.reporter_id.into(),
                target,
                accused: row.accused_id.into(),
                reason: row.reason.parse().map_err(unreadable)?,
                text: row.text.map(ReportText::restore),
                created_at: Timestamp::from_micros(row.created_at),
            },
            state: row.state.parse().map_err(unreadable)?,
            handled_at: row.handled_at.map(Timestamp::from_micros),
            handled_by: row.handled_by.map(Into::into),
        })
    }
}

#[derive(FromQueryResult)]
struct FeedbackRow {
    id: Uuid,
    author_id: Uuid,
    title: String,
    text: String,
    created_at: i64,
}

impl From<FeedbackRow> for FeedbackView {
    fn from(row: FeedbackRow) -> Self {
        Self(Feedback {
            id: row.id.into(),
            author: row.author_id.into(),
            title: FeedbackTitle::restore(row.title),
            text: FeedbackText::restore(row.text),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

fn before(page: &PageRequest) -> Uuid {
    page.after.map_or(Uuid::max(), |after| after.id)
}

#[async_trait]
impl ModerationQueries for SqlStore {
    async fn report(&self, report: ReportId) -> anyhow::Result<Option<ReportView>> {
        let text = format!("SELECT {COLUMNS} FROM reports r WHERE r.id = $1");
        self.row::<ReportRow>(&text, [report.uuid().into()]).await?.map(TryInto::try_into).transpose()
    }

    async fn reports(
        &self,
        state: Option<ReportState>,
        page: &PageRequest,
    ) -> anyhow::Result<Page<ReportView>> {
        let mut values: Vec<Value> = vec![before(page).into(), page.fetch().into()];
        let narrowed = match state {
            None => "",
            Some(state) => {
                values.push(state.as_str().into());
                "r.state = $3 AND "
            }
        };
        let text =
            format!("SELECT {COLUMNS} FROM reports r WHERE {narrowed}r.id < $1 ORDER BY r.id DESC LIMIT $2");
        let rows = self.rows::<ReportRow>(&text, values).await?;
        let views = rows.into_iter().map(ReportView::try_from).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Page::cut(views, page, ReportView::position))
    }

    async fn feedback(&self, page: &PageRequest) -> anyhow::Result<Page<FeedbackView>> {
        let text = "SELECT f.id, f.author_id, f.title, f.text, f.created_at FROM feedback f \
                    WHERE f.id < $1 ORDER BY f.id DESC LIMIT $2";
        let rows = self.rows::<FeedbackRow>(text, [before(page).into(), page.fetch().into()]).await?;
        Ok(Page::cut(rows.into_iter().map(Into::into).collect(), page, FeedbackView::position))
    }
}
