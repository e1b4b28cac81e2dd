//! Fuzzing of what a project's files hold. Targets: `config`, `flow`.
