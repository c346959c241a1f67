//! THE list of capabilities. Each has a table of contents in `modules/<capability>.rs`.

mod calendar;
mod chat;
mod community;
mod identity;
mod media;
mod moderation;
mod notifications;
mod platform;
mod social;

use madang_container::{Container, Registry, WiringError};
use poem_openapi::OpenApi;

pub use calendar::Calendar;
pub use chat::Chat;
pub use community::Community;
pub use identity::Identity;
pub use media::{Media, check_files};
pub use moderation::Moderation;
pub use notifications::Notifications;
pub use platform::{Platform, RedisLink};

/// What a capability adds to the program.
pub trait Module {
    /// Its operations; `()` for a capability without any.
    type Api: OpenApi;

    /// Names its services, ports, adapters, subscribers and workers.
    fn register(registry: &mut Registry);

    /// Makes its operations from what was wired.
    ///
    /// # Errors
    /// A constructor parameter that is missing or ambiguous.
    fn api(container: &Container) -> Result<Self::Api, WiringError>;
}

impl Module for () {
    type Api = ();

    fn register(_: &mut Registry) {}

    fn api(_: &Container) -> Result<(), WiringError> {
        Ok(())
    }
}

impl<First: Module, Rest: Module> Module for (First, Rest) {
    type Api = (First::Api, Rest::Api);

    fn register(registry: &mut Registry) {
        First::register(registry);
        Rest::register(registry);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        Ok((First::api(container)?, Rest::api(container)?))
    }
}

/// Nests a list into pairs, for which both [`Module`] and `OpenApi` are implemented.
macro_rules! modules {
    () => { () };
    ($first:ty $(, $rest:ty)* $(,)?) => { ($first, modules![$($rest),*]) };
}

/// Every capability of the program.
pub type Modules = modules![Platform, Identity, Calendar, Community, Notifications, Chat, Moderation, Media];
