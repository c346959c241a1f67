//! Lists: how many, from where, and the way to the next page.

use std::borrow::Cow;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use madang_domain::shared::{Failure, Page, PageRequest, Position, platform};
use poem::{
    Request,
    http::{Uri, header},
};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde::Serialize;
use uuid::Uuid;

use super::{answer::Answer, settings::Settings, url::BaseUrl};

const VERSION: u8 = 1;
/// Version, sort key, id.
const PLAIN: usize = 1 + 8 + 16;
/// Enough that nobody forges a position, and short enough for a URL.
const TAG: usize = 12;

/// One page of a list being asked for.
pub struct Pages {
    request: PageRequest,
    scope: String,
    key: hmac::Key,
    base: String,
    uri: Uri,
}

impl Pages {
    /// Reads `limit` (1–100) and `cursor`. `scope` names the list and what it is filtered by; a
    /// cursor of another scope is refused.
    ///
    /// # Errors
    /// 422 pointing to `?limit` or `?cursor`.
    pub fn read(
        request: &Request,
        scope: impl Into<String>,
        limit: Option<i64>,
        cursor: Option<String>,
        default: u32,
    ) -> Result<Self, Failure> {
        let limit = match limit {
            None => default,
            Some(limit) => {
                u32::try_from(limit).ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
                    Failure::from(platform::OUT_OF_RANGE.with("min", 1).with("max", 100).at("?limit"))
                })?
            }
        };
        let secret = Settings::of(request).map_or([0; 32], |settings| settings.cursor_key);
        let mut pages = Self {
            request: PageRequest { limit, after: None },
            scope: scope.into(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &secret),
            base: BaseUrl::of(request),
            uri: request.uri().clone(),
        };
        pages.request.after = cursor.map(|cursor| pages.open(&cursor)).transpose()?;
        Ok(pages)
    }

    /// What to ask the application for.
    pub fn request(&self) -> PageRequest {
        self.request
    }

    /// The page with its `nextCursor` and `Link`.
    pub fn answer<T, U: From<T>>(&self, page: Page<T>) -> Answer<Listing<U>> {
        let next_cursor = page.next.map(|position| self.seal(position));
        let link = next_cursor.as_ref().map(|cursor| self.link(cursor));
        let answer =
            Answer::new(Listing { items: page.items.into_iter().map(U::from).collect(), next_cursor });
        match link {
            Some(link) => answer.header(header::LINK, &link),
            None => answer,
        }
    }

    /// The same address with another cursor (RFC 8288).
    fn link(&self, cursor: &str) -> String {
        let kept = self.uri.query().unwrap_or_default().split('&');
        let kept = kept.filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("cursor"));
        let query: Vec<_> = kept.map(str::to_owned).chain([format!("cursor={cursor}")]).collect();
        format!("<{}{}?{}>; rel=\"next\"", self.base, self.uri.path(), query.join("&"))
    }

    fn seal(&self, position: Position) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(position.key.to_be_bytes());
        bytes.extend(position.id.as_bytes());
        let tag = self.tag(&bytes);
        bytes.extend(tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, cursor: &str) -> Result<Position, Failure> {
        let refused = || Failure::from(platform::INVALID_CURSOR.at("?cursor"));
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
        let (plain, tag) = bytes.split_at_checked(PLAIN).ok_or_else(refused)?;
        let genuine = aws_lc_rs::constant_time::verify_slices_are_equal(&self.tag(plain), tag).is_ok();
        let (key, id) = plain[1..].split_at(8);
        match (key.try_into(), Uuid::from_slice(id)) {
            (Ok(key), Ok(id)) if genuine && plain[0] == VERSION => {
                Ok(Position { key: i64::from_be_bytes(key), id })
            }
            _ => Err(refused()),
        }
    }

    fn tag(&self, plain: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(self.scope.as_bytes());
        context.update(&[0]);
        context.update(plain);
        context.sign().as_ref()[..TAG].to_vec()
    }
}

/// Some rows of a list, and the cursor of the next ones.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing<T> {
    /// The rows.
    pub items: Vec<T>,
    /// `null` on the last page.
    pub next_cursor: Option<String>,
}

impl<T: Type> Type for Listing<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    /// `PostPage` for posts.
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Reference(Self::name().into_owned())
    }

    fn register(registry: &mut Registry) {
        registry.create_schema::<Self, _>(Self::name().into_owned(), |registry| {
            T::register(registry);
            let rows = MetaSchema {
                description: Some("The rows, in the order of the list."),
                items: Some(Box::new(T::schema_ref())),
                ..MetaSchema::new("array")
            };
            let cursor = MetaSchema {
                description: Some("Send it as `cursor` to get the next page; null on the last one."),
                nullable: true,
                ..MetaSchema::new("string")
            };
            MetaSchema {
                description: Some("One page of a list."),
                required: vec!["items", "nextCursor"],
                properties: vec![
                    ("items", MetaSchemaRef::Inline(Box::new(rows))),
                    ("nextCursor", MetaSchemaRef::Inline(Box::new(cursor))),
                ],
                ..MetaSchema::new("object")
            }
        });
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::empty())
    }
}
