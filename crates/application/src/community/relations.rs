//! Follow, unfollow, block, and the lists of people.

use std::sync::Arc;

use madang_domain::{
    community::{
        domain_events::{UserBlocked, UserFollowed},
        errors::{ALREADY_FOLLOWING, NOT_FOLLOWING, SELF_BLOCK, SELF_FOLLOW, SELF_MUTE},
    },
    shared::{Failure, Page, PageRequest, UserId, platform::NOT_FOUND},
};

use super::{CommunityQueries, RelationRepository};
use crate::{
    identity::queries::{Need, UserQueries, UserSummary},
    shared::{Caller, Clock, UnitOfWork},
};

/// Which list of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circle {
    /// Those who follow.
    Followers,
    /// Those who are followed.
    Following,
    /// Both.
    Friends,
}

/// What people are to each other.
pub struct RelationService {
    uow: Arc<UnitOfWork>,
    relations: Arc<dyn RelationRepository>,
    queries: Arc<dyn CommunityQueries>,
    users: Arc<dyn UserQueries>,
    clock: Arc<dyn Clock>,
}

impl RelationService {
    /// From its ports.
    pub fn new(
        uow: Arc<UnitOfWork>,
        relations: Arc<dyn RelationRepository>,
        queries: Arc<dyn CommunityQueries>,
        users: Arc<dyn UserQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { uow, relations, queries, users, clock }
    }

    /// Follows somebody.
    ///
    /// # Errors
    /// `community.self_follow`, `community.already_following`, `identity.profile_incomplete`; 404 for
    /// nobody and for people hidden from the caller.
    pub async fn follow(&self, caller: &Caller, followee: UserId) -> Result<(), Failure> {
        if caller.user == followee {
            return Err(SELF_FOLLOW.into());
        }
        self.users.require(caller.user, Need::Nickname).await?;
        self.visible(caller, followee).await?;
        self.uow
            .run(async |tx| {
                // Somebody may have blocked the other just now.
                if self.relations.blocked_between(tx, caller.user, followee).await? {
                    return Err(NOT_FOUND.into());
                }
                if !self.relations.follow(tx, caller.user, followee, self.clock.now()).await? {
                    return Err(ALREADY_FOLLOWING.into());
                }
                tx.publish(&UserFollowed { follower: caller.user, followee })
            })
            .await
    }

    /// Stops following somebody.
    ///
    /// # Errors
    /// `community.self_follow`, `community.not_following`; 404 for nobody.
    pub async fn unfollow(&self, caller: &Caller, followee: UserId) -> Result<(), Failure> {
        if caller.user == followee {
            return Err(SELF_FOLLOW.into());
        }
        self.known(followee).await?;
        self.uow
            .run(async |tx| match self.relations.unfollow(tx, caller.user, followee).await? {
                true => Ok(()),
                false => Err(NOT_FOLLOWING.into()),
            })
            .await
    }

    /// Blocks somebody: neither sees the other from now on, and neither follows the other.
    ///
    /// # Errors
    /// `community.self_block`; 404 for nobody.
    pub async fn block(&self, caller: &Caller, blocked: UserId) -> Result<(), Failure> {
        if caller.user == blocked {
            return Err(SELF_BLOCK.into());
        }
        self.known(blocked).await?;
        self.uow
            .run(async |tx| {
                self.relations.block(tx, caller.user, blocked, self.clock.now()).await?;
                tx.publish(&UserBlocked { blocker: caller.user, blocked })
            })
            .await
    }

    /// Unblocks somebody.
    ///
    /// # Errors
    /// 404 for nobody.
    pub async fn unblock(&self, caller: &Caller, blocked: UserId) -> Result<(), Failure> {
        self.known(blocked).await?;
        self.uow.run(async |tx| Ok(self.relations.unblock(tx, caller.user, blocked).await?)).await
    }

    /// Mutes somebody: what they write comes no longer by itself, and they do not learn of it.
    ///
    /// # Errors
    /// `community.self_mute`; 404 for nobody and for people hidden from the caller.
    pub async fn mute(&self, caller: &Caller, muted: UserId) -> Result<(), Failure> {
        if caller.user == muted {
            return Err(SELF_MUTE.into());
        }
        self.visible(caller, muted).await?;
        self.uow
            .run(async |tx| Ok(self.relations.mute(tx, caller.user, muted, self.clock.now()).await?))
            .await
    }

    /// Unmutes somebody.
    ///
    /// # Errors
    /// 404 for nobody.
    pub async fn unmute(&self, caller: &Caller, muted: UserId) -> Result<(), Failure> {
        self.known(muted).await?;
        self.uow.run(async |tx| Ok(self.relations.unmute(tx, caller.user, muted).await?)).await
    }

    /// A list of people.
    ///
    /// # Errors
    /// 404 for nobody and for people hidden from the caller.
    pub async fn circle(
        &self,
        caller: &Caller,
        of: UserId,
        circle: Circle,
        page: &PageRequest,
    ) -> Result<Page<UserSummary>, Failure> {
        self.visible(caller, of).await?;
        let people = match circle {
            Circle::Followers => self.queries.followers(caller.user, of, page).await?,
            Circle::Following => self.queries.following(caller.user, of, page).await?,
            Circle::Friends => self.queries.friends(caller.user, of, page).await?,
        };
        Ok(named(&*self.users, people).await?)
    }

    /// Refuses people who do not exist or are hidden from the caller.
    ///
    /// # Errors
    /// 404.
    pub async fn visible(&self, caller: &Caller, user: UserId) -> Result<(), Failure> {
        self.known(user).await?;
        let hidden = self.queries.hidden_among(caller.user, &[user]).await?;
        if hidden.is_empty() { Ok(()) } else { Err(NOT_FOUND.into()) }
    }

    async fn known(&self, user: UserId) -> Result<(), Failure> {
        if self.users.exists(user).await? { Ok(()) } else { Err(NOT_FOUND.into()) }
    }
}

/// The summaries of people, in the order of their ids. Who left in the meantime is left out.
pub(super) async fn named(
    users: &dyn UserQueries,
    people: Page<UserId>,
) -> anyhow::Result<Page<UserSummary>> {
    let summaries = users.summaries(&people.items).await?;
    let items =
        people.items.iter().filter_map(|id| summaries.iter().find(|summary| summary.id == *id).cloned());
    Ok(Page { items: items.collect(), next: people.next })
}
