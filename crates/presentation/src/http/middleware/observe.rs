//! One id, one span, one log line and one measurement per request.

use std::{sync::Arc, time::Instant};

use poem::{
    Endpoint, IntoResponse, Middleware, PathPattern, Request, Response, Result,
    http::{HeaderValue, Method},
};
use tracing::{Instrument, field::Empty, info_span};

use crate::http::{request_id::RequestId, routes::Routes, settings::Settings};

/// Names, logs and measures requests. Neither query values nor bodies nor tokens are written.
pub struct Observe;

impl<E: Endpoint> Middleware<E> for Observe {
    type Output = Observed<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Observed(endpoint)
    }
}

/// The endpoint behind [`Observe`].
pub struct Observed<E>(E);

impl<E: Endpoint> Endpoint for Observed<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = RequestId::take_or_make(&request);
        let method = known(request.method());
        let client = request
            .data::<Arc<Settings>>()
            .map(|settings| settings.trusted_proxies.client(&request).to_string());
        request.extensions_mut().insert(id.clone());
        let routes = request.data::<Arc<Routes>>().cloned();
        let span = info_span!(
            "request",
            request_id = %id.0,
            user_id = Empty,
        );
        let started = Instant::now();
        async {
            let mut answer = match self.0.call(request).await {
                Ok(answer) => answer.into_response(),
                Err(error) => error.into_response(),
            };
            // The template, not the path: paths hold ids, and metrics must stay few.
            let route =
                answer.data::<PathPattern>().map(|pattern| &*pattern.0).filter(|route| !route.is_empty());
            let route = route.map(|route| routes.as_ref().map_or(route, |routes| routes.template(route)));
            let route = route.unwrap_or("unmatched").to_owned();
            let (status, took) = (answer.status().as_u16(), started.elapsed());
            // Not fields of the span: each would be written into a text for every request, and only
            // a collector of traces asks for them. `telemetry` takes them from here.
            tracing::info!(
                method,
                route,
                status,
                duration_ms = took.as_secs_f64() * 1000.0,
                client = client.as_deref().unwrap_or_default(),
                "answered"
            );
            let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
            metrics::counter!("http_requests_total", &labels).increment(1);
            metrics::histogram!("http_request_duration_seconds", &labels).record(took.as_secs_f64());
            if let Ok(id) = HeaderValue::from_str(&id.0) {
                answer.headers_mut().insert(RequestId::HEADER, id);
            }
            Ok(answer)
        }
        .instrument(span)
        .await
    }
}

/// Clients may invent methods; metrics must not grow with what they invent.
fn known(method: &Method) -> &'static str {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    METHODS.into_iter().find(|name| method.as_str() == *name).unwrap_or("OTHER")
}
