//! SIPp as a caller and as a phone that is called: the scenarios in `tests/sipp`.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use crate::{clock, tools};

/// Runs `calls` calls of a scenario against `server`; panics with SIPp's screen unless all went through.
pub fn scenario(server: SocketAddr, name: &str, number: &str, calls: u32, extra: &[&str]) {
    tools::require("sipp", "sip-tester");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp").join(format!("{name}.xml"));
    let mut command = Command::new("sipp");
    command.arg(server.to_string()).arg("-sf").arg(&file).args(["-i", "127.0.0.1", "-s", number]);
    command.args(["-m", &calls.to_string(), "-r", "10", "-l", "20", "-timeout", "40s", "-timeout_error", "-nostdin"]);
    command.args(["-recv_timeout", "10000", "-trace_err", "-error_file", "errors.log"]).args(extra);
    let done = tools::run(command.current_dir(dir.path()).env("TERM", "dumb"), Duration::from_secs(60));
    let errors = std::fs::read_to_string(dir.path().join("errors.log")).unwrap_or_default();
    let lines: Vec<&str> = done.text.lines().collect();
    let screen = lines[lines.len().saturating_sub(60)..].join("\n");
    assert_eq!(done.code, Some(0), "{name}:\n{screen}\n{errors}");
}

/// SIPp as a phone: waits for calls and treats each by its scenario.
pub struct Agent {
    child: Child,
    printed: tools::Printed,
    port: u16,
}

impl Agent {
    /// Takes `calls` calls, one or more at once.
    pub fn start(name: &str, calls: usize) -> Self {
        tools::require("sipp", "sip-tester");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp").join(format!("{name}.xml"));
        let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).expect("a free port").port();
        let mut command = Command::new("sipp");
        command.arg("-sf").arg(&file).args(["-i", "127.0.0.1", "-p", &port.to_string(), "-m", &calls.to_string()]);
        command.args(["-timeout", "60s", "-timeout_error", "-nostdin"]).env("TERM", "dumb");
        let (child, printed) = tools::start(&mut command);
        let agent = Self { child, printed, port };
        let open =
            clock::wait_for(Duration::from_secs(10), || UdpSocket::bind(("127.0.0.1", port)).is_err().then_some(()));
        assert!(open.is_some(), "SIPp does not listen:\n{}", agent.screen());
        agent
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Where it is reached.
    pub fn uri(&self) -> String {
        format!("sip:agent@127.0.0.1:{}", self.port)
    }

    /// All its calls went as the scenario says.
    pub fn is_done(mut self) {
        let status = tools::ended(&mut self.child, Duration::from_secs(20));
        assert_eq!(status.and_then(|status| status.code()), Some(0), "{}", self.screen());
    }

    fn screen(&self) -> String {
        self.printed.lock().expect("readers do not panic").clone()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answering, Phone, Transport};

    fn phone(transport: Transport, answering: Answering) -> Phone {
        let nobody = ([127, 0, 0, 1], 9).into();
        let phone = Phone::new("104", None, nobody, transport, [127, 0, 0, 1].into(), None);
        phone.when_called(answering);
        phone
    }

    fn soon() -> Answering {
        Answering::after(Duration::from_millis(50))
    }

    #[test]
    fn our_telephone_passes_the_scenarios_that_the_server_must_pass() {
        for name in ["basic", "late_offer", "reinvite", "update", "late_ack"] {
            scenario(phone(Transport::Udp, soon()).address(), name, "104", 5, &[]);
        }
        scenario(phone(Transport::Udp, Answering::ring_forever()).address(), "cancel", "104", 5, &[]);
        scenario(phone(Transport::Tcp, soon()).address(), "basic", "104", 5, &["-t", "t1"]);
    }

    #[test]
    #[should_panic(expected = "basic:")]
    fn a_telephone_that_refuses_fails_the_scenario() {
        scenario(phone(Transport::Udp, Answering::refuse(486)).address(), "basic", "104", 1, &[]);
    }

    #[test]
    fn our_telephone_calls_sipp() {
        tools::require("sipp", "sip-tester");
        let port = std::net::UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).unwrap().port();
        let mut command = Command::new("sipp");
        command.args(["-sn", "uas", "-i", "127.0.0.1", "-p", &port.to_string(), "-timeout", "20s", "-nostdin"]);
        let (mut child, _) = tools::start(command.env("TERM", "dumb"));
        let caller = Phone::udp("caller", ([127, 0, 0, 1], port).into());
        let call = caller.dials("service");
        call.is_answered().hangs_up();
        let _ = child.kill();
        let _ = child.wait();
    }
}
