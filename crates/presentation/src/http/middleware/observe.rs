//! One id, one log line and one measurement per request.

use std::{cell::Cell, net::IpAddr, time::Instant};

use madang_domain::shared::UserId;
use poem::{
    PathPattern, Request, Response,
    http::{HeaderValue, Method},
};
use tracing::{
    Instrument, Span,
    field::{Empty, display},
    info_span,
};

use crate::http::{request_id::RequestId, routes::Routes, settings::Settings};

/// The target of the spans of requests, below that of their lines, so that a filter that lets these through
/// lets those through. [`at_hand`] tells whose a line is; spans are for those alone who know nothing else.
pub const SPANS: &str = concat!(module_path!(), "::request");

tokio::task_local! {
    static AT_HAND: AtHand;
}

/// The request that a task works on.
struct AtHand {
    id: RequestId,
    user: Cell<Option<UserId>>,
}

/// Reads the id of the request at hand and, as soon as that is known, who makes it; `None` outside requests.
pub fn at_hand<T>(read: impl FnOnce(&str, Option<UserId>) -> T) -> Option<T> {
    AT_HAND.try_with(|at_hand| read(&at_hand.id.0, at_hand.user.get())).ok()
}

/// Says who makes the request at hand.
pub(super) fn is_from(user: UserId) {
    Span::current().record("user_id", display(user));
    // Outside a request nobody wants to know.
    let _ = AT_HAND.try_with(|at_hand| at_hand.user.set(Some(user)));
}

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

    /// Everything that is logged during this work belongs to the request.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let span = info_span!(target: SPANS, "request", request_id = &*self.id.0, user_id = Empty);
        let at_hand = AtHand { id: self.id.clone(), user: Cell::default() };
        AT_HAND.scope(at_hand, work.instrument(span)).await
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
