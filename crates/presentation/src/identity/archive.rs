//! An archive to save.

use poem::{IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};

const ZIP: &str = "application/zip";

/// 200 with a ZIP archive.
pub(super) struct Archive(pub(super) Vec<u8>);

impl IntoResponse for Archive {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type(ZIP)
            .header(header::CONTENT_DISPOSITION, "attachment; filename=\"madang-export.zip\"")
            .header(header::CACHE_CONTROL, "no-store")
            .body(self.0)
    }
}

impl ApiResponse for Archive {
    fn meta() -> MetaResponses {
        let schema = MetaSchema { format: Some("binary"), ..MetaSchema::new("string") };
        let schema = MetaSchema { example: Some("PK\u{3}\u{4}".into()), ..schema };
        let schema = MetaSchemaRef::Inline(Box::new(schema));
        MetaResponses {
            responses: vec![MetaResponse {
                description: "A ZIP archive.",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType { content_type: ZIP, schema }],
                headers: Vec::new(),
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}
