//! One module for each kind of path.

pub(crate) mod about;
pub(crate) mod batch;
pub(crate) mod judge;
pub(crate) mod piston;
pub(crate) mod reward;
pub(crate) mod run_code;
mod running;

/// Every path, as counters name it.
pub(crate) const PATHS: [&str; 12] = [
    "/health",
    "/metrics",
    "/openapi.json",
    "/v1/datasets",
    "/v1/datasets/{name}",
    "/v1/judge",
    "/v1/judge/batch",
    "/run_code",
    "/api/v2/execute",
    "/api/v2/runtimes",
    "/reward",
    "/get_reward",
];

/// The path that a request asks for, as counters name it.
pub(crate) fn known(path: &str) -> &'static str {
    let is_it = |known: &&str| match known.split_once('{') {
        Some((folder, _)) => path.strip_prefix(folder).is_some_and(|name| !name.is_empty() && !name.contains('/')),
        None => *known == path,
    };
    PATHS.into_iter().find(is_it).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::known;

    #[test]
    fn paths_have_few_names() {
        assert_eq!([known("/v1/judge"), known("/v1/datasets/a")], ["/v1/judge", "/v1/datasets/{name}"]);
        assert_eq!([known("/v1/datasets/"), known("/v1/datasets/a/b"), known("/x")], ["other"; 3]);
    }
}
