//! What a session is playing: items in order, perhaps again and again.

use std::sync::Arc;
use std::time::Duration;

use model::{Codec, PlaybackId};

use crate::prompt::Prompt;

/// Something to be played. A tone is a prompt of one cadence: play it looped.
#[derive(Debug, Clone)]
pub enum PlayItem {
    /// A prompt, or a tone from [`crate::tone`].
    Prompt(Arc<Prompt>),
    /// Nothing for a while, in steps of 20 ms.
    Silence(Duration),
}

impl PlayItem {
    fn frame_count(&self) -> usize {
        match self {
            PlayItem::Prompt(prompt) => prompt.frame_count(),
            PlayItem::Silence(length) => usize::try_from(length.as_millis() / 20).unwrap_or(usize::MAX),
        }
    }

    /// The same prompt, perhaps read again in between, or silence of the same length.
    fn sounds_like(&self, other: &Self) -> bool {
        match (self, other) {
            (PlayItem::Prompt(one), PlayItem::Prompt(other)) => {
                Arc::ptr_eq(one, other) || (one.name() == other.name() && one.frame_count() == other.frame_count())
            }
            (PlayItem::Silence(one), PlayItem::Silence(other)) => one == other,
            (PlayItem::Prompt(_), PlayItem::Silence(_)) | (PlayItem::Silence(_), PlayItem::Prompt(_)) => false,
        }
    }
}

/// How often a playback is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Once; its end is reported.
    Once,
    /// Until it is stopped.
    Forever,
}

/// 20 ms of a playback.
pub(crate) enum Frame<'a> {
    /// Of a prompt.
    Payload(&'a [u8]),
    /// Silence.
    Silence,
}

pub(crate) struct Player {
    pub(crate) playback: PlaybackId,
    items: Vec<PlayItem>,
    repeat: Repeat,
    item: usize,
    frame: usize,
}

impl Player {
    pub(crate) fn new(playback: PlaybackId, items: Vec<PlayItem>, repeat: Repeat) -> Self {
        let mut player = Self { playback, items, repeat, item: 0, frame: 0 };
        player.skip_empty_items();
        player
    }

    /// Everything was heard.
    pub(crate) fn is_over(&self) -> bool {
        self.item >= self.items.len()
    }

    /// It has no end of its own.
    pub(crate) fn is_looped(&self) -> bool {
        self.repeat == Repeat::Forever
    }

    /// Begins where another playback of the same items was.
    pub(crate) fn resume(&mut self, interrupted: &Self) {
        let same = self.items.len() == interrupted.items.len()
            && self.items.iter().zip(&interrupted.items).all(|(one, other)| one.sounds_like(other));
        if same {
            (self.item, self.frame) = (interrupted.item, interrupted.frame);
        }
    }

    /// The next 20 ms; silence once it is over.
    pub(crate) fn frame(&self, codec: Codec) -> Frame<'_> {
        match self.items.get(self.item) {
            Some(PlayItem::Prompt(prompt)) => prompt.frame(codec, self.frame).map_or(Frame::Silence, Frame::Payload),
            Some(PlayItem::Silence(_)) | None => Frame::Silence,
        }
    }

    /// Moves on by 20 ms.
    pub(crate) fn advance(&mut self) {
        let Some(item) = self.items.get(self.item) else {
            return;
        };
        self.frame += 1;
        if self.frame >= item.frame_count() {
            self.item += 1;
            self.frame = 0;
            self.skip_empty_items();
        }
    }

    fn skip_empty_items(&mut self) {
        // At most two rounds, so that a loop over nothing ends.
        for _ in 0..=2 * self.items.len() {
            match self.items.get(self.item) {
                Some(item) if item.frame_count() > 0 => return,
                Some(_) => self.item += 1,
                None if self.repeat == Repeat::Forever => self.item = 0,
                None => return,
            }
        }
        self.item = self.items.len();
    }
}
