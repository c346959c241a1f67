//! Pages for people: Swagger UI, served whole from here, and what each error code means.

use std::sync::LazyLock;

use poem::{
    Endpoint, EndpointExt, Response, Result, Route,
    endpoint::make_sync,
    get, handler,
    http::header,
    web::{Html, Path},
};
use poem_openapi::OpenApiService;

use super::{answer, codes, problem::Problem};
use madang_domain::shared::{Code, platform};

/// Scripts of this page only; nothing is loaded from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Madang API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"#;

const START: &str = "SwaggerUIBundle({ dom_id: '#ui', url: '/openapi.json', deepLinking: true, \
                     persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true, \
                     docExpansion: 'list', validatorUrl: null });\n";

/// `/docs` and its files.
pub fn swagger() -> impl Endpoint<Output = Response> {
    static PARTS: LazyLock<(String, String)> = LazyLock::new(parts);
    let (style, script) = &*PARTS;
    Route::new()
        .at("/", get(file("text/html; charset=utf-8", PAGE)))
        .at("/swagger-ui.css", get(file("text/css; charset=utf-8", style)))
        .at("/swagger-ui.js", get(file("text/javascript; charset=utf-8", script)))
        .at("/start.js", get(file("text/javascript; charset=utf-8", START)))
        .map_to_response()
}

/// Style and script of the UI, taken out of the one page that the library would serve.
fn parts() -> (String, String) {
    let whole = OpenApiService::new((), "", "").swagger_ui_html();
    let cut = |from: &str, to: &str| {
        let start = whole.find(from).map_or(0, |at| at + from.len());
        whole[start..].find(to).map_or(String::new(), |length| whole[start..start + length].to_owned())
    };
    (cut("<style charset=\"UTF-8\">", "</style>"), cut("<script charset=\"UTF-8\">", "</script>\n</head>"))
}

fn file(content_type: &'static str, text: &'static str) -> impl Endpoint {
    let etag = answer::hash_tag(text.as_bytes());
    make_sync(move |_| {
        Response::builder()
            .content_type(content_type)
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::CACHE_CONTROL, "public, max-age=3600")
            .header(header::ETAG, &etag)
            .body(text)
    })
}

/// `/problems` and `/problems/{code}`.
pub fn problems() -> impl Endpoint<Output = Response> {
    Route::new().at("/", get(list_codes)).at("/:code", get(explain_code)).map_to_response()
}

#[handler]
fn list_codes() -> Html<String> {
    let mut codes = codes::all();
    codes.sort_by_key(|code| code.name);
    let rows: String = codes
        .iter()
        .map(|code| {
            format!("<li><a href=\"/problems/{0}\"><code>{0}</code></a> {1}</li>", code.name, code.title.en)
        })
        .collect();
    Html(frame("Problems", &format!("<h1>Problems</h1><ul>{rows}</ul>")))
}

#[handler]
fn explain_code(Path(name): Path<String>) -> Result<Html<String>> {
    let code = codes::find(&name).ok_or_else(|| Problem::from(platform::NOT_FOUND))?;
    Ok(Html(frame(code.name, &explain(&code))))
}

fn explain(code: &Code) -> String {
    let status = codes::status(code.kind);
    format!(
        "<h1><code>{}</code></h1><p>HTTP {status}</p><h2>{}</h2><p>{}</p><h2 lang=\"ko\">{}</h2><p lang=\"ko\">{}</p>\
         <p><a href=\"/problems\">All problems</a></p>",
        code.name, code.title.en, code.advice.en, code.title.ko, code.advice.ko
    )
}

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title></head>\
         <body>{body}</body></html>"
    )
}
