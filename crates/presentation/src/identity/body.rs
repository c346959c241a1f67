//! A form that may be left out altogether.

use poem::{
    Request, RequestBody, Result,
    http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaRequest, Registry},
    types::ParseFromJSON,
};

use crate::http::Form;

/// A body that is checked like any [`Form`] if there is one.
pub struct MaybeForm<T>(pub Option<Form<T>>);

impl<'a, T: ParseFromJSON + 'static> ApiExtractor<'a> for MaybeForm<T> {
    const TYPES: &'static [ApiExtractorType] = <Form<T> as ApiExtractor<'a>>::TYPES;

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        <Form<T> as ApiExtractor<'a>>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        <Form<T> as ApiExtractor<'a>>::request_meta().map(|meta| MetaRequest { required: false, ..meta })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        if is_empty(request) {
            return Ok(Self(None));
        }
        Form::from_request(request, body, options).await.map(|form| Self(Some(form)))
    }
}

/// Browsers send a length of zero, and some clients a content type, with a body they do not send.
fn is_empty(request: &Request) -> bool {
    let headers = request.headers();
    match headers.get(CONTENT_LENGTH) {
        Some(length) => length == "0",
        None => !headers.contains_key(TRANSFER_ENCODING) && !headers.contains_key(CONTENT_TYPE),
    }
}
