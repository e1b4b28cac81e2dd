//! The columns of a report's lines: what each is called and how it is computed.

use std::time::Duration;

use acd::ServiceLevel;

use super::Line;

/// One figure of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Inbound,
    Answered,
    Missed,
    Abandoned,
    ShortAbandons,
    Voicemail,
    Callback,
    Other,
    Talk,
    AverageWait,
    LongestWait,
    ServiceLevel,
    Satisfaction,
    Evaluations,
    Score,
    Offered,
    AnsweredInQueue,
    AbandonedInQueue,
    ShortInQueue,
    VoicemailInQueue,
    CallbackInQueue,
    OtherInQueue,
    Waiting,
    TalkInQueue,
    TalkOfAgent,
    Hold,
    WrapUp,
    HandleTime,
    Conversations,
    DirectCalls,
    InTime,
    Dialed,
    Reached,
    ReachedShare,
}

/// The value of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    Count(u64),
    /// None when there was nothing to average.
    Time(Option<Duration>),
    /// 0 to 1.
    Share(Option<f64>),
    Mark(Option<f64>),
}

impl Column {
    pub(crate) const OF_CALLS: &[Column] = &[
        Column::Inbound,
        Column::Answered,
        Column::Missed,
        Column::Abandoned,
        Column::ShortAbandons,
        Column::Voicemail,
        Column::Callback,
        Column::Other,
        Column::AverageWait,
        Column::LongestWait,
        Column::ServiceLevel,
        Column::Talk,
        Column::Satisfaction,
    ];
    pub(crate) const OF_QUEUES: &[Column] = &[
        Column::Offered,
        Column::AnsweredInQueue,
        Column::AbandonedInQueue,
        Column::ShortInQueue,
        Column::VoicemailInQueue,
        Column::CallbackInQueue,
        Column::OtherInQueue,
        Column::Waiting,
        Column::AverageWait,
        Column::LongestWait,
        Column::ServiceLevel,
        Column::TalkInQueue,
        Column::Hold,
        Column::WrapUp,
        Column::HandleTime,
        Column::Satisfaction,
    ];
    pub(crate) const OF_AGENTS: &[Column] = &[
        Column::Conversations,
        Column::DirectCalls,
        Column::TalkOfAgent,
        Column::Hold,
        Column::WrapUp,
        Column::HandleTime,
        Column::AverageWait,
        Column::InTime,
        Column::Satisfaction,
        Column::Evaluations,
        Column::Score,
    ];
    pub(crate) const OF_CAMPAIGNS: &[Column] =
        &[Column::Dialed, Column::Reached, Column::ReachedShare, Column::Satisfaction];

    /// The name in CSV and JSON, with its unit.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Column::Inbound => "inbound",
            Column::Answered | Column::AnsweredInQueue => "answered",
            Column::Missed => "missed",
            Column::Abandoned | Column::AbandonedInQueue => "abandoned",
            Column::ShortAbandons | Column::ShortInQueue => "short_abandons",
            Column::Voicemail | Column::VoicemailInQueue => "voicemail",
            Column::Callback | Column::CallbackInQueue => "callback",
            Column::Other | Column::OtherInQueue => "other",
            Column::Talk | Column::TalkInQueue | Column::TalkOfAgent => "talk_seconds",
            Column::AverageWait => "average_wait_seconds",
            Column::LongestWait => "longest_wait_seconds",
            Column::ServiceLevel => "service_level",
            Column::Satisfaction => "satisfaction",
            Column::Evaluations => "evaluations",
            Column::Score => "evaluation_score",
            Column::Offered => "offered",
            Column::Waiting => "waiting",
            Column::Hold => "hold_seconds",
            Column::WrapUp => "wrap_up_seconds",
            Column::HandleTime => "average_handle_seconds",
            Column::Conversations => "answered_from_queues",
            Column::DirectCalls => "answered_direct",
            Column::InTime => "in_time",
            Column::Dialed => "dialed",
            Column::Reached => "reached",
            Column::ReachedShare => "reached_share",
        }
    }

    /// The heading in English; see `words` for other languages.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Column::Inbound => "inbound",
            Column::Answered | Column::AnsweredInQueue => "answered",
            Column::Missed => "missed",
            Column::Abandoned | Column::AbandonedInQueue => "abandoned",
            Column::ShortAbandons | Column::ShortInQueue => "short",
            Column::Voicemail | Column::VoicemailInQueue => "voicemail",
            Column::Callback | Column::CallbackInQueue => "callback",
            Column::Other | Column::OtherInQueue => "other",
            Column::Talk | Column::TalkInQueue | Column::TalkOfAgent => "talk",
            Column::AverageWait => "avg wait",
            Column::LongestWait => "longest",
            Column::ServiceLevel => "level",
            Column::Satisfaction => "rating",
            Column::Evaluations => "evaluations",
            Column::Score => "score",
            Column::Offered => "offered",
            Column::Waiting => "waiting",
            Column::Hold => "hold",
            Column::WrapUp => "wrap-up",
            Column::HandleTime => "avg handle",
            Column::Conversations => "from queues",
            Column::DirectCalls => "direct",
            Column::InTime => "in time",
            Column::Dialed => "dialed",
            Column::Reached => "reached",
            Column::ReachedShare => "share",
        }
    }

    pub(crate) fn cell(self, line: &Line, level: ServiceLevel) -> Cell {
        let (calls, visits) = (&line.calls, &line.visits);
        let mean = |sum: Duration, count: u64| Cell::Time((count > 0).then(|| sum.div_f64(count as f64)));
        let share = |part: u64, whole: u64| Cell::Share((whole > 0).then(|| part as f64 / whole as f64));
        match self {
            Column::Inbound => Cell::Count(calls.inbound),
            Column::Answered => Cell::Count(calls.answered),
            Column::Missed => Cell::Count(calls.missed),
            Column::Abandoned => Cell::Count(calls.abandoned),
            Column::ShortAbandons => Cell::Count(calls.abandoned_short),
            Column::Voicemail => Cell::Count(calls.voicemail),
            Column::Callback => Cell::Count(calls.callback),
            Column::Other => Cell::Count(calls.other()),
            Column::Talk => Cell::Time(Some(calls.talk)),
            Column::AverageWait => mean(visits.wait_answered, visits.answered),
            Column::LongestWait => Cell::Time(Some(visits.longest_wait.max(calls.longest_wait))),
            Column::ServiceLevel => Cell::Share(line.counts().service_level(level)),
            Column::Satisfaction => Cell::Mark(line.marks.mean("rating").map(|(mean, _)| mean)),
            Column::Evaluations => Cell::Count(line.scores.sum().filled),
            Column::Score => Cell::Share(line.scores.sum().mean()),
            Column::Offered => Cell::Count(visits.offered),
            Column::AnsweredInQueue => Cell::Count(visits.answered),
            Column::AbandonedInQueue => Cell::Count(visits.abandoned),
            Column::ShortInQueue => Cell::Count(visits.abandoned_short),
            Column::VoicemailInQueue => Cell::Count(visits.voicemail),
            Column::CallbackInQueue => Cell::Count(visits.callback),
            Column::OtherInQueue => Cell::Count(visits.other),
            Column::Waiting => Cell::Count(visits.waiting),
            Column::TalkInQueue => Cell::Time(Some(visits.talk)),
            // By agent, calls are those that no queue gave him.
            Column::TalkOfAgent => Cell::Time(Some(visits.talk + calls.talk)),
            Column::Hold => Cell::Time(Some(visits.hold)),
            Column::WrapUp => Cell::Time(Some(visits.wrap_up)),
            Column::HandleTime => mean(visits.talk + visits.wrap_up, visits.talks),
            Column::Conversations => Cell::Count(visits.talks),
            Column::DirectCalls => Cell::Count(calls.answered),
            Column::InTime => share(visits.answered_in_time, visits.answered),
            Column::Dialed => Cell::Count(calls.outbound),
            Column::Reached => Cell::Count(calls.reached),
            Column::ReachedShare => share(calls.reached, calls.outbound),
        }
    }
}

impl Cell {
    /// As people read it: `12`, `1:05`, `83.1 %`, `4.25`, `-`.
    pub(crate) fn text(self) -> String {
        match self {
            Cell::Count(count) => count.to_string(),
            Cell::Time(Some(time)) => clock(time),
            Cell::Share(Some(share)) => format!("{:.1} %", share * 100.0),
            Cell::Mark(Some(mark)) => format!("{mark:.2}"),
            Cell::Time(None) | Cell::Share(None) | Cell::Mark(None) => "-".to_owned(),
        }
    }

    /// As machines read it: seconds, fractions of 1; none when there is nothing.
    pub(crate) fn number(self) -> Option<f64> {
        let rounded = |number: f64, digits: f64| (number * digits).round() / digits;
        match self {
            Cell::Count(count) => Some(count as f64),
            Cell::Time(time) => time.map(|time| rounded(time.as_secs_f64(), 10.0)),
            Cell::Share(share) => share.map(|share| rounded(share, 10_000.0)),
            Cell::Mark(mark) => mark.map(|mark| rounded(mark, 1000.0)),
        }
    }
}

/// `0:07`, `1:05`, `2:03:00`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}
