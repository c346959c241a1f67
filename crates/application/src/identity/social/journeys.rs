//! Logins on their way: rows between two steps, each of which can be taken once.

use std::{sync::Arc, time::Duration};

use madang_domain::{
    identity::errors::{ALREADY_LOGGED_IN, OAUTH_STATE_INVALID},
    shared::Failure,
};

use super::{
    Secrecy,
    ports::{Round, Secrets, SocialRepository, Transaction},
};
use crate::shared::{Caller, Clock, UnitOfWork};

/// How long somebody may take at the provider.
const LIFE: Duration = Duration::from_mins(10);

/// How long a repeated request is told that the first one is still running.
const RUNNING: Duration = Duration::from_secs(30);

/// Somebody who came back.
#[derive(Clone, Debug)]
pub struct Return {
    /// From where.
    pub provider: String,
    /// What ties it to its beginning.
    pub state: String,
    /// The code, or the error that came instead.
    pub outcome: Result<String, String>,
    /// Who issued it (RFC 9207).
    pub issuer: Option<String>,
    /// The secret of the browser that came back, if it did so itself; `Err` if it has none.
    pub browser: Option<Result<String, IsBrowser>>,
    /// A refresh token that came along, which must not be alive.
    pub at_hand: Option<String>,
}

/// Whether a client without the secret is a browser for sure.
pub type IsBrowser = bool;

/// Somebody who leaves.
#[derive(Clone, Debug)]
pub(super) struct Leaving<'a> {
    /// For where.
    pub(super) provider: &'a str,
    /// The address they come back to.
    pub(super) redirect_uri: String,
    /// What ties the steps together.
    pub(super) secrets: &'a Secrets,
    /// Whether a browser goes there itself.
    pub(super) in_browser: bool,
}

/// Keeps the logins that are under way.
pub struct Journeys {
    uow: Arc<UnitOfWork>,
    social: Arc<dyn SocialRepository>,
    secrecy: Arc<Secrecy>,
    clock: Arc<dyn Clock>,
}

impl Journeys {
    /// Wires it.
    pub fn new(
        uow: Arc<UnitOfWork>,
        social: Arc<dyn SocialRepository>,
        secrecy: Arc<Secrecy>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, social, secrecy, clock }
    }

    /// Remembers who left. Answers the secret that stays in the browser.
    ///
    /// # Errors
    /// Only if something breaks.
    pub(super) async fn begin(
        &self,
        caller: Option<&Caller>,
        leaving: Leaving<'_>,
    ) -> Result<String, Failure> {
        let Leaving { provider, redirect_uri, secrets, in_browser } = leaving;
        let browser_secret = self.secrecy.fresh();
        let now = self.clock.now();
        let transaction = Transaction {
            provider: provider.to_owned(),
            redirect_uri,
            sealed: self.secrecy.seal(secrets)?,
            user: caller.map(|caller| caller.user),
            browser: self.secrecy.own_fingerprint(&browser_secret)?,
            in_browser,
            created_at: now,
            expires_at: now.plus(LIFE),
        };
        let state = self.secrecy.own_fingerprint(&secrets.state)?;
        self.uow.run(async |tx| Ok(self.social.begin(tx, &state, &transaction).await?)).await?;
        Ok(browser_secret)
    }

    /// Takes the login out of circulation, so that its code is sent to the provider once. `None` if
    /// a request with the same idempotency key did so a moment ago.
    pub(super) async fn take(
        &self,
        caller: Option<&Caller>,
        back: &Return,
        repeatable: bool,
    ) -> Result<Option<Transaction>, Failure> {
        let state = self.secrecy.fingerprint(&back.state).ok_or(OAUTH_STATE_INVALID)?;
        let now = self.clock.now();
        self.uow
            .run(async |tx| {
                let round = self.social.round(tx, &state).await?;
                let Some(Round { transaction, used_at }) = round else {
                    return Err(OAUTH_STATE_INVALID.into());
                };
                self.belongs(&transaction, caller, back)?;
                if now >= transaction.expires_at {
                    return Err(OAUTH_STATE_INVALID.into());
                }
                if used_at.is_none() && self.social.take(tx, &state, now).await? {
                    return Ok(Some(transaction));
                }
                // A twin was here a moment ago, or at this very moment.
                let recently = used_at.is_none_or(|used| now.since(used) < RUNNING);
                if repeatable && recently { Ok(None) } else { Err(OAUTH_STATE_INVALID.into()) }
            })
            .await
    }

    /// Whether those who come back are those who left.
    fn belongs(
        &self,
        transaction: &Transaction,
        caller: Option<&Caller>,
        back: &Return,
    ) -> Result<(), Failure> {
        match (transaction.user, caller) {
            // Else somebody could be made to link a stranger's login to their account.
            (None, Some(_)) => return Err(ALREADY_LOGGED_IN.into()),
            (Some(began), caller) if caller.map(|caller| caller.user) != Some(began) => {
                return Err(OAUTH_STATE_INVALID.into());
            }
            _ => {}
        }
        // Else somebody could be sent to an address that logs them into a stranger's account.
        let same_browser = match &back.browser {
            Some(Ok(secret)) => self.secrecy.fingerprint(secret) == Some(transaction.browser),
            Some(Err(is_browser)) => !is_browser && !transaction.in_browser,
            None => true,
        };
        if transaction.provider == back.provider && same_browser {
            Ok(())
        } else {
            Err(OAUTH_STATE_INVALID.into())
        }
    }
}
