//! Accounts, for changing.

use async_trait::async_trait;
use madang_application::{
    identity::{AccountRepository, Credential, Credentials, ports::Written},
    shared::Tx,
};
use madang_domain::{
    identity::{Account, Address, Email, Nickname, Phone, Status, nickname::grams},
    shared::{Id, Timestamp, UserId},
};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::rows::{ACCOUNT, AccountRow};
use crate::sql::{SqlStore, dialect, execute, row};

/// Where accounts are made that have a password from the beginning.
pub(super) const LOCAL: &str = "local";

/// Takes the values of [`info`].
pub(super) const ADD_INFO: &str = "INSERT INTO user_info (user_id, display_name, name, birth_date, sex, bio, \
     phone, phone_verified_at, address, region, theme, locale, time_zone, week_start, avatar_id, avatar_name) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

#[async_trait]
impl AccountRepository for SqlStore {
    async fn insert(&self, tx: &mut Tx, account: &Account, password_hash: &str) -> anyhow::Result<Written> {
        let added = execute(
            tx,
            "INSERT INTO users (id, email, email_normal, email_verified_at, provider, password_hash, status, \
             is_admin, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (email_normal) DO NOTHING",
            [
                account.id.uuid().into(),
                account.email.as_str().into(),
                account.email.normal().into(),
                account.email_verified_at.map(Timestamp::micros).into(),
                LOCAL.into(),
                password_hash.into(),
                account.status.name().into(),
                account.is_admin.into(),
                account.version.into(),
                account.created_at.micros().into(),
            ],
        )
        .await?;
        if added == 0 {
            return Ok(Written::EmailTaken);
        }
        if !claim(tx, account).await? {
            return Ok(Written::NicknameTaken);
        }
        execute(tx, ADD_INFO, info(account)).await?;
        Ok(Written::Done)
    }

    async fn find(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Option<Account>> {
        let lock = match dialect::for_update(tx) {
            "" => "",
            lock => &format!("{lock} OF u"),
        };
        let text = format!("SELECT {ACCOUNT} WHERE u.id = $1{lock}");
        row::<AccountRow>(tx, &text, [user.uuid().into()]).await?.map(Account::try_from).transpose()
    }

    async fn save(&self, tx: &mut Tx, account: &Account) -> anyhow::Result<Written> {
        let id: Value = account.id.uuid().into();
        let changed = execute(
            tx,
            "UPDATE users SET email_verified_at = $3, status = $4, is_admin = $5, version = version + 1 \
             WHERE id = $1 AND version = $2",
            [
                id.clone(),
                account.version.into(),
                account.email_verified_at.map(Timestamp::micros).into(),
                account.status.name().into(),
                account.is_admin.into(),
            ],
        )
        .await?;
        if changed == 0 {
            return Ok(Written::Stale);
        }
        let other = "DELETE FROM nicknames WHERE user_id = $1 AND nickname <> $2";
        if execute(tx, other, [id, account.nickname.as_str().into()]).await? > 0
            && !claim(tx, account).await?
        {
            return Ok(Written::NicknameTaken);
        }
        if !claim_phone(tx, account).await? {
            return Ok(Written::PhoneTaken);
        }
        execute(
            tx,
            "UPDATE user_info SET display_name = $2, name = $3, birth_date = $4, sex = $5, bio = $6, phone = $7, \
             phone_verified_at = $8, address = $9, region = $10, theme = $11, locale = $12, time_zone = $13, \
             week_start = $14, avatar_id = $15, avatar_name = $16 WHERE user_id = $1",
            info(account),
        )
        .await?;
        Ok(Written::Done)
    }

    async fn owner_of(&self, tx: &mut Tx, phone: &Phone) -> anyhow::Result<Option<UserId>> {
        let text = "SELECT user_id FROM proven_phones WHERE phone = $1";
        Ok(row::<OwnerRow>(tx, text, [phone.as_str().into()]).await?.map(|row| Id::new(row.user_id)))
    }

    async fn password_hash(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<Option<String>> {
        #[derive(FromQueryResult)]
        struct Row {
            password_hash: Option<String>,
        }
        let text = format!("SELECT password_hash FROM users WHERE id = $1{}", dialect::for_update(tx));
        Ok(row::<Row>(tx, &text, [user.uuid().into()]).await?.and_then(|row| row.password_hash))
    }

    async fn set_password_hash(&self, tx: &mut Tx, user: UserId, hash: &str) -> anyhow::Result<()> {
        let text = "UPDATE users SET password_hash = $2 WHERE id = $1";
        execute(tx, text, [user.uuid().into(), hash.into()]).await?;
        Ok(())
    }

    async fn logged_in(&self, tx: &mut Tx, user: UserId, now: Timestamp) -> anyhow::Result<bool> {
        let values = || [user.uuid().into(), now.micros().into()];
        let first = "UPDATE users SET last_login_at = $2 WHERE id = $1 AND last_login_at IS NULL";
        if execute(tx, first, values()).await? > 0 {
            return Ok(true);
        }
        execute(tx, "UPDATE users SET last_login_at = $2 WHERE id = $1", values()).await?;
        Ok(false)
    }

    /// Everything else hangs on the row and goes with it.
    async fn erase(&self, tx: &mut Tx, user: UserId) -> anyhow::Result<()> {
        execute(tx, "DELETE FROM users WHERE id = $1", [user.uuid().into()]).await?;
        Ok(())
    }
}

/// Takes the number that the account proved, unless somebody else has it, and gives up any other.
async fn claim_phone(tx: &mut Tx, account: &Account) -> anyhow::Result<bool> {
    let user: Value = account.id.uuid().into();
    let proven = account.profile.phone.as_ref().filter(|_| account.phone_verified_at.is_some());
    let other = "DELETE FROM proven_phones WHERE user_id = $1 AND phone <> $2";
    execute(tx, other, [user.clone(), proven.map_or("", Phone::as_str).into()]).await?;
    let Some(phone) = proven else { return Ok(true) };
    let text = "INSERT INTO proven_phones (phone, user_id) VALUES ($1, $2) ON CONFLICT (phone) DO NOTHING";
    if execute(tx, text, [phone.as_str().into(), user]).await? > 0 {
        return Ok(true);
    }
    let text = "SELECT user_id FROM proven_phones WHERE phone = $1";
    let owner: Option<OwnerRow> = row(tx, text, [phone.as_str().into()]).await?;
    Ok(owner.is_some_and(|owner| owner.user_id == account.id.uuid()))
}

#[derive(FromQueryResult)]
struct OwnerRow {
    user_id: Uuid,
}

/// Takes the nickname, unless somebody else has it, and makes its owner found by its pieces.
pub(super) async fn claim(tx: &mut Tx, account: &Account) -> anyhow::Result<bool> {
    let text = "INSERT INTO nicknames (normal, nickname, user_id) VALUES ($1, $2, $3) \
                ON CONFLICT (normal) DO NOTHING";
    let nickname = &account.nickname;
    let normal = nickname.normal();
    let values = [normal.as_str().into(), nickname.as_str().into(), account.id.uuid().into()];
    if execute(tx, text, values).await? == 0 {
        return Ok(false);
    }
    let mut values: Vec<Value> =
        vec![account.created_at.micros().into(), account.id.uuid().into(), normal.as_str().into()];
    let mut rows = Vec::new();
    for gram in grams(&normal) {
        values.push(gram.into());
        rows.push(format!("(${}, $1, $2, $3)", values.len()));
    }
    let text =
        format!("INSERT INTO nickname_grams (gram, created_at, user_id, normal) VALUES {}", rows.join(", "));
    execute(tx, &text, values).await?;
    Ok(true)
}

/// The values of `user_info`, in the order of its columns.
pub(super) fn info(account: &Account) -> [Value; 16] {
    let (profile, preferences) = (&account.profile, &account.preferences);
    let text = |text: Option<&str>| -> Value { text.map(str::to_owned).into() };
    [
        account.id.uuid().into(),
        text(profile.display_name.as_ref().map(AsRef::as_ref)),
        text(profile.name.as_ref().map(AsRef::as_ref)),
        profile.birth_date.map(|date| date.date().to_string()).into(),
        text(profile.sex.map(|sex| sex.name())),
        text(profile.bio.as_ref().map(AsRef::as_ref)),
        text(profile.phone.as_ref().map(AsRef::as_ref)),
        account.phone_verified_at.map(Timestamp::micros).into(),
        text(profile.address.as_ref().map(AsRef::as_ref)),
        profile.address.as_ref().and_then(Address::region).into(),
        preferences.theme.name().into(),
        preferences.locale.as_str().into(),
        preferences.time_zone.as_str().into(),
        preferences.week_start.name().into(),
        profile.avatar.as_ref().map(|avatar| avatar.id.uuid()).into(),
        text(profile.avatar.as_ref().map(|avatar| avatar.name.as_str())),
    ]
}

#[derive(FromQueryResult)]
struct CredentialRow {
    id: Uuid,
    nickname: String,
    password_hash: Option<String>,
    status: String,
}

impl SqlStore {
    async fn credential(&self, condition: &str, value: Value) -> anyhow::Result<Option<Credential>> {
        let text = format!(
            "SELECT u.id, n.nickname, u.password_hash, u.status FROM users u \
             JOIN nicknames n ON n.user_id = u.id WHERE {condition} = $1"
        );
        let found: Option<CredentialRow> = self.row(&text, [value]).await?;
        Ok(found.map(|row| Credential {
            user: Id::new(row.id),
            nickname: Nickname::restore(row.nickname),
            password_hash: row.password_hash,
            // What cannot be read must not open a door.
            status: Status::named(&row.status).unwrap_or(Status::Suspended),
        }))
    }
}

#[async_trait]
impl Credentials for SqlStore {
    async fn by_email(&self, email: &Email) -> anyhow::Result<Option<Credential>> {
        self.credential("u.email_normal", email.normal().into()).await
    }

    async fn of(&self, user: UserId) -> anyhow::Result<Option<Credential>> {
        self.credential("u.id", user.uuid().into()).await
    }
}
