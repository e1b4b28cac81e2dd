//! docs/first-hour.md, followed to the letter: its commands are given, its files are written.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::vocabulary::{callwright, folder};

/// A fenced block of a document, with the paragraph that stands before it.
struct Block {
    language: String,
    text: String,
    before: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut before, mut open) = (Vec::new(), String::new(), None::<Block>);
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                let (language, text) = (language.to_owned(), String::new());
                open = Some(Block { language, text, before: std::mem::take(&mut before) });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(block)) => block.text.push_str(&format!("{line}\n")),
            // Only an empty line or the end of a paragraph stands between the words and their block.
            (None, None) if line.is_empty() && before.ends_with(":\n") => {}
            (None, None) if line.is_empty() => before.clear(),
            (None, None) => before.push_str(&format!("{line}\n")),
        }
    }
    found
}

/// Somebody who does what the document says, and nothing else.
struct Newcomer {
    folder: PathBuf,
    commands: usize,
    files: usize,
}

impl Newcomer {
    fn follows(&mut self, block: &Block) {
        if block.language == "sh" {
            block.text.lines().for_each(|line| self.types(line));
            return;
        }
        let after = |words: &str| Some(block.before.split_once(words)?.1.split_once('`')?.0.to_owned());
        let write = after("Write `").or_else(|| after("Replace `"));
        let mut options = OpenOptions::new();
        let (file, options) = match (write, after("Add at the end of `")) {
            (Some(file), None) => (file, options.write(true).create(true).truncate(true)),
            (None, Some(file)) => (file, options.append(true)),
            _ => panic!("nobody knows where this goes:\n{}{}", block.before, block.text),
        };
        let mut file = options.open(self.folder.join(file)).unwrap();
        file.write_all(block.text.as_bytes()).unwrap();
        self.files += 1;
    }

    fn types(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            // The tools are built, and what serves or calls has tests of its own.
            ["cargo" | "alias", ..] | ["callwright", "run" | "call", ..] => return,
            ["cd", name] => self.folder.push(name),
            ["rm", patterns @ ..] => patterns.iter().for_each(|pattern| self.removes(pattern)),
            ["callwright", arguments @ ..] => {
                let done = callwright(&self.folder, arguments);
                assert_eq!(done.code, 0, "`{line}`: {done:?}");
                // The document says that it is reminded of the passwords, and of nothing else.
                let others = done.out.replace("warning[literal-secret]", "").contains("warning[");
                assert!(!others, "`{line}`: {done:?}");
            }
            _ => panic!("a newcomer does not know `{line}`"),
        }
        self.commands += 1;
    }

    /// `*.yaml`
    fn removes(&self, pattern: &str) {
        let ending = pattern.strip_prefix('*').unwrap();
        let names = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let found: Vec<PathBuf> = names.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
        assert!(!found.is_empty(), "there is no `{pattern}` to remove");
        found.iter().for_each(|path| fs::remove_file(path).unwrap());
    }
}

#[test]
fn the_first_hour_works_as_it_is_written() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/first-hour.md");
    let empty = folder();
    let mut newcomer = Newcomer { folder: empty.path().to_owned(), commands: 0, files: 0 };
    for block in blocks(&fs::read_to_string(page).unwrap()) {
        newcomer.follows(&block);
    }
    assert!(newcomer.commands >= 8 && newcomer.files >= 6, "{} {}", newcomer.commands, newcomer.files);
    let tests = callwright(&newcomer.folder, &["test", "--json"]).json();
    assert!(tests["run"].as_u64().unwrap() >= 2, "{tests}");
}
