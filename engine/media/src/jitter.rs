//! Puts packets back in order and evens out their arrival. One byte of payload is one unit of RTP
//! time with every codec here, so the buffer is a ring of bytes addressed by timestamp: repeated,
//! reordered and oddly sized packets need no care.

/// Bytes of storage: 256 ms.
const RING: usize = 2048;
/// Delay before the first packet is heard: 40 ms.
const FIRST_DELAY: i32 = 320;
/// The longest delay: 120 ms.
const DELAY_MAX: i32 = 960;
/// Units consumed by one pull at normal speed.
const FRAME: i32 = 160;
/// Pulls over which the smallest reserve is watched: one second.
const WINDOW: u32 = 50;
/// A jump this far is a new stream: one second.
const JUMP: i32 = 8000;

/// How much one pull gives: a little more or less than 20 ms, to follow the sender's clock.
pub(crate) const PULL_BYTES_MAX: usize = 164;

/// What a pull found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulled {
    /// There was no stream yet, or it has stopped.
    Nothing,
    /// This many bytes were due; `present` says which arrived.
    Due(usize),
}

pub(crate) struct JitterBuffer {
    ring: [u8; RING],
    present: [u64; RING / 64],
    state: Option<Run>,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    /// The next timestamp to be heard.
    play: u32,
    /// The end of the newest packet.
    end: u32,
    /// The smallest reserve in this window.
    lowest: i32,
    pulls: u32,
    /// Units read more, or less, than a frame in each pull of this window.
    pace: i32,
}

impl JitterBuffer {
    pub(crate) fn new() -> Self {
        Self { ring: [0; RING], present: [0; RING / 64], state: None }
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        self.present = [0; RING / 64];
        self.state = None;
    }

    /// Milliseconds between the newest packet and what is heard.
    #[cfg(test)]
    fn delay_ms(&self) -> i32 {
        self.state.map_or(0, |run| run.end.wrapping_sub(run.play) as i32 / 8)
    }

    pub(crate) fn push(&mut self, timestamp: u32, payload: &[u8]) {
        if payload.is_empty() || payload.len() > RING / 2 {
            return;
        }
        let length = payload.len() as i32;
        let mut run = self.state.unwrap_or_else(|| Run::starting_at(timestamp));
        let mut offset = timestamp.wrapping_sub(run.play) as i32;
        if !(-JUMP..=RING as i32 - length).contains(&offset) {
            self.reset();
            run = Run::starting_at(timestamp);
            offset = FIRST_DELAY;
        }
        let dry = (run.end.wrapping_sub(run.play) as i32) < FRAME;
        if dry && offset > FRAME {
            // The pause has been heard already while waiting; it shall not be heard twice.
            run.play = timestamp.wrapping_sub(FRAME as u32);
            offset = FRAME;
        }
        if offset < 0 {
            run.lowest = run.lowest.min(offset + FRAME);
        }
        for (index, byte) in payload.iter().enumerate() {
            let at = offset + index as i32;
            if at >= 0 {
                let place = (run.play.wrapping_add(at as u32)) as usize % RING;
                self.ring[place] = *byte;
                self.present[place / 64] |= 1 << (place % 64);
            }
        }
        let end = timestamp.wrapping_add(payload.len() as u32);
        if end.wrapping_sub(run.end) as i32 > 0 {
            run.end = end;
        }
        self.state = Some(run);
    }

    /// Takes what is due in these 20 ms; `arrived` says byte by byte what was there.
    pub(crate) fn pull(&mut self, bytes: &mut [u8; PULL_BYTES_MAX], arrived: &mut [bool; PULL_BYTES_MAX]) -> Pulled {
        let Some(mut run) = self.state else {
            return Pulled::Nothing;
        };
        let mut reserve = run.end.wrapping_sub(run.play) as i32;
        if reserve < FRAME {
            // Waiting for a whole frame makes the delay longer once, instead of a hole in each frame.
            return Pulled::Nothing;
        }
        if reserve > DELAY_MAX + FRAME {
            let skip = reserve - FIRST_DELAY;
            (0..skip).for_each(|_| {
                self.take(&mut run);
            });
            reserve = FIRST_DELAY;
        }
        run.adapt(reserve);
        let count = (FRAME + run.pace) as usize;
        for (byte, arrived) in bytes.iter_mut().zip(arrived.iter_mut()).take(count) {
            let taken = self.take(&mut run);
            *arrived = taken.is_some();
            *byte = taken.unwrap_or(0);
        }
        self.state = Some(run);
        Pulled::Due(count)
    }

    fn take(&mut self, run: &mut Run) -> Option<u8> {
        let place = run.play as usize % RING;
        run.play = run.play.wrapping_add(1);
        let bit = 1 << (place % 64);
        let there = self.present[place / 64] & bit != 0;
        self.present[place / 64] &= !bit;
        there.then(|| self.ring[place])
    }
}

impl Run {
    const fn starting_at(timestamp: u32) -> Self {
        let play = timestamp.wrapping_sub(FIRST_DELAY as u32);
        Self { play, end: timestamp, lowest: i32::MAX, pulls: 0, pace: 0 }
    }

    /// Once a second: a reserve that was never needed is worked off, one that ran short is built up.
    fn adapt(&mut self, reserve: i32) {
        self.lowest = self.lowest.min(reserve);
        self.pulls += 1;
        if self.pulls < WINDOW {
            return;
        }
        let spare = self.lowest - FRAME;
        self.pace = match spare {
            ..170 => -2,
            170..=340 => 0,
            341..=480 => 1,
            _ => 4,
        };
        self.lowest = i32::MAX;
        self.pulls = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(buffer: &mut JitterBuffer) -> Option<Vec<Option<u8>>> {
        let (mut bytes, mut arrived) = ([0; PULL_BYTES_MAX], [false; PULL_BYTES_MAX]);
        match buffer.pull(&mut bytes, &mut arrived) {
            Pulled::Nothing => None,
            Pulled::Due(count) => Some((0..count).map(|n| arrived[n].then_some(bytes[n])).collect()),
        }
    }

    #[test]
    fn packets_out_of_order_and_twice_come_out_in_order_once() {
        let mut buffer = JitterBuffer::new();
        for n in [0_u32, 2, 1, 1, 3] {
            buffer.push((u32::MAX - 100).wrapping_add(n * 160), &[n as u8; 160]);
        }
        let heard: Vec<_> = (0..6).map(|_| pull(&mut buffer).unwrap()[0]).collect();
        assert_eq!(heard, [None, None, Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!(pull(&mut buffer), None);
    }

    #[test]
    fn a_hole_is_reported_as_a_hole() {
        let mut buffer = JitterBuffer::new();
        buffer.push(320, &[1; 160]);
        buffer.push(640, &[3; 80]);
        buffer.push(800, &[4; 80]);
        (0..3).for_each(|_| drop(pull(&mut buffer)));
        assert!(pull(&mut buffer).unwrap().iter().all(Option::is_none));
        let frame = pull(&mut buffer).unwrap();
        assert_eq!((frame[79], frame[80]), (Some(3), None));
    }

    #[test]
    fn a_burst_never_delays_by_more_than_120_ms() {
        let mut buffer = JitterBuffer::new();
        for n in 0..500_u32 {
            if n % 100 == 50 {
                for late in 0..10 {
                    buffer.push((n + late) * 160, &[0; 160]);
                }
            }
            buffer.push(n * 160, &[0; 160]);
            pull(&mut buffer);
            assert!(buffer.delay_ms() <= 120, "{} ms at {n}", buffer.delay_ms());
        }
    }

    #[test]
    fn the_senders_clock_is_followed_for_half_an_hour() {
        for skew_ppm in [-200_i64, 200] {
            let mut buffer = JitterBuffer::new();
            let mut pushed = 0_i64;
            let mut holes = 0;
            // Half an hour of 20 ms.
            for n in 0..90_000_i64 {
                let due = (n * 160) * (1_000_000 + skew_ppm) / 1_000_000;
                while pushed <= due {
                    buffer.push(pushed as u32, &[0; 160]);
                    pushed += 160;
                }
                let frame = pull(&mut buffer);
                let whole = frame.is_some_and(|frame| frame.iter().all(Option::is_some));
                holes += usize::from(!whole);
                assert!(buffer.delay_ms() <= 80, "{} ms after {n}", buffer.delay_ms());
            }
            assert!(holes < 5, "{holes} holes at {skew_ppm} ppm");
        }
    }

    #[test]
    fn a_pause_of_the_sender_is_heard_once() {
        let mut buffer = JitterBuffer::new();
        for n in 0..20_u32 {
            buffer.push(n * 160, &[0; 160]);
            pull(&mut buffer);
        }
        (0..50).for_each(|_| drop(pull(&mut buffer)));
        buffer.push(70 * 160, &[9; 160]);
        let waited = (0..10).take_while(|_| pull(&mut buffer).unwrap()[0].is_none()).count();
        assert!(waited <= 2, "{waited}");
    }
}
