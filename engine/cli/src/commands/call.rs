//! `callwright call`: a telephone in the terminal.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use model::short_duration;
use runtime::{CallOptions, CallProgress, CallReport, CallerEnd, parse_pause, parse_presses, place_call};
use serde_json::json;
use sip::digest::Credentials;
use tokio::signal::unix::{SignalKind, signal};

use crate::{Ending, screen};

/// Places a real SIP call from the terminal, to try things without a telephone
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Whom to call: sip:100@127.0.0.1, sip:100@host:5070;transport=tcp
    uri: String,
    /// Keys and pauses after the answer: "w2s 1" waits two seconds and presses 1
    #[arg(long, value_name = "KEYS", default_value = "", hide_default_value = true)]
    press: String,
    /// A sound file to speak with
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,
    /// Write what is heard to this WAV file; a file that is there is replaced
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Hang up so long after the answer [default: when the other side does, or Ctrl-C]
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    talk_for: Option<Duration>,
    /// Give up when nobody has answered by then
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    ring_for: Duration,
    /// The number to show
    #[arg(long, value_name = "NUMBER", value_parser = shown_number)]
    from: Option<String>,
    /// Account name, when the other side asks who we are
    #[arg(long, value_name = "NAME", requires = "password")]
    user: Option<String>,
    /// Its password
    #[arg(long, env = "CALLWRIGHT_CALL_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// How to reach the address [default: as it says, else udp]
    #[arg(long, value_enum)]
    transport: Option<Transport>,
    /// Offer only this codec [default: all three]
    #[arg(long, value_enum)]
    codec: Option<Codec>,
    /// Show the SIP messages, one line each
    #[arg(long)]
    trace: bool,
    /// Print one JSON object at the end and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Transport {
    Udp,
    Tcp,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Codec {
    G722,
    Pcma,
    Pcmu,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_pause(text).ok_or_else(|| format!("`{text}` is no time; write `500ms`, `20s` or `2m`"))
}

fn shown_number(text: &str) -> Result<String, String> {
    let plain =
        !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-_.*#".contains(c));
    plain.then(|| text.to_owned()).ok_or_else(|| "a number is digits, letters and `+-_.*#`".to_owned())
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending, String> {
    let options = options(arguments)?;
    let stop = Arc::new(AtomicBool::new(false));
    hang_up_on_interrupt(stop.clone())?;
    let report = place_call(&options, &stop, |progress| {
        if !arguments.json {
            show(&progress, arguments);
        }
    });
    let report = report.map_err(|error| error.to_string())?;
    if arguments.json {
        super::print_json(&as_json(arguments, &report))?;
    } else {
        screen::say(summary(arguments, &report));
    }
    Ok(if report.end.was_answered() { Ending::Fine } else { Ending::Failed })
}

fn options(arguments: &Arguments) -> Result<CallOptions, String> {
    let credentials = arguments.user.as_ref().zip(arguments.password.as_ref()).map(|(user, password)| Credentials {
        realm: None,
        username: user.clone(),
        password: password.clone(),
    });
    let codecs = match arguments.codec {
        None => vec![model::Codec::G722, model::Codec::Pcma, model::Codec::Pcmu],
        Some(Codec::G722) => vec![model::Codec::G722],
        Some(Codec::Pcma) => vec![model::Codec::Pcma],
        Some(Codec::Pcmu) => vec![model::Codec::Pcmu],
    };
    Ok(CallOptions {
        to: arguments.uri.clone(),
        from: arguments.from.clone(),
        credentials,
        transport: arguments.transport.map(|transport| match transport {
            Transport::Udp => sip::Transport::Udp,
            Transport::Tcp => sip::Transport::Tcp,
        }),
        codecs,
        presses: parse_presses(&arguments.press).map_err(|error| format!("--press: {error}"))?,
        play: arguments.play.clone(),
        record: arguments.record.clone(),
        talk_for: arguments.talk_for,
        ring_for: arguments.ring_for,
    })
}

/// Ctrl-C and SIGTERM hang up, so that the other side is not left with a dead line.
fn hang_up_on_interrupt(stop: Arc<AtomicBool>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot listen for Ctrl-C: {error}");
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let inside = tokio.enter();
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    drop(inside);
    let listen = move || {
        tokio.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        stop.store(true, Ordering::Relaxed);
    };
    std::thread::Builder::new().name("interrupt".into()).spawn(listen).map_err(failed)?;
    Ok(())
}

fn show(progress: &CallProgress, arguments: &Arguments) {
    match progress {
        CallProgress::Calling => screen::say(format!("calling {}", arguments.uri)),
        CallProgress::Ringing => screen::say("ringing"),
        CallProgress::Answered(Some(codec)) => screen::say(format_args!("answered, {codec}")),
        CallProgress::Answered(None) => screen::say("answered without audio"),
        CallProgress::Pressed(key) => screen::say(format_args!("pressed {key}")),
        CallProgress::NotPressed(key) => {
            screen::say(format_args!("could not press {key}: the other side takes no keys"))
        }
        CallProgress::Spoken => screen::say("the voice is played to its end"),
        CallProgress::Ladder(line) if arguments.trace => screen::say(format_args!("  {line}")),
        CallProgress::Ladder(_) => {}
    }
}

fn summary(arguments: &Arguments, report: &CallReport) -> String {
    let color = screen::is_colorful();
    let (answered, not) = (screen::verdict("ended", true, color), screen::verdict("not answered", false, color));
    let talked = short_duration(report.talked);
    let heard = report.packets_heard;
    let mut text = match report.end {
        CallerEnd::TheyHungUp => format!("{answered} after {talked}: they hung up, {heard} packets heard"),
        CallerEnd::WeHungUp => format!("{answered} after {talked}: we hung up, {heard} packets heard"),
        CallerEnd::Refused { reason, status } => format!("{not}: {status} {}", reason.as_str().replace('_', " ")),
        CallerEnd::GaveUp => format!("{not} within {}", short_duration(report.waited)),
    };
    if let (Some(length), Some(file)) = (report.recorded, &arguments.record) {
        text.push_str(&format!("\nheard {} in {}", short_duration(length), file.display()));
    }
    text
}

fn as_json(arguments: &Arguments, report: &CallReport) -> serde_json::Value {
    let (reason, status) = match report.end {
        CallerEnd::Refused { reason, status } => (Some(reason.as_str()), Some(status)),
        _ => (None, None),
    };
    json!({
        "to": arguments.uri,
        "answered": report.end.was_answered(),
        "end": report.end.as_str(),
        "reason": reason,
        "status": status,
        "waited_seconds": report.waited.as_secs_f64(),
        "talked_seconds": report.talked.as_secs_f64(),
        "codec": report.codec.map(model::Codec::name),
        "pressed": report.pressed,
        "packets_heard": report.packets_heard,
        "packets_lost": report.packets_lost,
        "packets_sent": report.packets_sent,
        "recorded_seconds": report.recorded.map(|length| length.as_secs_f64()),
    })
}
