//! `callwright docs`: the parts of the documentation that are written from code.

use crate::{Ending, screen};

/// Prints documentation that is written from code
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to print
    #[arg(value_enum)]
    what: Page,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Page {
    /// docs/scripting.md: the verbs of flows
    Verbs,
}

/// What stands before the verbs.
const INTRODUCTION: &str = "\
# Flows and their verbs

A flow is a straight line of [Rhai](https://rhai.rs/book): each verb suspends the call until the world has
answered. Required values are positional, the rest stands in one map `#{ … }`. Durations carry their unit:
`20.seconds`, `5.minutes`, `300.milliseconds`. Telephone numbers are strings. Results are words to compare with.

```rhai
//! Greets, asks, connects.
import \"std/menu\" as menu;

play(\"welcome\");
if menu::ask(\"main-menu\", #{ keys: [\"1\", \"2\"] }) == \"1\" {
    bridge(\"anna\", #{ ring_for: 20.seconds });
}
hangup();
```

`caller` is visible everywhere: `number`, `name`, `dialed`, `language`, `id`, `headers`, `tags`, `attempt`. Setting
`caller.language` changes the prompts that follow. A hang-up ends the flow at the verb that is waiting; then
`fn after_call(outcome)` runs, if the flow has it.

This page is written by `callwright docs verbs`, from the list that also registers and checks the verbs.

## Verbs

";

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    match arguments.what {
        Page::Verbs => screen::say(format!("{INTRODUCTION}{}", script::reference_markdown().trim_end())),
    }
    Ok(Ending::Fine)
}
