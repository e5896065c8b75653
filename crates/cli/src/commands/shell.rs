//! `mend completions` and `mend man`: the command line's own description, for a shell and for `man`.

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::exit::{Exit, Failure};
use clap::CommandFactory as _;

/// `mend completions`
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mend", &mut script);
    crate::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Complete)
}

/// `mend man`
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(Failure::bug)?;
        crate::print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Complete);
    };
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    written.map_err(|error| {
        Failure::usage(format!("cannot write pages into `{}`: {error}", folder.display()))
            .hint("name a folder into which you may write")
    })?;
    crate::tell(&format!("the pages are in {}", folder.display()));
    Ok(Exit::Complete)
}
