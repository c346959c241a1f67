//! Lets a provider that is down rest, instead of making everybody wait for it.
//!
//! After some failures in a row nobody asks any more for a while; then one may try, and all of them
//! again if that went well. Each pause is twice as long as the one before. The crates for this tell
//! the time themselves and do not tell when it is worth coming back, which is what people are
//! answered with (`Retry-After`).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use madang_application::{identity::social::ProviderFault, shared::Clock};
use madang_domain::shared::Timestamp;

/// So many failures in a row, and a provider is down.
const FAILURES: u32 = 5;
/// The first pause.
const FIRST: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST: Duration = Duration::from_mins(2);

/// The switch of one provider.
pub(in crate::identity) struct Breaker {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    /// The length of the pause, and when it is over; `None` while all goes well.
    pause: Option<(Duration, Timestamp)>,
    /// Whether somebody is trying at this moment.
    probing: bool,
}

/// Leave to ask the provider. Whoever drops it without a word was cut off, which says nothing about
/// the provider.
pub(super) struct Leave<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Breaker {
    /// Closed: everybody may ask.
    pub(in crate::identity) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Whether it makes sense to send somebody there.
    pub(super) fn check(&self) -> Result<(), ProviderFault> {
        match self.state().pause {
            Some((length, until)) if self.clock.now() < until => Err(self.resting(length, until)),
            _ => Ok(()),
        }
    }

    /// Asks for leave.
    pub(super) fn enter(&self) -> Result<Leave<'_>, ProviderFault> {
        let mut state = self.state();
        let Some((length, until)) = state.pause else { return Ok(Leave { breaker: self, probe: false }) };
        if self.clock.now() < until || state.probing {
            return Err(self.resting(length, until));
        }
        state.probing = true;
        Ok(Leave { breaker: self, probe: true })
    }

    /// A clock that was set back must not make a pause longer than it is.
    fn resting(&self, length: Duration, until: Timestamp) -> ProviderFault {
        let left = until.since(self.clock.now()).min(length);
        ProviderFault::Resting {
            seconds: u32::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(1).max(1),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// The provider answered, whatever it said.
    pub(super) fn answered(self) {
        let mut state = self.breaker.state();
        // Whoever asked before the pause and is answered in it does not end it: only the probe does.
        if self.probe || state.pause.is_none() {
            *state = State::default();
        }
    }

    /// The provider is away, broken or overloaded.
    pub(super) fn failed(self) {
        let mut state = self.breaker.state();
        state.failures = state.failures.saturating_add(1);
        let length = match state.pause {
            Some((length, _)) if self.probe => (length * 2).min(LONGEST),
            None if state.failures >= FAILURES => FIRST,
            _ => return,
        };
        state.pause = Some((length, self.breaker.clock.now().plus(length)));
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use proptest::prelude::*;

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed))
        }
    }

    impl Hand {
        fn advance(&self, by: Duration) {
            self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
        }
    }

    fn breaker() -> (Arc<Hand>, Breaker) {
        let hand = Arc::new(Hand::default());
        (Arc::clone(&hand), Breaker::new(hand))
    }

    fn down(breaker: &Breaker) {
        for _ in 0..FAILURES {
            breaker.enter().ok().unwrap().failed();
        }
    }

    #[test]
    fn r05_a_provider_that_is_down_rests_and_one_tries() {
        let (hand, breaker) = breaker();
        down(&breaker);
        assert_eq!(breaker.check(), Err(ProviderFault::Resting { seconds: 5 }));
        hand.advance(FIRST);
        assert_eq!(breaker.check(), Ok(()));
        let probe = breaker.enter().ok().unwrap();
        assert!(breaker.enter().is_err(), "one at a time");
        probe.failed();
        assert_eq!(breaker.check(), Err(ProviderFault::Resting { seconds: 10 }));
        hand.advance(FIRST * 2);
        breaker.enter().ok().unwrap().answered();
        assert!(breaker.enter().is_ok() && breaker.enter().is_ok());
    }

    #[test]
    fn r05_a_probe_that_was_cut_off_lets_the_next_one_try() {
        let (hand, breaker) = breaker();
        down(&breaker);
        hand.advance(FIRST);
        drop(breaker.enter().ok().unwrap());
        assert!(breaker.enter().is_ok());
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Answer,
        Fail,
        CutOff,
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            1 => Just(Step::Answer),
            3 => Just(Step::Fail),
            1 => Just(Step::CutOff),
            1 => (1_u64..200).prop_map(Step::Wait),
        ]
    }

    proptest! {
        /// Whatever happens, in whatever order: nobody is refused before enough failures in a row,
        /// nobody for longer than the longest pause, and what was told is kept.
        #[test]
        fn r05_refusals_are_deserved_and_end(steps in prop::collection::vec(step(), 0..200)) {
            let (hand, breaker) = breaker();
            let mut in_a_row = 0;
            for step in steps {
                let leave = breaker.enter();
                if let Err(ProviderFault::Resting { seconds }) = leave {
                    prop_assert!(in_a_row >= FAILURES);
                    prop_assert!((1..=120).contains(&seconds));
                } else {
                    prop_assert!(leave.is_ok());
                }
                match (step, leave) {
                    (Step::Wait(seconds), leave) => {
                        let told = leave.as_ref().err().copied();
                        drop(leave);
                        hand.advance(Duration::from_secs(seconds));
                        if let Some(ProviderFault::Resting { seconds: told }) = told {
                            prop_assert_eq!(breaker.enter().is_ok(), seconds >= u64::from(told));
                        }
                    }
                    (Step::Answer, Ok(leave)) => { leave.answered(); in_a_row = 0; }
                    (Step::Fail, Ok(leave)) => { leave.failed(); in_a_row += 1; }
                    (Step::CutOff, Ok(leave)) => drop(leave),
                    (_, Err(_)) => {}
                }
            }
            hand.advance(LONGEST);
            prop_assert!(breaker.enter().is_ok());
        }
    }
}
