//! The rows of the main tables, and what their words mean.

use crate::{Costs, Figure, Interval, TokenDefinition};
use serde::{Deserialize, Serialize};

/// How a figure for other settings is computed from what was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Estimator {
    /// Draws without replacement.
    Unbiased,
    /// Draws with replacement; biased low. The limit of `paper`.
    Plugin,
    /// 1,000 seeded resamples with replacement, as the self-repair paper has it. Its band is resampling
    /// noise.
    Paper,
}

impl Estimator {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Which node of a tree counts as its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Selection {
    /// Any node that passes the hidden suite.
    OracleAny,
    /// The first node, in the order of drawing, that passes the public suite: what a user without the hidden one
    /// would hand in. Of independent programs it is the best of `n_p` by the public tests.
    Submitted,
}

impl Selection {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The order in which a tree is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Order {
    /// All programs, then, if none passes, all repairs.
    Batch,
    /// Program by program, each with its repairs one by one, until something passes.
    Dfs,
    /// Programs one by one, then, if none passes, their repairs one by one, until something passes.
    Bfs,
}

/// What the same tokens are spent on instead of repairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Baseline {
    /// Independent programs, all of them paid for.
    Iid,
    /// Independent programs one by one, until one passes: stops as trees in depth-first and breadth-first
    /// order do.
    IidSequential,
    /// As many programs as the tree draws, then further ones only if all fail: stops as trees in batch
    /// order do.
    IidStaged,
}

impl Baseline {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Along which axis a baseline is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Axis {
    /// At equal mean tokens, by the row's definition.
    Tokens,
    /// At an equal mean number of programs and repairs.
    Programs,
    /// At as many programs as the tree would have if it were drawn in full, `n_p + n_p n_f n_r`.
    Size,
    /// At an equal mean number of requests, each node as if it were asked for by itself.
    Calls,
    /// At an equal mean number of executions of programs.
    Executions,
    /// At an equal mean number of questions to people, or to whoever sits in a person's seat.
    Questions,
    /// At equal mean minutes of people's time.
    Minutes,
}

impl Axis {
    /// Those that count what is taken beside tokens and money.
    pub const OF_EFFORT: [Self; 4] = [Self::Calls, Self::Executions, Self::Questions, Self::Minutes];

    /// Whether it is one of these.
    pub fn is_of_effort(self) -> bool {
        Self::OF_EFFORT.contains(&self)
    }

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What an interval says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Band {
    /// What other problems of the same kind would change: a bootstrap over problems, at 95 %.
    NewProblems,
    /// One standard deviation of resampling each way. It says nothing of problems or models.
    ResamplingNoise,
}

impl Band {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Order {
    /// Every order, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Batch, Self::Dfs, Self::Bfs];

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The baseline that stops as this order does.
    pub fn paired(self) -> Baseline {
        match self {
            Self::Batch => Baseline::IidStaged,
            Self::Dfs | Self::Bfs => Baseline::IidSequential,
        }
    }
}

/// The shape of a tree: `n_p` programs and, below each failing one, `n_f` feedbacks with `n_r` repairs each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// First programs.
    pub n_p: u32,
    /// Feedbacks, or joint feedback-and-repair pairs, per failing program.
    pub n_f: u32,
    /// Repairs per feedback.
    pub n_r: u32,
}

impl Setting {
    /// Programs of the whole tree.
    pub fn size(self) -> u64 {
        u64::from(self.n_p) * (1 + u64::from(self.n_f) * u64::from(self.n_r))
    }
}

/// pass@k of one group of problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassAtK {
    /// `all` or a difficulty.
    pub group: String,
    /// Programs drawn.
    pub k: u32,
    /// How it was estimated.
    pub estimator: Estimator,
    /// Mean over the group's scored problems, in 0..=1.
    pub value: Figure,
    /// Its interval over new problems.
    pub interval: Figure<Interval>,
    /// Its interval if the same problems were sampled again.
    pub same_problems: Figure<Interval>,
    /// What `k` programs cost, all of them paid for: mean over problems.
    pub cost: Costs,
    /// Scored problems in the group.
    pub problems: u32,
    /// Fewest scored programs of such a problem; `None` if there is no such problem.
    pub n_min: Option<u32>,
    /// Most scored programs of such a problem; `None` if there is no such problem.
    pub n_max: Option<u32>,
}

/// pass@t at one setting of one group, by one count of tokens, against one baseline along one axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassAtT {
    /// Which node counts.
    pub selection: Selection,
    /// `all` or a difficulty.
    pub group: String,
    /// Order of drawing.
    pub order: Order,
    /// First programs.
    pub n_p: u32,
    /// Feedbacks, or joint feedback-and-repair pairs, per failing program. 0 for independent programs, which are their
    /// own baseline: in batch order all of them are paid for, in depth-first order they are drawn until one passes.
    pub n_f: u32,
    /// Repairs per feedback; 1 where each repair comes with its own.
    pub n_r: u32,
    /// How it was estimated.
    pub estimator: Estimator,
    /// What counts as a token.
    pub token_definition: TokenDefinition,
    /// Expected tokens per problem, mean over problems.
    pub mean_tokens: Figure,
    /// Expected programs and repairs per problem, mean over problems.
    pub mean_programs: Figure,
    /// Share of problems solved, in 0..=1.
    pub pass_rate: Figure,
    /// Interval of `pass_rate`.
    pub interval: Figure<Interval>,
    /// What `interval` says.
    pub band: Band,
    /// Interval of `pass_rate` if the same problems were sampled again.
    pub same_problems: Figure<Interval>,
    /// What it is compared with.
    pub baseline: Baseline,
    /// Along which axis.
    pub axis: Axis,
    /// The baseline's pass rate at the same place of the axis.
    pub baseline_pass_rate: Figure,
    /// `pass_rate` minus `baseline_pass_rate`.
    pub difference: Figure,
    /// Interval of `difference`: both sides are resampled together and interpolated anew each time.
    pub difference_interval: Figure<Interval>,
    /// `pass_rate` divided by `baseline_pass_rate`: above 1, repairing is worth it.
    pub normalised: Figure,
    /// Interval of `normalised`, resampled as the difference is.
    pub normalised_interval: Figure<Interval>,
    /// Whether there is no baseline pass rate because too few programs were collected for it.
    pub out_of_bounds: bool,
    /// What `axis` counts per problem, mean over problems; `None` along tokens, programs and sizes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mean_effort: Option<Figure>,
}

impl PassAtT {
    /// The shape of its trees.
    pub fn setting(&self) -> Setting {
        Setting { n_p: self.n_p, n_f: self.n_f, n_r: self.n_r }
    }

    /// Why the first figure that is absent is so; `None` if all are there, intervals aside.
    pub fn why_absent(&self) -> Option<&str> {
        let figures = [&self.pass_rate, &self.mean_tokens, &self.baseline_pass_rate];
        let effort = self.mean_effort.iter();
        figures.into_iter().chain(effort).find_map(Figure::reason)
    }
}
