-- What reports ask of calls, beside the record's JSON.
ALTER TABLE calls ADD COLUMN direction   TEXT    NOT NULL DEFAULT 'inbound'; -- inbound, internal, outbound
ALTER TABLE calls ADD COLUMN errand      TEXT;                               -- why the engine called, as JSON
ALTER TABLE calls ADD COLUMN attempt     BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN legs        TEXT    NOT NULL DEFAULT '[]';
ALTER TABLE calls ADD COLUMN stages      TEXT    NOT NULL DEFAULT '{}';
ALTER TABLE calls ADD COLUMN queue       TEXT    NOT NULL DEFAULT '';        -- the last one
ALTER TABLE calls ADD COLUMN answered_by TEXT    NOT NULL DEFAULT '';        -- '' when a queue gave the call to an agent
ALTER TABLE calls ADD COLUMN campaign    TEXT    NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN result      TEXT    NOT NULL DEFAULT '';        -- the tag of that name
ALTER TABLE calls ADD COLUMN missed      BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN waited_us   BIGINT NOT NULL DEFAULT 0;         -- for a person: queue and ringing

CREATE INDEX calls_of_campaigns ON calls (arrived_at) WHERE campaign <> '';

-- One row for each visit of a call to a queue, derived with the record.
CREATE TABLE visits (
    call_id        BIGINT NOT NULL,
    nth            BIGINT NOT NULL,
    direction      TEXT    NOT NULL,
    dialed         TEXT    NOT NULL,
    flow           TEXT    NOT NULL,
    campaign       TEXT    NOT NULL,
    queue          TEXT    NOT NULL,
    joined_at      BIGINT NOT NULL,
    waited_us      BIGINT,
    rang_us        BIGINT NOT NULL,
    result         TEXT    NOT NULL, -- waiting, answered, abandoned, voicemail, callback, other
    agent          TEXT    NOT NULL,
    talked_us      BIGINT,
    held_us        BIGINT NOT NULL,
    wrap_up_us     BIGINT,
    wraps_up_since BIGINT,
    PRIMARY KEY (call_id, nth)
);

CREATE INDEX visits_reported ON visits (joined_at);
CREATE INDEX visits_wrapping ON visits (agent) WHERE wraps_up_since IS NOT NULL;

-- Marks that callers gave in surveys.
CREATE TABLE marks (
    call_id  BIGINT NOT NULL,
    name     TEXT    NOT NULL, -- the tag
    mark     BIGINT NOT NULL,
    marked_at BIGINT NOT NULL, -- when the call arrived
    dialed   TEXT    NOT NULL,
    flow     TEXT    NOT NULL,
    queue    TEXT    NOT NULL,
    agent    TEXT    NOT NULL,
    campaign TEXT    NOT NULL,
    PRIMARY KEY (call_id, name)
);

CREATE INDEX marks_reported ON marks (marked_at);
