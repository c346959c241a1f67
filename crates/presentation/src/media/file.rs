//! Files in and out.

use madang_application::media::ServedPicture;
use madang_domain::{
    media::{
        MOST_BYTES,
        errors::{NO_FILE, TOO_LARGE},
    },
    shared::{Failure, platform},
};
use poem::{
    FromRequest, IntoResponse, Request, RequestBody, Response, Result,
    http::{HeaderName, header},
    web::{Field, Multipart},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions,
    registry::{
        MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
    },
};
use tokio::io::{AsyncRead, AsyncReadExt, copy, sink};

use crate::http::Problem;

const FORM: &str = "multipart/form-data";
const TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const SHARE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The one file of a form, as it was sent.
pub(super) struct PictureUpload(pub(super) Vec<u8>);

impl<'a> ApiExtractor<'a> for PictureUpload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let file = MetaSchema { description: Some("The picture, at most 5 MiB."), ..binary() };
        let form = MetaSchema {
            required: vec!["file"],
            properties: vec![("file", MetaSchemaRef::Inline(Box::new(file)))],
            ..MetaSchema::new("object")
        };
        let schema = MetaSchemaRef::Inline(Box::new(form));
        let content = vec![MetaMediaType { content_type: FORM, schema }];
        Some(MetaRequest { description: Some("A form with one file."), content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(FORM) {
            return Err(Problem::from(platform::UNSUPPORTED_MEDIA_TYPE.with("expected", FORM)).into());
        }
        let malformed = || Problem::from(platform::MALFORMED_REQUEST);
        let form = <Multipart as FromRequest<'_>>::from_request(request, body).await;
        let mut form = form.map_err(|_| malformed())?;
        let (mut file, mut others) = (None, false);
        while let Some(field) = form.next_field().await.map_err(|_| malformed())? {
            match (field.name(), &file) {
                (Some("file"), None) => file = Some(read(field).await?),
                _ => {
                    others = true;
                    skip(field.into_async_read()).await?;
                }
            }
        }
        match file {
            Some(Some(bytes)) if !others => Ok(Self(bytes)),
            Some(None) => Err(Problem(TOO_LARGE.with("max", MOST_BYTES).into()).into()),
            _ => Err(Problem(NO_FILE.at("/file").into()).into()),
        }
    }
}

/// The file, or `None` if it is too large. What is too large is read to its end, which the bounds
/// of all bodies keep near: a client that is sending does not hear an answer.
async fn read(field: Field) -> Result<Option<Vec<u8>>, Problem> {
    let mut stream = Box::pin(field.into_async_read());
    let mut bytes = Vec::new();
    let most = MOST_BYTES as u64 + 1;
    (&mut stream).take(most).read_to_end(&mut bytes).await.map_err(broken)?;
    if bytes.len() <= MOST_BYTES {
        return Ok(Some(bytes));
    }
    drop(bytes);
    skip(stream).await?;
    Ok(None)
}

async fn skip(stream: impl AsyncRead) -> Result<(), Problem> {
    copy(&mut Box::pin(stream), &mut sink()).await.map_err(broken)?;
    Ok(())
}

fn broken(_: std::io::Error) -> Problem {
    Problem(Failure::from(platform::MALFORMED_REQUEST))
}

/// 200 with a picture.
pub(super) struct PictureFile {
    /// Its name, which never stands for another picture.
    pub(super) name: String,
    /// The file, and for how long.
    pub(super) picture: ServedPicture,
}

impl IntoResponse for PictureFile {
    fn into_response(self) -> Response {
        let ServedPicture { content_type, bytes, open, fresh_for } = self.picture;
        let who = if open { "public" } else { "private" };
        Response::builder()
            .content_type(content_type)
            .header(header::CONTENT_DISPOSITION, format!("inline; filename=\"{}\"", self.name))
            .header(header::CACHE_CONTROL, format!("{who}, max-age={fresh_for}, immutable"))
            .header(header::ETAG, format!("\"{}\"", self.name))
            // Pages of other hosts may show it: they have the address.
            .header(SHARE, "cross-origin")
            .body(bytes)
    }
}

impl ApiResponse for PictureFile {
    fn meta() -> MetaResponses {
        let content = TYPES.map(|content_type| MetaMediaType {
            content_type,
            schema: MetaSchemaRef::Inline(Box::new(binary())),
        });
        MetaResponses {
            responses: vec![MetaResponse {
                description: "A picture.",
                status: Some(200),
                status_range: None,
                content: content.into(),
                headers: Vec::new(),
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

fn binary() -> MetaSchema {
    MetaSchema {
        format: Some("binary"),
        example: Some("the bytes of picnic.png".into()),
        ..MetaSchema::new("string")
    }
}
