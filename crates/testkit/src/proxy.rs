//! A cable to a service that can be pulled out, and one that hangs or is slow.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};

/// How much is taken at a time.
const LARGEST: usize = 64 * 1024;

/// What a cable does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    /// Forwards both ways.
    Plugged,
    /// Breaks all connections, and new ones too.
    Pulled,
    /// Takes connections and questions, and brings no answer until it does something else.
    Hanging,
    /// Brings answers that much later.
    Slow(Duration),
}

/// Forwards a port to a service.
pub struct Proxy {
    /// Where to connect to.
    pub url: String,
    cable: Arc<watch::Sender<Cable>>,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Plugged in, to the service with this address.
    ///
    /// # Panics
    /// If there is no free port, or no host and port in the address.
    pub async fn to(service: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address");
        let mut url = reqwest::Url::parse(service).expect("an address");
        let server = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
        url.set_host(Some("127.0.0.1")).expect("a host may be set");
        url.set_port(Some(own.port())).expect("a port may be set");
        let url = url.to_string();
        let cable = Arc::new(watch::Sender::new(Cable::Plugged));
        let state = cable.clone();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                tokio::spawn(forward(client, server.clone(), state.subscribe(), count.clone()));
            }
        });
        Self { url, cable, asked, task }
    }

    /// How often a client of Postgres waited for an answer so far: what it sends before that is one trip.
    pub fn trips_to_postgres(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Pulls the cable out, or plugs it in.
    pub async fn plug(&self, plugged: bool) {
        self.turn(if plugged { Cable::Plugged } else { Cable::Pulled }).await;
    }

    /// From now on it does this.
    pub async fn turn(&self, cable: Cable) {
        self.cable.send_replace(cable);
        // Nothing sent from now on may slip through.
        sleep(Duration::from_millis(50)).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a connection until one side ends it or the cable is pulled.
async fn forward(
    client: TcpStream,
    server: String,
    mut cable: watch::Receiver<Cable>,
    asked: Arc<AtomicUsize>,
) {
    if *cable.borrow() == Cable::Pulled {
        return;
    }
    let upstream = TcpStream::connect(server).await.expect("the service");
    let ((asks, hears), (answers, takes)) = (client.into_split(), upstream.into_split());
    let brought = cable.clone();
    tokio::select! {
        _ = cable.wait_for(|cable| *cable == Cable::Pulled) => {}
        () = count(asks, takes, asked) => {}
        () = bring(answers, hears, brought) => {}
    }
}

/// Brings what the client asks, and counts it.
async fn count(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, asked: Arc<AtomicUsize>) {
    let (mut piece, mut messages) = (vec![0; LARGEST], Messages::default());
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        asked.fetch_add(messages.trips_in(&piece[..length]), Ordering::SeqCst);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

/// Brings what the service answers, as the cable does it. What comes while an earlier piece is on its way
/// follows it, and is no later for that.
async fn bring(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut cable: watch::Receiver<Cable>) {
    let (send, mut on_the_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let state = cable.clone();
    let read = async move {
        let mut piece = vec![0; LARGEST];
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            let late = if let Cable::Slow(late) = *state.borrow() { late } else { Duration::ZERO };
            if send.send((Instant::now() + late, piece[..length].to_vec())).is_err() {
                return;
            }
        }
    };
    let write = async {
        while let Some((arrives, piece)) = on_the_way.recv().await {
            sleep_until(arrives).await;
            let moves = cable.wait_for(|cable| *cable != Cable::Hanging).await.is_ok();
            if !moves || to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}

/// The messages of a client of Postgres: a letter, and a length that counts itself. Those that open a
/// connection have no letter.
#[derive(Default)]
struct Messages {
    opened: bool,
    head: Vec<u8>,
    left: usize,
}

impl Messages {
    /// How many messages in the next bytes ask for an answer: `Query` and `Sync`.
    fn trips_in(&mut self, bytes: &[u8]) -> usize {
        let mut trips = 0;
        for byte in bytes {
            if self.left > 0 {
                self.left -= 1;
                continue;
            }
            self.head.push(*byte);
            let letters = usize::from(self.opened);
            if self.head.len() < letters + 4 {
                continue;
            }
            let length =
                self.head[letters..].iter().fold(0, |length, byte| length * 256 + usize::from(*byte));
            trips += usize::from(self.opened && matches!(self.head[0], b'Q' | b'S'));
            // A question for encryption, which is 8 long, comes before the connection is opened.
            self.opened = self.opened || length != 8;
            self.left = length.saturating_sub(4);
            self.head.clear();
        }
        trips
    }
}
