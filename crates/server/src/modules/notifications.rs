//! What people are told about.

use std::sync::Arc;

use madang_application::{
    notifications::{
        FollowNotices, LikeNotices, NotificationFarewell, NotificationQueries, NotificationRepository,
        NotificationService, ReplyNotices,
    },
    shared::on,
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::{
    community::domain_events::{PostLiked, PostReplied, UserFollowed},
    identity::domain_events::UserErased,
};
use madang_infrastructure::sql::SqlStore;
use madang_presentation::notifications::NotificationsApi;

use super::Module;

/// Turns domain events into notifications, and lists them.
pub struct Notifications;

impl Module for Notifications {
    type Api = NotificationsApi;

    fn register(registry: &mut Registry) {
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn NotificationRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn NotificationQueries>);
        registry.service(NotificationService::new);
        registry.service(FollowNotices::new);
        registry.service(ReplyNotices::new);
        registry.service(LikeNotices::new);
        registry.service(NotificationFarewell::new);
        registry.bind(on::<UserFollowed, FollowNotices>);
        registry.bind(on::<PostReplied, ReplyNotices>);
        registry.bind(on::<PostLiked, LikeNotices>);
        registry.bind(on::<UserErased, NotificationFarewell>);
    }

    fn api(container: &Container) -> Result<NotificationsApi, WiringError> {
        container.construct(NotificationsApi::new)
    }
}
