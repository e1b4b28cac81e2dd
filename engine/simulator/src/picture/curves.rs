//! Which curves tell a day.

use crate::figures::{Better, DayFigures, Point, Quantity, Series};
use crate::tables::SweepRow;

use super::chart::{Chart, Colour, Curve, Look, Scale, Spot};

/// A day in charts; `first_hour` is the clock at its beginning.
pub(super) fn day_charts(day: &DayFigures, first_hour: f64, goal: Option<f64>) -> Vec<Chart> {
    let day_of = Day { series: &day.series, first_hour };
    let mut charts = vec![
        day_of.chart(
            "Callers waiting",
            "Most at once and on average, in each slice of the day.",
            vec![
                day_of.curve("most at once", Colour::Sky, Look::Line, |point| Some(f64::from(point.waiting_max))),
                day_of.curve("on average", Colour::Blue, Look::Area, |point| Some(point.waiting_mean)),
            ],
        ),
        day_of.chart(
            "Agents on duty and busy",
            "Busy agents talk or finish the work of a call.",
            vec![
                day_of.curve("busy", Colour::Orange, Look::Area, |point| Some(point.busy_mean)),
                day_of.curve("on duty", Colour::Green, Look::Line, |point| Some(point.on_duty_mean)),
            ],
        ),
        Chart {
            y_scale: Scale::Percent,
            goal,
            ..day_of.chart(
                "Service level",
                "Of the callers who came in each slice; a gap where none was answered or gave up.",
                vec![day_of.curve("answered in time", Colour::Green, Look::Area, |point| point.service_level)],
            )
        },
        day_of.chart(
            "Calls offered, answered, abandoned",
            "By the slice in which the call came, whatever became of it later.",
            vec![
                day_of.curve("answered", Colour::Green, Look::Area, |point| Some(point.answered as f64)),
                day_of.curve("offered", Colour::Blue, Look::Line, |point| Some(point.offered as f64)),
                day_of.curve("abandoned", Colour::Red, Look::Area, |point| Some(point.abandoned as f64)),
            ],
        ),
    ];
    charts.extend(queues_chart(day, first_hour));
    charts
}

/// Who waits where; only when there is more than one queue, and not more than colours.
fn queues_chart(day: &DayFigures, first_hour: f64) -> Option<Chart> {
    if !(2..=Colour::ALL.len()).contains(&day.queue_series.len()) {
        return None;
    }
    let curve = |((id, series), colour): ((_, &Series), Colour)| {
        let mut curve = Day { series, first_hour }.curve("", colour, Look::Line, |point| Some(point.waiting_mean));
        curve.name = ToString::to_string(id);
        curve
    };
    let queues: Vec<(&model::QueueId, &Series)> = day.queue_series.iter().collect();
    let curves = queues.into_iter().zip(Colour::ALL).map(curve).collect();
    let whole = Day { series: &day.series, first_hour };
    Some(whole.chart("Callers waiting, by queue", "On average, in each slice of the day.", curves))
}

struct Day<'d> {
    series: &'d Series,
    first_hour: f64,
}

impl Day<'_> {
    fn chart(&self, title: &str, note: &str, curves: Vec<Curve>) -> Chart {
        let length = self.series.bucket_seconds * self.series.points.len().max(1) as f64;
        Chart {
            title: title.to_owned(),
            note: note.to_owned(),
            x: self.first_hour..self.first_hour + length / 3600.0,
            x_scale: Scale::Clock,
            y_scale: Scale::Count,
            goal: None,
            curves,
        }
    }

    /// A mean holds for its whole slice: steps, not slopes.
    fn curve(&self, name: &str, colour: Colour, look: Look, of: impl Fn(&Point) -> Option<f64>) -> Curve {
        let hour = |seconds: f64| self.first_hour + seconds / 3600.0;
        let step = |point: &Point| {
            let value = of(point);
            let end = point.at_seconds + self.series.bucket_seconds;
            [Spot::at(hour(point.at_seconds), value), Spot::at(hour(end), value)]
        };
        Curve { name: name.to_owned(), colour, look, points: self.series.points.iter().flat_map(step).collect() }
    }
}

/// Service against staffing; none for less than two numbers of agents.
pub(super) fn sweep_chart(sweep: &[SweepRow], goal: Option<f64>) -> Option<Chart> {
    let (first, last) = (sweep.first()?.agents, sweep.last()?.agents);
    if first == last {
        return None;
    }
    let curve = |quantity: Quantity, colour| {
        let spot = |row: &SweepRow| {
            let estimate = row.figures.whole.get(quantity);
            let mean = estimate.map(|estimate| estimate.mean);
            let end = |end: Option<f64>| end.or(mean).unwrap_or_default().clamp(0.0, 1.0);
            let (low, high) = (estimate.and_then(|e| e.low), estimate.and_then(|e| e.high));
            Spot { x: f64::from(row.agents), y: mean, low: end(low), high: end(high) }
        };
        let name = match quantity.better() {
            Better::Lower => format!("{} (less is better)", quantity.title()),
            _ => quantity.title().to_owned(),
        };
        Curve { name, colour, look: Look::Measured, points: sweep.iter().map(spot).collect() }
    };
    Some(Chart {
        title: "Service by number of agents".to_owned(),
        note: "Bars are 95 % confidence intervals.".to_owned(),
        x: f64::from(first) - 0.5..f64::from(last) + 0.5,
        x_scale: Scale::Count,
        y_scale: Scale::Percent,
        goal,
        curves: vec![
            curve(Quantity::ServiceLevel, Colour::Green),
            curve(Quantity::Occupancy, Colour::Orange),
            curve(Quantity::AbandonRate, Colour::Red),
        ],
    })
}
