//! The ledger: reserve the worst case, send, settle. It never lets a budget be overrun, in tokens or in money, in requests,
//! executions, or people's time.

use mend_core::{Budget, Cost, Effort, Outlay, OverBudget};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An account of tokens, money, and what else is limited, shared by all clones and threads.
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
    spent: Outlay,
    /// Worst cases of what is on its way.
    reserved: Vec<(u64, Outlay)>,
    next: u64,
}

impl Account {
    fn reserved(&self) -> Outlay {
        self.reserved.iter().map(|(_, worst)| *worst).sum()
    }
}

impl Ledger {
    /// An account with a budget, of which some is spent already (by the run that is resumed).
    pub fn new(budget: Budget, already_spent: impl Into<Outlay>) -> Self {
        let account = Account { spent: already_spent.into(), ..Account::default() };
        Self { budget, account: Arc::new(Mutex::new(account)) }
    }

    /// What may be spent.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Sets the worst case of one request, or of an execution, aside. What takes nothing always fits.
    ///
    /// # Errors
    /// What is short.
    pub fn reserve(&self, worst: impl Into<Outlay>) -> Result<Reservation, OverBudget> {
        let worst = worst.into();
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
        self.lock().spent.cost
    }

    /// What was taken beside tokens and money, so far.
    pub fn taken(&self) -> Effort {
        self.lock().spent.effort
    }

    /// Worst cases of requests on their way.
    pub fn reserved(&self) -> Cost {
        self.lock().reserved().cost
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
    worst: Outlay,
    is_settled: bool,
}

impl Reservation {
    /// The tokens and the money that were set aside.
    pub fn worst(&self) -> Cost {
        self.worst.cost
    }

    /// What was set aside beside these.
    pub fn effort(&self) -> Effort {
        self.worst.effort
    }

    /// Charges what it really took, and frees the rest. What is above the worst case is charged in full.
    pub fn settle(mut self, actual: impl Into<Outlay>) {
        self.charge(actual.into());
        self.is_settled = true;
    }

    fn charge(&self, actual: Outlay) {
        let mut account = self.ledger.lock();
        account.reserved.retain(|(number, _)| *number != self.number);
        account.spent += actual;
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
    use mend_core::{EffortLimits, Tokens};
    use proptest::prelude::*;

    fn ledger(limit: Option<u64>, spent: u64) -> Ledger {
        Ledger::new(Budget::of_tokens(limit.map(Tokens)), Tokens(spent))
    }

    fn tokens(ledger: &Ledger) -> (u64, u64) {
        (ledger.spent().tokens.0, ledger.reserved().tokens.0)
    }

    #[test]
    fn a_settled_request_frees_what_it_did_not_use() {
        let ledger = ledger(Some(100), 20);
        let first = ledger.reserve(Tokens(70)).unwrap();
        let refused = ledger.reserve(Tokens(11)).unwrap_err();
        assert_eq!(refused.to_string(), "a request may cost 11 tokens and 10 of the budget of 100 remain");
        first.settle(Tokens(30));
        assert_eq!(tokens(&ledger), (50, 0));
    }

    #[test]
    fn a_dropped_request_is_charged_at_its_worst() {
        let ledger = ledger(Some(100), 0);
        drop(ledger.reserve(Tokens(60)).unwrap());
        assert_eq!(tokens(&ledger), (60, 0));
    }

    #[test]
    fn free_requests_fit_into_an_overdrawn_budget() {
        let ledger = ledger(Some(10), 15);
        ledger.reserve(Tokens(0)).unwrap().settle(Tokens(0));
        assert!(ledger.reserve(Tokens(1)).is_err());
    }

    #[test]
    fn money_is_limited_beside_tokens_and_needs_a_price() {
        let budget = Budget { usd: Some("0.5".parse().unwrap()), ..Budget::of_tokens(Some(Tokens(100))) };
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
    fn people_and_executions_have_limits_of_their_own() {
        let effort = EffortLimits { executions: Some(3), minutes: "30".parse().ok(), ..EffortLimits::default() };
        let ledger = Ledger::new(Budget { effort, ..Budget::default() }, Effort::of_executions(1));
        let answer = Effort { calls: 1, questions: 1, minutes: "2.5".parse().unwrap(), ..Effort::ZERO };
        for _ in 0..12 {
            ledger.reserve(answer).unwrap().settle(answer);
        }
        assert_eq!(ledger.taken().minutes.to_string(), "30");
        assert_eq!(
            ledger.reserve(answer).unwrap_err().to_string(),
            "the next answer takes 2.5 minutes and 0 of the budget of 30 remain"
        );
        // One that asks nobody, and one that runs programs.
        ledger.reserve(Effort { calls: 1, ..Effort::ZERO }).unwrap().settle(Effort::ZERO);
        let two = ledger.reserve(Effort::of_executions(2)).unwrap();
        assert_eq!(
            ledger.reserve(Effort::of_executions(1)).unwrap_err().to_string(),
            "the next step may take 1 executions and 0 of the budget of 3 remain"
        );
        two.settle(Effort::of_executions(1));
        ledger.reserve(Effort::of_executions(1)).unwrap().settle(Effort::of_executions(1));
        assert_eq!((ledger.taken().executions, ledger.taken().calls), (3, 12));
    }

    #[test]
    fn a_ledger_without_a_limit_only_counts() {
        let ledger = ledger(None, 5);
        ledger.reserve(Tokens(1 << 60)).unwrap().settle(Tokens(7));
        assert_eq!(tokens(&ledger), (12, 0));
    }

    /// What happens to one request: its worst case, and its share of that as the cost, or it is lost.
    fn requests() -> impl Strategy<Value = Vec<(u64, Option<f64>)>> {
        prop::collection::vec((0_u64..60, prop::option::of(0.0..=1.0)), 0..40)
    }

    fn finish(reservation: Reservation, cost: Option<f64>) {
        let worst = reservation.worst().tokens.0 as f64;
        match cost {
            Some(share) => reservation.settle(Tokens((worst * share) as u64)),
            None => drop(reservation),
        }
    }

    #[track_caller]
    fn check_within(ledger: &Ledger, limit: u64) {
        let account = ledger.lock();
        assert!((account.spent + account.reserved()).cost.tokens <= Tokens(limit), "{account:?}");
    }

    proptest! {
        /// Up to three requests are on their way at once.
        #[test]
        fn spent_and_reserved_never_pass_the_limit(requests in requests(), limit in 0_u64..500) {
            let ledger = ledger(Some(limit), 0);
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
            prop_assert_eq!(ledger.reserved(), Cost::ZERO);
        }

        #[test]
        fn threads_share_the_limit(requests in requests(), limit in 0_u64..500) {
            let ledger = ledger(Some(limit), 0);
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
            prop_assert_eq!(ledger.reserved(), Cost::ZERO);
        }
    }
}
