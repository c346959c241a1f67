//! A server that does nothing but check the token, run the queries of a page of the feed and write
//! them down as JSON.

use std::{path::Path, sync::Arc};

use madang_application::{
    community::{CommunityQueries, Written},
    identity::{AccessTokens, UserQueries},
    shared::Clock,
};
use madang_domain::shared::{PageRequest, UserId};
use madang_infrastructure::identity::PrepareKeys;
use madang_presentation::community::Post;
use madang_server::{app, config::Config};
use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, Server, get, handler,
    http::{StatusCode, header},
    listener::{Acceptor, Listener, TcpListener},
};

struct Bare {
    tokens: Arc<dyn AccessTokens>,
    community: Arc<dyn CommunityQueries>,
    users: Arc<dyn UserQueries>,
    clock: Arc<dyn Clock>,
}

impl Bare {
    async fn page(&self, viewer: UserId) -> anyhow::Result<Vec<u8>> {
        let page = self.community.feed(viewer, &PageRequest { limit: 20, after: None }).await?;
        let mut authors: Vec<_> = page.items.iter().map(|view| view.post.author).collect();
        authors.sort();
        authors.dedup();
        let authors = self.users.summaries(&authors).await?;
        let posts = page.items.into_iter().filter_map(|view| {
            let author = authors.iter().find(|author| author.id == view.post.author)?.clone();
            Some(Post::from(Written {
                view,
                author,
                mentions: Vec::new(),
                event: None,
                pictures: Vec::new(),
            }))
        });
        Ok(serde_json::to_vec(&serde_json::json!({ "items": posts.collect::<Vec<_>>() }))?)
    }
}

#[handler]
async fn feed(request: &Request, bare: poem::web::Data<&Arc<Bare>>) -> Response {
    let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let Ok(claims) = bare.tokens.verify(token, bare.clock.now()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match bare.page(claims.sub).await {
        Ok(body) => Response::builder().content_type("application/json; charset=utf-8").body(body),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Serves it beside the program, on the program's own database; answers its address.
pub(crate) async fn serve(data: &Path, database: Option<&str>) -> String {
    let mut config = Config { data_dir: data.to_owned(), ..Config::default() };
    config.database.url = database.map(Into::into);
    let container = app::tools(config).await.expect("the database is there");
    container.get::<PrepareKeys>().expect("wired").prepare().await.expect("the keys are there");
    let bare = Arc::new(Bare {
        tokens: container.get().expect("wired"),
        community: container.get().expect("wired"),
        users: container.get().expect("wired"),
        clock: container.get().expect("wired"),
    });
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let address = acceptor.local_addr()[0].as_socket_addr().expect("TCP").to_string();
    let app = Route::new().at("/v1/feed", get(feed)).data(bare);
    tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(app).await });
    format!("http://{address}")
}
