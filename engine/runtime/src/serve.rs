//! Starting and stopping a node.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::VersionId;
use script::config::{Config, Transport};
use script::{Diagnostics, Project};
use sip::Endpoint;
use store::{JournalWriter, Store, StoreError, WriterOptions};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::custodian::Custodian;
use crate::directories::Tables;
use crate::exchange::{Exchange, Parts, Sockets, endpoint_config};
use crate::files::ShippedFiles;
use crate::inbox::{Inbox, Post, post_box};
use crate::keeper::Keeper;
use crate::media::AudioHandle;
use crate::net::{self, UdpListener};
use crate::outbox::OutboxJob;
use crate::ports::Ports;
use crate::recordings::Keys;
use crate::remembered;
use crate::shelf::Sounds;
use crate::tape::Tapes;
use crate::watch::{Publisher, Verify};

/// What a node serves and with what.
pub struct ServeOptions {
    /// The project's folder.
    pub root: PathBuf,
    /// What comes with the binary.
    pub shipped: ShippedFiles,
    /// Runs the project's own tests before a version goes live.
    pub verify: Verify,
    /// Hears what happens.
    pub notify: Arc<dyn Fn(Notice) + Send + Sync>,
}

/// What the operator should see.
pub enum Notice {
    /// Calls are answered from now on.
    Serving {
        /// The first version.
        project: Box<Summary>,
        /// Where SIP is heard.
        listening: Vec<String>,
    },
    /// The first version fails its own tests and is served all the same.
    Doubtful(Diagnostics),
    /// A save went live.
    Published(VersionId),
    /// A save was refused; the old version goes on serving.
    Refused(Diagnostics),
    /// Live calls may finish; new ones are refused.
    Draining,
    /// Everything is over and durable.
    Stopped,
}

/// What is served, in a few words.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The project's name.
    pub name: String,
    /// Its version.
    pub version: VersionId,
    /// Numbers that are answered, as configuration writes them, with their flows.
    pub numbers: Vec<(String, String)>,
    /// The number that somebody calls who wants to hear it.
    pub to_try: String,
    /// Warnings of the check.
    pub warnings: Diagnostics,
    /// Calls of dead runs that were closed at the start.
    pub repaired: usize,
}

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The project has errors.
    #[error("the project has errors")]
    Project(Diagnostics),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signalling thread is gone.
    #[error("the signalling thread ended by a fault of ours; the log has it, the next start repairs the records")]
    Crashed,
    /// A socket, a thread or a file.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        error: io::Error,
    },
}

fn failed(what: impl Into<String>) -> impl FnOnce(io::Error) -> ServeError {
    let what = what.into();
    move |error| ServeError::Io { what, error }
}

/// Serves calls until SIGTERM or SIGINT, then drains; a second signal ends live calls at once.
///
/// # Errors
/// When the project, the store or a socket does not allow a start.
pub fn serve(options: &ServeOptions) -> Result<(), ServeError> {
    raise_file_limit();
    let clock = Clock::start();
    let tokio = background().map_err(failed("cannot start the background threads"))?;
    let (post, inbox) = post_box();
    let publisher = publisher(options, &post);
    let project = publisher.make_first().map_err(ServeError::Project)?;
    let kept = Kept::open(&tokio, &project, &options.root, clock)?;
    let listening = Listening::open(&project.config, &tokio, &post)?;
    let outbox = kept.start_outbox(&tokio, clock, &options.root, &post);
    let keeper = kept.start_keeper(&tokio, clock, &post, outbox.clone());
    let summary = summary(&project, kept.repaired);
    let parts = Parts {
        clock,
        post: post.clone(),
        inbox,
        endpoint: endpoint(&project, &listening, &kept, clock),
        board: (rand::random(), kept.first_call.0),
        audio: audio_threads(clock, &post)?,
        ports: Ports::new(listening.bind_ip, &project.config.rtp.ports),
        media_ip: listening.public_ip,
        udp: listening.udp.iter().map(|udp| (udp.address, udp.socket.clone())).collect(),
        sockets: listening.sockets.clone(),
        sounds: sounds(options, &project),
        keeper: keeper.clone(),
        outbox: outbox.clone(),
        tapes: Tapes::start(clock, post.clone()).map_err(failed("cannot start the recorder"))?,
        tokio: tokio.handle().clone(),
    };
    let (alive, gone) = oneshot::channel::<()>();
    let exchange = std::thread::Builder::new()
        .name("signalling".into())
        .spawn(move || {
            let _alive = alive; // Dropped however the thread ends.
            Exchange::new(parts).run();
        })
        .map_err(failed("cannot start the signalling thread"))?;
    let remembered = tokio.block_on(remembered::remembered(&kept.store, &kept.waiting, clock.wall()))?;
    let retention = crate::custodian::retention(&project.config.retention);
    let numbering = project.config.numbering.clone();
    let watched = project_watch(publisher, project)?;
    // After the version that names the agents, before the first call.
    post.send(Inbox::Restore(remembered));
    listening.start(&post).map_err(failed("cannot read a SIP socket"))?;
    let custodian = Custodian {
        store: kept.store.clone(),
        root: options.root.clone(),
        clock,
        numbering,
        post: post.clone(),
        keeper: keeper.clone(),
        outbox: outbox.clone(),
    };
    look_after(&tokio, &custodian, retention)?;
    (options.notify)(Notice::Serving { project: Box::new(summary), listening: listening.names });

    tokio.block_on(signal_or_crash(gone))?;
    (options.notify)(Notice::Draining);
    post.send(Inbox::Drain);
    tokio.spawn(end_on_second_signal(post.clone()));
    if exchange.join().is_err() {
        tracing::error!("the signalling thread panicked");
    }
    drop(watched);
    let _ = std::fs::remove_file(crate::control::control_socket(&options.root)); // Gone is what it should be.
    tokio.block_on(stop(&outbox));
    tokio.block_on(flush(&keeper));
    tokio.block_on(kept.store.close(clock.wall()))?;
    (options.notify)(Notice::Stopped);
    Ok(())
}

/// Where everything runs that no caller waits for.
fn background() -> std::io::Result<Runtime> {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.worker_threads(2).thread_name("background").enable_all().build()
}

/// What the store knew at the start.
struct Kept {
    store: Store,
    first_call: model::CallId,
    phones: Vec<(model::AgentId, store::StoredContact)>,
    waiting: Vec<store::LostCaller>,
    repaired: usize,
}

impl Kept {
    fn open(tokio: &Runtime, project: &Project, root: &Path, clock: Clock) -> Result<Self, ServeError> {
        tokio.block_on(async {
            let (store, report) = Store::open(project.config.store.expose(), root, clock.wall()).await?;
            let recordings = crate::tape::repair(&store, (root, &project.config), &report, clock).await?;
            let first_call = store.next_call_id().await?;
            let phones = store.load_contacts(clock.wall()).await?;
            let repaired = report.repaired_calls.len() + recordings;
            Ok(Self { store, first_call, phones, waiting: report.waiting, repaired })
        })
    }

    fn start_outbox(&self, tokio: &Runtime, clock: Clock, root: &Path, post: &Post) -> UnboundedSender<OutboxJob> {
        let _inside = tokio.enter();
        crate::outbox::start(self.store.clone(), clock, root.to_owned(), post.clone())
    }

    fn start_keeper(&self, tokio: &Runtime, clock: Clock, post: &Post, outbox: UnboundedSender<OutboxJob>) -> Keeper {
        let _inside = tokio.enter();
        let writer = JournalWriter::start(self.store.clone(), WriterOptions::default());
        let mut phones: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (agent, contact) in &self.phones {
            phones.entry(agent.clone()).or_default().push(contact.clone());
        }
        Keeper::start(self.store.clone(), writer, clock, post.clone(), phones, outbox)
    }
}

/// What the terminal asks is answered, and what is old goes.
fn look_after(tokio: &Runtime, custodian: &Custodian, retention: store::Retention) -> Result<(), ServeError> {
    let _inside = tokio.enter();
    custodian.clone().start(retention);
    let listening = crate::control::listen(&custodian.root, custodian.post.clone(), custodian.clone());
    listening.map_err(failed("cannot open the control socket"))
}

fn publisher(options: &ServeOptions, post: &Post) -> Publisher {
    Publisher {
        root: options.root.clone(),
        shipped: options.shipped.for_projects(),
        verify: options.verify.clone(),
        post: post.clone(),
        tables: Tables::default(),
        notify: options.notify.clone(),
    }
}

fn endpoint(project: &Project, listening: &Listening, kept: &Kept, clock: Clock) -> Endpoint {
    let mut endpoint = Endpoint::new(endpoint_config(project, &listening.sockets), rand::random());
    let rows = kept.phones.iter().map(|(_, contact)| remembered::restored(clock.wall(), contact)).collect();
    endpoint.restore_bindings(clock.now(), rows);
    endpoint
}

fn sounds(options: &ServeOptions, project: &Project) -> Sounds {
    Sounds {
        root: options.root.clone(),
        shipped: options.shipped.clone(),
        country: project.config.tones.clone(),
        keys: Keys::new(&project.config.recording.keys),
        voice: None,
    }
}

fn project_watch(publisher: Publisher, project: Arc<Project>) -> Result<crate::watch::Watcher, ServeError> {
    let version = project.version.clone();
    publisher.publish(project);
    publisher.watch(version).map_err(|error| ServeError::Io {
        what: "cannot watch the project's folder".into(),
        error: io::Error::other(error),
    })
}

fn summary(project: &Project, repaired: usize) -> Summary {
    let numbers = &project.config.numbers;
    let exact = numbers.exact.iter().map(|(number, flow)| (number.clone(), flow.clone()));
    let prefixes = numbers.prefixes.iter().map(|(prefix, flow)| (format!("{prefix}*"), flow.clone()));
    let default = numbers.default.iter().map(|flow| ("default".to_owned(), flow.clone()));
    Summary {
        name: project.config.name.clone(),
        version: project.version.clone(),
        numbers: exact.chain(prefixes).chain(default).collect(),
        to_try: numbers.to_try().to_owned(),
        warnings: project.diagnostics.clone(),
        repaired,
    }
}

fn audio_threads(clock: Clock, post: &Post) -> Result<Vec<AudioHandle>, ServeError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let start = |number: usize| {
        let post = post.clone();
        AudioHandle::start(&format!("audio-{number}"), clock, move |event| post.send(Inbox::Audio(event)))
    };
    (0..cores).map(start).collect::<io::Result<_>>().map_err(failed("cannot start an audio thread"))
}

/// The bound sockets.
struct Listening {
    udp: Vec<UdpListener>,
    sockets: Sockets,
    names: Vec<String>,
    bind_ip: IpAddr,
    public_ip: IpAddr,
}

impl Listening {
    fn open(config: &Config, tokio: &Runtime, post: &Post) -> Result<Self, ServeError> {
        let mut listening = Self {
            udp: Vec::new(),
            sockets: Sockets { listeners: Vec::new() },
            names: Vec::new(),
            bind_ip: config.sip.listen.first().map_or(IpAddr::from([0, 0, 0, 0]), |listen| listen.address.ip()),
            public_ip: IpAddr::from([127, 0, 0, 1]),
        };
        listening.public_ip = public_ip(config, listening.bind_ip);
        for listen in &config.sip.listen {
            let word = if listen.transport == Transport::Udp { "udp" } else { "tcp" };
            let name = format!("{word}:{}", listen.address);
            let failed = failed(format!("cannot listen on {name}"));
            let bound = match listen.transport {
                Transport::Udp => {
                    let udp = net::bind(listen.address).map_err(failed)?;
                    let bound = udp.address;
                    listening.udp.push(udp);
                    bound
                }
                Transport::Tcp => tokio.block_on(net::listen(listen.address, post.clone())).map_err(failed)?,
            };
            listening.sockets.add(listen.transport, bound, public_ip(config, bound.ip()));
            listening.names.push(format!("{word}:{bound}"));
        }
        Ok(listening)
    }

    fn start(&self, post: &Post) -> io::Result<()> {
        self.udp.iter().try_for_each(|udp| udp.start(post.clone()))
    }
}

fn public_ip(config: &Config, bound: IpAddr) -> IpAddr {
    match config.sip.public_address {
        Some(public) => public,
        None if bound.is_unspecified() => net::outward_address(bound),
        None => bound,
    }
}

/// Returns on a signal; a signalling thread that is gone is an error, so that a supervisor starts us again.
async fn signal_or_crash(gone: oneshot::Receiver<()>) -> Result<(), ServeError> {
    tokio::select! {
        signal = wait_for_signal() => signal.map_err(failed("cannot listen for signals")),
        _ = gone => Err(ServeError::Crashed),
    }
}

async fn wait_for_signal() -> io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn end_on_second_signal(post: Post) {
    if wait_for_signal().await.is_ok() {
        post.send(Inbox::EndAll);
    }
}

/// How long the last facts may take to reach the disk.
const FLUSH_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

async fn flush(keeper: &Keeper) {
    // A full disk must not keep us from ending; the spool has what it could take.
    if tokio::time::timeout(FLUSH_WITHIN, keeper.flush()).await.is_err() {
        tracing::error!("the journal could not be written to its end");
    }
}

/// What is on its way to other systems may arrive.
async fn stop(outbox: &UnboundedSender<OutboxJob>) {
    let (stopped, waiting) = oneshot::channel();
    if outbox.send(OutboxJob::Stop(stopped)).is_ok() {
        let _ = waiting.await; // It answers within its own grace, or is gone.
    }
}

/// Two sockets per leg: the usual 1024 descriptors would end at 500 legs.
fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::from(u16::MAX) * 2) {
        Ok(limit) => tracing::debug!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}
