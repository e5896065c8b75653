//! The page that searches the texts of runs. What it finds comes from the server while it is looked at.

use crate::parts::bar;
use crate::shell::{self, Script, Served};
use crate::text::shown;
use maud::html;

/// The kinds of text that can be searched, by the word in an address.
pub const SEARCHED: [(&str, &str); 3] = [("program", "programs"), ("prompt", "prompts"), ("answer", "answers")];

/// The page of a search over the runs of a folder.
pub fn search(folder: &str, runs: &[String]) -> Served {
    let body = html! {
        a.skip href="#places" { "Skip to the places" }
        (bar(&shown(folder)))
        main #report {
            h1.shelf-title { "Search" }
            form #search action="/search" role="search" {
                div.filter {
                    div.search { label.sr for="q" { "Words to find" } input #q name="q" type="search" autocomplete="off" spellcheck="false" maxlength="1000" placeholder="words of a program, a prompt or an answer" autofocus; kbd aria-hidden="true" { "/" } }
                    fieldset.in { legend.sr { "Where" } @for (value, words) in SEARCHED { label { input type="checkbox" name="in" value=(value) checked; " " (words) } } }
                    label.by { "Run " select #run name="run" { option value="" { "all" } @for run in runs { option value=(run) { (shown(run)) } } } }
                    button.icon type="submit" { "Search" }
                }
            }
            p.said #said role="status" {}
            div #places {}
        }
        script id="boot" type="application/json" { "{}" }
    };
    shell::served("Search", None, &body, Some(&Script::search()))
}
