-- Forms that were filled in about calls: beside the record, and a row for each that reports read.
ALTER TABLE calls ADD COLUMN evaluations TEXT NOT NULL DEFAULT '[]';

CREATE TABLE evaluations (
    call_id    BIGINT NOT NULL,
    nth        BIGINT NOT NULL,
    form       TEXT   NOT NULL,
    score      BIGINT NOT NULL, -- percent of what can be reached
    arrived_at BIGINT NOT NULL, -- the call
    dialed     TEXT   NOT NULL,
    flow       TEXT   NOT NULL,
    queue      TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    campaign   TEXT   NOT NULL,
    PRIMARY KEY (call_id, nth)
);

CREATE INDEX evaluations_reported ON evaluations (arrived_at);

-- Those that were filled in before.
INSERT INTO evaluations
SELECT calls.call_id, row_number() OVER (PARTITION BY calls.call_id ORDER BY journal.boot, journal.seq) - 1,
    journal.fact::json ->> 'form', (journal.fact::json ->> 'score')::bigint, calls.arrived_at, calls.dialed, coalesce(calls.flow, ''), calls.queue,
    coalesce((SELECT agent FROM visits WHERE visits.call_id = calls.call_id AND agent <> '' ORDER BY nth DESC LIMIT 1),
        calls.answered_by),
    calls.campaign
FROM journal JOIN calls ON calls.call_id = journal.call_id WHERE journal.kind = 'call_evaluated';

UPDATE calls SET evaluations = (
    SELECT json_agg(json_build_object('at', wall, 'form', fact::json -> 'form', 'by', fact::json -> 'by',
        'score', fact::json -> 'score') ORDER BY boot, seq)::text
    FROM journal WHERE journal.call_id = calls.call_id AND kind = 'call_evaluated'
) WHERE call_id IN (SELECT call_id FROM evaluations);
