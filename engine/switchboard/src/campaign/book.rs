//! The campaign's own row: its state and the drops of the last 30 days.

use model::{Campaign, CampaignDay, WallTime};

/// Drops are counted over so many days.
const DAYS: i64 = 30;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// What became of an answered call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A person answered.
    Answered,
    /// He waited too long for an agent.
    Dropped,
}

pub(super) fn mark(book: &mut Campaign, wall: WallTime, mark: Mark) {
    let day = wall.0.div_euclid(MICROS_A_DAY);
    book.days.retain(|known| known.day > day - DAYS && known.day <= day);
    if book.days.last().is_none_or(|last| last.day != day) {
        book.days.push(CampaignDay { day, ..CampaignDay::default() });
    }
    let today = book.days.last_mut().expect("today was added");
    match mark {
        Mark::Answered => today.answered += 1,
        Mark::Dropped => today.dropped += 1,
    }
}

/// Answered and dropped calls of the last 30 days.
pub(super) fn drops(book: &Campaign, wall: WallTime) -> (u64, u64) {
    let oldest = wall.0.div_euclid(MICROS_A_DAY) - DAYS;
    let recent = book.days.iter().filter(|known| known.day > oldest);
    recent
        .fold((0, 0), |(answered, dropped), day| (answered + u64::from(day.answered), dropped + u64::from(day.dropped)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_counted_over_thirty_days() {
        let mut book = Campaign { name: "debts".into(), state: model::CampaignState::Running, days: Vec::new() };
        let day = |day: i64| WallTime(day * MICROS_A_DAY + 5);
        for at in [0, 0, 1, 29] {
            mark(&mut book, day(at), Mark::Answered);
        }
        mark(&mut book, day(29), Mark::Dropped);
        assert_eq!(drops(&book, day(29)), (4, 1));
        assert_eq!(drops(&book, day(30)), (2, 1), "the first day is over");
        mark(&mut book, day(31), Mark::Answered);
        assert_eq!(drops(&book, day(31)), (2, 1));
        assert_eq!(book.days.len(), 2, "old days are forgotten");
    }
}
