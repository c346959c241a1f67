//! Tag `Chat`: rooms, and who is in them.

use std::sync::Arc;

use madang_application::chat::RoomService;
use madang_domain::{chat, shared::id::User};
use poem::{IntoResponse, Request, Response};
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
    registry::{MetaResponses, Registry},
};

use super::{
    Tag,
    dto::{Member, OpenRoom, Room},
};
use crate::http::{Answer, Auth, Created, Form, Ident, Listing, NoContent, Outcome, Pages};

/// Rooms.
pub struct RoomsApi {
    service: Arc<RoomService>,
}

impl RoomsApi {
    /// Wires it.
    pub fn new(service: Arc<RoomService>) -> Self {
        Self { service }
    }
}

/// 201 with a new room, 200 with the one there was.
enum Opened {
    New(Created<Room>),
    Known(Answer<Room>),
}

impl IntoResponse for Opened {
    fn into_response(self) -> Response {
        match self {
            Self::New(room) => room.into_response(),
            Self::Known(room) => room.into_response(),
        }
    }
}

impl ApiResponse for Opened {
    fn meta() -> MetaResponses {
        let mut meta = Created::<Room>::meta();
        meta.responses.extend(Answer::<Room>::meta().responses);
        meta
    }

    fn register(registry: &mut Registry) {
        Created::<Room>::register(registry);
    }
}

#[OpenApi(tag = "Tag::Chat")]
impl RoomsApi {
    /// List the caller's rooms
    ///
    /// All of them, the one with the latest message first; or those with unread messages, the one
    /// that waits longest first.
    #[oai(path = "/v1/rooms", method = "get", operation_id = "listRooms")]
    async fn list(
        &self,
        request: &Request,
        auth: Auth,
        /// Only those with unread messages.
        unread: Query<Option<bool>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Room>>> {
        let unread = unread.0.unwrap_or(false);
        let pages = Pages::read(request, format!("rooms {} {unread}", auth.0.user), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.list(&auth.0, unread, &pages.request()).await?))
    }

    /// Open a room
    ///
    /// There is one room per pair of people and one per event; opening it again answers the one
    /// there is. Opening the room of an event enters it. Whoever may see the event no longer is not
    /// in its room any more; when it is deleted, that is everybody.
    ///
    /// Errors: `chat.unknown_user`, `chat.oneself`, `chat.whom_or_what`, `chat.room_full`,
    /// `platform.not_found`, `identity.profile_incomplete`.
    #[oai(path = "/v1/rooms", method = "post", operation_id = "openRoom")]
    async fn open(&self, auth: Auth, form: Form<OpenRoom>) -> Outcome<Opened> {
        let open = form.accept_with(OpenRoom::whom_or_what)?.into();
        let (room, new) = self.service.open(&auth.0, open).await?;
        let location = format!("/v1/rooms/{}", room.row.id);
        Ok(if new {
            Opened::New(Created::new(location, room.into()))
        } else {
            Opened::Known(Answer::new(room.into()))
        })
    }

    /// Read a room
    ///
    /// Errors: `chat.not_a_member`.
    #[oai(path = "/v1/rooms/:roomId", method = "get", operation_id = "getRoom")]
    async fn show(
        &self,
        auth: Auth,
        /// The room.
        #[oai(name = "roomId")]
        room: Path<Ident<chat::Room>>,
    ) -> Outcome<Answer<Room>> {
        Ok(Answer::new(self.service.room(&auth.0, room.0.0).await?.into()))
    }

    /// List who is in a room
    ///
    /// The first to come first; each with how far they read.
    ///
    /// Errors: `chat.not_a_member`.
    #[oai(path = "/v1/rooms/:roomId/members", method = "get", operation_id = "listRoomMembers")]
    async fn members(
        &self,
        request: &Request,
        auth: Auth,
        /// The room.
        #[oai(name = "roomId")]
        room: Path<Ident<chat::Room>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<Member>>> {
        let pages = Pages::read(request, format!("members {}", room.0.0), limit.0, cursor.0, 20)?;
        Ok(pages.answer(self.service.members(&auth.0, room.0.0, &pages.request()).await?))
    }

    /// Bring somebody into a group
    ///
    /// Again changes nothing.
    ///
    /// Errors: `chat.not_a_member`, `chat.fixed_members`, `chat.room_full`, `identity.profile_incomplete`.
    #[oai(path = "/v1/rooms/:roomId/members/:userId", method = "put", operation_id = "addRoomMember")]
    async fn add_member(
        &self,
        auth: Auth,
        /// The room.
        #[oai(name = "roomId")]
        room: Path<Ident<chat::Room>>,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.service.add_member(&auth.0, room.0.0, user.0.0).await?;
        Ok(NoContent::default())
    }

    /// Leave a room, or send somebody out of it
    ///
    /// Everybody may leave a group or the room of an event; whoever opened it may send others out.
    /// Again changes nothing.
    ///
    /// Errors: `chat.not_a_member`, `chat.fixed_members`, `chat.not_the_opener`.
    #[oai(path = "/v1/rooms/:roomId/members/:userId", method = "delete", operation_id = "removeRoomMember")]
    async fn remove_member(
        &self,
        auth: Auth,
        /// The room.
        #[oai(name = "roomId")]
        room: Path<Ident<chat::Room>>,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<NoContent> {
        self.service.remove_member(&auth.0, room.0.0, user.0.0).await?;
        Ok(NoContent::default())
    }
}
