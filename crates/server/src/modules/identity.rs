//! Accounts, login sessions and people.

use std::{sync::Arc, time::Duration};

use madang_application::{
    identity::ExportService,
    shared::{Archiver, ExportPart, PictureWall},
};
use madang_application::{
    identity::{
        AccessTokens, AccountQueries, AccountRepository, Addresses, AppointmentService, ChallengeRepository,
        Challenges, Codes, Credentials, Directory, Doors, EmailVerificationService, IdentitySettings,
        LeakedPasswords, LoginService, LoginThrottle, Mint, OversightService, PasswordHasher,
        PasswordService, Passwords, PhoneVerificationService, Phones, ProfileService, RecoveryService,
        RefreshSecrets, Replacement, RevokedSessions, SecurityEventQueries, SecurityEvents, SecurityLog,
        SessionGate, SessionRepository, SessionService, SignUpService, SuspensionService, TokenAuthenticator,
        UserQueries, WithdrawalService, queries::AdminQueries,
    },
    shared::{Authenticator, Clock, LoginWatch, Sealer, StartupTask, Worker},
};
use madang_container::{Container, Registry, WiringError};
use madang_domain::identity::{Lifetimes, PasswordPolicy};
use madang_infrastructure::identity::{Avatars, IdentityExport, ZipArchiver};
use madang_infrastructure::{
    crypto::{Argon2Passwords, KeyedCodes, MasterSecret, RandomSecrets},
    identity::{
        Announcements, JwtSettings, JwtTokens, KeyRing, LeakRanges, NoRanges, PrepareKeys, RevocationWatch,
    },
    sql::SqlStore,
};
use madang_presentation::identity::{AdminApi, AuthApi, CodesApi, MeApi, SocialApi, UsersApi, WaysApi};

use super::{Module, social};
use crate::config::{self, Config};

/// Who people are, and how they prove it.
pub struct Identity;

impl Module for Identity {
    type Api = ((AuthApi, (CodesApi, AdminApi)), (MeApi, (UsersApi, (SocialApi, WaysApi))));

    fn register(registry: &mut Registry) {
        registry.service(IdentityExport::new);
        registry.bind(|part: Arc<IdentityExport>| part as Arc<dyn ExportPart>);
        registry.service(Avatars::new);
        registry.bind(|wall: Arc<Avatars>| wall as Arc<dyn PictureWall>);
        registry.service(identity_settings);
        registry.service(jwt_settings);
        registry.bind(sealer);
        registry.bind(passwords);
        registry.bind(codes);
        registry.bind(leaked_passwords);
        registry.bind(|| Arc::new(RandomSecrets) as Arc<dyn RefreshSecrets>);

        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn AccountRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn SessionRepository>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn Credentials>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn AccountQueries>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn UserQueries>);

        registry.service(KeyRing::default);
        registry.service(PrepareKeys::new);
        registry.bind(|keys: Arc<PrepareKeys>| keys as Arc<dyn StartupTask>);
        registry.bind(|keys: Arc<PrepareKeys>| keys as Arc<dyn Worker>);
        registry.service(JwtTokens::new);
        registry.bind(|tokens: Arc<JwtTokens>| tokens as Arc<dyn AccessTokens>);

        registry.service(SessionGate::default);
        registry.service(Announcements::new);
        registry.bind(|announcements: Arc<Announcements>| announcements as Arc<dyn RevokedSessions>);
        registry.service(RevocationWatch::new);
        registry.bind(|watch: Arc<RevocationWatch>| watch as Arc<dyn StartupTask>);
        registry.bind(|watch: Arc<RevocationWatch>| watch as Arc<dyn Worker>);

        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn SecurityEvents>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn SecurityEventQueries>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn AdminQueries>);
        registry.service(SecurityLog::new);
        registry.service(Doors::new);
        registry.service(LoginThrottle::new);
        registry.service(Mint::new);
        registry.service(SessionService::new);
        registry.service(LoginService::new);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn ChallengeRepository>);
        registry.service(Challenges::new);
        registry.service(Addresses::new);
        registry.service(Passwords::new);
        registry.service(SignUpService::new);
        registry.service(ProfileService::new);
        registry.service(PasswordService::new);
        registry.service(WithdrawalService::new);
        registry.service(Directory::new);
        registry.service(EmailVerificationService::new);
        registry.service(Phones::new);
        registry.service(PhoneVerificationService::new);
        registry.service(Replacement::new);
        registry.service(RecoveryService::new);
        registry.bind(|| Arc::new(ZipArchiver) as Arc<dyn Archiver>);
        registry.service(ExportService::new);
        registry.service(OversightService::new);
        registry.service(SuspensionService::new);
        registry.service(AppointmentService::new);
        registry.service(TokenAuthenticator::new);
        registry.bind(|authenticator: Arc<TokenAuthenticator>| authenticator as Arc<dyn Authenticator>);
        registry.bind(|authenticator: Arc<TokenAuthenticator>| authenticator as Arc<dyn LoginWatch>);
        social::register(registry);
    }

    fn api(container: &Container) -> Result<Self::Api, WiringError> {
        let codes = (container.construct(CodesApi::new)?, container.construct(AdminApi::new)?);
        let auth = (container.construct(AuthApi::new)?, codes);
        let social = (container.construct(SocialApi::new)?, container.construct(WaysApi::new)?);
        let (me, users) = (container.construct(MeApi::new)?, container.construct(UsersApi::new)?);
        Ok((auth, (me, (users, social))))
    }
}

fn identity_settings(config: Arc<Config>) -> IdentitySettings {
    let identity = &config.identity;
    IdentitySettings {
        lifetimes: Lifetimes {
            access: Duration::from_secs(identity.access_token_seconds),
            refresh: Duration::from_secs(identity.refresh_token_seconds),
            session: Duration::from_secs(identity.session_seconds),
        },
        password_policy: match identity.password_policy {
            config::PasswordPolicy::Default => PasswordPolicy::Composed,
            config::PasswordPolicy::Nist => PasswordPolicy::Nist,
        },
        leak_check_required: identity.leaked_passwords_required,
        budgets: config.rate_limits.enabled,
        // Where accounts are hidden, only whoever reads the mail may learn that an address is taken.
        require_verified_email: identity.require_verified_email || identity.hide_accounts,
        hide_accounts: identity.hide_accounts,
        code_life: Duration::from_secs(identity.verification_code_seconds),
        resend: Duration::from_secs(identity.resend_seconds),
        sms_countries: config.sms.countries.clone(),
        sms_daily_limit: config.sms.daily_limit.into(),
    }
}

fn jwt_settings(config: Arc<Config>) -> JwtSettings {
    JwtSettings { issuer: config.identity.issuer.clone(), audience: config.identity.audience.clone() }
}

#[expect(clippy::expect_used, reason = "a derived key has the right length")]
fn sealer(master: Arc<MasterSecret>) -> Arc<dyn Sealer> {
    Arc::new(master.sealer("identity").expect("a derived key seals"))
}

fn codes(master: Arc<MasterSecret>) -> Arc<dyn Codes> {
    Arc::new(KeyedCodes::new(&master.derive("codes")))
}

#[expect(clippy::expect_used, reason = "a process without TLS roots or sockets cannot serve anyway")]
fn leaked_passwords(config: Arc<Config>, clock: Arc<dyn Clock>) -> Arc<dyn LeakedPasswords> {
    match &config.identity.leaked_passwords_url {
        Some(url) => Arc::new(LeakRanges::new(url, clock).expect("an HTTP client can be made")),
        None => Arc::new(NoRanges),
    }
}

#[expect(clippy::expect_used, reason = "a process that gets no thread cannot serve anyway")]
fn passwords() -> Arc<dyn PasswordHasher> {
    Arc::new(Argon2Passwords::start().expect("the system gives threads"))
}
