//! The page around the charts.

use acd::ServiceLevel;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::compare::{Comparison, Row};
use crate::figures::{AgentFigures, DayFigures, Figures, Point, Quantity};
use crate::tables::{SweepRow, clock};

use super::chart::Chart;
use super::curves::{day_charts, sweep_chart};
use super::{Picture, Verdict};

const STYLE: &str = include_str!("style.css");
/// Nothing is loaded from anywhere, and the browser sees to it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
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
/// The columns of the queues' table.
const QUEUES: [Quantity; 12] = [
    Quantity::Offered,
    Quantity::Answered,
    Quantity::Abandoned,
    Quantity::Voicemail,
    Quantity::Callback,
    Quantity::Overflowed,
    Quantity::Waiting,
    Quantity::ServiceLevel,
    Quantity::AsaSeconds,
    Quantity::LongestWaitSeconds,
    Quantity::AhtSeconds,
    Quantity::Occupancy,
];
/// The columns of the staffing table.
const STAFFING: [Quantity; 5] = [
    Quantity::ServiceLevel,
    Quantity::AsaSeconds,
    Quantity::AbandonRate,
    Quantity::LongestWaitSeconds,
    Quantity::Occupancy,
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

fn figure(chart: &Chart) -> Markup {
    html! {
        figure {
            figcaption {
                strong { (chart.title) }
                span { (chart.note) }
                ul.legend {
                    @for curve in &chart.curves { li { span.swatch.(curve.colour.class()) {} (curve.name) } }
                    @if chart.goal.is_some() { li { span.swatch.goal {} "target" } }
                }
            }
            div.scroll tabindex="0" role="region" aria-label=(chart.title) { (PreEscaped(chart.svg())) }
        }
    }
}

fn queues(day: &DayFigures) -> Markup {
    let queues = day.queues.iter().map(|(id, figures)| (id.to_string(), figures));
    let rows: Vec<(String, &Figures)> = queues.chain([("all calls".to_owned(), &day.whole)]).collect();
    html! {
        section aria-labelledby="queues" {
            h2 id="queues" { "Queues" }
            div.scroll tabindex="0" role="region" aria-labelledby="queues" { table {
                thead { tr { th scope="col" { "queue" } @for quantity in QUEUES { th scope="col" { (quantity.title()) } } } }
                tbody { @for (name, figures) in rows { tr {
                    th scope="row" { (name) }
                    @for quantity in QUEUES { td { (quantity.text(quantity.of(figures))) } }
                } } }
            } }
            p.note { "offered = answered + abandoned + voicemail + callback + overflowed + still waiting. A call that \
                overflows counts in both queues, and once among all calls." }
        }
    }
}

fn groups(day: &DayFigures) -> Markup {
    if day.groups.len() < 2 {
        return html! {};
    }
    html! {
        section aria-labelledby="groups" {
            h2 id="groups" { "Groups" }
            div.scroll tabindex="0" role="region" aria-labelledby="groups" { table {
                thead { tr { @for name in ["queues", "agents", "answered", "offers", "occupancy", "fairness"] {
                    th scope="col" { (name) }
                } } }
                tbody { @for (name, group) in &day.groups { tr {
                    th scope="row" { (name.replace('+', ", ")) }
                    td { (group.members) }
                    td { (group.answered_by_members) }
                    td { (group.offers) }
                    td { (Quantity::Occupancy.text(group.figures.occupancy)) }
                    td { (Quantity::Fairness.text(group.figures.fairness)) }
                } } }
            } }
        }
    }
}

fn agents(day: &DayFigures) -> Markup {
    let row = |name: &str, agent: &AgentFigures| {
        html! { tr {
            th scope="row" { (name) }
            td { (agent.answered) }
            td { (clock(agent.talk_seconds)) }
            td { (clock(agent.wrap_up_seconds)) }
            td { (clock(agent.on_duty_seconds)) }
            td { (Quantity::Occupancy.text(agent.occupancy)) }
            td { (agent.rings_missed) }
            td { (agent.rings_refused) }
        } }
    };
    html! {
        section aria-labelledby="agents" {
            h2 id="agents" { "Agents" }
            div.scroll tabindex="0" role="region" aria-labelledby="agents" { table {
                thead { tr { @for name in ["agent", "answered", "talk", "wrap-up", "on duty", "occupancy",
                    "rings missed", "refused"] { th scope="col" { (name) } } } }
                tbody { @for (id, agent) in &day.agents { (row(id.as_str(), agent)) } }
            } }
            p.note { "Fairness of the load: " (Quantity::Fairness.text(day.whole.fairness))
                " (Jain's index of occupancy; 1 when all carry the same)." }
        }
    }
}

fn staffing(picture: &Picture<'_>) -> Markup {
    if picture.sweep.is_empty() {
        return html! {};
    }
    let row = |row: &SweepRow| {
        html! { tr {
            th scope="row" { (row.agents) }
            @for quantity in STAFFING { td { (row.figures.whole.text(quantity)) } }
            td { (row.targets.as_str()) }
        } }
    };
    html! {
        section aria-labelledby="staffing" {
            h2 id="staffing" { "Staffing" }
            @if let Some(chart) = sweep_chart(picture.sweep, picture.service_level_goal) { (figure(&chart)) }
            div.scroll tabindex="0" role="region" aria-labelledby="staffing" { table {
                thead { tr {
                    th scope="col" { "agents" }
                    @for quantity in STAFFING { th scope="col" { (quantity.title()) } }
                    th scope="col" { "targets" }
                } }
                tbody { @for sweep in picture.sweep { (row(sweep)) } }
            } }
        }
    }
}

fn compared(comparison: &Comparison) -> Markup {
    let queues = comparison.queues.iter().map(|(id, rows)| (format!("queue {id}"), rows));
    let scopes: Vec<(String, &Vec<Row>)> =
        std::iter::once(("all calls".to_owned(), &comparison.whole)).chain(queues).collect();
    html! {
        section aria-labelledby="comparison" {
            h2 id="comparison" { (comparison.a) " against " (comparison.b) }
            p { (comparison.runs) " seeds, the same on both sides. A difference counts as better or worse only when its \
                95 % confidence interval does not hold zero." }
            @for (name, rows) in scopes {
                div.scroll tabindex="0" role="region" aria-label=(name) { table {
                    caption { (name) }
                    thead { tr {
                        th scope="col" { "figure" } th scope="col" { (comparison.a) } th scope="col" { (comparison.b) }
                        th scope="col" { "difference" } th scope="col" { "verdict" }
                    } }
                    tbody { @for row in rows.iter().filter(|row| row.says_something()) { tr {
                        th scope="row" { (row.title()) }
                        td { (row.a_text()) }
                        td { (row.b_text()) }
                        td { (row.difference_text()) }
                        td.(row.verdict.class()) { (row.verdict.as_str()) }
                    } } }
                } }
            }
        }
    }
}

fn definitions(day: &DayFigures) -> Markup {
    let whole = &day.whole;
    html! {
        section aria-labelledby="definitions" {
            h2 id="definitions" { "Service level, by name" }
            p { "In time means within " (whole.service_level_within_seconds) " s of coming to the queue; ringing counts as \
                waiting. The figures above use " code { (whole.service_level_definition) } "." }
            div.scroll tabindex="0" role="region" aria-labelledby="definitions" { table {
                thead { tr { th scope="col" { "name" } th.text scope="col" { "formula" } th scope="col" { "all calls" } } }
                tbody { @for level in ServiceLevel::ALL { tr {
                    th scope="row" { code { (level) } }
                    td.text { (level.formula()) }
                    td { (Quantity::ServiceLevel.text(whole.service_levels.get(&level.to_string()).copied().flatten())) }
                } } }
            } }
        }
    }
}
