//! The steps of a social login.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context;
use madang_domain::{
    identity::{
        Account, Email, Status,
        domain_events::{RevocationReason, UserSignedUp},
        errors::{
            ALREADY_LOGGED_IN, LINK_REQUIRED, OAUTH_ALREADY_LINKED, OAUTH_EMAIL_MISSING,
            OAUTH_IDENTITY_TAKEN, OAUTH_STATE_INVALID, REDIRECT_PROFILE_UNKNOWN, SESSION_ENDED, SUSPENDED,
        },
        security_event::SecurityEventKind,
        social::{Claim, ProviderPerson, claim, nickname_for},
    },
    shared::{Failure, SessionId, UserId, platform},
};
use serde::{Deserialize, Serialize};

use super::ports::{
    Arrival, Consented, Linked, Providers, Round, SealedToken, Secrets, SocialQueries, SocialRepository,
    Transaction,
};
use crate::{
    identity::{
        Doer, Grant, SecurityLog, SessionService, Tokens,
        ports::{AccountRepository, RefreshSecrets, Which, Written},
    },
    shared::{Caller, Clock, Origin, ProviderToken, Sealer, Tx, UnitOfWork, new_id},
};

/// How long somebody may take at the provider.
const LIFE: Duration = Duration::from_mins(10);

/// How long a repeated request is told that the first one is still running.
const RUNNING: Duration = Duration::from_secs(30);

/// Where people come back to.
#[derive(Clone, Debug, Default)]
pub struct SocialSettings {
    /// Profile → address; `{provider}` in it stands for the provider's name.
    pub redirects: BTreeMap<String, String>,
}

/// A login that was begun.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Where to send the person.
    pub authorization_url: String,
    /// Comes back with the person.
    pub state: String,
    /// Stays in the browser, which shows it when it comes back.
    pub browser_secret: String,
}

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

/// What became of somebody whom a provider knows.
#[derive(Debug, Serialize, Deserialize)]
struct Admitted {
    grant: Grant,
    /// Sessions of somebody who lost the address.
    ended: Vec<SessionId>,
}

/// Where somebody wants to go.
#[derive(Clone, Copy, Debug)]
pub struct Outset<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// The name of the address to come back to.
    pub profile: Option<&'a str>,
    /// The address of our own callback, for where no profile is configured.
    pub own: &'a str,
    /// Whether to ask for what was refused before.
    pub ask_again: bool,
    /// Whether a browser goes there itself.
    pub in_browser: bool,
}

/// Logs people in whom a provider knows, and links providers to accounts.
pub struct SocialService {
    uow: Arc<UnitOfWork>,
    providers: Arc<dyn Providers>,
    social: Arc<dyn SocialRepository>,
    queries: Arc<dyn SocialQueries>,
    accounts: Arc<dyn AccountRepository>,
    sessions: Arc<SessionService>,
    log: Arc<SecurityLog>,
    secrets: Arc<dyn RefreshSecrets>,
    sealer: Arc<dyn Sealer>,
    settings: Arc<SocialSettings>,
    clock: Arc<dyn Clock>,
}

impl SocialService {
    /// Wires it.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        providers: Arc<dyn Providers>,
        social: Arc<dyn SocialRepository>,
        queries: Arc<dyn SocialQueries>,
        accounts: Arc<dyn AccountRepository>,
        sessions: Arc<SessionService>,
        log: Arc<SecurityLog>,
        secrets: Arc<dyn RefreshSecrets>,
        sealer: Arc<dyn Sealer>,
        settings: Arc<SocialSettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, providers, social, queries, accounts, sessions, log, secrets, sealer, settings, clock }
    }

    /// Sends somebody to a provider: to log in, or, if they are, to link it.
    ///
    /// # Errors
    /// `platform.not_found`, `identity.redirect_profile_unknown`, `identity.oauth_*`.
    pub async fn begin(&self, caller: Option<&Caller>, outset: &Outset<'_>) -> Result<Beginning, Failure> {
        let Outset { provider, profile, own, ask_again, in_browser } = *outset;
        self.known(provider)?;
        let redirect_uri = self.redirect(provider, profile, own)?;
        let fresh = || self.secrets.fresh();
        let secrets = Secrets { state: fresh(), nonce: fresh(), verifier: fresh() };
        let authorization_url =
            self.providers.authorization(provider, &redirect_uri, &secrets, ask_again).await?;
        let browser_secret = fresh();
        let now = self.clock.now();
        let transaction = Transaction {
            provider: provider.to_owned(),
            redirect_uri,
            sealed: self.sealer.seal(&serde_json::to_vec(&secrets).map_err(anyhow::Error::from)?),
            user: caller.map(|caller| caller.user),
            browser: self.fingerprint(&browser_secret)?,
            in_browser,
            created_at: now,
            expires_at: now.plus(LIFE),
        };
        let state = self.fingerprint(&secrets.state)?;
        self.uow.run(async |tx| Ok(self.social.begin(tx, &state, &transaction).await?)).await?;
        Ok(Beginning { authorization_url, state: secrets.state, browser_secret })
    }

    /// Takes somebody back: logs them in, makes their account if it is the first time, or links the
    /// provider to the account of the caller, who began it.
    ///
    /// # Errors
    /// `platform.not_found`, `identity.already_logged_in`, `identity.oauth_*`,
    /// `identity.link_required`, `identity.suspended`.
    pub async fn finish(
        &self,
        origin: &Origin,
        caller: Option<&Caller>,
        back: &Return,
    ) -> Result<Tokens, Failure> {
        self.known(&back.provider)?;
        if let Some(grant) = self.answered(origin).await? {
            return self.sessions.tokens(grant);
        }
        if caller.is_none()
            && let Some(token) = &back.at_hand
            && self.sessions.is_alive(token).await?
        {
            return Err(ALREADY_LOGGED_IN.into());
        }
        let Some(transaction) = self.take(caller, back, origin.once.is_some()).await? else {
            return match self.answered(origin).await? {
                Some(grant) => self.sessions.tokens(grant),
                None => Err(Failure::from(platform::IDEMPOTENCY_KEY_BUSY).retry_after(1)),
            };
        };
        let code = match &back.outcome {
            Ok(code) => code.clone(),
            Err(error) => return Err(self.providers.refusal(&back.provider, error).into()),
        };
        let secrets = self.sealer.open(&transaction.sealed).context("a login was sealed with another key")?;
        let arrival = Arrival {
            code,
            issuer: back.issuer.clone(),
            issuer_optional: back.browser.is_none(),
            redirect_uri: transaction.redirect_uri,
            secrets: serde_json::from_slice(&secrets).map_err(anyhow::Error::from)?,
        };
        let consented = self.providers.person(&back.provider, &arrival).await?;
        let admitted = self.admitted(origin, caller, &consented).await?;
        self.sessions.shut(&admitted.ended).await;
        self.sessions.tokens(admitted.grant)
    }

    fn known(&self, provider: &str) -> Result<(), Failure> {
        let known = self.providers.list().iter().any(|known| known.name == provider);
        if known { Ok(()) } else { Err(platform::NOT_FOUND.into()) }
    }

    /// Without a profile: the one named `default`, the only one, or our own callback where none is
    /// configured.
    fn redirect(&self, provider: &str, profile: Option<&str>, own: &str) -> Result<String, Failure> {
        let redirects = &self.settings.redirects;
        let found = match profile.filter(|profile| !profile.is_empty()) {
            Some(profile) => redirects.get(&profile.to_lowercase()).map(String::as_str),
            None if redirects.is_empty() => Some(own),
            None if redirects.len() == 1 => redirects.values().next().map(String::as_str),
            None => redirects.get("default").map(String::as_str),
        };
        let found = found.ok_or_else(|| Failure::from(REDIRECT_PROFILE_UNKNOWN))?;
        Ok(found.replace("{provider}", provider))
    }

    fn fingerprint(&self, secret: &str) -> Result<[u8; 32], Failure> {
        Ok(self.secrets.fingerprint(secret).context("our own secret")?)
    }

    /// The first answer to a repeated request.
    async fn answered(&self, origin: &Origin) -> Result<Option<Grant>, Failure> {
        if origin.once.is_none() {
            return Ok(None);
        }
        // Nothing is done here: either somebody did it before, or the claim is given back.
        let found = self.uow.run_once(origin.once.as_ref(), async |_| Err(platform::STALE.into())).await;
        match found {
            Ok(Admitted { grant, .. }) => Ok(Some(grant)),
            Err(failure) if failure.code() == platform::STALE => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Takes the login out of circulation, so that its code is sent to the provider once. `None` if
    /// a request with the same idempotency key did so a moment ago.
    async fn take(
        &self,
        caller: Option<&Caller>,
        back: &Return,
        repeatable: bool,
    ) -> Result<Option<Transaction>, Failure> {
        let state = self.secrets.fingerprint(&back.state).ok_or(OAUTH_STATE_INVALID)?;
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
            Some(Ok(secret)) => self.secrets.fingerprint(secret) == Some(transaction.browser),
            Some(Err(is_browser)) => !is_browser && !transaction.in_browser,
            None => true,
        };
        if transaction.provider == back.provider && same_browser {
            Ok(())
        } else {
            Err(OAUTH_STATE_INVALID.into())
        }
    }

    async fn admitted(
        &self,
        origin: &Origin,
        caller: Option<&Caller>,
        consented: &Consented,
    ) -> Result<Admitted, Failure> {
        /// Each lost round means that somebody else made the account or took the nickname.
        const ROUNDS: usize = 5;
        for _ in 1..ROUNDS {
            let done = self
                .uow
                .run_once(origin.once.as_ref(), async |tx| self.admit(tx, origin, caller, consented).await)
                .await;
            match done {
                Err(failure) if failure.code() == platform::STALE => {}
                done => return done,
            }
        }
        self.uow
            .run_once(origin.once.as_ref(), async |tx| self.admit(tx, origin, caller, consented).await)
            .await
    }

    async fn admit(
        &self,
        tx: &mut Tx,
        origin: &Origin,
        caller: Option<&Caller>,
        Consented { person, token }: &Consented,
    ) -> Result<Admitted, Failure> {
        let now = self.clock.now();
        let known = self.social.find(tx, &person.subject).await?.map(|login| login.user);
        let (user, ended) = match (caller.map(|caller| caller.user), known) {
            (Some(caller), Some(known)) if caller != known => return Err(OAUTH_IDENTITY_TAKEN.into()),
            (_, Some(known)) => (known, Vec::new()),
            (Some(caller), None) => {
                if self.social.link(tx, caller, person, now).await? == Linked::Taken {
                    return Err(OAUTH_ALREADY_LINKED.into());
                }
                let doer = Doer { user: Some(caller), address: Some(origin.address) };
                self.record(tx, SecurityEventKind::ProviderLinked, doer, caller, person).await?;
                (caller, Vec::new())
            }
            (None, None) => self.make(tx, origin, person).await?,
        };
        let token = token.as_ref().map(|token| self.sealed(token)).transpose()?;
        self.social.seen(tx, person, token.as_ref(), now).await?;
        let account = self.accounts.find(tx, user).await?.ok_or(SESSION_ENDED)?;
        if account.status == Status::Suspended {
            return Err(SUSPENDED.into());
        }
        Ok(Admitted { grant: self.sessions.begin(tx, &account, origin).await?, ended })
    }

    fn sealed(&self, token: &ProviderToken) -> Result<SealedToken, Failure> {
        let plain = serde_json::to_vec(token).map_err(anyhow::Error::from)?;
        Ok(SealedToken { sealed: self.sealer.seal(&plain), lasts: token.lasts })
    }

    /// Makes the account of somebody who comes for the first time.
    async fn make(
        &self,
        tx: &mut Tx,
        origin: &Origin,
        person: &ProviderPerson,
    ) -> Result<(UserId, Vec<SessionId>), Failure> {
        let email = person.email.clone().ok_or(OAUTH_EMAIL_MISSING)?;
        let holder = self.social.holder(tx, &email).await?;
        let (owns_address, loser) = match claim(person, holder) {
            Claim::Own => (true, None),
            Claim::TakeFrom(loser) => (true, Some(loser)),
            Claim::Mention => (false, None),
            Claim::Refused => return Err(LINK_REQUIRED.into()),
        };
        let mut ended = Vec::new();
        if let Some(loser) = loser {
            let reason = RevocationReason::AddressLost;
            ended = self.sessions.revoke(tx, loser, Which::All(loser), reason).await?;
            self.social.dispossess(tx, loser).await?;
            self.record(tx, SecurityEventKind::AddressLost, Doer::default(), loser, person).await?;
        }
        let account = self.add(tx, person, email, owns_address).await?;
        let now = self.clock.now();
        if self.social.link(tx, account.id, person, now).await? == Linked::Taken {
            // The same person came in through another tab at the same moment.
            return Err(platform::STALE.into());
        }
        let doer = Doer { user: Some(account.id), address: Some(origin.address) };
        self.record(tx, SecurityEventKind::SignedUp, doer, account.id, person).await?;
        tx.publish(&UserSignedUp {
            user_id: account.id,
            nickname: account.nickname.to_string(),
            time_zone: account.preferences.time_zone.to_string(),
            locale: account.preferences.locale.to_string(),
        })?;
        Ok((account.id, ended))
    }

    async fn record(
        &self,
        tx: &mut Tx,
        kind: SecurityEventKind,
        doer: Doer,
        subject: UserId,
        person: &ProviderPerson,
    ) -> Result<(), Failure> {
        self.log.record(tx, kind, doer, Some(subject), Some(person.subject.provider.clone())).await
    }

    /// A name that is taken, or none that fits, never fails a login.
    async fn add(
        &self,
        tx: &mut Tx,
        person: &ProviderPerson,
        email: Email,
        owns_address: bool,
    ) -> Result<Account, Failure> {
        const ATTEMPTS: u32 = 20;
        let now = self.clock.now();
        let mut account = Account::new(new_id(), email, nickname_for(person.nickname.as_deref(), 0, 0), now);
        account.email_verified_at = owns_address.then_some(now);
        for attempt in 1..=ATTEMPTS {
            match self.social.add(tx, &account, &person.subject.provider, owns_address).await? {
                Written::Done => return Ok(account),
                Written::NicknameTaken => {
                    let chance = rand_of(&self.secrets.fresh());
                    account.nickname = nickname_for(person.nickname.as_deref(), attempt, chance);
                }
                Written::EmailTaken | Written::Stale => return Err(platform::STALE.into()),
            }
        }
        Err(platform::STALE.into())
    }

    /// The providers of an account.
    ///
    /// # Errors
    /// Only if something breaks.
    pub async fn identities(&self, caller: &Caller) -> Result<Vec<super::IdentityView>, Failure> {
        Ok(self.queries.identities(caller.user).await?)
    }

    /// The providers people can choose.
    pub fn providers(&self) -> Vec<super::ProviderInfo> {
        self.providers.list()
    }
}

/// A number nobody can guess, from a text nobody can guess.
fn rand_of(secret: &str) -> u64 {
    secret.bytes().fold(0, |number: u64, byte| number.rotate_left(7) ^ u64::from(byte))
}
