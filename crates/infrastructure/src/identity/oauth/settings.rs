//! What is configured about a provider, and what we know about the well-known ones.

/// Whose habits a provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Kakao.
    Kakao,
    /// Naver.
    Naver,
    /// Google.
    Google,
    /// Whoever keeps to OpenID Connect.
    Oidc,
}

/// Every provider of the configuration.
#[derive(Clone, Debug, Default)]
pub struct OauthSettings {
    /// In order of their names.
    pub providers: Vec<ProviderSettings>,
}

/// One provider.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Its name in paths.
    pub name: String,
    /// Its name on a button.
    pub display_name: String,
    /// Its habits.
    pub family: Family,
    /// Our application there.
    pub client_id: String,
    /// Its secret, where there is one.
    pub client_secret: Option<String>,
    /// What operators' calls are signed with; Kakao's messages carry it.
    pub admin_key: Option<String>,
    /// Where people consent.
    pub authorize_url: Option<String>,
    /// Where codes are exchanged.
    pub token_url: Option<String>,
    /// Where profiles are asked for.
    pub userinfo_url: Option<String>,
    /// Where connections are ended.
    pub unlink_url: Option<String>,
    /// Who signs id tokens; discovery fills in addresses that are missing.
    pub issuer: Option<String>,
    /// What to ask for. With `openid` id tokens are believed.
    pub scopes: Vec<String>,
}

/// What is configured by hand; the rest is known or discovered.
#[derive(Clone, Default)]
pub struct ByHand {
    /// As in [`ProviderSettings`].
    pub client_id: String,
    /// As in [`ProviderSettings`].
    pub client_secret: Option<String>,
    /// As in [`ProviderSettings`].
    pub admin_key: Option<String>,
    /// As in [`ProviderSettings`].
    pub authorize_url: Option<String>,
    /// As in [`ProviderSettings`].
    pub token_url: Option<String>,
    /// As in [`ProviderSettings`].
    pub userinfo_url: Option<String>,
    /// As in [`ProviderSettings`].
    pub unlink_url: Option<String>,
    /// As in [`ProviderSettings`].
    pub issuer: Option<String>,
    /// Separated by spaces or commas.
    pub scope: Option<String>,
    /// As in [`ProviderSettings`].
    pub display_name: Option<String>,
}

/// Addresses of a well-known provider, from its documentation.
struct Known {
    family: Family,
    display_name: &'static str,
    authorize_url: &'static str,
    token_url: &'static str,
    userinfo_url: &'static str,
    unlink_url: &'static str,
    issuer: &'static str,
    scope: &'static str,
}

/// By default as little as possible is asked for: an application that did not set up an item is
/// refused altogether when it asks for it (KOE205).
const KAKAO: Known = Known {
    family: Family::Kakao,
    display_name: "Kakao",
    authorize_url: "https://kauth.kakao.com/oauth/authorize",
    token_url: "https://kauth.kakao.com/oauth/token",
    userinfo_url: "https://kapi.kakao.com/v2/user/me",
    unlink_url: "https://kapi.kakao.com/v1/user/unlink",
    issuer: "https://kauth.kakao.com",
    scope: "",
};

/// The plain OAuth addresses; with the issuer configured, discovery leads to the OpenID ones.
const NAVER: Known = Known {
    family: Family::Naver,
    display_name: "Naver",
    authorize_url: "https://nid.naver.com/oauth2.0/authorize",
    token_url: "https://nid.naver.com/oauth2.0/token",
    userinfo_url: "https://openapi.naver.com/v1/nid/me",
    unlink_url: "https://nid.naver.com/oauth2.0/revoke",
    issuer: "https://nid.naver.com",
    scope: "",
};

const GOOGLE: Known = Known {
    family: Family::Google,
    display_name: "Google",
    authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
    token_url: "https://oauth2.googleapis.com/token",
    userinfo_url: "https://openidconnect.googleapis.com/v1/userinfo",
    unlink_url: "https://oauth2.googleapis.com/revoke",
    issuer: "https://accounts.google.com",
    scope: "openid email profile",
};

fn known(name: &str) -> Option<Known> {
    [("kakao", KAKAO), ("naver", NAVER), ("google", GOOGLE)]
        .into_iter()
        .find_map(|(known, settings)| (known == name).then_some(settings))
}

impl ProviderSettings {
    /// What was configured by hand, completed from what is known.
    pub fn new(name: &str, by_hand: ByHand) -> Self {
        let known = known(name);
        let family = known.as_ref().map_or(Family::Oidc, |known| known.family);
        let moved = by_hand.authorize_url.is_some() || by_hand.token_url.is_some();
        // Known addresses stand unless an issuer is named, which leads to its own by discovery.
        let address = |own: Option<String>, known: Option<&str>| match own {
            Some(own) => Some(own),
            None if by_hand.issuer.is_some() => None,
            None => known.map(str::to_owned),
        };
        let scope = by_hand.scope.clone().unwrap_or_else(|| match (&known, &by_hand.issuer) {
            (Some(known), Some(_)) if known.scope.is_empty() => "openid".to_owned(),
            (Some(known), _) => known.scope.to_owned(),
            (None, _) => "openid email profile".to_owned(),
        });
        let profile = known.as_ref().map(|known| known.userinfo_url);
        let userinfo_url = match family {
            // Their own profile call tells what the standard one does not: who verified the address.
            Family::Kakao | Family::Naver => {
                by_hand.userinfo_url.clone().or_else(|| profile.map(str::to_owned))
            }
            Family::Google | Family::Oidc => address(by_hand.userinfo_url.clone(), profile),
        };
        // A provider that was moved must not lead to ending connections at the real one.
        let elsewhere = |known: &Known| by_hand.issuer.as_ref().is_some_and(|issuer| *issuer != known.issuer);
        let unlink_url = by_hand.unlink_url.clone().or_else(|| {
            let known = known.as_ref().filter(|known| !moved && !elsewhere(known));
            known.map(|known| known.unlink_url.to_owned())
        });
        Self {
            name: name.to_owned(),
            display_name: by_hand.display_name.clone().unwrap_or_else(|| {
                known.as_ref().map_or_else(|| name.to_owned(), |known| known.display_name.to_owned())
            }),
            family,
            client_id: by_hand.client_id.clone(),
            client_secret: by_hand.client_secret.clone(),
            admin_key: by_hand.admin_key.clone(),
            authorize_url: address(
                by_hand.authorize_url.clone(),
                known.as_ref().map(|known| known.authorize_url),
            ),
            token_url: address(by_hand.token_url.clone(), known.as_ref().map(|known| known.token_url)),
            userinfo_url,
            unlink_url,
            issuer: by_hand
                .issuer
                .clone()
                .or_else(|| known.as_ref().filter(|_| !moved).map(|known| known.issuer.to_owned())),
            scopes: scope.split([' ', ',']).filter(|item| !item.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// Whether id tokens can be asked for and believed.
    pub fn speaks_oidc(&self) -> bool {
        self.issuer.is_some() && self.scopes.iter().any(|scope| scope == "openid")
    }

    /// Whether something can be reached at all.
    pub fn is_complete(&self) -> bool {
        self.issuer.is_some() || self.has_every_address()
    }

    /// Whether nothing has to be discovered.
    pub fn has_every_address(&self) -> bool {
        self.authorize_url.is_some() && self.token_url.is_some() && self.userinfo_url.is_some()
    }
}

impl std::fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderSettings").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(name: &str, by_hand: ByHand) -> ProviderSettings {
        ProviderSettings::new(name, ByHand { client_id: "app".to_owned(), ..by_hand })
    }

    #[test]
    fn well_known_providers_need_only_their_keys() {
        let kakao = settings("kakao", ByHand::default());
        assert_eq!(kakao.token_url.as_deref(), Some("https://kauth.kakao.com/oauth/token"));
        assert!(!kakao.speaks_oidc() && kakao.is_complete());
        let google = settings("google", ByHand::default());
        assert!(google.speaks_oidc());
        assert!(!settings("village", ByHand::default()).is_complete());
    }

    #[test]
    fn an_issuer_leads_to_its_own_addresses() {
        let issuer = || Some("https://nid.naver.com".to_owned());
        let naver = settings("naver", ByHand { issuer: issuer(), ..ByHand::default() });
        assert!(naver.speaks_oidc());
        assert_eq!((naver.authorize_url, naver.token_url), (None, None));
        assert_eq!(naver.userinfo_url.as_deref(), Some("https://openapi.naver.com/v1/nid/me"));
    }

    #[test]
    fn addresses_that_moved_are_not_believed_to_sign_for_the_known_issuer() {
        let moved = Some("http://127.0.0.1:1/token".to_owned());
        let google = settings("google", ByHand { token_url: moved, ..ByHand::default() });
        assert_eq!(google.issuer, None);
        assert!(!google.speaks_oidc());
    }
}
