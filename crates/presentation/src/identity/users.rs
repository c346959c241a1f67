//! Tag `Users`.

use std::sync::Arc;

use madang_application::identity::Directory;
use madang_domain::shared::{id::User, platform};
use poem::Request;
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
    payload::Binary,
};

use super::{Tag, dto::PublicProfile};
use crate::http::{Answer, Auth, Ident, Listing, Outcome, Pages};

/// No nickname is longer, so nothing longer can be part of one.
const LONGEST_QUERY: usize = 50;

/// A neutral head and shoulders.
const AVATAR: &str = concat!(
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="No picture">"##,
    r##"<rect width="64" height="64" fill="#e7ecef"/><circle cx="32" cy="25" r="11" fill="#9fb1bc"/>"##,
    r##"<path d="M10 60c2-14 11-20 22-20s20 6 22 20z" fill="#9fb1bc"/></svg>"##,
);

/// Other people.
pub struct UsersApi {
    directory: Arc<Directory>,
}

impl UsersApi {
    /// Wires it.
    pub fn new(directory: Arc<Directory>) -> Self {
        Self { directory }
    }
}

/// A picture.
#[derive(ApiResponse)]
enum Picture {
    /// The picture.
    #[oai(status = 200, content_type = "image/svg+xml")]
    Svg(Binary<&'static [u8]>),
}

#[OpenApi(tag = "Tag::Users")]
impl UsersApi {
    /// Find people
    ///
    /// People whose nickname contains the text, the newest first; without those who are hidden.
    ///
    /// Errors: `platform.required`, `platform.too_long`, `platform.invalid_cursor`.
    #[oai(path = "/v1/users", method = "get", operation_id = "searchUsers")]
    async fn search(
        &self,
        request: &Request,
        auth: Auth,
        /// Part of a nickname, in whatever case.
        query: Query<String>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<PublicProfile>>> {
        let query = query.0.trim();
        if query.is_empty() {
            return Err(platform::REQUIRED.at("?query").into());
        }
        if query.chars().count() > LONGEST_QUERY {
            return Err(platform::TOO_LONG.with("max", LONGEST_QUERY).at("?query").into());
        }
        let pages = Pages::read(request, format!("users {query}"), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.directory.search(&auth.0, query, &pages.request()).await?))
    }

    /// Show a person
    ///
    /// Errors: `platform.not_found`.
    #[oai(path = "/v1/users/:userId", method = "get", operation_id = "getUser")]
    async fn show(
        &self,
        auth: Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<Answer<PublicProfile>> {
        Ok(Answer::new(self.directory.person(&auth.0, user.0.0).await?.into()))
    }

    /// Show a person by nickname
    ///
    /// Errors: `platform.not_found`.
    #[oai(path = "/v1/users/by-nickname/:nickname", method = "get", operation_id = "getUserByNickname")]
    async fn show_by_nickname(
        &self,
        auth: Auth,
        /// The nickname, in whatever case.
        nickname: Path<String>,
    ) -> Outcome<Answer<PublicProfile>> {
        Ok(Answer::new(self.directory.person_called(&auth.0, &nickname.0).await?.into()))
    }

    /// The picture of people who chose none
    #[oai(path = "/assets/avatar.svg", method = "get", operation_id = "getDefaultAvatar")]
    async fn default_avatar(&self) -> Picture {
        Picture::Svg(Binary(AVATAR.as_bytes()))
    }
}
