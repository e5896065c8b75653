//! What may be assigned to.

use super::expressions::{BITWISE, expression};
use super::{Parsed, Parser};
use crate::tree::{Expression, ExpressionKind, TrailerKind};

/// What a target may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Also tuples, lists and, within them, starred targets.
    Any,
    /// A name, an attribute or a subscript.
    Single,
    /// What `del` takes: no starred ones.
    Deleted,
}

/// Whether an expression may be assigned to.
pub(super) fn is_target(target: &Expression, allowed: Allowed) -> bool {
    match &target.kind {
        ExpressionKind::Name => true,
        ExpressionKind::Primary { trailers, .. } => {
            trailers.last().is_some_and(|last| !matches!(last.kind, TrailerKind::Call(_)))
        }
        ExpressionKind::Parenthesized(inner) => is_target(inner, allowed),
        ExpressionKind::Tuple(items) | ExpressionKind::List(items) => {
            let starred = items.iter().filter(|item| matches!(item.kind, ExpressionKind::Starred(_))).count();
            let within = |item: &Expression| match &item.kind {
                ExpressionKind::Starred(inner) => allowed == Allowed::Any && is_target(inner, Allowed::Any),
                _ => is_target(item, allowed),
            };
            allowed != Allowed::Single && starred <= 1 && items.iter().all(within)
        }
        _ => false,
    }
}

impl Parser<'_> {
    /// The target of a loop or of a comprehension's clause: it ends before `in`.
    pub(super) fn loop_target(&mut self) -> Parsed<Expression> {
        let start = self.token.span;
        let first = self.starred_or(Self::tight)?;
        let target = if self.is(",") {
            let mut items = vec![first];
            while self.eat(",") && self.begins_expression() {
                items.push(self.starred_or(Self::tight)?);
            }
            expression(self.since(start), ExpressionKind::Tuple(items))
        } else {
            first
        };
        if is_target(&target, Allowed::Any) { Ok(target) } else { self.wrong("this cannot be assigned to") }
    }

    fn tight(&mut self) -> Parsed<Expression> {
        self.deeper(|parser| parser.operators(BITWISE))
    }
}
