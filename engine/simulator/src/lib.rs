//! The switchboard in virtual time: scenarios, calls and days
