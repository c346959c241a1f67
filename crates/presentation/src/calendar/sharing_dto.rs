//! Members and share links, as JSON.

use madang_application::calendar::members::Member;
use madang_domain::{
    calendar::{self, LinkName},
    shared::{Id, id::User},
};
use poem_openapi::{Enum, Object};
use serde::Serialize;

use super::dto::CalendarRole;
use crate::{
    http::{Field, Ident, Instant},
    identity::UserSummary,
};

/// Somebody who may enter a calendar.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct CalendarMember {
    /// Who.
    pub user_id: Ident<User>,
    /// Name and picture; null for somebody who withdrew.
    pub user: Option<UserSummary>,
    /// What they may do.
    pub role: CalendarRole,
    /// Since when they are in.
    pub created_at: Instant,
}

/// What somebody may do in a calendar from now on.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct CalendarMembership {
    /// What they may do.
    pub role: CalendarRole,
}

/// How much a share link tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum ShareDetail {
    /// When there is something, not what.
    FreeBusy,
    /// What a reader sees.
    Full,
}

/// A new share link.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NewShareLink {
    /// How much it tells; `full` if left out.
    pub detail: Option<ShareDetail>,
    /// What it is for, so that its owner knows which one to take back.
    pub name: Option<Field<LinkName>>,
}

/// A secret address of a calendar.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct ShareLink {
    /// Its id, with which it is taken back.
    pub id: Ident<calendar::ShareLink>,
    /// The calendar.
    pub calendar_id: Ident<calendar::Calendar>,
    /// How much it tells.
    pub detail: ShareDetail,
    /// What it is for.
    pub name: Option<String>,
    /// The address for calendar programs. Shown once, when the link is made: it is kept nowhere.
    pub url: Option<String>,
    /// The secret in that address. Shown once as well.
    pub token: Option<String>,
    /// Who made it.
    pub created_by: Ident<User>,
    /// When.
    pub created_at: Instant,
}

impl From<Member> for CalendarMember {
    fn from(member: Member) -> Self {
        Self {
            user_id: Id::<User>::new(member.member.user.uuid()).into(),
            user: member.user.map(UserSummary::from),
            role: member.member.role.into(),
            created_at: member.member.since.into(),
        }
    }
}

impl From<CalendarRole> for calendar::MemberRole {
    fn from(role: CalendarRole) -> Self {
        match role {
            CalendarRole::FreeBusy => Self::FreeBusy,
            CalendarRole::Reader => Self::Reader,
            CalendarRole::Writer => Self::Writer,
            CalendarRole::Owner => Self::Owner,
        }
    }
}

impl From<ShareDetail> for calendar::LinkDetail {
    fn from(detail: ShareDetail) -> Self {
        match detail {
            ShareDetail::FreeBusy => Self::FreeBusy,
            ShareDetail::Full => Self::Full,
        }
    }
}

impl From<calendar::ShareLink> for ShareLink {
    fn from(link: calendar::ShareLink) -> Self {
        let detail = match link.detail {
            calendar::LinkDetail::FreeBusy => ShareDetail::FreeBusy,
            calendar::LinkDetail::Full => ShareDetail::Full,
        };
        Self {
            id: link.id.into(),
            calendar_id: link.calendar.into(),
            detail,
            name: Some(link.name.to_string()).filter(|name| !name.is_empty()),
            url: None,
            token: None,
            created_by: Id::<User>::new(link.created_by.uuid()).into(),
            created_at: link.created_at.into(),
        }
    }
}
