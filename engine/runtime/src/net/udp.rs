//! SIP over UDP: one thread reads, the signalling thread writes.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::inbox::{Inbox, Post};

/// Bursts of a few thousand messages wait in the kernel rather than being lost.
const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// The longest datagram there is.
const DATAGRAM_MAX: usize = 65_535;
/// How often a reader looks whether it shall stop.
const LOOK_UP: Duration = Duration::from_millis(200);

/// A bound socket and its reader.
pub(crate) struct UdpListener {
    pub(crate) socket: Arc<UdpSocket>,
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
}

pub(crate) fn bind(address: SocketAddr) -> io::Result<UdpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // The kernel gives what it may; less is not an error.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
    socket.bind(&address.into())?;
    let socket: UdpSocket = socket.into();
    socket.set_read_timeout(Some(LOOK_UP))?;
    let address = socket.local_addr()?;
    Ok(UdpListener { socket: Arc::new(socket), address, stop: Arc::new(AtomicBool::new(false)) })
}

impl UdpListener {
    pub(crate) fn start(&self, post: Post) -> io::Result<()> {
        let (socket, local, stop) = (self.socket.clone(), self.address, self.stop.clone());
        std::thread::Builder::new().name(format!("sip-udp-{}", local.port())).spawn(move || {
            let mut buffer = vec![0; DATAGRAM_MAX];
            while !stop.load(Ordering::Relaxed) {
                match socket.recv_from(&mut buffer) {
                    Ok((length, from)) => post.offer(Inbox::Datagram { local, from, bytes: buffer[..length].to_vec() }),
                    Err(error) if is_passing(&error) => {}
                    Err(error) => {
                        tracing::error!(%error, %local, "the SIP socket cannot be read");
                        std::thread::sleep(LOOK_UP);
                    }
                }
            }
        })?;
        Ok(())
    }
}

fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | ConnectionRefused | ConnectionReset | Interrupted)
}

impl Drop for UdpListener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
