"""The tables of the state, as they came to be: one script a version."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE mailbox (
        account TEXT NOT NULL, name TEXT NOT NULL,
        uidvalidity INTEGER NOT NULL,
        last_uid INTEGER NOT NULL,          -- everything up to here has been dealt with
        started TEXT NOT NULL,              -- older mail is judged only on request
        rescan INTEGER NOT NULL DEFAULT 0,  -- UIDVALIDITY changed; known mail is found by identity
        PRIMARY KEY (account, name)
    ) WITHOUT ROWID;
    CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, identity TEXT NOT NULL,
        mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
        judged_at TEXT NOT NULL, rules TEXT NOT NULL,
        skip TEXT,                          -- why not judged, or why no draft
        score INTEGER, threshold INTEGER, tone TEXT,
        hits TEXT NOT NULL,                 -- [[rule, points, subject|body, start, end], ...]
        thread INTEGER, sender TEXT,
        UNIQUE (account, identity)
    );
    CREATE INDEX message_uid ON message (account, mailbox, uidvalidity, uid);
    CREATE INDEX message_thread ON message (account, thread);
    CREATE INDEX message_sender ON message (account, sender);
    CREATE TABLE thread (
        account TEXT NOT NULL, reference TEXT NOT NULL, thread INTEGER NOT NULL,
        PRIMARY KEY (account, reference)
    ) WITHOUT ROWID;
    CREATE INDEX thread_number ON thread (account, thread);
    CREATE TABLE effect (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES message (id),
        kind TEXT NOT NULL CHECK (kind IN ('mark', 'draft')),
        value TEXT NOT NULL,                -- the keyword, or the draft's Message-ID
        state TEXT NOT NULL CHECK (state IN ('planned', 'appending', 'done', 'dropped', 'unknown')),
        planned_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        retry_at TEXT,
        note TEXT NOT NULL DEFAULT '',
        drafts TEXT, drafts_uidvalidity INTEGER, drafts_uidnext INTEGER, appending_at TEXT,
        UNIQUE (message, kind)
    );
    CREATE INDEX effect_open ON effect (state) WHERE state IN ('planned', 'appending');
    CREATE TABLE trouble (
        account TEXT NOT NULL, mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL,
        uid INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (account, mailbox, uidvalidity, uid)
    ) WITHOUT ROWID;
    """,
    # The day of arrival, so that a person can find a message that could not be judged.
    "ALTER TABLE trouble ADD COLUMN arrived TEXT;",
    # What a client's next message in the thread is compared with: numbers and hashes.
    """
    ALTER TABLE message ADD COLUMN own TEXT;        -- hash of its Message-ID
    ALTER TABLE message ADD COLUMN in_a_row INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE message ADD COLUMN since TEXT;      -- when the first of those in a row was sent
    ALTER TABLE message ADD COLUMN people TEXT;     -- hashes of To and Cc
    ALTER TABLE message ADD COLUMN warmth INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN heat INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX message_own ON message (account, own);
    """,
    # A message may have two marks: its tone's, and "look first". Judged and flagged by day.
    """
    CREATE TABLE effect_of_any_value (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES message (id),
        kind TEXT NOT NULL CHECK (kind IN ('mark', 'draft')),
        value TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('planned', 'appending', 'done', 'dropped', 'unknown')),
        planned_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        retry_at TEXT,
        note TEXT NOT NULL DEFAULT '',
        drafts TEXT, drafts_uidvalidity INTEGER, drafts_uidnext INTEGER, appending_at TEXT,
        UNIQUE (message, kind, value)
    );
    INSERT INTO effect_of_any_value SELECT id, message, kind, value, state, planned_at, attempts,
        retry_at, note, drafts, drafts_uidvalidity, drafts_uidnext, appending_at FROM effect;
    DROP TABLE effect;
    ALTER TABLE effect_of_any_value RENAME TO effect;
    CREATE INDEX effect_open ON effect (state) WHERE state IN ('planned', 'appending');
    CREATE UNIQUE INDEX effect_draft ON effect (message) WHERE kind = 'draft';
    CREATE INDEX effect_planned ON effect (planned_at);
    CREATE INDEX message_judged ON message (account, judged_at);
    """,
    # When a message that could not be read is tried again; NULL: in the next pass.
    "ALTER TABLE trouble ADD COLUMN retry_at TEXT;",
    # What the user says against a verdict, and what tells that they do: the tone keywords that a message was
    # last seen with at its place. NULL: not looked at there.
    """
    ALTER TABLE message ADD COLUMN seen TEXT;       -- in lower case, with spaces between
    CREATE INDEX message_marked ON message (account, mailbox, uidvalidity, uid)
        WHERE seen != '' OR (seen IS NULL AND tone IS NOT NULL);
    ALTER TABLE mailbox ADD COLUMN keywords TEXT NOT NULL DEFAULT '';  -- the keywords that were looked for
    ALTER TABLE mailbox ADD COLUMN keeps INTEGER NOT NULL DEFAULT 0;   -- one was there again in a later pass
    CREATE TABLE correction (
        message INTEGER PRIMARY KEY REFERENCES message (id),
        tone TEXT,                          -- what the user says; NULL: not upset
        at TEXT NOT NULL,
        source TEXT NOT NULL CHECK (source IN ('mail', 'terminal'))
    );
    """,
    # Cases: what the user sent, as numbers and hashes, and what they told of a case, in their own words.
    """
    ALTER TABLE message ADD COLUMN written TEXT;    -- when it was sent, as far as that can be believed
    ALTER TABLE message ADD COLUMN party TEXT;      -- hash of the person or firm
    ALTER TABLE message ADD COLUMN root TEXT;       -- hash of the Message-ID that its thread began with
    CREATE INDEX message_flagged ON message (account, thread) WHERE tone IS NOT NULL;
    CREATE TABLE sent (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, identity TEXT NOT NULL,
        mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
        written TEXT NOT NULL, thread INTEGER, party TEXT,
        kind TEXT NOT NULL,                 -- holding, summary, ..: a draft of ours; else empty
        words INTEGER NOT NULL,
        people TEXT NOT NULL,               -- hashes of To and Cc
        UNIQUE (account, identity)
    );
    CREATE INDEX sent_thread ON sent (account, thread);
    CREATE INDEX sent_written ON sent (account, written);
    CREATE INDEX effect_value ON effect (value) WHERE kind = 'draft';
    CREATE TABLE note (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, name TEXT NOT NULL,  -- of the case
        thread INTEGER,
        at TEXT NOT NULL, doing TEXT NOT NULL, words TEXT NOT NULL, owner TEXT NOT NULL, due TEXT,
        number INTEGER NOT NULL
    );
    CREATE INDEX note_name ON note (account, name);
    CREATE TABLE followup (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL, name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('summary', 'update', 'checkin', 'parting')),
        value TEXT NOT NULL,                -- the draft's Message-ID
        state TEXT NOT NULL CHECK (state IN ('planned', 'appending', 'done', 'dropped', 'unknown')),
        planned_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        retry_at TEXT,
        note TEXT NOT NULL DEFAULT '',
        drafts TEXT, drafts_uidvalidity INTEGER, drafts_uidnext INTEGER, appending_at TEXT,
        UNIQUE (account, value)
    );
    CREATE TABLE rung (
        account TEXT NOT NULL, name TEXT NOT NULL, clock TEXT NOT NULL, number INTEGER NOT NULL,
        due TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (account, name, clock, number, due)
    ) WITHOUT ROWID;
    """,
    # By which days a sent message owes its readers something; which words say so, nobody keeps.
    """
    ALTER TABLE sent ADD COLUMN promised TEXT;      -- days, with spaces between; NULL: none
    CREATE INDEX sent_promised ON sent (account) WHERE promised IS NOT NULL;
    """,
    # Less on the disk: nothing twice. A reference's hash is salted with its account, so it needs none beside it;
    # threads are numbered over all accounts. What belongs to a case goes by its thread, whatever its name becomes.
    """
    CREATE TABLE shift AS SELECT account, coalesce(sum(most) OVER (
            ORDER BY account ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS more
        FROM (SELECT account, max(thread) AS most FROM (
            SELECT account, thread FROM thread UNION ALL SELECT account, thread FROM message
            UNION ALL SELECT account, thread FROM sent UNION ALL SELECT account, thread FROM note)
        WHERE thread IS NOT NULL GROUP BY account);
    CREATE TABLE reference (
        reference TEXT PRIMARY KEY, thread INTEGER NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO reference
        SELECT reference, thread + more FROM thread JOIN shift USING (account) ORDER BY reference;
    DROP TABLE thread;
    ALTER TABLE reference RENAME TO thread;
    CREATE INDEX thread_number ON thread (thread);
    DROP INDEX message_own;                         -- found among those of its thread
    DROP INDEX message_sender;
    DROP INDEX message_thread;
    DROP INDEX sent_thread;
    UPDATE message SET
        thread = thread + (SELECT more FROM shift WHERE shift.account = message.account),
        since = CASE WHEN abs(julianday(since) - julianday(written)) * 24 <= 1 THEN NULL ELSE since END,
        root = CASE WHEN root IS NOT own THEN root END,     -- NULL: it began with the message itself
        hits = replace(hits, ',"body",0,0]', ']');
    UPDATE sent SET thread = thread + (SELECT more FROM shift WHERE shift.account = sent.account);
    UPDATE note SET thread = thread + (SELECT more FROM shift WHERE shift.account = note.account);
    DROP TABLE shift;
    CREATE INDEX message_sender ON message (sender);
    CREATE INDEX message_thread ON message (thread);
    CREATE INDEX sent_thread ON sent (thread);
    ALTER TABLE followup ADD COLUMN thread INTEGER;
    ALTER TABLE rung ADD COLUMN thread INTEGER;
    CREATE INDEX rung_thread ON rung (thread, clock, number, due);
    CREATE INDEX note_thread ON note (thread);
    CREATE INDEX followup_thread ON followup (thread);
    -- What is there was filed under a name: of the last six digits to base 32 of a message's root. A case was called by
    -- its first unhappy message (rank 1): that name goes on, for ids of drafts are made of it.
    CREATE TABLE named AS WITH RECURSIVE
        beginning(account, thread, root, rank) AS (
            SELECT account, thread, coalesce(root, own), CASE WHEN
                CASE WHEN correction.message IS NULL THEN message.tone ELSE correction.tone END IS NOT NULL
                AND julianday(judged_at) - julianday(written) <= 60
                THEN row_number() OVER (PARTITION BY thread, CASE WHEN correction.message IS NULL THEN message.tone
                    ELSE correction.tone END IS NOT NULL AND julianday(judged_at) - julianday(written) <= 60
                    ORDER BY written, message.id) END
                FROM message LEFT JOIN correction ON correction.message = message.id
                WHERE thread IS NOT NULL AND written IS NOT NULL AND coalesce(root, own) IS NOT NULL),
        digits(account, thread, root, rank, number, place) AS (
            SELECT account, thread, root, min(coalesce(rank, 1000000)), 0, 17 FROM beginning
                WHERE account IN (SELECT account FROM followup UNION SELECT account FROM rung UNION SELECT account FROM note)
                GROUP BY account, thread, root
            UNION ALL
            SELECT account, thread, root, rank,
                number * 16 + instr('0123456789abcdef', substr(root, place, 1)) - 1, place + 1
                FROM digits WHERE place <= 24),
        letters(account, thread, rank, number, name) AS (
            SELECT account, thread, rank, number, '' FROM digits WHERE place = 25
            UNION ALL
            SELECT account, thread, rank, number / 32,
                name || substr('0123456789abcdefghjkmnpqrstvwxyz', number % 32 + 1, 1)
                FROM letters WHERE length(name) < 6)
        SELECT account, 'c-' || name AS name, thread, rank FROM letters WHERE length(name) = 6;
    CREATE INDEX named_name ON named (account, name, rank, thread);
    CREATE INDEX named_thread ON named (thread, rank);
    UPDATE followup SET thread = (SELECT thread FROM named WHERE named.account = followup.account
        AND named.name = followup.name ORDER BY rank, thread LIMIT 1);
    UPDATE rung SET thread = (SELECT thread FROM named WHERE named.account = rung.account
        AND named.name = rung.name ORDER BY rank, thread LIMIT 1);
    UPDATE followup SET name = coalesce((SELECT name FROM named WHERE named.thread = followup.thread AND rank = 1), name);
    UPDATE note SET name = coalesce((SELECT name FROM named WHERE named.thread = note.thread AND rank = 1), name);
    UPDATE OR REPLACE rung SET name = coalesce((SELECT name FROM named WHERE named.thread = rung.thread AND rank = 1), name);
    DROP TABLE named;
    DELETE FROM followup WHERE thread IS NULL;      -- the case is gone
    DELETE FROM rung WHERE thread IS NULL;
    """,
)
"""One script a version; `PRAGMA user_version` says how many have run. Never edit one that has shipped."""
NEWEST = len(MIGRATIONS)
