-- Times are microseconds since the Unix epoch, UTC. Lists and maps are JSON text.

CREATE TABLE boots (
    boot         INTEGER NOT NULL PRIMARY KEY,
    started_at   INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    ended_at     INTEGER
) STRICT;

-- The truth. Everything else about calls is derived from it.
CREATE TABLE journal (
    boot    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    at_us   INTEGER NOT NULL, -- monotonic, since the boot
    wall    INTEGER NOT NULL,
    call_id INTEGER,
    kind    TEXT    NOT NULL,
    fact    TEXT    NOT NULL,
    PRIMARY KEY (boot, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX journal_by_call ON journal (call_id, boot, seq);

CREATE TABLE calls (
    call_id       INTEGER NOT NULL PRIMARY KEY,
    boot          INTEGER NOT NULL,
    caller        TEXT    NOT NULL,
    dialed        TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    flow          TEXT,
    version       TEXT,
    arrived_at    INTEGER NOT NULL,
    answered_at   INTEGER,
    connected_at  INTEGER,
    ended_at      INTEGER,
    talked_us     INTEGER NOT NULL,
    conversations TEXT    NOT NULL,
    digits        TEXT    NOT NULL,
    tags          TEXT    NOT NULL,
    recordings    TEXT    NOT NULL,
    outcome       TEXT,
    cause         TEXT,
    ended_by      TEXT
) STRICT;

CREATE INDEX calls_by_arrival ON calls (arrived_at);
CREATE INDEX calls_open ON calls (boot) WHERE ended_at IS NULL;

CREATE TABLE recordings (
    file           TEXT    NOT NULL PRIMARY KEY,
    call_id        INTEGER NOT NULL,
    boot           INTEGER NOT NULL,
    name           TEXT    NOT NULL,
    sample_rate_hz INTEGER NOT NULL,
    channels       INTEGER NOT NULL,
    state          TEXT    NOT NULL, -- open, saved, interrupted
    opened_at      INTEGER NOT NULL,
    length_us      INTEGER,
    ended_by       TEXT
) STRICT;

CREATE INDEX recordings_by_call ON recordings (call_id);
CREATE INDEX recordings_open ON recordings (boot) WHERE state = 'open';

CREATE TABLE contacts (
    agent      TEXT    NOT NULL,
    uri        TEXT    NOT NULL,
    username   TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    received   TEXT,
    q          INTEGER NOT NULL,
    sip_call   TEXT    NOT NULL,
    cseq       INTEGER NOT NULL,
    user_agent TEXT    NOT NULL,
    PRIMARY KEY (agent, uri)
) STRICT, WITHOUT ROWID;
