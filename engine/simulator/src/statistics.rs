//! What several runs say together: mean, standard error, and the interval that holds the truth in 95 of 100 cases.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A confidence interval's share of the truth.
const CONFIDENCE: f64 = 0.95;

/// A quantity over several independent runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Runs that had a value.
    pub runs: usize,
    /// Their mean.
    pub mean: f64,
    /// Standard deviation of the mean; none for a single run.
    pub standard_error: Option<f64>,
    /// Lower end of the 95 % confidence interval, by Student's t; none for a single run.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Estimate {
    /// The estimate from one value per run; none without values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let runs = values.len();
        let mean = values.iter().sum::<f64>() / runs as f64;
        match runs {
            0 => None,
            1 => Some(Self { runs, mean, standard_error: None, low: None, high: None }),
            _ => {
                let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
                let standard_error = (squares / (runs as f64 - 1.0) / runs as f64).sqrt();
                let half = student_t(runs - 1) * standard_error;
                let (low, high) = (Some(mean - half), Some(mean + half));
                Some(Self { runs, mean, standard_error: Some(standard_error), low, high })
            }
        }
    }

    /// The difference `b − a`, run by run: both had the same seed, so the day's luck cancels out.
    ///
    /// Runs in which either has no value are left out.
    pub fn of_differences(a: &[Option<f64>], b: &[Option<f64>]) -> Option<Self> {
        let both = a.iter().zip(b).filter_map(|(a, b)| Some((*b)? - (*a)?));
        Self::of(&both.collect::<Vec<_>>())
    }

    /// Half the width of the confidence interval: `mean ± half_width`.
    pub fn half_width(&self) -> Option<f64> {
        self.high.map(|high| high - self.mean)
    }

    /// The interval does not hold `value`: the difference is more than chance.
    pub fn excludes(&self, value: f64) -> bool {
        matches!((self.low, self.high), (Some(low), Some(high)) if value < low || value > high)
    }

    /// How many standard errors `value` lies away from the mean; none when there is no error to measure by.
    pub fn errors_from(&self, value: f64) -> Option<f64> {
        self.standard_error.filter(|error| *error > 0.0).map(|error| (self.mean - value).abs() / error)
    }
}

/// Two-sided 95 % point of Student's t distribution.
fn student_t(degrees_of_freedom: usize) -> f64 {
    let distribution = StudentsT::new(0.0, 1.0, degrees_of_freedom as f64).expect("one degree of freedom or more");
    distribution.inverse_cdf(0.5 + CONFIDENCE / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_tables() {
        let rounded = |freedom| (student_t(freedom) * 1000.0).round() / 1000.0;
        assert_eq!([1, 2, 4, 9, 29, 100].map(rounded), [12.706, 4.303, 2.776, 2.262, 2.045, 1.984]);
    }

    #[test]
    fn five_runs_give_a_mean_and_its_error() {
        let estimate = Estimate::of(&[10.0, 12.0, 14.0, 16.0, 18.0]).unwrap();
        assert_eq!(estimate.mean, 14.0);
        assert!((estimate.standard_error.unwrap() - 2.0_f64.sqrt()).abs() < 1e-12);
        assert!((estimate.half_width().unwrap() - 2.776_445_105 * 2.0_f64.sqrt()).abs() < 1e-6);
        assert!(estimate.excludes(9.0) && !estimate.excludes(12.0));
        assert!((estimate.errors_from(17.0).unwrap() - 3.0 / 2.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn one_run_has_no_interval_and_no_run_no_mean() {
        let one = Estimate::of(&[0.8]).unwrap();
        assert_eq!((one.mean, one.low, one.half_width()), (0.8, None, None));
        assert!(!one.excludes(0.0));
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn the_same_luck_on_both_sides_cancels_out() {
        let a = [Some(100.0), Some(50.0), None, Some(75.0)];
        let b = [Some(101.0), Some(51.0), Some(3.0), Some(76.0)];
        let difference = Estimate::of_differences(&a, &b).unwrap();
        assert_eq!((difference.runs, difference.mean, difference.standard_error), (3, 1.0, Some(0.0)));
        assert!(difference.excludes(0.0));
    }
}
