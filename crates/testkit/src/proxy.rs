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
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

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
        () = pump(asks, takes, None, Some((Messages::default(), asked))) => {}
        () = pump(answers, hears, Some(brought), None) => {}
    }
}

/// Brings what comes to where it goes, as the cable does it, until either end is closed.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut cable: Option<watch::Receiver<Cable>>,
    mut asked: Option<(Messages, Arc<AtomicUsize>)>,
) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if let Some((messages, asked)) = &mut asked {
            asked.fetch_add(messages.trips_in(&piece[..length]), Ordering::SeqCst);
        }
        if let Some(cable) = &mut cable {
            let state = cable.wait_for(|cable| *cable != Cable::Hanging).await.map(|state| *state);
            match state {
                Ok(Cable::Slow(late)) => sleep(late).await,
                Ok(_) => {}
                Err(_) => return,
            }
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
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
