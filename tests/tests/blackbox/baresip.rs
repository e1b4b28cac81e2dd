//! baresip, a telephone that we did not write: as a caller and as an agent's phone.

use callwright_tests::baresip::Baresip;
use callwright_tests::{Project, Server, likeness, wav};

use crate::vocabulary::{hears, seconds};

/// baresip plays on its own clock: a machine that stalls for a quarter of a second leaves a hole in what it heard, so
/// that it may call again.
const CALLS: usize = 3;

#[test]
fn baresip_calls_and_hears_the_prompts() {
    let server = Server::of("office");
    let holes: Vec<_> = (0..CALLS).map_while(|_| a_call_with_a_hole(&server)).collect();
    assert!(holes.len() < CALLS, "no call was heard whole: {holes:#?}");
}

/// Calls the office and listens to both prompts; what was missing, if anything was.
fn a_call_with_a_hole(server: &Server) -> Option<String> {
    // baresip hangs up when its voice ends.
    let spoken = wav::melody(71, seconds(20));
    let account = "<sip:guest@127.0.0.1>;regint=0;audio_codecs=pcma".to_owned();
    let phone = Baresip::start(&account, &spoken, &[format!("/dial sip:100@{}", server.address())]);
    phone.says("Call established");
    let prompts = ["welcome", "menu"].map(|name| (name, Project::prompt(name)));
    phone.keeps(prompts.iter().map(|(_, samples)| samples.len()).sum::<usize>() + SECOND);
    let log = phone.log();
    let heard = phone.heard();
    let hole = |(name, prompt): &(&str, Vec<i16>)| {
        let found = likeness(&heard, prompt);
        (found.score <= 0.75).then(|| format!("{name}: {found:?} in {} samples\n{log}", heard.len()))
    };
    prompts.iter().find_map(hole)
}

const SECOND: usize = wav::RATE_HZ as usize;

#[test]
fn baresip_is_annas_phone() {
    let server = Server::of("office");
    let (password, spoken) = (Project::password("ANNA_PASSWORD"), wav::melody(73, seconds(20)));
    let account = format!("<sip:201@{}>;auth_pass={password};answermode=auto;regint=60", server.address());
    let phone = Baresip::start(&account, &spoken, &[]);
    // It knows no SHA-256, gives up, and is offered MD5 alone when it tries again after half a minute or more.
    phone.says_within("200 OK", seconds(75));
    let caller = server.phone("caller");
    let call = caller.dials("100");
    hears(&call, "menu");
    call.presses("1");
    phone.says("established");
    let said = wav::melody(74, seconds(2));
    call.says(&said);
    call.hears("baresip's voice", &spoken[8_000..8_000 * 2]);
    phone.keeps_a_second_more();
    call.hangs_up();
    phone.says("terminated");
    let log = phone.log();
    let found = likeness(&phone.heard(), &said);
    assert!(found.score > 0.75, "the caller's voice at baresip: {found:?}\n{log}");
}
