//! The tables below the charts.

use acd::ServiceLevel;
use maud::{Markup, html};

use crate::compare::{Comparison, Row};
use crate::figures::{AgentFigures, DayFigures, Figures, Quantity};
use crate::tables::{STAFFING, SweepRow, clock};

use super::Picture;
use super::chart::figure;
use super::curves::sweep_chart;

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

pub(super) fn queues(day: &DayFigures) -> Markup {
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

pub(super) fn groups(day: &DayFigures) -> Markup {
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

pub(super) fn agents(day: &DayFigures) -> Markup {
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

pub(super) fn staffing(picture: &Picture<'_>) -> Markup {
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

pub(super) fn compared(comparison: &Comparison) -> Markup {
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

pub(super) fn definitions(day: &DayFigures) -> Markup {
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
