//! `callwright docs`: the parts of the documentation that are written from code.

use crate::{Ending, embedded, screen};

/// Prints documentation that is written from code
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to print
    #[arg(value_enum)]
    what: Page,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Page {
    /// docs/scripting.md: the verbs of flows and the standard library
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

`caller` is visible everywhere: `number`, `name`, `dialed`, `language`, `id`, `headers`, `tags`, `attempt`, and
`agent`, the name of the agent whose own phone calls, else `\"\"`. Setting `caller.language` changes the prompts
that follow. A hang-up ends the flow at the verb that is waiting; then
`fn after_call(outcome)` runs, if the flow has it.

This page is written by `callwright docs verbs`, from the list that also registers and checks the verbs, and from the
`///` lines of the standard library.

## Verbs

";

/// What stands before the modules of the standard library.
const LIBRARY: &str = "
## The standard library

Modules of Rhai that come with Callwright, to use and to learn from: `import \"std/menu\" as menu;` makes
`menu::ask(…)` known to the file. Their sources stand in [stdlib](../stdlib); options are a map as with verbs.

";

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    match arguments.what {
        Page::Verbs => {
            let texts = embedded::below("stdlib");
            let library =
                texts.filter_map(|(file, bytes)| Some((file.to_owned(), std::str::from_utf8(bytes).ok()?.into())));
            let library = script::library_markdown(&library.collect());
            screen::say(format!("{INTRODUCTION}{}{LIBRARY}{}", script::reference_markdown(), library.trim_end()));
        }
    }
    Ok(Ending::Fine)
}
