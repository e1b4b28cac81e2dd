//! The page around the charts.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::figures::{Figures, Point, Quantity};
use crate::tables::clock;

use super::chart::{POLICY, STYLE, figure};
use super::curves::day_charts;
use super::sections::{agents, compared, definitions, groups, queues, staffing};
use super::{Picture, Verdict};

/// The figures at the head of the page.
const HEAD: [Quantity; 8] = [
    Quantity::ServiceLevel,
    Quantity::AsaSeconds,
    Quantity::AbandonRate,
    Quantity::Occupancy,
    Quantity::Offered,
    Quantity::Answered,
    Quantity::Abandoned,
    Quantity::LongestWaitSeconds,
];

pub(super) fn page(picture: &Picture<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (picture.title) " – a simulated day" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (picture.title) }
                    p { "A simulated day, " (picture.begins_text()) }
                }
                main {
                    (head(picture))
                    (charts(picture))
                    (queues(picture.day))
                    (groups(picture.day))
                    (agents(picture.day))
                    (staffing(picture))
                    @if let Some(comparison) = picture.comparison { (compared(comparison)) }
                    (definitions(picture.day))
                }
                footer {
                    p { "Seed " code { (picture.seed) } ", trace " code { (picture.trace_hash) }
                        ". The same project, day and seed give the same trace." }
                }
            }
        }
    }
}

fn head(picture: &Picture<'_>) -> Markup {
    let whole = &picture.day.whole;
    html! {
        section aria-labelledby="figures" {
            h2 id="figures" { "Figures" }
            @if let Some(runs) = picture.runs {
                p { "Means of " (runs.runs) " runs with 95 % confidence intervals; charts and tables below show the first." }
            }
            dl.figures {
                @for quantity in HEAD {
                    div {
                        dt { (quantity.title()) }
                        dd { (mean_and_interval(&head_text(picture, whole, quantity))) }
                    }
                }
            }
            @if !picture.targets.is_empty() {
                div.scroll tabindex="0" role="region" aria-label="Targets" { table {
                    caption { "Targets" }
                    thead { tr { th scope="col" { "figure" } th scope="col" { "wanted" } th scope="col" { "got" } th scope="col" { "" } } }
                    tbody { @for target in picture.targets {
                        tr {
                            th scope="row" { (target.figure) }
                            td { (target.wanted) }
                            td { (target.got) }
                            @match target.verdict {
                                Verdict::Met => td.met { "✓ met" },
                                Verdict::Missed => td.missed { "✗ missed" },
                            }
                        }
                    } }
                } }
            }
        }
    }
}

/// The interval in small type below its mean.
fn mean_and_interval(text: &str) -> Markup {
    match text.split_once(" ± ") {
        Some((mean, half)) => html! { (mean) " " small { "± " (half) } },
        None => html! { (text) },
    }
}

fn head_text(picture: &Picture<'_>, whole: &Figures, quantity: Quantity) -> String {
    match picture.runs {
        Some(runs) => runs.whole.text(quantity),
        None => quantity.text(quantity.of(whole)),
    }
}

fn charts(picture: &Picture<'_>) -> Markup {
    let day = picture.day;
    html! {
        section aria-labelledby="course" {
            h2 id="course" { "The course of the day" }
            @for chart in day_charts(day, picture.first_hour(), picture.service_level_goal) { (figure(&chart)) }
            details {
                summary { "The same in numbers" }
                div.scroll tabindex="0" role="region" aria-label="The course of the day in numbers" { table {
                    caption { "Slices of " (clock(day.series.bucket_seconds)) }
                    thead { tr {
                        @for name in ["from", "offered", "answered", "in time", "abandoned", "service level",
                            "most waiting", "waiting", "busy", "on duty"] { th scope="col" { (name) } }
                    } }
                    tbody { @for point in &day.series.points { (slice(point, picture.first_hour())) } }
                } }
            }
        }
    }
}

fn slice(point: &Point, first_hour: f64) -> Markup {
    html! { tr {
        th scope="row" { (clock(first_hour * 3600.0 + point.at_seconds)) }
        td { (point.offered) }
        td { (point.answered) }
        td { (point.answered_in_time) }
        td { (point.abandoned) }
        td { (Quantity::ServiceLevel.text(point.service_level)) }
        td { (point.waiting_max) }
        td { (format!("{:.1}", point.waiting_mean)) }
        td { (format!("{:.1}", point.busy_mean)) }
        td { (format!("{:.1}", point.on_duty_mean)) }
    } }
}
