//! What production refuses: defaults that are fine on a desk and lose or leak something elsewhere.

use anyhow::bail;

use super::{Config, MailTransport, SmsTransport};

/// Names the first unsafe default.
///
/// # Errors
/// One line that names the key and what to set.
pub fn check(config: &Config) -> anyhow::Result<()> {
    if config.secret.is_none() {
        bail!(
            "production needs secret (MADANG__SECRET): without it the signing keys are protected only by the database they lie in"
        );
    }
    if config.mail.transport == MailTransport::File {
        bail!(
            "production refuses mail.transport = file (MADANG__MAIL__TRANSPORT): nobody reads files; use smtp"
        );
    }
    if config.sms.transport == SmsTransport::File {
        bail!(
            "production refuses sms.transport = file (MADANG__SMS__TRANSPORT): nobody reads files; use webhook"
        );
    }
    if config.http.public_url.is_none() {
        bail!(
            "production needs http.public_url (MADANG__HTTP__PUBLIC_URL): links must not depend on the Host header"
        );
    }
    if config.notifications.push_local {
        bail!(
            "production refuses notifications.push_local = true (MADANG__NOTIFICATIONS__PUSH_LOCAL): anybody's subscription could reach servers inside; remove it"
        );
    }
    Ok(())
}
