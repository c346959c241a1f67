//! What the machine gives without us: raw hashing, and a server that does nothing but check the
//! token and run the query.

use std::{
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use argon2::{Argon2, Params, PasswordHasher, Version};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use madang_application::{
    identity::{AccessClaims, AccessTokens, AccountQueries},
    shared::Clock,
};
use madang_domain::shared::UserId;
use madang_infrastructure::identity::{JwtSettings, PrepareKeys};
use madang_presentation::identity::dto::Account;
use madang_server::{app, config::Config};
use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, Server, get, handler,
    http::{StatusCode, header},
    listener::{Acceptor, Listener, TcpListener},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Hashes a second with every core busy and nothing else to do, with the parameters of the program.
pub(super) fn hashes_per_second(lasting: Duration) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let begun = Instant::now();
    let threads: Vec<_> = (0..cores)
        .map(|_| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            std::thread::spawn(move || {
                let params = Params::new(19_456, 2, 1, None).expect("parameters");
                let argon2 = Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params);
                while !stop.load(Ordering::Relaxed) {
                    let hash = argon2.hash_password_with_salt(b"correct-Horse7-battery", &[7; 16]);
                    std::hint::black_box(hash.expect("a hash"));
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    std::thread::sleep(lasting);
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("no panic");
    }
    done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

/// The same token check and the same query as `GET /v1/me`, and nothing around them.
struct Bare {
    tokens: Arc<dyn AccessTokens>,
    queries: Arc<dyn AccountQueries>,
    clock: Arc<dyn Clock>,
    key: DecodingKey,
    validation: Validation,
}

impl Bare {
    /// Whose token it is, by the program's own check, which remembers signatures for seconds.
    fn remembered(&self, token: &str) -> Option<UserId> {
        self.tokens.verify(token, self.clock.now()).ok().map(|claims| claims.sub)
    }

    /// Whose token it is, by its signature, every time: what a server without a memory does.
    fn checked(&self, token: &str) -> Option<UserId> {
        let read = jsonwebtoken::decode::<AccessClaims>(token, &self.key, &self.validation);
        read.ok().map(|read| read.claims.sub)
    }

    async fn answer(&self, request: &Request, check: fn(&Self, &str) -> Option<UserId>) -> Response {
        let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let Some(user) = check(self, token) else {
            return StatusCode::UNAUTHORIZED.into_response();
        };
        match self.queries.account(user).await {
            Ok(Some(view)) => {
                let body = serde_json::to_vec(&Account::from(view)).expect("JSON");
                Response::builder().content_type("application/json; charset=utf-8").body(body)
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

#[handler]
async fn remembering(request: &Request, bare: poem::web::Data<&Arc<Bare>>) -> Response {
    bare.answer(request, Bare::remembered).await
}

#[handler]
async fn checking(request: &Request, bare: poem::web::Data<&Arc<Bare>>) -> Response {
    bare.answer(request, Bare::checked).await
}

/// The route that checks tokens as the program does.
pub(super) const REMEMBERING: &str = "/v1/me";

/// The route that checks the signature of every token it gets.
pub(super) const CHECKING: &str = "/checking/v1/me";

/// Names the data directory for [`run`]; the database comes as for the program.
pub(super) const DATA: &str = "MADANG_BENCH_DATA";

/// The bare server, a process of its own as the program is; it ends with this.
pub(super) struct Baseline {
    /// `http://127.0.0.1:port`
    pub(super) base: String,
    _process: Child,
}

/// Starts it beside the program, on the program's own database.
pub(super) async fn start(data: &Path, database: Option<&str>) -> Baseline {
    let mut command = Command::new(std::env::current_exe().expect("this benchmark"));
    command.env(DATA, data).envs(database.map(|url| ("DATABASE_URL", url)));
    let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("it can be started");
    let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
    let base = lines.next_line().await.expect("a line").expect("its address");
    Baseline { base, _process: process }
}

/// Serves, and prints its address.
pub(super) async fn run(data: &Path) {
    let mut config = Config { data_dir: data.to_owned(), ..Config::default() };
    config.database.url = std::env::var("DATABASE_URL").ok().as_deref().map(Into::into);
    let container = app::tools(config).await.expect("the database is there");
    container.get::<PrepareKeys>().expect("wired").prepare().await.expect("the keys are there");
    let tokens: Arc<dyn AccessTokens> = container.get().expect("wired");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[&container.get::<JwtSettings>().expect("wired").audience]);
    let bare = Arc::new(Bare {
        key: DecodingKey::from_ed_der(&tokens.public_keys()[0].bytes),
        validation,
        tokens,
        queries: container.get().expect("wired"),
        clock: container.get().expect("wired"),
    });
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let address = acceptor.local_addr()[0].as_socket_addr().copied().expect("TCP");
    println!("http://{address}");
    let app = Route::new().at(REMEMBERING, get(remembering)).at(CHECKING, get(checking)).data(bare);
    Server::new_with_acceptor(acceptor).run(app).await.expect("it serves");
}
