//! Talking to each other.

use std::sync::Arc;

use madang_application::{
    chat::{ChatFarewell, ChatQueries, Faces, MessageService, RoomBell, RoomRepository, RoomService},
    shared::on,
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::identity::domain_events::UserErased;
use madang_infrastructure::sql::SqlStore;
use madang_presentation::chat::{MessagesApi, RoomsApi};

use super::Module;

/// Rooms, messages, and the socket that carries everything live.
pub struct Chat;

impl Module for Chat {
    type Api = (RoomsApi, MessagesApi);

    fn register(registry: &mut Registry) {
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn RoomRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn ChatQueries>);
        registry.service(RoomBell::new);
        registry.service(Faces::new);
        registry.service(RoomService::new);
        registry.service(MessageService::new);
        registry.service(ChatFarewell::new);
        registry.bind(on::<UserErased, ChatFarewell>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        Ok((container.construct(RoomsApi::new)?, container.construct(MessagesApi::new)?))
    }
}
