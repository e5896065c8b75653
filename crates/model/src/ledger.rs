//! The token ledger: reserve the worst case, send, settle. It never lets a budget be overrun.

use mend_core::Tokens;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An account of tokens, shared by all clones and threads.
///
/// At any moment `spent + reserved` is within the limit, as long as no request is settled above its
/// worst case and the ledger was opened within it.
#[derive(Debug, Clone)]
pub struct Ledger {
    limit: Option<Tokens>,
    account: Arc<Mutex<Account>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Account {
    spent: Tokens,
    reserved: Tokens,
}

/// The worst case does not fit into what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request may cost {worst} tokens and {remaining} of the budget of {limit} remain")]
pub struct OverBudget {
    /// What the request may cost.
    pub worst: Tokens,
    /// What is neither spent nor reserved.
    pub remaining: Tokens,
    /// The budget.
    pub limit: Tokens,
}

impl Ledger {
    /// An account with a limit, or without one, of which some is spent already (by the run that is resumed).
    pub fn new(limit: Option<Tokens>, already_spent: Tokens) -> Self {
        let account = Account { spent: already_spent, reserved: Tokens(0) };
        Self { limit, account: Arc::new(Mutex::new(account)) }
    }

    /// Sets the worst case of one request aside. A request that costs nothing always fits.
    pub fn reserve(&self, worst: Tokens) -> Result<Reservation, OverBudget> {
        let mut account = self.lock();
        if let Some(limit) = self.limit {
            let remaining = limit - (account.spent + account.reserved);
            if worst > remaining {
                return Err(OverBudget { worst, remaining, limit });
            }
        }
        account.reserved += worst;
        drop(account);
        Ok(Reservation { ledger: self.clone(), worst, is_settled: false })
    }

    /// Tokens of settled requests, and the worst case of dropped ones.
    pub fn spent(&self) -> Tokens {
        self.lock().spent
    }

    /// Worst cases of requests on their way.
    pub fn reserved(&self) -> Tokens {
        self.lock().reserved
    }

    /// What can still be reserved; `None` without a limit.
    pub fn remaining(&self) -> Option<Tokens> {
        let account = *self.lock();
        self.limit.map(|limit| limit - (account.spent + account.reserved))
    }

    fn lock(&self) -> MutexGuard<'_, Account> {
        // Every update is a pair of additions that cannot panic halfway.
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tokens set aside for one request. Dropped unsettled, it charges its worst case: nobody knows whether
/// the request was billed.
#[derive(Debug)]
#[must_use = "a reservation that is dropped charges its worst case"]
pub struct Reservation {
    ledger: Ledger,
    worst: Tokens,
    is_settled: bool,
}

impl Reservation {
    /// What was set aside.
    pub fn worst(&self) -> Tokens {
        self.worst
    }

    /// Charges what the request really cost, and frees the rest. A cost above the worst case is charged in full.
    pub fn settle(mut self, actual: Tokens) {
        self.charge(actual);
        self.is_settled = true;
    }

    fn charge(&self, cost: Tokens) {
        let mut account = self.ledger.lock();
        account.reserved = account.reserved - self.worst;
        account.spent += cost;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.is_settled {
            self.charge(self.worst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_settled_request_frees_what_it_did_not_use() {
        let ledger = Ledger::new(Some(Tokens(100)), Tokens(20));
        let first = ledger.reserve(Tokens(70)).unwrap();
        let refused = ledger.reserve(Tokens(11)).unwrap_err();
        assert_eq!(refused.to_string(), "a request may cost 11 tokens and 10 of the budget of 100 remain");
        first.settle(Tokens(30));
        assert_eq!((ledger.spent(), ledger.reserved(), ledger.remaining()), (Tokens(50), Tokens(0), Some(Tokens(50))));
    }

    #[test]
    fn a_dropped_request_is_charged_at_its_worst() {
        let ledger = Ledger::new(Some(Tokens(100)), Tokens(0));
        drop(ledger.reserve(Tokens(60)).unwrap());
        assert_eq!((ledger.spent(), ledger.remaining()), (Tokens(60), Some(Tokens(40))));
    }

    #[test]
    fn free_requests_fit_into_an_overdrawn_budget() {
        let ledger = Ledger::new(Some(Tokens(10)), Tokens(15));
        assert_eq!(ledger.remaining(), Some(Tokens(0)));
        ledger.reserve(Tokens(0)).unwrap().settle(Tokens(0));
        assert!(ledger.reserve(Tokens(1)).is_err());
    }

    #[test]
    fn a_ledger_without_a_limit_only_counts() {
        let ledger = Ledger::new(None, Tokens(5));
        ledger.reserve(Tokens(1 << 60)).unwrap().settle(Tokens(7));
        assert_eq!((ledger.spent(), ledger.remaining()), (Tokens(12), None));
    }

    /// What happens to one request: its worst case, and its share of that as the cost, or it is lost.
    fn requests() -> impl Strategy<Value = Vec<(u64, Option<f64>)>> {
        prop::collection::vec((0_u64..60, prop::option::of(0.0..=1.0)), 0..40)
    }

    fn finish(reservation: Reservation, cost: Option<f64>) {
        let worst = reservation.worst().0 as f64;
        match cost {
            Some(share) => reservation.settle(Tokens((worst * share) as u64)),
            None => drop(reservation),
        }
    }

    #[track_caller]
    fn check_within(ledger: &Ledger, limit: u64) {
        let account = *ledger.lock();
        assert!(account.spent + account.reserved <= Tokens(limit), "{account:?}");
    }

    proptest! {
        /// Up to three requests are on their way at once.
        #[test]
        fn spent_and_reserved_never_pass_the_limit(requests in requests(), limit in 0_u64..500) {
            let ledger = Ledger::new(Some(Tokens(limit)), Tokens(0));
            let mut open = std::collections::VecDeque::new();
            for (worst, cost) in requests {
                if let Ok(reservation) = ledger.reserve(Tokens(worst)) {
                    open.push_back((reservation, cost));
                }
                check_within(&ledger, limit);
                if open.len() == 3 {
                    let (reservation, cost) = open.pop_front().unwrap();
                    finish(reservation, cost);
                    check_within(&ledger, limit);
                }
            }
            drop(open);
            check_within(&ledger, limit);
            prop_assert_eq!(ledger.reserved(), Tokens(0));
        }

        #[test]
        fn threads_share_the_limit(requests in requests(), limit in 0_u64..500) {
            let ledger = Ledger::new(Some(Tokens(limit)), Tokens(0));
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for (worst, cost) in &requests {
                            if let Ok(reservation) = ledger.reserve(Tokens(*worst)) {
                                check_within(&ledger, limit);
                                finish(reservation, *cost);
                            }
                            check_within(&ledger, limit);
                        }
                    });
                }
            });
            prop_assert_eq!(ledger.reserved(), Tokens(0));
        }
    }
}
