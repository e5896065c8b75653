//! One evaluation of a script: where it stands, and what it waits for.

use super::error::{Await, ScriptError};
use super::known::{Reach, Reached};
use super::solver::{Ground, Memo, Place};
use super::source::Inner;
use super::values::NodeValue;
use mend_core::{Kind, RepairTree, Slot};
use starlark::eval::Evaluator;
use starlark::values::ProvidesStaticType;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// What the functions of the language find in their evaluator.
#[derive(ProvidesStaticType)]
pub(super) struct Session<'a> {
    pub(super) script: &'a Inner,
    pub(super) ground: &'a Ground,
    pub(super) tree: &'a RepairTree,
    pub(super) memo: RefCell<&'a mut Memo>,
    scopes: RefCell<Vec<Scope>>,
    /// Whether `programs()` was called: what follows only chooses.
    pub(super) is_choosing: Cell<bool>,
    changed: RefCell<Option<ScriptError>>,
    /// Where it is noted what the script makes use of.
    pub(super) reached: Arc<Reached>,
}

/// A stretch of the script in which calls are counted: `solve`, or one item of `each`.
#[derive(Default)]
struct Scope {
    place: Place,
    calls: u32,
    /// How many of each kind were asked for below each node.
    taken: HashMap<(Option<Slot>, Kind), u32>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        script: &'a Inner,
        ground: &'a Ground,
        tree: &'a RepairTree,
        memo: RefCell<&'a mut Memo>,
        reached: Arc<Reached>,
    ) -> Self {
        let scopes = RefCell::new(vec![Scope::default()]);
        Self { script, ground, tree, memo, scopes, is_choosing: Cell::new(false), changed: RefCell::new(None), reached }
    }

    /// The session of an evaluation.
    pub(super) fn of<'s>(evaluator: &Evaluator<'_, 's, 'a>) -> &'s Session<'a> {
        evaluator.extra.and_then(|extra| extra.downcast_ref::<Session<'a>>()).expect("every evaluation has a session")
    }

    /// The place of the next call in the current scope.
    pub(super) fn next_place(&self) -> Place {
        let mut scopes = self.scopes.borrow_mut();
        let scope = scopes.last_mut().expect("the script's own scope stays");
        let mut place = scope.place.clone();
        place.push(scope.calls);
        scope.calls += 1;
        place
    }

    /// The number of the next node of a kind below a node, in the current scope; so many are taken.
    pub(super) fn take_numbers(&self, about: Option<&Slot>, kind: Kind, count: u32) -> u32 {
        let mut scopes = self.scopes.borrow_mut();
        let scope = scopes.last_mut().expect("the script's own scope stays");
        let taken = scope.taken.entry((about.cloned(), kind)).or_default();
        let first = *taken;
        *taken += count;
        first
    }

    /// Begins the scope of an item.
    pub(super) fn enter(&self, place: Place) {
        self.scopes.borrow_mut().push(Scope { place, ..Scope::default() });
    }

    /// Ends the scope of an item.
    pub(super) fn leave(&self) {
        self.scopes.borrow_mut().pop();
    }

    /// Whether the script is in an item of `each`.
    pub(super) fn is_inside_each(&self) -> bool {
        self.scopes.borrow().len() > 1
    }

    /// Notes what the script waits for.
    pub(super) fn wait_for(&self, awaited: Await) {
        self.memo.borrow_mut().awaits.insert(awaited);
    }

    /// A node as a value.
    pub(super) fn node(&self, slot: &Slot) -> NodeValue {
        let state = self.memo.borrow_mut().state(slot, self.tree);
        NodeValue { slot: Arc::new(slot.clone()), state }
    }

    /// Whether the outcome of suites of this reach may be used now.
    pub(super) fn may_use(&self, reach: Reach) -> bool {
        let header = &self.script.header;
        reach <= header.stop_on.max(self.learns_on()) || (self.is_choosing.get() && reach <= header.select_on)
    }

    /// Whether facts of suites of this reach may be shown.
    pub(super) fn may_show(&self, reach: Reach) -> bool {
        reach <= self.script.header.see.max(self.learns_on())
    }

    /// Whether suites of this reach may be used and shown on problems that the strategy learns from.
    pub(super) fn may_on_dev(&self, reach: Reach) -> bool {
        self.script.header.rounds.as_ref().is_some_and(|rounds| reach <= rounds.learn_on)
    }

    /// The reach that this problem has because the strategy learns from it.
    fn learns_on(&self) -> Reach {
        let is_dev = self.ground.memory.as_ref().is_some_and(|memory| memory.turn.is_dev);
        self.script.header.rounds.as_ref().filter(|_| is_dev).map_or(Reach::None, |rounds| rounds.learn_on)
    }

    /// Keeps an error that is not about the script alone.
    pub(super) fn note_change(&self, error: ScriptError) {
        *self.changed.borrow_mut() = Some(error);
    }

    /// That error.
    pub(super) fn changed(&self) -> Option<ScriptError> {
        self.changed.borrow_mut().take()
    }
}
