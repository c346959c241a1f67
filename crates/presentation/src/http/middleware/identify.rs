//! Finds out once per request who makes it.
//!
//! A request with an access token that expired is served all the same if it brings a live refresh
//! token of the same session as `X-Refresh-Token`; the answer has a fresh access token as
//! `X-Access-Token`.

use madang_application::shared::{Caller, Renewed};
use poem::{
    Request, Response,
    http::{HeaderName, HeaderValue, header},
};

use super::observe;
use crate::http::auth;

const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-access-token");

/// The caller of the request at hand, kept in its extensions.
#[derive(Clone)]
pub(in crate::http) struct Identified(pub(in crate::http) Caller);

/// Remembers the caller for everything further in. Answers a fresh access token if the one that
/// was sent had to be renewed. Credentials that do not hold are refused by the operation, if it
/// needs any.
pub(super) async fn identify(request: &mut Request) -> Option<String> {
    auth::bearer(request)?;
    let (caller, renewed) = match auth::authenticate(request).await {
        Ok(caller) => (caller, None),
        Err(_) => {
            let Renewed { caller, access_token } = Box::pin(auth::renew(request)).await?;
            (caller, Some(access_token))
        }
    };
    observe::is_from(caller.user);
    request.extensions_mut().insert(Identified(caller));
    renewed
}

/// Gives a fresh access token to the client.
pub(super) fn hand_over(token: &str, answer: &mut Response) {
    if let Ok(mut token) = HeaderValue::from_str(token) {
        token.set_sensitive(true);
        answer.headers_mut().insert(ACCESS_TOKEN, token);
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
