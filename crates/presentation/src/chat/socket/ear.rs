//! Hears what other processes tell, and looks after the sockets of this one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_application::{
    chat::RoomBell,
    shared::{Broadcast, Heard, Worker},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::Hub;

/// How often logins and silence are checked.
const CHECK: Duration = Duration::from_millis(250);
/// Every so many checks the record is looked into: often enough that a lost hint delays a message
/// by less than a second.
const SWEEP_EVERY: u32 = 2;
/// Every so many checks it is asked whether everybody who follows a room may: for when a hint about
/// that was lost.
const MEMBERS_EVERY: u32 = 16;
/// Every so many checks everybody who is present is written down anew: four times in the time they
/// count as present.
const PRESENCE_EVERY: u32 = 44;

/// The worker that does so.
pub struct Ear {
    hub: Arc<Hub>,
    broadcast: Arc<dyn Broadcast>,
}

impl Ear {
    /// For this hub.
    pub fn new(hub: Arc<Hub>, broadcast: Arc<dyn Broadcast>) -> Self {
        Self { hub, broadcast }
    }

    async fn sweep(hub: Arc<Hub>, members: bool) {
        if let Err(error) = hub.sweep(members).await {
            tracing::warn!(error = format!("{error:#}"), "followed rooms could not be looked up");
        }
    }

    async fn round(hub: Arc<Hub>, members: bool, presence: bool) {
        Self::sweep(Arc::clone(&hub), members).await;
        if let Err(error) = hub.write_presence(presence).await {
            tracing::warn!(error = format!("{error:#}"), "who is present could not be written down");
        }
        if let Err(error) = hub.show_presence(presence).await {
            tracing::warn!(error = format!("{error:#}"), "who is present could not be looked up");
        }
    }
}

#[async_trait]
impl Worker for Ear {
    fn name(&self) -> &'static str {
        "realtime-ear"
    }

    async fn run(&self, stop: CancellationToken) {
        let mut listener = self.broadcast.listen();
        let mut clock = interval(CHECK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut round, mut listening) = (0_u32, true);
        // Beside the loop, so that a slow database delays no hint; one at a time.
        let mut sweep = tokio::spawn(Self::round(Arc::clone(&self.hub), true, true));
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = clock.tick() => {
                    self.hub.check();
                    round = round.wrapping_add(1);
                    if round.is_multiple_of(SWEEP_EVERY) && sweep.is_finished() {
                        let members = self.hub.settings.patrols && round.is_multiple_of(MEMBERS_EVERY);
                        let presence = round.is_multiple_of(PRESENCE_EVERY);
                        sweep = tokio::spawn(Self::round(Arc::clone(&self.hub), members, presence));
                    }
                }
                heard = listener.next(), if listening => match heard {
                    Some(Heard::Message { topic, payload }) => {
                        if let Some(ring) = RoomBell::heard(&topic, &payload) {
                            self.hub.hear(ring);
                        }
                    }
                    // The record is complete where hints are not.
                    Some(Heard::Gap) => drop(tokio::spawn(Self::sweep(Arc::clone(&self.hub), true))),
                    None => listening = false,
                },
            }
        }
    }
}
