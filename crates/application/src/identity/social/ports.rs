//! What social logins need from outside.

use async_trait::async_trait;
use madang_domain::{
    identity::{
        Account, Email,
        social::{Holder, ProviderPerson, Subject},
    },
    shared::{Timestamp, UserId},
};
use serde::{Deserialize, Serialize};

use super::ProviderFault;
use crate::{
    identity::ports::Written,
    shared::{ProviderToken, Tx},
};

/// A provider people can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Its name in paths.
    pub name: String,
    /// Its name on a button.
    pub display_name: String,
}

/// Our application at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The provider's name in paths.
    pub provider: String,
    /// Our client id there.
    pub client: String,
}

/// What ties the steps of one login together. Each is a fresh random text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Secrets {
    /// Comes back with the person.
    pub state: String,
    /// Comes back inside the id token.
    pub nonce: String,
    /// Proves at the exchange that it was us who asked (PKCE, RFC 7636).
    pub verifier: String,
}

/// Somebody who came back with a code.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The code to exchange; it is sent to the provider once.
    pub code: String,
    /// Who claims to have issued it (RFC 9207).
    pub issuer: Option<String>,
    /// Whether the claim can be missing although the provider always makes it: a program handed
    /// over the code and not the rest.
    pub issuer_optional: bool,
    /// The address the person came back to, as it was sent along when they left.
    pub redirect_uri: String,
    /// What ties the steps together.
    pub secrets: Secrets,
}

/// Somebody who consented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consented {
    /// Who it is.
    pub person: ProviderPerson,
    /// What the connection can be ended with, where that takes a token.
    pub token: Option<ProviderToken>,
}

/// A message by which a provider tells that somebody ended the connection, as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Notice {
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The fields of form and query.
    pub fields: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// The services people can log in at.
#[async_trait]
pub trait Providers: Send + Sync + 'static {
    /// Those that are configured, in order of their names.
    fn list(&self) -> Vec<ProviderInfo>;

    /// Where to send the person; `ask_again` for what they refused to tell before.
    ///
    /// # Errors
    /// What is wrong with the provider.
    async fn authorization(
        &self,
        provider: &str,
        redirect_uri: &str,
        secrets: &Secrets,
        ask_again: bool,
    ) -> Result<String, ProviderFault>;

    /// Exchanges the code and asks who it is.
    ///
    /// # Errors
    /// What went wrong.
    async fn person(&self, provider: &str, arrival: &Arrival) -> Result<Consented, ProviderFault>;

    /// What an error means that came back instead of a code.
    fn refusal(&self, provider: &str, error: &str) -> ProviderFault;

    /// Those that tell once that somebody ended the connection, and never again.
    fn forgetful(&self) -> Vec<Application>;

    /// Whether the connection that a lasting token belongs to still stands.
    ///
    /// # Errors
    /// What kept the provider from saying so.
    async fn stands(&self, provider: &str, token: &ProviderToken) -> Result<bool, ProviderFault>;

    /// Whom a provider's message is about, if it is the provider's; `None` if it proves nothing.
    async fn unlinked(&self, provider: &str, notice: &Notice) -> Result<Option<Vec<Subject>>, ProviderFault>;
}

/// A login on its way.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Where.
    pub provider: String,
    /// The address the person comes back to.
    pub redirect_uri: String,
    /// [`Secrets`], sealed.
    pub sealed: Vec<u8>,
    /// Who links the provider to their account; `None` for those who log in.
    pub user: Option<UserId>,
    /// The fingerprint of the secret that the browser got.
    pub browser: [u8; 32],
    /// Whether a browser was sent on its way by us, and so has that secret.
    pub in_browser: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// What is known under a state.
#[derive(Clone, Debug)]
pub struct Round {
    /// The login.
    pub transaction: Transaction,
    /// When somebody came back for it.
    pub used_at: Option<Timestamp>,
}

/// An account, by a key to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// Whose key it is.
    pub user: UserId,
}

/// How a link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// It was.
    Done,
    /// The subject belongs to somebody; or the account has another one at the provider.
    Taken,
}

/// How the owner can get into an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaysIn {
    /// Whether there is a password, and an address to say it with.
    pub password: bool,
    /// The providers whose consent opens the account.
    pub providers: Vec<String>,
}

/// A link to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// To whom there.
    pub subject: Subject,
    /// A [`ProviderToken`], sealed.
    pub token: Option<Vec<u8>>,
}

/// A link that its provider has to be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueLink {
    /// To whom there.
    pub subject: Subject,
    /// A lasting [`ProviderToken`], sealed.
    pub token: Vec<u8>,
    /// How often in a row the provider denied it.
    pub denials: i64,
}

/// A token to keep.
#[derive(Clone, Debug)]
pub struct SealedToken {
    /// A [`ProviderToken`], sealed.
    pub sealed: Vec<u8>,
    /// Whether it lasts. One that does not never replaces one that does.
    pub lasts: bool,
}

/// Logins under way and links, for changing.
#[async_trait]
pub trait SocialRepository: Send + Sync + 'static {
    /// Remembers a login under the fingerprint of its state.
    async fn begin(&self, tx: &mut Tx, state: &[u8; 32], transaction: &Transaction) -> anyhow::Result<()>;

    /// What is known under a state.
    async fn round(&self, tx: &mut Tx, state: &[u8; 32]) -> anyhow::Result<Option<Round>>;

    /// Marks the login as used; of all who try exactly one succeeds.
    async fn take(&self, tx: &mut Tx, state: &[u8; 32], now: Timestamp) -> anyhow::Result<bool>;

    /// The account a subject opens.
    async fn find(&self, tx: &mut Tx, subject: &Subject) -> anyhow::Result<Option<Login>>;

    /// Who holds this address.
    async fn holder(&self, tx: &mut Tx, email: &Email) -> anyhow::Result<Option<Holder>>;

    /// Takes the address from an account that never proved it, and the password it came with.
    async fn dispossess(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()>;

    /// Makes the address of an account its own, now that it is proven. Whoever stated it without a
    /// proof must have been dispossessed.
    async fn possess(&self, tx: &mut Tx, user: UserId, email: &Email) -> anyhow::Result<()>;

    /// Adds an account without a password. Where it does not own its address, the address blocks
    /// nobody.
    async fn add(
        &self,
        tx: &mut Tx,
        account: &Account,
        provider: &str,
        owns_address: bool,
    ) -> anyhow::Result<Written>;

    /// Links a subject to an account.
    async fn link(
        &self,
        tx: &mut Tx,
        user: UserId,
        person: &ProviderPerson,
        now: Timestamp,
    ) -> anyhow::Result<Linked>;

    /// Remembers what a provider told and gave at a login, and that the link is alive.
    async fn seen(
        &self,
        tx: &mut Tx,
        person: &ProviderPerson,
        token: Option<&SealedToken>,
        now: Timestamp,
    ) -> anyhow::Result<()>;

    /// The links that are alive, in order of the providers' names.
    async fn links(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Vec<Link>>;

    /// How the account can be opened.
    async fn ways_in(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<WaysIn>;

    /// Forgets a link; says whether there was one.
    async fn unlink(&self, tx: &mut Tx, user: UserId, provider: &str) -> anyhow::Result<bool>;

    /// Forgets every link of an account.
    async fn unlink_all(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<u64>;

    /// Remembers that a link is dead until the person consents again.
    async fn suspend(&self, tx: &mut Tx, subject: &Subject, now: Timestamp) -> anyhow::Result<()>;

    /// Takes up to `most` links that are due to be asked about now; nobody else gets them before
    /// `again`.
    async fn due_links(
        &self,
        tx: &mut Tx,
        application: &Application,
        now: Timestamp,
        again: Timestamp,
        most: i64,
    ) -> anyhow::Result<Vec<DueLink>>;

    /// Notes how often in a row a link was denied and when to ask next, if it is still to be asked
    /// about at `again`; says whether it was.
    async fn asked_about(
        &self,
        tx: &mut Tx,
        subject: &Subject,
        again: Timestamp,
        denials: i64,
        next: Timestamp,
    ) -> anyhow::Result<bool>;
}

/// A link, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityView {
    /// Where.
    pub provider: String,
    /// The address the provider told.
    pub email: Option<String>,
    /// Since when.
    pub linked_at: Timestamp,
    /// When it was last used.
    pub last_login_at: Option<Timestamp>,
}

/// Links, for their owners.
#[async_trait]
pub trait SocialQueries: Send + Sync + 'static {
    /// The links of an account, in order of the providers' names.
    async fn identities(&self, user: UserId) -> anyhow::Result<Vec<IdentityView>>;

    /// Whether this person of a provider has an account with us.
    async fn is_linked(&self, subject: &Subject) -> anyhow::Result<bool>;
}
