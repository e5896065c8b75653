//! What a fence says of the language within it.

/// The language of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    /// Nothing that tells.
    Unknown,
    /// Another one, or output, or prose.
    Other,
    /// Markdown: what is within may hold blocks of its own.
    Markdown,
}

/// Words for what is not Python, in lower case.
const OTHERS: [&str; 75] = [
    "apache",
    "asm",
    "assembly",
    "bash",
    "bat",
    "batch",
    "c",
    "c#",
    "c++",
    "cmd",
    "cobol",
    "console",
    "cpp",
    "cs",
    "csharp",
    "css",
    "csv",
    "dart",
    "diff",
    "docker",
    "dockerfile",
    "doctest",
    "dot",
    "elixir",
    "error",
    "fish",
    "fortran",
    "go",
    "golang",
    "haskell",
    "html",
    "http",
    "ini",
    "input",
    "java",
    "javascript",
    "js",
    "json",
    "jsonl",
    "jsx",
    "julia",
    "kotlin",
    "latex",
    "log",
    "lua",
    "make",
    "makefile",
    "math",
    "mermaid",
    "none",
    "output",
    "patch",
    "perl",
    "php",
    "plain",
    "plaintext",
    "powershell",
    "ps1",
    "pycon",
    "r",
    "result",
    "ruby",
    "rust",
    "scala",
    "sh",
    "shell",
    "sql",
    "stderr",
    "stdin",
    "stdout",
    "swift",
    "terminal",
    "tex",
    "text",
    "toml",
];
const MORE_OTHERS: [&str; 12] =
    ["traceback", "ts", "tsx", "txt", "typescript", "vb", "xml", "yaml", "yml", "zsh", "pytb", "shell-session"];

/// Reads what stands behind an opening fence: the language, and how many bytes name it.
pub(super) fn of(info: &str) -> (Language, usize) {
    let word =
        info.split(|letter: char| letter.is_whitespace() || ",:;=({".contains(letter)).find(|word| !word.is_empty());
    let Some(word) = word else { return (Language::Unknown, 0) };
    let end = word.as_ptr() as usize - info.as_ptr() as usize + word.len();
    let plain = word.trim_matches(|letter: char| "{}.[]`".contains(letter)).to_ascii_lowercase();
    let language = match plain.as_str() {
        "py" | "py2" | "py3" | "ipython" | "ipython3" | "python" | "cpython" | "sage" => Language::Python,
        "markdown" | "md" => Language::Markdown,
        plain if OTHERS.contains(&plain) || MORE_OTHERS.contains(&plain) => Language::Other,
        plain => match plain.strip_prefix("python") {
            Some(version) if version.chars().all(|letter| letter.is_ascii_digit() || ".-x".contains(letter)) => {
                Language::Python
            }
            // Such as `python-repl`.
            Some(_) => Language::Other,
            None => return (Language::Unknown, 0),
        },
    };
    (language, end)
}
