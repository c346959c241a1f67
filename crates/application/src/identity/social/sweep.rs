//! Finding out that people ended a connection, where the provider tells so once and never again.
//!
//! A token that lasts is shown to the provider every week. Two denials with a day between them end
//! the link as the provider's own word would have; a provider that denies nearly everybody is not
//! believed.

use std::{sync::Arc, time::Duration};

use madang_domain::{
    identity::social::Subject,
    shared::{Failure, Timestamp},
};

use super::{
    SeveranceService,
    ports::{Application, DueLink, Providers, SocialRepository},
};
use crate::shared::{Clock, Sealer, Tx, UnitOfWork};

/// How often a link is asked about while all is well.
pub const CHECK_EVERY: Duration = Duration::from_hours(7 * 24);

/// When it is asked about again after a denial.
const SURE_AFTER: Duration = Duration::from_hours(24);

/// The same after no answer.
const RETRY_AFTER: Duration = Duration::from_hours(1);

/// So many denials in a row are believed.
const SURE: i64 = 2;

/// So many links are asked about in one round.
const MOST: i64 = 50;

/// So many denials in one round are doubted if they are more than half of the answers.
const DOUBTED: usize = 5;

/// What came of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// So many links ended.
    pub ended: usize,
    /// These providers denied most links, and were not believed.
    pub doubted: Vec<String>,
}

/// Asks providers about links.
pub struct LinkSweep {
    uow: Arc<UnitOfWork>,
    providers: Arc<dyn Providers>,
    social: Arc<dyn SocialRepository>,
    severance: Arc<SeveranceService>,
    sealer: Arc<dyn Sealer>,
    clock: Arc<dyn Clock>,
}

impl LinkSweep {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        providers: Arc<dyn Providers>,
        social: Arc<dyn SocialRepository>,
        severance: Arc<SeveranceService>,
        sealer: Arc<dyn Sealer>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, providers, social, severance, sealer, clock }
    }

    /// Asks about links that are due, at each provider that tells only once. Processes may do it at
    /// the same time.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn round(&self) -> Result<Swept, Failure> {
        let mut swept = Swept::default();
        for application in self.providers.forgetful() {
            self.ask(&application, &mut swept).await?;
        }
        Ok(swept)
    }

    async fn ask(&self, application: &Application, swept: &mut Swept) -> Result<(), Failure> {
        let now = self.clock.now();
        let again = now.plus(RETRY_AFTER);
        let take = async |tx: &mut Tx| Ok(self.social.due_links(tx, application, now, again, MOST).await?);
        let due: Vec<DueLink> = self.uow.run(take).await?;
        let (mut stand, mut denied) = (0, Vec::new());
        for link in due {
            let token = self.sealer.open(&link.token);
            let Some(token) = token.and_then(|plain| serde_json::from_slice(&plain).ok()) else {
                // Sealed before the master secret changed: the next login brings another one.
                self.note(&link.subject, again, link.denials, now.plus(CHECK_EVERY)).await?;
                continue;
            };
            match self.providers.stands(&application.provider, &token).await {
                Ok(true) => {
                    stand += 1;
                    self.note(&link.subject, again, 0, now.plus(CHECK_EVERY)).await?;
                }
                Ok(false) => denied.push(link),
                // The others would fare no better; all of them are due in an hour.
                Err(_) => break,
            }
        }
        if denied.len() >= DOUBTED && denied.len() > stand {
            swept.doubted.push(application.provider.clone());
            return Ok(());
        }
        for DueLink { subject, denials, .. } in denied {
            // Whoever consented meanwhile is not put out.
            let denials = denials + 1;
            let unchanged = self.note(&subject, again, denials, now.plus(SURE_AFTER)).await?;
            if unchanged && denials >= SURE {
                self.severance.cut(&subject).await?;
                swept.ended += 1;
            }
        }
        Ok(())
    }

    /// Notes what came of the question that was due `again`, unless something else came between.
    async fn note(
        &self,
        subject: &Subject,
        again: Timestamp,
        denials: i64,
        next: Timestamp,
    ) -> Result<bool, Failure> {
        let work = async |tx: &mut Tx| Ok(self.social.asked_about(tx, subject, again, denials, next).await?);
        self.uow.run(work).await
    }
}
