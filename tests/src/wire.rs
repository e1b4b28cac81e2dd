//! Sockets of a telephone: datagrams, or streams with framing by Content-Length.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How SIP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

impl Transport {
    /// The word in Via.
    pub fn word(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }
}

type OnBytes = Arc<dyn Fn(&[u8], SocketAddr) + Send + Sync>;

const TICK: Duration = Duration::from_millis(20);

/// An open socket with its reader.
pub(crate) struct Wire {
    pub(crate) transport: Transport,
    pub(crate) local: SocketAddr,
    udp: Option<UdpSocket>,
    streams: Mutex<BTreeMap<SocketAddr, TcpStream>>,
    on_bytes: OnBytes,
    stop: Arc<AtomicBool>,
}

impl Wire {
    /// Binds to a free port of `ip` and reads until dropped.
    pub(crate) fn open(transport: Transport, ip: IpAddr, on_bytes: OnBytes) -> Arc<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let streams = Mutex::default();
        match transport {
            Transport::Udp => {
                let socket = UdpSocket::bind((ip, 0)).expect("a free UDP port");
                socket.set_read_timeout(Some(TICK)).expect("a read timeout");
                let reader = socket.try_clone().expect("a second handle");
                let local = socket.local_addr().expect("a bound socket");
                let wire = Arc::new(Self { transport, local, udp: Some(socket), streams, on_bytes, stop });
                wire.spawn_udp(reader);
                wire
            }
            Transport::Tcp => {
                let listener = TcpListener::bind((ip, 0)).expect("a free TCP port");
                listener.set_nonblocking(true).expect("a non-blocking listener");
                let local = listener.local_addr().expect("a bound socket");
                let wire = Arc::new(Self { transport, local, udp: None, streams, on_bytes, stop });
                wire.spawn_listener(listener);
                wire
            }
        }
    }

    /// Sends to a peer; a stream is opened when there is none. Errors are the network's business.
    pub(crate) fn send(&self, bytes: &[u8], to: SocketAddr) {
        if let Some(udp) = &self.udp {
            let _ = udp.send_to(bytes, to);
            return;
        }
        let mut streams = self.streams.lock().expect("no panic while sending");
        if let std::collections::btree_map::Entry::Vacant(place) = streams.entry(to) {
            let Ok(stream) = TcpStream::connect_timeout(&to, Duration::from_secs(2)) else {
                return;
            };
            self.read_stream(&stream, to);
            place.insert(stream);
        }
        if let Some(mut stream) = streams.get(&to)
            && stream.write_all(bytes).is_err()
        {
            streams.remove(&to);
        }
    }

    /// Stops the readers.
    pub(crate) fn close(&self) {
        self.stop.store(true, Ordering::Relaxed);
        for stream in self.streams.lock().expect("no panic while sending").values() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn spawn_udp(&self, socket: UdpSocket) {
        let (stop, on_bytes) = (self.stop.clone(), self.on_bytes.clone());
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while !stop.load(Ordering::Relaxed) {
                if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                    on_bytes(&buffer[..length], from);
                }
            }
        });
    }

    fn spawn_listener(self: &Arc<Self>, listener: TcpListener) {
        let (stop, wire) = (self.stop.clone(), Arc::downgrade(self));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let Ok((stream, from)) = listener.accept() else {
                    std::thread::sleep(TICK);
                    continue;
                };
                let Some(wire) = wire.upgrade() else { return };
                wire.read_stream(&stream, from);
                wire.streams.lock().expect("no panic while sending").insert(from, stream);
            }
        });
    }

    fn read_stream(&self, stream: &TcpStream, from: SocketAddr) {
        let (stop, on_bytes) = (self.stop.clone(), self.on_bytes.clone());
        let mut stream = stream.try_clone().expect("a second handle");
        stream.set_nonblocking(false).expect("a blocking stream");
        stream.set_read_timeout(Some(TICK)).expect("a read timeout");
        let _ = stream.set_nodelay(true);
        std::thread::spawn(move || {
            let (mut pending, mut buffer) = (Vec::new(), vec![0; 65_536]);
            while !stop.load(Ordering::Relaxed) {
                match stream.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(length) => pending.extend_from_slice(&buffer[..length]),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
                while let Some(length) = framed(&mut pending) {
                    let message: Vec<u8> = pending.drain(..length).collect();
                    on_bytes(&message, from);
                }
            }
        });
    }
}

/// Length of the first whole message of a stream, RFC 3261 §18.3; leading empty lines are dropped.
fn framed(pending: &mut Vec<u8>) -> Option<usize> {
    while pending.starts_with(b"\r\n") {
        pending.drain(..2);
    }
    let head = pending.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&pending[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        matches!(name.trim(), "content-length" | "l").then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    let whole = head + length.unwrap_or(0);
    (pending.len() >= whole).then_some(whole)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stream_is_cut_at_content_length() {
        let mut bytes = b"\r\n\r\nBYE sip:a SIP/2.0\r\nl: 2\r\n\r\nabINV".to_vec();
        let length = super::framed(&mut bytes).unwrap();
        assert!(bytes[..length].ends_with(b"\r\n\r\nab"));
        assert_eq!(super::framed(&mut bytes[..length - 1].to_vec()), None);
    }
}
