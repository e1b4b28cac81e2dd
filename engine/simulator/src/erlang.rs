//! What theory says about a day: Erlang's B, C and A for Poisson arrivals and exponential times in a steady state.
//!
//! A simulated day of that kind must agree with them; a real day differs, and shows where. C overstates the delay once
//! callers hang up (12 agents, 200 calls an hour of 3 minutes: 64 % in 20 s by C, 86 % by A with a patience of 1 min).

use std::time::Duration;

/// Weights below this share of their sum no longer change a double.
const NEGLIGIBLE: f64 = 1e-18;
/// Weights above this are scaled down, long before a double overflows.
const SCALE_AT: f64 = 1e200;

/// A stream of calls and the agents who take them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// N.
    pub agents: u32,
    /// λ; Poisson.
    pub calls_per_hour: f64,
    /// Mean talk and wrap-up, exponential; 1/μ.
    pub handle_time: Duration,
}

/// More work comes in than the agents can do, and nobody hangs up: the line grows for ever.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{load:.2} Erlang are too much for {agents} agents, the line grows for ever; give callers a patience")]
pub struct Unstable {
    /// Offered load.
    pub load: f64,
    /// N.
    pub agents: u32,
}

/// M/M/N: callers wait for ever.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErlangC {
    /// Share of callers who wait at all.
    pub p_wait: f64,
    /// Mean wait of everybody.
    pub asa_seconds: f64,
    /// Share answered within T.
    pub service_level: f64,
    /// Busy share of the agents' time.
    pub occupancy: f64,
}

/// M/M/N+M: callers hang up after an exponential patience.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErlangA {
    /// Share of callers who wait at all.
    pub p_wait: f64,
    /// Share of callers who hang up.
    pub p_abandon: f64,
    /// Mean wait of everybody, answered or not.
    pub average_wait_seconds: f64,
    /// Share of all callers answered within T.
    pub answered_within: f64,
    /// Share of all callers who hang up within T.
    pub abandoned_within: f64,
    /// Busy share of the agents' time.
    pub occupancy: f64,
}

/// Erlang B: the share of calls that find all `agents` busy, when nobody can wait.
///
/// `B(0) = 1; B(n) = a·B(n−1) / (n + a·B(n−1))`
pub fn erlang_b(agents: u32, load: f64) -> f64 {
    (1..=agents).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked))
}

/// Erlang C: the share of calls that wait. `N·B / (N − a(1−B))`
///
/// # Errors
/// When `load` is not below `agents`.
pub fn erlang_c(agents: u32, load: f64) -> Result<f64, Unstable> {
    let n = f64::from(agents);
    if load >= n {
        return Err(Unstable { load, agents });
    }
    let blocked = erlang_b(agents, load);
    Ok(n * blocked / (n - load * (1.0 - blocked)))
}

impl Traffic {
    /// a = λ/μ, in Erlang.
    pub fn load(&self) -> f64 {
        self.calls_per_second() * self.handle_time.as_secs_f64()
    }

    fn calls_per_second(&self) -> f64 {
        self.calls_per_hour / 3600.0
    }

    /// When callers wait for ever.
    ///
    /// `ASA = C·AHT/(N−a); SL(T) = 1 − C·e^(−(N−a)·T/AHT)`
    ///
    /// # Errors
    /// When more work comes in than the agents can do.
    pub fn patient(&self, within: Duration) -> Result<ErlangC, Unstable> {
        let load = self.load();
        let p_wait = erlang_c(self.agents, load)?;
        let handle = self.handle_time.as_secs_f64();
        let spare = f64::from(self.agents) - load;
        Ok(ErlangC {
            p_wait,
            asa_seconds: p_wait * handle / spare,
            service_level: 1.0 - p_wait * (-spare * within.as_secs_f64() / handle).exp(),
            occupancy: load / f64::from(self.agents),
        })
    }

    /// When callers hang up after a patience that is exponential with this mean. Always stable.
    pub fn impatient(&self, patience: Duration, within: Duration) -> ErlangA {
        let arrivals = self.calls_per_second();
        let serving = f64::from(self.agents) / self.handle_time.as_secs_f64();
        let leaving = 1.0 / patience.max(Duration::from_micros(1)).as_secs_f64();
        let mut line = Line::new(serving, leaving, within.as_secs_f64());
        let mut states = States::below(erlang_b(self.agents, self.load()));
        for ahead in 0.. {
            let (answered, abandoned) = line.fate(ahead);
            states.add(ahead, answered, abandoned);
            let ratio = arrivals / (serving + f64::from(ahead + 1) * leaving);
            states.weight *= ratio;
            if ratio < 1.0 && states.weight <= NEGLIGIBLE * states.total {
                break;
            }
            states.scale();
        }
        let in_line = states.in_line / states.total;
        let p_wait = states.waiting / states.total;
        let average_wait = if arrivals > 0.0 { in_line / arrivals } else { 0.0 };
        let p_abandon = leaving * average_wait;
        ErlangA {
            p_wait,
            p_abandon,
            average_wait_seconds: average_wait,
            answered_within: 1.0 - p_wait + states.answered / states.total,
            abandoned_within: states.abandoned / states.total,
            occupancy: arrivals * (1.0 - p_abandon) / serving,
        }
    }
}

/// Sums over the states N, N+1, …, whose weights are relative to each other.
struct States {
    /// Of the state that is next.
    weight: f64,
    total: f64,
    waiting: f64,
    in_line: f64,
    answered: f64,
    abandoned: f64,
}

impl States {
    /// The states 0 to N−1 together weigh `1/B − 1` when state N weighs 1.
    fn below(blocked: f64) -> Self {
        // Below 1e-200 nobody ever waits, and 1/B would overflow.
        let (weight, free) = if blocked > 1e-200 { (1.0, 1.0 / blocked - 1.0) } else { (0.0, 1.0) };
        Self { weight, total: free, waiting: 0.0, in_line: 0.0, answered: 0.0, abandoned: 0.0 }
    }

    fn add(&mut self, ahead: u32, answered: f64, abandoned: f64) {
        self.total += self.weight;
        self.waiting += self.weight;
        self.in_line += self.weight * f64::from(ahead);
        self.answered += self.weight * answered;
        self.abandoned += self.weight * abandoned;
    }

    fn scale(&mut self) {
        if self.weight > SCALE_AT {
            let all = [&mut self.total, &mut self.waiting, &mut self.in_line, &mut self.answered, &mut self.abandoned];
            all.into_iter().for_each(|sum| *sum /= SCALE_AT);
            self.weight /= SCALE_AT;
        }
    }
}

/// The fate within T of a caller with `k` others ahead.
///
/// The line ahead takes `S = Σ Exp(Nμ + iθ), i = 0…k`, and `e^(−θS)` is Beta(c, k+1) distributed with `c = Nμ/θ`. With
/// `x = e^(−θT)` and the regularised incomplete beta function I, which is a finite sum for whole `k`:
/// `answered = c/(c+k+1) · (1 − I_x(c+1, k+1))` and `abandoned = 1 − answered − x·I_x(c, k+1)`.
struct Line {
    c: f64,
    x: f64,
    by_answer: BetaSum,
    by_patience: BetaSum,
}

/// `I_x(a, k+1) = Σ x^a (1−x)^j (a)_j / j!, j = 0…k`, one term more for each `k`; terms as logarithms.
struct BetaSum {
    a: f64,
    log_rest: f64,
    log_term: f64,
    sum: f64,
}

impl Line {
    fn new(serving: f64, leaving: f64, within: f64) -> Self {
        let c = serving / leaving;
        let log_x = -leaving * within;
        let sum = |a: f64| BetaSum { a, log_rest: (-log_x.exp_m1()).ln(), log_term: a * log_x, sum: 0.0 };
        Self { c, x: log_x.exp(), by_answer: sum(c + 1.0), by_patience: sum(c) }
    }

    /// Must be asked for 0, 1, 2, … in turn.
    fn fate(&mut self, ahead: u32) -> (f64, f64) {
        let share = self.c / (self.c + f64::from(ahead) + 1.0);
        let answered = share * (1.0 - self.by_answer.next(ahead));
        (answered, 1.0 - answered - self.x * self.by_patience.next(ahead))
    }
}

impl BetaSum {
    fn next(&mut self, j: u32) -> f64 {
        self.sum += self.log_term.exp();
        let j = f64::from(j);
        self.log_term += self.log_rest + ((self.a + j) / (j + 1.0)).ln();
        self.sum.min(1.0)
    }
}

#[cfg(test)]
mod tests;
