/** What `plus.db` is made of: every version of it there has been. */

/**
 * What made each version out of the one before; a file says by `user_version` which it has. Only ever appended to: the
 * files of people hold every version there was.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE continuity_thread (thread TEXT PRIMARY KEY, parents TEXT NOT NULL, used INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE continuity_mark (thread TEXT NOT NULL, key TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (thread, key)) STRICT, WITHOUT ROWID;
   CREATE TABLE continuity_bridge (thread TEXT NOT NULL, id TEXT NOT NULL, bridge TEXT NOT NULL, PRIMARY KEY (thread, id)) STRICT, WITHOUT ROWID;
   CREATE TABLE continuity_sequence (thread TEXT PRIMARY KEY, sequence TEXT NOT NULL) STRICT, WITHOUT ROWID;`,

  // The ledger of sessions. Moments are ms since 1970. `thread.n`, `turn.n`, `item.n` grow with time.
  `CREATE TABLE thread (
     n INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     -- A ThreadKind, or "removed": a fork has a part of it still.
     kind TEXT NOT NULL,
     root TEXT NOT NULL,
     parent TEXT, forked_from TEXT, forked_at INTEGER, agent TEXT,
     client TEXT, client_version TEXT, provider TEXT,
     cwd TEXT, git_commit TEXT, model TEXT, effort TEXT,
     title TEXT, prompt TEXT NOT NULL DEFAULT '',
     source TEXT NOT NULL,
     created INTEGER NOT NULL, used INTEGER NOT NULL,
     turns INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0,
     input INTEGER NOT NULL DEFAULT 0, cached INTEGER NOT NULL DEFAULT 0,
     output INTEGER NOT NULL DEFAULT 0, reasoning INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX thread_used ON thread (kind, used DESC);
   CREATE INDEX thread_root ON thread (root, kind);
   CREATE INDEX thread_parent ON thread (parent) WHERE parent IS NOT NULL;
   CREATE INDEX thread_fork ON thread (forked_from) WHERE forked_from IS NOT NULL;

   CREATE TABLE turn (
     n INTEGER PRIMARY KEY,
     thread INTEGER NOT NULL REFERENCES thread (n) ON DELETE CASCADE,
     id TEXT,
     position INTEGER NOT NULL,
     kind TEXT NOT NULL,
     trigger TEXT, model TEXT, effort TEXT,
     started INTEGER NOT NULL,
     first_byte_ms REAL, ms REAL,
     state TEXT NOT NULL,
     local INTEGER NOT NULL DEFAULT 0,
     input INTEGER NOT NULL DEFAULT 0, cached INTEGER NOT NULL DEFAULT 0,
     output INTEGER NOT NULL DEFAULT 0, reasoning INTEGER NOT NULL DEFAULT 0,
     limits TEXT, error_code TEXT, error_message TEXT,
     UNIQUE (thread, position)
   ) STRICT;
   CREATE UNIQUE INDEX turn_id ON turn (thread, id) WHERE id IS NOT NULL;
   CREATE INDEX turn_started ON turn (started);

   CREATE TABLE leg (
     n INTEGER PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     thread INTEGER NOT NULL REFERENCES thread (n) ON DELETE CASCADE,
     turn INTEGER REFERENCES turn (n) ON DELETE CASCADE,
     -- Who told of it: the wire, or an import (thread.source is who told of the thread first).
     source TEXT NOT NULL,
     kind TEXT NOT NULL, wire TEXT NOT NULL,
     trigger TEXT, model TEXT, effort TEXT,
     started INTEGER NOT NULL,
     first_byte_ms REAL, ms REAL,
     state TEXT NOT NULL, status INTEGER,
     local INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0,
     response_id TEXT,
     input INTEGER, cached INTEGER, output INTEGER, reasoning INTEGER,
     error_code TEXT, error_message TEXT
   ) STRICT;
   CREATE INDEX leg_turn ON leg (turn);
   CREATE INDEX leg_thread ON leg (thread, started);
   CREATE INDEX leg_response ON leg (response_id) WHERE response_id IS NOT NULL;

   CREATE TABLE item (
     n INTEGER PRIMARY KEY,
     thread INTEGER NOT NULL REFERENCES thread (n) ON DELETE CASCADE,
     turn INTEGER REFERENCES turn (n) ON DELETE CASCADE,
     leg INTEGER REFERENCES leg (n) ON DELETE SET NULL,
     id TEXT,
     hash BLOB NOT NULL,
     -- The how-manieth item of its thread that says the same.
     nth INTEGER NOT NULL,
     type TEXT NOT NULL, role TEXT NOT NULL,
     tool TEXT, call_id TEXT,
     out INTEGER NOT NULL, partial INTEGER NOT NULL DEFAULT 0,
     at INTEGER NOT NULL,
     -- JSON; or, where that is long, what is the item's own in it (body.ts puts it together), and the rest by its hash, as
     -- instructions and tool lists come again in every thread.
     body_hash BLOB, body TEXT NOT NULL,
     -- Long ones stand last: who asks for what stands before them does not read them.
     text TEXT NOT NULL, sent TEXT,
     UNIQUE (thread, hash, nth)
   ) STRICT;
   CREATE INDEX item_thread ON item (thread);
   CREATE UNIQUE INDEX item_id ON item (thread, id) WHERE id IS NOT NULL;
   CREATE INDEX item_turn ON item (turn);
   CREATE INDEX item_leg ON item (leg);
   CREATE INDEX item_body ON item (body_hash) WHERE body_hash IS NOT NULL;
   CREATE INDEX item_call ON item (thread, call_id) WHERE call_id IS NOT NULL;

   -- Long JSON, once however many items say it; zstd.
   CREATE TABLE text (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
   -- Pictures, once by SHA-256; bytes are missing where they were too large.
   CREATE TABLE blob (hash BLOB PRIMARY KEY, media_type TEXT NOT NULL, size INTEGER NOT NULL, bytes BLOB) STRICT;
   CREATE TABLE item_blob (item INTEGER NOT NULL REFERENCES item (n) ON DELETE CASCADE, hash BLOB NOT NULL, PRIMARY KEY (item, hash)) STRICT, WITHOUT ROWID;
   CREATE INDEX item_blob_hash ON item_blob (hash);

   -- Conversations of clients that give them no id, found again by what was said so far.
   CREATE TABLE said (hash BLOB PRIMARY KEY, thread INTEGER NOT NULL REFERENCES thread (n) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
   CREATE INDEX said_thread ON said (thread);

   -- Limits as last seen.
   CREATE TABLE rate_limit (name TEXT PRIMARY KEY, used_percent REAL NOT NULL, window_minutes REAL, resets_at REAL, at INTEGER NOT NULL) STRICT;
   -- How far files of Codex's own have been read.
   CREATE TABLE imported (path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT, WITHOUT ROWID;

   -- The words of item.text (rowid is item.n), as search/words.ts writes them.
   CREATE VIRTUAL TABLE item_words USING fts5 (words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2");`,

  // How calls of MCP tools went. What was given and came back are items of the same call id.
  `CREATE TABLE call (
     n INTEGER PRIMARY KEY,
     thread INTEGER NOT NULL REFERENCES thread (n) ON DELETE CASCADE,
     call_id TEXT NOT NULL,
     -- mcp__server__tool; the server as it is written down, and the tool as that names it.
     name TEXT NOT NULL, server TEXT NOT NULL, tool TEXT NOT NULL,
     client TEXT NOT NULL,
     at INTEGER NOT NULL, ms REAL NOT NULL,
     failed INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX call_id ON call (thread, call_id);
   CREATE INDEX call_at ON call (at);`,
];
