//! Argon2id, on threads of its own.
//!
//! A hash takes a core for about 30 ms and 19 MiB. So there are as many hashing threads as
//! cores, and they are *nicer* than all others: logins use every core that nobody else needs, and
//! answering requests never waits for a hash. Who does not get a turn within [`PATIENCE`] is told
//! to come back.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use anyhow::Context;
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        PasswordHasher as _,
        phc::{Output, PasswordHash},
    },
};
use async_trait::async_trait;
use madang_application::identity::{PasswordHasher, Verdict};
use madang_domain::{
    identity::{Password, errors::HASHING_BUSY},
    shared::Failure,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a thread keeps its memory when nothing is to be hashed. Taking it anew for each hash, and
/// having the system clear it, is a tenth of the work.
const KEEP: Duration = Duration::from_secs(1);

/// OWASP's and ASVS's floor: 19 MiB, two passes, one lane.
const EFFORT: Effort = Effort { memory_kib: 19_456, passes: 2, lanes: 1 };

/// A stored hash that asks for more than this was not made by us, and is not worth a core.
const CEILING: Effort = Effort { memory_kib: 262_144, passes: 10, lanes: 8 };

#[derive(Clone, Copy, PartialEq, Eq)]
struct Effort {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Effort {
    fn of(params: &Params) -> Self {
        Self { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }
    }

    fn exceeds(self, ceiling: Self) -> bool {
        self.memory_kib > ceiling.memory_kib || self.passes > ceiling.passes || self.lanes > ceiling.lanes
    }

    fn is_less_than(self, wanted: Self) -> bool {
        self.memory_kib < wanted.memory_kib || self.passes < wanted.passes
    }
}

/// Hashes and compares passwords.
pub struct Argon2Passwords {
    turns: Arc<Semaphore>,
    /// The threads that have nothing to do: at least as many as there are turns left.
    idle: Arc<Mutex<Vec<Sender<Job>>>>,
    /// Compared against when there is nothing to compare with, so that it takes as long.
    decoy: Arc<str>,
}

type Job = Box<dyn FnOnce(&mut Scratch) + Send>;

/// What Argon2 fills while it works.
type Scratch = Vec<Block>;

impl Argon2Passwords {
    /// Starts one hashing thread per core.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start() -> anyhow::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let mut idle = Vec::with_capacity(cores);
        for number in 0..cores {
            let (jobs, queue) = channel();
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(&queue))
                .context("start a hashing thread")?;
            idle.push(jobs);
        }
        let decoy = hash(&super::random_bytes::<16>())?.into();
        Ok(Self { turns: Arc::new(Semaphore::new(cores)), idle: Arc::new(Mutex::new(idle)), decoy })
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| Failure::from(HASHING_BUSY).retry_after(1))
    }

    /// Runs on a hashing thread. The turn ends with the work, not with the request: a client that
    /// hangs up must not let the next one start a hash beside the one still running.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Scratch) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = self.turn().await?;
        let thread = lock(&self.idle).pop().context("a thread for every turn")?;
        let (answer, answered) = oneshot::channel();
        let (idle, itself) = (Arc::clone(&self.idle), thread.clone());
        let job: Job = Box::new(move |scratch| {
            // A panic costs one request its answer, not the service its thread.
            let done = catch_unwind(AssertUnwindSafe(|| work(scratch)));
            // In this order: whoever gets the turn finds the thread.
            lock(&idle).push(itself);
            drop(turn);
            if let Ok(done) = done {
                let _ = answer.send(done);
            }
        });
        thread.send(job).ok().context("a hashing thread is gone")?;
        Ok(answered.await.context("a hashing thread broke")??)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl PasswordHasher for Argon2Passwords {
    async fn hash(&self, password: &Password) -> Result<String, Failure> {
        let password = password.clone();
        self.run(move |_| hash(password.bytes())).await
    }

    async fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Verdict, Failure> {
        let password = password.clone();
        // No policy ever allowed it, so it is wrong; but hashing it must not cost more.
        let known = stored.filter(|_| !password.is_oversized()).map(Arc::from);
        let hash = known.clone().unwrap_or_else(|| Arc::clone(&self.decoy));
        let verdict = self.run(move |scratch| verify(password.bytes(), &hash, scratch)).await?;
        Ok(if known.is_some() { verdict } else { Verdict::Wrong })
    }
}

fn argon2() -> anyhow::Result<Argon2<'static>> {
    let params = Params::new(EFFORT.memory_kib, EFFORT.passes, EFFORT.lanes, None);
    let params = params.map_err(|error| anyhow::anyhow!("argon2 parameters: {error}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &[u8]) -> anyhow::Result<String> {
    let salt = super::random_bytes::<16>();
    let hash = argon2()?
        .hash_password_with_salt(password, &salt)
        .map_err(|error| anyhow::anyhow!("hash a password: {error}"))?;
    Ok(hash.to_string())
}

fn verify(password: &[u8], stored: &str, scratch: &mut Scratch) -> anyhow::Result<Verdict> {
    let hash = PasswordHash::new(stored).map_err(|error| anyhow::anyhow!("a stored hash: {error}"))?;
    let params = Params::try_from(&hash).ok().context("the parameters of a stored hash")?;
    let effort = Effort::of(&params);
    anyhow::ensure!(!effort.exceeds(CEILING), "a stored hash asks for too much");
    let weak = effort.is_less_than(EFFORT) || hash.algorithm.as_str() != "argon2id";
    Ok(match fits(password, &hash, params, scratch)? {
        false => Verdict::Wrong,
        true if weak => Verdict::RightButWeak,
        true => Verdict::Right,
    })
}

/// Whether the stored hash is one of this password.
fn fits(
    password: &[u8],
    stored: &PasswordHash,
    params: Params,
    scratch: &mut Scratch,
) -> anyhow::Result<bool> {
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        anyhow::bail!("a stored hash is not whole");
    };
    let broken = |error| anyhow::anyhow!("compare a password: {error}");
    let algorithm: Algorithm = stored.algorithm.as_str().parse().map_err(broken)?;
    let version = stored.version.map(Version::try_from).transpose().map_err(broken)?.unwrap_or_default();
    let blocks = params.block_count();
    if scratch.len() < blocks {
        scratch.resize(blocks, Block::new());
    }
    let mut made = vec![0; expected.len()];
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password, salt, &mut made, &mut scratch[..blocks])
        .map_err(broken)?;
    // Outputs are compared in constant time.
    Ok(Output::new(&made).is_ok_and(|made| made == *expected))
}

/// Works until the last sender is gone.
fn work(queue: &Receiver<Job>) {
    step_back();
    let mut scratch = Scratch::new();
    loop {
        let job = if scratch.is_empty() {
            queue.recv().map_err(RecvTimeoutError::from)
        } else {
            queue.recv_timeout(KEEP)
        };
        match job {
            Ok(job) => job(&mut scratch),
            Err(RecvTimeoutError::Timeout) => scratch = Scratch::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Lets every other thread of the process go first. On Linux a thread has a niceness of its own.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        const NICE: i32 = 10;
        // Only politeness: without it hashing still works, and competes.
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a06_only_the_plain_original_fits() {
        let hasher = Argon2Passwords::start().expect("threads");
        let password = Password::typed("Sunny-Day-42");
        let hash = hasher.hash(&password).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hasher.hash(&password).await.expect("a hash"), hash, "salted");
        let verify = async |raw: &str, stored: Option<&str>| {
            hasher.verify(&Password::typed(raw), stored).await.expect("a verdict")
        };
        assert_eq!(verify("Sunny-Day-42", Some(&hash)).await, Verdict::Right);
        assert_eq!(verify("sunny-day-42", Some(&hash)).await, Verdict::Wrong);
        assert_eq!(verify(&hash, Some(&hash)).await, Verdict::Wrong);
        assert_eq!(verify("Sunny-Day-42", None).await, Verdict::Wrong);
        assert_eq!(verify(&"x".repeat(1_000_000), Some(&hash)).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn weaker_hashes_are_told_apart_and_absurd_ones_refused() {
        let hasher = Argon2Passwords::start().expect("threads");
        let password = Password::typed("Sunny-Day-42");
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8_192, 2, 1, None).expect("parameters"),
        );
        let weak = weak.hash_password_with_salt(password.bytes(), &[1; 16]).expect("a hash").to_string();
        assert_eq!(hasher.verify(&password, Some(&weak)).await.expect("a verdict"), Verdict::RightButWeak);
        let absurd = weak.replace("m=8192", "m=4000000");
        assert!(hasher.verify(&password, Some(&absurd)).await.is_err());
    }

    /// A client that hangs up must not let the next hash start beside the one that still runs.
    #[tokio::test]
    async fn a_turn_ends_with_the_work_and_not_with_the_request() {
        let hasher = Argon2Passwords::start().expect("threads");
        let cores = hasher.turns.available_permits();
        let (finish, until) = channel::<()>();
        let mut request = Box::pin(hasher.run(move |_| Ok(until.recv()?)));
        assert!(futures_util::poll!(&mut request).is_pending());
        drop(request);
        assert_eq!(hasher.turns.available_permits(), cores - 1);
        finish.send(()).expect("the work goes on");
        while hasher.turns.available_permits() < cores {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_gets_no_turn_in_time_is_told_to_come_back() {
        let hasher = Argon2Passwords::start().expect("threads");
        let cores = u32::try_from(hasher.turns.available_permits()).expect("few");
        let all = Arc::clone(&hasher.turns).acquire_many_owned(cores).await.expect("every turn");
        let refused = hasher.hash(&Password::typed("Sunny-Day-42")).await.expect_err("no turn");
        assert_eq!((refused.code(), refused.retry_after), (HASHING_BUSY, Some(1)));
        drop(all);
        hasher.hash(&Password::typed("Sunny-Day-42")).await.expect("a hash");
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer_and_no_thread() {
        let hasher = Argon2Passwords::start().expect("threads");
        for _ in 0..2 * hasher.turns.available_permits() {
            assert!(hasher.run(|_| -> anyhow::Result<()> { panic!("on purpose") }).await.is_err());
        }
        hasher.hash(&Password::typed("Sunny-Day-42")).await.expect("a hash");
    }

    #[tokio::test]
    async fn every_kind_of_stored_hash_is_compared_with_the_memory_of_the_one_before() {
        let hasher = Argon2Passwords::start().expect("threads");
        for (algorithm, version, memory_kib, passes, lanes) in [
            (Algorithm::Argon2id, Version::V0x13, 19_456, 2, 1),
            (Algorithm::Argon2i, Version::V0x13, 64, 3, 2),
            (Algorithm::Argon2d, Version::V0x10, 32_768, 1, 4),
            (Algorithm::Argon2id, Version::V0x10, 8_192, 2, 1),
            (Algorithm::Argon2id, Version::V0x13, 19_456, 2, 1),
        ] {
            let params = Params::new(memory_kib, passes, lanes, Some(48)).expect("parameters");
            let maker = Argon2::new(algorithm, version, params);
            let stored =
                maker.hash_password_with_salt(b"Sunny-Day-42", &[5; 24]).expect("a hash").to_string();
            let verdict = async |raw: &str| {
                hasher.verify(&Password::typed(raw), Some(&stored)).await.expect("a verdict")
            };
            assert_ne!(verdict("Sunny-Day-42").await, Verdict::Wrong, "{stored}");
            assert_eq!(verdict("Sunny-Day-43").await, Verdict::Wrong, "{stored}");
        }
    }
}
