//! Sockets, threads, files and the real clock around the switchboard
