//! A report as a page: one HTML file that needs nothing else.

use std::ops::Range;

use acd::ServiceLevel;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use simulator::picture::chart::{Chart, Colour, Curve, Look, POLICY, STYLE, Scale, Spot, figure};

use super::column::{Cell, Column};
use super::{Language, Line, Report, Score};

/// Bars in tables, and what turns around when the language is written from the right.
const MORE_STYLE: &str = ".bar { width: 40%; } .bar span { display: block; height: .8rem; border-radius: 2px; \
    background: var(--blue); } [dir=rtl] caption, [dir=rtl] th:first-child, [dir=rtl] .text { text-align: right; } \
    [dir=rtl] th, [dir=rtl] td { text-align: left; } [dir=rtl] code, [dir=rtl] td { unicode-bidi: isolate; } \
    th[scope=row], #evaluations + .scroll th:nth-child(2) { text-align: start; } .sum { background: var(--tint); }";
/// The figures at the head of the page.
const HEAD: [Column; 8] = [
    Column::Inbound,
    Column::Answered,
    Column::Missed,
    Column::Abandoned,
    Column::ServiceLevel,
    Column::AverageWait,
    Column::Talk,
    Column::Satisfaction,
];

/// The whole page. The same figures give the same bytes.
pub(crate) fn page(report: &Report, language: Language) -> String {
    let of = Page { report, language };
    let markup = html! {
        (DOCTYPE)
        html lang=(language.code()) dir=(language.direction()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (report.title) " – " (of.word("Report")) }
                style { (PreEscaped(STYLE)) (PreEscaped(MORE_STYLE)) }
            }
            body {
                header {
                    h1 { (report.title) }
                    p { (of.word("Report")) ", " bdi { (report.when()) } }
                }
                main {
                    (of.head())
                    (of.course())
                    (of.lines())
                    (of.agents())
                    (of.owed())
                    (of.campaigns())
                    (of.satisfaction())
                    (of.evaluations())
                    (of.definitions())
                }
            }
        }
    };
    markup.into_string()
}

struct Page<'r> {
    report: &'r Report,
    language: Language,
}

impl Page<'_> {
    fn word(&self, english: &'static str) -> &'static str {
        self.language.word(english)
    }

    fn head(&self) -> Markup {
        let whole = &self.report.whole;
        html! {
            section aria-labelledby="figures" {
                h2 id="figures" { (self.word("Figures")) }
                dl.figures {
                    @for column in HEAD {
                        div {
                            dt { (self.word(column.title())) }
                            dd { bdi { (column.cell(whole, self.report.level).text()) } }
                        }
                    }
                }
                p.note dir="ltr" { (self.report.conservation()) }
                @if whole.visits.offered > 0 { p.note dir="ltr" { "queues: " (self.report.conservation_in_queues()) } }
            }
        }
    }

    /// By day when there are several, else by hour.
    fn course(&self) -> Markup {
        let mut charts = Vec::new();
        if self.report.days.len() > 1 {
            let since = |date: jiff::civil::Date| {
                let epoch = jiff::civil::date(1970, 1, 1);
                date.since(epoch).map_or(0.0, |span| f64::from(span.get_days()))
            };
            let steps: Vec<(Range<f64>, &Line)> =
                self.report.days.iter().map(|(date, line)| (since(*date)..since(*date) + 1.0, line)).collect();
            charts.extend(self.charts(&steps, Scale::Date, ["Calls by day", "Service level by day"]));
        }
        let hour = |hour: i8| f64::from(hour)..f64::from(hour) + 1.0;
        let steps: Vec<(Range<f64>, &Line)> = self.report.hours.iter().map(|(at, line)| (hour(*at), line)).collect();
        charts.extend(self.charts(&steps, Scale::Clock, ["Calls by hour", "Service level by hour"]));
        html! {
            @if !charts.is_empty() {
                section aria-labelledby="course" {
                    h2 id="course" { (self.word("The course")) }
                    div { @for chart in &charts { (figure(chart)) } }
                }
            }
        }
    }

    fn charts(&self, steps: &[(Range<f64>, &Line)], x_scale: Scale, titles: [&'static str; 2]) -> Vec<Chart> {
        let (Some((first, _)), Some((last, _))) = (steps.first(), steps.last()) else { return Vec::new() };
        let x = first.start..last.end;
        let curve = |name: &'static str, colour, look, of: &dyn Fn(&Line) -> Option<f64>| Curve {
            name: self.word(name).to_owned(),
            colour,
            look,
            points: steps
                .iter()
                .flat_map(|(range, line)| [Spot::at(range.start, of(line)), Spot::at(range.end, of(line))])
                .collect(),
        };
        let calls = vec![
            curve("answered", Colour::Green, Look::Area, &|line| Some(line.calls.answered as f64)),
            curve("inbound", Colour::Blue, Look::Line, &|line| Some(line.calls.inbound as f64)),
            curve("missed", Colour::Red, Look::Area, &|line| Some(line.calls.missed as f64)),
        ];
        let level = self.report.level;
        let served = vec![curve("level", Colour::Green, Look::Area, &|line| line.counts().service_level(level))];
        let chart = |title: &'static str, note: String, y_scale, curves| Chart {
            title: self.word(title).to_owned(),
            note,
            x: x.clone(),
            x_scale,
            y_scale,
            goal: None,
            curves,
        };
        let mut charts = vec![chart(titles[0], String::new(), Scale::Count, calls)];
        if steps.iter().any(|(_, line)| line.counts().service_level(level).is_some()) {
            charts.push(chart(titles[1], level.to_string(), Scale::Percent, served));
        }
        charts
    }

    fn lines(&self) -> Markup {
        let report = self.report;
        html! {
            section aria-labelledby="lines" {
                h2 id="lines" { (self.word("Lines")) }
                (self.table(report.by.as_str(), report.by.columns(), &report.lines))
            }
        }
    }

    fn table(&self, first: &'static str, columns: &[Column], lines: &[Line]) -> Markup {
        html! {
            div.scroll tabindex="0" role="region" aria-label=(self.word(first)) { table {
                thead { tr {
                    th scope="col" { (self.word(first)) }
                    @for column in columns { th scope="col" { (self.word(column.title())) } }
                } }
                tbody { @for line in lines { tr {
                    th scope="row" { (self.name(first, line)) }
                    @for column in columns { td { (column.cell(line, self.report.level).text()) } }
                } } }
            } }
        }
    }

    /// A line's name; agents by the name that people call them, with the short one behind it.
    fn name(&self, of: &str, line: &Line) -> Markup {
        let called = self.report.names.get(&line.name).filter(|called| of == "agent" && **called != line.name);
        html! {
            bdi { (called.unwrap_or(&line.name)) }
            @if called.is_some() { " " small { bdi { (line.name) } } }
        }
    }

    fn agents(&self) -> Markup {
        let answered = |line: &Line| line.visits.talks + line.calls.answered;
        let most = self.report.agents.iter().map(answered).max().unwrap_or(0).max(1);
        html! {
            @if !self.report.agents.is_empty() {
                section aria-labelledby="agents" {
                    h2 id="agents" { (self.word("Agents")) }
                    div.scroll tabindex="0" role="region" aria-labelledby="agents" { table {
                        thead { tr {
                            @for name in ["agent", "answered"] { th scope="col" { (self.word(name)) } }
                            th.bar scope="col" {}
                            @for name in ["talk", "avg handle", "rating"] { th scope="col" { (self.word(name)) } }
                        } }
                        tbody { @for line in &self.report.agents { tr {
                            th scope="row" { (self.name("agent", line)) }
                            td { (answered(line)) }
                            td.bar { (bar(answered(line), most)) }
                            @for column in [Column::TalkOfAgent, Column::HandleTime, Column::Satisfaction] {
                                td { (column.cell(line, self.report.level).text()) }
                            }
                        } } }
                    } }
                }
            }
        }
    }

    fn owed(&self) -> Markup {
        let owed = &self.report.owed;
        let callbacks = owed.callbacks.iter().map(|(queue, sums)| {
            let counts = [sums.booked, sums.done, sums.gave_up, sums.cancelled, sums.taken_over, sums.waiting];
            (queue.clone(), counts.to_vec())
        });
        let messages =
            owed.messages.iter().map(|(name, sums)| (name.clone(), vec![sums.left, sums.heard, sums.urgent]));
        let deliveries =
            owed.deliveries.iter().map(|(name, sums)| (name.clone(), vec![sums.wanted, sums.done, sums.failed]));
        html! {
            (self.counts("Callbacks", &["queue", "booked", "done", "gave up", "cancelled", "rang first", "waiting"], &callbacks.collect::<Vec<_>>()))
            (self.counts("Messages", &["box", "left by callers", "heard", "urgent"], &messages.collect::<Vec<_>>()))
            (self.counts("Deliveries", &["by", "wanted", "done", "failed"], &deliveries.collect::<Vec<_>>()))
        }
    }

    fn counts(&self, title: &'static str, names: &[&'static str], rows: &[(String, Vec<u64>)]) -> Markup {
        html! {
            @if !rows.is_empty() {
                section {
                    h2 { (self.word(title)) }
                    div.scroll tabindex="0" role="region" aria-label=(self.word(title)) { table {
                        thead { tr { @for name in names { th scope="col" { (self.word(name)) } } } }
                        tbody { @for (name, counts) in rows { tr {
                            th scope="row" { bdi { (name) } }
                            @for count in counts { td { (count) } }
                        } } }
                    } }
                }
            }
        }
    }

    fn campaigns(&self) -> Markup {
        let campaigns = &self.report.campaigns;
        html! {
            @if !campaigns.is_empty() {
                section aria-labelledby="campaigns" {
                    h2 id="campaigns" { (self.word("Campaigns")) }
                    div.scroll tabindex="0" role="region" aria-labelledby="campaigns" { table {
                        thead { tr { @for name in ["campaign", "dialed", "reached", "left", "results"] {
                            th scope="col" { (self.word(name)) }
                        } } }
                        tbody { @for campaign in campaigns { tr {
                            th scope="row" { bdi { (campaign.name) } }
                            td { (campaign.dialed) }
                            td { (campaign.reached) }
                            td { (campaign.left) }
                            td { @for (word, calls) in &campaign.results { bdi { (word) " " (calls) } " " } }
                        } } }
                    } }
                }
            }
        }
    }

    fn satisfaction(&self) -> Markup {
        let marks = &self.report.whole.marks;
        html! {
            @if !marks.0.is_empty() {
                section aria-labelledby="satisfaction" {
                    h2 id="satisfaction" { (self.word("Satisfaction")) }
                    @for (name, counts) in &marks.0 {
                        div.scroll tabindex="0" role="region" aria-label=(name) { table {
                            caption { bdi { (name) }
                                @if let Some((mean, calls)) = marks.mean(name) {
                                    ": " (self.word("mean")) " " bdi { (format!("{mean:.2}")) } ", " (self.word("calls")) " " (calls)
                                }
                            }
                            thead { tr { th scope="col" { (self.word("mark")) } th.bar scope="col" {} th scope="col" { (self.word("calls")) } } }
                            tbody { @for (mark, calls) in counts { tr {
                                th scope="row" { (mark) }
                                td.bar { (bar(*calls, counts.values().copied().max().unwrap_or(1))) }
                                td { (calls) }
                            } } }
                        } }
                    }
                }
            }
        }
    }

    /// Each form as a row, and below it the agents whose calls it is about.
    fn evaluations(&self) -> Markup {
        let forms = &self.report.whole.scores.0;
        let percent = |score: Score| Cell::Share(score.mean()).text();
        let share = |score: Score| bar((score.mean().unwrap_or_default() * 1000.0) as u64, 1000);
        html! {
            @if !forms.is_empty() {
                section aria-labelledby="evaluations" {
                    h2 id="evaluations" { (self.word("Evaluations")) }
                    div.scroll tabindex="0" role="region" aria-labelledby="evaluations" { table {
                        thead { tr {
                            @for name in ["form", "agent", "evaluations"] { th scope="col" { (self.word(name)) } }
                            th.bar scope="col" {}
                            @for name in ["score", "rating"] { th scope="col" { (self.word(name)) } }
                        } }
                        @for (form, score) in forms { tbody {
                            tr.sum {
                                th scope="row" { bdi { (form) } }
                                td {}
                                td { (score.filled) }
                                td.bar { (share(*score)) }
                                td { bdi { (percent(*score)) } }
                                td {}
                            }
                            @for line in &self.report.evaluated { @if let Some(own) = line.scores.0.get(form) { tr {
                                th {}
                                th scope="row" { (self.name("agent", line)) }
                                td { (own.filled) }
                                td.bar { (share(*own)) }
                                td { bdi { (percent(*own)) } }
                                td { (Column::Satisfaction.cell(line, self.report.level).text()) }
                            } } }
                        } }
                    } }
                }
            }
        }
    }

    fn definitions(&self) -> Markup {
        let counts = self.report.whole.counts();
        html! {
            section aria-labelledby="definitions" {
                h2 id="definitions" { (self.word("Service level, by name")) }
                p dir="ltr" { "In time means within " (self.report.in_time) " of coming to the queue; ringing counts as \
                    waiting. The figures above use " code { (self.report.level) } "." }
                div.scroll dir="ltr" tabindex="0" role="region" aria-labelledby="definitions" { table {
                    thead { tr { @for name in ["name", "formula", "all"] { th.text scope="col" { (self.word(name)) } } } }
                    tbody { @for level in ServiceLevel::ALL { tr {
                        th scope="row" { code { (level) } }
                        td.text { (level.formula()) }
                        td { (Cell::Share(counts.service_level(level)).text()) }
                    } } }
                } }
            }
        }
    }
}

/// A bar as long as its share of the longest one.
fn bar(count: u64, most: u64) -> Markup {
    let width = count as f64 * 100.0 / most.max(1) as f64;
    html! { span style=(format!("width: {width:.1}%")) {} }
}
