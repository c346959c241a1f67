//! What people are told about.

use std::{sync::Arc, time::Duration};

use madang_application::{
    notifications::{
        CancellationNotices, DigestService, FollowNotices, InvitationNotices, JoinNotices, LikeNotices,
        MailLinks, MentionNotices, MessageNotices, NewsService, NotificationFarewell, NotificationQueries,
        NotificationRepository, NotificationService, PreferenceService, PromotionNotices, PushQueries,
        PushRepository, PushSender, PushService, ReminderNotices, ReplyNotices, ResponseNotices, RoomReading,
        SecurityNotices, Teller, TellerPlan, UnsubscribeService,
    },
    shared::{ExportPart, Worker, on},
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::{
    calendar::domain_events::{
        EventCancelled, EventJoined, GuestAnswered, GuestInvited, ReminderRang, WaiterPromoted,
    },
    chat::domain_events::{MessagesWaiting, WaitingMessagesRead},
    community::domain_events::{PostLiked, PostMentioned, PostReplied, UserFollowed},
    identity::domain_events::{SessionsRevoked, UserErased},
};
use madang_infrastructure::{
    crypto::MasterSecret,
    notifications::{NotificationsExport, Postman, PushSettings, PushWatch, WebPush},
    sql::SqlStore,
};
use madang_presentation::notifications::{
    Newsboy, NotificationsApi, PreferencesApi, PushApi, UnsubscribeApi,
};

use super::Module;
use crate::config::Config;

/// Turns domain events into notifications, and lists them.
pub struct Notifications;

impl Module for Notifications {
    type Api = (NotificationsApi, (PreferencesApi, (PushApi, UnsubscribeApi)));

    fn register(registry: &mut Registry) {
        registry.service(NotificationsExport::new);
        registry.bind(|part: Arc<NotificationsExport>| part as Arc<dyn ExportPart>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn NotificationRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn NotificationQueries>);
        registry.service(NotificationService::new);
        registry.service(NewsService::new);
        registry.service(Newsboy::new);
        registry.bind(|newsboy: Arc<Newsboy>| newsboy as Arc<dyn Worker>);

        registry.service(PreferenceService::new);
        registry.service(mail_links);
        registry.service(UnsubscribeService::new);
        registry.service(DigestService::new);
        registry.service(Postman::new);
        registry.bind(|postman: Arc<Postman>| postman as Arc<dyn Worker>);

        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn PushRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn PushQueries>);
        registry.service(push_settings);
        registry.service(WebPush::new);
        registry.bind(|push: Arc<WebPush>| push as Arc<dyn PushSender>);
        registry.service(PushService::new);
        registry.service(PushWatch::new);
        registry.bind(|watch: Arc<PushWatch>| watch as Arc<dyn Worker>);

        registry.service(plan);
        registry.service(Teller::new);
        registry.service(FollowNotices::new);
        registry.service(ReplyNotices::new);
        registry.service(LikeNotices::new);
        registry.service(MentionNotices::new);
        registry.service(MessageNotices::new);
        registry.service(RoomReading::new);
        registry.service(SecurityNotices::new);
        registry.service(InvitationNotices::new);
        registry.service(ResponseNotices::new);
        registry.service(JoinNotices::new);
        registry.service(PromotionNotices::new);
        registry.service(CancellationNotices::new);
        registry.service(ReminderNotices::new);
        registry.service(NotificationFarewell::new);
        registry.bind(on::<UserFollowed, FollowNotices>);
        registry.bind(on::<PostReplied, ReplyNotices>);
        registry.bind(on::<PostLiked, LikeNotices>);
        registry.bind(on::<PostMentioned, MentionNotices>);
        registry.bind(on::<MessagesWaiting, MessageNotices>);
        registry.bind(on::<WaitingMessagesRead, RoomReading>);
        registry.bind(on::<SessionsRevoked, SecurityNotices>);
        registry.bind(on::<GuestInvited, InvitationNotices>);
        registry.bind(on::<GuestAnswered, ResponseNotices>);
        registry.bind(on::<EventJoined, JoinNotices>);
        registry.bind(on::<WaiterPromoted, PromotionNotices>);
        registry.bind(on::<EventCancelled, CancellationNotices>);
        registry.bind(on::<ReminderRang, ReminderNotices>);
        registry.bind(on::<UserErased, NotificationFarewell>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        let preferences = container.construct(PreferencesApi::new)?;
        let push = container.construct(PushApi::new)?;
        let unsubscribe = container.construct(UnsubscribeApi::new)?;
        Ok((container.construct(NotificationsApi::new)?, (preferences, (push, unsubscribe))))
    }
}

fn plan(config: Arc<Config>) -> TellerPlan {
    TellerPlan { digest_after: Duration::from_secs(config.notifications.digest_minutes * 60) }
}

#[expect(clippy::expect_used, reason = "a derived key has the right length")]
fn mail_links(master: Arc<MasterSecret>, config: Arc<Config>) -> MailLinks {
    let sealer = master.sealer("unsubscribe").expect("a derived key seals");
    let public = config.http.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    // Without a public address, whoever tries the program out is on the same machine.
    let base = public.unwrap_or_else(|| format!("http://localhost:{}", config.http.listen.port()));
    MailLinks::new(Arc::new(sealer), base)
}

fn push_settings(config: Arc<Config>) -> PushSettings {
    PushSettings { contact: config.push_contact(), local: config.notifications.push_local }
}
