//! Tag `Admin`: what people told, and what became of it.

use std::sync::Arc;

use madang_application::moderation::ModerationService;
use madang_domain::moderation;
use poem::Request;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};

use super::{
    Tag,
    dto::{AdminFeedback, AdminReport, ReportState},
};
use crate::http::{Answer, Auth, Ident, Listing, Outcome, Pages};

/// The operators' side of reports and feedback.
pub struct ModerationAdminApi {
    service: Arc<ModerationService>,
}

impl ModerationAdminApi {
    /// Wires it.
    pub fn new(service: Arc<ModerationService>) -> Self {
        Self { service }
    }

    async fn close(
        &self,
        auth: Auth,
        report: Ident<moderation::Report>,
        state: moderation::ReportState,
    ) -> Outcome<Answer<AdminReport>> {
        Ok(Answer::new(self.service.close(&auth.0, report.0, state).await?.into()))
    }
}

#[OpenApi(tag = "Tag::Admin")]
impl ModerationAdminApi {
    /// List reports
    ///
    /// The newest first.
    ///
    /// Errors: `platform.forbidden`.
    #[oai(path = "/v1/admin/reports", method = "get", operation_id = "listReports")]
    async fn reports(
        &self,
        request: &Request,
        auth: Auth,
        /// Only reports in this state.
        status: Query<Option<ReportState>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<AdminReport>>> {
        let state = status.0.map(Into::into);
        let pages = Pages::read(request, format!("reports {state:?}"), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.reports(&auth.0, state, &pages.request()).await?))
    }

    /// Read a report
    ///
    /// Errors: `platform.forbidden`.
    #[oai(path = "/v1/admin/reports/:reportId", method = "get", operation_id = "getReport")]
    async fn report(
        &self,
        auth: Auth,
        /// The report.
        #[oai(name = "reportId")]
        report: Path<Ident<moderation::Report>>,
    ) -> Outcome<Answer<AdminReport>> {
        Ok(Answer::new(self.service.one_report(&auth.0, report.0.0).await?.into()))
    }

    /// Close a report: something was done
    ///
    /// Errors: `platform.forbidden`, `moderation.already_handled`.
    #[oai(path = "/v1/admin/reports/:reportId/resolve", method = "post", operation_id = "resolveReport")]
    async fn resolve(
        &self,
        auth: Auth,
        /// The report.
        #[oai(name = "reportId")]
        report: Path<Ident<moderation::Report>>,
    ) -> Outcome<Answer<AdminReport>> {
        self.close(auth, report.0, moderation::ReportState::Resolved).await
    }

    /// Close a report: nothing needs doing
    ///
    /// Errors: `platform.forbidden`, `moderation.already_handled`.
    #[oai(path = "/v1/admin/reports/:reportId/dismiss", method = "post", operation_id = "dismissReport")]
    async fn dismiss(
        &self,
        auth: Auth,
        /// The report.
        #[oai(name = "reportId")]
        report: Path<Ident<moderation::Report>>,
    ) -> Outcome<Answer<AdminReport>> {
        self.close(auth, report.0, moderation::ReportState::Dismissed).await
    }

    /// List feedback
    ///
    /// The newest first.
    ///
    /// Errors: `platform.forbidden`.
    #[oai(path = "/v1/admin/feedback", method = "get", operation_id = "listFeedback")]
    async fn feedback(
        &self,
        request: &Request,
        auth: Auth,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<AdminFeedback>>> {
        let pages = Pages::read(request, "feedback", limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.feedback(&auth.0, &pages.request()).await?))
    }
}
