//! What people tell the operators.

use std::sync::Arc;

use madang_application::{
    moderation::{ModerationFarewell, ModerationQueries, ModerationRepository, ModerationService},
    shared::on,
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::identity::domain_events::UserErased;
use madang_infrastructure::sql::SqlStore;
use madang_presentation::moderation::{ModerationAdminApi, ReportsApi};

use super::Module;

/// Reports, feedback, and what operators make of them.
pub struct Moderation;

impl Module for Moderation {
    type Api = (ReportsApi, ModerationAdminApi);

    fn register(registry: &mut Registry) {
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn ModerationRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn ModerationQueries>);
        registry.service(ModerationService::new);
        registry.service(ModerationFarewell::new);
        registry.bind(on::<UserErased, ModerationFarewell>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        Ok((container.construct(ReportsApi::new)?, container.construct(ModerationAdminApi::new)?))
    }
}
