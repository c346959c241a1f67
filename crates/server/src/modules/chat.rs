//! Talking to each other.

use std::sync::Arc;

use madang_application::{
    chat::{
        ChatFarewell, ChatQueries, Faces, MessageService, Minutes, RoomBell, RoomRepository, RoomService,
        Scribe, SightWatch, TicketService, Tickets, WaitingService,
    },
    shared::{Drain, ExportPart, Live, PictureWall, Worker, on},
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::{
    calendar::domain_events::{
        CalendarDeleted, CalendarLeft, CalendarShared, EventDeleted, EventHidden, GuestGone,
    },
    community::domain_events::UserBlocked,
    identity::domain_events::{UserErased, UserSuspended},
};
use madang_infrastructure::{
    chat::{BatchingScribe, ChatExport, MessagePictures, WaitingWatch},
    sql::SqlStore,
};
use madang_presentation::chat::{Ear, Hub, HubSettings, MessagesApi, RealtimeApi, RoomsApi};

use super::Module;
use crate::config::Config;

/// Rooms, messages, and the socket that carries everything live.
pub struct Chat;

impl Module for Chat {
    type Api = (RoomsApi, (MessagesApi, RealtimeApi));

    fn register(registry: &mut Registry) {
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn RoomRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn ChatQueries>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn Tickets>);
        registry.service(RoomBell::new);
        registry.service(Faces::new);
        registry.service(RoomService::new);
        registry.service(Minutes::new);
        registry.bind(|minutes: Arc<Minutes>| Arc::new(BatchingScribe::new(minutes)) as Arc<dyn Scribe>);
        registry.service(MessageService::new);
        registry.service(MessagePictures::new);
        registry.bind(|wall: Arc<MessagePictures>| wall as Arc<dyn PictureWall>);
        registry.service(ChatExport::new);
        registry.bind(|part: Arc<ChatExport>| part as Arc<dyn ExportPart>);
        registry.service(ChatFarewell::new);
        registry.bind(on::<UserErased, ChatFarewell>);
        registry.service(SightWatch::new);
        registry.bind(on::<GuestGone, SightWatch>);
        registry.bind(on::<CalendarLeft, SightWatch>);
        registry.bind(on::<CalendarShared, SightWatch>);
        registry.bind(on::<UserBlocked, SightWatch>);
        registry.bind(on::<UserSuspended, SightWatch>);
        registry.bind(on::<EventHidden, SightWatch>);
        registry.bind(on::<EventDeleted, SightWatch>);
        registry.bind(on::<CalendarDeleted, SightWatch>);

        registry.service(WaitingService::new);
        registry.service(WaitingWatch::new);
        registry.bind(|watch: Arc<WaitingWatch>| watch as Arc<dyn Worker>);

        registry.service(TicketService::new);
        registry.service(|config: Arc<Config>| HubSettings {
            flood_limits: config.rate_limits.enabled,
            patrols: true,
        });
        registry.service(Hub::new);
        registry.service(Ear::new);
        registry.bind(|hub: Arc<Hub>| hub as Arc<dyn Live>);
        registry.bind(|hub: Arc<Hub>| hub as Arc<dyn Drain>);
        registry.bind(|ear: Arc<Ear>| ear as Arc<dyn Worker>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        let messages = container.construct(MessagesApi::new)?;
        Ok((container.construct(RoomsApi::new)?, (messages, container.construct(RealtimeApi::new)?)))
    }
}
