//! Sync tokens: how far a client has followed the changes of a calendar.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use madang_domain::{
    calendar::{Calendar, errors},
    shared::{Failure, Id},
};

/// The form of the bytes; another one would be stale.
const VERSION: u8 = 1;

/// The token that stands behind the change `rev`.
pub(super) fn write(calendar: Id<Calendar>, rev: i64) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(calendar.uuid().as_bytes());
    bytes.extend(rev.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The change a token stands behind; 0 without one.
///
/// # Errors
/// `calendar.sync_token_stale` for what is not a token of this calendar: who has one must start
/// again, whatever the reason.
pub(super) fn read(calendar: Id<Calendar>, token: Option<&str>) -> Result<i64, Failure> {
    let Some(token) = token else { return Ok(0) };
    let stale = || Failure::from(errors::SYNC_TOKEN_STALE);
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| stale())?;
    let (head, rev) = bytes.split_at_checked(17).ok_or_else(stale)?;
    let rev = i64::from_be_bytes(rev.try_into().map_err(|_| stale())?);
    let ours = head[0] == VERSION && head[1..] == calendar.uuid().as_bytes()[..];
    if ours && rev >= 0 { Ok(rev) } else { Err(stale()) }
}
