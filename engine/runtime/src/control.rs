//! A local socket beside the project: commands of the terminal ask what runs, and ask for something to be done.
//!
//! One request and one answer per connection, each one line of JSON: `{"ask": "report"}`,
//! `{"ask": "cancel_callbacks", "number": "+49…"}`. A refusal is `{"error": "…"}`.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::custodian::Custodian;
use crate::exchange::Report;
use crate::inbox::{Inbox, Post};

/// The socket's name in the project's folder.
const SOCKET: &str = "callwright.sock";
/// Most requests are answered within this time or not at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Where the control socket of a project lies.
pub fn control_socket(root: &Path) -> PathBuf {
    root.join(SOCKET)
}

/// Answers on the project's control socket until the tokio runtime ends; only this user may ask.
pub(crate) fn listen(root: &Path, post: Post, custodian: Custodian) -> io::Result<()> {
    let path = control_socket(root);
    // The store's lock has made sure that no other server serves this project.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (post, custodian) = (post.clone(), custodian.clone());
            tokio::spawn(async move {
                if answer(stream, post, custodian).await.is_err() {
                    tracing::debug!("somebody asked the control socket and went away");
                }
            });
        }
    });
    Ok(())
}

/// Longest request.
const REQUEST_MAX: u64 = 1 << 20;

/// What the terminal asks for. Each module that answers one adds it here.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// What runs: versions, calls, queues.
    Report,
    /// Tries a delivery again at once, also one that was given up.
    RetryDelivery {
        /// Its key.
        key: String,
    },
    /// Calls back and callers who were lost.
    Callbacks,
    /// Takes back what is promised to a number.
    CancelCallbacks {
        /// The customer's number.
        number: String,
    },
    /// Removes every trace of a number.
    Erase {
        /// The person's number.
        number: String,
        /// Who wants it, for the audit.
        asked_by: String,
    },
    /// How far campaigns are.
    Campaigns,
    /// Lets a campaign call, or not.
    SwitchCampaign {
        /// Which.
        name: String,
        /// What it shall do.
        to: CampaignSwitch,
    },
    /// Keeps what somebody says about a call that he listened to.
    Evaluate {
        /// The call.
        call: u64,
        /// The form.
        form: String,
        /// Who listened.
        by: String,
        /// Percent.
        score: u8,
        /// Points by question.
        answers: std::collections::BTreeMap<String, u8>,
    },
    /// More contacts for a campaign.
    AddContacts {
        /// Which.
        name: String,
        /// Number and tags.
        contacts: Vec<(String, BTreeMap<String, Value>)>,
        /// Those too who were called to the end.
        #[serde(default)]
        again: bool,
    },
    /// The SIP messages of one call, as long as they are in memory.
    Messages {
        /// The call's number.
        call: u64,
    },
}

/// What a campaign is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignSwitch {
    /// Call whoever is due.
    Start,
    /// Call nobody.
    Pause,
    /// Go on.
    Resume,
}

impl Request {
    /// Who asks gets an answer within this time or none.
    fn answered_within(&self) -> Duration {
        match self {
            // Every row is looked at.
            Request::Erase { .. } => Duration::from_secs(120),
            _ => ANSWER_WITHIN,
        }
    }
}

async fn answer(stream: UnixStream, post: Post, custodian: Custodian) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut asked = BufReader::new(read.take(REQUEST_MAX));
    timeout(ANSWER_WITHIN, asked.read_line(&mut line)).await.map_err(io::Error::other)??;
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => {
            let within = request.answered_within();
            timeout(within, carry_out(request, post, custodian)).await.map_err(io::Error::other)??
        }
        Err(error) => json!({ "error": format!("the server does not understand the request: {error}") }),
    };
    write.write_all(answer.to_string().as_bytes()).await?;
    write.shutdown().await
}

/// Requests that concern calls go to the signalling thread; what needs only the store is answered here.
async fn carry_out(request: Request, post: Post, custodian: Custodian) -> io::Result<Value> {
    if let Request::Erase { number, asked_by } = request {
        return Ok(custodian.erase(&number, &asked_by).await.unwrap_or_else(|error| json!({ "error": error })));
    }
    ask_calls(request, post).await
}

async fn ask_calls(request: Request, post: Post) -> io::Result<Value> {
    let (tell, told) = oneshot::channel();
    // Whoever asked may be gone.
    match request {
        Request::Report => post.send(Inbox::Report(Box::new(move |report| drop(tell.send(as_json(&report)))))),
        request => post.send(Inbox::Control(request, Box::new(move |answer| drop(tell.send(answer))))),
    }
    told.await.map_err(io::Error::other)
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
    request_server(root, &Request::Report)
}

/// Asks the server of a project for something.
///
/// # Errors
/// When no server serves the project, it does not answer, or it refuses: then in its words.
pub fn request_server(root: &Path, request: &Request) -> io::Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let asking = async {
            let mut stream = UnixStream::connect(control_socket(root)).await?;
            let line = serde_json::to_string(request).map_err(io::Error::other)? + "\n";
            stream.write_all(line.as_bytes()).await?;
            let mut text = String::new();
            stream.read_to_string(&mut text).await?;
            let answer: Value = serde_json::from_str(&text).map_err(io::Error::other)?;
            match answer.get("error").and_then(Value::as_str) {
                Some(refusal) => Err(io::Error::other(refusal.to_owned())),
                None => Ok(answer),
            }
        };
        timeout(request.answered_within(), asking).await.map_err(io::Error::other)?
    })
}
