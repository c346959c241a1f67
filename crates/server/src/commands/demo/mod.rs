//! `madang demo`: a lively sample community in an empty database.
//!
//! Everything is done through the use cases, as the people themselves would do it.

mod people;
mod talk;

use std::{path::Path, sync::Arc};

use anyhow::{Context, bail};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use madang_application::{
    calendar::{CalendarService, TransferService},
    community::{PostService, RelationService, WritePost},
    identity::{
        SignUp, SignUpService,
        queries::{AdminQueries, UserFilter},
    },
    shared::{Caller, Clock, Origin, new_id},
};
use madang_container::Container;
use madang_domain::{
    community::{PostId, PostText, PostTitle, Visibility},
    identity::Password,
    shared::{Failure, PageRequest, Text},
};

use self::people::{PEOPLE, Plan, Sample};
use super::say;
use crate::{
    app::{self, Running},
    config::{Config, Environment},
};

/// What all sample people log in with.
const PASSWORD: &str = "Let-us-meet-2026!";

/// Fills an empty database and prints the logins.
///
/// # Errors
/// A database with people in it, production, or an outage.
pub async fn demo(mut config: Config) -> anyhow::Result<()> {
    if config.env == Environment::Production {
        bail!("the demo is not for production (MADANG__ENV): everybody knows its password");
    }
    // Nobody is to connect while the samples are made.
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.http.internal_listen = ([127, 0, 0, 1], 0).into();
    config.rate_limits.enabled = false;
    let place = config.data_dir.join("demo");
    let running = app::start(config, |_| {}).await?;
    let filled = fill(&running, &place).await;
    running.stop().await;
    filled?;
    say("The database holds a sample community now. Log in with any of these e-mail addresses:\n")?;
    for person in PEOPLE {
        say(&format!("  {:<22} {}", email(person), person.nickname))?;
    }
    say(&format!("\nThe password of all of them: {PASSWORD}"))
}

async fn fill(running: &Running, place: &Path) -> anyhow::Result<()> {
    let container = running.container();
    let anybody = PageRequest { limit: 1, after: None };
    let accounts = container.get::<dyn AdminQueries>()?.users(&UserFilter::default(), &anybody).await?;
    if !accounts.items.is_empty() {
        bail!(
            "somebody has an account in this database already, and the demo only fills an empty one: nothing was \
             changed. To log in there, start `madang`; to see the demo, give it a place of its own: \
             MADANG__DATA_DIR={place} madang demo, and then MADANG__DATA_DIR={place} madang (or name an empty \
             database with MADANG__DATABASE__URL for both)",
            place = place.display()
        );
    }
    let stage = Stage::new(container)?;
    let mut cast = Vec::new();
    for person in PEOPLE {
        cast.push(stage.enter(person).await?);
    }
    stage.follow(&cast).await?;
    stage.talk(&cast).await?;
    running.settle().await
}

fn email(person: &Sample) -> String {
    format!("{}@example.com", person.mailbox)
}

/// The use cases the samples go through.
struct Stage {
    sign_up: Arc<SignUpService>,
    calendars: Arc<CalendarService>,
    transfer: Arc<TransferService>,
    relations: Arc<RelationService>,
    posts: Arc<PostService>,
    today: Date,
}

impl Stage {
    fn new(container: &Container) -> anyhow::Result<Self> {
        let now = container.get::<dyn Clock>()?.now();
        let today = TimeZone::get("Asia/Seoul")?.to_datetime(now.into()).date();
        Ok(Self {
            sign_up: container.get()?,
            calendars: container.get()?,
            transfer: container.get()?,
            relations: container.get()?,
            posts: container.get()?,
            today,
        })
    }

    /// Signs somebody up and fills their calendar.
    async fn enter(&self, person: &Sample) -> anyhow::Result<Caller> {
        let origin = Origin { address: std::net::Ipv4Addr::LOCALHOST.into(), user_agent: None, once: None };
        let request = SignUp {
            email: parsed(&email(person))?,
            password: Password::typed(PASSWORD),
            password_confirmation: Password::typed(PASSWORD),
            nickname: parsed(person.nickname)?,
            email_proof: None,
        };
        let user = self.sign_up.sign_up(&origin, &request).await?;
        let caller = Caller { user, session: new_id(), roles: Vec::new(), origin };
        let first = PageRequest { limit: 1, after: None };
        let calendars = self.calendars.list(&caller, &first).await?;
        let calendar = calendars.items.first().context("everybody has a default calendar")?.id;
        self.transfer.import(&caller, calendar, self.file(person).into_bytes()).await?;
        Ok(caller)
    }

    /// The plans of a person as an iCalendar file (RFC 5545), around today.
    fn file(&self, person: &Sample) -> String {
        let mut lines =
            vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".into(), "PRODID:-//Madang//Demo//EN".into()];
        for (number, plan) in person.plans.iter().enumerate() {
            lines
                .extend(["BEGIN:VEVENT".into(), format!("UID:{}-{number}@demo.example.com", person.mailbox)]);
            lines.extend(["DTSTAMP:20260101T000000Z".into(), format!("SUMMARY:{}", plan.title())]);
            lines.extend(self.timing(plan));
            lines.push("END:VEVENT".into());
        }
        lines.extend(["END:VCALENDAR".into(), String::new()]);
        lines.join("\r\n")
    }

    fn timing(&self, plan: &Plan) -> Vec<String> {
        let day = |days: i64| self.today.saturating_add(days.days());
        match plan {
            Plan::Once { days, start, end, .. } => {
                let date = day(*days).strftime("%Y%m%d").to_string();
                vec![
                    format!("DTSTART;TZID=Asia/Seoul:{date}T{start}00"),
                    format!("DTEND;TZID=Asia/Seoul:{date}T{end}00"),
                ]
            }
            Plan::Repeats { start, end, rule, .. } => {
                // Begun some weeks ago, so that the past is not empty.
                let date = day(-35).strftime("%Y%m%d").to_string();
                vec![
                    format!("DTSTART;TZID=Asia/Seoul:{date}T{start}00"),
                    format!("DTEND;TZID=Asia/Seoul:{date}T{end}00"),
                    format!("RRULE:{rule}"),
                ]
            }
            Plan::Days { days, length, .. } => vec![
                format!("DTSTART;VALUE=DATE:{}", day(*days).strftime("%Y%m%d")),
                format!("DTEND;VALUE=DATE:{}", day(days + length).strftime("%Y%m%d")),
            ],
        }
    }

    /// Neighbours in the list follow each other; everybody follows the first two.
    async fn follow(&self, cast: &[Caller]) -> anyhow::Result<()> {
        for (number, caller) in cast.iter().enumerate() {
            for other in [number + 1, number + cast.len() - 1, number + 3, 0, 1] {
                let followee = cast[other % cast.len()].user;
                match self.relations.follow(caller, followee).await {
                    Ok(()) => {}
                    // The list names some pairs twice, and everybody once.
                    Err(failure) if failure.code().name.starts_with("community.") => {}
                    Err(failure) => return Err(failure.into()),
                }
            }
        }
        Ok(())
    }

    async fn talk(&self, cast: &[Caller]) -> anyhow::Result<()> {
        let mut written: Vec<PostId> = Vec::new();
        for line in talk::LINES {
            let post = WritePost {
                title: line.title.map(parsed::<PostTitle>).transpose()?,
                text: parsed::<PostText>(line.text)?,
                visibility: line.answers.is_none().then_some(line.visibility),
                event: None,
                occurrence: None,
                date: line.in_days.map(|days| self.today.saturating_add(days.days())),
                in_reply_to: line.answers.and_then(|number| written.get(number).copied()),
                pictures: Vec::new(),
            };
            let post = self.posts.write(&cast[line.by % cast.len()], post).await?.view.post;
            let id = post.id;
            if post.visibility() == Visibility::Public {
                for liker in cast.iter().skip(line.by % 3).step_by(3) {
                    self.posts.like(liker, id).await?;
                }
            }
            written.push(id);
        }
        Ok(())
    }
}

fn parsed<T: Text>(raw: &str) -> Result<T, Failure> {
    T::parse(raw).map_err(Failure::from)
}
