//! One id, one span, one log line and one measurement per request.

use std::{net::IpAddr, time::Instant};

use poem::{
    PathPattern, Request, Response,
    http::{HeaderValue, Method},
};
use tracing::{Span, field::Empty, info_span};

use crate::http::{request_id::RequestId, routes::Routes, settings::Settings};

/// A request as it is named, logged and measured. Neither query values nor bodies nor tokens are
/// written.
pub(super) struct Observed {
    id: RequestId,
    method: &'static str,
    client: IpAddr,
    started: Instant,
}

impl Observed {
    /// Names a request.
    pub(super) fn begin(request: &mut Request, settings: &Settings) -> Self {
        let observed = Self {
            id: RequestId::take_or_make(request),
            method: known(request.method()),
            client: settings.trusted_proxies.client(request),
            started: Instant::now(),
        };
        request.extensions_mut().insert(observed.id.clone());
        observed
    }

    /// What everything that is logged meanwhile belongs to.
    pub(super) fn span(&self) -> Span {
        info_span!("request", request_id = &*self.id.0, user_id = Empty)
    }

    /// Logs and measures the answer, and names the request in it.
    pub(super) fn end(&self, answer: &mut Response, routes: &Routes) {
        let pattern = answer.data::<PathPattern>().map_or("", |pattern| &*pattern.0);
        let route = routes.named(pattern);
        let (status, took) = (answer.status().as_u16(), self.started.elapsed());
        // Not fields of the span: each would be written into a text for every request, and only
        // a collector of traces asks for them. `telemetry` takes them from here.
        tracing::info!(
            method = self.method,
            route = route.template(),
            status,
            duration_ms = took.as_secs_f64() * 1000.0,
            client = %self.client,
            "answered"
        );
        route.measure(self.method, status, took);
        if let Ok(id) = HeaderValue::from_str(&self.id.0) {
            answer.headers_mut().insert(RequestId::HEADER, id);
        }
    }
}

/// Clients may invent methods; metrics must not grow with what they invent.
fn known(method: &Method) -> &'static str {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    METHODS.into_iter().find(|name| method.as_str() == *name).unwrap_or("OTHER")
}
