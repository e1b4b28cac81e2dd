//! G.711 in both laws, written from the recommendation's segments.

/// A telephone codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// µ-law, payload type 0.
    Pcmu,
    /// A-law, payload type 8.
    Pcma,
}

impl Codec {
    /// The codec of a static payload type.
    pub fn of(payload: u8) -> Option<Self> {
        match payload {
            0 => Some(Self::Pcmu),
            8 => Some(Self::Pcma),
            _ => None,
        }
    }

    /// Its static payload type.
    pub fn payload(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// One sample to one byte.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Pcmu => encode_mu(sample),
            Self::Pcma => encode_a(sample),
        }
    }

    /// One byte to one sample.
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Self::Pcmu => decode_mu(byte),
            Self::Pcma => decode_a(byte),
        }
    }
}

fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = (i32::from(sample).abs().min(32_635)) + 132;
    let segment = (31 - magnitude.leading_zeros()) as i32 - 7;
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment << 4) as u8 | step as u8)
}

fn decode_mu(byte: u8) -> i16 {
    let byte = !byte;
    let (segment, step) = (i32::from((byte >> 4) & 7), i32::from(byte & 0x0f));
    let magnitude = (((step << 3) + 132) << segment) - 132;
    (if byte & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

fn encode_a(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0x80 } else { 0 };
    let magnitude = if sample >= 0 { i32::from(sample) } else { !i32::from(sample) } >> 4;
    let code = if magnitude < 16 {
        magnitude
    } else {
        let segment = (31 - (magnitude as u32).leading_zeros()) as i32 - 3;
        (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f)
    };
    (sign | code as u8) ^ 0x55
}

fn decode_a(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (segment, step) = (i32::from((byte >> 4) & 7), i32::from(byte & 0x0f));
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 264) << (segment - 1),
    };
    (if byte & 0x80 == 0 { -magnitude } else { magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_code_words() {
        assert_eq!((Codec::Pcmu.encode(0), Codec::Pcma.encode(0)), (0xff, 0xd5));
        assert_eq!((Codec::Pcmu.decode(0x80), Codec::Pcmu.decode(0x00)), (32_124, -32_124));
        assert_eq!((Codec::Pcma.decode(0xaa), Codec::Pcma.decode(0x2a)), (32_256, -32_256));
    }

    #[test]
    fn every_code_word_survives_decode_and_encode() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            for byte in 0..=255u8 {
                let again = codec.encode(codec.decode(byte));
                assert!(again == byte || codec.decode(again) == codec.decode(byte), "{codec:?} {byte:02x} {again:02x}");
            }
        }
    }

    #[test]
    fn the_error_stays_within_a_step() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            for sample in (-32_000..32_000).step_by(37) {
                let error = (i32::from(codec.decode(codec.encode(sample as i16))) - sample).abs();
                assert!(error <= (sample.abs() / 16).max(17), "{codec:?} {sample}: {error}");
            }
        }
    }
}
