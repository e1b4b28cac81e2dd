//! One chart as SVG, for any page with [`STYLE`]. Colours are light-mode values; the style sheet replaces them by
//! attribute in the dark.

use std::ops::Range;

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// The style sheet of pages with charts and tables, in light, in the dark and on paper.
pub const STYLE: &str = include_str!("style.css");
/// For a page's Content-Security-Policy: nothing is loaded from anywhere, and the browser sees to it.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const WIDTH: u32 = 920;
const HEIGHT: u32 = 250;

/// Colours by Okabe and Ito, which the colour-blind can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// 0072b2
    Blue,
    /// c97a00
    Orange,
    /// 00805a
    Green,
    /// c83c00
    Red,
    /// a84f80
    Purple,
    /// 2b8cc4
    Sky,
}

impl Colour {
    /// Every colour, in the order in which curves take them.
    pub const ALL: [Colour; 6] =
        [Colour::Blue, Colour::Orange, Colour::Green, Colour::Purple, Colour::Sky, Colour::Red];

    /// Its class in the legend.
    pub const fn class(self) -> &'static str {
        match self {
            Colour::Blue => "blue",
            Colour::Orange => "orange",
            Colour::Green => "green",
            Colour::Red => "red",
            Colour::Purple => "purple",
            Colour::Sky => "sky",
        }
    }

    const fn rgb(self) -> RGBColor {
        match self {
            Colour::Blue => RGBColor(0x00, 0x72, 0xb2),
            Colour::Orange => RGBColor(0xc9, 0x7a, 0x00),
            Colour::Green => RGBColor(0x00, 0x80, 0x5a),
            Colour::Red => RGBColor(0xc8, 0x3c, 0x00),
            Colour::Purple => RGBColor(0xa8, 0x4f, 0x80),
            Colour::Sky => RGBColor(0x2b, 0x8c, 0xc4),
        }
    }
}

const INK: RGBColor = RGBColor(0x44, 0x44, 0x44);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

/// One quantity in a chart.
#[derive(Debug, Clone)]
pub struct Curve {
    /// As the legend calls it.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// How it is drawn.
    pub look: Look,
    /// Its points, from left to right.
    pub points: Vec<Spot>,
}

/// How a curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A line on a tinted area.
    Area,
    /// A line.
    Line,
    /// A line whose points have their intervals.
    Measured,
}

/// A point of a curve; without `y` the curve has a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Along the axis.
    pub x: f64,
    /// The value.
    pub y: Option<f64>,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
}

impl Spot {
    /// A point without an interval.
    pub fn at(x: f64, y: Option<f64>) -> Self {
        let middle = y.unwrap_or_default();
        Self { x, y, low: middle, high: middle }
    }
}

/// What the numbers along an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Hours, written as a clock does.
    Clock,
    /// Days since 1970-01-01, written as day and month.
    Date,
    /// Whole numbers.
    Count,
    /// 0 to 1 as percent.
    Percent,
}

/// A chart before it is drawn.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Heading, and the name under which it is read aloud.
    pub title: String,
    /// What it shows, in a sentence.
    pub note: String,
    /// From where to where the axis goes.
    pub x: Range<f64>,
    /// What its numbers are.
    pub x_scale: Scale,
    /// What the values are.
    pub y_scale: Scale,
    /// A line that the curves should keep above.
    pub goal: Option<f64>,
    /// What is drawn.
    pub curves: Vec<Curve>,
}

type Canvas<'c, 'b> = ChartContext<'c, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn<'b> = Result<(), DrawingAreaErrorKind<<SVGBackend<'b> as DrawingBackend>::ErrorType>>;

impl Chart {
    /// The chart as an SVG element with a name for those who hear it.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        let drawn = self.draw(&area);
        drop(area);
        drawn.expect("a string always has room for a drawing");
        // Numbers are in the table beside it: a screen reader says the title alone.
        svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{}\" ", escaped(&self.title)), 1)
    }

    fn draw<'b>(&self, area: &DrawingArea<SVGBackend<'b>, Shift>) -> Drawn<'b> {
        let mut canvas = ChartBuilder::on(area)
            .margin(6)
            .margin_right(16)
            .x_label_area_size(28)
            .y_label_area_size(52)
            .build_cartesian_2d(self.x.clone(), 0.0..self.top())?;
        let label = ("sans-serif", 13).into_font().color(&INK);
        canvas
            .configure_mesh()
            .x_labels(12)
            .y_labels(6)
            .x_label_formatter(&|value| self.x_scale.label(*value))
            .y_label_formatter(&|value| self.y_scale.label(*value))
            .label_style(label)
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .draw()?;
        for curve in &self.curves {
            curve.draw(&mut canvas)?;
        }
        if let Some(goal) = self.goal {
            let ends = [(self.x.start, goal), (self.x.end, goal)];
            canvas.draw_series(DashedLineSeries::new(ends, 6, 5, INK.stroke_width(1)))?;
        }
        area.present()
    }

    /// The upper end of the axis: 100 %, or the highest point and a little more.
    fn top(&self) -> f64 {
        let spots = self.curves.iter().flat_map(|curve| &curve.points);
        let highest = spots.filter(|spot| spot.y.is_some()).fold(0.0, |top: f64, spot| top.max(spot.high));
        match self.y_scale {
            Scale::Percent => 1.0_f64.max(highest),
            _ => (highest * 1.1).max(1.0),
        }
    }
}

impl Scale {
    fn label(self, value: f64) -> String {
        match self {
            Scale::Clock => {
                let minutes = (value * 60.0).round().max(0.0) as u64;
                format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
            }
            Scale::Date if value.fract() != 0.0 => String::new(),
            Scale::Date => {
                let days = jiff::Span::new().try_days(value as i64);
                let date = days.and_then(|days| jiff::civil::date(1970, 1, 1).checked_add(days));
                date.map(|date| format!("{:02}.{:02}.", date.day(), date.month())).unwrap_or_default()
            }
            Scale::Percent => format!("{:.0} %", value * 100.0),
            Scale::Count if value.fract() == 0.0 => format!("{value:.0}"),
            Scale::Count => String::new(),
        }
    }
}

impl Curve {
    fn draw<'b>(&self, canvas: &mut Canvas<'_, 'b>) -> Drawn<'b> {
        let colour = self.colour.rgb();
        let line = colour.stroke_width(2);
        for part in self.points.split(|spot| spot.y.is_none()) {
            let spots = || part.iter().map(|spot| (spot.x, spot.y.unwrap_or_default()));
            if self.look == Look::Area {
                canvas.draw_series(AreaSeries::new(spots(), 0.0, colour.mix(0.2)))?;
            }
            canvas.draw_series(LineSeries::new(spots(), line))?;
        }
        if self.look == Look::Measured {
            let spots = self.points.iter().filter_map(|spot| Some((spot, spot.y?)));
            canvas.draw_series(
                spots
                    .clone()
                    .map(|(spot, y)| ErrorBar::new_vertical(spot.x, spot.low, y, spot.high, colour.filled(), 8)),
            )?;
        }
        Ok(())
    }
}

/// A chart with its heading and legend.
pub fn figure(chart: &Chart) -> Markup {
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
