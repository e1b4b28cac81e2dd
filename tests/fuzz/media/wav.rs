//! Prompt files as a customer uploads them: whatever the bytes, a prompt or an error, never a long wait.

#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use media::{PROMPT_LENGTH_MAX, read_prompt};
use model::Codec;

/// The decoder panics on some broken headers, and the engine catches that. libFuzzer's hook would end the process at
/// the panic itself; without it only a panic that nobody catches does.
static HOOK: Once = Once::new();

fuzz_target!(|data: &[u8]| {
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let Some((extension, bytes)) = data.split_first() else { return };
    let name = ["p.wav", "p.mp3", "p.flac", "p.ogg"][usize::from(extension & 3)];
    if let Ok(prompt) = read_prompt(name, bytes.to_vec()) {
        assert!(prompt.duration() <= PROMPT_LENGTH_MAX, "{:?} of audio", prompt.duration());
        // 8,000 payload bytes a second in every codec.
        let bytes = prompt.payload(Codec::Pcmu).len();
        assert_eq!((bytes, bytes), (prompt.payload(Codec::Pcma).len(), prompt.payload(Codec::G722).len()));
    }
});
