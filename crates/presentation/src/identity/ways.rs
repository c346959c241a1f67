//! Tag `Me`: the caller's ways in through other services.

use std::sync::Arc;

use madang_application::identity::social::WaysService;
use poem::Request;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};

use super::{Tag, social_dto::LinkedIdentity};
use crate::http::{Answer, Auth, Listing, NoContent, Outcome, Pages};

/// The caller's links to other services.
pub struct WaysApi {
    ways: Arc<WaysService>,
}

impl WaysApi {
    /// Wires it.
    pub fn new(ways: Arc<WaysService>) -> Self {
        Self { ways }
    }
}

#[OpenApi(tag = "Tag::Me")]
impl WaysApi {
    /// List my linked providers
    ///
    /// The services through which the caller can log in. To link another one, begin a login there
    /// while logged in.
    #[oai(path = "/v1/me/identities", method = "get", operation_id = "listIdentities")]
    async fn identities(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<LinkedIdentity>>> {
        let pages = Pages::read(request, format!("identities:{}", caller.user), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.ways.identities(&caller, &pages.request()).await?))
    }

    /// Unlink a provider
    ///
    /// The caller's other sessions end, since any may have come in that way. The last way in stays.
    ///
    /// Errors: `platform.not_found`, `identity.last_way_in`, `identity.session_ended`.
    #[oai(path = "/v1/me/identities/:provider", method = "delete", operation_id = "unlinkIdentity")]
    async fn unlink(
        &self,
        Auth(caller): Auth,
        /// The provider's name.
        provider: Path<String>,
    ) -> Outcome<NoContent> {
        self.ways.unlink(&caller, &provider.0).await?;
        Ok(NoContent::default())
    }
}
