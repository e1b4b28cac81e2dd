//! Mails by SMTP, with a recording attached or a sentence that says why not.

use std::path::Path;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use model::{Delivery, Parcel};
use script::config::{MailConfig, MailSecurity};

use super::book::Trouble;
use crate::recordings::{self, Keys};

/// A mail server that takes longer for one step is tried again later.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// What most mail servers still take, before it grows by a third on its way.
const ATTACHMENT_BYTES_MAX: u64 = 15 << 20;

pub(super) async fn send(
    config: &MailConfig,
    (root, keys): (&Path, &Keys),
    delivery: &Delivery,
) -> Result<(), Trouble> {
    let message = compose(config, (root, keys), delivery)?;
    let transport = transport(config).map_err(|error| Trouble::later(error.to_string()))?;
    transport.send(message).await.map(drop).map_err(|error| {
        // Only what is said about this mail is final: a wrong password is mended for all of them at once.
        let about_this = error.status().is_some_and(|code| (550..=569).contains(&u16::from(code)));
        let mut text = error.to_string();
        if let Some(cause) = std::error::Error::source(&error) {
            text = format!("{text}: {cause}");
        }
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if about_this { Trouble::Final(text) } else { Trouble::later(text) }
    })
}

fn transport(config: &MailConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let host = &config.host;
    let mut builder = match config.security {
        MailSecurity::Plain => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
        MailSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host)?,
        MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host)?,
    };
    if let (Some(username), Some(password)) = (&config.username, &config.password) {
        builder = builder.credentials(Credentials::new(username.clone(), password.expose().to_owned()));
    }
    Ok(builder.port(config.port).timeout(Some(ANSWER_WITHIN)).build())
}

fn compose(config: &MailConfig, (root, keys): (&Path, &Keys), delivery: &Delivery) -> Result<Message, Trouble> {
    let wrong = |error: &dyn std::fmt::Display| Trouble::Final(format!("this is no mail: {error}"));
    let Parcel::Email { to, subject, text, attachment } = &delivery.what else {
        return Err(Trouble::Final("this is no mail".into()));
    };
    let from: Mailbox = config.from.parse().map_err(|error| wrong(&error))?;
    let to: Mailbox = to.parse().map_err(|error| wrong(&error))?;
    let domain = from.email.domain().to_owned();
    let message = Message::builder()
        .from(from)
        .to(to)
        .subject(subject.clone())
        // The same in every repetition: mail programs show it once.
        .message_id(Some(format!("<{}@{domain}>", delivery.key)));
    let (text, part) = match attachment.as_deref().map(|file| attached((root, keys), file)).transpose()? {
        None => (text.clone(), None),
        Some(Attached::Whole(part)) => (text.clone(), Some(part)),
        Some(Attached::Excused(why)) => (format!("{text}\n\n{why}.\n"), None),
    };
    match part {
        Some(part) => message.multipart(MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(part)),
        None => message.singlepart(SinglePart::plain(text)),
    }
    .map_err(|error| wrong(&error))
}

/// A recording on its way into a mail.
enum Attached {
    Whole(SinglePart),
    /// The mail says so instead.
    Excused(String),
}

/// What cannot be read now is tried again: a mail without its message would be taken for the whole.
fn attached((root, keys): (&Path, &Keys), file: &str) -> Result<Attached, Trouble> {
    let path = root.join(file);
    let excused = |why: &str| Ok(Attached::Excused(format!("{file} is not attached: {why}")));
    let inside = file.split('/').all(|part| !part.is_empty() && part != "..") && !file.contains('\0');
    if !inside {
        return excused("it is no file of the project");
    }
    if !path.exists() {
        return excused("it is not there any more");
    }
    let bytes = recordings::read(&path, keys).map_err(|error| Trouble::later(error.to_string()))?;
    let size = bytes.len() as u64;
    if size > ATTACHMENT_BYTES_MAX {
        return excused(&format!("it has {} MB, more than mail servers take", size >> 20));
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let name =
        name.strip_suffix(".sealed").map_or(name.to_owned(), |bare| format!("{}.wav", bare.trim_end_matches(".wav")));
    let kind = if name.ends_with(".wav") { "audio/wav" } else { "application/octet-stream" };
    let kind = ContentType::parse(kind).map_err(|error| Trouble::Final(error.to_string()))?;
    Ok(Attached::Whole(Attachment::new(name).body(bytes, kind)))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// A mail server that answers each command in turn and gives back what it was told.
    async fn server(answer_to_receiver: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (reading, mut writing) = stream.into_split();
            let (mut lines, mut heard) = (BufReader::new(reading), String::new());
            writing.write_all(b"220 sink\r\n").await.unwrap();
            loop {
                let start = heard.len();
                if lines.read_line(&mut heard).await.unwrap_or(0) == 0 {
                    return heard;
                }
                let answer = match heard[start..].get(..4).unwrap_or_default() {
                    "RCPT" => answer_to_receiver,
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    _ if heard.contains("DATA\r\n") && !heard.ends_with("\r\n.\r\n") => continue,
                    _ => "250 fine",
                };
                writing.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                if answer.starts_with("221") {
                    let _ = lines.read_to_string(&mut heard).await;
                    return heard;
                }
            }
        });
        (port, heard)
    }

    fn config(port: u16) -> MailConfig {
        MailConfig {
            host: "127.0.0.1".into(),
            port,
            security: MailSecurity::Plain,
            username: None,
            password: None,
            from: "Lindenhof clinic <desk@clinic.example>".into(),
        }
    }

    fn letter(attachment: Option<&str>) -> Delivery {
        Delivery {
            key: "7-1-5f".into(),
            call: None,
            about: String::new(),
            what: Parcel::Email {
                to: "anna@clinic.example".into(),
                subject: "Сообщение".into(),
                text: "Somebody called.".into(),
                attachment: attachment.map(str::to_owned),
            },
            made_at: model::WallTime(0),
            attempts: 0,
            next_at: model::WallTime(0),
            state: model::WorkState::Open,
            error: String::new(),
        }
    }

    #[tokio::test]
    async fn a_mail_arrives_with_its_recording_and_the_same_id_each_time() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("recordings")).unwrap();
        std::fs::write(folder.path().join("recordings/7-1-note.wav"), b"RIFF\xff\x00data").unwrap();
        let (port, heard) = server("250 ok").await;
        send(&config(port), (folder.path(), &Keys::new(&[])), &letter(Some("recordings/7-1-note.wav"))).await.unwrap();
        let heard = heard.await.unwrap();
        for part in [
            "MAIL FROM:<desk@clinic.example>",
            "RCPT TO:<anna@clinic.example>",
            "Message-ID: <7-1-5f@clinic.example>",
            "Somebody called.",
            "filename=\"7-1-note.wav\"",
            "audio/wav",
            "UklGRv8AZGF0YQ==",
        ] {
            assert!(heard.contains(part), "{part} in\n{heard}");
        }
        assert!(!heard.contains("Сообщение"), "subjects are encoded");
    }

    #[test]
    fn a_recording_that_is_gone_is_excused_in_the_text() {
        let folder = tempfile::tempdir().unwrap();
        for (file, why) in
            [("recordings/gone.wav", "not there any more"), ("recordings/../callwright.yaml", "no file of")]
        {
            let message = compose(&config(25), (folder.path(), &Keys::new(&[])), &letter(Some(file))).unwrap();
            let text = String::from_utf8(message.formatted()).unwrap();
            assert!(text.contains(why) && text.contains("Somebody called."), "{text}");
        }
    }

    #[tokio::test]
    async fn an_unknown_receiver_is_final_and_a_full_server_is_not() {
        let folder = tempfile::tempdir().unwrap();
        for (answer, is_final) in [("550 no such user", true), ("451 try later", false), ("535 who are you", false)] {
            let (port, _heard) = server(answer).await;
            let trouble = send(&config(port), (folder.path(), &Keys::new(&[])), &letter(None)).await.unwrap_err();
            assert_eq!(matches!(trouble, Trouble::Final(_)), is_final, "{trouble:?}");
        }
        let nobody = send(&config(1), (folder.path(), &Keys::new(&[])), &letter(None)).await;
        assert!(matches!(nobody, Err(Trouble::Later { .. })), "{nobody:?}");
    }
}
