//! Where a script's text gets calls of the guards.
//!
//! Operators are replaced in the parsed script ([`replaced_operators`]). Everything else that can be large is wrapped in
//! the text, by the places that a first parse gives: an argument `x` of `list(x)` becomes `mend__arg("list", (x))`. Lines
//! stay what they are, and errors show the script's own text.

use super::OWN;
use starlark::syntax::AstModule;
use starlark::syntax::ast::{
    ArgumentP, AssignOp, AssignTargetP, AstAssignTarget, AstExpr, AstNoPayload, AstParameter, AstStmt, ClauseP, ExprP,
    ForClause, ParameterP, StmtP,
};
use std::collections::{BTreeSet, HashMap};

/// Functions of Starlark, and of our own, of which one call can be large.
const BUILTINS: [&str; 26] = [
    "all",
    "any",
    "dict",
    "each",
    "enumerate",
    "fail",
    "filter",
    "find",
    "fitting",
    "hash",
    "int",
    "list",
    "map",
    "max",
    "min",
    "programs",
    "repr",
    "reversed",
    "run",
    "said",
    "sorted",
    "str",
    "struct",
    "sum",
    "tuple",
    "zip",
];
/// Methods of texts, lists and dicts of which one call can be large.
pub(super) const METHODS: [&str; 45] = [
    "append",
    "capitalize",
    "codepoints",
    "count",
    "elems",
    "endswith",
    "extend",
    "find",
    "format",
    "get",
    "index",
    "insert",
    "isalnum",
    "isalpha",
    "isdigit",
    "islower",
    "isspace",
    "istitle",
    "isupper",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "partition",
    "pop",
    "remove",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rpartition",
    "rsplit",
    "rstrip",
    "setdefault",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "title",
    "update",
    "upper",
    "values",
    "popitem",
];

/// The operators of which one can be large, with the functions that check them.
pub(in crate::script) fn replaced_operators() -> HashMap<String, String> {
    let operators = [
        ("+", "add"),
        ("-", "sub"),
        ("*", "mul"),
        ("%", "percent"),
        ("|", "either"),
        ("<<", "shift"),
        ("==", "equal"),
        ("!=", "differ"),
        ("<", "less"),
        ("<=", "at_most"),
        (">", "more"),
        (">=", "at_least"),
        ("in", "within"),
        ("not in", "without"),
    ];
    operators.map(|(operator, name)| (operator.to_owned(), format!("{OWN}{name}"))).into()
}

/// The text of a script with calls of the guards.
pub(in crate::script) fn guarded(tree: &AstModule, text: &str) -> String {
    let mut defined = Defined::default();
    defined.statement(tree.statement());
    let mut walk = Walk { defined: defined.0, inserted: Vec::new() };
    walk.statement(tree.statement());
    // What ends at a place stands before what begins there; else in the order of the walk: outer calls begin first and
    // end last.
    walk.inserted.sort_by_key(|insert| (insert.at, insert.is_begin));
    let mut result = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for insert in walk.inserted {
        result.push_str(&text[at..insert.at]);
        result.push_str(&insert.text);
        at = insert.at;
    }
    result.push_str(&text[at..]);
    result
}

/// Names of functions that a script defines: their calls count by themselves.
#[derive(Default)]
struct Defined(BTreeSet<String>);

impl Defined {
    fn statement(&mut self, statement: &AstStmt) {
        match &statement.node {
            StmtP::Def(def) => {
                self.0.insert(def.name.node.ident.clone());
                self.statement(&def.body);
            }
            StmtP::Statements(all) => all.iter().for_each(|inner| self.statement(inner)),
            StmtP::If(_, body) => self.statement(body),
            StmtP::IfElse(_, bodies) => {
                self.statement(&bodies.0);
                self.statement(&bodies.1);
            }
            StmtP::For(inner) => self.statement(&inner.body),
            StmtP::Load(load) => self.0.extend(load.args.iter().map(|arg| arg.local.node.ident.clone())),
            _ => {}
        }
    }
}

struct Insert {
    at: usize,
    is_begin: bool,
    text: String,
}

struct Walk {
    defined: BTreeSet<String>,
    inserted: Vec<Insert>,
}

/// The first and the last byte of a part of a script.
fn ends(expression: &AstExpr) -> (usize, usize) {
    (expression.span.begin().get() as usize, expression.span.end().get() as usize)
}

impl Walk {
    fn begin(&mut self, at: usize, text: String) {
        self.inserted.push(Insert { at, is_begin: true, text });
    }

    fn end(&mut self, at: usize, text: &str) {
        self.inserted.push(Insert { at, is_begin: false, text: text.to_owned() });
    }

    /// An expression within a call of a guard.
    fn wrapped(&mut self, expression: &AstExpr, function: &str, first: &str, last: &str) {
        let (begin, end) = ends(expression);
        self.begin(begin, format!("{OWN}{function}({first}("));
        self.expression(expression);
        self.end(end, &format!("){last})"));
    }

    /// What is indexed by: small plain numbers and texts need no look.
    fn key(&mut self, key: &AstExpr) {
        if matches!(key.node, ExprP::Literal(_)) {
            self.expression(key);
        } else {
            self.wrapped(key, "key", "", "");
        }
    }

    fn statement(&mut self, statement: &AstStmt) {
        match &statement.node {
            StmtP::Break | StmtP::Continue | StmtP::Pass | StmtP::Return(None) | StmtP::Load(_) => {}
            StmtP::Return(Some(value)) | StmtP::Expression(value) => self.expression(value),
            StmtP::Assign(assign) => {
                self.target(&assign.lhs);
                self.expression(&assign.rhs);
            }
            StmtP::AssignModify(target, operator, value) => self.modified(target, *operator, value),
            StmtP::Statements(all) => all.iter().for_each(|inner| self.statement(inner)),
            StmtP::If(condition, body) => {
                self.expression(condition);
                self.statement(body);
            }
            StmtP::IfElse(condition, bodies) => {
                self.expression(condition);
                self.statement(&bodies.0);
                self.statement(&bodies.1);
            }
            StmtP::For(inner) => {
                self.target(&inner.var);
                self.over(&inner.over);
                self.statement(&inner.body);
            }
            StmtP::Def(def) => {
                self.parameters(&def.params);
                self.statement(&def.body);
            }
        }
    }

    /// `x += value`: the value is looked at together with what it is added to, where that is a name; else alone.
    fn modified(&mut self, target: &AstAssignTarget, operator: AssignOp, value: &AstExpr) {
        self.target(target);
        let name = match &target.node {
            AssignTargetP::Identifier(name) => name.node.ident.as_str(),
            _ => "None",
        };
        let operator = operator.to_string();
        self.wrapped(value, "modified", &format!("\"{}\", {name}, ", operator.trim()), "");
    }

    fn target(&mut self, target: &AstAssignTarget) {
        match &target.node {
            AssignTargetP::Tuple(all) => all.iter().for_each(|inner| self.target(inner)),
            AssignTargetP::Index(both) => {
                self.expression(&both.0);
                self.key(&both.1);
            }
            AssignTargetP::Dot(value, _) => self.expression(value),
            AssignTargetP::Identifier(_) => {}
        }
    }

    fn parameters(&mut self, parameters: &[AstParameter]) {
        for parameter in parameters {
            if let ParameterP::Normal(_, _, Some(value)) = &parameter.node {
                self.expression(value);
            }
        }
    }

    /// What a loop runs over: it may be a long range, since each turn counts.
    fn over(&mut self, over: &AstExpr) {
        if let ExprP::Call(function, _) = &over.node
            && let ExprP::Identifier(name) = &function.node
            && name.node.ident == "range"
            && !self.defined.contains("range")
        {
            self.begin(ends(function).0, format!("{OWN}loop_"));
        }
        self.expression(over);
    }

    fn clauses(&mut self, first: &ForClause, more: &[ClauseP<AstNoPayload>]) {
        self.target(&first.var);
        self.over(&first.over);
        for clause in more {
            match clause {
                ClauseP::For(clause) => {
                    self.target(&clause.var);
                    self.over(&clause.over);
                }
                ClauseP::If(condition) => self.expression(condition),
            }
        }
    }

    fn expression(&mut self, expression: &AstExpr) {
        match &expression.node {
            ExprP::Identifier(_) | ExprP::Literal(_) => {}
            ExprP::Tuple(all) | ExprP::List(all) => all.iter().for_each(|inner| self.expression(inner)),
            ExprP::Dict(entries) => {
                for (key, value) in entries {
                    self.key(key);
                    self.expression(value);
                }
            }
            ExprP::Dot(value, name) if METHODS.contains(&name.node.as_str()) => {
                self.wrapped(value, "of", "", &format!(", \"{}\"", name.node));
            }
            ExprP::Dot(value, _)
            | ExprP::Not(value)
            | ExprP::Minus(value)
            | ExprP::Plus(value)
            | ExprP::BitNot(value) => self.expression(value),
            ExprP::Call(function, arguments) => {
                self.expression(function);
                let name = self.large(function);
                for argument in &arguments.args {
                    let value = argument.node.expr();
                    match (&argument.node, name) {
                        (ArgumentP::Args(_), _) => self.wrapped(value, "arg", "\"*\", ", ""),
                        // Keys of a dict of arguments are few: each is a name.
                        (ArgumentP::KwArgs(_), _) | (_, None) => self.expression(value),
                        (_, Some(name)) => self.wrapped(value, "arg", &format!("\"{name}\", "), ""),
                    }
                }
            }
            ExprP::Index(both) => {
                self.wrapped(&both.0, "of", "", ", \"[]\"");
                self.key(&both.1);
            }
            ExprP::Index2(all) => [&all.0, &all.1, &all.2].into_iter().for_each(|inner| self.expression(inner)),
            ExprP::Slice(value, first, last, step) => {
                self.wrapped(value, "of", "", ", \"[:]\"");
                [first, last, step].into_iter().flatten().for_each(|inner| self.expression(inner));
            }
            ExprP::Lambda(lambda) => {
                self.parameters(&lambda.params);
                self.expression(&lambda.body);
            }
            ExprP::Op(left, _, right) => {
                self.expression(left);
                self.expression(right);
            }
            ExprP::If(all) => [&all.0, &all.1, &all.2].into_iter().for_each(|inner| self.expression(inner)),
            ExprP::ListComprehension(value, first, more) => {
                self.expression(value);
                self.clauses(first, more);
            }
            ExprP::DictComprehension(entry, first, more) => {
                self.key(&entry.0);
                self.expression(&entry.1);
                self.clauses(first, more);
            }
            ExprP::FString(text) => {
                let names: Vec<&str> = text
                    .expressions
                    .iter()
                    .filter_map(|inner| match &inner.node {
                        ExprP::Identifier(name) => Some(name.node.ident.as_str()),
                        _ => None,
                    })
                    .collect();
                let (begin, end) = ends(expression);
                self.begin(begin, format!("[{OWN}shown([{}]), ", names.join(", ")));
                self.end(end, "][1]");
            }
        }
    }

    /// By which name the arguments of a call are looked at; `None` if the call counts by itself.
    fn large<'a>(&self, function: &'a AstExpr) -> Option<&'a str> {
        match &function.node {
            ExprP::Identifier(name) if self.defined.contains(&name.node.ident) => None,
            ExprP::Identifier(name) => {
                let name = name.node.ident.as_str();
                match name {
                    // They look at what they are given by themselves, or it is of no matter how much that is.
                    "ask" | "judge" | "range" | "len" | "type" | "bool" | "float" | "path" | "strategy" | "diff"
                    | "distance" | "dice" | "sqrt" | "log" | "exp" | "getattr" | "hasattr" | "abs" | "chr" | "ord" => {
                        None
                    }
                    name if BUILTINS.contains(&name) => Some(name),
                    // Another name for one of them, perhaps.
                    _ => Some("call"),
                }
            }
            ExprP::Dot(_, name) if METHODS.contains(&name.node.as_str()) => Some(&name.node),
            ExprP::Dot(..) | ExprP::Lambda(_) => None,
            _ => Some("call"),
        }
    }
}
