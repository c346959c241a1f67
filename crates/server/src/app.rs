//! The life of the process: connect, migrate, wire, start up, serve, drain, end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use madang_application::shared::{
    Authenticator, Drain, HealthCheck, IdempotencyRecords, RateLimiter, StartupTask, Subscriber, Worker,
};
use madang_container::{Container, Registry};
use madang_infrastructure::{
    crypto::MasterSecret,
    mail::Dispatcher,
    redis::Redis,
    sql::{OutboxRelay, PoolSize, SqlStore, for_migrations},
};
use madang_presentation::http::{self, Document, Ports, Readiness, Settings, TrustedProxies};
use poem::{IntoEndpoint, IntoResponse, Route, Server, endpoint::make_sync, get, listener::TcpAcceptor};
use tokio::{net::TcpSocket, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::SystemClock,
    config::Config,
    modules::{Module, Modules, RedisLink, check_files},
    telemetry,
};

/// How long workers get to finish what they are doing.
const WORKERS_STOP: Duration = Duration::from_secs(4);
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// How the store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pools {
    /// As many connections as serve well.
    Sized,
    /// One connection on SQLite, so that tests notice whoever goes around the open transaction.
    Single,
}

/// A program that serves.
pub struct Running {
    /// Where the public listener listens.
    pub address: SocketAddr,
    /// Where the internal listener listens.
    pub internal: SocketAddr,
    container: Container,
    store: Arc<SqlStore>,
    readiness: Arc<Readiness>,
    drain: CancellationToken,
    work: CancellationToken,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
    workers: Vec<(&'static str, JoinHandle<()>)>,
}

/// Starts everything. `adjust` may replace adapters, as tests do.
///
/// # Errors
/// An unreachable database, wiring that does not hold, a start-up task that fails, a taken port.
pub async fn start(config: Config, adjust: impl FnOnce(&mut Registry)) -> anyhow::Result<Running> {
    start_on(config, Pools::Sized, adjust).await
}

/// Starts everything, with the store opened as told.
///
/// # Errors
/// As [`start`].
pub async fn start_on(
    config: Config,
    pools: Pools,
    adjust: impl FnOnce(&mut Registry),
) -> anyhow::Result<Running> {
    let metrics = telemetry::metrics()?;
    // Listen first: a taken port is told before anything is touched.
    let (public, address) = listen(config.http.listen)?;
    let (inside, internal) = listen(config.http.internal_listen)?;

    let master = prepare(&config).await?;
    let store = open(&config, &master, pools).await?;
    let cursor_key = master.derive("cursors");
    let settings = settings(&config, cursor_key);
    let redis = match &config.redis.url {
        Some(url) => Some(Redis::connect(url.expose(), "madang").await?),
        None => None,
    };
    let container = wire(config.clone(), master, Arc::clone(&store), redis, adjust)?;
    store.subscribers(&container.all::<dyn Subscriber>());
    for task in container.all::<dyn StartupTask>() {
        task.run().await?;
    }

    let work = CancellationToken::new();
    let workers = container.all::<dyn Worker>().into_iter().map(|worker| {
        let stop = work.clone();
        (worker.name(), tokio::spawn(async move { worker.run(stop).await }))
    });
    let workers = workers.collect();

    let readiness = Arc::new(Readiness::new(container.all::<dyn HealthCheck>()));
    let ports = Ports {
        authenticator: container.get::<dyn Authenticator>()?,
        limiter: container.get::<dyn RateLimiter>()?,
        records: container.get::<dyn IdempotencyRecords>()?,
        readiness: Arc::clone(&readiness),
    };
    let app = http::app(Modules::api(&container)?, settings, ports)?;
    let measured = Route::new().at(
        "/metrics",
        get(make_sync(move |_| metrics.render().with_content_type("text/plain; version=0.0.4"))),
    );
    let drain = CancellationToken::new();
    let servers = vec![
        serve(public, app, drain.clone(), config.drain()),
        serve(inside, measured, drain.clone(), Duration::ZERO),
    ];
    Ok(Running { address, internal, container, store, readiness, drain, work, servers, workers })
}

impl Running {
    /// What was wired.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// Delivers domain events, then messages, until none is due; for tests, which then need not
    /// wait.
    ///
    /// # Errors
    /// The database is away.
    pub async fn settle(&self) -> anyhow::Result<()> {
        self.container.get::<OutboxRelay>()?.run_until_idle().await?;
        self.container.get::<Dispatcher>()?.run_until_idle().await?;
        Ok(())
    }

    /// Not ready, drain requests, stop workers, close the store.
    pub async fn stop(self) {
        self.readiness.stop();
        self.drain.cancel();
        for connections in self.container.all::<dyn Drain>() {
            connections.drain().await;
        }
        for server in self.servers {
            if let Ok(Err(error)) = server.await {
                tracing::error!(%error, "a listener failed");
            }
        }
        self.work.cancel();
        for (name, worker) in self.workers.into_iter().rev() {
            if timeout(WORKERS_STOP, worker).await.is_err() {
                tracing::warn!(worker = name, "did not stop in time");
            }
        }
        if let Err(error) = self.store.close().await {
            tracing::warn!(error = format!("{error:#}"), "the store did not close");
        }
    }
}

/// Wires everything and serves nothing: for commands beside the server.
///
/// # Errors
/// An unreachable database, or wiring that does not hold.
pub async fn tools(config: Config) -> anyhow::Result<Container> {
    let master = prepare(&config).await?;
    let store = open(&config, &master, Pools::Sized).await?;
    let redis = match &config.redis.url {
        Some(url) => Some(Redis::connect(url.expose(), "madang").await?),
        None => None,
    };
    let container = wire(config, master, Arc::clone(&store), redis, |_| {})?;
    store.subscribers(&container.all::<dyn Subscriber>());
    Ok(container)
}

/// Waits for SIGTERM or SIGINT.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // Without handlers the signals end the process by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
}

/// The document, without a database.
///
/// # Errors
/// A document that breaks a house rule.
pub fn document() -> anyhow::Result<Document> {
    http::document::<<Modules as Module>::Api>()
}

/// Brings the schema up to date and finds the master secret.
///
/// # Errors
/// An unreachable database, or a migration that fails.
pub async fn prepare(config: &Config) -> anyhow::Result<MasterSecret> {
    let setup = for_migrations(&config.database_url()).await?;
    madang_migration::migrate(&setup).await.context("migrate the database")?;
    let configured = config.secret.as_ref().map(crate::config::Secret::expose);
    let master = MasterSecret::load(configured, &setup).await?;
    setup.close().await?;
    Ok(master)
}

async fn open(config: &Config, master: &MasterSecret, pools: Pools) -> anyhow::Result<Arc<SqlStore>> {
    let url = config.database_url();
    let (clock, sealer) = (Arc::new(SystemClock), Arc::new(master.sealer("store")?));
    let size = PoolSize { connections: config.database.max_connections };
    let store = match pools {
        Pools::Sized => SqlStore::open(&url, size, clock, sealer).await?,
        Pools::Single => SqlStore::single(&url, clock, sealer).await?,
    };
    Ok(Arc::new(store))
}

fn wire(
    config: Config,
    master: MasterSecret,
    store: Arc<SqlStore>,
    redis: Option<Arc<Redis>>,
    adjust: impl FnOnce(&mut Registry),
) -> anyhow::Result<Container> {
    check_files(&config).context("open the place for pictures (media.*)")?;
    let mut registry = Registry::default();
    registry.value(config);
    registry.value(master);
    registry.bind(move || Arc::clone(&store));
    if let Some(redis) = redis.clone() {
        registry.bind(move || Arc::clone(&redis) as Arc<dyn HealthCheck>);
    }
    registry.value(RedisLink(redis));
    Modules::register(&mut registry);
    adjust(&mut registry);
    Ok(registry.build()?)
}

fn settings(config: &Config, cursor_key: [u8; 32]) -> Settings {
    Settings {
        public_url: config.http.public_url.as_ref().map(ToString::to_string),
        media_url: config.media.public_url.as_ref().map(ToString::to_string),
        trusted_proxies: TrustedProxies(config.http.trusted_proxies.clone()),
        cors_origins: config.http.cors_origins.clone(),
        request_timeout: config.request_timeout(),
        rate_limits: config.rate_limits.enabled,
        cursor_key,
    }
}

/// A listener whose connections send small answers at once (`TCP_NODELAY` is inherited).
fn listen(address: SocketAddr) -> anyhow::Result<(TcpAcceptor, SocketAddr)> {
    let bind = || -> std::io::Result<_> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.set_nodelay(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let bound = listener.local_addr()?;
        Ok((TcpAcceptor::from_tokio(listener)?, bound))
    };
    bind().with_context(|| format!("listen on {address}"))
}

fn serve(
    acceptor: TcpAcceptor,
    app: impl IntoEndpoint<Endpoint: 'static> + Send + 'static,
    drain: CancellationToken,
    patience: Duration,
) -> JoinHandle<std::io::Result<()>> {
    let app = app.into_endpoint();
    tokio::spawn(async move {
        Server::new_with_acceptor(acceptor)
            .run_with_graceful_shutdown(app, async move { drain.cancelled().await }, Some(patience))
            .await
    })
}
