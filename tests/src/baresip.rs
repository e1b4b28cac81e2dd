//! baresip, a telephone that we did not write, run without a sound card.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use crate::{clock, tools, wav};

const MODULES: &str = "/usr/lib/baresip/modules";

/// A running baresip that speaks `voice` and keeps what it hears in its folder.
pub struct Baresip {
    child: Child,
    printed: tools::Printed,
    dir: tempfile::TempDir,
    port: u16,
}

impl Baresip {
    /// Starts it with one account; `commands` run at once, `/dial sip:…`.
    pub fn start(account: &str, spoken: &[i16], commands: &[String]) -> Self {
        tools::require("baresip", "baresip-core");
        let dir = tempfile::tempdir().expect("a temporary folder");
        let port = UdpSocket::bind(("127.0.0.1", 0)).and_then(|s| s.local_addr()).expect("a free port").port();
        let path = |name: &str| dir.path().join(name).display().to_string();
        wav::save(path("voice.wav"), spoken);
        let config = format!(
            "sip_listen 127.0.0.1:{port}\naudio_source aufile,{}\naudio_player aufile,{}\naudio_srate 8000-8000\n\
             module_path {MODULES}\nmodule g711.so\nmodule aufile.so\nmodule sndfile.so\nmodule_app account.so\n\
             module_app menu.so\nsnd_path {}\nrtp_timeout 60\n",
            path("voice.wav"),
            path("player.wav"),
            dir.path().display()
        );
        std::fs::write(path("config"), config).expect("its folder can be written");
        std::fs::write(path("accounts"), format!("{account}\n")).expect("its folder can be written");
        std::fs::write(path("contacts"), "").expect("its folder can be written");
        let mut command = Command::new("baresip");
        command.arg("-4").arg("-f").arg(dir.path()).args(["-t", "120"]);
        for text in commands {
            command.arg("-e").arg(text);
        }
        let (child, printed) = tools::start(&mut command);
        Self { child, printed, dir, port }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Where it is reached without a registrar.
    pub fn uri(&self, user: &str) -> String {
        format!("sip:{user}@127.0.0.1:{}", self.port)
    }

    /// What it printed.
    pub fn log(&self) -> String {
        self.printed.lock().expect("readers do not panic").clone()
    }

    /// Waits until it prints this.
    pub fn says(&self, text: &str) {
        self.says_within(text, Duration::from_secs(15));
    }

    /// Waits so long until it prints this.
    pub fn says_within(&self, text: &str, patience: Duration) {
        let found = clock::wait_for(patience, || self.log().contains(text).then_some(()));
        assert!(found.is_some(), "baresip did not say `{text}`:\n{}", self.log());
    }

    /// Waits until it kept a second more of what it heard: whatever was said before is in it, and its jitter is over.
    pub fn keeps_a_second_more(&self) {
        let kept = self.dump().and_then(|file| file.metadata().ok()).map_or(0, |data| data.len() as usize / 2);
        self.keeps(kept + wav::RATE_HZ as usize);
    }

    /// Waits until its dump of what it heard has so many samples of 16 bits.
    pub fn keeps(&self, samples: usize) {
        let long_enough = |file: PathBuf| file.metadata().is_ok_and(|data| data.len() >= 2 * samples as u64);
        let found = clock::wait_for(Duration::from_secs(15), || self.dump().is_some_and(long_enough).then_some(()));
        assert!(found.is_some(), "baresip heard less than {samples} samples:\n{}", self.log());
    }

    /// The decoded side of its sndfile dump.
    fn dump(&self) -> Option<PathBuf> {
        let files = std::fs::read_dir(self.dir.path()).expect("its folder").map_while(Result::ok).map(|e| e.path());
        files.into_iter().find(|file| file.to_string_lossy().ends_with("-dec.wav"))
    }

    /// What it heard: the decoded side of its sndfile dump. Ends baresip, which closes the files.
    pub fn heard(mut self) -> Vec<i16> {
        tools::terminate(&self.child);
        tools::ended(&mut self.child, Duration::from_secs(5));
        let file = self.dump().unwrap_or_else(|| panic!("baresip kept nothing:\n{}", self.log()));
        wav::load(file)
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answering, Phone, likeness};

    #[test]
    fn it_calls_our_telephone_and_both_hear_each_other() {
        let phone = Phone::udp("desk", ([127, 0, 0, 1], 9).into());
        phone.when_called(Answering::at_once());
        let (spoken, said) = (wav::melody(5, Duration::from_secs(20)), wav::melody(6, Duration::from_secs(2)));
        let account = "<sip:guest@127.0.0.1>;regint=0";
        let other = Baresip::start(account, &spoken, &[format!("/dial {}", phone.uri())]);
        let call = phone.rings();
        call.is_answered();
        other.says("Call established");
        call.says(&said);
        call.hears("baresip's voice", &spoken[8_000..8_000 * 2]);
        other.keeps_a_second_more();
        let log = other.log();
        let found = likeness(&other.heard(), &said);
        assert!(found.score > 0.75, "{found:?}\n{log}");
    }
}
