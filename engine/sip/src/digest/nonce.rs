//! Nonces: the time they were made, a random part, and a seal, so that only used ones are remembered.

use std::collections::BTreeMap;
use std::time::Duration;

use hmac::{Hmac, Mac};
use model::Timestamp;
use rand::RngCore;
use rand_chacha::ChaCha12Rng;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::hash::hex;

/// How long a nonce may be used; then the phone gets a new one without asking its user.
const NONCE_LIFE: Duration = Duration::from_secs(60);

// One entry per phone and minute; when more are in use, the oldest ones have to be challenged again.
const USED_MAX: usize = 20_000;

const SEAL_BYTES: usize = 16;

/// May a nonce be used (again)?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    Fresh,
    /// Too old, used before, or not ours.
    Stale,
}

/// When it was made, in microseconds, and its random part: names a nonce, oldest first.
type Key = (u64, u64);

pub(super) struct Nonces {
    key: [u8; 32],
    rng: ChaCha12Rng,
    /// The highest count seen per nonce.
    used: BTreeMap<Key, u32>,
    /// Nonces up to this one have been forgotten although they had been used.
    forgotten: Option<Key>,
}

impl Nonces {
    pub(super) fn new(key: [u8; 32], rng: ChaCha12Rng) -> Self {
        Self { key, rng, used: BTreeMap::new(), forgotten: None }
    }

    pub(super) fn issue(&mut self, now: Timestamp) -> String {
        let key = (now.as_micros(), self.rng.next_u64());
        format!("{}{}", written(key), hex(&self.seal(key)))
    }

    /// Uses a nonce for the `count`th time; counts only ever rise. Call it only for right passwords:
    /// others must not fill the table.
    pub(super) fn spend(&mut self, now: Timestamp, nonce: &str, count: u32) -> Freshness {
        let Some(key) = self.open(nonce) else {
            return Freshness::Stale;
        };
        let issued = Timestamp::from_micros(key.0);
        if issued > now || now.since(issued) > NONCE_LIFE {
            return Freshness::Stale;
        }
        let unused = match self.used.get(&key) {
            Some(highest) => count > *highest,
            None => self.forgotten.is_none_or(|forgotten| key > forgotten),
        };
        if !unused {
            return Freshness::Stale;
        }
        self.used.insert(key, count);
        self.forget(now);
        Freshness::Fresh
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((oldest, _)) = self.used.first_key_value() {
            let (oldest, expired) = (*oldest, now.since(Timestamp::from_micros(oldest.0)) > NONCE_LIFE);
            if !expired && self.used.len() <= USED_MAX {
                return;
            }
            self.used.pop_first();
            self.forgotten = Some(oldest);
        }
    }

    fn open(&self, nonce: &str) -> Option<Key> {
        // `get` refuses to cut characters of several bytes.
        let key = (number(nonce.get(..16)?)?, number(nonce.get(16..32)?)?);
        let seal = hex(&self.seal(key));
        bool::from(seal.as_bytes().ct_eq(nonce.get(32..)?.as_bytes())).then_some(key)
    }

    fn seal(&self, key: Key) -> [u8; SEAL_BYTES] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(written(key).as_bytes());
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut seal = [0; SEAL_BYTES];
        seal.copy_from_slice(&whole[..SEAL_BYTES]);
        seal
    }
}

fn written((issued, random): Key) -> String {
    format!("{issued:016x}{random:016x}")
}

fn number(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(5_000_000);

    fn nonces() -> Nonces {
        Nonces::new([7; 32], ChaCha12Rng::seed_from_u64(1))
    }

    #[test]
    fn a_nonce_lives_sixty_seconds() {
        let mut nonces = nonces();
        let nonce = nonces.issue(NOW);
        assert_eq!(nonces.spend(NOW + NONCE_LIFE, &nonce, 1), Freshness::Fresh);
        assert_eq!(nonces.spend(NOW + NONCE_LIFE + Duration::from_micros(1), &nonce, 2), Freshness::Stale);
        assert_eq!(nonces.spend(Timestamp::ZERO, &nonce, 3), Freshness::Stale, "made in the future");
    }

    #[test]
    fn counts_only_rise() {
        let mut nonces = nonces();
        let nonce = nonces.issue(NOW);
        for (count, expected) in [(1, true), (1, false), (3, true), (2, false), (3, false), (0x100, true)] {
            assert_eq!(nonces.spend(NOW, &nonce, count) == Freshness::Fresh, expected, "{count}");
        }
    }

    #[test]
    fn foreign_and_changed_nonces_are_stale() {
        let mut other = Nonces::new([8; 32], ChaCha12Rng::seed_from_u64(1));
        let nonce = other.issue(NOW);
        let mut nonces = nonces();
        assert_eq!(nonces.spend(NOW, &nonce, 1), Freshness::Stale);
        let ours = nonces.issue(NOW);
        let changed = format!("{}{}", if ours.starts_with('0') { '1' } else { '0' }, &ours[1..]);
        let cut = ours[..63].to_owned();
        for nonce in
            [changed, cut, ours.to_uppercase(), format!("{ours}0"), String::new(), "ä".repeat(40), "+".repeat(64)]
        {
            assert_eq!(nonces.spend(NOW, &nonce, 1), Freshness::Stale, "{nonce}");
        }
        assert_eq!(nonces.spend(NOW, &ours, 1), Freshness::Fresh);
    }

    #[test]
    fn nonces_are_never_the_same() {
        let mut nonces = nonces();
        assert_ne!(nonces.issue(NOW), nonces.issue(NOW));
    }

    #[test]
    fn a_full_table_forgets_the_oldest_but_never_accepts_it_again() {
        let mut nonces = nonces();
        let at = |index: usize| NOW + Duration::from_micros(index as u64);
        let all: Vec<String> = (0..=USED_MAX).map(|index| nonces.issue(at(index))).collect();
        for nonce in &all {
            assert_eq!(nonces.spend(at(USED_MAX), nonce, 1), Freshness::Fresh);
        }
        assert_eq!(nonces.used.len(), USED_MAX);
        assert_eq!(nonces.spend(at(USED_MAX), &all[0], 2), Freshness::Stale, "forgotten");
        assert_eq!(nonces.spend(at(USED_MAX), &all[1], 2), Freshness::Fresh, "still known");
    }

    #[test]
    fn old_nonces_leave_the_table() {
        let mut nonces = nonces();
        let first = nonces.issue(NOW);
        nonces.spend(NOW, &first, 1);
        let later = NOW + NONCE_LIFE + Duration::from_secs(1);
        let second = nonces.issue(later);
        nonces.spend(later, &second, 1);
        assert_eq!(nonces.used.len(), 1);
    }
}
