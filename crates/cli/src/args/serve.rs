//! `mend serve`

use super::values::some;
use super::{JudgeArgs, OpenArgs};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

/// `mend serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mend serve
  mend serve --unix /run/user/1000/mend.sock --dataset HumanEval.jsonl.gz
  MEND_SERVE_TOKEN=$(openssl rand -hex 16) mend serve --listen 0.0.0.0:8080 --require isolated
  curl -s http://127.0.0.1:8080/v1/judge -H 'Content-Type: application/json' \\
    -d '{\"entry_point\": \"inc\", \"tests\": [\"assert inc(1) == 2\"], \"program\": \"def inc(n): return n + 1\"}'

It prints one line once it takes requests: its address. /v1/judge and /v1/judge/batch judge; /run_code answers as \
SandboxFusion does, /api/v2/execute as Piston, /reward as OpenRLHF wants it; /openapi.json describes all paths, and \
docs/serve.md explains them. Ctrl-C or SIGTERM finishes what runs and ends it, twice ends it now.

Whoever can reach another address than this machine's own must bring a token. It comes from MEND_SERVE_TOKEN or a file, \
never from the command line.")]
pub struct ServeArgs {
    /// The address to listen on; port 0 for any that is free.
    #[arg(long, env = "MEND_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// A socket in the file system to listen on instead, for this user's processes alone.
    #[arg(long, env = "MEND_UNIX", value_name = "PATH", conflicts_with = "listen")]
    pub unix: Option<PathBuf>,
    /// Data sets whose problems requests may name: known names, files or folders; may be given several times. The first is
    /// meant where a request names none. [default: starter; known names are served where their files are at hand]
    #[arg(long, env = "MEND_DATASET", value_name = "NAME|PATH")]
    pub dataset: Vec<String>,
    /// Where they lie, and how those that are named here are read.
    #[command(flatten)]
    pub open: OpenArgs,
    /// How programs are judged.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// The most CPU time of one test that a request may ask for, in seconds.
    #[arg(long, env = "MEND_MAX_TIME_LIMIT", default_value = "60", value_name = "SECONDS", value_parser = super::seconds, help_heading = "Service")]
    pub max_time_limit: f64,
    /// The most memory of a candidate that a request may ask for, in MiB. [default: that of `--memory-limit`]
    #[arg(long, env = "MEND_MAX_MEMORY_LIMIT", value_name = "MIB", value_parser = some::<NonZeroU32>, help_heading = "Service")]
    pub max_memory_limit: Option<NonZeroU32>,
    /// What a reward makes of a program that cannot be judged, where the program can have caused that.
    #[arg(long, env = "MEND_UNSUPPORTED", default_value = "failing", help_heading = "Service")]
    pub unsupported: UnsupportedArg,
    /// Programs that may wait. A request beyond that gets status 429.
    #[arg(long, env = "MEND_QUEUE", default_value = "1024", value_name = "N", value_parser = some::<NonZeroUsize>, help_heading = "Service")]
    pub queue: NonZeroUsize,
    /// The largest body of a request, in MiB.
    #[arg(long, env = "MEND_MAX_BODY", default_value = "32", value_name = "MIB", value_parser = some::<NonZeroU32>, help_heading = "Service")]
    pub max_body: NonZeroU32,
    /// Time for the body of a request to arrive, in seconds.
    #[arg(long, env = "MEND_BODY_TIMEOUT", default_value = "30", value_name = "SECONDS", value_parser = super::seconds, help_heading = "Service")]
    pub body_timeout: f64,
    /// Connections at a time.
    #[arg(long, default_value = "1024", value_name = "N", value_parser = some::<NonZeroUsize>, help_heading = "Service")]
    pub max_connections: NonZeroUsize,
    /// Time for what runs to finish once the service ends, in seconds.
    #[arg(long, env = "MEND_DRAIN", default_value = "30", value_name = "SECONDS", value_parser = super::seconds, help_heading = "Service")]
    pub drain: f64,
    /// A file of tokens, one a line, that requests must bring. MEND_SERVE_TOKEN holds one more.
    #[arg(long, env = "MEND_TOKEN_FILE", value_name = "FILE", help_heading = "Service")]
    pub token_file: Option<PathBuf>,
    /// End with the process that started it, however that ends.
    #[arg(long, env = "MEND_WITH_PARENT", help_heading = "Service")]
    pub with_parent: bool,
}

/// `--unsupported`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnsupportedArg {
    /// The least reward of its shape: nobody gains by a program that cannot be judged.
    Failing,
    /// None: `null`.
    Unscored,
}
