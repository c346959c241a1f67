//! `madang admin create`: the first operator, and the next ones.

use std::io::{IsTerminal, Read};

use anyhow::Context;
use madang_application::identity::{AppointmentService, administration::MadeAdmin};
use madang_domain::{
    identity::{Email, Nickname, Password},
    shared::Text,
};
use madang_infrastructure::crypto::random_bytes;

use super::{explain, say};
use crate::{app, config::Config};

/// Makes an account that operates the service, or lets an existing one do so.
///
/// A password is read from standard input, if something is piped into it; otherwise one is made and
/// printed once. It is never an argument, which other users of the machine could see.
///
/// # Errors
/// A name or password against the rules, or an outage.
pub async fn create(config: Config, email: &str, nickname: Option<&str>) -> anyhow::Result<()> {
    let email = Email::parse(email).map_err(|refusal| anyhow::anyhow!(refusal.code.title.en))?;
    let nickname = nickname.map(Nickname::parse).transpose();
    let nickname = nickname.map_err(|refusal| anyhow::anyhow!(refusal.code.title.en))?;
    let given = piped()?;
    let made_up = format!("Madang-{}-7", encode(&random_bytes::<12>()));
    let password = Password::typed(given.as_deref().unwrap_or(&made_up));
    let container = app::tools(config).await?;
    let service = container.get::<AppointmentService>()?;
    let made = service.make_admin(&email, nickname.as_ref(), &password).await.map_err(explain)?;
    match made {
        MadeAdmin::Promoted(user) => say(&format!("{email} operates the service now (account {user})")),
        MadeAdmin::New(user) if given.is_some() => {
            say(&format!("{email} operates the service (account {user})"))
        }
        MadeAdmin::New(user) => {
            say(&format!("{email} operates the service (account {user})\npassword: {made_up}"))
        }
    }
}

/// The first line of what is piped into the program.
fn piped() -> anyhow::Result<Option<String>> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    input.read_to_string(&mut text).context("standard input")?;
    Ok(text.lines().next().map(str::to_owned).filter(|line| !line.is_empty()))
}

fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
