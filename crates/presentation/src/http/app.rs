//! The whole HTTP face: documents, probes and operations behind the middleware.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use madang_application::shared::{Authenticator, IdempotencyRecords, RateLimiter};
use poem::{
    Endpoint, IntoEndpoint, IntoResponse, Request, Response, Result, Route,
    endpoint::{BoxEndpoint, make_sync},
    get,
    http::Method,
    web::Json,
};
use poem_openapi::{
    OpenApi, OpenApiService,
    registry::{MetaApi, Registry},
};
use serde_json::json;

use super::{
    docs, health,
    health::Readiness,
    middleware::{Surrounded, Surroundings},
    routes::Routes,
    settings::Settings,
    spec::{self, Document},
    written::Written,
};

/// The frames of `GET /v1/realtime`, as AsyncAPI 3; a test holds it against the code.
pub const ASYNCAPI: &str = include_str!("asyncapi.json");

/// What the middleware needs.
pub struct Ports {
    /// Who is behind a token.
    pub authenticator: Arc<dyn Authenticator>,
    /// Request budgets.
    pub limiter: Arc<dyn RateLimiter>,
    /// Answers kept for repeated requests.
    pub records: Arc<dyn IdempotencyRecords>,
    /// Health.
    pub readiness: Arc<Readiness>,
}

/// Wraps the operations into everything around them.
///
/// # Errors
/// A document that breaks a house rule; see [`spec::document`].
pub fn app<A: OpenApi + 'static>(
    api: A,
    settings: Settings,
    ports: Ports,
) -> anyhow::Result<impl IntoEndpoint<Endpoint = impl Endpoint<Output = Response> + 'static>> {
    let service = OpenApiService::new(api, spec::TITLE, env!("CARGO_PKG_VERSION"));
    let json = Arc::new(spec::document(&service.spec(), settings.public_url.as_deref())?);
    let yaml = Arc::clone(&json);
    let routes = Routes::new(json.operations());
    let surroundings = Surroundings {
        settings: Arc::new(settings),
        routes,
        authenticator: ports.authenticator,
        limiter: ports.limiter,
        records: ports.records,
    };
    let operations = Arc::new(service.into_endpoint());
    let index = Route::new().at("/", get(make_sync(|_| Json(index()))));
    let pages = Route::new()
        .at("/health/live", get(health::live()))
        .at("/health/ready", get(health::ready(ports.readiness)))
        .at("/openapi.json", get(Written::new("application/json", move || json.json())))
        .at("/openapi.yaml", get(Written::new("application/yaml", move || yaml.yaml())))
        .at("/asyncapi.json", get(Written::new("application/json", || Ok(ASYNCAPI.to_owned()))))
        .nest("/docs", docs::swagger())
        .nest("/problems", docs::problems())
        .nest("/", Arc::clone(&operations));
    Ok(Surrounded::new(surroundings, Doors { index, operations, pages }))
}

/// Operations, and the pages around them.
struct Doors<I, O, P> {
    index: I,
    operations: O,
    pages: P,
}

impl<I: Endpoint, O: Endpoint, P: Endpoint> Endpoint for Doors<I, O, P> {
    type Output = Response;

    /// The root has a door of its own, because operations nested there would answer for it as well;
    /// the operations have one, so that they need not be looked for behind the pages.
    async fn call(&self, request: Request) -> Result<Response> {
        match request.uri().path() {
            "/" => Ok(self.index.call(request).await?.into_response()),
            path if path.starts_with("/v1/") => Ok(self.operations.call(request).await?.into_response()),
            _ => Ok(self.pages.call(request).await?.into_response()),
        }
    }
}

/// The document of a type's operations, without serving them.
///
/// # Errors
/// A document that breaks a house rule; see [`spec::document`].
pub fn document<A: OpenApi>() -> anyhow::Result<Document> {
    let service = OpenApiService::new(Described::<A>(PhantomData), spec::TITLE, env!("CARGO_PKG_VERSION"));
    spec::document(&service.spec(), None)
}

/// Says what an API offers and offers nothing.
struct Described<A>(PhantomData<fn() -> A>);

impl<A: OpenApi> OpenApi for Described<A> {
    fn meta() -> Vec<MetaApi> {
        A::meta()
    }

    fn register(registry: &mut Registry) {
        A::register(registry);
    }

    fn add_routes(self, _routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}

fn index() -> serde_json::Value {
    json!({
        "name": "madang",
        "version": env!("CARGO_PKG_VERSION"),
        "links": {
            "docs": "/docs", "openapi": "/openapi.json", "openapiYaml": "/openapi.yaml",
            "asyncapi": "/asyncapi.json", "problems": "/problems",
            "live": "/health/live", "ready": "/health/ready", "jwks": "/.well-known/jwks.json",
        },
    })
}
