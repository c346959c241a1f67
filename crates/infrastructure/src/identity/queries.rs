//! What is read about people and their logins.

use std::fmt::Write;

use async_trait::async_trait;
use madang_application::{
    identity::{AccountQueries, AccountView, PublicProfile, SessionView, UserQueries, UserSummary},
    shared::PICTURES_PATH,
};
use madang_domain::{
    identity::{
        Nickname,
        completion::Completion,
        nickname::{fold, grams_within},
    },
    shared::{Id, Page, PageRequest, Position, Text, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{
    accounts::LOCAL,
    rows::{ACCOUNT, AccountRow},
};
use crate::sql::{SqlStore, dialect};

#[derive(FromQueryResult)]
struct SummaryRow {
    id: Uuid,
    nickname: String,
    display_name: Option<String>,
    avatar_name: Option<String>,
}

impl From<SummaryRow> for UserSummary {
    fn from(row: SummaryRow) -> Self {
        Self {
            id: Id::new(row.id),
            nickname: row.nickname,
            display_name: row.display_name,
            avatar_url: row.avatar_name.map(address),
        }
    }
}

/// Where a picture is that everybody may see.
fn address(name: String) -> String {
    format!("{PICTURES_PATH}{name}")
}

#[derive(FromQueryResult)]
struct ProfileRow {
    id: Uuid,
    nickname: String,
    display_name: Option<String>,
    avatar_name: Option<String>,
    bio: Option<String>,
    region: Option<String>,
    created_at: i64,
}

const PROFILE: &str = "SELECT u.id, n.nickname, i.display_name, i.avatar_name, i.bio, i.region, u.created_at FROM users u \
     JOIN nicknames n ON n.user_id = u.id JOIN user_info i ON i.user_id = u.id";

impl From<ProfileRow> for PublicProfile {
    fn from(row: ProfileRow) -> Self {
        let summary = SummaryRow {
            id: row.id,
            nickname: row.nickname,
            display_name: row.display_name,
            avatar_name: row.avatar_name,
        };
        Self {
            user: summary.into(),
            bio: row.bio,
            region: row.region,
            created_at: Timestamp::from_micros(row.created_at),
        }
    }
}

#[async_trait]
impl UserQueries for SqlStore {
    async fn summaries(&self, users: &[UserId]) -> anyhow::Result<Vec<UserSummary>> {
        let text = format!(
            "SELECT n.user_id AS id, n.nickname, i.display_name, i.avatar_name FROM {} w \
             CROSS JOIN nicknames n JOIN user_info i ON i.user_id = n.user_id WHERE n.user_id = w.id",
            dialect::ids(self.writer(), "$1")
        );
        let mut wanted: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let found: Vec<SummaryRow> = self.rows(&text, [dialect::list(wanted)]).await?;
        Ok(found.into_iter().map(UserSummary::from).collect())
    }

    async fn exists(&self, user: UserId) -> anyhow::Result<bool> {
        #[derive(FromQueryResult)]
        struct Row {
            #[expect(dead_code, reason = "its being there is the answer")]
            id: Uuid,
        }
        let text = "SELECT id FROM users WHERE id = $1";
        Ok(self.row::<Row>(text, [user.uuid().into()]).await?.is_some())
    }

    async fn public_profile(&self, user: UserId) -> anyhow::Result<Option<PublicProfile>> {
        let text = format!("{PROFILE} WHERE u.id = $1");
        Ok(self.row::<ProfileRow>(&text, [user.uuid().into()]).await?.map(PublicProfile::from))
    }

    async fn public_profile_by_nickname(&self, nickname: &str) -> anyhow::Result<Option<PublicProfile>> {
        let text = format!("{PROFILE} WHERE n.normal = $1");
        Ok(self.row::<ProfileRow>(&text, [fold(nickname).into()]).await?.map(PublicProfile::from))
    }

    async fn completion(&self, user: UserId) -> anyhow::Result<Option<Completion>> {
        #[derive(FromQueryResult)]
        struct Row {
            provider: String,
            address: Option<String>,
        }
        let text = "SELECT u.provider, i.address FROM users u JOIN user_info i ON i.user_id = u.id \
                    WHERE u.id = $1";
        let found: Option<Row> = self.row(text, [user.uuid().into()]).await?;
        Ok(found.map(|row| Completion {
            chose_nickname: row.provider == LOCAL,
            has_address: row.address.is_some(),
        }))
    }

    async fn search(&self, part: &str, request: &PageRequest) -> anyhow::Result<Page<PublicProfile>> {
        let part = fold(part);
        let mut grams = grams_within(&part).into_iter();
        let Some(first) = grams.next().filter(|_| part.chars().count() <= Nickname::MAX) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut values: Vec<Value> =
            vec![format!("%{}%", literally(&part)).into(), request.fetch().into(), first.into()];
        let mut conditions = String::new();
        for gram in grams {
            values.push(gram.into());
            let _ = write!(
                conditions,
                " AND EXISTS (SELECT 1 FROM nickname_grams o WHERE o.gram = ${} \
                 AND o.created_at = g.created_at AND o.user_id = g.user_id)",
                values.len()
            );
        }
        if let Some(Position { key, id }) = request.after {
            let place = values.len();
            values.extend([key.into(), id.into()]);
            let _ = write!(conditions, " AND (g.created_at, g.user_id) < (${}, ${})", place + 1, place + 2);
        }
        let text = format!(
            "{PROFILE} JOIN nickname_grams g ON g.user_id = u.id WHERE g.gram = $3 \
             AND n.normal LIKE $1 ESCAPE '!'{conditions} ORDER BY g.created_at DESC, g.user_id DESC LIMIT $2"
        );
        let rows: Vec<ProfileRow> = self.rows(&text, values).await?;
        let page = Page::cut(rows, request, |row| Position { key: row.created_at, id: row.id });
        Ok(page.map(PublicProfile::from))
    }
}

/// The text with nothing in it that means something to `LIKE … ESCAPE '!'`.
pub(super) fn literally(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

#[derive(FromQueryResult)]
struct SessionRow {
    id: Uuid,
    user_agent: Option<String>,
    address: String,
    created_at: i64,
    rotated_at: i64,
}

#[async_trait]
impl AccountQueries for SqlStore {
    async fn account(&self, user: UserId) -> anyhow::Result<Option<AccountView>> {
        let text = format!(
            "SELECT (SELECT string_agg(s.provider, ',') FROM social_identities s WHERE s.user_id = u.id \
             AND s.unlinked_at IS NULL) AS linked, {ACCOUNT} WHERE u.id = $1"
        );
        let found: Option<OwnRow> = self.row(&text, [user.uuid().into()]).await?;
        found.map(|row| view(row.account, row.linked)).transpose()
    }

    async fn sessions(
        &self,
        user: UserId,
        now: Timestamp,
        request: &PageRequest,
    ) -> anyhow::Result<Page<SessionView>> {
        let mut values: Vec<Value> = vec![user.uuid().into(), now.micros().into(), request.fetch().into()];
        let after = match request.after {
            Some(Position { key, id }) => {
                values.extend([key.into(), id.into()]);
                "AND (created_at, id) < ($4, $5)"
            }
            None => "",
        };
        let text = format!(
            "SELECT id, user_agent, address, created_at, rotated_at FROM sessions WHERE user_id = $1 \
             AND revoked_at IS NULL AND refresh_expires_at > $2 {after} \
             ORDER BY created_at DESC, id DESC LIMIT $3"
        );
        let rows: Vec<SessionRow> = self.rows(&text, values).await?;
        let page = Page::cut(rows, request, |row| Position { key: row.created_at, id: row.id });
        Ok(page.map(|row| SessionView {
            id: Id::new(row.id),
            user_agent: row.user_agent,
            address: row.address,
            created_at: Timestamp::from_micros(row.created_at),
            last_used_at: Timestamp::from_micros(row.rotated_at),
        }))
    }
}

/// An account and the names of the providers that open it, with commas between them.
#[derive(FromQueryResult)]
struct OwnRow {
    linked: Option<String>,
    #[sea_orm(nested)]
    account: AccountRow,
}

fn view(row: AccountRow, linked: Option<String>) -> anyhow::Result<AccountView> {
    let mut linked_providers: Vec<String> =
        linked.iter().flat_map(|names| names.split(',')).map(str::to_owned).collect();
    linked_providers.sort_unstable();
    Ok(AccountView {
        linked_providers,
        id: Id::new(row.id),
        email: row.email,
        email_verified: row.email_verified_at.is_some(),
        phone: row.phone,
        phone_verified: row.phone_verified_at.is_some(),
        nickname: row.nickname,
        display_name: row.display_name,
        name: row.name,
        birth_date: row.birth_date.map(|date| date.parse()).transpose()?,
        sex: row.sex,
        bio: row.bio,
        avatar: row.avatar_id.map(Into::into),
        avatar_url: row.avatar_name.map(address),
        address: row.address,
        region: row.region,
        provider: row.provider,
        is_admin: row.is_admin,
        theme: row.theme,
        locale: row.locale,
        time_zone: row.time_zone,
        week_start: row.week_start,
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
    })
}
