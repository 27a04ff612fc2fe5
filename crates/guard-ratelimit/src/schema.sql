CREATE TABLE request_limiters (
    name TEXT NOT NULL PRIMARY KEY,
    keys INTEGER NOT NULL CHECK (keys >= 0)
) STRICT, WITHOUT ROWID;

-- arrival: the theoretical arrival time of GCRA, in nanoseconds since 1970.
CREATE TABLE request_keys (
    limiter TEXT NOT NULL,
    key TEXT NOT NULL,
    arrival INTEGER NOT NULL,
    PRIMARY KEY (limiter, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_keys_by_arrival ON request_keys (limiter, arrival);

-- booked: what is spent and what is held of one user on one UTC day (days since 1970), in millionths of a dollar.
CREATE TABLE cost_days (
    user TEXT NOT NULL,
    day INTEGER NOT NULL,
    booked INTEGER NOT NULL CHECK (booked >= 0),
    PRIMARY KEY (user, day)
) STRICT, WITHOUT ROWID;

-- A hold is open while charged is NULL; once its lease (milliseconds since 1970) is over it counts as spent.
CREATE TABLE cost_holds (
    id INTEGER PRIMARY KEY,
    user TEXT NOT NULL,
    day INTEGER NOT NULL,
    held INTEGER NOT NULL CHECK (held >= 0),
    lease INTEGER NOT NULL,
    charged INTEGER CHECK (charged >= 0)
) STRICT;
CREATE INDEX cost_holds_open ON cost_holds (user, day, lease, held) WHERE charged IS NULL;

-- Every change of cost_days.booked; for each user and day the sum of the changes is what is booked.
CREATE TABLE cost_ledger (
    seq INTEGER PRIMARY KEY,
    hold INTEGER NOT NULL REFERENCES cost_holds (id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('reserve', 'raise', 'settle')),
    change INTEGER NOT NULL
) STRICT;
CREATE TRIGGER cost_ledger_keeps BEFORE DELETE ON cost_ledger BEGIN SELECT RAISE (ABORT, 'append-only'); END;
CREATE TRIGGER cost_ledger_stays BEFORE UPDATE ON cost_ledger BEGIN SELECT RAISE (ABORT, 'append-only'); END;
