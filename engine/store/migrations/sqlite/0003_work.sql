-- A recording that becomes a message even when the process dies meanwhile.
ALTER TABLE recordings ADD COLUMN mailbox TEXT;
ALTER TABLE recordings ADD COLUMN caller TEXT NOT NULL DEFAULT '';

-- What is owed to somebody: messages, calls back, deliveries, contacts of campaigns.
CREATE TABLE work (
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    state      TEXT    NOT NULL, -- open, done, failed
    number     TEXT    NOT NULL, -- the person it is about, '' when unknown
    due_at     INTEGER,
    changed_at INTEGER NOT NULL,
    body       TEXT    NOT NULL, -- the whole of it as JSON
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX work_open ON work (kind, due_at) WHERE state = 'open';
CREATE INDEX work_by_number ON work (number);

-- Who waited when a process died: listed for somebody to call.
CREATE INDEX journal_lost ON journal (boot, seq) WHERE kind = 'caller_lost';
