//! What the SQL of `identity` promises: names are unique, one refresh token wins, what was revoked
//! is heard of, keys are shared.

use std::{net::IpAddr, sync::Arc, time::Duration};

use madang_application::{
    identity::{
        AccessTokens, AccountQueries, AccountRepository, Credentials, IdentitySettings, RefreshSecrets,
        RevokedSessions, SessionGate, SessionRepository, UserQueries,
        ports::{NewToken, Revoked, TokenFault, Which, Written},
    },
    shared::{Clock, StartupTask, UnitOfWork, Worker, new_id},
};
use madang_domain::{
    identity::{
        Account, Address, Bio, BirthDate, DisplayName, Email, Lifetimes, LoginSession, Nickname,
        PasswordPolicy, PersonName, Phone, Presented, Sex, Theme, account::Change,
    },
    shared::{Id, PageRequest, Text, Timestamp, UserId},
};
use madang_infrastructure::{
    crypto::{MasterSecret, RandomSecrets},
    identity::{Announcements, JwtSettings, JwtTokens, KeyRing, PrepareKeys, RevocationWatch},
    memory::MemoryBroadcast,
    redis::Denylist,
    sql::{SqlStore, execute},
};
use madang_testkit::{TestDb, TestSealer};
use tokio_util::sync::CancellationToken;

madang_testkit::on_every_database!(
    an_account_is_found_as_it_was_saved,
    names_are_taken_once_whatever_their_case,
    a_stale_account_is_not_saved,
    of_two_processes_that_rotate_one_wins,
    racers_on_two_processes_agree_on_one_successor,
    an_ended_session_does_not_rotate,
    every_kind_of_ending_ends_the_right_sessions,
    a_revocation_is_heard_of_even_if_it_committed_late,
    an_announcement_closes_the_gate_before_anybody_looks,
    sweeping_takes_only_what_no_longer_matters,
    erasing_leaves_nothing_but_the_revocation,
    processes_that_start_together_share_one_key,
    a_secret_of_the_installation_is_made_once,
    summaries_come_for_those_who_exist,
    b12_those_who_were_there_before_are_found_too,
    b12_a_search_finds_what_a_look_at_everybody_finds,
);

const LIFE: Lifetimes = Lifetimes {
    access: Duration::from_mins(15),
    refresh: Duration::from_hours(24 * 14),
    session: Duration::from_hours(24 * 90),
};

fn account(email: &str, nickname: &str, now: Timestamp) -> Account {
    let (email, nickname) = (Email::parse(email).expect("valid"), Nickname::parse(nickname).expect("valid"));
    Account::new(new_id(), email, nickname, now)
}

async fn insert(db: &TestDb, account: &Account) -> Written {
    let done =
        db.uow.run(async |tx| Ok(AccountRepository::insert(&*db.store, tx, account, "hash").await?)).await;
    done.expect("the database is there")
}

async fn person(db: &TestDb, nickname: &str) -> UserId {
    let account = account(&format!("{}@example.com", new_id::<()>()), nickname, db.clock.now());
    assert_eq!(insert(db, &account).await, Written::Done);
    account.id
}

fn token() -> NewToken {
    let text = RandomSecrets.fresh();
    let fingerprint = RandomSecrets.fingerprint(&text).expect("a token");
    NewToken { fingerprint, sealed: text.into_bytes() }
}

async fn begin(db: &TestDb, user: UserId) -> (LoginSession, NewToken) {
    let (session, token) = (LoginSession::start(new_id(), user, db.clock.now(), &LIFE), token());
    let address = IpAddr::from([127, 0, 0, 1]);
    db.uow
        .run(async |tx| {
            Ok(SessionRepository::insert(&*db.store, tx, &session, &token, address, Some("test")).await?)
        })
        .await
        .expect("inserted");
    (session, token)
}

async fn found(db: &TestDb, token: &NewToken) -> Option<(LoginSession, i64)> {
    let found = db.uow.run(async |tx| Ok(db.store.find_token(tx, &token.fingerprint).await?)).await;
    found.expect("the database is there").map(|known| (known.session, known.number))
}

async fn revoke(db: &TestDb, which: Which) -> Vec<Id<madang_domain::shared::id::LoginSession>> {
    let now = db.clock.now();
    let until = now.plus(LIFE.access);
    let ended =
        db.uow.run(async |tx| Ok(SessionRepository::revoke(&*db.store, tx, which, now, until).await?)).await;
    let mut ended = ended.expect("the database is there");
    ended.sort();
    ended
}

async fn an_account_is_found_as_it_was_saved(db: TestDb) {
    let mut written = account("Haneul@Example.com", "하늘", db.clock.now());
    assert_eq!(insert(&db, &written).await, Written::Done);
    let date = jiff::civil::date(1999, 2, 28);
    written.apply(Change {
        nickname: Nickname::parse("바다").ok(),
        display_name: Some(DisplayName::parse("하늘이네").ok()),
        name: Some(PersonName::parse("김하늘").ok()),
        birth_date: Some(Some(BirthDate::restore(date))),
        sex: Some(Some(Sex::Other)),
        bio: Some(Bio::parse("x'; DROP TABLE users; --").ok()),
        phone: Some(Phone::parse("+821012345678").ok()),
        address: Some(Address::parse("서울특별시 마포구 양화로 45").ok()),
        avatar: None,
    });
    written.phone_verified_at = Some(db.clock.now());
    written.preferences.theme = Theme::Dark;
    let read = db
        .uow
        .run(async |tx| {
            assert_eq!(db.store.save(tx, &written).await?, Written::Done);
            Ok(db.store.find(tx, written.id).await?)
        })
        .await
        .expect("saved");
    written.version += 1;
    assert_eq!(read.as_ref(), Some(&written));
    let email = Email::parse("haneul@EXAMPLE.com").expect("valid");
    let credential = db.store.by_email(&email).await.expect("a query").expect("an account");
    assert_eq!((credential.user, credential.password_hash.as_deref()), (written.id, Some("hash")));
    let profile = db.store.public_profile_by_nickname("바다").await.expect("a query").expect("a person");
    assert_eq!(profile.region.as_deref(), Some("서울특별시 마포구"));
    assert_eq!(db.store.public_profile_by_nickname("하늘").await.expect("a query"), None);
}

async fn names_are_taken_once_whatever_their_case(db: TestDb) {
    let now = db.clock.now();
    assert_eq!(insert(&db, &account("a@example.com", "Sky", now)).await, Written::Done);
    assert_eq!(insert(&db, &account("A@EXAMPLE.com", "Sea", now)).await, Written::EmailTaken);
    assert_eq!(insert(&db, &account("b@example.com", "sKY", now)).await, Written::NicknameTaken);
}

async fn a_stale_account_is_not_saved(db: TestDb) {
    let mut account = account("a@example.com", "Sky", db.clock.now());
    insert(&db, &account).await;
    account.version = 7;
    let saved = db.uow.run(async |tx| Ok(db.store.save(tx, &account).await?)).await;
    assert_eq!(saved.expect("the database is there"), Written::Stale);
}

async fn of_two_processes_that_rotate_one_wins(db: TestDb) {
    let user = person(&db, "하늘").await;
    let there = db.another_store().await;
    let there_uow = UnitOfWork::new(there.clone());
    for _ in 0..20 {
        let (session, _) = begin(&db, user).await;
        let next = session.next(session.live, db.clock.now(), &LIFE);
        let rotate = async |uow: &UnitOfWork, store: &Arc<SqlStore>| {
            uow.run(async |tx| Ok(store.rotate(tx, session.live, &next, &token()).await?))
                .await
                .expect("no error")
        };
        let (here, there) = tokio::join!(rotate(&db.uow, &db.store), rotate(&there_uow, &there));
        assert!(here != there, "exactly one wins");
    }
}

/// The whole decision, as the use case makes it, by racers on two connections.
async fn racers_on_two_processes_agree_on_one_successor(db: TestDb) {
    let user = person(&db, "하늘").await;
    let there = db.another_store().await;
    let there_uow = UnitOfWork::new(there.clone());
    let (_, first) = begin(&db, user).await;
    let mut presented = first.fingerprint;
    for _ in 0..10 {
        let race = async |uow: &UnitOfWork, store: &Arc<SqlStore>, clock: &dyn Clock| {
            uow.run(async |tx| {
                loop {
                    let known = store.find_token(tx, &presented).await?.expect("known");
                    match known.session.presented(known.number, clock.now()) {
                        Presented::Rotate => {
                            let next = known.session.next(known.number, clock.now(), &LIFE);
                            let token = token();
                            if store.rotate(tx, known.session.live, &next, &token).await? {
                                return Ok(token.sealed);
                            }
                        }
                        Presented::Repeat => return Ok(known.live_token.expect("kept")),
                        other @ (Presented::Replace
                        | Presented::Reused
                        | Presented::Expired
                        | Presented::Ended) => {
                            panic!("{other:?}")
                        }
                    }
                }
            })
            .await
            .expect("no error")
        };
        let racers = (0..16).map(|n| {
            if n % 2 == 0 {
                race(&db.uow, &db.store, &*db.clock)
            } else {
                race(&there_uow, &there, &*db.clock)
            }
        });
        let mut successors = futures_util::future::join_all(racers).await;
        successors.dedup();
        assert_eq!(successors.len(), 1, "no double mint");
        let text = String::from_utf8(successors.remove(0)).expect("text");
        presented = RandomSecrets.fingerprint(&text).expect("a token");
    }
}

async fn an_ended_session_does_not_rotate(db: TestDb) {
    let user = person(&db, "하늘").await;
    let (session, first) = begin(&db, user).await;
    assert_eq!(revoke(&db, Which::One(user, session.id)).await, [session.id]);
    let next = session.next(1, db.clock.now(), &LIFE);
    let rotated = db.uow.run(async |tx| Ok(db.store.rotate(tx, 1, &next, &token()).await?)).await;
    assert!(!rotated.expect("no error"));
    let (session, number) = found(&db, &first).await.expect("still known");
    assert_eq!(session.presented(number, db.clock.now()), Presented::Ended);
}

async fn every_kind_of_ending_ends_the_right_sessions(db: TestDb) {
    let (user, stranger) = (person(&db, "하늘").await, person(&db, "바다").await);
    let mut mine = Vec::new();
    for _ in 0..4 {
        mine.push(begin(&db, user).await.0.id);
        db.clock.advance(Duration::from_secs(1));
    }
    let (theirs, _) = begin(&db, stranger).await;
    assert!(revoke(&db, Which::One(user, theirs.id)).await.is_empty());
    assert_eq!(revoke(&db, Which::One(user, mine[0])).await, [mine[0]]);
    assert_eq!(revoke(&db, Which::Others(user, mine[3])).await, mine[1..3]);
    let request = PageRequest { limit: 10, after: None };
    let listed = db.store.sessions(user, db.clock.now(), &request).await.expect("a query").items;
    assert_eq!(listed.iter().map(|session| session.id).collect::<Vec<_>>(), [mine[3]]);
    assert_eq!(revoke(&db, Which::All(user)).await, [mine[3]]);
    assert!(revoke(&db, Which::All(user)).await.is_empty());
    let listed = db.store.sessions(stranger, db.clock.now(), &request).await.expect("a query").items;
    assert_eq!(listed.len(), 1);
}

fn watch(db: &TestDb, gate: &Arc<SessionGate>) -> RevocationWatch {
    RevocationWatch::new(
        db.store.clone(),
        gate.clone(),
        Arc::new(MemoryBroadcast::new()),
        Arc::new(Denylist::new(None)),
        db.clock.clone(),
    )
}

async fn a_revocation_is_heard_of_even_if_it_committed_late(db: TestDb) {
    let user = person(&db, "하늘").await;
    let (session, _) = begin(&db, user).await;
    let gate = Arc::new(SessionGate::default());
    let watch = watch(&db, &gate);
    // Decided now by a clock that is a minute behind ours, seen a minute later.
    let then = db.clock.now();
    db.clock.advance(Duration::from_mins(1));
    let (which, until) = (Which::All(user), then.plus(LIFE.access));
    db.uow
        .run(async |tx| Ok(SessionRepository::revoke(&*db.store, tx, which, then, until).await?))
        .await
        .expect("revoked");
    assert!(gate.admits(session.id));
    watch.look(db.clock.now().minus(Duration::from_mins(2))).await.expect("looked");
    assert!(!gate.admits(session.id));
    // A process that starts later hears of it too, until no access token can be alive.
    let late = Arc::new(SessionGate::default());
    StartupTask::run(&self::watch(&db, &late)).await.expect("looked");
    assert!(!late.admits(session.id));
    db.clock.advance(LIFE.access);
    watch.look(Timestamp::from_micros(0)).await.expect("looked");
    assert!(gate.admits(session.id), "forgotten");
}

async fn an_announcement_closes_the_gate_before_anybody_looks(db: TestDb) {
    let (gate, session) = (Arc::new(SessionGate::default()), new_id());
    let broadcast = Arc::new(MemoryBroadcast::new());
    let watch = RevocationWatch::new(
        db.store.clone(),
        gate.clone(),
        broadcast.clone(),
        Arc::new(Denylist::new(None)),
        db.clock.clone(),
    );
    let stop = CancellationToken::new();
    let work = tokio::spawn({
        let stop = stop.clone();
        async move { Worker::run(&watch, stop).await }
    });
    // Nothing is in the database, so only the announcement can be the reason.
    let until = db.clock.now().plus(LIFE.access);
    for _ in 0..100 {
        if !gate.admits(session) {
            break;
        }
        let denylist = Arc::new(Denylist::new(None));
        let announcements = Announcements::new(broadcast.clone(), denylist, db.clock.clone());
        announcements.announce(&[Revoked { session, until }]).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!gate.admits(session));
    stop.cancel();
    work.await.expect("the worker ends");
}

async fn sweeping_takes_only_what_no_longer_matters(db: TestDb) {
    let user = person(&db, "하늘").await;
    let (_, old) = begin(&db, user).await;
    db.clock.advance(LIFE.refresh + Duration::from_hours(24 * 8));
    let (fresh_session, fresh) = begin(&db, user).await;
    let (ended, _) = begin(&db, user).await;
    revoke(&db, Which::One(user, ended.id)).await;
    let gate = Arc::new(SessionGate::default());
    let watch = watch(&db, &gate);
    watch.sweep().await.expect("swept");
    assert!(found(&db, &old).await.is_none());
    assert_eq!(found(&db, &fresh).await.map(|(session, _)| session.id), Some(fresh_session.id));
    watch.look(Timestamp::from_micros(0)).await.expect("looked");
    assert!(!gate.admits(ended.id), "revocations outlive the sweep");
    let sealed = async || {
        let known = db.uow.run(async |tx| Ok(db.store.find_token(tx, &fresh.fingerprint).await?)).await;
        known.expect("no error").expect("known").live_token
    };
    assert!(sealed().await.is_some());
    db.clock.advance(Duration::from_secs(20));
    watch.sweep().await.expect("swept");
    assert!(sealed().await.is_none(), "the sealed token is dropped after the repeat window");
}

async fn erasing_leaves_nothing_but_the_revocation(db: TestDb) {
    let user = person(&db, "하늘").await;
    let (session, first) = begin(&db, user).await;
    revoke(&db, Which::All(user)).await;
    db.uow.run(async |tx| Ok(db.store.erase(tx, user).await?)).await.expect("erased");
    assert!(found(&db, &first).await.is_none());
    assert!(db.store.account(user).await.expect("a query").is_none());
    assert!(!db.store.exists(user).await.expect("a query"));
    let gate = Arc::new(SessionGate::default());
    watch(&db, &gate).look(Timestamp::from_micros(0)).await.expect("looked");
    assert!(!gate.admits(session.id));
    person(&db, "하늘").await;
}

fn tokens(store: Arc<SqlStore>, db: &TestDb) -> (PrepareKeys, JwtTokens) {
    let ring = Arc::new(KeyRing::default());
    let settings = IdentitySettings {
        lifetimes: LIFE,
        password_policy: PasswordPolicy::Composed,
        leak_check_required: false,
        budgets: true,
        require_verified_email: false,
        hide_accounts: false,
        code_life: Duration::from_mins(3),
        resend: Duration::from_mins(1),
        sms_countries: Vec::new(),
        sms_daily_limit: 1,
    };
    let prepare = PrepareKeys::new(
        Arc::clone(&store),
        Arc::new(UnitOfWork::new(store.clone())),
        store,
        ring.clone(),
        Arc::new(TestSealer),
        Arc::new(settings),
        db.clock.clone(),
    );
    let jwt = JwtSettings { issuer: "here".into(), audience: "us".into() };
    (prepare, JwtTokens::new(ring, Arc::new(jwt)))
}

async fn processes_that_start_together_share_one_key(db: TestDb) {
    let (prepare_here, here) = tokens(db.store.clone(), &db);
    let (prepare_there, there) = tokens(db.another_store().await, &db);
    let (a, b) = tokio::join!(prepare_here.prepare(), prepare_there.prepare());
    a.and(b).expect("prepared");
    assert_eq!((here.public_keys().len(), here.public_keys()), (1, there.public_keys()));
    let (user, session, now) = (new_id(), new_id(), db.clock.now());
    let token = here.issue(user, session, &[], now, now.plus(LIFE.access)).expect("signed");
    let claims = there.verify(&token, now).expect("verified");
    assert_eq!((claims.sub, claims.sid), (user, session));
    let late = now.plus(LIFE.access);
    assert!(matches!(there.verify(&token, late), Err(TokenFault::Expired(claims)) if claims.sid == session));
    assert_eq!(
        there.verify(&token, now.minus(Duration::from_mins(1))),
        Err(TokenFault::Invalid),
        "the future"
    );
    // Another installation has another key.
    let (prepare, stranger) = tokens(TestDb::sqlite().await.store.clone(), &db);
    prepare.prepare().await.expect("prepared");
    let foreign = stranger.issue(user, session, &[], now, late).expect("signed");
    assert_eq!(here.verify(&foreign, now), Err(TokenFault::Key));
}

async fn a_secret_of_the_installation_is_made_once(db: TestDb) {
    let there = db.another_store().await;
    let load = async |store: &SqlStore| MasterSecret::load(None, store.writer()).await.expect("loaded");
    let (one, other) = tokio::join!(load(&db.store), load(&there));
    assert_eq!(one.derive("x"), other.derive("x"));
    let configured = MasterSecret::load(Some("0123456789abcdef0123456789abcdef"), db.store.writer()).await;
    assert_ne!(configured.expect("loaded").derive("x"), one.derive("x"));
}

async fn summaries_come_for_those_who_exist(db: TestDb) {
    let mut people = Vec::new();
    for n in 0..120 {
        people.push(person(&db, &format!("user{n}")).await);
    }
    people.extend([new_id(), people[0]]);
    let summaries = db.store.summaries(&people).await.expect("a query");
    assert_eq!(summaries.len(), 120);
    assert!(db.store.summaries(&[]).await.expect("a query").is_empty());
}

/// Every part of every nickname, against a look at all of them; page by page.
async fn b12_a_search_finds_what_a_look_at_everybody_finds(db: TestDb) {
    let names =
        ["하늘바다", "바다하늘", "하늘하늘", "바다", "늘하", "SkyBlue", "skySKY", "blue7", "77하늘7", "aa"];
    let mut people = Vec::new();
    for name in names {
        db.clock.advance(Duration::from_micros(1));
        people.push((person(&db, name).await, name.to_lowercase()));
    }
    people.reverse();
    let mut parts: Vec<String> = vec!["없음".to_owned(), "%".to_owned(), "하 늘".to_owned(), "가".repeat(11)];
    for name in names {
        let characters: Vec<char> = name.chars().collect();
        for size in 1..=characters.len() {
            parts.extend(characters.windows(size).map(|part| part.iter().collect::<String>()));
        }
    }
    for part in parts {
        let expected: Vec<UserId> = people
            .iter()
            .filter(|(_, name)| name.contains(&part.to_lowercase()))
            .map(|(user, _)| *user)
            .collect();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = db
                .store
                .search(&part, &PageRequest { limit: 2, after })
                .await
                .expect("the database is there");
            found.extend(page.items.iter().map(|profile| profile.user.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{part}");
    }
}

/// The step that made the index filled it.
async fn b12_those_who_were_there_before_are_found_too(db: TestDb) {
    let (sky, _) = (person(&db, "하늘바다").await, person(&db, "SkyBlue").await);
    let step = madang_migration::STEPS.iter().find(|step| step.name.ends_with("identity_nickname_grams"));
    let fill = step.expect("the step").sql.last().expect("its last statement");
    let pieces = async || {
        let text = "SELECT gram FROM nickname_grams ORDER BY gram, user_id";
        let rows: Vec<Gram> = db.store.rows(text, []).await.expect("the database is there");
        rows.into_iter().map(|row| row.gram).collect::<Vec<_>>()
    };
    let before = pieces().await;
    db.uow
        .run(async |tx| {
            execute(tx, "DELETE FROM nickname_grams", []).await?;
            Ok(execute(tx, fill, []).await?)
        })
        .await
        .expect("the step applies");
    assert_eq!(pieces().await, before);
    let page = db
        .store
        .search("늘바", &PageRequest { limit: 10, after: None })
        .await
        .expect("the database is there");
    assert_eq!(page.items.iter().map(|profile| profile.user.id).collect::<Vec<_>>(), [sky]);
}

#[derive(sea_orm::FromQueryResult)]
struct Gram {
    gram: String,
}
