//! What the program's commands do, one function each.

pub mod admin;
mod backup;
mod demo;
mod import;

use std::{io::Write, time::Duration};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use madang_domain::shared::Failure;
use madang_infrastructure::identity::PrepareKeys;

use crate::{app, config::Config, memory};

pub use backup::{backup, restore};
pub use demo::demo;
pub use import::import_ics;

/// One clear line on standard error.
pub fn complain(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "madang: {error:#}");
}

/// One line, or many, on standard output: the product of a command.
fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("standard output")
}

/// The words of a refusal, with every field at fault.
fn explain(failure: Failure) -> anyhow::Error {
    if failure.fields.is_empty() && failure.cause.is_none() {
        return anyhow::anyhow!(failure.code().title.en);
    }
    let fields: Vec<_> = failure.fields.iter().map(|field| field.refusal.code.title.en).collect();
    match failure.cause {
        Some(cause) => cause,
        None => anyhow::anyhow!(fields.join(" ")),
    }
}

/// Serves until a stop signal.
///
/// # Errors
/// Bad configuration, an unreachable database, a taken port.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let running = app::start(config, |_| {}).await?;
    let address = running.address;
    say(&format!("madang ready on http://{address} (docs: http://{address}/docs)"))?;
    tokio::spawn(memory::give_back());
    app::stop_signal().await;
    running.stop().await;
    Ok(())
}

/// Brings the schema up to date.
///
/// # Errors
/// An unreachable database, or a migration that fails.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    app::prepare(config).await?;
    say("the schema is up to date")
}

/// Prints the document.
///
/// # Errors
/// A document that breaks a house rule.
pub fn openapi(yaml: bool) -> anyhow::Result<()> {
    let document = app::document()?;
    say(&if yaml { document.yaml()? } else { document.json()? })
}

/// Prints the error codes.
///
/// # Errors
/// Standard output is closed.
pub fn errors() -> anyhow::Result<()> {
    say(madang_presentation::http::codes::markdown().trim_end())
}

/// Prints the effective configuration.
///
/// # Errors
/// Standard output is closed.
pub fn config(config: &Config) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(config)?)
}

/// Makes a new key for access tokens.
///
/// # Errors
/// An unreachable database, or a rotation at the same moment.
pub async fn rotate_keys(config: Config) -> anyhow::Result<()> {
    let id = app::tools(config).await?.get::<PrepareKeys>()?.rotate().await?;
    say(&format!("a new key signs within seconds: {id}"))
}

/// Asks the running server whether it is ready.
///
/// # Errors
/// It is not, or nothing answers within three seconds.
pub async fn healthcheck(config: &Config) -> anyhow::Result<()> {
    let mut address = config.http.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let answer = timeout(Duration::from_secs(3), async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        anyhow::Ok(answer)
    })
    .await
    .context("no answer within three seconds")?
    .with_context(|| format!("nothing answers on {address}"))?;
    let line = answer.lines().next().unwrap_or_default();
    if line.contains(" 200 ") { say("ready") } else { bail!("not ready: {line}") }
}
