//! Sending codes and checking them, whatever they are for.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use madang_domain::{
    identity::{
        challenge::{Challenge, ChallengeTag, DAY, PROOF_LIFE, Purpose},
        errors::{CODE_INVALID, CODE_TOO_SOON},
    },
    shared::{Failure, Id, Timestamp},
};

use super::{IdentitySettings, ports::RefreshSecrets};
use crate::shared::{Clock, Tx, new_id};

/// So many in a day, and not too soon after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendingLimit {
    /// In a [`DAY`].
    pub daily: i64,
    /// Between two.
    pub pause: Duration,
}

/// Challenges, for changing.
#[async_trait]
pub trait ChallengeRepository: Send + Sync + 'static {
    /// Counts one more code for this subject if the limit allows it: one conditional write, so that
    /// of many at once exactly as many succeed as the limit allows. Otherwise says when it would.
    async fn count(
        &self,
        tx: &mut Tx,
        purpose: &str,
        subject: &[u8; 32],
        limit: SendingLimit,
        now: Timestamp,
    ) -> anyhow::Result<Result<(), Timestamp>>;

    /// Adds a challenge; earlier ones of the subject are of no use from now on.
    async fn insert(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &[u8; 32],
        challenge: &Challenge,
        code_hash: &[u8; 32],
        now: Timestamp,
    ) -> anyhow::Result<()>;

    /// The latest challenge of the subject.
    async fn latest(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &[u8; 32],
    ) -> anyhow::Result<Option<Challenge>>;

    /// Counts a try and hands out the hash to compare with, if the challenge is open.
    async fn try_code(
        &self,
        tx: &mut Tx,
        challenge: Id<ChallengeTag>,
        now: Timestamp,
    ) -> anyhow::Result<Option<Vec<u8>>>;

    /// Uses the challenge up, unless somebody else did, and keeps the proof it is exchanged for.
    async fn solve(
        &self,
        tx: &mut Tx,
        challenge: Id<ChallengeTag>,
        now: Timestamp,
        proof: Option<(&[u8; 32], Timestamp)>,
    ) -> anyhow::Result<bool>;

    /// Uses a proof up; `false` if there is none such for the subject, or it was used.
    async fn redeem(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &[u8; 32],
        proof: &[u8; 32],
        now: Timestamp,
    ) -> anyhow::Result<bool>;
}

/// The secrets of challenges, made with a key that is not in the database: six digits would be found
/// in no time from a plain hash.
pub trait Codes: Send + Sync + 'static {
    /// Six random digits.
    fn fresh(&self) -> String;

    /// What an address or a phone number is stored as.
    fn subject(&self, purpose: &str, text: &str) -> [u8; 32];

    /// What the code of a challenge is stored as.
    fn hash(&self, challenge: Id<ChallengeTag>, code: &str) -> [u8; 32];

    /// Whether it is the code, in constant time.
    fn matches(&self, challenge: Id<ChallengeTag>, code: &str, hash: &[u8]) -> bool;
}

/// A code that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It is the one. The challenge is open until it is solved.
    Right(Id<ChallengeTag>),
    /// It is not, or there is none; the try was counted.
    Wrong,
}

/// Sends and checks codes.
pub struct Challenges {
    repository: Arc<dyn ChallengeRepository>,
    codes: Arc<dyn Codes>,
    secrets: Arc<dyn RefreshSecrets>,
    settings: Arc<IdentitySettings>,
    clock: Arc<dyn Clock>,
}

impl Challenges {
    /// Wires it.
    pub fn new(
        repository: Arc<dyn ChallengeRepository>,
        codes: Arc<dyn Codes>,
        secrets: Arc<dyn RefreshSecrets>,
        settings: Arc<IdentitySettings>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { repository, codes, secrets, settings, clock }
    }

    /// Counts a code against the budget of `counted`.
    ///
    /// # Errors
    /// `identity.code_too_soon` with the seconds to wait.
    pub(super) async fn count(
        &self,
        tx: &mut Tx,
        purpose: &str,
        counted: &str,
        limit: SendingLimit,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let subject = self.codes.subject(purpose, counted);
        match self.repository.count(tx, purpose, &subject, limit, now).await? {
            Ok(()) => Ok(()),
            Err(next) => {
                let wait = next.since(now).as_secs().max(1);
                Err(Failure::from(CODE_TOO_SOON).retry_after(wait))
            }
        }
    }

    /// The limit that holds for a purpose.
    pub(super) fn limit(&self, purpose: Purpose) -> SendingLimit {
        SendingLimit { daily: purpose.daily_limit(), pause: self.settings.resend }
    }

    /// A new code for this subject; the ones before are dead.
    pub(super) async fn issue(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &str,
    ) -> Result<String, Failure> {
        let now = self.clock.now();
        let code = self.codes.fresh();
        let expires_at = now.plus(self.settings.code_life);
        let challenge = Challenge { id: new_id(), tries: 0, solved_at: None, expires_at };
        let subject = self.codes.subject(purpose.name(), subject);
        let hash = self.codes.hash(challenge.id, &code);
        self.repository.insert(tx, purpose, &subject, &challenge, &hash, now).await?;
        Ok(code)
    }

    /// Tries a code. A wrong one is no error, so that the transaction that counted it commits.
    ///
    /// # Errors
    /// `identity.code_invalid`, `identity.code_expired`, `identity.too_many_attempts` if no code
    /// would be accepted.
    pub(super) async fn try_code(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &str,
        code: &str,
    ) -> Result<Tried, Failure> {
        let now = self.clock.now();
        let subject = self.codes.subject(purpose.name(), subject);
        let challenge = self.repository.latest(tx, purpose, &subject).await?.ok_or(CODE_INVALID)?;
        if let Some(reason) = challenge.closed(now) {
            return Err(self.refusal(reason, &challenge, now));
        }
        let hash = self.repository.try_code(tx, challenge.id, now).await?;
        match hash {
            Some(hash) if self.codes.matches(challenge.id, code, &hash) => Ok(Tried::Right(challenge.id)),
            Some(_) => Ok(Tried::Wrong),
            // Somebody else had the last try just now.
            None => Err(CODE_INVALID.into()),
        }
    }

    /// A dead code comes alive with the next one, and the next one can be had after the pause.
    fn refusal(&self, reason: madang_domain::shared::Code, challenge: &Challenge, now: Timestamp) -> Failure {
        let sent = challenge.expires_at.minus(self.settings.code_life);
        let wait = sent.plus(self.settings.resend).since(now).as_secs().max(1);
        let exhausted = reason == madang_domain::identity::errors::TOO_MANY_ATTEMPTS;
        let failure = Failure::from(reason);
        if exhausted { failure.retry_after(wait) } else { failure }
    }

    /// Uses a challenge up.
    ///
    /// # Errors
    /// `identity.code_invalid` if it was used in the meantime.
    pub(super) async fn solve(&self, tx: &mut Tx, challenge: Id<ChallengeTag>) -> Result<(), Failure> {
        let solved = self.repository.solve(tx, challenge, self.clock.now(), None).await?;
        if solved { Ok(()) } else { Err(CODE_INVALID.into()) }
    }

    /// Makes a code that is on its way useless.
    pub(super) async fn void(&self, tx: &mut Tx, purpose: Purpose, subject: &str) -> Result<(), Failure> {
        let subject = self.codes.subject(purpose.name(), subject);
        if let Some(latest) = self.repository.latest(tx, purpose, &subject).await? {
            self.repository.solve(tx, latest.id, self.clock.now(), None).await?;
        }
        Ok(())
    }

    /// Uses a challenge up and answers a proof to be redeemed within [`PROOF_LIFE`].
    ///
    /// # Errors
    /// As [`Self::solve`].
    pub(super) async fn exchange(&self, tx: &mut Tx, challenge: Id<ChallengeTag>) -> Result<String, Failure> {
        let now = self.clock.now();
        let proof = self.secrets.fresh();
        let fingerprint = self.secrets.fingerprint(&proof).ok_or(CODE_INVALID)?;
        let until = now.plus(PROOF_LIFE);
        let solved = self.repository.solve(tx, challenge, now, Some((&fingerprint, until))).await?;
        if solved { Ok(proof) } else { Err(CODE_INVALID.into()) }
    }

    /// Uses a proof up; `false` if it proves nothing about this subject.
    pub(super) async fn redeem(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        subject: &str,
        proof: &str,
    ) -> Result<bool, Failure> {
        let Some(fingerprint) = self.secrets.fingerprint(proof) else { return Ok(false) };
        let subject = self.codes.subject(purpose.name(), subject);
        Ok(self.repository.redeem(tx, purpose, &subject, &fingerprint, self.clock.now()).await?)
    }

    /// How long codes live, which mails tell and after which they are of no use.
    pub(super) fn code_life(&self) -> Duration {
        self.settings.code_life
    }
}

/// A lid on all text messages together.
pub(super) const fn everybody(daily: i64) -> SendingLimit {
    SendingLimit { daily, pause: Duration::ZERO }
}

const _: () = assert!(PROOF_LIFE.as_secs() < DAY.as_secs());
