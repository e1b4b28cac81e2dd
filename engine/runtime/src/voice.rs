//! Text to speech by an external command: an argument list, never a shell; a time limit; a cache by content.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use script::config::SpeechCommand;

/// Longest text that is spoken.
const TEXT_BYTES_MAX: usize = 4096;
/// Largest file that is believed.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A text-to-speech command and its cache.
pub(crate) struct Voice {
    command: SpeechCommand,
    cache: PathBuf,
}

impl Voice {
    pub(crate) fn new(command: SpeechCommand, root: &Path) -> Self {
        Self { command, cache: root.join("cache").join("speech") }
    }

    /// The file that says `text`; made now unless it was made before.
    pub(crate) fn speak(&self, text: &str, language: &str) -> Result<PathBuf, String> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(format!("a text of {} bytes is too long to speak; {TEXT_BYTES_MAX} is the most", text.len()));
        }
        let mut hash = blake3::Hasher::new();
        for part in self.command.command.iter().map(String::as_str).chain([language, text]) {
            hash.update(part.as_bytes()).update(&[0]);
        }
        let file = self.cache.join(format!("{}.wav", hash.finalize().to_hex()));
        if !file.exists() {
            self.make(text, language, &file).map_err(|error| format!("text to speech: {error}"))?;
        }
        Ok(file)
    }

    fn make(&self, text: &str, language: &str, file: &Path) -> io::Result<()> {
        crate::files::create_private_folder(&self.cache)?;
        let unique = rand::random::<u64>();
        let text_file = file.with_extension(format!("{unique:x}.txt"));
        let out = file.with_extension(format!("{unique:x}.wav"));
        fs::write(&text_file, text)?;
        let made = self.run(&text_file, &out, language);
        let _ = fs::remove_file(&text_file); // A leftover text is harmless.
        made?;
        if fs::metadata(&out)?.len() > FILE_BYTES_MAX {
            fs::remove_file(&out)?;
            return Err(io::Error::other("the command wrote more than 32 MiB"));
        }
        fs::rename(out, file)
    }

    fn run(&self, text_file: &Path, out: &Path, language: &str) -> io::Result<()> {
        let fill = |argument: &String| {
            argument
                .replace("{text_file}", &text_file.to_string_lossy())
                .replace("{out}", &out.to_string_lossy())
                .replace("{language}", language)
        };
        let arguments: Vec<String> = self.command.command.iter().map(fill).collect();
        let (program, arguments) =
            arguments.split_first().ok_or_else(|| io::Error::other("`speech.command` is empty"))?;
        let quiet = Stdio::null;
        let mut child = Command::new(program).args(arguments).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn()?;
        wait(&mut child, self.command.timeout)
    }
}

fn wait(child: &mut Child, timeout: Duration) -> io::Result<()> {
    const STEP: Duration = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(format!("the command ended with {status}"))),
            None if waited >= timeout => {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::other("the command took too long and was stopped"));
            }
            None => std::thread::sleep(STEP),
        }
        waited += STEP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(command: &[&str]) -> Voice {
        let root = std::env::temp_dir().join(format!("callwright-voice-{}", std::process::id()));
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        Voice::new(SpeechCommand { command, timeout: Duration::from_millis(200) }, &root)
    }

    #[test]
    fn a_text_is_made_once_and_no_shell_sees_it() {
        let voice = voice(&["cp", "{text_file}", "{out}"]);
        let file = voice.speak("$(touch /tmp/owned); hello", "en").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "$(touch /tmp/owned); hello");
        let before = fs::metadata(&file).unwrap().modified().unwrap();
        assert_eq!(voice.speak("$(touch /tmp/owned); hello", "en").unwrap(), file);
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn a_command_that_hangs_or_fails_is_an_error() {
        assert!(voice(&["sleep", "5"]).speak("x", "en").unwrap_err().contains("too long"));
        assert!(voice(&["false"]).speak("x", "en").unwrap_err().contains("ended with"));
        assert!(voice(&["no-such-program"]).speak("x", "en").is_err());
    }
}
