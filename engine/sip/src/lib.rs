//! SIP by the book, sans-IO
