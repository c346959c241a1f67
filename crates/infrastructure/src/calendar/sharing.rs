//! Members and share links in SQL.

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_application::{
    calendar::{
        ports::SharingRepository,
        queries::{MemberView, SharingQueries},
    },
    shared::Tx,
};
use madang_domain::{
    calendar::{Calendar, Color, LinkDetail, LinkName, MemberRole, Place, ShareLink},
    shared::{Id, Page, PageRequest, Position, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::queries::role_named;
use crate::{
    crypto::random_bytes,
    sql::{SqlStore, execute, row},
};

const LINK: &str = "SELECT id, calendar_id, detail, name, created_by, created_at FROM calendar_share_links";

#[derive(FromQueryResult)]
struct MemberRow {
    user_id: Uuid,
    role: String,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct RoleRow {
    role: String,
}

#[derive(FromQueryResult)]
struct UserRow {
    user_id: Uuid,
}

#[derive(FromQueryResult)]
struct CountRow {
    count: i64,
}

#[derive(FromQueryResult)]
struct LinkRow {
    id: Uuid,
    calendar_id: Uuid,
    detail: String,
    name: String,
    created_by: Uuid,
    created_at: i64,
}

/// SHA-256 is enough: 256 random bits cannot be tried out.
fn fingerprint(secret: &str) -> Value {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec().into()
}

fn place(page: &PageRequest) -> (i64, Uuid) {
    page.after.map_or((i64::MIN, Uuid::nil()), |after| (after.key, after.id))
}

async fn count(tx: &mut Tx, text: &str, calendar: Id<Calendar>) -> anyhow::Result<i64> {
    let found: Option<CountRow> = row(tx, text, [calendar.uuid().into()]).await?;
    Ok(found.map_or(0, |row| row.count))
}

#[async_trait]
impl SharingRepository for SqlStore {
    async fn role_of(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        user: UserId,
    ) -> anyhow::Result<Option<MemberRole>> {
        let text = "SELECT role FROM calendar_members WHERE calendar_id = $1 AND user_id = $2";
        let found: Option<RoleRow> = row(tx, text, [calendar.uuid().into(), user.uuid().into()]).await?;
        Ok(found.map(|row| role_named(&row.role)))
    }

    async fn put_member(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        user: UserId,
        role: MemberRole,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let text = "INSERT INTO calendar_members (calendar_id, user_id, role, created_at, sort_key) \
                    VALUES ($1, $2, $3, $4, $4) ON CONFLICT (calendar_id, user_id) DO UPDATE SET role = excluded.role";
        let values: [Value; 4] =
            [calendar.uuid().into(), user.uuid().into(), role.name().into(), now.micros().into()];
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn delete_member(&self, tx: &mut Tx, calendar: Id<Calendar>, user: UserId) -> anyhow::Result<()> {
        let text = "DELETE FROM calendar_members WHERE calendar_id = $1 AND user_id = $2";
        execute(tx, text, [calendar.uuid().into(), user.uuid().into()]).await?;
        Ok(())
    }

    async fn count_members(&self, tx: &mut Tx, calendar: Id<Calendar>) -> anyhow::Result<i64> {
        let text = "SELECT COUNT(*) AS count FROM calendar_members WHERE calendar_id = $1";
        count(tx, text, calendar).await
    }

    async fn next_owner(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        except: UserId,
    ) -> anyhow::Result<Option<UserId>> {
        let text = "SELECT user_id FROM calendar_members WHERE calendar_id = $1 AND role = 'owner' \
                    AND user_id <> $2 ORDER BY created_at, user_id LIMIT 1";
        let found: Option<UserRow> = row(tx, text, [calendar.uuid().into(), except.uuid().into()]).await?;
        Ok(found.map(|row| row.user_id.into()))
    }

    async fn hand_over(&self, tx: &mut Tx, calendar: Id<Calendar>, to: UserId) -> anyhow::Result<()> {
        let text = "UPDATE calendars SET owner_id = $1, version = version + 1 WHERE id = $2";
        execute(tx, text, [to.uuid().into(), calendar.uuid().into()]).await?;
        Ok(())
    }

    async fn set_view(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        user: UserId,
        color: Option<Option<&Color>>,
        place: Option<Option<Place>>,
    ) -> anyhow::Result<()> {
        let key: [Value; 2] = [calendar.uuid().into(), user.uuid().into()];
        if let Some(color) = color {
            let text = "UPDATE calendar_members SET color = $3 WHERE calendar_id = $1 AND user_id = $2";
            let color = color.map(|color| color.as_str().to_owned());
            execute(tx, text, key.clone().into_iter().chain([color.into()])).await?;
        }
        if let Some(place) = place {
            // Without a place of its own a calendar stands where it was when it became visible.
            let text = "UPDATE calendar_members SET sort_key = COALESCE($3, created_at) \
                        WHERE calendar_id = $1 AND user_id = $2";
            let place = place.map(|place| Place::sort_key(Some(place), Timestamp::from_micros(0)));
            execute(tx, text, key.into_iter().chain([place.into()])).await?;
        }
        Ok(())
    }

    fn fresh_secret(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<32>())
    }

    async fn insert_link(&self, tx: &mut Tx, link: &ShareLink, secret: &str) -> anyhow::Result<()> {
        let text = "INSERT INTO calendar_share_links (id, calendar_id, fingerprint, detail, name, created_by, \
                    created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values: [Value; 7] = [
            link.id.uuid().into(),
            link.calendar.uuid().into(),
            fingerprint(secret),
            link.detail.name().into(),
            link.name.as_str().into(),
            link.created_by.uuid().into(),
            link.created_at.micros().into(),
        ];
        execute(tx, text, values).await?;
        Ok(())
    }

    async fn count_links(&self, tx: &mut Tx, calendar: Id<Calendar>) -> anyhow::Result<i64> {
        let text = "SELECT COUNT(*) AS count FROM calendar_share_links WHERE calendar_id = $1";
        count(tx, text, calendar).await
    }

    async fn delete_link(
        &self,
        tx: &mut Tx,
        calendar: Id<Calendar>,
        link: Id<ShareLink>,
    ) -> anyhow::Result<bool> {
        let text = "DELETE FROM calendar_share_links WHERE id = $1 AND calendar_id = $2";
        Ok(execute(tx, text, [link.uuid().into(), calendar.uuid().into()]).await? > 0)
    }
}

#[async_trait]
impl SharingQueries for SqlStore {
    async fn members(&self, calendar: Id<Calendar>, page: &PageRequest) -> anyhow::Result<Page<MemberView>> {
        let (key, id) = place(page);
        let text = "SELECT user_id, role, created_at FROM calendar_members WHERE calendar_id = $1 \
                    AND (created_at > $2 OR (created_at = $2 AND user_id > $3)) \
                    ORDER BY created_at, user_id LIMIT $4";
        let values: [Value; 4] = [calendar.uuid().into(), key.into(), id.into(), page.fetch().into()];
        let found: Vec<MemberRow> = self.rows(text, values).await?;
        let page = Page::cut(found, page, |row| Position { key: row.created_at, id: row.user_id });
        Ok(page.map(MemberRow::view))
    }

    async fn member(&self, calendar: Id<Calendar>, user: UserId) -> anyhow::Result<Option<MemberView>> {
        let text =
            "SELECT user_id, role, created_at FROM calendar_members WHERE calendar_id = $1 AND user_id = $2";
        let found: Option<MemberRow> = self.row(text, [calendar.uuid().into(), user.uuid().into()]).await?;
        Ok(found.map(MemberRow::view))
    }

    async fn links(&self, calendar: Id<Calendar>, page: &PageRequest) -> anyhow::Result<Page<ShareLink>> {
        let (key, id) = place(page);
        let text = format!(
            "{LINK} WHERE calendar_id = $1 AND (created_at > $2 OR (created_at = $2 AND id > $3)) \
             ORDER BY created_at, id LIMIT $4"
        );
        let values: [Value; 4] = [calendar.uuid().into(), key.into(), id.into(), page.fetch().into()];
        let found: Vec<LinkRow> = self.rows(&text, values).await?;
        let page = Page::cut(found, page, |row| Position { key: row.created_at, id: row.id });
        Ok(page.map(LinkRow::link))
    }

    async fn link(&self, calendar: Id<Calendar>, link: Id<ShareLink>) -> anyhow::Result<Option<ShareLink>> {
        let text = format!("{LINK} WHERE calendar_id = $1 AND id = $2");
        let found: Option<LinkRow> = self.row(&text, [calendar.uuid().into(), link.uuid().into()]).await?;
        Ok(found.map(LinkRow::link))
    }

    async fn link_by_secret(&self, secret: &str) -> anyhow::Result<Option<ShareLink>> {
        let text = format!("{LINK} WHERE fingerprint = $1");
        let found: Option<LinkRow> = self.row(&text, [fingerprint(secret)]).await?;
        Ok(found.map(LinkRow::link))
    }
}

impl MemberRow {
    fn view(self) -> MemberView {
        MemberView {
            user: self.user_id.into(),
            role: role_named(&self.role),
            since: Timestamp::from_micros(self.created_at),
        }
    }
}

impl LinkRow {
    fn link(self) -> ShareLink {
        ShareLink {
            id: Id::new(self.id),
            calendar: Id::new(self.calendar_id),
            detail: LinkDetail::restore(&self.detail),
            name: LinkName::restore(self.name),
            created_by: self.created_by.into(),
            created_at: Timestamp::from_micros(self.created_at),
        }
    }
}
