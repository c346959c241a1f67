//! Who may enter a calendar, and how each of them sees it.

use std::{collections::HashMap, sync::Arc};

use madang_domain::{
    calendar::{
        Calendar, Color, MemberRole, Place,
        domain_events::{CalendarLeft, CalendarShared},
        errors,
    },
    shared::{Failure, Id, Page, PageRequest, UserId, platform},
};

use super::{
    policy,
    ports::{CalendarRepository, SharingRepository},
    queries::{CalendarQueries, MemberView, SharingQueries},
};
use crate::{
    identity::queries::{Need, Sight, UserQueries, UserSummary},
    shared::{Caller, Clock, Tx, UnitOfWork},
};

/// Most people who share one calendar.
const MOST_MEMBERS: i64 = 500;

/// What somebody changes of how they see a calendar; `Some(None)` goes back to what all see.
#[derive(Clone, Debug, Default)]
pub struct ViewChange {
    /// How they paint it.
    pub color: Option<Option<Color>>,
    /// Where it stands in their list.
    pub place: Option<Option<Place>>,
}

/// A member with name and picture.
#[derive(Clone, Debug)]
pub struct Member {
    /// Name and picture; `None` for somebody who is just leaving the service.
    pub user: Option<UserSummary>,
    /// The rest.
    pub member: MemberView,
}

/// The use cases of sharing.
pub struct MemberService {
    uow: Arc<UnitOfWork>,
    repository: Arc<dyn CalendarRepository>,
    sharing: Arc<dyn SharingRepository>,
    calendars: Arc<dyn CalendarQueries>,
    queries: Arc<dyn SharingQueries>,
    users: Arc<dyn UserQueries>,
    sight: Arc<dyn Sight>,
    clock: Arc<dyn Clock>,
}

impl MemberService {
    /// With its collaborators.
    #[expect(clippy::too_many_arguments, reason = "filled by the container, never by hand")]
    pub fn new(
        uow: Arc<UnitOfWork>,
        repository: Arc<dyn CalendarRepository>,
        sharing: Arc<dyn SharingRepository>,
        calendars: Arc<dyn CalendarQueries>,
        queries: Arc<dyn SharingQueries>,
        users: Arc<dyn UserQueries>,
        sight: Arc<dyn Sight>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, repository, sharing, calendars, queries, users, sight, clock }
    }

    /// Who is in a calendar, in the order they came. Readers and more may know.
    pub async fn list(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        page: &PageRequest,
    ) -> Result<Page<Member>, Failure> {
        let view = self.calendars.calendar(caller.user, calendar).await?;
        policy::may_know_members(calendar, view.map(|view| view.my_role))?;
        let page = self.queries.members(calendar, page).await?;
        let people: Vec<UserId> = page.items.iter().map(|member| member.user).collect();
        let faces = self.users.summaries(&people).await?;
        let mut faces: HashMap<UserId, UserSummary> = faces.into_iter().map(|face| (face.id, face)).collect();
        Ok(page.map(|member| Member { user: faces.remove(&member.user), member }))
    }

    /// Lets somebody in, or changes what they may do. An owner may; one who is left stays an owner.
    ///
    /// # Errors
    /// 403 and 404 as for [`policy`], 404 for people who are hidden from the caller, or from
    /// whoever owns it, and not in it already; `calendar.too_many_members`, `identity.profile_incomplete`.
    pub async fn put(
        &self,
        caller: &Caller,
        calendar: Id<Calendar>,
        user: UserId,
        role: MemberRole,
    ) -> Result<Member, Failure> {
        // Whoever is let in is told by whom.
        self.users.require(caller.user, Need::Nickname).await?;
        // Before the transaction: reading inside it would wait for it on a single connection.
        let exists = self.users.exists(user).await?;
        let owner = self.calendars.calendar(caller.user, calendar).await?.map(|view| view.owner);
        let mut hidden = false;
        for by in owner.filter(|owner| *owner != caller.user).into_iter().chain([caller.user]) {
            hidden |= !self.sight.out_of_sight(by, &[user]).await?.is_empty();
        }
        self.uow
            .run(async |tx| {
                let found = self.managed(tx, caller, calendar).await?;
                if !exists {
                    return Err(platform::NOT_FOUND.into());
                }
                let old = self.sharing.role_of(tx, calendar, user).await?;
                if old == Some(role) {
                    return Ok(());
                }
                match old {
                    None if hidden => return Err(platform::NOT_FOUND.into()),
                    None if self.sharing.count_members(tx, calendar).await? >= MOST_MEMBERS => {
                        return Err(errors::TOO_MANY_MEMBERS.with("max", MOST_MEMBERS).into());
                    }
                    Some(MemberRole::Owner) => self.let_go(tx, &found, user).await?,
                    _ => {}
                }
                self.sharing.put_member(tx, calendar, user, role, self.clock.now()).await?;
                let role = role.name().to_owned();
                tx.publish(&CalendarShared { calendar, with: user, by: caller.user, role })
            })
            .await?;
        let member = self.queries.member(calendar, user).await?.ok_or(platform::NOT_FOUND)?;
        Ok(Member { user: self.users.summaries(&[user]).await?.pop(), member })
    }

    /// Takes somebody out. An owner may, and everybody may leave; the last owner stays.
    pub async fn remove(&self, caller: &Caller, calendar: Id<Calendar>, user: UserId) -> Result<(), Failure> {
        self.uow
            .run(async |tx| {
                let found = self.repository.lock_calendar(tx, calendar, caller.user).await?;
                let (found, role) = found.ok_or(platform::NOT_FOUND)?;
                let role = policy::may_enter(role)?;
                if user != caller.user {
                    policy::may_manage(Some(role))?;
                }
                match self.sharing.role_of(tx, calendar, user).await? {
                    None => return Err(platform::NOT_FOUND.into()),
                    Some(MemberRole::Owner) => self.let_go(tx, &found, user).await?,
                    Some(_) => {}
                }
                self.sharing.delete_member(tx, calendar, user).await?;
                tx.publish(&CalendarLeft { calendar, user })
            })
            .await
    }

    /// Makes sure that the calendar has an owner when this one goes, and names them.
    async fn let_go(&self, tx: &mut Tx, calendar: &Calendar, user: UserId) -> Result<(), Failure> {
        let next = self.sharing.next_owner(tx, calendar.id, user).await?.ok_or(errors::LAST_OWNER)?;
        if calendar.owner != user {
            return Ok(());
        }
        if calendar.is_default {
            return Err(errors::LAST_OWNER.into());
        }
        Ok(self.sharing.hand_over(tx, calendar.id, next).await?)
    }

    async fn managed(&self, tx: &mut Tx, caller: &Caller, id: Id<Calendar>) -> Result<Calendar, Failure> {
        let found = self.repository.lock_calendar(tx, id, caller.user).await?;
        let (calendar, role) = found.ok_or(platform::NOT_FOUND)?;
        policy::may_manage(role)?;
        Ok(calendar)
    }
}
