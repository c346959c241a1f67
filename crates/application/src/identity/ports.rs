//! What the use cases of `identity` need from outside.

use std::net::IpAddr;

use async_trait::async_trait;
use madang_domain::{
    identity::{
        Account, Email, LoginSession, Nickname, Password, Phone, Status,
        errors::{EMAIL_TAKEN, NICKNAME_TAKEN, PHONE_TAKEN},
    },
    shared::{Failure, SessionId, Timestamp, UserId, platform},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::shared::{Role, Tx};

/// How an account was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was.
    Done,
    /// Another account has the e-mail address.
    EmailTaken,
    /// Another account has the nickname.
    NicknameTaken,
    /// Another account proved the phone number.
    PhoneTaken,
    /// The account was changed or erased since it was read.
    Stale,
}

/// The refusal for an account that could not be written.
pub(super) fn written(written: Written) -> Result<(), Failure> {
    match written {
        Written::Done => Ok(()),
        Written::EmailTaken => Err(EMAIL_TAKEN.into()),
        Written::NicknameTaken => Err(NICKNAME_TAKEN.into()),
        Written::PhoneTaken => Err(PHONE_TAKEN.into()),
        Written::Stale => Err(platform::STALE.into()),
    }
}

/// Accounts, for changing.
#[async_trait]
pub trait AccountRepository: Send + Sync + 'static {
    /// Adds an account with the hash of its password.
    async fn insert(&self, tx: &mut Tx, account: &Account, password_hash: &str) -> anyhow::Result<Written>;

    /// The account, kept from others until the transaction ends.
    async fn find(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Option<Account>>;

    /// Writes an account back if its version is still `account.version`, which grows by one.
    async fn save(&self, tx: &mut Tx, account: &Account) -> anyhow::Result<Written>;

    /// Who proved that the number is theirs.
    async fn owner_of(&self, tx: &mut Tx, phone: &Phone) -> anyhow::Result<Option<UserId>>;

    /// The hash of the password, if the account has one.
    async fn password_hash(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Option<String>>;

    /// Replaces the hash of the password.
    async fn set_password_hash(&self, tx: &mut Tx, user: UserId, hash: &str) -> anyhow::Result<()>;

    /// Remembers that the person logged in, and says whether it was the first time.
    async fn logged_in(&self, tx: &mut Tx, user: UserId, now: Timestamp) -> anyhow::Result<bool>;

    /// Erases everything personal that `identity` keeps.
    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;
}

/// What a login is checked against.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The account.
    pub user: UserId,
    /// How others know the person.
    pub nickname: Nickname,
    /// The hash of the password; `None` for those who log in elsewhere.
    pub password_hash: Option<String>,
    /// Whether the account may be used.
    pub status: Status,
}

/// Reads what logins are checked against. It takes no transaction, so that a wrong password
/// costs the writers nothing.
#[async_trait]
pub trait Credentials: Send + Sync + 'static {
    /// By e-mail address, in whatever case.
    async fn by_email(&self, email: &Email) -> anyhow::Result<Option<Credential>>;

    /// Of a known account.
    async fn of(&self, user: UserId) -> anyhow::Result<Option<Credential>>;
}

/// A token of a session, as the store knows it.
#[derive(Clone, Debug)]
pub struct KnownToken {
    /// The session.
    pub session: LoginSession,
    /// The number of this token.
    pub number: i64,
    /// The sealed text of the live token.
    pub live_token: Option<Vec<u8>>,
}

/// A token to store: its fingerprint, and its text sealed for those who lose the answer.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// [`RefreshSecrets::fingerprint`].
    pub fingerprint: [u8; 32],
    /// The text, sealed.
    pub sealed: Vec<u8>,
}

/// Which sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// One session, if it is this person's.
    One(UserId, SessionId),
    /// All of a person.
    All(UserId),
    /// All of a person but this one.
    Others(UserId, SessionId),
}

/// Login sessions, for changing. The rows are the record of what was revoked.
#[async_trait]
pub trait SessionRepository: Send + Sync + 'static {
    /// Adds a session with its first token.
    async fn insert(
        &self,
        tx: &mut Tx,
        session: &LoginSession,
        token: &NewToken,
        address: IpAddr,
        user_agent: Option<&str>,
    ) -> anyhow::Result<()>;

    /// Looks a token up by its fingerprint.
    async fn find_token(&self, tx: &mut Tx, fingerprint: &[u8; 32]) -> anyhow::Result<Option<KnownToken>>;

    /// Makes `next` the state of its session if `live` is still the number of the live token and
    /// nobody ended it: one conditional update, so of all who try exactly one succeeds.
    async fn rotate(
        &self,
        tx: &mut Tx,
        live: i64,
        next: &LoginSession,
        token: &NewToken,
    ) -> anyhow::Result<bool>;

    /// Ends sessions and remembers it until no access token of theirs can be alive, which is
    /// `until`. Says which were alive.
    async fn revoke(
        &self,
        tx: &mut Tx,
        which: Which,
        now: Timestamp,
        until: Timestamp,
    ) -> anyhow::Result<Vec<SessionId>>;
}

/// How a password compares to a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is another password, or there is none.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, but the hash was made with less effort than we make now.
    RightButWeak,
}

/// Slow, salted hashes. Takes turns, because each one wants a core and much memory.
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// Hashes a new password.
    ///
    /// # Errors
    /// `identity.hashing_busy` if no turn came up in time.
    async fn hash(&self, password: &Password) -> Result<String, Failure>;

    /// Compares. Without a stored hash it takes just as long and answers [`Verdict::Wrong`].
    ///
    /// # Errors
    /// `identity.hashing_busy` if no turn came up in time.
    async fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Verdict, Failure>;
}

/// What is known about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// It leaked somewhere.
    Known,
    /// It is not known to have leaked; or nobody is asked.
    Unknown,
    /// Whoever knows did not answer.
    Unanswered,
}

/// Knows passwords that leaked, beyond the list we have ourselves.
#[async_trait]
pub trait LeakedPasswords: Send + Sync + 'static {
    /// Looks a password up, without anybody learning which one it was.
    async fn look(&self, password: &Password) -> Leak;
}

/// Refresh tokens: 256 random bits as text.
pub trait RefreshSecrets: Send + Sync + 'static {
    /// A fresh one.
    fn fresh(&self) -> String;

    /// What is stored instead of the token; `None` if the text cannot be one.
    fn fingerprint(&self, token: &str) -> Option<[u8; 32]>;
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// Who issued it.
    pub iss: String,
    /// For whom it was issued.
    pub aud: String,
    /// The person.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// The token's own id.
    pub jti: Uuid,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Ends at, in seconds since 1970.
    pub exp: i64,
    /// Rights beyond one's own things.
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// Why a bearer token is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Ours, but over; the claims tell whose it was.
    Expired(Box<AccessClaims>),
    /// Signed, or said to be, by another algorithm than ours.
    Algorithm,
    /// Signed by a key that is not, or no longer, ours.
    Key,
    /// Ours, but for somebody else than this service.
    Audience,
    /// Not ours, damaged, or no access token.
    Invalid,
}

/// A key others may check access tokens with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id, `kid`.
    pub id: String,
    /// Ed25519, 32 bytes.
    pub bytes: Vec<u8>,
}

/// Access tokens: short, signed, checked without asking anybody.
pub trait AccessTokens: Send + Sync + 'static {
    /// Signs a token for a session.
    fn issue(
        &self,
        user: UserId,
        session: SessionId,
        roles: &[Role],
        now: Timestamp,
        until: Timestamp,
    ) -> anyhow::Result<String>;

    /// What the token says, if it is ours and alive.
    ///
    /// # Errors
    /// Why it is refused.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault>;

    /// The keys under which tokens may be alive, the current one first.
    fn public_keys(&self) -> Vec<PublicKey>;
}

/// A session that ended, and until when an access token of it may still be around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The session.
    pub session: SessionId,
    /// When the last of its access tokens expires.
    pub until: Timestamp,
}

/// Tells the other processes at once which sessions ended. The record is in the database, where
/// every process looks several times a second, so nothing depends on this but speed.
#[async_trait]
pub trait RevokedSessions: Send + Sync + 'static {
    /// Tells, or fails silently.
    async fn announce(&self, revoked: &[Revoked]);
}
