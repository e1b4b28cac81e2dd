//! The sandbox: what a flow may not do is refused, quickly and without growing.

use std::sync::Arc;

use crate::effect::{CallerCard, Step};
use crate::flow::Flow;
use crate::source::Sources;

/// Scripts that try to leave, to stay for ever, or to grow. None may finish or reach a verb.
const ESCAPES: &[(&str, &str)] = &[
    ("eval", "eval(\"1\")"),
    ("eval as method", "\"1\".eval()"),
    ("sleep", "sleep(5)"),
    ("sleep with a fraction", "sleep(5.0)"),
    ("clock", "timestamp()"),
    ("open a file", "open_file(\"/etc/passwd\")"),
    ("read a file", "read_file(\"/etc/passwd\")"),
    ("write a file", "write_file(\"/tmp/x\", \"y\")"),
    ("run a program", "exec(\"ls\")"),
    ("shell", "system(\"ls\")"),
    ("environment", "env(\"HOME\")"),
    ("environment variable", "env_var(\"HOME\")"),
    ("socket", "connect(\"127.0.0.1:80\")"),
    ("import a root file", "import \"/etc/passwd\" as x;"),
    ("import above", "import \"../secret\" as x;"),
    ("import above, later", "import \"a/../../secret\" as x;"),
    ("import above, beside", "import \"./../secret\" as x;"),
    ("import a URL", "import \"http://evil/x\" as x;"),
    ("import with backslashes", "import \"..\\\\secret\" as x;"),
    ("import nothing", "import \"\" as x;"),
    ("import itself", "import \"main\" as x;"),
    ("computed import", "let p = \"ma\" + \"in\"; import p as x;"),
    ("import an unknown module", "import \"std/fs\" as fs;"),
    ("secrets of the caller", "caller.password"),
    ("secrets of the configuration", "config.trunks"),
    ("change the caller's number", "caller.number = \"1\";"),
    ("change the tags", "caller.tags.x = 1; if caller.tags.x != 1 { throw 1 }"),
    ("replace the caller", "caller = 1;"),
    ("endless loop", "loop {}"),
    ("endless loop with work", "let x = 0; loop { x += 1; }"),
    ("endless while", "while true {}"),
    ("endless do", "do {} while true;"),
    ("endless for", "let x = 0; for i in 0..9000000000000000000 { x = i; }"),
    ("endless loop caught", "try { loop {} } catch {}"),
    ("endless loop caught for ever", "loop { try { loop {} } catch {} }"),
    ("recursion", "fn f() { f() } f()"),
    ("recursion with values", "fn f(n) { 1 + f(n + 1) } f(0)"),
    ("mutual recursion", "fn a() { b() } fn b() { a() } a()"),
    ("recursion caught", "fn f() { try { f() } catch { f() } } f(); loop {}"),
    ("closure recursion", "let f = |g| g.call(g); f.call(f)"),
    ("string bomb", "let s = \"x\"; loop { s += s; }"),
    ("string bomb by pad", "let s = \"x\"; s.pad(100000000, 'y');"),
    ("string bomb by interpolation", "let s = \"x\"; loop { s = `${s}${s}`; }"),
    ("string bomb by replace", "let s = \"aaaaaaaaaaaaaaaa\"; loop { s.replace(\"a\", \"aaaaaaaa\"); }"),
    ("array bomb", "let a = []; loop { a.push(0); }"),
    ("array bomb by pad", "let a = []; a.pad(100000000, 0);"),
    ("array doubling", "let a = [0]; loop { a += a; }"),
    ("nested array bomb", "let a = [0, 0]; loop { a = [a, a]; }"),
    ("map bomb", "let m = #{}; let i = 0; loop { m[i.to_string()] = 0; i += 1; }"),
    ("nested map bomb", "let m = #{}; loop { m = #{ a: m, b: m }; }"),
    ("range to array bomb", "let a = []; for i in 0..1000000 { a.push(i); }"),
    ("split bomb", "let s = \"\"; s.pad(60000, ','); s.split(\",\")"),
    ("blob bomb", "blob(100000000)"),
    ("variables bomb", "let m = #{}; for i in 0..100000 { let x = i; m[`${i}`] = x; }"),
    ("overflow", "9223372036854775807 + 1"),
    ("division by zero", "1 / 0"),
    ("remainder by zero", "1 % 0"),
    ("negation overflow", "let x = -9223372036854775807 - 1; -x"),
    ("power overflow", "10 ** 100"),
    ("shift too far", "let a = [1]; a[99999999]"),
    ("negative index", "let a = [1]; a[-5]"),
    ("index beyond", "\"abc\"[10]"),
    ("wrong type", "1 + #{}"),
    ("throw", "throw \"x\""),
    ("throw a map", "throw #{ code: 7 }"),
    ("call nothing", "let f = (); f.call()"),
    ("function by name", "Fn(\"exec\").call(\"ls\")"),
    ("verb by unknown name", "Fn(\"open_file\").call(\"x\")"),
    ("native type names", "let x = 1; x.as_ptr()"),
    ("unknown property", "let m = #{}; m.__proto__.x"),
    ("constructor", "\"\".constructor(\"return 1\")()"),
    ("huge duration", "wait(99999999.hours)"),
    ("negative duration", "wait(-1.seconds)"),
    ("duration without unit", "wait(5)"),
    ("line break in a target", "bridge(\"201\\r\\nX: y\")"),
    ("space in a target", "bridge(\"201 202\")"),
    ("path in a recording's name", "record(\"../../etc/x\")"),
    ("line break in a language", "caller.language = \"en\\r\\n\";"),
    ("path in a language", "caller.language = \"../..\";"),
    ("too many targets", "let t = []; t.pad(100, \"201\"); bridge(t)"),
    ("too many digits", "collect(#{ max: 100000 })"),
];

/// Compiles and starts; says how it was refused.
fn refusal(text: &str) -> Result<String, String> {
    let project: Sources = [("main.rhai".to_owned(), Arc::from(text))].into();
    let flow = match Flow::compile("main.rhai", &project, &crate::testing::library()) {
        Ok(flow) => flow,
        Err(found) => {
            return Ok(found.into_iter().map(|finding| finding.to_string()).collect());
        }
    };
    match flow.start(CallerCard::default()) {
        (_, Step::Failed(failure)) => Ok(failure.to_string()),
        (_, step) => Err(format!("{step:?}")),
    }
}

#[test]
fn every_escape_is_refused() {
    assert!(ESCAPES.len() >= 60);
    let escaped: Vec<String> =
        ESCAPES.iter().filter_map(|(name, text)| refusal(text).err().map(|step| format!("{name}: {step}"))).collect();
    assert!(escaped.is_empty(), "{escaped:#?}");
}

#[test]
fn refusals_name_no_types_of_rust() {
    for (name, text) in ESCAPES {
        let refusal = refusal(text).unwrap_or_default();
        for leak in ["ImmutableString", "&str", "i64", "rhai::", "callwright", "Dynamic", "FnPtr"] {
            assert!(!refusal.contains(leak), "{name}: {refusal}");
        }
    }
}

#[test]
fn deep_sources_are_refused_without_overflowing_the_stack() {
    let deep = [
        "(".repeat(100_000),
        "[".repeat(5_000),
        format!("let x = {}true;", "!".repeat(100_000)),
        format!("let x = {}1;", "-".repeat(50_000)),
        format!("let x = #{{}}; x{};", ".a".repeat(50_000)),
        "{".repeat(20_000),
        format!("if true {{}} {}", "else if true {} ".repeat(5_000)),
        format!("let x = {}1{};", "(".repeat(500), ")".repeat(500)),
        format!("fn f() {{ {}1{} }}", "if true { ".repeat(40), " }".repeat(40)),
    ];
    for text in &deep {
        assert!(refusal(text).is_ok(), "{}", &text[..40]);
    }
}

#[test]
fn the_deepest_allowed_script_fits_its_stack() {
    // As many levels of calls as allowed, each with nested statements, expressions and a native call.
    let text = "fn f(n) {
        for i in 0..1 { if n >= 0 { switch n { 99 => (), _ => {
            let m = #{ a: [1, 2, [3, #{ b: ((1 + 2) * 3) }]] };
            let s = [n].map(|x| { let y = [x].filter(|z| z >= 0); y[0] + m.a.len() });
            if n > 0 { return 1 + (2 + (3 + (4 + f(n - 1)))); }
        } } } }
        0
    }
    f(LEVELS);
    throw \"done\";";
    let refused = refusal(&text.replace("LEVELS", "19")).unwrap();
    assert!(refused.contains("done"), "{refused}");
    let refused = refusal(&text.replace("LEVELS", "30")).unwrap();
    assert!(refused.contains("24 levels deep"), "{refused}");
}
