-- Times are microseconds since the Unix epoch, UTC. Lists and maps are JSON text.

CREATE TABLE boots (
    boot         BIGINT NOT NULL PRIMARY KEY,
    started_at   BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    ended_at     BIGINT
);

-- The truth. Everything else about calls is derived from it.
CREATE TABLE journal (
    boot    BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    at_us   BIGINT NOT NULL, -- monotonic, since the boot
    wall    BIGINT NOT NULL,
    call_id BIGINT,
    kind    TEXT COLLATE "C" NOT NULL,
    fact    TEXT   NOT NULL,
    PRIMARY KEY (boot, seq)
);

CREATE INDEX journal_by_call ON journal (call_id, boot, seq);

CREATE TABLE calls (
    call_id       BIGINT NOT NULL PRIMARY KEY,
    boot          BIGINT NOT NULL,
    caller        TEXT   NOT NULL,
    dialed        TEXT   NOT NULL,
    source        TEXT   NOT NULL,
    flow          TEXT,
    version       TEXT,
    arrived_at    BIGINT NOT NULL,
    answered_at   BIGINT,
    connected_at  BIGINT,
    ended_at      BIGINT,
    talked_us     BIGINT NOT NULL,
    conversations TEXT   NOT NULL,
    digits        TEXT   NOT NULL,
    tags          TEXT   NOT NULL,
    recordings    TEXT   NOT NULL,
    outcome       TEXT,
    cause         TEXT,
    ended_by      TEXT
);

CREATE INDEX calls_by_arrival ON calls (arrived_at);
CREATE INDEX calls_open ON calls (boot) WHERE ended_at IS NULL;

CREATE TABLE recordings (
    file           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    call_id        BIGINT NOT NULL,
    boot           BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    sample_rate_hz BIGINT NOT NULL,
    channels       BIGINT NOT NULL,
    state          TEXT   NOT NULL, -- open, saved, interrupted
    opened_at      BIGINT NOT NULL,
    length_us      BIGINT,
    ended_by       TEXT
);

CREATE INDEX recordings_by_call ON recordings (call_id);
CREATE INDEX recordings_open ON recordings (boot) WHERE state = 'open';

CREATE TABLE contacts (
    agent      TEXT COLLATE "C" NOT NULL,
    uri        TEXT COLLATE "C" NOT NULL,
    username   TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    received   TEXT,
    q          BIGINT NOT NULL,
    sip_call   TEXT   NOT NULL,
    cseq       BIGINT NOT NULL,
    user_agent TEXT   NOT NULL,
    PRIMARY KEY (agent, uri)
);
