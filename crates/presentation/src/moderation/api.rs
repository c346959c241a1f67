//! What everybody may tell the operators.

use std::sync::Arc;

use madang_application::moderation::ModerationService;
use madang_domain::shared::id::User;
use poem_openapi::{OpenApi, param::Path};
use uuid::Uuid;

use super::{
    Tag,
    dto::{CreateFeedback, CreateReport, Feedback, Report},
};
use crate::http::{Auth, Created, Form, Ident, Outcome};

/// Reports and feedback.
pub struct ReportsApi {
    service: Arc<ModerationService>,
}

impl ReportsApi {
    /// Wires it.
    pub fn new(service: Arc<ModerationService>) -> Self {
        Self { service }
    }
}

#[OpenApi]
impl ReportsApi {
    /// Report a post
    ///
    /// Once per person. The reason `other` needs a `text`.
    ///
    /// Errors: `moderation.already_reported`, `moderation.own_report`, `moderation.text_needed`.
    #[oai(
        path = "/v1/posts/:postId/reports",
        method = "post",
        operation_id = "reportPost",
        tag = "Tag::Community"
    )]
    async fn report_post(
        &self,
        auth: Auth,
        /// The post.
        #[oai(name = "postId")]
        post: Path<Ident<Uuid>>,
        form: Form<CreateReport>,
    ) -> Outcome<Created<Report>> {
        let wish = form.accept()?.into();
        created(self.service.report_post(&auth.0, post.0.0.uuid(), wish).await?.into())
    }

    /// Report a person
    ///
    /// Once per person. The reason `other` needs a `text`.
    ///
    /// Errors: `moderation.already_reported`, `moderation.own_report`, `moderation.text_needed`.
    #[oai(
        path = "/v1/users/:userId/reports",
        method = "post",
        operation_id = "reportUser",
        tag = "Tag::Users"
    )]
    async fn report_user(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
        form: Form<CreateReport>,
    ) -> Outcome<Created<Report>> {
        let wish = form.accept()?.into();
        created(self.service.report_user(&auth.0, user.0.0, wish).await?.into())
    }

    /// Say something about the service
    #[oai(path = "/v1/feedback", method = "post", operation_id = "createFeedback", tag = "Tag::Feedback")]
    async fn feedback(&self, auth: Auth, form: Form<CreateFeedback>) -> Outcome<Created<Feedback>> {
        let feedback: Feedback = self.service.give_feedback(&auth.0, form.accept()?.into()).await?.into();
        Ok(Created::new("/v1/admin/feedback", feedback))
    }
}

fn created(report: Report) -> Outcome<Created<Report>> {
    Ok(Created::new(format!("/v1/admin/reports/{}", report.id.0), report))
}
