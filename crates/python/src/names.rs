//! Which names a piece of a program binds at module level, and which it takes from elsewhere.
//!
//! Order does not count: a name that is bound anywhere in its scope is not taken from elsewhere.

use crate::tree::{
    Argument, Clause, Expression, ExpressionKind, Parameter, ParameterKind, Pattern, PatternKind, Span, Statement,
    StatementKind, TrailerKind,
};
use std::collections::BTreeSet;

/// The names of some statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names<'a> {
    /// What they bind at module level, also from within functions by `global`.
    pub bound: BTreeSet<&'a str>,
    /// What they read, at module level or in functions, and do not bind. Builtins are among them.
    pub needed: BTreeSet<&'a str>,
    /// Whether they import all that some module has.
    pub imports_all: bool,
}

/// The names of statements of a module. `source` is what was parsed.
pub fn names<'a>(source: &'a str, statements: &[Statement]) -> Names<'a> {
    let mut reader =
        Reader { source, scopes: vec![Scope::new(Level::Module)], globals: BTreeSet::new(), imports_all: false };
    reader.block(statements);
    let module = reader.scopes.pop().expect("the module's scope stays");
    let bound: BTreeSet<&str> = module.bound.union(&reader.globals).copied().collect();
    let read = module.read.union(&module.passing);
    let needed = read.filter(|name| !bound.contains(*name)).copied().collect();
    Names { bound, needed, imports_all: reader.imports_all }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Module,
    Class,
    Function,
    Comprehension,
}

#[derive(Debug)]
struct Scope<'a> {
    level: Level,
    bound: BTreeSet<&'a str>,
    read: BTreeSet<&'a str>,
    /// Names of outer scopes that it may assign to.
    declared: BTreeSet<&'a str>,
    /// What scopes within it take from outside. A class's own names are not visible to them.
    passing: BTreeSet<&'a str>,
}

impl Scope<'_> {
    fn new(level: Level) -> Self {
        let (bound, read, declared, passing) = Default::default();
        Self { level, bound, read, declared, passing }
    }
}

struct Reader<'a> {
    source: &'a str,
    scopes: Vec<Scope<'a>>,
    /// What functions bind by `global`.
    globals: BTreeSet<&'a str>,
    imports_all: bool,
}

impl<'a> Reader<'a> {
    fn scope(&mut self) -> &mut Scope<'a> {
        self.scopes.last_mut().expect("the module's scope stays")
    }

    fn bind(&mut self, name: Span) {
        let name = name.of(self.source);
        self.scope().bound.insert(name);
    }

    /// Binds where `:=` does: outside all comprehensions.
    fn bind_outside(&mut self, name: &'a str) {
        let outside = self.scopes.iter_mut().rev().find(|scope| scope.level != Level::Comprehension);
        outside.expect("the module's scope stays").bound.insert(name);
    }

    fn within(&mut self, level: Level, read: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope::new(level));
        read(self);
        let inner = self.scopes.pop().expect("pushed above");
        let is_own = |name: &&&str| inner.bound.contains(**name) && !inner.declared.contains(**name);
        let mut taken: BTreeSet<&str> = inner.read.iter().filter(|name| !is_own(name)).copied().collect();
        match level {
            Level::Class => taken.extend(&inner.passing),
            _ => taken.extend(inner.passing.iter().filter(|name| !is_own(name))),
        }
        self.scope().passing.extend(taken);
    }

    fn block(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Function(function) => {
                self.all(&function.decorators);
                self.bind(function.name);
                self.defaults(&function.parameters);
                self.within(Level::Function, |reader| {
                    reader.parameters(&function.parameters);
                    reader.maybe(function.returns.as_ref());
                    reader.block(&function.body);
                });
            }
            StatementKind::Class(class) => {
                self.all(&class.decorators);
                self.bind(class.name);
                self.within(Level::Function, |reader| {
                    reader.parameters(&class.parameters);
                    reader.arguments(&class.arguments);
                    reader.within(Level::Class, |reader| reader.block(&class.body));
                });
            }
            StatementKind::Assign { targets, value } => {
                self.expression(value);
                for target in targets {
                    self.target(target);
                }
            }
            StatementKind::Augmented { target, value } => {
                self.expression(value);
                self.expression(target);
                self.target(target);
            }
            StatementKind::Annotated { target, annotation, value } => {
                self.expression(annotation);
                self.maybe(value.as_ref());
                self.target(target);
            }
            StatementKind::TypeAlias { name, parameters, value } => {
                self.bind(*name);
                self.within(Level::Function, |reader| {
                    reader.parameters(parameters);
                    reader.expression(value);
                });
            }
            StatementKind::Expression(value) => self.expression(value),
            StatementKind::Return(value) => self.maybe(value.as_ref()),
            StatementKind::Raise { exception, cause } => {
                self.maybe(exception.as_ref());
                self.maybe(cause.as_ref());
            }
            StatementKind::Delete(targets) => self.all(targets),
            StatementKind::Assert { test, message } => {
                self.expression(test);
                self.maybe(message.as_ref());
            }
            StatementKind::Pass | StatementKind::Break | StatementKind::Continue => {}
            StatementKind::Global(names) => {
                for name in names {
                    let name = name.of(self.source);
                    self.scope().declared.insert(name);
                    self.globals.insert(name);
                }
            }
            StatementKind::Nonlocal(names) => {
                for name in names {
                    let name = name.of(self.source);
                    self.scope().declared.insert(name);
                }
            }
            StatementKind::Import(names) => {
                for name in names {
                    let first = name.name.of(self.source).split('.').next().unwrap_or_default();
                    let bound = name.alias.map_or(first, |alias| alias.of(self.source));
                    self.scope().bound.insert(bound.trim());
                }
            }
            StatementKind::ImportFrom { names, .. } => {
                self.imports_all |= names.is_empty();
                for name in names {
                    self.bind(name.alias.unwrap_or(name.name));
                }
            }
            StatementKind::If { branches, otherwise } => {
                for (test, body) in branches {
                    self.expression(test);
                    self.block(body);
                }
                self.block(otherwise);
            }
            StatementKind::While { test, body, otherwise } => {
                self.expression(test);
                self.block(body);
                self.block(otherwise);
            }
            StatementKind::For { target, iterable, body, otherwise } => {
                self.expression(iterable);
                self.target(target);
                self.block(body);
                self.block(otherwise);
            }
            StatementKind::With { items, body } => {
                for (value, target) in items {
                    self.expression(value);
                    if let Some(target) = target {
                        self.target(target);
                    }
                }
                self.block(body);
            }
            StatementKind::Try { body, handlers, otherwise, finally } => {
                self.block(body);
                for handler in handlers {
                    self.maybe(handler.exception.as_ref());
                    if let Some(name) = &handler.name {
                        self.bind(*name);
                    }
                    self.block(&handler.body);
                }
                self.block(otherwise);
                self.block(finally);
            }
            StatementKind::Match { subject, cases } => {
                self.expression(subject);
                for case in cases {
                    self.pattern(&case.pattern);
                    self.maybe(case.guard.as_ref());
                    self.block(&case.body);
                }
            }
        }
    }

    fn maybe(&mut self, value: Option<&Expression>) {
        if let Some(value) = value {
            self.expression(value);
        }
    }

    fn all(&mut self, values: &[Expression]) {
        for value in values {
            self.expression(value);
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            self.expression(&argument.value);
        }
    }

    /// What is evaluated where a function is defined.
    fn defaults(&mut self, parameters: &[Parameter]) {
        for parameter in parameters.iter().filter(|parameter| parameter.kind != ParameterKind::Type) {
            self.maybe(parameter.default.as_ref());
        }
    }

    /// What a function's own scope holds; type parameters are in it, so annotations are read there.
    fn parameters(&mut self, parameters: &[Parameter]) {
        for parameter in parameters {
            self.bind(parameter.name);
            self.maybe(parameter.annotation.as_ref());
            if parameter.kind == ParameterKind::Type {
                self.maybe(parameter.default.as_ref());
            }
        }
    }

    fn target(&mut self, target: &Expression) {
        match &target.kind {
            ExpressionKind::Name => self.bind(target.span),
            ExpressionKind::Parenthesized(inner) | ExpressionKind::Starred(inner) => self.target(inner),
            ExpressionKind::Tuple(items) | ExpressionKind::List(items) => {
                for item in items {
                    self.target(item);
                }
            }
            _ => self.expression(target),
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Star(None) => {}
            PatternKind::Capture(name) | PatternKind::Star(Some(name)) => self.bind(*name),
            PatternKind::Value(value) => self.expression(value),
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => {
                for pattern in patterns {
                    self.pattern(pattern);
                }
            }
            PatternKind::Mapping { keys, patterns, rest } => {
                self.all(keys);
                for pattern in patterns {
                    self.pattern(pattern);
                }
                if let Some(name) = rest {
                    self.bind(*name);
                }
            }
            PatternKind::Class { class, patterns } => {
                self.expression(class);
                for pattern in patterns {
                    self.pattern(pattern);
                }
            }
            PatternKind::As { pattern, name } => {
                self.pattern(pattern);
                self.bind(*name);
            }
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Name => {
                let name = expression.span.of(self.source);
                self.scope().read.insert(name);
            }
            ExpressionKind::Constant(_) => {}
            ExpressionKind::Interpolated(values)
            | ExpressionKind::Operation(values)
            | ExpressionKind::Tuple(values)
            | ExpressionKind::List(values)
            | ExpressionKind::Set(values)
            | ExpressionKind::Slice(values) => self.all(values),
            ExpressionKind::Parenthesized(value) | ExpressionKind::Unary(value) | ExpressionKind::Starred(value) => {
                self.expression(value);
            }
            ExpressionKind::Conditional { test, body, otherwise } => {
                self.expression(test);
                self.expression(body);
                self.expression(otherwise);
            }
            ExpressionKind::Lambda { parameters, body } => {
                self.defaults(parameters);
                self.within(Level::Function, |reader| {
                    reader.parameters(parameters);
                    reader.expression(body);
                });
            }
            ExpressionKind::Named { target, value } => {
                self.expression(value);
                self.bind_outside(target.span.of(self.source));
            }
            ExpressionKind::Yield(value) => self.maybe(value.as_deref()),
            ExpressionKind::Dict(pairs) => {
                for (key, value) in pairs {
                    self.maybe(key.as_ref());
                    self.expression(value);
                }
            }
            ExpressionKind::Comprehension { elements, clauses, .. } => self.comprehension(elements, clauses),
            ExpressionKind::Primary { base, trailers } => {
                self.expression(base);
                for trailer in trailers {
                    match &trailer.kind {
                        TrailerKind::Attribute(_) => {}
                        TrailerKind::Call(arguments) => self.arguments(arguments),
                        TrailerKind::Subscript(indices) => self.all(indices),
                    }
                }
            }
        }
    }

    fn comprehension(&mut self, elements: &[Expression], clauses: &[Clause]) {
        // What the first clause goes over is evaluated outside.
        self.maybe(clauses.first().map(|clause| &clause.iterable));
        self.within(Level::Comprehension, |reader| {
            for (index, clause) in clauses.iter().enumerate() {
                if index > 0 {
                    reader.expression(&clause.iterable);
                }
                reader.target(&clause.target);
                reader.all(&clause.conditions);
            }
            reader.all(elements);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[track_caller]
    fn check(source: &str, bound: &[&str], needed: &[&str]) {
        let module = parse(source).unwrap();
        let names = names(source, &module.body);
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let own = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!((own(names.bound), own(names.needed)), (set(bound), set(needed)), "{source}");
    }

    #[test]
    fn scopes_are_those_of_python() {
        check("x = y\n", &["x"], &["y"]);
        check("def f(a, b=c, *d, e: t = g, **h):\n    i = a\n    return i + j\n", &["f"], &["c", "g", "j", "t"]);
        check("import a.b, c as d\nfrom e import f as g, h\n", &["a", "d", "g", "h"], &[]);
        check("def f():\n    global n\n    n = 1\n", &["f", "n"], &[]);
        check("def f():\n    n = 1\n    def g():\n        nonlocal n\n        n = m\n", &["f"], &["m"]);
        check(
            "class C(B, metaclass=M):\n    x = 1\n    y = x\n    def f(self):\n        return x\n",
            &["C"],
            &["B", "M", "x"],
        );
        check("[x + z for x in y if x for w in x]\n", &[], &["y", "z"]);
        check("any((last := n) for n in ns)\n", &["last"], &["any", "ns"]);
        check("f = lambda x, y=z: x + y + w\n", &["f"], &["w", "z"]);
        check("for i, (j, *k) in a:\n    b.c = d[i] = e\n", &["i", "j", "k"], &["a", "b", "d", "e"]);
        check("with a as b, c() as (d, e):\n    pass\n", &["b", "d", "e"], &["a", "c"]);
        check("try:\n    a\nexcept B as e:\n    e\n", &["e"], &["B", "a"]);
        check("x += 1\n", &["x"], &[]);
        check("print(f'{a!r:>{b}} {{c}}' f\"{d['e']}\")\n", &[], &["a", "b", "d", "print"]);
        check(
            "match a:\n    case [b, *c] | {'k': d, **e}:\n        f\n    case P.q(g, h=i) as j if k:\n        pass\n",
            &["b", "c", "d", "e", "g", "i", "j"],
            &["P", "a", "f", "k"],
        );
        check(
            "def f[T: B](x: T) -> T: ...\nclass C[T](D[T]): ...\ntype A[T] = E[T]\n",
            &["A", "C", "f"],
            &["B", "D", "E"],
        );
        check("@d\nasync def f():\n    async with a as b:\n        await b\n", &["f"], &["a", "d"]);
        check("if a:\n    b = 1\nelif c:\n    d = 1\nelse:\n    e = 1\n", &["b", "d", "e"], &["a", "c"]);
    }

    #[test]
    fn imports_of_everything_are_told() {
        let source = "from math import *\n";
        assert!(names(source, &parse(source).unwrap().body).imports_all);
    }
}
