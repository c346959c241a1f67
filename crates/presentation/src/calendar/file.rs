//! `text/calendar` in and out.

use madang_application::calendar::transfer::MOST_BYTES;
use madang_domain::shared::platform;
use poem::{Body, IntoResponse, Request, RequestBody, Response, Result, error::ReadBodyError, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions,
    registry::{
        MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
    },
};
use tokio::io::AsyncReadExt;

use crate::http::Problem;

/// How much of a file that is too large is read before the answer, in bytes.
const MOST_DRAINED: u64 = 112 * 1024 * 1024;

const CALENDAR: &str = "text/calendar";

/// An iCalendar file as it was sent.
pub(super) struct CalendarFile(pub(super) Vec<u8>);

impl<'a> ApiExtractor<'a> for CalendarFile {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: CALENDAR, schema: schema() }];
        Some(MetaRequest {
            description: Some("An iCalendar file of at most 16 MiB."),
            content,
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let kind = request.content_type().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(CALENDAR) {
            return Err(Problem::from(platform::UNSUPPORTED_MEDIA_TYPE.with("expected", CALENDAR)).into());
        }
        let file = read(body.take()?).await.map_err(ReadBodyError::Io)?;
        file.map(Self).ok_or_else(|| Problem::from(platform::TOO_LARGE.with("max", MOST_BYTES)).into())
    }
}

/// The whole body, or `None` if it is too large. What is too large is still read for a while: a
/// client that is sending does not hear an answer on a connection that is cut.
async fn read(body: Body) -> std::io::Result<Option<Vec<u8>>> {
    let mut stream = body.into_async_read();
    let mut file = Vec::new();
    (&mut stream).take(MOST_BYTES as u64 + 1).read_to_end(&mut file).await?;
    if file.len() <= MOST_BYTES {
        return Ok(Some(file));
    }
    drop(file);
    tokio::io::copy(&mut stream.take(MOST_DRAINED), &mut tokio::io::sink()).await?;
    Ok(None)
}

/// 200 with an iCalendar file to save.
pub(super) struct CalendarDownload {
    /// The file.
    pub(super) text: String,
    /// Its strong `ETag`.
    pub(super) tag: String,
}

impl IntoResponse for CalendarDownload {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type("text/calendar; charset=utf-8")
            .header(header::CONTENT_DISPOSITION, "attachment; filename=\"calendar.ics\"")
            .header(header::ETAG, self.tag)
            .body(self.text)
    }
}

impl ApiResponse for CalendarDownload {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: CALENDAR, schema: schema() }];
        MetaResponses {
            responses: vec![MetaResponse {
                description: "An iCalendar file.",
                status: Some(200),
                status_range: None,
                content,
                headers: Vec::new(),
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

fn schema() -> MetaSchemaRef {
    let example = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:1@example.com\r\n\
                   DTSTAMP:20261101T000000Z\r\nDTSTART;TZID=Asia/Seoul:20261121T200000\r\n\
                   RRULE:FREQ=WEEKLY\r\nSUMMARY:Picnic\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    MetaSchemaRef::Inline(Box::new(MetaSchema { example: Some(example.into()), ..MetaSchema::new("string") }))
}
