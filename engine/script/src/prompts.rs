//! Which sound file a prompt's name means, per language.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::did_you_mean;

/// Extensions that the engine can read, best first when a name has several files.
pub const SOUND_EXTENSIONS: [&str; 4] = ["wav", "flac", "mp3", "ogg"];

/// One sound file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PromptFile {
    /// Path below the project's or the shipped root: `sounds/ru/welcome.wav`.
    pub path: Arc<str>,
    /// Whose it is.
    pub origin: PromptOrigin,
}

/// Whose sound file it is; the project's own come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PromptOrigin {
    /// It lies in the project.
    Project,
    /// It comes with Callwright.
    Shipped,
}

/// All prompts of a project and of the shipped packs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromptIndex {
    /// Path below `sounds/` without extension → file.
    project: BTreeMap<String, PromptFile>,
    shipped: BTreeMap<String, PromptFile>,
    default_language: String,
}

impl PromptIndex {
    /// Indexes paths such as `sounds/ru/welcome.wav`; anything else is ignored.
    pub fn build<'a>(
        project: impl IntoIterator<Item = &'a str>,
        shipped: impl IntoIterator<Item = &'a str>,
        default_language: &str,
    ) -> Self {
        let mut index = Self { default_language: default_language.to_owned(), ..Self::default() };
        project.into_iter().for_each(|path| index.add(path, PromptOrigin::Project));
        shipped.into_iter().for_each(|path| index.add(path, PromptOrigin::Shipped));
        index
    }

    /// The file for `name` in `language`: `ru_RU`, `ru`, the project's language, `en`, no language.
    ///
    /// Each language is looked for in the project first, then in the shipped packs. A project's
    /// file outside the language folders counts as one in the project's language.
    pub fn find(&self, name: &str, language: &str) -> Option<&PromptFile> {
        let in_language = |folder: &String| {
            let path = format!("{folder}/{name}");
            let plain = if *folder == self.default_language { self.project.get(name) } else { None };
            self.project.get(&path).or(plain).or_else(|| self.shipped.get(&path))
        };
        self.languages(language)
            .iter()
            .find_map(in_language)
            .or_else(|| self.project.get(name))
            .or_else(|| self.shipped.get(name))
    }

    /// Does `name` exist in this language or its region-free form, or without a language?
    pub fn has(&self, name: &str, language: &str) -> bool {
        let known = |path: &str| self.project.contains_key(path) || self.shipped.contains_key(path);
        known(name) || with_shorter_forms(language).any(|folder| known(&format!("{folder}/{name}")))
    }

    /// The known name that `name` is probably a misspelling of.
    pub fn did_you_mean(&self, name: &str, language: &str) -> Option<&str> {
        let languages = self.languages(language);
        let plain_name = |path: &'_ str| -> usize {
            let folder = languages.iter().find(|folder| path.starts_with(&format!("{folder}/")));
            folder.map_or(0, |folder| folder.len() + 1)
        };
        let names = self.project.keys().chain(self.shipped.keys()).map(|path| &path[plain_name(path)..]);
        did_you_mean(name, names)
    }

    /// Every name that finds something in some language.
    pub fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (path, _) in self.iter() {
            names.insert(path.to_owned());
            if let Some((folder, name)) = path.split_once('/')
                && is_language(folder)
            {
                names.insert(name.to_owned());
            }
        }
        names
    }

    /// All files, the project's own first, by path below `sounds/` without extension.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PromptFile)> {
        self.project.iter().chain(&self.shipped).map(|(path, file)| (path.as_str(), file))
    }

    /// `en_GB_female` → `en_GB_female`, `en_GB`, `en`, then the project's language, then `en`.
    fn languages(&self, language: &str) -> Vec<String> {
        let mut chain: Vec<String> = Vec::new();
        for folder in [language, &self.default_language, "en"].into_iter().flat_map(with_shorter_forms) {
            if !chain.iter().any(|known| known == folder) {
                chain.push(folder.to_owned());
            }
        }
        chain
    }

    fn add(&mut self, path: &str, origin: PromptOrigin) {
        let Some((stem, extension)) = path.strip_prefix("sounds/").and_then(|below| below.rsplit_once('.')) else {
            return;
        };
        let Some(rank) = extension_rank(extension) else {
            return;
        };
        let files = match origin {
            PromptOrigin::Project => &mut self.project,
            PromptOrigin::Shipped => &mut self.shipped,
        };
        let known = files.get(stem).and_then(|file| extension_rank(file.path.rsplit_once('.')?.1));
        if known.is_none_or(|known| rank < known) {
            files.insert(stem.to_owned(), PromptFile { path: path.into(), origin });
        }
    }
}

fn with_shorter_forms(language: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(language), |longer| longer.rfind(['_', '-']).map(|cut| &longer[..cut]))
        .filter(|folder| !folder.is_empty())
}

/// `ru`, `en_GB`, `fil`
fn is_language(folder: &str) -> bool {
    let code = folder.split(['_', '-']).next().unwrap_or_default();
    (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase())
}

fn extension_rank(extension: &str) -> Option<usize> {
    SOUND_EXTENSIONS.iter().position(|known| known.eq_ignore_ascii_case(extension))
}

/// Is this path a sound file below `sounds/`?
pub fn is_sound(path: &str) -> bool {
    path.strip_prefix("sounds/")
        .and_then(|below| below.rsplit_once('.'))
        .is_some_and(|(_, extension)| extension_rank(extension).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> PromptIndex {
        let project =
            ["sounds/ru/welcome.wav", "sounds/ru/welcome.mp3", "sounds/hold/default.ogg", "sounds/readme.txt"];
        let shipped =
            ["sounds/ru/welcome.wav", "sounds/en/welcome.wav", "sounds/en/goodbye.wav", "sounds/fa/goodbye.wav"];
        PromptIndex::build(project, shipped, "ru")
    }

    fn found(name: &str, language: &str) -> String {
        index().find(name, language).map_or("nothing".into(), |file| format!("{:?} {}", file.origin, file.path))
    }

    #[test]
    fn the_projects_own_sound_comes_before_a_shipped_one() {
        assert_eq!(found("welcome", "ru"), "Project sounds/ru/welcome.wav");
        assert_eq!(found("goodbye", "fa"), "Shipped sounds/fa/goodbye.wav");
    }

    #[test]
    fn languages_fall_back_to_the_region_free_one_the_default_and_english() {
        assert_eq!(found("welcome", "ru_RU"), "Project sounds/ru/welcome.wav");
        assert_eq!(found("welcome", "ru-RU-female"), "Project sounds/ru/welcome.wav");
        assert_eq!(found("welcome", "fa"), "Project sounds/ru/welcome.wav");
        assert_eq!(found("goodbye", "de_AT"), "Shipped sounds/en/goodbye.wav");
    }

    #[test]
    fn music_has_no_language() {
        assert_eq!(found("hold/default", "fa"), "Project sounds/hold/default.ogg");
        assert_eq!(found("readme", "ru"), "nothing");
    }

    #[test]
    fn a_projects_sound_without_language_beats_a_shipped_one_in_its_language() {
        let index =
            PromptIndex::build(["sounds/welcome.wav"], ["sounds/ru/welcome.wav", "sounds/fa/welcome.wav"], "ru");
        assert_eq!(index.find("welcome", "ru").unwrap().origin, PromptOrigin::Project);
        assert_eq!(&*index.find("welcome", "fa").unwrap().path, "sounds/fa/welcome.wav");
        assert!(index.names().contains("welcome") && index.names().len() == 3);
        assert!(index.has("welcome", "de") && !index.has("goodbye", "ru"));
    }

    #[test]
    fn misspelt_prompts_are_recognised_without_their_language() {
        assert_eq!(index().did_you_mean("welcom", "ru"), Some("welcome"));
        assert_eq!(index().did_you_mean("hold/defalt", "ru"), Some("hold/default"));
        assert_eq!(index().did_you_mean("invoice", "ru"), None);
    }
}
