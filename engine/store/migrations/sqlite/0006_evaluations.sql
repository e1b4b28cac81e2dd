-- Forms that were filled in about calls: beside the record, and a row for each that reports read.
ALTER TABLE calls ADD COLUMN evaluations TEXT NOT NULL DEFAULT '[]';

CREATE TABLE evaluations (
    call_id    INTEGER NOT NULL,
    nth        INTEGER NOT NULL,
    form       TEXT    NOT NULL,
    score      INTEGER NOT NULL, -- percent of what can be reached
    arrived_at INTEGER NOT NULL, -- the call
    dialed     TEXT    NOT NULL,
    flow       TEXT    NOT NULL,
    queue      TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    campaign   TEXT    NOT NULL,
    PRIMARY KEY (call_id, nth)
) STRICT, WITHOUT ROWID;

CREATE INDEX evaluations_reported ON evaluations (arrived_at);

-- Those that were filled in before.
INSERT INTO evaluations
SELECT calls.call_id, row_number() OVER (PARTITION BY calls.call_id ORDER BY journal.boot, journal.seq) - 1,
    journal.fact ->> 'form', journal.fact ->> 'score', calls.arrived_at, calls.dialed, coalesce(calls.flow, ''), calls.queue,
    coalesce((SELECT agent FROM visits WHERE visits.call_id = calls.call_id AND agent <> '' ORDER BY nth DESC LIMIT 1),
        calls.answered_by),
    calls.campaign
FROM journal JOIN calls ON calls.call_id = journal.call_id WHERE journal.kind = 'call_evaluated';

UPDATE calls SET evaluations = (
    SELECT json_group_array(json(filled)) FROM (
        SELECT json_object('at', wall, 'form', fact ->> 'form', 'by', fact ->> 'by', 'score', fact ->> 'score') AS filled
        FROM journal WHERE journal.call_id = calls.call_id AND kind = 'call_evaluated' ORDER BY boot, seq
    )
) WHERE call_id IN (SELECT call_id FROM evaluations);
