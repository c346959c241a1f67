//! Following people, and talking.

use std::sync::Arc;

use madang_application::{
    community::{
        CommunityFarewell, CommunityQueries, OccurrenceRepository, OccurrenceService, PostLayer,
        PostRepository, PostService, RelationRepository, RelationService, SearchService,
    },
    identity::queries::Sight,
    shared::{Absences, AgendaLayer, ExportPart, PictureWall, Worker, on},
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::{
    calendar::domain_events::{SeriesMoved, SeriesSplit},
    identity::domain_events::UserErased,
};
use madang_infrastructure::{
    community::{AbsenceKeeper, CommunityExport, FeedKeeper, PostPictures, SearchIndexer, SeriesKeeper},
    sql::SqlStore,
};
use madang_presentation::community::{PostsApi, RelationsApi, SearchApi};

use super::Module;

/// Follow, post, reply, like; the feed.
pub struct Community;

impl Module for Community {
    type Api = (RelationsApi, PostsApi, SearchApi);

    fn register(registry: &mut Registry) {
        registry.service(CommunityExport::new);
        registry.bind(|part: Arc<CommunityExport>| part as Arc<dyn ExportPart>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn RelationRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn PostRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn CommunityQueries>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn Sight>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn Absences>);
        registry.service(AbsenceKeeper::new);
        registry.bind(|keeper: Arc<AbsenceKeeper>| keeper as Arc<dyn Worker>);
        registry.bind(|queries: Arc<dyn CommunityQueries>| {
            Arc::new(PostLayer::new(queries)) as Arc<dyn AgendaLayer>
        });
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn OccurrenceRepository>);
        registry.service(OccurrenceService::new);
        registry.bind(on::<SeriesSplit, OccurrenceService>);
        registry.bind(on::<SeriesMoved, OccurrenceService>);
        registry.service(PostPictures::new);
        registry.bind(|wall: Arc<PostPictures>| wall as Arc<dyn PictureWall>);
        registry.service(RelationService::new);
        registry.service(PostService::new);
        registry.service(SearchService::new);
        registry.service(SearchIndexer::new);
        registry.bind(|indexer: Arc<SearchIndexer>| indexer as Arc<dyn Worker>);
        registry.service(FeedKeeper::new);
        registry.bind(|keeper: Arc<FeedKeeper>| keeper as Arc<dyn Worker>);
        registry.service(SeriesKeeper::new);
        registry.bind(|keeper: Arc<SeriesKeeper>| keeper as Arc<dyn Worker>);
        registry.service(CommunityFarewell::new);
        registry.bind(on::<UserErased, CommunityFarewell>);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        Ok((
            container.construct(RelationsApi::new)?,
            container.construct(PostsApi::new)?,
            container.construct(SearchApi::new)?,
        ))
    }
}
