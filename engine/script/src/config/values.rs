//! The small languages of single values: durations, addresses, patterns.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::{AnnounceWhen, Listen, Network, Transport};

/// Longest number that is ever dialled; the limit also keeps nonsense off the wire.
pub(super) const NUMBER_MAX: usize = 32;

/// Reads a duration as people write it: `20s`, `10m`, `1h30m`, `800ms`, `2d`.
///
/// # Errors
/// Says what to write instead.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration, write `20s`, `10m`, `1h30m` or `800ms`");
    let mut total = 0_u64;
    let mut rest = text;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |more| digits + more);
        let count: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let millis = match rest[digits..unit_end].trim() {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        // `30m1h` is a slip of the pen.
        if millis >= last_unit {
            return Err(wrong());
        }
        last_unit = millis;
        let part = count.checked_mul(millis).ok_or_else(wrong)?;
        total = total.checked_add(part).filter(|total| *total <= 366 * 86_400_000).ok_or_else(wrong)?;
        rest = &rest[unit_end..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(Duration::from_millis(total)) }
}

/// `80% in 20s`
pub(super) fn service_level(text: &str) -> Result<(u8, Duration), String> {
    let wrong = || format!("`{text}` is no service level, write `80% in 20s`");
    let (share, within) = text.split_once(" in ").ok_or_else(wrong)?;
    let share: u8 = share.trim().strip_suffix('%').and_then(|number| number.trim().parse().ok()).ok_or_else(wrong)?;
    if !(1..=100).contains(&share) {
        return Err(wrong());
    }
    Ok((share, duration(within.trim())?))
}

/// Seconds of virtual waiting, at most a day.
pub(super) fn priority(text: &str) -> Result<i32, String> {
    let seconds = text.parse().ok().filter(|seconds| (-86_400..=86_400).contains(seconds));
    seconds.ok_or_else(|| format!("`{text}` is no number of seconds from -86400 to 86400"))
}

/// `on_change`, `every 60s`
pub(super) fn announce_when(text: &str) -> Result<AnnounceWhen, String> {
    if text == "on_change" {
        return Ok(AnnounceWhen::OnChange);
    }
    let every = text
        .strip_prefix("every ")
        .ok_or_else(|| format!("`{text}` is no time to announce, write `on_change` or `every 60s`"))?;
    let every = duration(every.trim())?;
    if every < Duration::from_secs(5) {
        return Err("announcements closer than `every 5s` leave no music between them".into());
    }
    Ok(AnnounceWhen::Every(every))
}

/// `udp:0.0.0.0:5060`
pub(super) fn listen(text: &str) -> Result<Listen, String> {
    let wrong = || format!("`{text}` is nowhere to listen, write `udp:0.0.0.0:5060` or `tcp:0.0.0.0:5060`");
    let (transport, address) = text.split_once(':').ok_or_else(wrong)?;
    let transport = match transport {
        "udp" => Transport::Udp,
        "tcp" => Transport::Tcp,
        "tls" | "ws" | "wss" => {
            return Err(format!("transport `{transport}` comes with a later version, use `udp` or `tcp`"));
        }
        _ => return Err(wrong()),
    };
    Ok(Listen { transport, address: socket(address).map_err(|_| wrong())? })
}

/// `127.0.0.1:8080`
pub(super) fn socket(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is no address with a port, write `127.0.0.1:8080`"))
}

/// `203.0.113.7`
pub(super) fn ip(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is no IP address"))
}

/// `10000-19999`
pub(super) fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let wrong = || format!("`{text}` is no range of ports, write `10000-19999`");
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let (first, last): (u16, u16) =
        (first.trim().parse().map_err(|_| wrong())?, last.trim().parse().map_err(|_| wrong())?);
    if first < 1024 {
        return Err(format!("ports below 1024 belong to the system, `{text}` begins there"));
    }
    if first % 2 != 0 {
        return Err(format!("`{text}` begins with an odd port, audio takes the even ones: begin with {}", first - 1));
    }
    if last.saturating_sub(first) < 9 {
        return Err(format!("`{text}` has less than 10 ports, each leg of a call takes two"));
    }
    Ok(first..=last)
}

/// `198.51.100.0/24`, `198.51.100.7`
pub(super) fn network(text: &str) -> Result<Network, String> {
    let wrong = || format!("`{text}` is no network, write `198.51.100.0/24` or a single address");
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let width: u8 = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Ok(width), |prefix| prefix.parse().map_err(|_| wrong()))?;
    if prefix > width {
        return Err(wrong());
    }
    Ok(Network { address, prefix })
}

/// `sip.provider.example`, `198.51.100.7:5080`, `[2001:db8::1]:5060`
pub(super) fn host_and_port(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no host, write `sip.provider.example` or `198.51.100.7:5080`");
    if text.parse::<SocketAddr>().is_ok() || text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    let (host, port) = text.split_once(':').map_or((text, "5060"), |(host, port)| (host, port));
    let port_fits = port.parse::<u16>().is_ok_and(|port| port > 0);
    if is_host(host) && port_fits { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// A number to dial: `[0-9*#]`, `+` only in front, not longer than is ever dialled. Nothing else may reach a trunk.
pub fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits = !digits.is_empty() && text.len() <= NUMBER_MAX;
    fits && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#'))
}

/// `sip:desk@office.example`, user and host without anything that could end them early.
pub(super) fn is_sip_address(text: &str) -> bool {
    let Some((user, host)) = text.strip_prefix("sip:").and_then(|rest| rest.split_once('@')) else {
        return false;
    };
    let user_fits = !user.is_empty() && user.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!~*'()+#".contains(&b));
    user_fits && host_and_port(host).is_ok()
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// `+7*`, `112`, `sip:*@office.example`, `sip:desk@office.example`
pub(super) fn dial_pattern(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no target, write \"+7*\", \"112\" or \"sip:*@office.example\"");
    let number = text.strip_suffix('*').unwrap_or(text);
    let fits = text == "*" || number == "+" || is_phone_number(number) || is_sip_address(text);
    if fits { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// A file of the project: relative, inside it, with `/` between the parts.
pub(super) fn project_path(text: &str) -> Result<String, String> {
    let inside = !text.starts_with('/')
        && !text.contains(['\\', '\0', ':'])
        && text.split('/').all(|part| !part.is_empty() && part != ".." && part != ".");
    if inside {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no file of the project, write its path from the project's folder"))
    }
}

/// A prompt by name, without folder of its language and extension.
pub(super) fn prompt(text: &str) -> Result<String, String> {
    let extension = text.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    if extension.is_some_and(|extension| crate::prompts::SOUND_EXTENSIONS.contains(&extension.as_str())) {
        return Err(format!("prompts are named without extension, `{text}` has one"));
    }
    project_path(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, millis) in
            [("20s", 20_000), ("10m", 600_000), ("1h30m", 5_400_000), ("800ms", 800), ("0s", 0), ("1m1s500ms", 61_500)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "20", "s", "20 seconds", "-5s", "30m1h", "1.5s", "99999999999999999999s", "900d", "5µs", "5с"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_dialable_characters_reach_a_trunk() {
        for text in ["+79161234567", "112", "*97", "0049#"] {
            assert!(is_phone_number(text), "{text}");
        }
        for text in [
            "",
            "+",
            "500&PJSIP/itsp/1416",
            "7916;ext=1",
            "7\r\n",
            "sip:a@b",
            "++7",
            "7+",
            "1".repeat(NUMBER_MAX + 1).as_str(),
            format!("+{}", "1".repeat(NUMBER_MAX)).as_str(),
            "12;34",
            "１２",
            "٠١٢",
        ] {
            assert!(!is_phone_number(text), "{text}");
        }
    }

    #[test]
    fn dial_patterns_end_in_a_star_or_name_a_sip_address() {
        for text in ["+7*", "112", "*", "+*", "sip:*@office.example", "sip:desk@10.0.0.1:5080"] {
            assert!(dial_pattern(text).is_ok(), "{text}");
        }
        for text in ["", "+7*;x", "sip:*", "sip:a@b@c", "sip:a\r\nb@c", "tel:+7"] {
            assert!(dial_pattern(text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks_ports_and_listeners_are_checked() {
        assert_eq!(network("198.51.100.7").unwrap().prefix, 32);
        assert_eq!(network("2001:db8::/32").unwrap().prefix, 32);
        assert!(network("198.51.100.0/33").is_err() && network("office").is_err());
        assert_eq!(ports("10000-19999"), Ok(10_000..=19_999));
        assert!(ports("10001-19999").is_err() && ports("10000-10008").is_err() && ports("80-9000").is_err());
        assert!(ports("65534-65535").is_err());
        assert!(
            listen("udp:[::]:5060").is_ok() && listen("tls:0.0.0.0:5061").is_err() && listen("0.0.0.0:5060").is_err()
        );
    }

    #[test]
    fn paths_stay_in_the_project() {
        assert!(project_path("menus/main.rhai").is_ok());
        for text in ["../main.rhai", "/etc/passwd", "a//b", "a/./b", "c:\\x", ""] {
            assert!(project_path(text).is_err(), "{text}");
        }
        assert!(prompt("hold/default").is_ok() && prompt("welcome.wav").is_err());
    }
}
