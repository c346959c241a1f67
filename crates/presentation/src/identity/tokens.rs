//! Tokens on their way to the client.

use madang_application::identity::Tokens;
use poem::{
    Request,
    http::header::{CACHE_CONTROL, SET_COOKIE},
};

use super::{
    cookie,
    dto::{TokenPair, Transport},
};
use crate::http::Answer;

/// The answer with the tokens; the refresh token in the body or in a cookie, never in both.
pub(super) fn answer(request: &Request, tokens: Tokens, transport: Transport) -> Answer<TokenPair> {
    let Tokens { access_token, expires_in, refresh_expires_in, grant } = tokens;
    let (refresh_token, cookie) = match transport {
        Transport::Body => (Some(grant.refresh_token), None),
        Transport::Cookie => (None, Some(cookie::set(request, &grant.refresh_token, refresh_expires_in))),
    };
    let answer = Answer::new(TokenPair {
        token_type: "Bearer".to_owned(),
        access_token,
        expires_in,
        refresh_token,
        refresh_expires_in,
        user_id: grant.user.into(),
        session_id: grant.session.into(),
        first_login: grant.first_login,
        profile_complete: grant.profile_complete,
    })
    .header(CACHE_CONTROL, "no-store");
    match cookie {
        Some(cookie) => answer.header(SET_COOKIE, &cookie),
        None => answer,
    }
}
