//! Evaluation forms: `forms/quality.yaml` with questions that somebody answers who listened to a call.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::diagnostic::did_you_mean;

/// A form: what is asked, and how much each answer weighs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What people call it.
    #[serde(default)]
    pub title: String,
    /// Questions by name.
    pub questions: BTreeMap<String, Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// How it is answered.
    #[serde(default)]
    pub answer: AnswerKind,
    /// How much it counts beside the others, 1 unless told otherwise.
    #[serde(default = "one")]
    pub weight: u8,
}

const fn one() -> u8 {
    1
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// 0 to 5 points.
    #[default]
    Points,
    /// `yes`, which is worth 5 points, or `no`.
    YesNo,
}

/// The most points that an answer can have.
pub const POINTS_MAX: u8 = 5;

/// A form that somebody filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Points by question, 0 to [`POINTS_MAX`].
    pub answers: BTreeMap<String, u8>,
    /// Percent of what can be reached, by weight.
    pub score: u8,
}

impl Form {
    /// Reads a form.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        match form.questions.values().map(|question| u32::from(question.weight)).sum() {
            0 if form.questions.is_empty() => Err("the form asks nothing, write `questions:`".into()),
            0 => Err("no question has a weight above 0".into()),
            1.. => Ok(form),
        }
    }

    /// Takes answers as they are written on a command line: `greeting=5,solved=yes`.
    ///
    /// # Errors
    /// A question that is unknown, twice or not answered; an answer that does not fit.
    pub fn fill(&self, written: &str) -> Result<Filled, String> {
        let mut answers = BTreeMap::new();
        for part in written.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, answer) =
                part.split_once('=').ok_or_else(|| format!("write `question=answer`, not `{part}`"))?;
            let (name, answer) = (name.trim(), answer.trim());
            let question = self.questions.get(name).ok_or_else(|| self.unknown(name))?;
            if answers.insert(name.to_owned(), question.points(name, answer)?).is_some() {
                return Err(format!("`{name}` is answered twice"));
            }
        }
        let missing: Vec<&str> =
            self.questions.keys().filter(|name| !answers.contains_key(*name)).map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(format!("not answered: {}", missing.join(", ")));
        }
        let score = self.score(&answers);
        Ok(Filled { answers, score })
    }

    /// `Σ weight · points / Σ weight · 5`, in percent, rounded.
    fn score(&self, answers: &BTreeMap<String, u8>) -> u8 {
        let weighed = |points: &dyn Fn(&str) -> u8| -> u32 {
            self.questions.iter().map(|(name, asked)| u32::from(asked.weight) * u32::from(points(name))).sum()
        };
        let reached = weighed(&|name| answers.get(name).copied().unwrap_or_default());
        let most = weighed(&|_| POINTS_MAX).max(1);
        u8::try_from((reached * 100 + most / 2) / most).unwrap_or(100)
    }

    fn unknown(&self, name: &str) -> String {
        let known = || self.questions.keys().map(String::as_str);
        match did_you_mean(name, known()) {
            Some(close) => format!("unknown question `{name}`, did you mean `{close}`?"),
            None => format!("unknown question `{name}`, the form asks {}", known().collect::<Vec<_>>().join(", ")),
        }
    }
}

impl Question {
    fn points(&self, name: &str, answer: &str) -> Result<u8, String> {
        match (self.answer, answer) {
            (AnswerKind::YesNo, "yes") => Ok(POINTS_MAX),
            (AnswerKind::YesNo, "no") => Ok(0),
            (AnswerKind::YesNo, other) => Err(format!("`{name}` is answered with yes or no, not `{other}`")),
            (AnswerKind::Points, other) => {
                let points = other.parse().ok().filter(|points| *points <= POINTS_MAX);
                points.ok_or_else(|| format!("`{name}` is answered with 0 to {POINTS_MAX}, not `{other}`"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUALITY: &str = "title: Quality\nquestions:\n  greeting: { text: By name? }\n  \
        solved: { text: Was it solved?, answer: yes_no, weight: 3 }\n";

    #[test]
    fn a_score_is_percent_by_weight() {
        let form = Form::parse(QUALITY).unwrap();
        let score = |answers: &str| form.fill(answers).unwrap().score;
        assert_eq!(score("greeting=5, solved=yes"), 100);
        assert_eq!(score("solved=no,greeting=0"), 0);
        assert_eq!(score("greeting=0,solved=yes"), 75);
        assert_eq!(score("greeting=3,solved=yes"), 90);
    }

    #[test]
    fn answers_that_do_not_fit_are_refused_with_the_way_out() {
        let form = Form::parse(QUALITY).unwrap();
        let wrong = |answers: &str| form.fill(answers).unwrap_err();
        assert_eq!(wrong("greting=5"), "unknown question `greting`, did you mean `greeting`?");
        assert_eq!(wrong("greeting=6"), "`greeting` is answered with 0 to 5, not `6`");
        assert_eq!(wrong("greeting=5,solved=5"), "`solved` is answered with yes or no, not `5`");
        assert_eq!(wrong("greeting=5,greeting=4"), "`greeting` is answered twice");
        assert_eq!(wrong("greeting=5"), "not answered: solved");
        assert_eq!(wrong("greeting"), "write `question=answer`, not `greeting`");
        assert!(Form::parse("questions: { a: { text: b, wieght: 2 } }").unwrap_err().contains("wieght"));
        assert_eq!(Form::parse("questions: {}").unwrap_err(), "the form asks nothing, write `questions:`");
        assert_eq!(
            Form::parse("questions: { a: { text: b, weight: 0 } }").unwrap_err(),
            "no question has a weight above 0"
        );
    }
}
