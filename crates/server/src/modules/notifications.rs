//! What people are told about.

use std::sync::Arc;

use madang_application::{
    notifications::{
        FollowNotices, LikeNotices, MessageNotices, NewsService, NotificationFarewell, NotificationQueries,
        NotificationRepository, NotificationService, ReplyNotices, SecurityNotices, Teller,
    },
    shared::{Worker, on},
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::{
    chat::domain_events::MessagesWaiting,
    community::domain_events::{PostLiked, PostReplied, UserFollowed},
    identity::domain_events::{SessionsRevoked, UserErased},
};
use madang_infrastructure::sql::SqlStore;
use madang_presentation::notifications::{Newsboy, NotificationsApi};

use super::Module;

/// Turns domain events into notifications, and lists them.
pub struct Notifications;

impl Module for Notifications {
    type Api = NotificationsApi;

    fn register(registry: &mut Registry) {
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn NotificationRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn NotificationQueries>);
        registry.service(NotificationService::new);
        registry.service(NewsService::new);
        registry.service(Newsboy::new);
        registry.bind(|newsboy: Arc<Newsboy>| newsboy as Arc<dyn Worker>);

        registry.service(Teller::new);
        registry.service(FollowNotices::new);
        registry.service(ReplyNotices::new);
        registry.service(LikeNotices::new);
        registry.service(MessageNotices::new);
        registry.service(SecurityNotices::new);
        registry.service(NotificationFarewell::new);
        registry.bind(on::<UserFollowed, FollowNotices>);
        registry.bind(on::<PostReplied, ReplyNotices>);
        registry.bind(on::<PostLiked, LikeNotices>);
        registry.bind(on::<MessagesWaiting, MessageNotices>);
        registry.bind(on::<SessionsRevoked, SecurityNotices>);
        registry.bind(on::<UserErased, NotificationFarewell>);
    }

    fn api(container: &Container) -> Result<NotificationsApi, WiringError> {
        container.construct(NotificationsApi::new)
    }
}
