//! `mend resume`.

use super::going::go;
use crate::args::ResumeArgs;
use crate::asked::{budget, commit, connections, machine, variable};
use crate::exit::{Exit, Failure};
use crate::heard::Stderr;
use mend_lab::{Resume, Way};

/// `mend resume`
pub fn run(args: &ResumeArgs) -> Result<Exit, Failure> {
    let mut stderr = Stderr::default();
    let how = Resume {
        sandbox: args.machine.sandbox.map(Into::into),
        machine: &machine(&args.machine),
        budget: budget(&args.budget),
        prices: args.budget.prices.as_deref(),
        way: Way { connections: &connections(&args.connections), variables: &variable },
        commit: commit(),
    };
    let session = mend_lab::resume(&args.run, &how, &mut stderr)?;
    go(session, &args.show, &args.status, stderr)
}
