//! What every capability stands on: the store, the clock, transactions, budgets, housekeeping.

use std::sync::Arc;

use madang_application::shared::{
    Broadcast, Clock, HealthCheck, IdempotencyRecords, Mailer, OutgoingMessages, RateLimiter, Store,
    TextSender, UnitOfWork, Worker,
};
use madang_container::{Container, Registry, WiringError};
use madang_infrastructure::{
    mail::{Dispatcher, FileMailer, FileTexts, MessageQueue, Sender, SmtpMailer, WebhookTexts},
    memory::{MemoryBroadcast, MemoryRateLimiter},
    redis::{Denylist, Redis, RedisBroadcast, RedisRateLimiter},
    sql::{Housekeeping, OutboxRelay, SqlStore},
};

use super::Module;
use crate::{
    clock::SystemClock,
    config::{Config, MailTransport, Secret, SmsTransport},
};

/// First in the list.
pub struct Platform;

impl Module for Platform {
    type Api = ();

    fn register(registry: &mut Registry) {
        registry.bind(|| Arc::new(SystemClock) as Arc<dyn Clock>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn Store>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn IdempotencyRecords>);
        registry.bind(|store: Arc<SqlStore>| store as Arc<dyn HealthCheck>);
        registry.service(MemoryRateLimiter::new);
        registry.bind(rate_limiter);
        registry.bind(broadcast);
        registry.service(denylist);
        registry.service(UnitOfWork::new);
        registry.service(MessageQueue::new);
        registry.bind(|queue: Arc<MessageQueue>| queue as Arc<dyn OutgoingMessages>);
        registry.bind(mailer);
        registry.bind(texts);
        registry.service(Dispatcher::new);
        registry.bind(|dispatcher: Arc<Dispatcher>| dispatcher as Arc<dyn Worker>);
        registry.service(OutboxRelay::new);
        registry.service(Housekeeping::new);
        registry.bind(|relay: Arc<OutboxRelay>| relay as Arc<dyn Worker>);
        registry.bind(|housekeeping: Arc<Housekeeping>| housekeeping as Arc<dyn Worker>);
    }

    fn api(_: &Container) -> Result<(), WiringError> {
        Ok(())
    }
}

/// Redis, where one is configured.
pub struct RedisLink(pub Option<Arc<Redis>>);

fn rate_limiter(redis: Arc<RedisLink>, local: Arc<MemoryRateLimiter>) -> Arc<dyn RateLimiter> {
    match &redis.0 {
        Some(redis) => Arc::new(RedisRateLimiter::new(Arc::clone(redis), local)),
        None => local,
    }
}

fn broadcast(redis: Arc<RedisLink>) -> Arc<dyn Broadcast> {
    match &redis.0 {
        Some(redis) => Arc::new(RedisBroadcast::new(Arc::clone(redis))),
        None => Arc::new(MemoryBroadcast::new()),
    }
}

fn denylist(redis: Arc<RedisLink>) -> Denylist {
    Denylist::new(redis.0.clone())
}

#[expect(clippy::expect_used, reason = "the configuration was checked when it was read")]
fn mailer(config: Arc<Config>, clock: Arc<dyn Clock>) -> Arc<dyn Mailer> {
    let sender = Sender::parse(&config.mail.from).expect("mail.from was checked");
    match (config.mail.transport, &config.mail.smtp_url) {
        (MailTransport::Smtp, Some(url)) => {
            Arc::new(SmtpMailer::new(url.expose(), sender, clock).expect("mail.smtp_url was checked"))
        }
        (MailTransport::Smtp, None) | (MailTransport::File, _) => {
            Arc::new(FileMailer::new(config.data_dir.join("mail"), sender, clock))
        }
    }
}

#[expect(clippy::expect_used, reason = "the configuration was checked when it was read")]
fn texts(config: Arc<Config>, clock: Arc<dyn Clock>) -> Arc<dyn TextSender> {
    let secret = config.sms.webhook_secret.as_ref().map(Secret::expose);
    match (config.sms.transport, &config.sms.webhook_url, secret) {
        (SmsTransport::Webhook, Some(url), Some(secret)) => {
            Arc::new(WebhookTexts::new(url.clone(), secret, clock).expect("sms.webhook_secret was checked"))
        }
        _ => Arc::new(FileTexts::new(config.data_dir.join("sms"), clock)),
    }
}
