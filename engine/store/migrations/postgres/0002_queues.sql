-- Each call's visits to queues, a JSON list like its conversations.
ALTER TABLE calls ADD COLUMN queues TEXT NOT NULL DEFAULT '[]';

-- What each agent did last, derived from the journal: a restart reads it instead of years of facts.
CREATE TABLE agents (
    agent      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    state      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    place      TEXT   NOT NULL, -- the telephone where he works, '' for his own
    changed_at BIGINT NOT NULL,
    boot       BIGINT NOT NULL,
    seq        BIGINT NOT NULL
);

-- Who answered whom lately.
CREATE INDEX journal_answered ON journal (wall) WHERE kind = 'queue_answered';
