//! SIP over TCP. Every stream has its own reader and a bounded writer: no peer may stop another.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sip::{ConnectionId, Destination};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::inbox::{Inbox, Post};

/// Messages that may wait for a slow peer; then its stream is closed.
const WAITING_MESSAGES: usize = 256;
/// Streams from one address (reliability T7b).
const STREAMS_PER_ADDRESS_MAX: usize = 100;
/// A peer that takes nothing for so long is closed.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// A stream without a byte for so long is closed; phones ping more often (RFC 5626 §4.4.1).
const IDLE_MAX: Duration = Duration::from_secs(600);
/// A stream that never said anything is closed after this.
const FIRST_BYTE_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may take to open.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The way into a stream. Dropping it closes the stream.
#[derive(Clone)]
pub(crate) struct StreamWriter(Sender<Vec<u8>>);

impl StreamWriter {
    /// Queues bytes; false when the peer is too slow and the stream should be closed.
    pub(crate) fn write(&self, bytes: Vec<u8>) -> bool {
        self.0.try_send(bytes).is_ok()
    }
}

/// Accepts streams on `address` until the tokio runtime ends. Gives the bound address.
pub(crate) async fn listen(address: SocketAddr, post: Post) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    tokio::spawn(accept(listener, post));
    Ok(bound)
}

async fn accept(listener: TcpListener, post: Post) {
    let streams: Arc<Mutex<BTreeMap<IpAddr, usize>>> = Arc::default();
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a SIP stream could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let ip = peer.ip().to_canonical();
        {
            let mut streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
            let live = streams.entry(ip).or_default();
            if *live >= STREAMS_PER_ADDRESS_MAX {
                tracing::warn!(%ip, "too many SIP streams from one address");
                continue;
            }
            *live += 1;
        }
        let (post, streams) = (post.clone(), streams.clone());
        tokio::spawn(async move {
            serve(stream, peer, post).await;
            let mut streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(live) = streams.get_mut(&ip) {
                *live -= 1;
                if *live == 0 {
                    streams.remove(&ip);
                }
            }
        });
    }
}

/// Opens a stream to `to`; failure is reported as unreachable.
pub(crate) async fn connect(to: SocketAddr, post: Post) {
    match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(to)).await {
        Ok(Ok(stream)) => serve(stream, to, post).await,
        Ok(Err(error)) => {
            tracing::info!(%to, %error, "a SIP stream could not be opened");
            post.send(Inbox::Unreachable(Destination::Connect { to }));
        }
        Err(_) => post.send(Inbox::Unreachable(Destination::Connect { to })),
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, post: Post) {
    let connection = ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed));
    let _ = stream.set_nodelay(true); // Only slower without it.
    let (mut reader, writer) = stream.into_split();
    let (sender, outbox) = channel(WAITING_MESSAGES);
    post.send(Inbox::StreamOpened { connection, peer, writer: StreamWriter(sender) });
    let writing = tokio::spawn(write(writer, outbox));
    let mut buffer = vec![0; 16 * 1024];
    let mut patience = FIRST_BYTE_WITHIN;
    loop {
        let read = tokio::select! {
            read = tokio::time::timeout(patience, reader.read(&mut buffer)) => read,
            () = async { while !writing.is_finished() { tokio::time::sleep(Duration::from_millis(100)).await; } } => break,
        };
        match read {
            Ok(Ok(length)) if length > 0 => {
                patience = IDLE_MAX;
                post.send(Inbox::StreamBytes { connection, bytes: buffer[..length].to_vec() });
            }
            _ => break,
        }
    }
    writing.abort();
    post.send(Inbox::StreamClosed { connection });
}

async fn write(mut writer: tokio::net::tcp::OwnedWriteHalf, mut outbox: Receiver<Vec<u8>>) {
    while let Some(bytes) = outbox.recv().await {
        match tokio::time::timeout(WRITE_WITHIN, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}
