//! Other systems, as far as the tests need them: a web server and a mail server that remember what they were told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a server was told, request by request.
type Heard = Arc<Mutex<Vec<String>>>;

/// A web server that answers 200 to everything, or as it is told.
pub struct WebSink {
    /// Where it listens, or will.
    pub address: SocketAddr,
    heard: Heard,
}

/// A mail server that takes every mail.
pub struct MailSink {
    /// Where it listens.
    pub address: SocketAddr,
    heard: Heard,
}

/// An address where nobody listens yet.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has an address")
}

impl WebSink {
    /// Answers every request with this JSON after this time.
    pub fn answers(address: SocketAddr, json: &'static str, after: Duration) -> Self {
        let listener = TcpListener::bind(address).expect("the address is free");
        let heard = Heard::default();
        let tell = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let tell = tell.clone();
                std::thread::spawn(move || serve_web(stream, json, after, &tell));
            }
        });
        Self { address, heard }
    }

    /// The requests so far, head and body.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("readers do not panic").clone()
    }
}

impl MailSink {
    /// Takes mails from now on.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let heard = Heard::default();
        let tell = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if let Some(mail) = serve_mail(stream) {
                    tell.lock().expect("readers do not panic").push(mail);
                }
            }
        });
        Self { address, heard }
    }

    /// The mails so far.
    pub fn mails(&self) -> Vec<String> {
        self.heard.lock().expect("readers do not panic").clone()
    }
}

fn serve_web(stream: TcpStream, json: &str, after: Duration, heard: &Heard) {
    let Ok(mut writing) = stream.try_clone() else { return };
    let mut reading = BufReader::new(stream);
    loop {
        let mut text = String::new();
        while !text.ends_with("\r\n\r\n") {
            if reading.read_line(&mut text).unwrap_or(0) == 0 {
                return;
            }
        }
        let lower = text.to_ascii_lowercase();
        let length = lower.split("content-length:").nth(1).and_then(|rest| rest.lines().next());
        let mut body = vec![0; length.and_then(|digits| digits.trim().parse().ok()).unwrap_or(0)];
        if reading.read_exact(&mut body).is_err() {
            return;
        }
        text.push_str(&String::from_utf8_lossy(&body));
        heard.lock().expect("readers do not panic").push(text);
        std::thread::sleep(after);
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{json}", json.len());
        if writing.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn serve_mail(stream: TcpStream) -> Option<String> {
    let mut writing = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream);
    let mut mail = String::new();
    writing.write_all(b"220 sink\r\n").ok()?;
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return (!mail.is_empty()).then_some(mail);
        }
        if in_data && line != ".\r\n" {
            mail.push_str(&line);
            continue;
        }
        let answer = match line.get(..4).unwrap_or_default() {
            "DATA" => "354 go on\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        in_data = line.starts_with("DATA");
        writing.write_all(answer.as_bytes()).ok()?;
    }
}
