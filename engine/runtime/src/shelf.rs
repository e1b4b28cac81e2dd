//! Prompts in memory: read and encoded once, shared by every leg that plays them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::{PlayItem, Prompt, read_prompt, tone};
use script::prompts::{PromptFile, PromptOrigin};
use switchboard::{AudioItem, Tone};

use crate::files::ShippedFiles;
use crate::recordings::{self, Keys};
use crate::voice::Voice;

/// What a prompt is read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Project(Arc<str>),
    Shipped(Arc<str>),
    Spoken { text: String, language: String },
    Tone(Tone),
    Recording(String),
}

/// Half an hour of prompts: more than an office has, and a bound for texts that are never the same.
const BYTES_MAX: usize = 48 << 20;

/// The prompts that were needed so far.
#[derive(Default)]
pub(crate) struct Shelf {
    prompts: BTreeMap<Source, Kept>,
    uses: u64,
}

struct Kept {
    prompt: Arc<Prompt>,
    /// The higher, the more recently.
    used: u64,
}

/// What the loader needs to read a prompt.
#[derive(Clone)]
pub(crate) struct Sounds {
    pub(crate) root: PathBuf,
    pub(crate) shipped: ShippedFiles,
    pub(crate) country: String,
    /// Opens recordings.
    pub(crate) keys: Keys,
    pub(crate) voice: Option<Arc<Voice>>,
}

pub(crate) fn source_of(item: &AudioItem) -> Option<Source> {
    match item {
        AudioItem::Prompt { file: Some(PromptFile { path, origin }), .. } => Some(match origin {
            PromptOrigin::Project => Source::Project(path.clone()),
            PromptOrigin::Shipped => Source::Shipped(path.clone()),
        }),
        AudioItem::Text { text, language } => Some(Source::Spoken { text: text.clone(), language: language.clone() }),
        AudioItem::Tone(tone) => Some(Source::Tone(*tone)),
        AudioItem::Recording { file } => Some(Source::Recording(file.clone())),
        AudioItem::Prompt { file: None, .. } | AudioItem::Silence(_) => None,
    }
}

/// What a trace calls an item that could not be read.
pub(crate) fn name_of(item: &AudioItem) -> Option<String> {
    match item {
        AudioItem::Prompt { name, .. } => Some(name.clone()),
        AudioItem::Recording { file } => Some(file.clone()),
        AudioItem::Text { text, .. } => Some(text.clone()),
        AudioItem::Tone(_) | AudioItem::Silence(_) => None,
    }
}

impl Shelf {
    /// The items as a media worker plays them; the error lists what must be loaded first.
    pub(crate) fn take(&mut self, items: &[AudioItem]) -> Result<Vec<PlayItem>, Vec<Source>> {
        let mut ready = Vec::with_capacity(items.len());
        let mut absent = Vec::new();
        for item in items {
            if let AudioItem::Silence(length) = item {
                ready.push(PlayItem::Silence(*length));
            }
            let Some(source) = source_of(item) else { continue };
            match self.prompts.get_mut(&source) {
                Some(kept) => {
                    self.uses += 1;
                    kept.used = self.uses;
                    ready.push(PlayItem::Prompt(kept.prompt.clone()));
                }
                None => absent.push(source),
            }
        }
        if absent.is_empty() { Ok(ready) } else { Err(absent) }
    }

    /// What is there of these items; the rest could not be read.
    pub(crate) fn take_what_is_there(&mut self, items: &[AudioItem]) -> Vec<PlayItem> {
        let one = |item: &AudioItem| self.take(std::slice::from_ref(item)).unwrap_or_default();
        items.iter().flat_map(one).collect()
    }

    pub(crate) fn put(&mut self, source: Source, prompt: Arc<Prompt>) {
        self.uses += 1;
        self.prompts.insert(source, Kept { prompt, used: self.uses });
    }

    /// Forgets what was not needed for longest until the rest fits; who is playing it keeps it.
    pub(crate) fn tidy(&mut self) {
        let mut size: usize = self.prompts.values().map(|kept| kept.prompt.size()).sum();
        while size > BYTES_MAX
            && let Some(oldest) = self.prompts.iter().min_by_key(|(_, kept)| kept.used)
        {
            let source = oldest.0.clone();
            size -= self.prompts.remove(&source).map_or(size, |kept| kept.prompt.size());
        }
    }

    /// A new version may have other sounds under the same names.
    pub(crate) fn forget_project(&mut self) {
        self.prompts.retain(|source, _| !matches!(source, Source::Project(_)));
    }
}

impl Sounds {
    /// Reads and encodes; slow, so not for the signalling thread.
    pub(crate) fn load(&self, source: &Source) -> Result<Prompt, String> {
        match source {
            Source::Project(path) => read_file(&self.root.join(&**path)),
            Source::Shipped(path) => {
                let bytes = self.shipped.get(path).ok_or_else(|| format!("{path} is not shipped"))?;
                read_prompt(path, bytes.to_vec()).map_err(|error| error.to_string())
            }
            Source::Spoken { text, language } => {
                let voice = self.voice.as_ref().ok_or("no `speech:` command in callwright.yaml")?;
                read_file(&voice.speak(text, language)?)
            }
            Source::Recording(file) => {
                let wav = recordings::read(&self.root.join(file), &self.keys).map_err(|error| error.to_string())?;
                read_prompt("recording.wav", wav).map_err(|error| error.to_string())
            }
            Source::Tone(kind) => Ok(tone(&self.country, media_tone(*kind))),
        }
    }
}

fn read_file(path: &Path) -> Result<Prompt, String> {
    media::load_prompt(path).map_err(|error| error.to_string())
}

fn media_tone(tone: Tone) -> media::Tone {
    match tone {
        Tone::Ringback => media::Tone::Ringback,
        Tone::Busy => media::Tone::Busy,
        Tone::Beep => media::Tone::Beep,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn said(text: &str) -> AudioItem {
        AudioItem::Text { text: text.into(), language: "en".into() }
    }

    #[test]
    fn what_is_absent_is_told_and_silence_needs_no_file() {
        let mut shelf = Shelf::default();
        let items = [said("one"), AudioItem::Silence(Duration::from_secs(1)), said("two")];
        let source = |item| source_of(item).unwrap();
        assert_eq!(shelf.take(&items).unwrap_err(), [source(&items[0]), source(&items[2])]);
        shelf.put(source(&items[0]), Arc::new(Prompt::from_samples("one", &[0; 160], &[0; 320])));
        assert_eq!(shelf.take(&items).unwrap_err(), [source(&items[2])]);
        assert_eq!(shelf.take_what_is_there(&items).len(), 2);
    }

    #[test]
    fn texts_that_are_never_the_same_do_not_fill_the_memory() {
        let mut shelf = Shelf::default();
        let greeting = said("good morning");
        // One minute each: 1.44 MB.
        let minute = Arc::new(Prompt::from_samples("minute", &vec![0; 480_000], &vec![0; 960_000]));
        shelf.put(source_of(&greeting).unwrap(), minute.clone());
        for n in 0..200 {
            shelf.put(source_of(&said(&n.to_string())).unwrap(), minute.clone());
            assert!(shelf.take(std::slice::from_ref(&greeting)).is_ok(), "what is used often stays");
            shelf.tidy();
        }
        assert_eq!(shelf.prompts.len(), BYTES_MAX / minute.size());
        assert!(shelf.take(&[said("199")]).is_ok() && shelf.take(&[said("100")]).is_err());
    }
}
