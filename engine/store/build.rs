//! Rebuilds when a migration is added: `sqlx::migrate!` embeds them, but cannot watch a folder.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
