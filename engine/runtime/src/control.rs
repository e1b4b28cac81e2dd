//! A local socket beside the project that tells what runs: `callwright versions` and `queues` ask it.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;

use crate::exchange::Report;
use crate::inbox::{Inbox, Post};

/// The socket's name in the project's folder.
const SOCKET: &str = "callwright.sock";
/// Who asks gets an answer within this time or none.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Where the control socket of a project lies.
pub fn control_socket(root: &Path) -> PathBuf {
    root.join(SOCKET)
}

/// Answers on the project's control socket until the tokio runtime ends; only this user may ask.
pub(crate) fn listen(root: &Path, post: Post) -> io::Result<()> {
    let path = control_socket(root);
    // The store's lock has made sure that no other server serves this project.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let post = post.clone();
            tokio::spawn(async move {
                let answered = tokio::time::timeout(ANSWER_WITHIN, answer(stream, post)).await;
                if !matches!(answered, Ok(Ok(()))) {
                    tracing::debug!("somebody asked the control socket and went away");
                }
            });
        }
    });
    Ok(())
}

async fn answer(mut stream: UnixStream, post: Post) -> io::Result<()> {
    let (tell, told) = oneshot::channel();
    post.send(Inbox::Report(Box::new(move |report| {
        let _ = tell.send(report); // Whoever asked may be gone.
    })));
    let report = told.await.map_err(io::Error::other)?;
    stream.write_all(as_json(&report).to_string().as_bytes()).await?;
    stream.shutdown().await
}

fn as_json(report: &Report) -> Value {
    let calls = report.calls.iter().map(|call| {
        json!({
            "call": call.id.0, "from": call.from, "flow": call.flow,
            "version": call.version.as_str(), "parties": call.parties,
        })
    });
    let versions = report.versions.iter().map(|(version, calls)| {
        let published = report.published.as_ref() == Some(version);
        json!({ "version": version.as_str(), "calls": calls, "published": published })
    });
    json!({
        "versions": versions.collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
        "centre": report.centre,
    })
}

/// Asks the server of a project what runs.
///
/// # Errors
/// When no server serves the project, or it does not answer.
pub fn ask_server(root: &Path) -> io::Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let asking = async {
            let mut stream = UnixStream::connect(control_socket(root)).await?;
            let mut text = String::new();
            stream.read_to_string(&mut text).await?;
            serde_json::from_str(&text).map_err(io::Error::other)
        };
        tokio::time::timeout(ANSWER_WITHIN, asking).await.map_err(io::Error::other)?
    })
}
