//! Arguments as Python writes them. JSON has no tuples, sets and complex numbers, so MBPP+ says by the number of a task what
//! its lists and texts were before they were written.

use serde_json::Value;

/// What an argument was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// What stands there.
    Same,
    /// A tuple.
    Tuple,
    /// A list of tuples.
    Tuples,
    /// A tuple of tuples, and of what else is no list.
    TupleOfTuples,
    /// A tuple, and so is every list within it.
    Deep,
    /// A list of sets; what is empty was a dict.
    Sets,
    /// A dict of tuples.
    DictOfTuples,
    /// A float that stands there as a text.
    Float,
    /// A complex number that stands there as a text.
    Complex,
}

/// What the arguments of a task were: the last shape holds for all further ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shapes(&'static [Shape]);

impl Shapes {
    pub(super) fn of(task_id: &str) -> Self {
        use Shape::{Complex, Deep, DictOfTuples, Float, Same, Sets, Tuple, TupleOfTuples, Tuples};
        let number = task_id.strip_prefix("Mbpp/").and_then(|number| number.parse::<u32>().ok());
        Self(match number {
            Some(
                2 | 116 | 132 | 143 | 222 | 261 | 273 | 394 | 399 | 421 | 424 | 429 | 470 | 560 | 579 | 596 | 616 | 630
                | 726 | 740 | 744 | 809,
            ) => &[Tuple],
            Some(63 | 64 | 70 | 94 | 120 | 237 | 272 | 299 | 400 | 409 | 417 | 438 | 473 | 614 | 780) => &[Tuples],
            Some(75 | 413 | 444 | 753) => &[Tuples, Same],
            Some(106 | 750) => &[Same, Tuple],
            Some(250 | 307 | 405 | 446 | 617 | 720 | 763 | 808) => &[Tuple, Same],
            Some(259 | 278 | 401 | 445) => &[TupleOfTuples],
            Some(580 | 615 | 791) => &[Deep],
            Some(115) => &[Sets],
            Some(124) => &[Float, Complex],
            Some(252) => &[Complex],
            Some(722) => &[DictOfTuples, Same],
            _ => &[Same],
        })
    }

    /// The arguments of a call as a list in Python; `None` if they are no list.
    pub(super) fn literal(self, args: &Value) -> Option<String> {
        let shape = |index: usize| self.0.get(index).or(self.0.last()).copied().unwrap_or(Shape::Same);
        let args = args.as_array()?.iter().enumerate().map(|(index, arg)| shape(index).literal(arg));
        Some(format!("[{}]", args.collect::<Vec<_>>().join(", ")))
    }
}

impl Shape {
    fn literal(self, value: &Value) -> String {
        match (self, value) {
            (Self::Tuple, Value::Array(items)) => tuple(items, Self::Same),
            (Self::Tuples, Value::Array(items)) => list(items, Self::Tuple),
            (Self::TupleOfTuples, Value::Array(items)) => tuple(items, Self::Tuple),
            (Self::Deep, Value::Array(items)) => tuple(items, Self::Deep),
            (Self::Sets, Value::Array(items)) => {
                let set = |item: &Value| match item.as_array() {
                    Some(items) if !items.is_empty() => format!("{{{}}}", joined(items, Self::Same)),
                    _ => "{}".to_owned(),
                };
                format!("[{}]", items.iter().map(set).collect::<Vec<_>>().join(", "))
            }
            (Self::DictOfTuples, Value::Object(_)) => dict(value, Self::Tuple),
            (Self::Float, _) => format!("float({})", Self::Same.literal(value)),
            (Self::Complex, _) => format!("complex({})", Self::Same.literal(value)),
            (_, Value::Array(items)) => list(items, Self::Same),
            (_, Value::Object(_)) => dict(value, Self::Same),
            (_, Value::Null) => "None".to_owned(),
            (_, Value::Bool(true)) => "True".to_owned(),
            (_, Value::Bool(false)) => "False".to_owned(),
            // Numbers and texts are written alike.
            (_, Value::Number(_) | Value::String(_)) => value.to_string(),
        }
    }
}

fn joined(items: &[Value], shape: Shape) -> String {
    items.iter().map(|item| shape.literal(item)).collect::<Vec<_>>().join(", ")
}

fn list(items: &[Value], shape: Shape) -> String {
    format!("[{}]", joined(items, shape))
}

fn tuple(items: &[Value], shape: Shape) -> String {
    if items.is_empty() { "()".to_owned() } else { format!("({},)", joined(items, shape)) }
}

fn dict(value: &Value, shape: Shape) -> String {
    let pairs = value.as_object().into_iter().flatten();
    let pairs = pairs.map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), shape.literal(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(task: &str, args: &str, literal: &str) {
        let args: Value = serde_json::from_str(args).unwrap();
        assert_eq!(Shapes::of(task).literal(&args).as_deref(), Some(literal), "{task}");
    }

    #[test]
    fn plain_arguments_are_written_as_they_are() {
        check(
            "HumanEval/2",
            r#"[[1, 2.50, -0], "a\"\n\u00e9", null, true]"#,
            r#"[[1, 2.50, -0], "a\"\né", None, True]"#,
        );
        check("HumanEval/95", r#"[{"a": [false], "b": {}}]"#, r#"[{"a": [False], "b": {}}]"#);
        check("Mbpp/3", "[12345678901234567890123, 1e400]", "[12345678901234567890123, 1e+400]");
        assert_eq!(Shapes::of("Mbpp/3").literal(&Value::from(3)), None);
    }

    #[test]
    fn the_number_of_a_task_says_what_its_arguments_were() {
        check("Mbpp/2", "[[3, [4]], []]", "[(3, [4],), ()]");
        check("Mbpp/116", "[[1]]", "[(1,)]");
        check("Mbpp/63", "[[[1, 2], [3, 4]]]", "[[(1, 2,), (3, 4,)]]");
        check("Mbpp/75", "[[[1, 2]], [3]]", "[[(1, 2,)], [3]]");
        check("Mbpp/106", "[[1], [2, 3]]", "[[1], (2, 3,)]");
        check("Mbpp/250", "[[1, 2], 3]", "[(1, 2,), 3]");
        check("Mbpp/307", "[[\"a\"], 1, [2]]", "[(\"a\",), 1, [2]]");
        check("Mbpp/259", "[[[1, 2], [3]], [[4]]]", "[((1, 2,), (3,),), ((4,),)]");
        check("Mbpp/278", "[[1, [2, 3], \"x\"]]", "[(1, (2, 3,), \"x\",)]");
        check("Mbpp/580", "[[1, [2, [3]]]]", "[(1, (2, (3,),),)]");
        check("Mbpp/115", "[[[1, 2], [], {}]]", "[[{1, 2}, {}, {}]]");
        check("Mbpp/124", r#"["0", "1j"]"#, r#"[float("0"), complex("1j")]"#);
        check("Mbpp/252", r#"["(1+2j)"]"#, r#"[complex("(1+2j)")]"#);
        check("Mbpp/722", r#"[{"a": [6.2, 70]}, 6.0, 70]"#, r#"[{"a": (6.2, 70,)}, 6.0, 70]"#);
    }
}
