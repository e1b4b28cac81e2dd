-- The newest message and the newest call back that were ever removed: their numbers are not given again.
CREATE TABLE newest_work (
    kind TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    id   BIGINT NOT NULL
);

-- Recordings that nobody wants any more, until their files are deleted.
CREATE INDEX recordings_discarded ON recordings (file) WHERE state = 'discarded';
