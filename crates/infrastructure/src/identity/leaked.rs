//! The range protocol of Have I Been Pwned (<https://haveibeenpwned.com/API/v3#PwnedPasswords>): the
//! first five of the forty hexadecimal digits of a password's SHA-1 go out, and all that is known
//! under them comes back. So the service learns one of a million buckets and never the password;
//! and because padding is asked for, whoever counts bytes on the way learns no more.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use madang_application::{
    identity::{Leak, LeakedPasswords, social::ProviderFault},
    shared::Clock,
};
use madang_domain::identity::Password;
use reqwest::StatusCode;
use url::Url;

use super::oauth::{Breaker, Transport};

/// Somebody waits for their account meanwhile; no longer than for a login provider.
const TOTAL: Duration = Duration::from_secs(5);

/// So many digits go out.
const PREFIX: usize = 5;

/// Asks a service that speaks the range protocol.
pub struct LeakRanges {
    base: String,
    transport: Transport,
}

impl LeakRanges {
    /// At this address, behind which the five digits are put.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(base: &Url, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let client = Transport::client(TOTAL).context("for leaked passwords")?;
        let base = base.as_str().trim_end_matches('/').to_owned();
        Ok(Self { base, transport: Transport::new(client, Breaker::new(clock)) })
    }

    async fn ask(&self, password: &Password) -> Result<bool, ProviderFault> {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.bytes());
        let digits: String = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        let (prefix, suffix) = digits.split_at(PREFIX);
        let url = format!("{}/{prefix}", self.base);
        let (status, text) = self.transport.text(&url, ("add-padding", "true")).await?;
        if status != StatusCode::OK {
            return Err(ProviderFault::AnswerInvalid);
        }
        find(&text, suffix).ok_or(ProviderFault::AnswerInvalid)
    }
}

/// Whether the suffix is among the lines `SUFFIX:COUNT`; `None` if they are something else. Lines
/// that count nothing are padding.
fn find(text: &str, suffix: &str) -> Option<bool> {
    let mut found = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (known, count) = line.split_once(':')?;
        let count: u64 = count.trim().parse().ok()?;
        if known.len() != suffix.len() || !known.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        found |= count > 0 && known.eq_ignore_ascii_case(suffix);
    }
    Some(found)
}

#[async_trait]
impl LeakedPasswords for LeakRanges {
    async fn look(&self, password: &Password) -> Leak {
        let (leak, outcome) = match self.ask(password).await {
            Ok(true) => (Leak::Known, "leaked"),
            Ok(false) => (Leak::Unknown, "clear"),
            Err(fault) => {
                tracing::warn!(?fault, "the service that knows leaked passwords did not answer");
                (Leak::Unanswered, "unanswered")
            }
        };
        metrics::counter!("madang_leaked_password_checks_total", "outcome" => outcome).increment(1);
        leak
    }
}

/// Asks nobody: our own list is all there is.
pub struct NoRanges;

#[async_trait]
impl LeakedPasswords for NoRanges {
    async fn look(&self, _: &Password) -> Leak {
        Leak::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUFFIX: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";

    #[test]
    fn a04_lines_are_read_and_padding_is_left_out() {
        let other = "0018A45C4D1DEF81644B54AB7F969B88D65";
        let list = |count: u32| format!("{other}:3\r\n{SUFFIX}:{count}\r\n");
        assert_eq!(find(&list(9_659_365), SUFFIX), Some(true));
        assert_eq!(find(&list(9).to_lowercase(), SUFFIX), Some(true));
        assert_eq!(find(&list(0), SUFFIX), Some(false), "padding");
        assert_eq!(find(&format!("{other}:3"), SUFFIX), Some(false));
        assert_eq!(find("", SUFFIX), Some(false));
        for wrong in ["<html>", "{}", "1E4C9:1", &format!("{SUFFIX}:many"), &format!("{SUFFIX}:-1"), SUFFIX] {
            assert_eq!(find(wrong, SUFFIX), None, "{wrong}");
        }
    }
}
