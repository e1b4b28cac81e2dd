//! Hold music that was interrupted goes on where it was.

mod support;

use std::sync::Arc;
use std::time::Duration;

use callwright_media::{PlayItem, Prompt, Repeat, SessionKey};
use model::{Codec, PlaybackId};
use support::*;

/// Packets of a piece of music.
const PACKETS: usize = 100;

/// A click at another place in each packet tells them apart.
fn music(name: &str) -> Arc<Prompt> {
    let click = |n: usize| if n % 160 == n / 160 { 20_000 } else { 0 };
    let narrow: Vec<i16> = (0..PACKETS * 160).map(click).collect();
    Arc::new(Prompt::from_samples(name, &narrow, &[0; PACKETS * 320]))
}

struct Phone {
    line: Line,
    key: SessionKey,
    playbacks: u64,
}

impl Phone {
    fn new() -> Self {
        let mut line = Line::new();
        let key = line.phone(Codec::Pcmu);
        Self { line, key, playbacks: 0 }
    }

    fn play(&mut self, items: &[PlayItem], repeat: Repeat) {
        self.playbacks += 1;
        self.line.worker.play(self.key, PlaybackId(self.playbacks), items.to_vec(), repeat);
    }

    /// The packets of a piece that are heard in so many packets' time.
    fn hears(&mut self, of: &Prompt, packets: u64) -> Vec<Option<usize>> {
        self.line.basket.rtp.clear();
        self.line.advance(packets * 20);
        let place = |payload: &[u8]| of.payload(Codec::Pcmu).chunks_exact(160).rposition(|packet| packet == payload);
        self.line.sent_by(self.key).iter().map(|sent| place(sent.payload())).collect()
    }
}

fn places(range: std::ops::Range<usize>) -> Vec<Option<usize>> {
    range.map(|n| Some(n % PACKETS)).collect()
}

#[test]
fn music_goes_on_after_an_announcement_and_after_a_talk() {
    let (mut phone, tune) = (Phone::new(), music("tune"));
    let (items, speech) = ([PlayItem::Prompt(tune.clone())], [PlayItem::Prompt(prompt_of_voice(0.2))]);
    let other = phone.line.phone(Codec::Pcmu);
    phone.play(&items, Repeat::Forever);
    assert_eq!(phone.hears(&tune, 30), places(0..30));
    phone.play(&speech, Repeat::Once);
    phone.hears(&tune, 20);
    phone.play(&speech, Repeat::Once);
    phone.hears(&tune, 20);
    phone.play(&items, Repeat::Forever);
    assert_eq!(phone.hears(&tune, 90), places(30..120), "once more from the end to the beginning");
    phone.line.worker.join(phone.key, other);
    phone.hears(&tune, 20);
    phone.line.worker.part(phone.key);
    phone.play(&items, Repeat::Forever);
    assert_eq!(phone.hears(&tune, 20), places(20..40));
    phone.line.worker.stop(phone.key);
    phone.hears(&tune, 20);
    // The shelf may have read the file anew.
    phone.play(&[PlayItem::Prompt(music("tune"))], Repeat::Forever);
    assert_eq!(phone.hears(&tune, 20), places(40..60));
}

#[test]
fn other_music_and_what_is_played_once_begin_at_the_beginning() {
    let (mut phone, tune) = (Phone::new(), music("tune"));
    let items = [PlayItem::Prompt(tune.clone())];
    phone.play(&items, Repeat::Forever);
    phone.hears(&tune, 30);
    phone.play(&items, Repeat::Once);
    assert_eq!(phone.hears(&tune, 10), places(0..10));
    let longer = [items[0].clone(), PlayItem::Silence(Duration::from_secs(1))];
    for others in [&longer[..], &[PlayItem::Prompt(music("song"))]] {
        phone.play(others, Repeat::Forever);
        assert_eq!(phone.hears(&tune, 10), places(0..10));
    }
    phone.play(&items, Repeat::Forever);
    assert_eq!(phone.hears(&tune, 10), places(0..10), "other music came in between");
}

#[test]
fn music_goes_on_in_its_second_item() {
    let (mut phone, tune) = (Phone::new(), music("tune"));
    let items = [PlayItem::Silence(Duration::from_millis(200)), PlayItem::Prompt(tune.clone())];
    phone.play(&items, Repeat::Forever);
    phone.hears(&tune, 40);
    phone.line.worker.stop(phone.key);
    phone.line.events();
    phone.play(&items, Repeat::Forever);
    assert_eq!(phone.hears(&tune, 200)[0], Some(30));
}
