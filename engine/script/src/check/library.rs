//! Names of the project in calls of the standard library, as in `queue::enter("support")`.

use rhai::{Expr, FnCallExpr};

use super::Checker;

/// What a value names.
#[derive(Clone, Copy)]
enum Named {
    Prompts,
    Queues,
    Mailbox,
    Calendar,
    Directory,
}

use Named::{Calendar, Directory, Mailbox, Prompts, Queues};

/// Module, function, index of the value, what it names.
const NAMED: &[(&str, &str, usize, Named)] = &[
    ("std/callbacks", "book", 0, Queues),
    ("std/callbacks", "queue_or_book", 0, Queues),
    ("std/menu", "ask", 0, Prompts),
    ("std/menu", "confirm", 0, Prompts),
    ("std/menu", "digits", 0, Prompts),
    ("std/forms", "digits", 0, Prompts),
    ("std/announcements", "advert", 0, Prompts),
    ("std/announcements", "before", 0, Queues),
    ("std/announcements", "closed", 0, Calendar),
    ("std/announcements", "notice", 0, Directory),
    ("std/hours", "only_when_open", 0, Calendar),
    ("std/hours", "only_when_open", 1, Prompts),
    ("std/queue", "enter", 0, Queues),
    ("std/queue", "last_agent", 0, Queues),
    ("std/queue", "account_manager", 0, Queues),
    ("std/queue", "overflow", 0, Queues),
    ("std/queue", "shortest", 0, Queues),
    ("std/queue", "message", 0, Mailbox),
    ("std/vip", "connect", 1, Queues),
    ("std/regions", "row", 1, Directory),
    ("std/regions", "refuse", 0, Directory),
    ("std/regions", "debt", 0, Directory),
    ("std/regions", "collections", 0, Directory),
    ("std/regions", "collections", 1, Queues),
];

/// Module, option of any of its functions, what it names.
const OPTIONS: &[(&str, &str, Named)] = &[("std/queue", "message", Mailbox)];

impl Checker<'_> {
    /// Literal names in a call of a module of the library.
    pub(super) fn named_in_library(&mut self, module: &str, call: &FnCallExpr) {
        let rows = NAMED.iter().filter(|(name, function, ..)| *name == module && *function == call.name.as_str());
        for (_, _, index, named) in rows {
            self.named(*named, call.args.get(*index));
        }
        for (_, option, named) in OPTIONS.iter().filter(|(name, ..)| *name == module) {
            let maps = call.args.iter().filter_map(|arg| if let Expr::Map(map, _) = arg { Some(&map.0) } else { None });
            let given = maps.flatten().filter(|(key, value)| key.name.as_str() == *option && !is_nothing(value));
            given.for_each(|(_, value)| self.named(*named, Some(value)));
        }
    }

    fn named(&mut self, named: Named, value: Option<&Expr>) {
        let known = self.known;
        match named {
            Prompts => self.prompts(value),
            Queues => self.name(value, "queue", &known.queues),
            Mailbox => self.name(value, "box", &known.boxes),
            Calendar => self.name(value, "calendar", &known.calendars),
            Directory => self.name(value, "directory", &known.directories),
        }
    }
}

/// An option that is given as `""` is not there.
fn is_nothing(value: &Expr) -> bool {
    matches!(value, Expr::StringConstant(text, _) if text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_function_of_the_library_that_has_such_a_value() {
        let library = crate::testing::library();
        for (module, function, index, _) in NAMED {
            let text = &library[&format!("{}.rhai", module.trim_start_matches("std/"))];
            let start = format!("fn {function}(");
            let values = text.lines().filter_map(|line| line.strip_prefix(&start)).map(|rest| rest.split(',').count());
            assert!(values.max().is_some_and(|most| most > *index), "{module} {function} {index}");
        }
    }
}
