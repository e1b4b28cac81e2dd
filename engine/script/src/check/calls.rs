//! Calls: known names, right numbers of values, known options, names of the project.

use rhai::{Dynamic, Expr, FnCallExpr, Map, Position};

use super::{Checker, functions};
use crate::diagnostic::Diagnostic;
use crate::values::FlowDuration;
use crate::verbs::options::unknown_option;
use crate::verbs::{GREETINGS, MANNERS, OptionKind, REASONS, REQUESTS, STATES, VerbInfo, verb, verbs};

impl Checker<'_> {
    /// `name(…)` or `module::name(…)`.
    pub(super) fn call(&mut self, call: &FnCallExpr, position: Position) {
        if call.is_operator_call() {
            self.compared(call);
            return;
        }
        if !call.namespace.is_empty() {
            self.imported(call, position);
            return;
        }
        let name = call.name.as_str();
        if let Some(arities) = self.functions.get(name) {
            if !arities.contains(&call.args.len()) {
                let wanted: Vec<usize> = arities.iter().copied().collect();
                self.arity(name, &wanted, call.args.len(), position);
            }
        } else if let Some(verb) = verb(name) {
            self.verb(verb, call, position);
        } else if name == "sleep" {
            self.report(position, Diagnostic::error("refused-function", crate::values::NO_SLEEP));
        } else if !self.natives.contains(name) {
            let own = self.functions.keys().map(String::as_str);
            let diagnostic = Diagnostic::error("unknown-function", format!("unknown function `{name}`"))
                .suggest(name, verbs().iter().map(|verb| verb.name).chain(own));
            self.report(position, diagnostic);
        }
    }

    /// `value.name(…)`.
    pub(super) fn method(&mut self, call: &FnCallExpr, position: Position) {
        let name = call.name.as_str();
        if self.natives.contains(name) || self.functions.contains_key(name) {
            return;
        }
        let diagnostic = Diagnostic::error("unknown-method", format!("no value has a method `{name}`"))
            .suggest(name, self.natives.iter().map(String::as_str));
        self.report(position, diagnostic);
    }

    fn imported(&mut self, call: &FnCallExpr, position: Position) {
        let module = call.namespace.root();
        let Some(Some(ast)) = self.imports.get(module) else {
            return;
        };
        let (functions, source) = (functions(ast), ast.source().map(str::to_owned));
        let name = call.name.as_str();
        match functions.get(name) {
            None => {
                let message = format!("`{module}` has no function `{name}`");
                let names = functions.keys().map(String::as_str);
                let diagnostic = Diagnostic::error("unknown-function", message).suggest(name, names);
                self.report(position, diagnostic);
            }
            Some(arities) if !arities.contains(&call.args.len()) => {
                let wanted: Vec<usize> = arities.iter().copied().collect();
                self.arity(&format!("{module}::{name}"), &wanted, call.args.len(), position);
            }
            Some(_) => (),
        }
        if let Some(source) = source {
            self.named_in_library(&source, call);
            if source == "std/callbacks" && matches!(name, "book" | "queue_or_book") {
                self.calls_back(&format!("{module}::{name}"), position);
            }
        }
    }

    fn arity(&mut self, name: &str, wanted: &[usize], got: usize, position: Position) {
        let wanted: Vec<String> = wanted.iter().map(usize::to_string).collect();
        let plural = if wanted == ["1"] { "value" } else { "values" };
        let message = format!("`{name}` takes {} {plural}, not {got}", wanted.join(" or "));
        self.report(position, Diagnostic::error("wrong-arity", message));
    }

    fn verb(&mut self, verb: &'static VerbInfo, call: &FnCallExpr, position: Position) {
        if !(verb.args_min..=verb.args_max).contains(&call.args.len()) {
            let wanted: Vec<usize> = (verb.args_min..=verb.args_max).collect();
            self.arity(verb.name, &wanted, call.args.len(), position);
            return;
        }
        for arg in &call.args {
            self.options(verb, arg);
        }
        self.literal_values(verb, call);
        let first = call.args.first();
        let known = self.known;
        match verb.name {
            "play" => self.prompts(first),
            "queue" | "queue_state" => self.name(first, "queue", &known.queues),
            "agent" => self.agent(first),
            "bridge" | "transfer" => self.targets(first),
            "check_pin" => self.name(first, "agent", &known.agents),
            "set_agent" => {
                self.name(first, "agent", &known.agents);
                self.word(call.args.get(1), "`set_agent` cannot make an agent", REQUESTS);
            }
            "supervise" => {
                self.name(first, "agent", &known.agents);
                self.word(call.args.get(1), "`supervise` cannot", MANNERS);
            }
            "voicemail" | "messages" | "check_box_pin" => self.name(first, "box", &known.boxes),
            "forward_message" => self.name(call.args.get(1), "box", &known.boxes),
            "mark_message" => self.word(call.args.get(1), "`mark_message` cannot make a message", STATES),
            "set_greeting" => {
                self.name(first, "box", &known.boxes);
                self.word(call.args.get(1), "a box has no greeting", GREETINGS);
            }
            "open" | "opens" => self.name(first, "calendar", &known.calendars),
            "lookup" => self.name(first, "directory", &known.directories),
            "say" => self.speech(call, position),
            "sms" | "email" | "webhook" | "http" => self.reaches(verb.name, first, position),
            "callback" => self.calls_back(verb.name, position),
            "reject" => self.word(first, "`reject` cannot say", REASONS),
            _ => (),
        }
    }

    /// A literal map of options.
    fn options(&mut self, verb: &'static VerbInfo, arg: &Expr) {
        let Expr::Map(map, _) = arg else { return };
        for (key, value) in &map.0 {
            let Some(option) = verb.options.iter().find(|option| option.name == key.name.as_str()) else {
                // `tag("x", #{…})`, `log(#{…})` and `webhook("x", #{…})` take maps that are no options.
                if !matches!(verb.name, "tag" | "log" | "webhook") {
                    self.report(key.pos, Diagnostic::error("unknown-option", unknown_option(verb, &key.name)));
                }
                continue;
            };
            if let Some(problem) = misfit(option.kind, value) {
                let message = format!("option `{}` of `{}` {problem}", option.name, verb.name);
                self.report(value.position(), Diagnostic::error("wrong-option", message));
            }
            let known = self.known;
            match option.kind {
                OptionKind::Prompt | OptionKind::Prompts => self.prompts(Some(value)),
                OptionKind::Greeting => self.greeting(value),
                OptionKind::Queue => self.name(Some(value), "queue", &known.queues),
                OptionKind::Agent => self.preferred(value),
                OptionKind::Skills => self.skills(value),
                _ => (),
            }
        }
    }

    /// A greeting of a box, or a prompt.
    fn greeting(&mut self, value: &Expr) {
        if literal(value).is_none_or(|(word, _)| !GREETINGS.contains(&word.as_str())) {
            self.prompts(Some(value));
        }
    }

    /// A literal word, one of `words`; `cannot` is the beginning of the sentence that refuses it.
    fn word(&mut self, expr: Option<&Expr>, cannot: &str, words: &[&'static str]) {
        let Some((word, at)) = expr.and_then(literal).filter(|(word, _)| !words.contains(&word.as_str())) else {
            return;
        };
        let diagnostic = Diagnostic::error("wrong-word", format!("{cannot} `{word}`"));
        self.report(at, diagnostic.suggest(&word, words.iter().copied()));
    }

    /// `say("text")` without a command that speaks.
    fn speech(&mut self, call: &FnCallExpr, position: Position) {
        let is_text = match call.args.get(1) {
            Some(kind) => literal(kind).is_some_and(|(kind, _)| kind == "text"),
            None => call.args.first().and_then(literal).is_some(),
        };
        if let Some((kind, at)) = call.args.get(1).and_then(literal)
            && !crate::verbs::KINDS.iter().any(|(name, _)| *name == kind)
        {
            let names = crate::verbs::KINDS.iter().map(|(name, _)| *name);
            self.report(
                at,
                Diagnostic::error("wrong-word", format!("`say` has no kind `{kind}`")).suggest(&kind, names),
            );
        }
        if is_text && !self.known.speaks_text {
            let diagnostic =
                Diagnostic::error("no-speech", "`say` cannot read text: the project has no `speech:` command")
                    .help("record the sentence as a prompt and `play` it, or add `speech:` to callwright.yaml");
            self.report(position, diagnostic);
        }
    }
}

/// A literal text and its place.
pub(super) fn literal(expr: &Expr) -> Option<(String, Position)> {
    match expr {
        Expr::StringConstant(text, position) => Some((text.to_string(), *position)),
        _ => None,
    }
}

/// Every literal text in a text or an array.
pub(super) fn literals(expr: &Expr) -> Vec<(String, Position)> {
    match expr {
        Expr::Array(items, _) => items.iter().filter_map(literal).collect(),
        Expr::DynamicConstant(value, position) => {
            let items = value.read_lock::<rhai::Array>();
            let texts = items.iter().flat_map(|items| items.iter()).filter_map(|item| item.clone().into_string().ok());
            texts.map(|text| (text, *position)).collect()
        }
        other => literal(other).into_iter().collect(),
    }
}

/// What is wrong with a literal value of an option, as the end of a sentence.
fn misfit(kind: OptionKind, value: &Expr) -> Option<String> {
    let constant = value.get_literal_value(None)?;
    if constant.is_unit() {
        return None;
    }
    let fits = match kind {
        OptionKind::Flag => constant.is_bool(),
        OptionKind::Count => constant.is_int(),
        OptionKind::Duration => return FlowDuration::from_dynamic(&constant).err(),
        OptionKind::Word(words) => {
            let word = constant.clone().into_string().ok();
            return match word {
                Some(word) if words.contains(&word.as_str()) => None,
                Some(word) => Some(format!("cannot be `{word}`, it is one of {}", words.join(", "))),
                None => Some(format!("is one of {}", words.join(", "))),
            };
        }
        OptionKind::KeyList | OptionKind::Prompts | OptionKind::Agent => constant.is_array() || constant.is_string(),
        OptionKind::Skills => constant.is_array() || constant.is_string() || constant.is::<Map>(),
        OptionKind::Texts => constant.is::<Map>(),
        OptionKind::Json => true,
        OptionKind::Text | OptionKind::Keys | OptionKind::Prompt | OptionKind::Greeting | OptionKind::Queue => {
            constant.is_string()
        }
    };
    (!fits).then(|| format!("is {}, not {}", kind.in_words(), crate::values::in_words(&constant as &Dynamic)))
}
