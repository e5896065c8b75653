//! Why a model stopped writing, and the words in which servers and files say it.

use serde::{Deserialize, Serialize};

/// Why a model stopped writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was done, or met a stop sequence.
    Stop,
    /// It reached the token limit.
    Length,
    /// The provider withheld the text.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The source does not say, or means something else.
    Unknown,
}

impl FinishReason {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a word for the end of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The answer is whole, as far as its model got.
    Ended(FinishReason),
    /// The server failed meanwhile: the text is not what the model would have written.
    BrokenOff,
}

impl Ending {
    /// What a word means; `None` if nobody knows it. Case, blanks, and what stands before a dot do not matter.
    pub fn of_word(word: &str) -> Option<Self> {
        let bare = word.trim().rsplit('.').next().unwrap_or_default().to_lowercase().replace([' ', '-'], "_");
        let bare = ["finish_reason_", "reason_"].iter().find_map(|prefix| bare.strip_prefix(prefix)).unwrap_or(&bare);
        WORDS.iter().find(|(_, words)| words.contains(&bare)).map(|(ending, _)| *ending)
    }

    /// The reason, for readers of files that only keep one: an answer that broke off has none that we tell apart.
    pub fn reason(self) -> FinishReason {
        match self {
            Self::Ended(reason) => reason,
            Self::BrokenOff => FinishReason::Unknown,
        }
    }
}

/// The one table, for servers and files alike.
const WORDS: [(Ending, &[&str]); 6] = [
    (
        Ending::Ended(FinishReason::Stop),
        &[
            "stop",
            "stopped",
            "stop_sequence",
            "stop_string",
            "stop_token",
            "stop_word",
            "stop_words",
            "stopped_eos",
            "stopped_word",
            "eos",
            "eos_token",
            "eos_token_id",
            "eos_found",
            "eot",
            "eot_id",
            "end",
            "ended",
            "end_id",
            "end_turn",
            "end_of_turn",
            "end_of_text",
            "end_of_sequence",
            "endoftext",
            "done",
            "finish",
            "finished",
            "complete",
            "completed",
            "normal",
        ],
    ),
    (
        Ending::Ended(FinishReason::Length),
        &[
            "length",
            "limit",
            "stopped_limit",
            "token_limit",
            "max_len",
            "max_length",
            "max_token",
            "max_tokens",
            "max_new_tokens",
            "max_output",
            "max_output_tokens",
            "max_completion_tokens",
            "maximum_tokens",
            "max_context",
            "model_length",
            "context_length",
            "context_length_exceeded",
            "context_window",
            "model_context_window_exceeded",
            "error_limit",
            "truncated",
        ],
    ),
    (
        Ending::Ended(FinishReason::ContentFilter),
        &[
            "content_filter",
            "content_filtered",
            "safety",
            "image_safety",
            "recitation",
            "blocklist",
            "blocked",
            "prohibited_content",
            "spii",
            "sensitive",
            "moderation",
            "guardrail",
            "guardrail_intervened",
            "error_toxic",
        ],
    ),
    (Ending::Ended(FinishReason::Refusal), &["refusal", "refused"]),
    // Known, and none of ours.
    (
        Ending::Ended(FinishReason::Unknown),
        &[
            "",
            "null",
            "none",
            "unknown",
            "unspecified",
            "finish_reason_unspecified",
            "other",
            "not_finished",
            "tool_call",
            "tool_calls",
            "tool_use",
            "function_call",
            "malformed_function_call",
            "unexpected_tool_call",
            "pause_turn",
            "language",
            "time_limit",
        ],
    ),
    (
        Ending::BrokenOff,
        &[
            "error",
            "errored",
            "failed",
            "failure",
            "server_error",
            "internal_error",
            "network_error",
            "insufficient_system_resource",
            "abort",
            "aborted",
            "cancel",
            "canceled",
            "cancelled",
            "user_cancel",
            "timeout",
            "timed_out",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[track_caller]
    fn check(ending: Ending, words: &str) {
        for word in words.split(' ') {
            assert_eq!(Ending::of_word(word), Some(ending), "{word}");
        }
    }

    /// The words of OpenAI, Anthropic, Gemini, Mistral, Cohere, Zhipu, DeepSeek, Bedrock, vLLM, TGI, llama.cpp and
    /// TensorRT-LLM, as their documentation lists them.
    #[test]
    fn words_of_all_servers_stand_in_one_table() {
        let ended = Ending::Ended;
        check(
            ended(FinishReason::Stop),
            "stop eos eos_token end_turn stop_sequence done STOP COMPLETE end FinishReason.STOP",
        );
        check(ended(FinishReason::Stop), "FINISH_REASON_STOP stop_words end_id endoftext normal REASON_STOP");
        check(ended(FinishReason::Length), "length max_tokens MAX_TOKENS model_length limit max_output REASON_MAX_LEN");
        check(ended(FinishReason::Length), "model_context_window_exceeded ERROR_LIMIT");
        check(
            ended(FinishReason::ContentFilter),
            "content_filter safety SAFETY RECITATION sensitive guardrail_intervened",
        );
        check(ended(FinishReason::ContentFilter), "BLOCKLIST PROHIBITED_CONTENT SPII ERROR_TOXIC content-filter");
        check(ended(FinishReason::Refusal), "refusal");
        check(
            ended(FinishReason::Unknown),
            "tool_calls function_call tool_use pause_turn null OTHER MALFORMED_FUNCTION_CALL",
        );
        check(ended(FinishReason::Unknown), "FINISH_REASON_UNSPECIFIED language");
        check(Ending::BrokenOff, "error ERROR network_error insufficient_system_resource abort cancelled USER_CANCEL");
        for word in ["stopp", "banana", "stop length", "7"] {
            assert_eq!(Ending::of_word(word), None, "{word}");
        }
    }

    #[test]
    fn each_word_stands_once_and_reads_as_it_is_written() {
        let all: Vec<&str> = WORDS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for (ending, words) in WORDS {
            assert!(words.iter().all(|word| Ending::of_word(word) == Some(ending)), "{ending:?}");
        }
        for reason in [FinishReason::Stop, FinishReason::Length, FinishReason::ContentFilter, FinishReason::Refusal] {
            assert_eq!(Ending::of_word(reason.as_str()), Some(Ending::Ended(reason)), "our own words are in it");
        }
    }
}
