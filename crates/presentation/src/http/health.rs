//! Whether the process lives, and whether it can serve.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use madang_application::shared::HealthCheck;
use poem::{
    Endpoint, IntoResponse, Response, endpoint::make, endpoint::make_sync, http::StatusCode, http::header,
    web::Json,
};
use serde_json::{Map, Value, json};

/// A check that takes longer counts as failed.
const PATIENCE: Duration = Duration::from_secs(1);

/// What `/health/ready` looks at.
pub struct Readiness {
    checks: Vec<Arc<dyn HealthCheck>>,
    stopping: AtomicBool,
}

impl Readiness {
    /// These checks.
    pub fn new(checks: Vec<Arc<dyn HealthCheck>>) -> Self {
        Self { checks, stopping: AtomicBool::new(false) }
    }

    /// From now on not ready, so that balancers send nobody here.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    async fn answer(&self) -> Response {
        let results = join_all(self.checks.iter().map(|check| async move {
            let outcome = tokio::time::timeout(PATIENCE, check.check()).await;
            let well = matches!(outcome, Ok(Ok(())));
            match outcome {
                Ok(Ok(())) => {}
                // The cause may name hosts and users; it is for our logs only.
                Ok(Err(error)) => {
                    tracing::warn!(check = check.name(), error = format!("{error:#}"), "unhealthy");
                }
                Err(_) => tracing::warn!(check = check.name(), "no answer within a second"),
            }
            (check.name(), well, check.critical())
        }))
        .await;
        let stopping = self.stopping.load(Ordering::Relaxed);
        let ready = !stopping && results.iter().all(|(_, well, critical)| *well || !critical);
        let status = match (stopping, ready, results.iter().all(|(_, well, _)| *well)) {
            (true, ..) => "stopping",
            (_, false, _) => "unavailable",
            (_, true, false) => "degraded",
            (_, true, true) => "ready",
        };
        let checks: Map<String, Value> = results
            .iter()
            .map(|(name, well, _)| ((*name).to_owned(), json!(if *well { "up" } else { "down" })))
            .collect();
        let body = Json(json!({ "status": status, "checks": checks }));
        let code = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        body.with_status(code).with_header(header::CACHE_CONTROL, "no-store").into_response()
    }
}

/// `GET /health/live`: the process answers.
pub fn live() -> impl Endpoint {
    make_sync(|_| Json(json!({ "status": "live" })).with_header(header::CACHE_CONTROL, "no-store"))
}

/// `GET /health/ready`: every check, and 503 if a critical one fails or the process is stopping.
pub fn ready(readiness: Arc<Readiness>) -> impl Endpoint {
    make(move |_| {
        let readiness = Arc::clone(&readiness);
        async move { readiness.answer().await }
    })
}
