//! Tag `Calendars`: the calendars of the service itself.

use std::sync::Arc;

use madang_application::calendar::SystemCalendarService;
use madang_domain::calendar;
use poem_openapi::{OpenApi, param::Path};

use super::{
    Tag,
    dto::{Calendar, SystemCalendar},
};
use crate::http::{Answer, Auth, Ident, Listing, NoContent, Outcome};

/// Operations on calendars that everybody may subscribe to.
pub struct SystemCalendarsApi {
    calendars: Arc<SystemCalendarService>,
}

impl SystemCalendarsApi {
    /// Wires it.
    pub fn new(calendars: Arc<SystemCalendarService>) -> Self {
        Self { calendars }
    }
}

#[OpenApi(tag = "Tag::Calendars")]
impl SystemCalendarsApi {
    /// List the calendars to subscribe to
    ///
    /// Calendars of the service itself: the public and substitute holidays of Korea. Nobody may change
    /// them.
    #[oai(path = "/v1/system-calendars", method = "get", operation_id = "listSystemCalendars")]
    async fn list(&self, Auth(caller): Auth) -> Outcome<Answer<Listing<SystemCalendar>>> {
        let items = self.calendars.list(&caller).await?.into_iter().map(SystemCalendar::from).collect();
        Ok(Answer::new(Listing { items, next_cursor: None }))
    }

    /// Subscribe to a calendar of the service
    ///
    /// From then on it is in the caller's list, with the role `reader`, and its events are found with
    /// the others. Again changes nothing.
    #[oai(
        path = "/v1/calendars/:calendarId/subscription",
        method = "put",
        operation_id = "subscribeToCalendar"
    )]
    async fn subscribe(
        &self,
        Auth(caller): Auth,
        /// One of `/v1/system-calendars`.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
    ) -> Outcome<Answer<Calendar>> {
        Ok(Answer::new(self.calendars.subscribe(&caller, id.0.0).await?.into()))
    }

    /// Unsubscribe from a calendar of the service
    ///
    /// Again changes nothing.
    #[oai(
        path = "/v1/calendars/:calendarId/subscription",
        method = "delete",
        operation_id = "unsubscribeFromCalendar"
    )]
    async fn unsubscribe(
        &self,
        Auth(caller): Auth,
        /// One of `/v1/system-calendars`.
        #[oai(name = "calendarId")]
        id: Path<Ident<calendar::Calendar>>,
    ) -> Outcome<NoContent> {
        self.calendars.unsubscribe(&caller, id.0.0).await?;
        Ok(NoContent::default())
    }
}
