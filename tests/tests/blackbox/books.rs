//! The databases behind the project `owed`, and how a test looks into them.

use std::process::Command;

use callwright_tests::postgres::Postgres;
use callwright_tests::{Project, tools};

use crate::vocabulary::seconds;

/// Where the project keeps what it owes, and how a test looks into it.
pub(crate) enum Books {
    Sqlite,
    Postgres(Postgres),
}

impl Books {
    pub(crate) fn project(&self) -> Project {
        let project = Project::named("owed");
        if let Books::Postgres(server) = self {
            let url = server.database("callwright");
            project.edit("callwright.yaml", |text| text.replace("sqlite:callwright.db", &url));
        }
        project
    }

    /// The first column of each row.
    pub(crate) fn asks(&self, project: &Project, question: &str) -> Vec<String> {
        let text = match self {
            Books::Postgres(server) => server.asks("callwright", question),
            Books::Sqlite => {
                tools::require("sqlite3", "sqlite3");
                let mut command = Command::new("sqlite3");
                command.args(["-readonly"]).arg(project.dir().join("callwright.db")).arg(question);
                let done = tools::run(&mut command, seconds(10));
                assert_eq!(done.code, Some(0), "{}", done.text);
                done.text
            }
        };
        text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
    }

    pub(crate) fn count(&self, project: &Project, question: &str) -> usize {
        self.asks(project, question).first().and_then(|number| number.parse().ok()).unwrap_or(0)
    }
}
