//! What the tasks of a published file are called: names, or paths of somebody else's machine.

use serde_json::{Map, Value};

/// What a task is called.
pub(super) struct Name {
    /// The task's id.
    pub(super) id: String,
    /// Its difficulty, where the path tells it.
    pub(super) difficulty: Option<String>,
}

impl Name {
    pub(super) fn of_task(task: &Map<String, Value>) -> Result<Self, String> {
        let word = |name: &str| match task.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(format!("`{name}`: expected a name")),
        };
        match (word("prob_path")?, word("task_id")?) {
            (Some(path), _) => Ok(Self::of_path(&path)),
            (None, Some(id)) => Ok(Self { id, difficulty: None }),
            (None, None) => Err("missing field `prob_path` or `task_id`".to_owned()),
        }
    }

    /// A key is a path if it begins at the root, or has more than one folder.
    pub(super) fn of_key(key: &str) -> Self {
        let is_path = key.starts_with('/') || key.matches('/').count() > 1;
        if is_path { Self::of_path(key) } else { Self { id: key.to_owned(), difficulty: None } }
    }

    fn of_path(path: &str) -> Self {
        let mut segments = path.trim_end_matches('/').rsplit('/');
        let (last, parent) = (segments.next().unwrap_or_default(), segments.next());
        Self {
            id: format!("apps/{last}"),
            difficulty: parent.filter(|parent| *parent == "test").and_then(|_| difficulty(last)),
        }
    }
}

/// The test split of APPS has 3,000 interview problems, then 1,000 of competitions, then 1,000 introductory ones
/// (Hendrycks et al. 2021).
fn difficulty(number: &str) -> Option<String> {
    let word = match number.parse::<u32>().ok()? {
        0..3_000 => "interview",
        3_000..4_000 => "competition",
        4_000..5_000 => "introductory",
        _ => return None,
    };
    Some(word.to_owned())
}
