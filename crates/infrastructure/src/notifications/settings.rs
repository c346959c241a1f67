//! How people want to be told, in SQL.

use madang_application::shared::Tx;
use madang_domain::{
    notifications::{Channels, ClockTime, NoticeSettings, QuietHours},
    shared::UserId,
};
use sea_orm::{FromQueryResult, Value};

use crate::sql::execute;

/// The row of person `$1`.
pub(super) const HEAD: &str =
    "SELECT quiet_from, quiet_to, quiet_zone, version FROM notification_settings WHERE user_id = $1";

/// What person `$1` chose.
pub(super) const CHOICES: &str =
    "SELECT kind, in_app, email, push FROM notification_choices WHERE user_id = $1";

#[derive(FromQueryResult)]
pub(super) struct SettingsRow {
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    quiet_zone: Option<String>,
    version: i64,
}

#[derive(FromQueryResult)]
pub(super) struct ChoiceRow {
    kind: String,
    in_app: bool,
    email: bool,
    push: bool,
}

pub(super) fn assemble(head: Option<SettingsRow>, choices: Vec<ChoiceRow>) -> anyhow::Result<NoticeSettings> {
    let Some(head) = head else { return Ok(NoticeSettings::default()) };
    let quiet = match (head.quiet_from, head.quiet_to, head.quiet_zone) {
        (Some(from), Some(to), Some(zone)) => {
            Some(QuietHours { from: ClockTime::of_minutes(from), to: ClockTime::of_minutes(to), zone })
        }
        _ => None,
    };
    // A kind that is gone was chosen by an older version of us.
    let choices = choices.into_iter().filter_map(|choice| {
        let channels = Channels { in_app: choice.in_app, email: choice.email, push: choice.push };
        Some((choice.kind.parse().ok()?, channels))
    });
    Ok(NoticeSettings { choices: choices.collect(), quiet, version: head.version })
}

pub(super) async fn save(tx: &mut Tx, user: UserId, settings: &NoticeSettings) -> anyhow::Result<bool> {
    let save = "INSERT INTO notification_settings (user_id, quiet_from, quiet_to, quiet_zone, version) \
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO UPDATE SET quiet_from = $2, quiet_to = $3, \
                quiet_zone = $4, version = $5 WHERE notification_settings.version = $5 - 1";
    let quiet = settings.quiet.as_ref();
    let values: [Value; 5] = [
        user.uuid().into(),
        quiet.map(|quiet| quiet.from.minutes()).into(),
        quiet.map(|quiet| quiet.to.minutes()).into(),
        quiet.map(|quiet| quiet.zone.clone()).into(),
        settings.version.into(),
    ];
    if execute(tx, save, values).await? == 0 {
        return Ok(false);
    }
    execute(tx, "DELETE FROM notification_choices WHERE user_id = $1", [user.uuid().into()]).await?;
    for (kind, channels) in &settings.choices {
        let insert = "INSERT INTO notification_choices (user_id, kind, in_app, email, push) VALUES ($1, $2, $3, $4, $5)";
        let values = [
            user.uuid().into(),
            kind.as_str().into(),
            channels.in_app.into(),
            channels.email.into(),
            channels.push.into(),
        ];
        execute(tx, insert, values).await?;
    }
    Ok(true)
}
