//! A copy of the whole database while it serves, and back into an empty one.
//!
//! SQLite writes the copy itself (`VACUUM INTO`, one snapshot, compact). Postgres has `pg_dump` and
//! `pg_restore` for it, which know everything a dump must hold; they have to be installed.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    str::FromStr,
};

use anyhow::{Context, bail};
use sea_orm::{ConnectionTrait, FromQueryResult};
use sqlx::sqlite::SqliteConnectOptions;
use tokio::process::Command;
use url::Url;

use super::{broken, dialect, for_migrations};

/// Options of a database address that Postgres' own programs know as well.
const KNOWN: [&str; 6] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port"];

/// A database that can be copied.
#[derive(Debug)]
pub enum Copied {
    /// The file of an embedded database.
    Sqlite(PathBuf),
    /// The address of a server.
    Postgres(Url),
}

#[derive(FromQueryResult)]
struct Text {
    text: String,
}

impl Copied {
    /// What a database address leads to.
    ///
    /// # Errors
    /// An address that cannot be read; it is not repeated, as it may hold a password.
    pub fn of(url: &str) -> anyhow::Result<Self> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).context("the database url")?;
            return Ok(Self::Sqlite(options.get_filename().to_owned()));
        }
        Ok(Self::Postgres(Url::parse(url).context("the database url")?))
    }

    /// Which kind it is, as a backup notes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Whether there is anything in it.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn is_empty(&self) -> anyhow::Result<bool> {
        let url = match self {
            Self::Sqlite(file) => return Ok(!file.try_exists().context("the database file")?),
            Self::Postgres(url) => url,
        };
        let connection = for_migrations(url.as_str()).await?;
        let text = "SELECT c.relname::text AS text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                    WHERE n.nspname = current_schema() LIMIT 1";
        let found = connection.query_one_raw(dialect::statement(&connection, text, Vec::new())).await;
        let found = found.map_err(broken)?;
        connection.close().await.map_err(broken)?;
        Ok(found.is_none())
    }

    /// Writes one snapshot of the database into a new file, while others read and write.
    ///
    /// # Errors
    /// The database cannot be read, the file cannot be written, or `pg_dump` is missing.
    pub async fn save(&self, to: &Path) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(file) => {
                if !file.try_exists().context("the database file")? {
                    bail!("there is no database at {}", file.display());
                }
                let connection = for_migrations(&address(file)).await?;
                let name = to.to_str().context("the name of the folder is not UTF-8")?;
                let text = dialect::statement(&connection, "VACUUM INTO $1", vec![name.into()]);
                connection.execute_raw(text).await.map_err(broken)?;
                connection.close().await.map_err(broken)
            }
            Self::Postgres(url) => {
                let mut command = tool("pg_dump", url)?;
                command.args(["--format=custom", "--no-owner", "--no-privileges", "--file"]).arg(to);
                finish("pg_dump", command).await
            }
        }
    }

    /// Fills an empty database from such a file: all of it, or nothing.
    ///
    /// # Errors
    /// The file is damaged, the database cannot be written, or `pg_restore` is missing.
    pub async fn load(&self, from: &Path) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(file) => {
                let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
                if let Some(folder) = folder {
                    tokio::fs::create_dir_all(folder).await.context("the folder of the database")?;
                }
                let unfinished = file.with_extension("restoring");
                tokio::fs::copy(from, &unfinished).await.context("copy the database")?;
                let checked = check(&unfinished).await;
                for extra in ["restoring-wal", "restoring-shm"] {
                    let _absent = tokio::fs::remove_file(file.with_extension(extra)).await;
                }
                if let Err(error) = checked {
                    let _absent = tokio::fs::remove_file(&unfinished).await;
                    return Err(error);
                }
                tokio::fs::File::open(&unfinished).await?.sync_all().await?;
                tokio::fs::rename(&unfinished, file).await.context("put the database in its place")
            }
            Self::Postgres(url) => {
                let mut command = tool("pg_restore", url)?;
                command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]);
                command.arg(from);
                finish("pg_restore", command).await
            }
        }
    }
}

/// Reads every page of a copied database.
async fn check(file: &Path) -> anyhow::Result<()> {
    let unreadable = "the copied database cannot be read";
    let connection = for_migrations(&address(file)).await.context(unreadable)?;
    let text = "SELECT integrity_check AS text FROM pragma_integrity_check LIMIT 1";
    let found = connection.query_one_raw(dialect::statement(&connection, text, Vec::new())).await;
    connection.close().await.map_err(broken)?;
    let said = found.context(unreadable)?;
    let said = said.map(|row| Text::from_query_result(&row, "")).transpose().context("the check")?;
    match said {
        Some(said) if said.text == "ok" => Ok(()),
        Some(said) => bail!("the copied database is damaged: {}", said.text),
        None => bail!("the copied database is damaged"),
    }
}

fn address(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// One of Postgres' programs, for this database. The password goes through the environment, which
/// other users of the machine cannot see.
fn tool(program: &str, url: &Url) -> anyhow::Result<Command> {
    let mut plain = url.clone();
    let known: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| KNOWN.contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    plain.set_query(None);
    if !known.is_empty() {
        plain.query_pairs_mut().extend_pairs(known);
    }
    let _without_password = plain.set_password(None);
    let mut command = Command::new(program);
    command.arg("--dbname").arg(plain.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    if let Some(password) = url.password() {
        let password = percent_decoded(password).context("the password in the database url")?;
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// `%xx` undone.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

async fn finish(program: &str, mut command: Command) -> anyhow::Result<()> {
    let output = command.output().await;
    let output = output.with_context(|| format!("start {program} (from Postgres' client programs)"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{program}: {}", said.lines().next().unwrap_or("failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_an_argument() {
        let url =
            Url::parse("postgres://me:p%40ss@db:5433/x?sslmode=require&statement-cache-capacity=5").unwrap();
        let command = tool("pg_dump", &url).unwrap();
        let command = command.as_std();
        let arguments: Vec<_> = command.get_args().map(|text| text.to_string_lossy()).collect();
        assert_eq!(arguments, ["--dbname", "postgres://me@db:5433/x?sslmode=require"]);
        let secret = command.get_envs().find(|(name, _)| *name == "PGPASSWORD").and_then(|(_, value)| value);
        assert_eq!(secret.unwrap(), "p@ss");
    }
}
