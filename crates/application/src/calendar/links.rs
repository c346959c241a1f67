//! Secret addresses at which anybody may follow a calendar.

use std::sync::Arc;

use anyhow::Context;
use madang_domain::{
    calendar::{Calendar, Event, LinkDetail, LinkName, ShareLink, Zone, errors},
    shared::{Failure, Id, Page, PageRequest, platform},
};

use super::{
    guestbook::Guestbook,
    policy,
    ports::{CalendarRepository, ICalendarText, SharingRepository},
    queries::{CalendarQueries, SharingQueries},
    transfer::as_calendar,
};
use crate::shared::{Caller, Clock, Sealer, UnitOfWork, new_id};

/// Most share links of one calendar.
const MOST_LINKS: i64 = 20;

/// A calendar as a share link shows it.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The iCalendar file.
    pub text: String,
    /// Changes whenever the file may.
    pub tag: String,
}

/// The use cases of share links.
pub struct LinkService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn CalendarRepository>,
    sharing: Arc<dyn SharingRepository>,
    calendars: Arc<dyn CalendarQueries>,
    queries: Arc<dyn SharingQueries>,
    text: Arc<dyn ICalendarText>,
    sealer: Arc<dyn Sealer>,
    clock: Arc<dyn Clock>,
}

impl LinkService {
    /// With its collaborators.
    #[expect(clippy::too_many_arguments, reason = "each is a port of its own")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn CalendarRepository>,
        sharing: Arc<dyn SharingRepository>,
        calendars: Arc<dyn CalendarQueries>,
        queries: Arc<dyn SharingQueries>,
        text: Arc<dyn ICalendarText>,
        sealer: Arc<dyn Sealer>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, sharing, calendars, queries, text, sealer, clock }
    }

    /// The links of a calendar, oldest first. An owner may know.
    pub async fn list(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        page: &PageRequest,
    ) -> Result<Page<ShareLink>, Failure> {
        let view = self.calendars.calendar(caller.user, calendar).await?;
        policy::may_manage(view.map(|view| view.my_role))?;
        Ok(self.queries.links(calendar, page).await?)
    }

    /// Makes a link and answers it with its secret, which nobody can read again.
    pub async fn create(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        detail: LinkDetail,
        name: LinkName,
    ) -> Result<(ShareLink, String), Failure> {
        let (id, sealed): (Id<ShareLink>, Vec<u8>) = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let found = self.repository.lock_calendar(tx, calendar, caller.user).await?;
                policy::may_manage(found.and_then(|(_, role)| role))?;
                if self.sharing.count_links(tx, calendar).await? >= MOST_LINKS {
                    return Err(errors::TOO_MANY_SHARE_LINKS.with("max", MOST_LINKS).into());
                }
                let secret = self.sharing.fresh_secret();
                let link = ShareLink {
                    id: new_id(),
                    calendar,
                    detail,
                    name,
                    created_by: caller.user,
                    created_at: self.clock.now(),
                };
                self.sharing.insert_link(tx, &link, &secret).await?;
                // The result is remembered for repeated requests, and must not tell the secret.
                Ok((link.id, self.sealer.seal(secret.as_bytes())))
            })
            .await?;
        let link = self.queries.link(calendar, id).await?.ok_or(platform::NOT_FOUND)?;
        let secret = self.sealer.open(&sealed).context("a secret sealed here cannot be opened")?;
        Ok((link, String::from_utf8(secret).map_err(anyhow::Error::from)?))
    }

    /// Takes a link back; whoever follows it finds nothing from now on.
    pub async fn delete(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        link: Id<ShareLink>,
    ) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                let found = self.repository.lock_calendar(tx, calendar, caller.user).await?;
                policy::may_manage(found.and_then(|(_, role)| role))?;
                if self.sharing.delete_link(tx, calendar, link).await? {
                    Ok(())
                } else {
                    Err(platform::NOT_FOUND.into())
                }
            })
            .await
    }

    /// What whoever knows the secret sees.
    pub async fn feed(&self, secret: &str) -> Result<Feed, Failure> {
        let link = self.queries.link_by_secret(secret).await?.ok_or(platform::NOT_FOUND)?;
        let mut view = self.calendars.shared(link.calendar).await?.ok_or(platform::NOT_FOUND)?;
        // What is named as dates some years ahead changes with the year.
        let now = self.clock.now();
        let year = Zone::utc().local(now).year();
        let tag = format!("\"{}-{}-{}-{year}\"", view.rev, view.version, link.detail.name());
        let role = link.detail.role();
        if link.detail == LinkDetail::FreeBusy {
            view.description.clear();
        }
        let events = self.calendars.export(link.calendar).await?;
        let events: Vec<Event> = events.into_iter().filter_map(|event| event.seen_by(role)).collect();
        let text = self.text.write(&as_calendar(view), &events, &Guestbook::Closed, now);
        Ok(Feed { text, tag })
    }
}
