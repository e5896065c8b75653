//! What is known of a problem beside its text and tests: its language, its own limits, and what one may choose it by.

use crate::JudgeLimits;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::sync::Arc;

/// The programming language that a problem asks for, by its usual short name in lower case, such as `python` or `cpp`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language(Arc<str>);

impl Language {
    /// The language of this name: names of the same language become one.
    pub fn new(name: &str) -> Self {
        let name = name.trim().to_lowercase();
        let plain = match name.as_str() {
            "py" | "python3" => "python",
            "js" => "javascript",
            "ts" => "typescript",
            "c++" => "cpp",
            "rs" => "rust",
            "golang" => "go",
            name => name,
        };
        Self(plain.into())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is Python, which is what problems are in that do not say.
    pub fn is_python(&self) -> bool {
        &*self.0 == "python"
    }
}

impl Default for Language {
    fn default() -> Self {
        Self("python".into())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Limits that a problem sets itself. They hold in the place of those of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLimits {
    /// CPU time of a candidate in one test, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cpu_ms: Option<u64>,
    /// Memory of a candidate, in bytes, without what the interpreter takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_bytes: Option<u64>,
}

/// What the interpreter may take beside a problem's own limit of memory, in bytes.
const INTERPRETER_BYTES: u64 = 64 << 20;

impl OwnLimits {
    /// Whether the problem sets none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The limits that hold for the problem where these are those of the run.
    #[must_use]
    pub fn over(self, run: JudgeLimits) -> JudgeLimits {
        JudgeLimits {
            cpu_ms: self.cpu_ms.unwrap_or(run.cpu_ms),
            memory_bytes: self.memory_bytes.map_or(run.memory_bytes, |own| own.saturating_add(INTERPRETER_BYTES)),
            ..run
        }
    }
}

/// What one may choose a problem by. It decides no verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The data set's own words for what it is about, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How hard it is as a number, in the units of its source, such as Codeforces' rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<u32>,
}

impl About {
    /// Whether nothing is known.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A day as `2024-08-31`. Days sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Date(String);

impl Date {
    /// The day that a text begins with, whatever time follows; `None` if it begins with none.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let day = text.get(..10)?;
        let after = text[10..].chars().next();
        (is_period(day) && after.is_none_or(|next| matches!(next, 'T' | ' '))).then(|| Self(day.to_owned()))
    }

    /// As `2024-08-31`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is not a day, expected one such as `2024-08-31`"))
        })
    }
}

/// Whether a text is a year, a month or a day: `2024`, `2024-08`, `2024-08-31`.
pub fn is_period(text: &str) -> bool {
    let number = |part: &str, digits: usize| -> Option<u32> {
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let mut parts = text.split('-');
    let year = parts.next().and_then(|part| number(part, 4));
    let (month, day) = (parts.next(), parts.next());
    let Some(year) = year.filter(|_| parts.next().is_none()) else { return false };
    let Some(month) = month else { return true };
    let Some(month) = number(month, 2).filter(|month| (1..=12).contains(month)) else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    day.is_none_or(|day| number(day, 2).is_some_and(|day| (1..=days).contains(&day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_day_that_a_text_begins_with() {
        for (text, day) in [
            ("2024-08-31", Some("2024-08-31")),
            (" 2023-08-21T00:00:00", Some("2023-08-21")),
            ("2023-08-21 12:30", Some("2023-08-21")),
            ("2024-02-29", Some("2024-02-29")),
            ("2000-02-29", Some("2000-02-29")),
            ("1900-02-29", None),
            ("2023-02-29", None),
            ("2024-13-01", None),
            ("2024-04-31", None),
            ("2024-08-311", None),
            ("2024-08", None),
            ("24-08-31", None),
            ("2024-8-031", None),
            ("20é4-08-31", None),
            ("", None),
        ] {
            assert_eq!(Date::read(text).as_ref().map(Date::as_str), day, "{text}");
        }
        let wrong = serde_json::from_str::<Date>("\"soon\"").unwrap_err().to_string();
        assert!(wrong.starts_with("`soon` is not a day, expected one such as `2024-08-31`"), "{wrong}");
    }

    #[test]
    fn a_period_is_a_year_a_month_or_a_day() {
        assert!(["2024", "2024-08", "2024-08-31"].into_iter().all(is_period));
        assert!(
            !["", "24", "2024-", "2024-00", "2024-08-", "2024-08-00", "2024-08-31-1", "+024"]
                .into_iter()
                .any(is_period)
        );
    }

    #[test]
    fn a_problems_own_limits_hold_in_the_place_of_the_runs() {
        let run = JudgeLimits { cpu_ms: 10_000, memory_bytes: 1 << 30, output_bytes: 7 };
        assert_eq!(OwnLimits::default().over(run), run);
        let own = OwnLimits { cpu_ms: Some(2000), memory_bytes: Some(256 << 20) }.over(run);
        assert_eq!(own, JudgeLimits { cpu_ms: 2000, memory_bytes: (256 + 64) << 20, output_bytes: 7 });
    }

    #[test]
    fn one_language_has_one_name() {
        for (name, plain) in
            [("Python3", "python"), ("py", "python"), ("C++", "cpp"), ("JS", "javascript"), ("Rs", "rust")]
        {
            assert_eq!(Language::new(name).as_str(), plain);
        }
        assert!(Language::default().is_python() && !Language::new("go").is_python());
    }
}
