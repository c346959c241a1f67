//! Following people, and talking.

use std::sync::Arc;

use madang_application::{
    community::{
        CommunityFarewell, CommunityQueries, PostRepository, PostService, RelationRepository, RelationService,
    },
    shared::on,
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::identity::domain_events::UserErased;
use madang_infrastructure::sql::SqlStore;
use madang_presentation::community::{PostsApi, RelationsApi};

use super::Module;

/// Follow, post, reply, like; the feed.
pub struct Community;

impl Module for Community {
    type Api = (RelationsApi, PostsApi);

    fn register(registry: &mut Registry) {
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn RelationRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn PostRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn CommunityQueries>);
        registry.service(RelationService::new);
        registry.service(PostService::new);
        registry.service(CommunityFarewell::new);
        registry.bind(on::<UserErased, CommunityFarewell>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        Ok((container.construct(RelationsApi::new)?, container.construct(PostsApi::new)?))
    }
}
