//! A cable to a service that can be pulled out.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Forwards a port to a service while it is plugged in.
pub struct Proxy {
    /// Where to connect to.
    pub url: String,
    plugged: Arc<watch::Sender<bool>>,
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
        let plugged = Arc::new(watch::Sender::new(true));
        let state = plugged.clone();
        let task = tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.expect("a connection");
                let (server, mut state) = (server.clone(), state.subscribe());
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let mut upstream = TcpStream::connect(server).await.expect("the service");
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut upstream) => {}
                        _ = state.wait_for(|plugged| !plugged) => {}
                    }
                });
            }
        });
        Self { url, plugged, task }
    }

    /// Breaks all connections, and new ones too until it is plugged in again.
    pub async fn plug(&self, plugged: bool) {
        self.plugged.send_replace(plugged);
        // Nothing sent from now on may slip through.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
