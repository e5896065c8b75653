//! `mend rejudge`: the programs of a run are judged anew.

use super::going::{folder, go_on};
use crate::args::{OtherArgs, RejudgeArgs};
use crate::asked::{commit, on_invalid};
use crate::exit::{Exit, Failure};
use crate::heard::{Stderr, tell_skipped};
use mend_lab::{Machine, With};

/// `mend rejudge`
pub fn run(args: &RejudgeArgs) -> Result<Exit, Failure> {
    let mut stderr = Stderr::default();
    let other = args.other.with(&args.with).map_err(|error| {
        let failure = Failure::usage(error);
        let mut wrong = args.with.iter().map(|text| text.split('=').next().unwrap_or_default());
        let wrong = wrong.find(|name| !OtherArgs::NAMES.contains(name)).unwrap_or_default().to_owned();
        failure.meant(&wrong, OtherArgs::NAMES, format!("`--with` takes {}", OtherArgs::NAMES.join(", ")))
    })?;
    let data = match &other.dataset {
        None => None,
        Some(name) => {
            let found = args.open.dataset(name, on_invalid(args.skip_invalid))?;
            tell_skipped(&found.skipped());
            Some(found)
        }
    };
    let with = With {
        sandbox: other.sandbox.map(Into::into),
        cpu_ms: other.time_limit.map(|seconds| (seconds * 1000.0).round() as u64),
        memory_bytes: other.memory_limit.map(|mebibytes| u64::from(mebibytes.get()) << 20),
        tests: other.tests.map(Into::into),
        require: other.require.map(Into::into),
        extraction: other.extraction.map(Into::into),
        data,
        public: other.public_tests,
    };
    let machine = Machine {
        workers: args.workers,
        python: args.python.clone(),
        isolation: args.isolation,
        allow_unsafe: args.allow_unsafe,
    };
    let place = |run_id: &str| folder(&args.output, run_id);
    let session = mend_lab::rejudge(&args.run, with, &machine, commit().as_deref(), place, &mut stderr)?;
    let (exit, has_flips) = go_on(session, &args.output.show, &args.status, stderr)?;
    Ok(if args.fail_on_flips && has_flips && exit != Exit::Stopped { Exit::Found } else { exit })
}
