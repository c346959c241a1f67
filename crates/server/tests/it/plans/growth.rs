//! Tables that grow.

/// Rows of people who have nothing to do with those who act, written without looking at what they refer to:
/// that would count as read.
pub(super) fn of(from: i64, to: i64) -> String {
    let id = |kind: u8| format!("('00000000-00{kind:02x}-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid");
    let (user, next) = (id(1), id(1).replace("(n)", &format!("(n % {to} + 1)")));
    let (post, room, message, calendar, event) = (id(2), id(3), id(4), id(5), id(6));
    let (session, note, cause, picture, other) = (id(7), id(8), id(9), id(10), id(11));
    let tables = [
        (
            "users (id, email, email_normal, provider, status, is_admin, version, created_at)",
            format!("{user}, 'g' || n, 'g' || n, 'local', 'active', FALSE, 1, 0"),
        ),
        (
            "user_info (user_id, theme, locale, time_zone, week_start)",
            format!("{user}, 'system', 'ko', 'Asia/Seoul', 'monday'"),
        ),
        ("nicknames (normal, nickname, user_id)", format!("'g' || n, 'g' || n, {user}")),
        ("nickname_grams (gram, created_at, user_id, normal)", format!("'g' || n, 0, {user}, 'g' || n")),
        ("authors (user_id, is_big)", format!("{user}, FALSE")),
        (
            "sessions (id, user_id, live, rotated_at, refresh_expires_at, expires_at, address, created_at)",
            format!("{session}, {user}, 1, 0, 9e15, 9e15, '', 0"),
        ),
        ("refresh_tokens (fingerprint, session_id, number)", format!("int8send(n), {session}, 1")),
        ("follows (id, follower_id, followee_id, created_at)", format!("{other}, {user}, {next}, 0")),
        ("blocks (blocker_id, blocked_id, created_at)", format!("{user}, {next}, 0")),
        ("mutes (muter_id, muted_id, created_at)", format!("{user}, {next}, 0")),
        (
            "posts (id, author_id, text, day, root_id, root_author_id, root_visibility, like_count, reply_count, \
          version, created_at, searchable)",
            format!("{post}, {user}, 'g', '2020-01-01', {post}, {user}, 'public', 1, 0, 1, 0, 'g'"),
        ),
        ("post_pairs (pair, post_id)", format!("n, {post}")),
        ("post_tags (tag, post_id)", format!("'g' || n, {post}")),
        ("post_mentions (post_id, user_id, place)", format!("{post}, {next}, 0")),
        (
            "post_edits (post_id, version, text, root_visibility, written_at, replaced_at)",
            format!("{post}, 1, 'g', 'public', 0, 0"),
        ),
        ("post_media (post_id, place, media_id)", format!("{post}, 0, {picture}")),
        ("timeline (owner_id, post_id)", format!("{user}, {post}")),
        ("likes (id, post_id, user_id, created_at)", format!("{other}, {post}, {next}, 0")),
        (
            "rooms (id, kind, member_count, last_seq, told_seq, last_at, created_at)",
            format!("{room}, 'group', 1, 1, 1, 0, 0"),
        ),
        (
            "room_members (room_id, user_id, read_seq, told_seq, joined_at)",
            format!("{room}, {user}, 1, 1, 0"),
        ),
        (
            "messages (id, room_id, seq, sender_id, kind, text, client_id, created_at)",
            format!("{message}, {room}, 1, {user}, 'text', 'g', '1', 0"),
        ),
        ("message_media (message_id, place, media_id)", format!("{message}, 0, {picture}")),
        (
            "media (id, owner_id, file_key, kind, small_kind, width, height, byte_size, stored_bytes, blurhash, \
          created_at, look_at)",
            format!("{picture}, {user}, lpad(n::text, 32, '0'), 'png', 'png', 1, 1, 1, 1, '', 0, 9e15"),
        ),
        ("media_owners (owner_id, bytes)", format!("{user}, 1")),
        (
            "notifications (id, user_id, kind, actor_id, cause, created_at, group_key, group_id)",
            format!("{note}, {user}, 'follow', {next}, 'g', 0, 'g', {note}"),
        ),
        (
            "notification_causes (user_id, cause, actor_id, group_id, told_as)",
            format!("{user}, 'g', {next}, {note}, {note}"),
        ),
        (
            "notification_choices (user_id, kind, in_app, email, push)",
            format!("{user}, 'like', TRUE, TRUE, TRUE"),
        ),
        ("notification_settings (user_id, version)", format!("{user}, 1")),
        (
            "notification_deliveries (id, user_id, channel, notification_id, due_at, attempts)",
            format!("{cause}, {user}, 'push', {note}, 9e15, 0"),
        ),
        (
            "push_subscriptions (id, user_id, endpoint, p256dh, auth, created_at)",
            format!("{cause}, {user}, 'g' || n, int8send(n), int8send(n), 0"),
        ),
        (
            "calendars (id, owner_id, default_of, name, description, color, time_zone, version, created_at, updated_at)",
            format!("{calendar}, {user}, {user}, 'g', '', '', 'UTC', 1, 0, 0"),
        ),
        (
            "calendar_members (calendar_id, user_id, role, created_at)",
            format!("{calendar}, {user}, 'owner', 0"),
        ),
        (
            "calendar_objects (id, calendar_id, uid, kind, description, location, status, visibility, frame, begins, \
          begins_at, length_days, length_micros, recurrence, repeats, covers_from, covers_to, first_at, last_at, \
          sequence, version, rev, created_at, updated_at, searchable)",
            format!(
                "{event}, {calendar}, 'g', 'event', '', '', 'confirmed', 'public', 'date', '2020-01-01', 0, 1, 0, \
                     '', FALSE, -9e15, 9e15, 0, 0, 0, 1, 1, 0, 0, 'g'"
            ),
        ),
        (
            "calendar_occurrences (calendar_id, starts_at, id, ends_at, object_id, original_at, floats, is_long)",
            format!("{calendar}, 0, {other}, 1, {event}, 0, FALSE, FALSE"),
        ),
        ("calendar_gatherings (event_id, organizer_id)", format!("{event}, {user}")),
        (
            "calendar_guests (event_id, user_id, invited, status, invited_at)",
            format!("{event}, {next}, TRUE, 'accepted', 0"),
        ),
        (
            "calendar_seats (event_id, original_at, joined, waiting, last_place)",
            format!("{event}, 0, 1, 0, 1"),
        ),
        (
            "calendar_attendances (event_id, original_at, user_id, waits, place)",
            format!("{event}, 0, {next}, FALSE, 1"),
        ),
        (
            "calendar_reminders (event_id, user_id, minutes, fired_at, fired_original)",
            format!("{event}, {user}, 10, 0, 0"),
        ),
        ("outbox (id, event, payload, created_at)", format!("{other}, 'g', '', 0")),
        (
            "outbox_deliveries (id, event_id, subscriber, state, due_at)",
            format!("{cause}, {other}, 'g', 'done', 0"),
        ),
        (
            "idempotency_keys (actor, route, key, fingerprint, created_at)",
            "'g', 'g', n::text, int8send(n), 9e15".to_owned(),
        ),
        (
            "reports (id, reporter_id, target_kind, target_id, accused_id, reason, state, created_at, handled_at)",
            format!("{cause}, {user}, 'user', {next}, {next}, 'spam', 'resolved', 0, 0"),
        ),
    ];
    let all = tables.iter().map(|(table, row)| {
        format!("INSERT INTO {table} SELECT {row} FROM generate_series({from}::bigint, {to}) AS g (n);")
    });
    let all = all.collect::<Vec<_>>().join(" ");
    format!("DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true); {all} END $$")
}
