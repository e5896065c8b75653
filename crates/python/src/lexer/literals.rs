//! Names, numbers, and prefixes and escapes of strings.

/// Whether a name may begin with a letter.
pub(super) fn begins_name(letter: char) -> bool {
    letter == '_' || letter.is_alphabetic()
}

/// Whether a name may go on with a letter. Of the numerals beyond ASCII Python takes only those that are digits, which
/// nobody writes into names: none is taken here.
pub(super) fn continues_name(letter: char) -> bool {
    begins_name(letter) || letter.is_ascii_digit() || matches!(letter, '\u{300}'..='\u{36f}')
}

/// What stands before a string's quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) is_raw: bool,
    pub(super) is_bytes: bool,
    /// Whether the string has replacement fields.
    pub(super) is_interpolated: bool,
}

impl Prefix {
    /// Reads a prefix, in letters of either case and any order.
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut letters = [0_u8; 2];
        if name.is_empty() || name.len() > 2 {
            return None;
        }
        for (letter, byte) in letters.iter_mut().zip(name.bytes()) {
            *letter = byte.to_ascii_lowercase();
        }
        letters.sort_unstable();
        match &letters {
            [0, b'u'] => Some(Self::default()),
            [0, b'r'] => Some(Self { is_raw: true, ..Self::default() }),
            [0, b'b'] => Some(Self { is_bytes: true, ..Self::default() }),
            [b'b', b'r'] => Some(Self { is_raw: true, is_bytes: true, is_interpolated: false }),
            [0, b'f' | b't'] => Some(Self { is_interpolated: true, ..Self::default() }),
            [b'f', b'r'] | [b'r', b't'] => Some(Self { is_raw: true, is_bytes: false, is_interpolated: true }),
            _ => None,
        }
    }
}

/// Checks what stands between the quotes.
pub(super) fn check(inside: &[u8], prefix: Prefix) -> Result<(), &'static str> {
    if prefix.is_bytes && !inside.is_ascii() {
        return Err("bytes can only hold ASCII characters");
    }
    if prefix.is_raw {
        return Ok(());
    }
    let mut rest = inside;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[at + 1..];
        let digits = match escape.first() {
            Some(b'x') => 2,
            Some(b'u') if !prefix.is_bytes => 4,
            Some(b'U') if !prefix.is_bytes => 8,
            Some(b'N') if !prefix.is_bytes => {
                let is_named = escape.get(1) == Some(&b'{') && escape[1..].contains(&b'}');
                if !is_named {
                    return Err("malformed \\N character escape");
                }
                0
            }
            _ => 0,
        };
        let code = escape.get(1..=digits).unwrap_or_default();
        if digits > 0 && (code.len() < digits || !code.iter().all(u8::is_ascii_hexdigit)) {
            return Err("truncated escape in a string");
        }
        // Beyond the last code point of Unicode.
        if digits == 8 && (&code[..2] != b"00" || code[2] > b'1' || (code[2] == b'1' && code[3] != b'0')) {
            return Err("illegal Unicode character");
        }
        rest = escape.get(1..).unwrap_or_default();
    }
    Ok(())
}

/// Words that may follow a number without a space: `1if x else 2`.
const GLUED: [&str; 8] = ["and", "else", "for", "if", "in", "is", "not", "or"];

/// The length of the number that text begins with; `None` if it is malformed.
pub(super) fn number(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let mut length = match (at(0), at(1).to_ascii_lowercase()) {
        (b'0', b'x') => 2 + digits(&bytes[2..], true, u8::is_ascii_hexdigit)?,
        (b'0', b'o') => 2 + digits(&bytes[2..], true, |byte| matches!(byte, b'0'..=b'7'))?,
        (b'0', b'b') => 2 + digits(&bytes[2..], true, |byte| matches!(byte, b'0' | b'1'))?,
        _ => return decimal(bytes).filter(|length| ends(&text[*length..])),
    };
    // A digit of another base.
    if at(length).is_ascii_digit() {
        length = 0;
    }
    (length > 0 && ends(&text[length..])).then_some(length)
}

fn decimal(bytes: &[u8]) -> Option<usize> {
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let whole = if at(0) == b'.' { 0 } else { digits(bytes, false, u8::is_ascii_digit)? };
    let mut length = whole;
    let mut is_whole = true;
    if at(length) == b'.' {
        is_whole = false;
        length += 1;
        if at(length).is_ascii_digit() {
            length += digits(&bytes[length..], false, u8::is_ascii_digit)?;
        }
    }
    if matches!(at(length), b'e' | b'E') {
        let signed = usize::from(matches!(at(length + 1), b'+' | b'-'));
        if at(length + 1 + signed).is_ascii_digit() {
            is_whole = false;
            length += 1 + signed;
            length += digits(&bytes[length..], false, u8::is_ascii_digit)?;
        }
    }
    if matches!(at(length), b'j' | b'J') {
        return Some(length + 1);
    }
    // `012` is no number, `000` is.
    let has_leading_zero = is_whole && at(0) == b'0' && bytes[..whole].iter().any(|byte| matches!(byte, b'1'..=b'9'));
    (!has_leading_zero).then_some(length)
}

/// The length of digits with single underscores between them.
fn digits(bytes: &[u8], may_begin_with_underscore: bool, is_digit: impl Fn(&u8) -> bool) -> Option<usize> {
    let mut length = 0;
    if may_begin_with_underscore && bytes.first() == Some(&b'_') {
        length = 1;
    }
    loop {
        let run = bytes[length..].iter().take_while(|byte| is_digit(byte)).count();
        if run == 0 {
            return None;
        }
        length += run;
        if bytes.get(length) != Some(&b'_') {
            return Some(length);
        }
        length += 1;
    }
}

/// Whether a number may end before this.
fn ends(rest: &str) -> bool {
    let word = &rest[..rest.find(|letter| !continues_name(letter)).unwrap_or(rest.len())];
    word.is_empty() || GLUED.contains(&word)
}
