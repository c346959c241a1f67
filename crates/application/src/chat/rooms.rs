//! Opening rooms, and who is in them.

use std::sync::Arc;

use madang_domain::{
    chat::{
        MAX_MEMBERS, Room, RoomId, RoomKind, RoomTitle,
        errors::{FIXED_MEMBERS, NOT_A_MEMBER, NOT_THE_OPENER, ONESELF, ROOM_FULL, UNKNOWN_USER},
    },
    shared::{Failure, Page, PageRequest, UserId, platform::NOT_FOUND},
};
use uuid::Uuid;

use super::{ChatQueries, Faces, Member, Ring, RoomBell, RoomRepository, RoomRow, RoomState, RoomView};
use crate::{
    calendar::queries::CalendarQueries,
    shared::{Audience, Caller, Clock, Tx, UnitOfWork, new_id},
};

/// Which room to open.
#[derive(Clone, Debug)]
pub enum Open {
    /// With one person and no title the room of the two, else a new group.
    People {
        /// The others.
        users: Vec<UserId>,
        /// What it is called.
        title: Option<RoomTitle>,
    },
    /// The room of an event.
    Event(Uuid),
}

/// Rooms.
pub struct RoomService {
    uow: Arc<UnitOfWork>,
    rooms: Arc<dyn RoomRepository>,
    queries: Arc<dyn ChatQueries>,
    events: Arc<dyn CalendarQueries>,
    faces: Arc<Faces>,
    bell: Arc<RoomBell>,
    clock: Arc<dyn Clock>,
}

impl RoomService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        rooms: Arc<dyn RoomRepository>,
        queries: Arc<dyn ChatQueries>,
        events: Arc<dyn CalendarQueries>,
        faces: Arc<Faces>,
        bell: Arc<RoomBell>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, rooms, queries, events, faces, bell, clock }
    }

    /// The caller's rooms: all, the latest first, or those with unread messages, the one that
    /// waits longest first.
    ///
    /// # Errors
    /// Only outages.
    pub async fn list(
        &self,
        caller: &Caller,
        unread: bool,
        page: &PageRequest,
    ) -> Result<Page<RoomView>, Failure> {
        let page = self.queries.rooms(caller.user, unread, page).await?;
        Ok(Page { items: self.complete(caller, page.items).await?, next: page.next })
    }

    /// One room.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`.
    pub async fn room(&self, caller: &Caller, room: RoomId) -> Result<RoomView, Failure> {
        self.member(caller, room).await?;
        let row = self.queries.room(caller.user, room).await?.ok_or(NOT_A_MEMBER)?;
        self.complete(caller, vec![row]).await?.pop().ok_or_else(|| NOT_FOUND.into())
    }

    /// Opens a room, or answers the one there is; says whether it is new.
    ///
    /// # Errors
    /// 422 for people the caller cannot talk to, 404 for an event the caller cannot see;
    /// `chat.room_full`, `identity.profile_incomplete`.
    pub async fn open(&self, caller: &Caller, open: Open) -> Result<(RoomView, bool), Failure> {
        self.faces.may_be_shown(caller.user).await?;
        let (id, me, now) = (new_id(), caller.user, self.clock.now());
        let (room, members) = match open {
            Open::Event(event) => {
                self.check_event(caller, event).await?;
                (Room::event(id, me, event, now), vec![me])
            }
            Open::People { mut users, title } => {
                self.check_people(caller, &users).await?;
                users.sort();
                users.dedup();
                let room = match (&users[..], title) {
                    ([other], None) => Room::direct(id, me, *other, now),
                    (_, title) => Room::group(id, me, title, now),
                };
                (room, [&[me], &users[..]].concat())
            }
        };
        let opened = self
            .uow
            .run_once(caller.origin.once.as_ref(), async |tx| {
                let (id, fresh) = self.rooms.open(tx, &room).await?;
                self.enter(tx, id, &members).await?;
                Ok((id, fresh))
            })
            .await?;
        Ok((self.room(caller, opened.0).await?, opened.1))
    }

    /// Who is in a room, the first to come first.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`.
    pub async fn members(
        &self,
        caller: &Caller,
        room: RoomId,
        page: &PageRequest,
    ) -> Result<Page<Member>, Failure> {
        self.member(caller, room).await?;
        let page = self.queries.members(room, page).await?;
        let faces = self.faces.of(page.items.iter().map(|member| member.user)).await?;
        let items = page.items.into_iter().filter_map(|member| {
            let user = faces.get(&member.user)?.clone();
            Some(Member { user, read_seq: member.read_seq, joined_at: member.joined_at })
        });
        Ok(Page { items: items.collect(), next: page.next })
    }

    /// Brings somebody into a group; again changes nothing.
    ///
    /// # Errors
    /// 404 for no room and for people the caller cannot talk to, `chat.not_a_member`,
    /// `chat.fixed_members`, `chat.room_full`, `identity.profile_incomplete`.
    pub async fn add_member(&self, caller: &Caller, room: RoomId, user: UserId) -> Result<(), Failure> {
        self.faces.may_be_shown(caller.user).await?;
        self.member(caller, room).await?;
        if user != caller.user && self.queries.reachable(caller.user, &[user]).await?.is_empty() {
            return Err(NOT_FOUND.into());
        }
        self.uow
            .run(async |tx| {
                if self.locked(tx, caller, room).await?.kind != RoomKind::GROUP {
                    return Err(FIXED_MEMBERS.into());
                }
                self.enter(tx, room, &[user]).await
            })
            .await
    }

    /// Leaves a room, or sends somebody out of it; again changes nothing.
    ///
    /// # Errors
    /// 404 for no room, `chat.not_a_member`, `chat.fixed_members`, `chat.not_the_opener`.
    pub async fn remove_member(&self, caller: &Caller, room: RoomId, user: UserId) -> Result<(), Failure> {
        let left = self
            .uow
            .run(async |tx| {
                let state = self.locked(tx, caller, room).await?;
                if !state.kind.may_be_left() {
                    return Err(FIXED_MEMBERS.into());
                }
                if user != caller.user && state.opened_by != Some(caller.user) {
                    return Err(NOT_THE_OPENER.into());
                }
                Ok(self.rooms.leave(tx, room, user, self.clock.now()).await?)
            })
            .await?;
        if left {
            self.bell.ring(&Ring::Left { room, user }).await;
        }
        Ok(())
    }

    async fn member(&self, caller: &Caller, room: RoomId) -> Result<(), Failure> {
        let standing = self.queries.standing(caller.user, room).await?.ok_or(NOT_FOUND)?;
        if standing.member { Ok(()) } else { Err(NOT_A_MEMBER.into()) }
    }

    async fn locked(&self, tx: &mut Tx, caller: &Caller, room: RoomId) -> Result<RoomState, Failure> {
        let state = self.rooms.lock(tx, room).await?.ok_or(NOT_FOUND)?;
        let member = self.rooms.is_member(tx, room, caller.user).await?;
        if member { Ok(state) } else { Err(NOT_A_MEMBER.into()) }
    }

    async fn enter(&self, tx: &mut Tx, room: RoomId, users: &[UserId]) -> Result<(), Failure> {
        self.rooms.enter(tx, room, users, self.clock.now()).await?;
        let state = self.rooms.lock(tx, room).await?.ok_or(NOT_FOUND)?;
        if state.member_count > MAX_MEMBERS { Err(ROOM_FULL.with("max", MAX_MEMBERS).into()) } else { Ok(()) }
    }

    async fn check_event(&self, caller: &Caller, event: Uuid) -> Result<(), Failure> {
        let seen = self.events.events_visible_to(caller.user, &[event.into()]).await?;
        if seen.is_empty() { Err(NOT_FOUND.into()) } else { Ok(()) }
    }

    async fn check_people(&self, caller: &Caller, users: &[UserId]) -> Result<(), Failure> {
        let reachable = self.queries.reachable(caller.user, users).await?;
        let errors = users.iter().enumerate().filter_map(|(place, user)| {
            let code = if *user == caller.user {
                ONESELF
            } else if reachable.contains(user) {
                return None;
            } else {
                UNKNOWN_USER
            };
            Some(code.at(format!("/userIds/{place}")))
        });
        let errors: Vec<_> = errors.collect();
        if errors.is_empty() { Ok(()) } else { Err(Failure::fields(errors)) }
    }

    /// Adds names and pictures: no more queries for a long page than for a short one.
    async fn complete(&self, caller: &Caller, rows: Vec<RoomRow>) -> Result<Vec<RoomView>, Failure> {
        let faces = self.faces.of(rows.iter().filter_map(|row| row.peer).collect::<Vec<_>>()).await?;
        let newest = rows.iter().filter_map(|row| row.last_message.clone()).collect();
        let mut newest = self.faces.beside(newest, Audience::Person(caller.user)).await?.into_iter();
        let views = rows.into_iter().map(|row| RoomView {
            peer: row.peer.and_then(|peer| faces.get(&peer).cloned()),
            last: row.last_message.as_ref().and_then(|_| newest.next()),
            row,
        });
        Ok(views.collect())
    }
}
