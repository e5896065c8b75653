//! Token counts of our own, with the tokenizer that every table names.

use mend_core::Tokens;

/// Name of the tokenizer behind [`count_tokens`].
pub const TOKENIZER: &str = "cl100k_base";

/// Number of `cl100k_base` tokens of a text.
///
/// Special tokens such as `<|endoftext|>` count as the text that they are. Never more than the UTF-8 bytes
/// of the text. Costs time linear in the text, also where it is one long word or one long run of
/// spaces; the first call of a process loads the vocabulary, some tens of milliseconds.
pub fn count_tokens(text: &str) -> Tokens {
    Tokens(bpe_openai::cl100k_base().count(text) as u64)
}

/// The longest prefix of `text` that counts at most `limit` tokens and ends where a token of the
/// whole text ends, or at a character before that; and its count.
pub(crate) fn cut_to_tokens(text: &str, limit: Tokens) -> (&str, Tokens) {
    let counted = count_tokens(text);
    if counted <= limit {
        return (text, counted);
    }
    let tokenizer = bpe_openai::cl100k_base();
    let mut left = usize::try_from(limit.0).unwrap_or(usize::MAX);
    let mut end = 0;
    for piece in tokenizer.split(text) {
        let tokens = tokenizer.bpe.encode_via_backtracking(piece.as_bytes());
        if tokens.len() > left {
            end += tokens[..left].iter().map(|token| tokenizer.bpe.token_len(*token)).sum::<usize>();
            break;
        }
        left -= tokens.len();
        end += piece.len();
    }
    // A token may end within a character, and a shortened text may split into other tokens.
    let mut cut = &text[..text.floor_char_boundary(end)];
    loop {
        let counted = count_tokens(cut);
        if counted <= limit {
            return (cut, counted);
        }
        let last = cut.char_indices().next_back().map_or(0, |(at, _)| at);
        cut = &cut[..last];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, tokens: u64) {
        assert_eq!(count_tokens(text), Tokens(tokens), "{text:?}");
    }

    #[test]
    fn counts_are_those_of_cl100k() {
        check("", 0);
        check("hello world", 2);
        check("tiktoken is great!", 6);
        check("def f(x):\n    return x + 1\n", 11);
        check(&" ".repeat(81), 1);
    }

    proptest! {
        #[test]
        fn a_cut_text_is_a_prefix_within_the_limit(text in "(?s).{0,60}", limit in 0_u64..20) {
            let (cut, counted) = cut_to_tokens(&text, Tokens(limit));
            prop_assert!(text.starts_with(cut));
            prop_assert_eq!(count_tokens(cut), counted);
            prop_assert!(counted <= Tokens(limit));
            if count_tokens(&text) <= Tokens(limit) {
                prop_assert_eq!(cut, text.as_str());
            }
        }

        #[test]
        fn a_text_has_at_most_as_many_tokens_as_bytes(text in "(?s).{0,200}") {
            prop_assert!(count_tokens(&text).0 <= text.len() as u64);
        }
    }
}
