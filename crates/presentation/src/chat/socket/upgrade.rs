//! Letting a socket in.

use std::sync::Arc;

use madang_application::{
    chat::{MessageService, Pass, TicketService},
    shared::{Caller, Clock, LoginWatch},
};
use madang_domain::{
    chat::errors::{FOREIGN_ORIGIN, UPGRADE_REQUIRED},
    shared::{Failure, platform},
};
use poem::{
    Body, IntoResponse, Request, Response,
    http::{HeaderMap, HeaderName, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Query,
    registry::{MetaResponse, MetaResponses, Registry},
};
use serde::Serialize;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

use super::{
    super::Tag,
    Hub,
    connection::{Connection, Desk},
    wire::{Wire, config},
};
use crate::http::{Answer, Auth, Outcome, Settings, auth, language::Language, url::Bases};

/// The socket and its tickets.
pub struct RealtimeApi {
    desk: Arc<Desk>,
    tickets: Arc<TicketService>,
    logins: Arc<dyn LoginWatch>,
}

impl RealtimeApi {
    /// Wires it.
    pub fn new(
        hub: Arc<Hub>,
        messages: Arc<MessageService>,
        tickets: Arc<TicketService>,
        logins: Arc<dyn LoginWatch>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { desk: Arc::new(Desk { hub, messages, clock }), tickets, logins }
    }
}

/// What opens a socket, once.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename = "RealtimeTicket", rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub(super) struct Ticket {
    /// Goes into `?ticket=` within 30 seconds.
    pub ticket: String,
}

/// 101, and from then on WebSocket.
pub(super) struct Switched(Response);

impl IntoResponse for Switched {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Switched {
    fn meta() -> MetaResponses {
        let switched = MetaResponse {
            description: "The connection speaks WebSocket from here on; see `/asyncapi.json`.",
            status: Some(101),
            status_range: None,
            content: Vec::new(),
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![switched] }
    }

    fn register(_registry: &mut Registry) {}
}

#[OpenApi(tag = "Tag::Chat")]
impl RealtimeApi {
    /// Get a ticket for the socket
    ///
    /// For browsers, whose sockets cannot send an `Authorization` header. It opens one socket
    /// within 30 seconds, which ends with the access token it was asked for with.
    #[oai(path = "/v1/realtime/tickets", method = "post", operation_id = "createRealtimeTicket")]
    async fn ticket(&self, request: &Request, auth: Auth) -> Outcome<Answer<Ticket>> {
        let token = auth::bearer(request).unwrap_or_default();
        let ticket = self.tickets.issue(&auth.0, token).await?;
        Ok(Answer::new(Ticket { ticket }).header(header::CACHE_CONTROL, "no-store"))
    }

    /// Open the socket
    ///
    /// WebSocket with JSON text frames: chat, notifications and live changes. Send the access token
    /// as usual, or a ticket. The frames are described in `/asyncapi.json`.
    ///
    /// Errors: `chat.ticket_invalid`, `chat.upgrade_required`, `chat.foreign_origin`,
    /// `chat.too_many_sockets`, `identity.token_invalid`, `identity.token_expired`,
    /// `identity.session_ended`, `platform.unauthenticated`.
    #[oai(path = "/v1/realtime", method = "get", operation_id = "openRealtime")]
    async fn open(
        &self,
        request: &Request,
        /// Instead of an access token.
        ticket: Query<Option<String>>,
    ) -> Outcome<Switched> {
        same_house(request)?;
        let pass = self.pass(request, ticket.0).await?;
        self.desk.hub.admit(pass.user)?;
        let (desk, language) = (Arc::clone(&self.desk), Language::of(request));
        let bases = Bases::of(request);
        let caller = Caller {
            user: pass.user,
            session: pass.session,
            roles: Vec::new(),
            origin: auth::origin(request),
        };
        let switched = switch(request, config(), move |wire| async move {
            let socket = desk.hub.connect(pass, language, bases);
            Connection::new(desk, socket, caller).run(wire).await;
        })?;
        Ok(switched)
    }
}

impl RealtimeApi {
    async fn pass(&self, request: &Request, ticket: Option<String>) -> Result<Pass, Failure> {
        if let Some(ticket) = ticket {
            return self.tickets.redeem(&ticket).await;
        }
        let token = auth::bearer(request).ok_or(platform::UNAUTHENTICATED)?;
        let ends_at = self.logins.ends_at(token)?;
        let caller = auth::caller(request).ok_or(platform::UNAUTHENTICATED)?;
        Ok(Pass { user: caller.user, session: caller.session, ends_at })
    }
}

/// Answers a proper handshake, and hands the connection over.
pub(super) fn switch<F: Future<Output = ()> + Send>(
    request: &Request,
    config: WebSocketConfig,
    serve: impl FnOnce(Wire) -> F + Send + 'static,
) -> Result<Switched, Failure> {
    let accept = handshake(request.headers()).ok_or(UPGRADE_REQUIRED)?;
    let upgrade = request.take_upgrade().map_err(|_| Failure::from(UPGRADE_REQUIRED))?;
    // The answer goes out first; the task waits for the connection to be free.
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let wire = WebSocketStream::from_raw_socket(upgraded, Role::Server, Some(config)).await;
        serve(Box::new(wire)).await;
    });
    Ok(Switched(
        Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_ACCEPT, accept)
            .body(Body::empty()),
    ))
}

/// The answer to a proper handshake of version 13 (RFC 6455 4.2).
fn handshake(headers: &HeaderMap) -> Option<String> {
    let lists = |name: HeaderName, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(token))
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    let proper = lists(header::UPGRADE, "websocket")
        && lists(header::CONNECTION, "upgrade")
        && headers.get(header::SEC_WEBSOCKET_VERSION)? == "13";
    proper.then(|| derive_accept_key(key.as_bytes()))
}

/// Browsers say which page connects. It must be one of ours or of an allowed origin.
fn same_house(request: &Request) -> Result<(), Failure> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().map_err(|_| Failure::from(FOREIGN_ORIGIN))?;
    let settings = Settings::of(request);
    let allowed = settings.is_some_and(|settings| {
        let listed = settings.cors_origins.iter().any(|allowed| allowed.trim_end_matches('/') == origin);
        let host = origin.split_once("://").map(|(_, host)| host);
        listed || host.is_some() && host == settings.trusted_proxies.host(request)
    });
    if allowed { Ok(()) } else { Err(FOREIGN_ORIGIN.into()) }
}
