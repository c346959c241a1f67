//! The `madang` program: the service and the tools around it.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use madang_server::{commands, config::Config, telemetry};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The backend of a calendar community.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves HTTP until SIGTERM or SIGINT (the default).
    Serve,
    /// Brings the database to the current schema and ends.
    Migrate,
    /// Fills an empty database with a lively sample community and prints its logins.
    Demo,
    /// Prints the OpenAPI document.
    Openapi {
        /// As YAML instead of JSON.
        #[arg(long)]
        yaml: bool,
    },
    /// Prints the list of error codes as Markdown.
    Errors,
    /// Prints the effective configuration, secrets redacted.
    Config,
    /// Manages those who operate the service.
    #[command(subcommand)]
    Admin(Admin),
    /// Manages the keys that sign access tokens.
    #[command(subcommand)]
    Keys(Keys),
    /// Exits with 0 if the running server is ready.
    Healthcheck,
    /// Imports an iCalendar file into the default calendar of an account and prints the report.
    ImportIcs {
        /// The e-mail address of the account.
        email: String,
        /// The file.
        file: PathBuf,
    },
    /// Copies the database and the media into a new folder; the server may run. For Postgres `pg_dump`
    /// has to be installed.
    Backup {
        /// The folder; it must not exist yet, or be empty.
        folder: PathBuf,
    },
    /// Fills an empty installation from a backup. For Postgres `pg_restore` has to be installed.
    Restore {
        /// The folder that `backup` wrote.
        folder: PathBuf,
    },
}

#[derive(Subcommand)]
enum Keys {
    /// Makes a new key. Running servers learn it within seconds, and nobody is logged out.
    Rotate,
}

#[derive(Subcommand)]
enum Admin {
    /// Makes an account with the role `admin`, or gives the role to an existing one. Reads the password
    /// from standard input; without one it makes one up and prints it.
    Create {
        /// The e-mail address to log in with.
        email: String,
        /// How others know the operator; `admin` unless given.
        #[arg(long)]
        nickname: Option<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command.unwrap_or(Command::Serve)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            commands::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Openapi { yaml } => return commands::openapi(yaml),
        Command::Errors => return commands::errors(),
        Command::Serve
        | Command::Migrate
        | Command::Demo
        | Command::Admin(_)
        | Command::Keys(_)
        | Command::Config
        | Command::ImportIcs { .. }
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Healthcheck => {}
    }
    let config = Config::load()?;
    if matches!(command, Command::Config) {
        return commands::config(&config);
    }
    // One process-wide TLS provider, chosen before any library asks for it.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let telemetry = telemetry::init(&config.telemetry)?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Migrate => commands::migrate(&config).await,
            Command::Demo => commands::demo(config).await,
            Command::Keys(Keys::Rotate) => commands::rotate_keys(config).await,
            Command::Admin(Admin::Create { email, nickname }) => {
                commands::admin::create(config, &email, nickname.as_deref()).await
            }
            Command::Healthcheck => commands::healthcheck(&config).await,
            Command::ImportIcs { email, file } => commands::import_ics(config, &email, &file).await,
            Command::Backup { folder } => commands::backup(&config, &folder).await,
            Command::Restore { folder } => commands::restore(&config, &folder).await,
            Command::Serve | Command::Openapi { .. } | Command::Errors | Command::Config => {
                commands::serve(config).await
            }
        }
    });
    telemetry.flush();
    outcome
}
