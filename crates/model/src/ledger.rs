//! The ledger: reserve the worst case, send, settle. It never lets a budget be overrun, in tokens or in money.

use mend_core::{Budget, Cost, OverBudget};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An account of tokens and money, shared by all clones and threads.
///
/// At any moment `spent + reserved` is within the budget, as long as no request is settled above its
/// worst case and the ledger was opened within it.
#[derive(Debug, Clone)]
pub struct Ledger {
    budget: Budget,
    account: Arc<Mutex<Account>>,
}

#[derive(Debug, Clone, Default)]
struct Account {
    spent: Cost,
    /// Worst cases of requests on their way.
    reserved: Vec<(u64, Cost)>,
    next: u64,
}

impl Account {
    fn reserved(&self) -> Cost {
        self.reserved.iter().map(|(_, cost)| *cost).sum()
    }
}

impl Ledger {
    /// An account with a budget, of which some is spent already (by the run that is resumed).
    pub fn new(budget: Budget, already_spent: Cost) -> Self {
        let account = Account { spent: already_spent, ..Account::default() };
        Self { budget, account: Arc::new(Mutex::new(account)) }
    }

    /// What may be spent.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Sets the worst case of one request aside. A request that costs nothing always fits.
    pub fn reserve(&self, worst: Cost) -> Result<Reservation, OverBudget> {
        let mut account = self.lock();
        self.budget.check(account.spent + account.reserved(), worst)?;
        let number = account.next;
        account.next += 1;
        account.reserved.push((number, worst));
        drop(account);
        Ok(Reservation { ledger: self.clone(), number, worst, is_settled: false })
    }

    /// The cost of settled requests, and the worst case of dropped ones.
    pub fn spent(&self) -> Cost {
        self.lock().spent
    }

    /// Worst cases of requests on their way.
    pub fn reserved(&self) -> Cost {
        self.lock().reserved()
    }

    fn lock(&self) -> MutexGuard<'_, Account> {
        // Every update leaves the account whole at each step.
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is set aside for one request. Dropped unsettled, it charges its worst case: nobody knows whether
/// the request was billed.
#[derive(Debug)]
#[must_use = "a reservation that is dropped charges its worst case"]
pub struct Reservation {
    ledger: Ledger,
    number: u64,
    worst: Cost,
    is_settled: bool,
}

impl Reservation {
    /// What was set aside.
    pub fn worst(&self) -> Cost {
        self.worst
    }

    /// Charges what the request really cost, and frees the rest. A cost above the worst case is charged in full.
    pub fn settle(mut self, actual: Cost) {
        self.charge(actual);
        self.is_settled = true;
    }

    fn charge(&self, cost: Cost) {
        let mut account = self.ledger.lock();
        account.reserved.retain(|(number, _)| *number != self.number);
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
    use mend_core::Tokens;
    use proptest::prelude::*;

    fn ledger(limit: Option<u64>, spent: u64) -> Ledger {
        Ledger::new(Budget { tokens: limit.map(Tokens), usd: None }, Tokens(spent).into())
    }

    fn tokens(ledger: &Ledger) -> (u64, u64) {
        (ledger.spent().tokens.0, ledger.reserved().tokens.0)
    }

    #[test]
    fn a_settled_request_frees_what_it_did_not_use() {
        let ledger = ledger(Some(100), 20);
        let first = ledger.reserve(Tokens(70).into()).unwrap();
        let refused = ledger.reserve(Tokens(11).into()).unwrap_err();
        assert_eq!(refused.to_string(), "a request may cost 11 tokens and 10 of the budget of 100 remain");
        first.settle(Tokens(30).into());
        assert_eq!(tokens(&ledger), (50, 0));
    }

    #[test]
    fn a_dropped_request_is_charged_at_its_worst() {
        let ledger = ledger(Some(100), 0);
        drop(ledger.reserve(Tokens(60).into()).unwrap());
        assert_eq!(tokens(&ledger), (60, 0));
    }

    #[test]
    fn free_requests_fit_into_an_overdrawn_budget() {
        let ledger = ledger(Some(10), 15);
        ledger.reserve(Tokens(0).into()).unwrap().settle(Tokens(0).into());
        assert!(ledger.reserve(Tokens(1).into()).is_err());
    }

    #[test]
    fn money_is_limited_beside_tokens_and_needs_a_price() {
        let budget = Budget { tokens: Some(Tokens(100)), usd: Some("0.5".parse().unwrap()) };
        let ledger = Ledger::new(budget, Cost::ZERO);
        let cost = |tokens, usd: &str| Cost { tokens: Tokens(tokens), usd: usd.parse().ok() };
        let first = ledger.reserve(cost(10, "0.4")).unwrap();
        let refused = ledger.reserve(cost(10, "0.2")).unwrap_err();
        assert_eq!(refused.to_string(), "a request may cost $0.2 and $0.1 of the budget of $0.5 remain");
        first.settle(cost(5, "0.1"));
        ledger.reserve(cost(10, "0.4")).unwrap().settle(cost(10, "0.39"));
        let refused = ledger.reserve(cost(86, "0")).unwrap_err();
        assert_eq!(refused.to_string(), "a request may cost 86 tokens and 85 of the budget of 100 remain");
        let refused = ledger.reserve(cost(1, "")).unwrap_err();
        assert_eq!(refused.to_string(), "a request has no known price and there is a budget of $0.5");
        ledger.reserve(Cost::ZERO).unwrap().settle(Cost::ZERO);
        assert_eq!(ledger.spent().usd, Some("0.49".parse().unwrap()));
    }

    #[test]
    fn a_ledger_without_a_limit_only_counts() {
        let ledger = ledger(None, 5);
        ledger.reserve(Tokens(1 << 60).into()).unwrap().settle(Tokens(7).into());
        assert_eq!(tokens(&ledger), (12, 0));
    }

    /// What happens to one request: its worst case, and its share of that as the cost, or it is lost.
    fn requests() -> impl Strategy<Value = Vec<(u64, Option<f64>)>> {
        prop::collection::vec((0_u64..60, prop::option::of(0.0..=1.0)), 0..40)
    }

    fn finish(reservation: Reservation, cost: Option<f64>) {
        let worst = reservation.worst().tokens.0 as f64;
        match cost {
            Some(share) => reservation.settle(Tokens((worst * share) as u64).into()),
            None => drop(reservation),
        }
    }

    #[track_caller]
    fn check_within(ledger: &Ledger, limit: u64) {
        let account = ledger.lock();
        assert!((account.spent + account.reserved()).tokens <= Tokens(limit), "{account:?}");
    }

    proptest! {
        /// Up to three requests are on their way at once.
        #[test]
        fn spent_and_reserved_never_pass_the_limit(requests in requests(), limit in 0_u64..500) {
            let ledger = ledger(Some(limit), 0);
            let mut open = std::collections::VecDeque::new();
            for (worst, cost) in requests {
                if let Ok(reservation) = ledger.reserve(Tokens(worst).into()) {
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
            prop_assert_eq!(ledger.reserved(), Cost::ZERO);
        }

        #[test]
        fn threads_share_the_limit(requests in requests(), limit in 0_u64..500) {
            let ledger = ledger(Some(limit), 0);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for (worst, cost) in &requests {
                            if let Ok(reservation) = ledger.reserve(Tokens(*worst).into()) {
                                check_within(&ledger, limit);
                                finish(reservation, *cost);
                            }
                            check_within(&ledger, limit);
                        }
                    });
                }
            });
            prop_assert_eq!(ledger.reserved(), Cost::ZERO);
        }
    }
}
