-- Updates that were taken, so that one which is delivered again does nothing.
CREATE TABLE chat_updates (id INTEGER PRIMARY KEY, taken_at INTEGER NOT NULL) STRICT;
CREATE INDEX chat_updates_by_time ON chat_updates (taken_at);

-- What the next poll asks for, and when that was written.
CREATE TABLE chat_offset (only INTEGER PRIMARY KEY CHECK (only = 1), next INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;

CREATE TABLE chat_instructions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL,
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    -- Empty once it has ended: nobody needs it any more.
    text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'started', 'ended', 'withdrawn', 'interrupted', 'reported')),
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX chat_instructions_by_state ON chat_instructions (state, person, id);

-- One row while everything is refused.
CREATE TABLE chat_lock (only INTEGER PRIMARY KEY CHECK (only = 1), by INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;

-- Where a person works and what they want to see.
CREATE TABLE chat_people (
    person INTEGER PRIMARY KEY,
    cwd TEXT NOT NULL,
    verbosity INTEGER
) STRICT;
