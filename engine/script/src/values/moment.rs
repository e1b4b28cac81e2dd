//! What `now()` gives: a moment in the project's zone.

use std::fmt;

use super::duration::FlowDuration;
use crate::verbs::invocation::wrong;
use jiff::{Timestamp, Zoned};
use rhai::{FnNamespace, FuncRegistration, Module};

/// A moment with its offset.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment(Zoned);

impl Moment {
    /// Reads ISO 8601 with an offset, as [`crate::Effect::Now`] is answered.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).ok()?;
        let offset = pieces.to_numeric_offset()?;
        let timestamp: Timestamp = text.parse().ok()?;
        Some(Self(timestamp.to_zoned(offset.to_time_zone())))
    }

    fn weekday(&self) -> &'static str {
        use jiff::civil::Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
        match self.0.weekday() {
            Monday => "monday",
            Tuesday => "tuesday",
            Wednesday => "wednesday",
            Thursday => "thursday",
            Friday => "friday",
            Saturday => "saturday",
            Sunday => "sunday",
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%S%:z"))
    }
}

pub(super) fn register(module: &mut Module) {
    module.set_custom_type::<Moment>("moment");
    number(module, "year", |moment| moment.0.year().into());
    number(module, "month", |moment| moment.0.month().into());
    number(module, "day", |moment| moment.0.day().into());
    number(module, "hour", |moment| moment.0.hour().into());
    number(module, "minute", |moment| moment.0.minute().into());
    number(module, "second", |moment| moment.0.second().into());
    text(FuncRegistration::new_getter("weekday"), module, |moment| moment.weekday().to_owned());
    text(FuncRegistration::new_getter("date"), module, |moment| moment.0.date().to_string());
    text(FuncRegistration::new("to_string"), module, |moment| moment.to_string());
    FuncRegistration::new("+").with_namespace(FnNamespace::Global).set_into_module(
        module,
        |moment: Moment, span: FlowDuration| {
            moment.0.checked_add(span.0).map(Moment).map_err(|_| wrong("there is no calendar for so late a moment"))
        },
    );
    text(FuncRegistration::new("to_debug"), module, |moment| moment.to_string());
}

fn number(module: &mut Module, name: &str, read: fn(&Moment) -> i64) {
    FuncRegistration::new_getter(name)
        .with_namespace(FnNamespace::Global)
        .set_into_module(module, move |moment: &mut Moment| read(moment));
}

fn text(registration: FuncRegistration, module: &mut Module, read: fn(&Moment) -> String) {
    registration.with_namespace(FnNamespace::Global).set_into_module(module, move |moment: &mut Moment| read(moment));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_the_offset_of_the_project() {
        let moment = Moment::parse("2026-03-02T09:05:00+03:00").unwrap();
        assert_eq!((moment.0.hour(), moment.weekday()), (9, "monday"));
        assert_eq!(moment.to_string(), "2026-03-02T09:05:00+03:00");
        assert!(Moment::parse("tomorrow").is_none());
        assert!(Moment::parse("2026-03-02T09:05:00").is_none());
    }
}
