//! Prompts in memory: read and encoded once, shared by every leg that plays them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use media::{PlayItem, Prompt, read_prompt, tone};
use script::prompts::{PromptFile, PromptOrigin};
use switchboard::{AudioItem, Tone};

use crate::files::ShippedFiles;
use crate::voice::Voice;

/// What a prompt is read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Project(Arc<str>),
    Shipped(Arc<str>),
    Spoken { text: String, language: String },
    Tone(Tone),
}

/// All prompts that were needed so far.
#[derive(Default)]
pub(crate) struct Shelf {
    prompts: BTreeMap<Source, Arc<Prompt>>,
}

/// What the loader needs to read a prompt.
#[derive(Clone)]
pub(crate) struct Sounds {
    pub(crate) root: PathBuf,
    pub(crate) shipped: ShippedFiles,
    pub(crate) country: String,
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
        AudioItem::Prompt { file: None, .. } | AudioItem::Silence(_) => None,
    }
}

impl Shelf {
    /// The items as a media worker plays them; the error lists what must be loaded first.
    pub(crate) fn take(&self, items: &[AudioItem]) -> Result<Vec<PlayItem>, Vec<Source>> {
        let mut ready = Vec::with_capacity(items.len());
        let mut absent = Vec::new();
        for item in items {
            if let AudioItem::Silence(length) = item {
                ready.push(PlayItem::Silence(*length));
            }
            let Some(source) = source_of(item) else { continue };
            match self.prompts.get(&source) {
                Some(prompt) => ready.push(PlayItem::Prompt(prompt.clone())),
                None => absent.push(source),
            }
        }
        if absent.is_empty() { Ok(ready) } else { Err(absent) }
    }

    /// What is there of these items; the rest could not be read.
    pub(crate) fn take_what_is_there(&self, items: &[AudioItem]) -> Vec<PlayItem> {
        let one = |item: &AudioItem| self.take(std::slice::from_ref(item)).unwrap_or_default();
        items.iter().flat_map(one).collect()
    }

    pub(crate) fn put(&mut self, source: Source, prompt: Arc<Prompt>) {
        self.prompts.insert(source, prompt);
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
