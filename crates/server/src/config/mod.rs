//! The configuration: built-in defaults < `madang.toml` < environment.
//!
//! Every key can be set as `MADANG__SECTION__KEY`. Unknown keys and bad values stop the start
//! with the key's name. `DATABASE_URL` and `REDIS_URL` work as they are. No other file reads the
//! environment.

mod guard;
pub mod oauth;
mod value;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, anyhow};
use ipnet::IpNet;
use madang_infrastructure::mail::{Sender, check_smtp_url, check_webhook_secret};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub use guard::check as check_production;
pub use value::Secret;

/// What the program runs with.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `development` or `production`; production refuses unsafe embedded defaults.
    pub env: Environment,
    /// Where the embedded database, mail files and media live.
    pub data_dir: PathBuf,
    /// Master secret, at least 32 characters; without it one is made and kept in the database.
    pub secret: Option<Secret>,
    /// The database.
    pub database: Database,
    /// Redis; without a URL everything runs in process.
    pub redis: Redis,
    /// Listeners, origins, limits.
    pub http: Http,
    /// Accounts and sessions.
    pub identity: Identity,
    /// Outgoing mail.
    pub mail: Mail,
    /// Outgoing text messages.
    pub sms: Sms,
    /// Social login providers by name, and `redirects`.
    pub oauth: BTreeMap<String, BTreeMap<String, Secret>>,
    /// Uploaded pictures.
    pub media: Media,
    /// What people are told, and when.
    pub notifications: Notifications,
    /// Request budgets.
    pub rate_limits: RateLimits,
    /// Logs and traces.
    pub telemetry: Telemetry,
}

/// How careful the program has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Embedded defaults are welcome.
    Development,
    /// Embedded defaults that would lose or leak something are refused.
    Production,
}

/// `database.*`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`; default `madang.db` in the data directory.
    pub url: Option<Secret>,
    /// Most connections that read, and on Postgres as many again that write; by default twice the
    /// cores, at least 4.
    #[serde(with = "value::optional_number")]
    pub max_connections: Option<u32>,
}

/// `redis.*`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// `redis://…` or `rediss://…`.
    pub url: Option<Secret>,
}

/// `http.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Public listener; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Listener for `/metrics`; not for the internet.
    pub internal_listen: SocketAddr,
    /// Base of every absolute URL we hand out; else the request's own host.
    pub public_url: Option<Url>,
    /// Networks whose `X-Forwarded-*` and `Forwarded` headers are believed.
    #[serde(with = "value::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Web origins that may call from a browser.
    #[serde(with = "value::list")]
    pub cors_origins: Vec<String>,
    /// Seconds a request may take.
    #[serde(with = "value::number")]
    pub request_timeout_seconds: u64,
    /// Seconds that running requests get to finish after a stop signal, at most 25.
    #[serde(with = "value::number")]
    pub drain_seconds: u64,
}

/// `identity.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Life of an access token in seconds.
    #[serde(with = "value::number")]
    pub access_token_seconds: u64,
    /// Life of an unused refresh token in seconds.
    #[serde(with = "value::number")]
    pub refresh_token_seconds: u64,
    /// Longest life of a login, however often it is refreshed, in seconds.
    #[serde(with = "value::number")]
    pub session_seconds: u64,
    /// `default` or `nist`.
    pub password_policy: PasswordPolicy,
    /// Where leaked passwords are known by the range protocol of Have I Been Pwned, such as
    /// `https://api.pwnedpasswords.com/range/`; without it nobody outside is asked, and our own list
    /// decides.
    pub leaked_passwords_url: Option<Url>,
    /// Whether no new password passes while nobody answers there; else our own list is good enough
    /// until then.
    #[serde(with = "value::switch")]
    pub leaked_passwords_required: bool,
    /// `iss` of access tokens.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// Whether signing up needs a proof that the e-mail address is one's own.
    #[serde(with = "value::switch")]
    pub require_verified_email: bool,
    /// Whether nobody may learn which addresses have an account: asking for a code for a taken one
    /// looks like any other, and the mail tells its owner.
    #[serde(with = "value::switch")]
    pub hide_accounts: bool,
    /// Life of a code in a mail or text message in seconds, at most 600.
    #[serde(with = "value::number")]
    pub verification_code_seconds: u64,
    /// Seconds between two codes for the same address, phone or account.
    #[serde(with = "value::number")]
    pub resend_seconds: u64,
}

/// `identity.password_policy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PasswordPolicy {
    /// 8–128 characters with a letter, a digit and a special character.
    Default,
    /// At least 15 characters and no composition rule (NIST SP 800-63B-4).
    Nist,
}

/// `mail.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// `file` writes `.eml` files under the data directory, `smtp` sends.
    pub transport: MailTransport,
    /// `smtp://…` or `smtps://…`, needed by `smtp`.
    pub smtp_url: Option<Secret>,
    /// Whom mail comes from: `Madang <no-reply@example.com>`.
    pub from: String,
}

/// `mail.transport`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Files under the data directory.
    File,
    /// A mail server.
    Smtp,
}

/// `sms.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// `file` writes JSON files under the data directory, `webhook` posts.
    pub transport: SmsTransport,
    /// Where `webhook` posts to.
    pub webhook_url: Option<Url>,
    /// Signs what `webhook` posts (Standard Webhooks), needed by `webhook`.
    pub webhook_secret: Option<Secret>,
    /// Calling codes of the countries that get text messages, such as `+82`.
    #[serde(with = "value::list")]
    pub countries: Vec<String>,
    /// Most text messages in a day, to everybody together: a lid on what a fraud can cost.
    #[serde(with = "value::number")]
    pub daily_limit: u32,
}

/// `sms.transport`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsTransport {
    /// Files under the data directory.
    File,
    /// A signed HTTP call.
    Webhook,
}

/// `media.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// `file` keeps pictures under the data directory, `s3` in a bucket.
    pub storage: MediaStorage,
    /// Base of the addresses of pictures, such as that of a CDN in front of us; by default that of
    /// all other addresses.
    pub public_url: Option<Url>,
    /// How much room each person has, in mebibytes.
    #[serde(with = "value::number")]
    pub quota_mebibytes: u32,
    /// Seconds between two looks for pictures that hang nowhere any more.
    #[serde(with = "value::number")]
    pub sweep_seconds: u32,
    /// The bucket, needed by `s3`.
    pub s3_bucket: Option<String>,
    /// The bucket's region.
    pub s3_region: String,
    /// A server other than Amazon's that speaks S3: `https://…`.
    pub s3_endpoint: Option<Url>,
    /// Access key; without one the machine's own role is asked for.
    pub s3_access_key: Option<Secret>,
    /// Secret key, needed with an access key.
    pub s3_secret_key: Option<Secret>,
}

/// `media.storage`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaStorage {
    /// Files under the data directory.
    File,
    /// A bucket of S3, or of a server that speaks its language.
    S3,
}

/// `notifications.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notifications {
    /// Minutes that a mail waits for more to tell.
    #[serde(with = "value::number")]
    pub digest_minutes: u64,
    /// Whom push services may write to about this installation: `mailto:…` or `https:…`; by default
    /// `http.public_url` if it is `https:`, else the address of `mail.from` (RFC 8292, 2.1).
    pub push_contact: Option<String>,
    /// Whether push services may be on this machine and without TLS, which tests need; never where
    /// strangers have accounts.
    #[serde(with = "value::switch")]
    pub push_local: bool,
}

/// `rate_limits.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Whether budgets are enforced.
    #[serde(with = "value::switch")]
    pub enabled: bool,
}

/// `telemetry.*`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// A filter such as `info,madang=debug`.
    pub log: String,
    /// OTLP/HTTP collector, `http://host:4318/v1/traces`; absent = no traces are exported.
    pub otlp_endpoint: Option<Url>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            env: Environment::Development,
            data_dir: "./data".into(),
            secret: None,
            database: Database::default(),
            redis: Redis::default(),
            http: Http::default(),
            identity: Identity::default(),
            mail: Mail::default(),
            sms: Sms::default(),
            oauth: BTreeMap::new(),
            media: Media::default(),
            notifications: Notifications::default(),
            rate_limits: RateLimits::default(),
            telemetry: Telemetry::default(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            internal_listen: SocketAddr::from(([127, 0, 0, 1], 9090)),
            public_url: None,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            request_timeout_seconds: 30,
            drain_seconds: 20,
        }
    }
}

impl Default for Identity {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            access_token_seconds: 15 * 60,
            refresh_token_seconds: 14 * DAY,
            session_seconds: 90 * DAY,
            password_policy: PasswordPolicy::Default,
            leaked_passwords_url: None,
            leaked_passwords_required: false,
            issuer: "madang".into(),
            audience: "madang".into(),
            require_verified_email: false,
            hide_accounts: false,
            verification_code_seconds: 180,
            resend_seconds: 60,
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: MailTransport::File,
            smtp_url: None,
            from: "Madang <no-reply@madang.localhost>".into(),
        }
    }
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            transport: SmsTransport::File,
            webhook_url: None,
            webhook_secret: None,
            countries: ["+82", "+81", "+1"].map(str::to_owned).to_vec(),
            daily_limit: 1_000,
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            storage: MediaStorage::File,
            public_url: None,
            quota_mebibytes: 1024,
            sweep_seconds: 600,
            s3_bucket: None,
            s3_region: "us-east-1".into(),
            s3_endpoint: None,
            s3_access_key: None,
            s3_secret_key: None,
        }
    }
}

impl Default for Notifications {
    fn default() -> Self {
        Self { digest_minutes: 60, push_contact: None, push_local: false }
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { log: "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn".into(), otlp_endpoint: None }
    }
}

impl Config {
    /// Reads `madang.toml` (if there is one) and the environment.
    ///
    /// # Errors
    /// The name of the unknown key or of the key with the bad value.
    pub fn load() -> anyhow::Result<Self> {
        Self::from_sources("madang.toml", std::env::vars())
    }

    /// The same from given sources, for tests.
    pub fn from_sources(
        file: &str,
        environment: impl Iterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let mut own = config::Map::new();
        let mut conventional = Vec::new();
        for (name, value) in environment {
            match name.as_str() {
                "DATABASE_URL" => conventional.push(("database.url", value)),
                "REDIS_URL" => conventional.push(("redis.url", value)),
                _ => _ = own.insert(name, value),
            }
        }
        let mut builder = config::Config::builder()
            .add_source(config::File::new(file, config::FileFormat::Toml).required(false))
            .add_source(
                config::Environment::with_prefix("MADANG")
                    .prefix_separator("__")
                    .separator("__")
                    .source(Some(own)),
            );
        for (key, value) in conventional.into_iter().filter(|(_, value)| !value.is_empty()) {
            builder = builder.set_override(key, value)?;
        }
        let tree: serde_json::Value = builder.build()?.try_deserialize().context("configuration")?;
        let config: Self = serde_path_to_error::deserialize(tree).map_err(|error| {
            anyhow!("configuration key {}: {}", environment_name(&error.path().to_string()), error.inner())
        })?;
        config.check()?;
        Ok(config)
    }

    /// The database, with the embedded default filled in.
    pub fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.expose().to_owned(),
            None => format!("sqlite://{}", self.data_dir.join("madang.db").display()),
        }
    }

    /// Whom push services may write to.
    pub fn push_contact(&self) -> String {
        let own = self.notifications.push_contact.clone();
        let public = self.http.public_url.as_ref().filter(|url| url.scheme() == "https");
        own.or_else(|| public.map(Url::to_string)).unwrap_or_else(|| {
            let sender = Sender::parse(&self.mail.from);
            format!("mailto:{}", sender.map(|sender| sender.address()).unwrap_or_default())
        })
    }

    /// How long a request may take.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.http.request_timeout_seconds)
    }

    /// How long running requests get after a stop signal.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.http.drain_seconds)
    }

    /// Rules that involve one key's meaning or several keys.
    fn check(&self) -> anyhow::Result<()> {
        let bad = |key: &str, why: &str| Err(anyhow!("configuration key {}: {why}", environment_name(key)));
        let url = self.database_url();
        if !(url.starts_with("sqlite:") || url.starts_with("postgres://") || url.starts_with("postgresql://"))
        {
            return bad("database.url (or DATABASE_URL)", "must start with sqlite:// or postgres://");
        }
        if let Some(url) = &self.redis.url
            && !(url.expose().starts_with("redis://") || url.expose().starts_with("rediss://"))
        {
            return bad("redis.url (or REDIS_URL)", "must start with redis:// or rediss://");
        }
        if self.secret.as_ref().is_some_and(|secret| secret.expose().len() < 32) {
            return bad("secret", "must have at least 32 characters");
        }
        let is_origin = |origin: &String| {
            Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin)
        };
        if !self.http.cors_origins.iter().all(is_origin) {
            return bad(
                "http.cors_origins",
                "must be origins such as https://app.example,http://localhost:5173",
            );
        }
        if self.http.drain_seconds > 25 {
            return bad(
                "http.drain_seconds",
                "must be at most 25, so that stopping takes less than 30 seconds",
            );
        }
        if self.http.request_timeout_seconds == 0 {
            return bad("http.request_timeout_seconds", "must be at least 1");
        }
        if self.database.max_connections == Some(0) {
            return bad("database.max_connections", "must be at least 1");
        }
        if self.identity.access_token_seconds == 0 || self.identity.access_token_seconds > 86_400 {
            return bad("identity.access_token_seconds", "must be from 1 to 86400");
        }
        if self.identity.refresh_token_seconds == 0 {
            return bad("identity.refresh_token_seconds", "must be at least 1");
        }
        if !(1..=600).contains(&self.identity.verification_code_seconds) {
            return bad("identity.verification_code_seconds", "must be from 1 to 600");
        }
        if let Some(url) = &self.identity.leaked_passwords_url
            && !(url.scheme() == "https" || (url.scheme() == "http" && is_here(url)))
        {
            return bad("identity.leaked_passwords_url", "must start with https:, or be on this machine");
        }
        if self.identity.leaked_passwords_required && self.identity.leaked_passwords_url.is_none() {
            return bad(
                "identity.leaked_passwords_url",
                "is needed when identity.leaked_passwords_required is on",
            );
        }
        if let Err(error) = Sender::parse(&self.mail.from) {
            return bad("mail.from", &format!("{error}"));
        }
        let contact = self.push_contact();
        if !(contact.starts_with("mailto:") || contact.starts_with("https:")) {
            return bad("notifications.push_contact", "must start with mailto: or https:");
        }
        let calling = |code: &String| {
            code.strip_prefix('+').is_some_and(|digits| {
                (1..=7).contains(&digits.len()) && digits.chars().all(|digit| digit.is_ascii_digit())
            })
        };
        if !self.sms.countries.iter().all(calling) {
            return bad("sms.countries", "must be calling codes such as +82,+1");
        }
        if self.mail.transport == MailTransport::Smtp && self.mail.smtp_url.is_none() {
            return bad("mail.smtp_url", "is needed when mail.transport is smtp");
        }
        if let Some(url) = &self.mail.smtp_url
            && let Err(error) = check_smtp_url(url.expose())
        {
            return bad("mail.smtp_url", &format!("{error}"));
        }
        if let Some(secret) = &self.sms.webhook_secret
            && let Err(error) = check_webhook_secret(secret.expose())
        {
            return bad("sms.webhook_secret", &format!("{error}"));
        }
        if self.media.sweep_seconds == 0 {
            return bad("media.sweep_seconds", "must be at least 1");
        }
        if self.media.storage == MediaStorage::S3 && self.media.s3_bucket.is_none() {
            return bad("media.s3_bucket", "is needed when media.storage is s3");
        }
        if self.media.s3_access_key.is_some() != self.media.s3_secret_key.is_some() {
            return bad("media.s3_secret_key", "is needed with media.s3_access_key, and only with it");
        }
        if self.sms.transport == SmsTransport::Webhook && self.sms.webhook_url.is_none() {
            return bad("sms.webhook_url", "is needed when sms.transport is webhook");
        }
        oauth::read(&self.oauth)?;
        if self.sms.transport == SmsTransport::Webhook && self.sms.webhook_secret.is_none() {
            return bad("sms.webhook_secret", "is needed when sms.transport is webhook");
        }
        if self.env == Environment::Production {
            check_production(self)?;
        }
        Ok(())
    }
}

/// Whether an address leads to this very machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// `http.listen` → `http.listen (MADANG__HTTP__LISTEN)`, so that either spelling finds it.
fn environment_name(path: &str) -> String {
    if path.contains(' ') {
        return path.to_owned();
    }
    format!("{path} (MADANG__{})", path.replace('.', "__").to_uppercase())
}

#[cfg(test)]
mod tests;
