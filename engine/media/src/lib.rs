//! RTP, digits, prompts, recording and bridging
