//! Names of keys in errors, layering, redaction, production guards.

use super::*;

fn load(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources("no-such-file.toml", pairs.collect::<Vec<_>>().into_iter())
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    format!("{:#}", load(pairs).expect_err("must be refused"))
}

#[test]
fn defaults_are_embedded() {
    let config = load(&[]).unwrap();
    assert_eq!(config.database_url(), "sqlite://./data/madang.db");
    assert_eq!(config.http.listen.port(), 3000);
}

#[test]
fn conventional_names_and_lists_work() {
    let config = load(&[
        ("DATABASE_URL", "postgres://me:hush@db/madang"),
        ("MADANG__HTTP__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1, ::1"),
        ("MADANG__HTTP__CORS_ORIGINS", "https://app.example, http://localhost:5173"),
        ("MADANG__HTTP__LISTEN", "127.0.0.1:0"),
        ("MADANG__RATE_LIMITS__ENABLED", "False"),
        ("MADANG__DATABASE__MAX_CONNECTIONS", "3"),
        ("MADANG__OAUTH__KAKAO__CLIENT_ID", "abc"),
        ("UNRELATED", "x"),
    ])
    .unwrap();
    assert_eq!(config.database_url(), "postgres://me:hush@db/madang");
    let networks: Vec<_> = config.http.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "127.0.0.1/32", "::1/128"]);
    assert_eq!(config.http.cors_origins, ["https://app.example", "http://localhost:5173"]);
    assert!(!config.rate_limits.enabled);
    assert_eq!(config.database.max_connections, Some(3));
    assert!(!serde_json::to_string(&config).unwrap().contains("hush"));
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn p13_a_bad_or_unknown_key_is_named() {
    assert!(refusal(&[("MADANG__HTTP__LISTNE", "x")]).contains("http.listne"));
    assert!(refusal(&[("MADANG__HTTP__LISTEN", "nowhere")]).contains("MADANG__HTTP__LISTEN"));
    assert!(refusal(&[("MADANG__RATE_LIMITS__ENABLED", "maybe")]).contains("rate_limits.enabled"));
    assert!(refusal(&[("MADANG__HTTP__TRUSTED_PROXIES", "localhost")]).contains("http.trusted_proxies"));
    for origin in ["*", "https://app.example/", "https://app.example/path", "app.example", "[\"http://a.b\"]"]
    {
        assert!(refusal(&[("MADANG__HTTP__CORS_ORIGINS", origin)]).contains("http.cors_origins"), "{origin}");
    }
    assert!(refusal(&[("MADANG__NONSENSE", "1")]).contains("nonsense"));
    assert!(refusal(&[("DATABASE_URL", "mysql://x")]).contains("DATABASE_URL"));
}

#[test]
fn whoever_knows_leaked_passwords_is_asked_in_secret() {
    const URL: &str = "MADANG__IDENTITY__LEAKED_PASSWORDS_URL";
    assert!(refusal(&[(URL, "http://ranges.example/")]).contains(URL));
    assert!(refusal(&[(URL, "nowhere")]).contains(URL));
    assert!(refusal(&[("MADANG__IDENTITY__LEAKED_PASSWORDS_REQUIRED", "true")]).contains(URL));
    for fine in ["https://api.pwnedpasswords.com/range/", "http://127.0.0.1:1/", "http://[::1]:1/"] {
        assert!(load(&[(URL, fine)]).unwrap().identity.leaked_passwords_url.is_some(), "{fine}");
    }
    assert!(load(&[]).unwrap().identity.leaked_passwords_url.is_none(), "nobody outside by default");
}

#[test]
fn production_names_each_unsafe_default() {
    let mut set = vec![("MADANG__ENV", "production")];
    let steps = [
        ("MADANG__SECRET", "0123456789abcdef0123456789abcdef"),
        ("MADANG__MAIL__TRANSPORT", "smtp"),
        ("MADANG__SMS__TRANSPORT", "webhook"),
        ("MADANG__HTTP__PUBLIC_URL", "https://madang.example"),
    ];
    for step in steps {
        assert!(refusal(&set).contains(step.0), "{} must be asked for", step.0);
        set.push(step);
        set.push(("MADANG__MAIL__SMTP_URL", "smtp://mail"));
        set.push(("MADANG__SMS__WEBHOOK_URL", "https://sms.example"));
        set.push(("MADANG__SMS__WEBHOOK_SECRET", "0123456789abcdef0123456789abcdef"));
    }
    load(&set).unwrap();
    set.push(("MADANG__NOTIFICATIONS__PUSH_LOCAL", "true"));
    assert!(refusal(&set).contains("MADANG__NOTIFICATIONS__PUSH_LOCAL"));
}

#[test]
fn push_services_have_somebody_to_write_to() {
    let contact = |pairs: &[(&str, &str)]| load(pairs).unwrap().push_contact();
    assert_eq!(contact(&[]), "mailto:no-reply@madang.localhost");
    assert_eq!(contact(&[("MADANG__MAIL__FROM", "Yard <yard@example.com>")]), "mailto:yard@example.com");
    let public = ("MADANG__HTTP__PUBLIC_URL", "https://madang.example");
    assert_eq!(contact(&[public]), "https://madang.example/");
    let own = ("MADANG__NOTIFICATIONS__PUSH_CONTACT", "mailto:push@example.com");
    assert_eq!(contact(&[public, own]), "mailto:push@example.com");
    assert!(refusal(&[("MADANG__NOTIFICATIONS__PUSH_CONTACT", "me")]).contains("PUSH_CONTACT"));
}

#[test]
fn a18_providers_and_redirects_are_read_from_the_environment() {
    let config = load(&[
        ("MADANG__OAUTH__KAKAO__CLIENT_ID", "abc"),
        ("MADANG__OAUTH__KAKAO__TOKEN_URL", "http://127.0.0.1:1/token"),
        ("MADANG__OAUTH__VILLAGE__CLIENT_ID", "def"),
        ("MADANG__OAUTH__VILLAGE__ISSUER", "https://village.example"),
        ("MADANG__OAUTH__GOOGLE__CLIENT_SECRET", "without an id it is off"),
        ("MADANG__OAUTH__REDIRECTS__DEVELOPMENT", "http://localhost:5173/callback"),
    ])
    .unwrap();
    let (oauth, social) = oauth::read(&config.oauth).unwrap();
    let names: Vec<_> = oauth.providers.iter().map(|provider| provider.name.as_str()).collect();
    assert_eq!(names, ["kakao", "village"]);
    assert_eq!(social.redirects["development"], "http://localhost:5173/callback");
    assert!(!format!("{:?}", oauth.providers).contains("abc"));
}

#[test]
fn p13_a_mistake_about_a_provider_is_named() {
    let id = ("MADANG__OAUTH__VILLAGE__CLIENT_ID", "abc");
    assert!(refusal(&[id]).contains("oauth.village.issuer"));
    assert!(refusal(&[id, ("MADANG__OAUTH__VILLAGE__ISUER", "x")]).contains("MADANG__OAUTH__VILLAGE__ISUER"));
    assert!(refusal(&[id, ("MADANG__OAUTH__VILLAGE__ISSUER", "nowhere")]).contains("oauth.village.issuer"));
    assert!(refusal(&[("MADANG__OAUTH__REDIRECTS__WEB", "/login")]).contains("oauth.redirects.web"));
    assert!(refusal(&[("MADANG__OAUTH__PROVIDERS__CLIENT_ID", "abc")]).contains("oauth.providers"));
}
