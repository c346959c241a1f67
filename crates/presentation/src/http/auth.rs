//! Who asks: [`Auth`] for operations that need a login, [`Visitor`] for those that do not.

use madang_application::shared::{Caller, OnceKey, Origin, Renewed};
use madang_domain::shared::platform;
use poem::{FromRequest, Request, RequestBody, Result, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use super::{
    middleware::{Identified, Surroundings},
    problem::Problem,
    settings::Settings,
};

const SCHEME: &str = "bearer";
const REFRESH_TOKEN: &str = "x-refresh-token";

/// The logged-in caller. An operation without this argument is public, and a test lists those.
pub struct Auth(pub Caller);

/// Where the request comes from, for public operations.
pub struct Visitor(pub Origin);

/// The caller of an operation that is public and does more for those who are logged in. A token
/// that is sent must be alive.
pub struct MaybeAuth(pub Option<Caller>);

/// The idempotency key of the request at hand, put into its extensions by the middleware.
#[derive(Clone, Debug)]
pub(super) struct Once(pub OnceKey);

/// Where a request comes from.
pub(crate) fn origin(request: &Request) -> Origin {
    let address = Settings::of(request).map_or_else(
        || std::net::Ipv4Addr::UNSPECIFIED.into(),
        |settings| settings.trusted_proxies.client(request),
    );
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    // It is ASCII, so that bytes are characters.
    let agent = agent.map(|agent| agent.get(..200).unwrap_or(agent).to_owned());
    Origin { address, user_agent: agent, once: once(request) }
}

fn once(request: &Request) -> Option<OnceKey> {
    request.extensions().get::<Once>().map(|once| once.0.clone())
}

/// The access token of a request, if one was sent.
pub(crate) fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Who makes this request, as far as the middleware found out.
pub(crate) fn caller(request: &Request) -> Option<&Caller> {
    request.extensions().get::<Identified>().map(|identified| &identified.0)
}

/// Asks who is behind the token of this request.
pub(super) async fn authenticate(request: &Request) -> Result<Caller> {
    if let Some(caller) = caller(request) {
        // The idempotency key was not known yet when the caller was.
        let mut caller = caller.clone();
        caller.origin.once = once(request);
        return Ok(caller);
    }
    let token = bearer(request).ok_or_else(|| Problem::from(platform::UNAUTHENTICATED))?;
    let surroundings = Surroundings::of(request)
        .ok_or_else(|| Problem::from(anyhow::anyhow!("the request went around the middleware")))?;
    Ok(surroundings.authenticator.authenticate(token, origin(request)).await.map_err(Problem::from)?)
}

/// Renews an access token that expired, where a live refresh token of its session came along.
pub(super) async fn renew(request: &Request) -> Option<Renewed> {
    let refresh = request.headers().get(REFRESH_TOKEN)?.to_str().ok()?;
    Surroundings::of(request)?
        .authenticator
        .renew(bearer(request)?, refresh.trim(), origin(request))
        .await
        .ok()
}

impl<'a> ApiExtractor<'a> for Auth {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = MetaSecurityScheme {
            ty: "http",
            description: Some(
                "An access token from `POST /v1/auth/login`. With one that expired, send the live refresh \
                 token as `X-Refresh-Token`: the request is served, and the answer has a fresh access token \
                 as `X-Access-Token`.",
            ),
            name: None,
            key_in: None,
            scheme: Some(SCHEME),
            bearer_format: Some("JWT"),
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(SCHEME, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        authenticate(request).await.map(Self)
    }
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self(origin(request)))
    }
}

impl<'a> FromRequest<'a> for MaybeAuth {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        match bearer(request) {
            Some(_) => authenticate(request).await.map(|caller| Self(Some(caller))),
            None => Ok(Self(None)),
        }
    }
}
