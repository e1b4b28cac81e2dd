-- What reports ask of calls, beside the record's JSON.
ALTER TABLE calls ADD COLUMN direction   TEXT    NOT NULL DEFAULT 'inbound'; -- inbound, internal, outbound
ALTER TABLE calls ADD COLUMN errand      TEXT;                               -- why the engine called, as JSON
ALTER TABLE calls ADD COLUMN attempt     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN legs        TEXT    NOT NULL DEFAULT '[]';
ALTER TABLE calls ADD COLUMN stages      TEXT    NOT NULL DEFAULT '{}';
ALTER TABLE calls ADD COLUMN queue       TEXT    NOT NULL DEFAULT '';        -- the last one
ALTER TABLE calls ADD COLUMN answered_by TEXT    NOT NULL DEFAULT '';        -- '' when a queue gave the call to an agent
ALTER TABLE calls ADD COLUMN campaign    TEXT    NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN result      TEXT    NOT NULL DEFAULT '';        -- the tag of that name
ALTER TABLE calls ADD COLUMN missed      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN waited_us   INTEGER NOT NULL DEFAULT 0;         -- for a person: queue and ringing

-- Holds every column that reports read: they never touch the wide rows.
DROP INDEX calls_by_arrival;
CREATE INDEX calls_reported ON calls (arrived_at, direction, outcome, missed, answered_at, talked_us, waited_us, dialed,
    flow, queue, answered_by, campaign, result);

CREATE INDEX calls_of_campaigns ON calls (arrived_at) WHERE campaign <> '';

-- One row for each visit of a call to a queue, derived with the record.
CREATE TABLE visits (
    call_id        INTEGER NOT NULL,
    nth            INTEGER NOT NULL,
    direction      TEXT    NOT NULL,
    dialed         TEXT    NOT NULL,
    flow           TEXT    NOT NULL,
    campaign       TEXT    NOT NULL,
    queue          TEXT    NOT NULL,
    joined_at      INTEGER NOT NULL,
    waited_us      INTEGER,
    rang_us        INTEGER NOT NULL,
    result         TEXT    NOT NULL, -- waiting, answered, abandoned, voicemail, callback, other
    agent          TEXT    NOT NULL,
    talked_us      INTEGER,
    held_us        INTEGER NOT NULL,
    wrap_up_us     INTEGER,
    wraps_up_since INTEGER,
    PRIMARY KEY (call_id, nth)
) STRICT, WITHOUT ROWID;

CREATE INDEX visits_reported ON visits (joined_at, direction, queue, result, agent, waited_us, talked_us, held_us,
    wrap_up_us, dialed, flow, campaign);
CREATE INDEX visits_wrapping ON visits (agent) WHERE wraps_up_since IS NOT NULL;

INSERT INTO visits
SELECT call_id, visit.key, 'inbound', dialed, coalesce(flow, ''), '', visit.value ->> 'queue',
    visit.value ->> 'entered_at',
    (visit.value ->> '$.waited.secs') * 1000000 + (visit.value ->> '$.waited.nanos') / 1000, 0,
    CASE
        WHEN visit.value ->> 'agent' IS NOT NULL THEN 'answered'
        WHEN visit.value ->> 'left' IS NULL THEN 'waiting'
        WHEN visit.value ->> 'left' IN ('abandoned', 'voicemail', 'callback') THEN visit.value ->> 'left'
        ELSE 'other'
    END,
    coalesce(visit.value ->> 'agent', ''),
    (visit.value ->> '$.talked.secs') * 1000000 + (visit.value ->> '$.talked.nanos') / 1000, 0, NULL, NULL
FROM calls, json_each(calls.queues) AS visit;

UPDATE calls SET direction = 'internal' WHERE source LIKE '{"agent":%';
UPDATE calls SET queue = coalesce((SELECT queue FROM visits WHERE visits.call_id = calls.call_id ORDER BY nth DESC LIMIT 1), '');
UPDATE calls SET missed = 1 WHERE outcome IN ('abandoned', 'voicemail', 'callback', 'failed') OR (outcome = 'served' AND queue <> '');

-- Marks that callers gave in surveys.
CREATE TABLE marks (
    call_id  INTEGER NOT NULL,
    name     TEXT    NOT NULL, -- the tag
    mark     INTEGER NOT NULL,
    marked_at INTEGER NOT NULL, -- when the call arrived
    dialed   TEXT    NOT NULL,
    flow     TEXT    NOT NULL,
    queue    TEXT    NOT NULL,
    agent    TEXT    NOT NULL,
    campaign TEXT    NOT NULL,
    PRIMARY KEY (call_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX marks_reported ON marks (marked_at, name, mark, queue, agent, dialed, flow, campaign);
