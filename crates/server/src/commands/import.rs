//! `madang import-ics`: a file from elsewhere into somebody's calendar.

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context, bail};
use madang_application::{
    calendar::{CalendarService, ImportReport, TransferService, transfer::MOST_BYTES},
    identity::ports::Credentials,
    shared::{Caller, Origin, new_id},
};
use madang_domain::{
    identity::Email,
    shared::{PageRequest, Text},
};
use tokio::io::AsyncReadExt;

use super::{explain, say};
use crate::{app, config::Config};

/// Imports a file into the default calendar of an account and prints the report.
///
/// # Errors
/// No such account or file, something that is no calendar, an outage.
pub async fn import_ics(config: Config, email: &str, file: &Path) -> anyhow::Result<()> {
    let email = Email::parse(email).map_err(|refusal| anyhow::anyhow!(refusal.code.title.en))?;
    let content = read(file).await?;
    let container = app::tools(config).await?;
    let found = container.get::<dyn Credentials>()?.by_email(&email).await?;
    let user = found.with_context(|| format!("there is no account of {email}"))?.user;
    let origin = Origin { address: Ipv4Addr::LOCALHOST.into(), user_agent: None, once: None };
    let caller = Caller { user, session: new_id(), roles: Vec::new(), origin };
    let mut request = PageRequest { limit: 100, after: None };
    let calendar = loop {
        let page = container.get::<CalendarService>()?.list(&caller, &request).await.map_err(explain)?;
        if let Some(own) = page.items.iter().find(|calendar| calendar.is_default && calendar.owner == user) {
            break own.id;
        }
        request.after = Some(page.next.context("the account has no calendar of its own")?);
    };
    let report = container.get::<TransferService>()?.import(&caller, calendar, content).await;
    tell(&report.map_err(explain)?)
}

async fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let opened = tokio::fs::File::open(file).await;
    let opened = opened.with_context(|| format!("open {}", file.display()))?;
    let mut content = Vec::new();
    opened.take(MOST_BYTES as u64 + 1).read_to_end(&mut content).await.context("read the file")?;
    if content.len() > MOST_BYTES {
        bail!("{} has more than {MOST_BYTES} bytes", file.display());
    }
    Ok(content)
}

fn tell(report: &ImportReport) -> anyhow::Result<()> {
    for warning in &report.warnings {
        let uid = warning.uid.as_ref().map_or_else(String::new, |uid| format!(" ({uid})"));
        say(&format!("line {}: {} {}{uid}", warning.line, warning.code, warning.text))?;
    }
    let ImportReport { created, updated, skipped, .. } = report;
    say(&format!("{created} created, {updated} updated, {skipped} unchanged"))
}
