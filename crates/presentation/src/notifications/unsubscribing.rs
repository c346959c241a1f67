//! The address in every digest that ends them. It is for mail programs and for people without a
//! client of ours, so it answers with pages.

use std::sync::Arc;

use madang_application::notifications::UnsubscribeService;
use poem::{IntoResponse, Request, Response};
use poem_openapi::{
    ApiResponse, OpenApi,
    param::Query,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};

use super::Tag;
use crate::http::{Outcome, language::Language};

const TYPE: &str = "text/html; charset=utf-8";

/// A page of a few words.
struct Page {
    language: Language,
    title: &'static str,
    words: &'static str,
    button: Option<&'static str>,
}

impl Page {
    /// Asks whether to end the mails.
    fn question(language: Language) -> Self {
        let (title, words, button) = match language {
            Language::English => ("Unsubscribe", "Shall Madang send you no more digests?", "No more digests"),
            Language::Korean => ("수신 거부", "마당 새 소식 메일을 그만 받으시겠습니까?", "그만 받기"),
        };
        Self { language, title, words, button: Some(button) }
    }

    /// Says that they ended.
    fn done(language: Language) -> Self {
        let (title, words) = match language {
            Language::English => (
                "Unsubscribed",
                "Madang sends you no more digests. You can have them again in your notification preferences.",
            ),
            Language::Korean => (
                "수신 거부 완료",
                "마당 새 소식 메일을 더 보내지 않습니다. 알림 설정에서 다시 받으실 수 있습니다.",
            ),
        };
        Self { language, title, words, button: None }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Self { language, title, words, button } = self;
        // Where there is no other place, a form goes where its page came from.
        let form = button.map_or_else(String::new, |button| {
            format!(
                "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\
                 <button>{button}</button></form>"
            )
        });
        let tag = language.tag();
        let page = format!(
            "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body><h1>{title}</h1><p>{words}</p>{form}</body></html>"
        );
        Response::builder().content_type(TYPE).header("Content-Language", tag).body(page)
    }
}

impl ApiResponse for Page {
    fn meta() -> MetaResponses {
        let example = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Unsubscribed</title></head>\
                       <body><h1>Unsubscribed</h1></body></html>";
        let schema = MetaSchema { example: Some(example.into()), ..MetaSchema::new("string") };
        let schema = MetaSchemaRef::Inline(Box::new(schema));
        MetaResponses {
            responses: vec![MetaResponse {
                description: "A page for people.",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType { content_type: "text/html", schema }],
                headers: Vec::new(),
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

/// Ending mails.
pub struct UnsubscribeApi {
    service: Arc<UnsubscribeService>,
}

impl UnsubscribeApi {
    /// Wires it.
    pub fn new(service: Arc<UnsubscribeService>) -> Self {
        Self { service }
    }
}

#[OpenApi(tag = "Tag::Notifications")]
impl UnsubscribeApi {
    /// Ask whether to end digests by mail
    ///
    /// The address in `List-Unsubscribe` (RFC 2369) of every digest. Changes nothing.
    #[oai(path = "/v1/notifications/unsubscribe", method = "get", operation_id = "showDigestUnsubscription")]
    async fn ask(
        &self,
        request: &Request,
        /// Who is written to; from a mail.
        #[oai(validator(max_length = 200))]
        token: Query<String>,
    ) -> Outcome<Page> {
        self.service.check(&token.0)?;
        Ok(Page::question(Language::of(request)))
    }

    /// End digests by mail
    ///
    /// What mail programs do when somebody presses "unsubscribe" (RFC 8058): no login, one request,
    /// whatever its body. All kinds of notifications stop coming by mail; everything else stays as
    /// it was chosen. Again changes nothing.
    #[oai(path = "/v1/notifications/unsubscribe", method = "post", operation_id = "unsubscribeFromDigests")]
    async fn end(
        &self,
        request: &Request,
        /// Who is written to; from a mail.
        #[oai(validator(max_length = 200))]
        token: Query<String>,
    ) -> Outcome<Page> {
        self.service.unsubscribe(&token.0).await?;
        Ok(Page::done(Language::of(request)))
    }
}
