//! A stand-in for a service that knows leaked passwords by ranges of their hashes.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::task::JoinHandle;

use super::wire::{self, Asked, Behaviour};

/// The service, on a free port.
pub struct RangeServer {
    /// What goes into the configuration.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    instead: Arc<Mutex<Option<Behaviour>>>,
    task: JoinHandle<()>,
}

impl RangeServer {
    /// It knows these passwords; those in `padding` it names as well, as seen never.
    pub async fn start(leaked: &[&str], padding: &[&str]) -> Self {
        let counted = |passwords: &[&str], count: u32| {
            passwords.iter().map(|password| (digits(password), count)).collect::<Vec<_>>()
        };
        let known = [counted(leaked, 42), counted(padding, 0)].concat();
        let (asked, instead) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<Option<_>>>::default());
        let (noted, behaviour) = (Arc::clone(&asked), Arc::clone(&instead));
        let answer = move |asked: Asked| {
            let prefix = asked.path.rsplit('/').next().unwrap_or_default().to_owned();
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            let instead = behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone();
            instead.unwrap_or_else(|| {
                let mut lines = format!("{:0>35}:7\r\n", "A");
                for (digits, count) in &known {
                    if let Some(suffix) = digits.strip_prefix(&prefix) {
                        lines.push_str(&format!("{suffix}:{count}\r\n"));
                    }
                }
                Behaviour::labelled(200, "text/plain", lines)
            })
        };
        let (address, task) = wire::serve(Arc::new(answer)).await;
        Self { url: format!("http://{address}/range/"), asked, instead, task }
    }

    /// Does this from now on, or the right thing again.
    pub fn behave(&self, behaviour: Option<Behaviour>) {
        *self.instead.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for RangeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn digits(password: &str) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}
