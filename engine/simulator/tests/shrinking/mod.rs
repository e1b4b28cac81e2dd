//! A day as a list of rows, and how it is made smaller while it still fails.

/// A day whose rows are texts, so that each can be left out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) minutes: u32,
    pub(crate) strategy: String,
    pub(crate) flow: String,
    pub(crate) callers: Vec<String>,
    pub(crate) agents: Vec<String>,
    pub(crate) faults: Vec<String>,
}

impl Story {
    /// The day file.
    pub(crate) fn yaml(&self) -> String {
        let rows = |name: &str, rows: &[String]| {
            let rows: String = rows.iter().map(|row| format!("  - {row}\n")).collect();
            if rows.is_empty() { format!("{name}: []\n") } else { format!("{name}:\n{rows}") }
        };
        format!(
            "# strategy: {}\nclock: \"2026-03-02 08:00\"\nruns_for: {}m\nseed: {}\n{}{}{}",
            self.strategy,
            self.minutes,
            self.seed,
            rows("callers", &self.callers),
            rows("agents", &self.agents),
            rows("faults", &self.faults),
        )
    }

    /// Days that are a little smaller.
    fn smaller(&self) -> Vec<Story> {
        let mut all = Vec::new();
        let lists: [fn(&mut Story) -> &mut Vec<String>; 3] =
            [|story| &mut story.faults, |story| &mut story.agents, |story| &mut story.callers];
        for list in lists {
            for index in 0..list(&mut self.clone()).len() {
                let mut story = self.clone();
                list(&mut story).remove(index);
                all.push(story);
            }
        }
        if self.minutes > 1 {
            all.push(Story { minutes: self.minutes / 2, ..self.clone() });
            all.push(Story { minutes: self.minutes - 1, ..self.clone() });
        }
        for (from, to) in [("count: 3", "count: 1"), ("count: 2", "count: 1"), (", ignores: 40%", "")] {
            for index in 0..self.agents.len() {
                let mut story = self.clone();
                story.agents[index] = story.agents[index].replace(from, to);
                all.push(story);
            }
        }
        all.retain(|story| story != self && !story.callers.is_empty());
        all
    }
}

/// The smallest day found that still fails.
pub(crate) fn shrink(story: &Story, fails: impl Fn(&Story) -> bool) -> Story {
    let mut story = story.clone();
    while let Some(smaller) = story.smaller().into_iter().find(&fails) {
        story = smaller;
    }
    story
}
