//! Tag `Calendars`: who may enter a calendar, and its secret addresses.

use std::sync::Arc;

use madang_application::calendar::{HolidayFeed, LinkService, MemberService, holidays::KOREAN_HOLIDAYS};
use madang_domain::{
    calendar::{self, LinkDetail, LinkName},
    shared::{id::User, platform},
};
use poem::Request;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
};

use super::{
    Tag,
    file::CalendarDownload,
    sharing_dto::{CalendarMember, CalendarMembership, NewShareLink, ShareLink},
};
use crate::http::{
    Answer, Auth, Created, Form, Ident, Listing, NoContent, Outcome, Pages, Problem, url::BaseUrl,
};

/// Operations on members and share links.
pub struct SharingApi {
    members: Arc<MemberService>,
    links: Arc<LinkService>,
    holidays: Arc<HolidayFeed>,
}

impl SharingApi {
    /// Wires it.
    pub fn new(members: Arc<MemberService>, links: Arc<LinkService>, holidays: Arc<HolidayFeed>) -> Self {
        Self { members, links, holidays }
    }
}

#[OpenApi(tag = "Tag::Calendars")]
impl SharingApi {
    /// List who shares a calendar
    ///
    /// In the order they came. Who sees the events may know.
    ///
    /// Errors: `platform.forbidden`.
    #[oai(path = "/v1/calendars/:calendarId/members", method = "get", operation_id = "listCalendarMembers")]
    async fn members(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// How many at most, 1 to 100; 20 unless given.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<CalendarMember>>> {
        let id = id.0.0;
        let pages = Pages::read(request, format!("members {id}"), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.members.list(&caller, id, &pages.request()).await?))
    }

    /// Share a calendar with somebody
    ///
    /// Or change what they may do in it. Its owners may; a calendar keeps at least one.
    ///
    /// Errors: `calendar.last_owner`, `calendar.too_many_members`, `platform.forbidden`,
    /// `identity.profile_incomplete`.
    #[oai(path = "/v1/calendars/:calendarId/members/:userId", method = "put", operation_id = "shareCalendar")]
    async fn share(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
        form: Form<CalendarMembership>,
    ) -> Outcome<Answer<CalendarMember>> {
        let role = form.accept()?.role.into();
        Ok(Answer::new(self.members.put(&caller, id.0.0, user.0.0, role).await?.into()))
    }

    /// Take somebody out of a calendar
    ///
    /// Its owners may, and everybody may leave; the last owner stays.
    ///
    /// Errors: `calendar.last_owner`, `platform.forbidden`.
    #[oai(
        path = "/v1/calendars/:calendarId/members/:userId",
        method = "delete",
        operation_id = "unshareCalendar"
    )]
    async fn unshare(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.members.remove(&caller, id.0.0, user.0.0).await?;
        Ok(NoContent::default())
    }

    /// Make a share link
    ///
    /// A secret address at which anybody may follow the calendar in a calendar program, until it is
    /// taken back. The answer alone shows it. Owners of the calendar may.
    ///
    /// Errors: `calendar.too_many_share_links`, `platform.forbidden`.
    #[oai(path = "/v1/calendars/:calendarId/share-links", method = "post", operation_id = "createShareLink")]
    async fn create_link(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        form: Form<NewShareLink>,
    ) -> Outcome<Created<ShareLink>> {
        let form = form.accept()?;
        let detail = form.detail.map_or(LinkDetail::Full, LinkDetail::from);
        let name = form.name.map_or_else(|| LinkName::restore(String::new()), |name| name.0);
        let (link, secret) = self.links.create(&caller, id.0.0, detail, name).await?;
        let url = Some(format!("{}/v1/public/calendars/{secret}.ics", BaseUrl::of(request)));
        let path = format!("/v1/calendars/{}/share-links/{}", link.calendar, link.id);
        Ok(Created::new(path, ShareLink { url, token: Some(secret), ..link.into() }))
    }

    /// List the share links of a calendar
    ///
    /// Oldest first, without their addresses. Owners of the calendar may.
    ///
    /// Errors: `platform.forbidden`.
    #[oai(path = "/v1/calendars/:calendarId/share-links", method = "get", operation_id = "listShareLinks")]
    async fn links(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// How many at most, 1 to 100; 20 unless given.
        limit: Query<Option<i64>>,
        /// Where to go on: the `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<ShareLink>>> {
        let id = id.0.0;
        let pages = Pages::read(request, format!("links {id}"), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.links.list(&caller, id, &pages.request()).await?))
    }

    /// Take a share link back
    ///
    /// Whoever follows it finds nothing from then on. Owners of the calendar may.
    ///
    /// Errors: `platform.forbidden`.
    #[oai(
        path = "/v1/calendars/:calendarId/share-links/:linkId",
        method = "delete",
        operation_id = "deleteShareLink"
    )]
    async fn delete_link(
        &self,
        Auth(caller): Auth,
        /// The calendar.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
        /// The link.
        #[oai(name = "linkId")]
        link: Path<Ident<calendar::ShareLink>>,
    ) -> Outcome<NoContent> {
        self.links.delete(&caller, id.0.0, link.0.0).await?;
        Ok(NoContent::default())
    }

    /// Follow a shared calendar
    ///
    /// As an iCalendar file, with no login: the address is the secret. Ask with `If-None-Match`. The
    /// public and substitute holidays of Korea are no secret: anybody may subscribe to
    /// `korean-holidays.ics`.
    #[oai(path = "/v1/public/calendars/:token", method = "get", operation_id = "getSharedCalendar")]
    async fn feed(
        &self,
        /// The secret of the link with `.ics` behind it, or `korean-holidays.ics`.
        token: Path<String>,
    ) -> Outcome<CalendarDownload> {
        let unknown = || Problem::from(platform::NOT_FOUND);
        let secret = token.0.strip_suffix(".ics").ok_or_else(unknown)?;
        let feed =
            if secret == KOREAN_HOLIDAYS { self.holidays.feed() } else { self.links.feed(secret).await? };
        Ok(CalendarDownload { text: feed.text, tag: feed.tag })
    }
}
