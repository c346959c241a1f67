//! `oauth.*`: providers people can log in at, and where they come back to.

use std::collections::BTreeMap;

use anyhow::anyhow;
use madang_application::identity::social::SocialSettings;
use madang_infrastructure::identity::oauth::{OauthSettings, ProviderSettings, settings::ByHand};
use url::Url;

use super::{Secret, environment_name};

/// The member that is no provider.
const REDIRECTS: &str = "redirects";

/// The list of providers has this path, so no provider can.
const RESERVED: &str = "providers";

/// The section, understood. A provider without `client_id` is left out, so that everything else
/// about it can stand in a file.
///
/// # Errors
/// The name of the key that is unknown or has a bad value.
pub fn read(
    section: &BTreeMap<String, BTreeMap<String, Secret>>,
) -> anyhow::Result<(OauthSettings, SocialSettings)> {
    let mut providers = Vec::new();
    let mut redirects = BTreeMap::new();
    for (name, keys) in section {
        if name == REDIRECTS {
            for (profile, address) in keys {
                let path = format!("oauth.{REDIRECTS}.{profile}");
                redirects.insert(profile.to_lowercase(), address_of(&path, address)?);
            }
            continue;
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name == RESERVED || name.is_empty() || !name.chars().all(allowed) {
            return Err(bad(&format!("oauth.{name}"), "is no name of a provider"));
        }
        let by_hand = by_hand(name, keys)?;
        if by_hand.client_id.is_empty() {
            continue;
        }
        let settings = ProviderSettings::new(name, by_hand);
        if !settings.is_complete() {
            let why = "is needed (or authorize_url, token_url and userinfo_url)";
            return Err(bad(&format!("oauth.{name}.issuer"), why));
        }
        providers.push(settings);
    }
    Ok((OauthSettings { providers }, SocialSettings { redirects }))
}

fn by_hand(provider: &str, keys: &BTreeMap<String, Secret>) -> anyhow::Result<ByHand> {
    let mut by_hand = ByHand::default();
    for (key, value) in keys {
        let path = format!("oauth.{provider}.{key}");
        let text = || Some(value.expose().to_owned()).filter(|text| !text.is_empty());
        let address = || text().map(|_| address_of(&path, value)).transpose();
        match key.as_str() {
            "client_id" => by_hand.client_id = value.expose().to_owned(),
            "client_secret" => by_hand.client_secret = text(),
            "admin_key" => by_hand.admin_key = text(),
            "authorize_url" => by_hand.authorize_url = address()?,
            "token_url" => by_hand.token_url = address()?,
            "userinfo_url" => by_hand.userinfo_url = address()?,
            "unlink_url" => by_hand.unlink_url = address()?,
            "issuer" => by_hand.issuer = address()?,
            "scope" => by_hand.scope = Some(value.expose().to_owned()),
            "display_name" => by_hand.display_name = text(),
            _ => return Err(bad(&path, "is unknown")),
        }
    }
    Ok(by_hand)
}

/// An absolute address, as it was written: providers compare it letter by letter.
fn address_of(path: &str, value: &Secret) -> anyhow::Result<String> {
    match Url::parse(value.expose()) {
        Ok(url) if !url.cannot_be_a_base() || url.scheme() != "data" => Ok(value.expose().to_owned()),
        _ => Err(bad(path, "must be an absolute URL")),
    }
}

fn bad(path: &str, why: &str) -> anyhow::Error {
    anyhow!("configuration key {}: {why}", environment_name(path))
}
