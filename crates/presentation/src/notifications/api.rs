//! Tag `Notifications`.

use std::sync::Arc;

use madang_application::notifications::NotificationService;
use poem::Request;
use poem_openapi::{OpenApi, param::Query};

use super::{
    Tag,
    dto::{MarkRead, Notification, UnreadCount},
};
use crate::http::{Answer, Auth, Form, Listing, NoContent, Outcome, Pages};

/// One's own notifications.
pub struct NotificationsApi {
    service: Arc<NotificationService>,
}

impl NotificationsApi {
    /// Wires it.
    pub fn new(service: Arc<NotificationService>) -> Self {
        Self { service }
    }
}

#[OpenApi(tag = "Tag::Notifications")]
impl NotificationsApi {
    /// List notifications
    ///
    /// Newest first.
    #[oai(path = "/v1/notifications", method = "get", operation_id = "listNotifications")]
    async fn list(
        &self,
        request: &Request,
        auth: Auth,
        /// Only those that are not read.
        unread: Query<Option<bool>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Notification>>> {
        let unread = unread.0.unwrap_or(false);
        let scope = format!("notifications {} {unread}", auth.0.user);
        let pages = Pages::read(request, scope, limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.list(&auth.0, unread, &pages.request()).await?))
    }

    /// Count unread notifications
    #[oai(path = "/v1/notifications/unread-count", method = "get", operation_id = "countUnreadNotifications")]
    async fn unread_count(&self, auth: Auth) -> Outcome<Answer<UnreadCount>> {
        Ok(Answer::new(UnreadCount { count: self.service.unread_count(&auth.0).await? }))
    }

    /// Mark notifications as read
    ///
    /// All of them, if nothing is named. Again changes nothing.
    #[oai(path = "/v1/notifications/read", method = "post", operation_id = "readNotifications")]
    async fn read(&self, auth: Auth, form: Form<MarkRead>) -> Outcome<NoContent> {
        self.service.read(&auth.0, form.accept()?.into()).await?;
        Ok(NoContent::default())
    }
}
