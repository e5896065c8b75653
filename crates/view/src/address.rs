//! What a request's address names: segments of a path, and the words behind the question mark.

/// The segments of a path, decoded. `None` where one of them could be something else than a name: what cannot be decoded,
/// what holds a slash or a zero byte, and the names that mean a folder or the one above it.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    let segments = path.strip_prefix('/')?.split('/').map(|segment| decoded(segment, false));
    let segments: Vec<String> = segments.collect::<Option<_>>()?;
    let is_name = |segment: &String| !segment.contains(['/', '\0']) && segment != ".." && segment != ".";
    segments.iter().all(is_name).then_some(segments)
}

/// The value of a word of the query; the first, where it stands there twice.
pub(crate) fn word(query: Option<&str>, name: &str) -> Option<String> {
    query?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (decoded(key, true)? == name).then(|| decoded(value, true)).flatten()
    })
}

/// Undoes `%` and two digits, and in a query `+`.
fn decoded(text: &str, plus_is_blank: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match byte {
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let digit = |byte: u8| char::from(byte).to_digit(16);
                u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()?
            }
            b'+' if plus_is_blank => b' ',
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_a_name_or_nothing() {
        let names = |path: &str| segments(path);
        assert_eq!(names("/"), Some(vec![String::new()]));
        assert_eq!(names("/run/a%20b+c/"), Some(vec!["run".into(), "a b+c".into(), String::new()]));
        assert_eq!(names("/run/%C3%A9"), Some(vec!["run".into(), "é".into()]));
        for path in [
            "",
            "run",
            "/a%2Fb",
            "/a/../b",
            "/%2e%2e/b",
            "/%2E/b",
            "/a%00",
            "/a%",
            "/a%2",
            "/a%zz",
            "/%ff",
            "/a%2f..%2fb",
        ] {
            assert_eq!(names(path), None, "{path}");
        }
    }

    #[test]
    fn words_of_a_query_are_decoded() {
        let query = Some("q=a+b%26c&in=x&q=second&bad=%zz");
        assert_eq!(word(query, "q").as_deref(), Some("a b&c"));
        assert_eq!(word(query, "in").as_deref(), Some("x"));
        assert_eq!(word(query, "bad"), None);
        assert_eq!(word(None, "q"), None);
    }
}
