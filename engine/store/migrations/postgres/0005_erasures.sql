-- Proof that somebody's traces were removed: when, who asked, and what it came to. The number itself is not here.
CREATE TABLE erasures (
    erased_at   BIGINT  NOT NULL,
    asked_by    TEXT    NOT NULL,
    number_hash TEXT    NOT NULL, -- SHA-256 of "<erased_at>:<digits of the number>"
    counts      TEXT    NOT NULL  -- JSON
);
