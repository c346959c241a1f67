//! Telling providers that somebody is not with us any more.

use std::{sync::Arc, time::Duration};

use madang_domain::shared::{Failure, UserId};

use super::ports::{Link, SocialRepository};
use crate::shared::{Outgoing, OutgoingMessages, Parting, Sealer, Tx};

/// How long a provider may be away before it is not told any more.
const LIFE: Duration = Duration::from_hours(7 * 24);

/// Says goodbye to providers on behalf of people.
pub struct Farewell {
    social: Arc<dyn SocialRepository>,
    messages: Arc<dyn OutgoingMessages>,
    sealer: Arc<dyn Sealer>,
}

impl Farewell {
    /// Wires it.
    pub fn new(
        social: Arc<dyn SocialRepository>,
        messages: Arc<dyn OutgoingMessages>,
        sealer: Arc<dyn Sealer>,
    ) -> Self {
        Self { social, messages, sealer }
    }

    /// Cuts every link of an account, and tells the providers.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn leave_all(&self, tx: &mut Tx, user: UserId) -> Result<(), Failure> {
        self.say(tx, user, None).await?;
        self.social.unlink_all(tx, user).await?;
        Ok(())
    }

    /// Puts a message to this provider, or to every one of the account, into the transaction that
    /// ends the links. A link that a provider itself has ended is not mentioned to it.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn say(&self, tx: &mut Tx, user: UserId, provider: Option<&str>) -> Result<(), Failure> {
        for Link { subject, token } in self.social.links(tx, user).await? {
            if provider.is_some_and(|wanted| wanted != subject.provider) {
                continue;
            }
            // A token of before the master secret changed cannot be read, and is as good as none.
            let token = token.and_then(|sealed| self.sealer.open(&sealed));
            let token = token.and_then(|plain| serde_json::from_slice(&plain).ok());
            let parting =
                Parting { provider: subject.provider, client: subject.client, person: subject.key, token };
            self.messages.put(tx, &Outgoing::Parting(parting), LIFE).await?;
        }
        Ok(())
    }
}
