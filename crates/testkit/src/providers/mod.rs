//! Stand-ins for Kakao and Naver, which nobody can run at home.
//!
//! They check what the documents say the services check, and answer what the documents show: the
//! bodies are the files under `data`, oddities included. [`StandIn::next`] makes the next answer a
//! wrong one.

mod ranges;
mod signing;
mod wire;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_server::config::Config;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use url::Url;

use crate::http;

pub use ranges::RangeServer;
pub use signing::{Forgery, Signer, now};
pub use wire::{Asked, Behaviour};

/// Our application there.
pub const CLIENT: &str = "madang-app";
/// Its secret.
pub const SECRET: &str = "madang-app-secret";
/// The operators' key.
pub const ADMIN_KEY: &str = "madang-admin-key";
/// Where people come back to.
pub const REDIRECT: &str = "https://app.example/login/{provider}";

/// Whom to stand in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Kakao.
    Kakao,
    /// Naver.
    Naver,
}

impl Service {
    /// Its name in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kakao => "kakao",
            Self::Naver => "naver",
        }
    }

    fn data(self, file: &str) -> Value {
        let text = match (self, file) {
            (Self::Kakao, "token") => include_str!("../../data/kakao/token.json"),
            (Self::Kakao, "profile") => include_str!("../../data/kakao/profile.json"),
            (Self::Kakao, _) => include_str!("../../data/kakao/errors.json"),
            (Self::Naver, "token") => include_str!("../../data/naver/token.json"),
            (Self::Naver, "profile") => include_str!("../../data/naver/profile.json"),
            (Self::Naver, _) => include_str!("../../data/naver/errors.json"),
        };
        serde_json::from_str(text).expect("a data file")
    }

    fn error(self, name: &str) -> Behaviour {
        let error = &self.data("errors")[name];
        let status = error[0].as_u64().and_then(|status| u16::try_from(status).ok());
        Behaviour::json(status.expect("a status"), error[1].to_string())
    }
}

/// Somebody with an account there.
#[derive(Clone, Debug)]
pub struct Someone {
    /// Their key: digits, which Kakao sends as a number.
    pub key: u64,
    /// Their address, if they agree to tell it.
    pub email: Option<String>,
    /// Kakao's two flags together.
    pub proven: bool,
    /// What they are called there.
    pub nickname: String,
}

impl Someone {
    /// With a proven address of their own.
    pub fn new(key: u64, nickname: &str) -> Self {
        Self {
            key,
            email: Some(format!("person{key}@kakao.example")),
            proven: true,
            nickname: nickname.to_owned(),
        }
    }

    /// With this address.
    #[must_use]
    pub fn with_email(self, email: &str) -> Self {
        Self { email: Some(email.to_owned()), ..self }
    }
}

/// Makes another body of the right one.
pub type Twist = fn(Value) -> Vec<u8>;

/// Which answer is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the exchange of a code.
    Token,
    /// To the question who it is.
    Profile,
    /// To the word that somebody left us.
    Parting,
}

/// What came back to the redirect address.
#[derive(Clone, Debug, Default)]
pub struct Back {
    /// The pairs of its query.
    pub fields: BTreeMap<String, String>,
    /// The address without its query.
    pub redirect: String,
}

impl Back {
    /// The code.
    pub fn code(&self) -> &str {
        self.fields.get("code").map_or("", String::as_str)
    }

    /// The state.
    pub fn state(&self) -> &str {
        self.fields.get("state").map_or("", String::as_str)
    }

    /// The body of our callback.
    pub fn body(&self) -> Value {
        json!({ "code": self.code(), "state": self.state() })
    }
}

struct Grant {
    someone: Someone,
    asked: HashMap<String, String>,
    used: bool,
}

#[derive(Default)]
struct State {
    grants: HashMap<String, Grant>,
    tokens: HashMap<String, Someone>,
    next: HashMap<Step, Behaviour>,
    twists: HashMap<Step, Twist>,
    forgery: Option<Forgery>,
    exchanges: usize,
    parted: Vec<String>,
    counter: usize,
    base: String,
}

/// A service on a free port of this machine.
pub struct StandIn {
    service: Service,
    base: String,
    oidc: bool,
    state: Arc<Mutex<State>>,
    signer: Arc<Signer>,
    client: reqwest::Client,
    task: JoinHandle<()>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StandIn {
    /// With the plain protocol.
    pub async fn start(service: Service) -> Self {
        Self::start_as(service, false).await
    }

    /// With OpenID Connect switched on.
    pub async fn start_oidc(service: Service) -> Self {
        Self::start_as(service, true).await
    }

    async fn start_as(service: Service, oidc: bool) -> Self {
        let (state, signer) = (Arc::new(Mutex::new(State::default())), Arc::new(Signer::default()));
        let desk = Desk { service, oidc, state: Arc::clone(&state), signer: Arc::clone(&signer) };
        let (address, task) = wire::serve(Arc::new(move |asked| desk.answer(&asked))).await;
        let base = format!("http://{address}");
        lock(&state).base.clone_from(&base);
        Self { service, base, oidc, state, signer, client: http::client(), task }
    }

    /// Its name in paths.
    pub fn name(&self) -> &'static str {
        self.service.name()
    }

    /// `http://127.0.0.1:port`
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its keys.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Makes it a provider of a configuration.
    pub fn configure(&self, config: &mut Config) {
        let mut keys = BTreeMap::from([
            ("client_id", CLIENT.to_owned()),
            ("client_secret", SECRET.to_owned()),
            ("admin_key", ADMIN_KEY.to_owned()),
            ("userinfo_url", format!("{}/profile", self.base)),
            ("unlink_url", format!("{}/unlink", self.base)),
        ]);
        if self.oidc {
            keys.insert("issuer", self.base.clone());
        } else {
            keys.insert("authorize_url", format!("{}/authorize", self.base));
            keys.insert("token_url", format!("{}/token", self.base));
        }
        let keys = keys.into_iter().map(|(key, value)| (key.to_owned(), value.as_str().into()));
        config.oauth.insert(self.name().to_owned(), keys.collect());
        let redirects = config.oauth.entry("redirects".to_owned()).or_default();
        redirects.insert("default".to_owned(), REDIRECT.into());
        redirects.insert("production".to_owned(), "https://www.example/login".into());
    }

    /// The same as environment variables of a process.
    pub fn variables(&self) -> Vec<(String, String)> {
        let mut config = Config::default();
        self.configure(&mut config);
        let sections = config.oauth.iter().flat_map(|(section, keys)| {
            keys.iter().map(move |(key, value)| {
                let name = format!("MADANG__OAUTH__{section}__{key}").to_uppercase();
                (name, value.expose().to_owned())
            })
        });
        sections.collect()
    }

    /// Makes the next answer of this step another one.
    pub fn next(&self, step: Step, behaviour: Behaviour) {
        lock(&self.state).next.insert(step, behaviour);
    }

    /// Gives the next answer of this step another body, made of the right one.
    pub fn twist(&self, step: Step, twist: Twist) {
        lock(&self.state).twists.insert(step, twist);
    }

    /// Makes the next id token wrong.
    pub fn forge(&self, forgery: Forgery) {
        lock(&self.state).forgery = Some(forgery);
    }

    /// Ends somebody's connection to us without telling: no token of theirs is good any more.
    pub fn forget(&self, key: u64) {
        lock(&self.state).tokens.retain(|_, someone| someone.key != key);
    }

    /// How often a code was presented.
    pub fn exchanges(&self) -> usize {
        lock(&self.state).exchanges
    }

    /// The keys of those of whom we said that they left us, in that order.
    pub fn parted(&self) -> Vec<String> {
        lock(&self.state).parted.clone()
    }

    /// Goes where we send people, as somebody who is logged in there and agrees.
    ///
    /// # Panics
    /// If the service shows an error page instead of sending the person back.
    pub async fn consent(&self, authorization_url: &str, someone: &Someone) -> Back {
        let key = self.remember(someone);
        let answer = self.visit(authorization_url, &key).await;
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        let location = Url::parse(location.expect("the person is sent back")).expect("an address");
        let mut redirect = location.clone();
        redirect.set_query(None);
        Back { fields: location.query_pairs().into_owned().collect(), redirect: redirect.into() }
    }

    /// Goes there and tells the status of the page.
    pub async fn page(&self, authorization_url: &str, someone: &Someone) -> u16 {
        let key = self.remember(someone);
        self.visit(authorization_url, &key).await.status().as_u16()
    }

    fn remember(&self, someone: &Someone) -> String {
        let mut state = lock(&self.state);
        state.counter += 1;
        let key = format!("cookie{}", state.counter);
        state.tokens.insert(key.clone(), someone.clone());
        key
    }

    async fn visit(&self, url: &str, cookie: &str) -> reqwest::Response {
        self.client.get(url).header("cookie", cookie).send().await.expect("the stand-in answers")
    }
}

/// What answers the requests.
struct Desk {
    service: Service,
    oidc: bool,
    state: Arc<Mutex<State>>,
    signer: Arc<Signer>,
}

impl Desk {
    fn answer(&self, asked: &Asked) -> Behaviour {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/authorize") => self.authorize(asked),
            ("POST", "/token") => self.stepped(Step::Token, || self.token(asked)),
            ("GET", "/profile") => self.stepped(Step::Profile, || self.profile(asked)),
            ("POST", "/unlink") => self.stepped(Step::Parting, || self.unlink(asked)),
            ("GET", "/.well-known/openid-configuration") if self.oidc => self.discovery(),
            ("GET", "/jwks") if self.oidc => Behaviour::json(200, self.signer.published().to_string()),
            _ => Behaviour::labelled(404, "text/html", "<h1>404</h1>"),
        }
    }

    fn stepped(&self, step: Step, answer: impl FnOnce() -> Behaviour) -> Behaviour {
        let mut state = lock(&self.state);
        if step == Step::Token {
            state.exchanges += 1;
        }
        let (instead, twist) = (state.next.remove(&step), state.twists.remove(&step));
        drop(state);
        match (instead.unwrap_or_else(answer), twist) {
            (Behaviour::Answer(status, headers, body), Some(twist)) => {
                let body = serde_json::from_slice(&body).expect("the right answer is JSON");
                Behaviour::Answer(status, headers, twist(body))
            }
            (behaviour, _) => behaviour,
        }
    }

    fn discovery(&self) -> Behaviour {
        let base = lock(&self.state).base.clone();
        let said = json!({
            "issuer": base, "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/jwks"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
        });
        Behaviour::json(200, said.to_string())
    }

    /// What is wrong here is shown on the service's own page (KOE006 and the like): nobody is sent
    /// to an address that is not registered.
    fn authorize(&self, asked: &Asked) -> Behaviour {
        let redirect = asked.field("redirect_uri");
        let registered = redirect.starts_with("https://app.example/")
            || redirect.starts_with("https://www.example/")
            || redirect.starts_with("http://127.0.0.1:");
        let fine = asked.field("client_id") == CLIENT
            && asked.field("response_type") == "code"
            && !asked.field("state").is_empty()
            && registered;
        if !fine {
            return Behaviour::labelled(400, "text/html;charset=UTF-8", "<h1>KOE006</h1>");
        }
        let mut state = lock(&self.state);
        let Some(someone) = state.tokens.get(asked.header("cookie")).cloned() else {
            return Behaviour::labelled(200, "text/html;charset=UTF-8", "<h1>Log in</h1>");
        };
        state.counter += 1;
        let code = format!("code{}/+=", state.counter);
        let asked: HashMap<_, _> = asked.fields.iter().cloned().collect();
        let mut back = Url::parse(&asked["redirect_uri"]).expect("an address");
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
        state.grants.insert(code, Grant { someone, asked, used: false });
        Behaviour::redirect(back.as_str())
    }

    /// Kakao's `/v1/user/unlink`, by the operators' key or by a token of the person; and what Naver
    /// and Google make of RFC 7009, where nobody learns whether the token was one.
    fn unlink(&self, asked: &Asked) -> Behaviour {
        let mut state = lock(&self.state);
        let authorization = asked.header("authorization");
        let whose =
            |state: &State, token: &str| state.tokens.get(token).map(|someone| someone.key.to_string());
        if self.service == Service::Kakao && !authorization.is_empty() {
            let person = match authorization.strip_prefix("Bearer ") {
                Some(token) => whose(&state, token),
                None if authorization == format!("KakaoAK {ADMIN_KEY}") => {
                    Some(asked.field("target_id").to_owned())
                        .filter(|_| asked.field("target_id_type") == "user_id")
                }
                None => None,
            };
            let Some(person) = person else { return self.service.error("bad_token") };
            if !state.tokens.values().any(|someone| someone.key.to_string() == person) {
                return self.service.error("not_linked");
            }
            state.tokens.retain(|_, someone| someone.key.to_string() != person);
            let body = format!("{{\"id\":{person}}}");
            state.parted.push(person);
            return Behaviour::json(200, body);
        }
        if self.service == Service::Naver
            && (asked.field("client_id"), asked.field("client_secret")) != (CLIENT, SECRET)
        {
            return Behaviour::json(401, r#"{"error":"unauthorized_client"}"#);
        }
        if let Some(person) = whose(&state, asked.field("token")) {
            state.tokens.retain(|_, someone| someone.key.to_string() != person);
            state.parted.push(person);
        }
        Behaviour::Answer(200, Vec::new(), Vec::new())
    }

    /// A new access token for the holder of a refresh token.
    fn renewed(&self, asked: &Asked) -> Behaviour {
        let mut state = lock(&self.state);
        let Some(someone) = state.tokens.get(asked.field("refresh_token")).cloned() else {
            return self.service.error("dead_refresh");
        };
        state.counter += 1;
        let token = format!("token{}", state.counter);
        state.tokens.insert(token.clone(), someone);
        // No new refresh token: the old one stays.
        Behaviour::json(
            200,
            json!({ "token_type": "bearer", "access_token": token, "expires_in": 21_599 }).to_string(),
        )
    }

    fn token(&self, asked: &Asked) -> Behaviour {
        let ours = asked.field("client_id") == CLIENT && asked.field("client_secret") == SECRET;
        if asked.field("grant_type") == "refresh_token" && ours {
            return self.renewed(asked);
        }
        if asked.field("grant_type") != "authorization_code" {
            return self.service.error("bad_grant");
        }
        if asked.field("client_id") != CLIENT {
            return self.service.error("bad_client");
        }
        if asked.field("client_secret") != SECRET {
            return self.service.error("bad_secret");
        }
        let mut state = lock(&self.state);
        let Some(grant) = state.grants.get_mut(asked.field("code")).filter(|grant| !grant.used) else {
            return self.service.error("used_code");
        };
        grant.used = true;
        let then = |name: &str| grant.asked.get(name).map_or("", String::as_str);
        if then("redirect_uri") != asked.field("redirect_uri") {
            return self.service.error("redirect_mismatch");
        }
        if self.service == Service::Naver && then("state") != asked.field("state") {
            return self.service.error("used_code");
        }
        let challenge =
            BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, asked.field("code_verifier").as_bytes()).as_ref());
        if then("code_challenge") != challenge || then("code_challenge_method") != "S256" {
            return self.service.error("bad_verifier");
        }
        let (someone, nonce) = (grant.someone.clone(), then("nonce").to_owned());
        let wants_id = then("scope").split([',', ' ']).any(|scope| scope == "openid");
        state.counter += 1;
        let token = format!("token{}", state.counter);
        let (forgery, base) = (state.forgery.take(), state.base.clone());
        let mut body = self.service.data("token").to_string().replace("{access_token}", &token);
        let full: Value = serde_json::from_str(&body).expect("a token");
        let full = full["access_token"].as_str().expect("a token").to_owned();
        state.tokens.insert(full, someone.clone());
        state.tokens.insert(format!("{token}-refresh"), someone.clone());
        drop(state);
        if self.oidc && wants_id {
            let claims = json!({
                "iss": base, "aud": CLIENT, "sub": someone.key.to_string(), "iat": now(), "auth_time": now(),
                "exp": now() + 3600, "nonce": nonce, "nickname": someone.nickname, "email": someone.email,
            });
            let id_token = self.signer.id_token(claims, forgery);
            if self.service == Service::Kakao {
                body = body.replace("{id_token}", &id_token);
            } else {
                body.insert_str(1, &format!("\"id_token\":\"{id_token}\","));
            }
        } else {
            body = body.replace("\"{id_token}\"", "null");
        }
        Behaviour::json(200, body)
    }

    fn profile(&self, asked: &Asked) -> Behaviour {
        let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let Some(someone) = lock(&self.state).tokens.get(token).cloned() else {
            return self.service.error("bad_token");
        };
        Behaviour::json(200, profile(self.service, &someone).to_string())
    }
}

/// The profile as the service tells it.
pub fn profile(service: Service, someone: &Someone) -> Value {
    let mut profile = service.data("profile");
    match service {
        Service::Kakao => {
            profile["id"] = json!(someone.key);
            let account = &mut profile["kakao_account"];
            account["profile"]["nickname"] = json!(someone.nickname);
            account["is_email_verified"] = json!(someone.proven);
            account["email"] = json!(someone.email);
            if someone.email.is_none() {
                let account = account.as_object_mut().expect("an object");
                for name in ["email", "is_email_valid", "is_email_verified"] {
                    account.remove(name);
                }
                account.insert("email_needs_agreement".to_owned(), json!(true));
            }
        }
        Service::Naver => {
            let person = &mut profile["response"];
            person["id"] = json!(format!("naver-{}", someone.key));
            person["nickname"] = json!(someone.nickname);
            person["name"] = json!(someone.nickname);
            person["email"] = json!(someone.email);
            if someone.email.is_none() {
                person.as_object_mut().expect("an object").remove("email");
            }
        }
    }
    profile
}
