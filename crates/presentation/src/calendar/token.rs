//! Sync tokens: how far a client has followed the changes of a calendar, and with whose eyes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use madang_application::calendar::Since;
use madang_domain::{
    calendar::{Calendar, MemberRole, errors},
    shared::{Failure, Id},
};

/// The form of the bytes.
const VERSION: u8 = 3;

/// The form before, which does not say what may be gone unheard; others are stale.
const BEFORE: u8 = 2;

/// The token that stands behind a change.
pub(super) fn write(calendar: Id<Calendar>, upto: Since) -> String {
    let role = MemberRole::ALL.into_iter().zip(0_u8..).find(|(role, _)| *role == upto.role);
    let mut bytes = vec![VERSION, role.map_or(0, |(_, index)| index)];
    bytes.extend(calendar.uuid().as_bytes());
    bytes.extend(upto.rev.to_be_bytes());
    bytes.extend(upto.gone.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a token stands behind; `None` without one.
///
/// # Errors
/// `calendar.sync_token_stale` for what is not a token of this calendar: who has one must start
/// again, whatever the reason.
pub(super) fn read(calendar: Id<Calendar>, token: Option<&str>) -> Result<Option<Since>, Failure> {
    let Some(token) = token else { return Ok(None) };
    let stale = || Failure::from(errors::SYNC_TOKEN_STALE);
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| stale())?;
    let (head, places) = bytes.split_at_checked(18).ok_or_else(stale)?;
    let (rev, gone) = places.split_at_checked(8).ok_or_else(stale)?;
    let place = |bytes: &[u8]| Some(i64::from_be_bytes(bytes.try_into().ok()?));
    let rev = place(rev).ok_or_else(stale)?;
    let gone = match head[0] {
        VERSION => place(gone).ok_or_else(stale)?,
        BEFORE if gone.is_empty() => rev,
        _ => return Err(stale()),
    };
    let role = MemberRole::ALL.get(usize::from(head[1])).copied().ok_or_else(stale)?;
    let ours = head[2..] == calendar.uuid().as_bytes()[..];
    if ours && rev >= 0 && gone >= 0 { Ok(Some(Since { role, rev, gone })) } else { Err(stale()) }
}
