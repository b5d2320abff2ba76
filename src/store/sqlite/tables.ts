/** The grants of flows, by when one was issued last and before when they are revoked; 0: never. */
const grants = `
CREATE TABLE grants (
  tenant TEXT NOT NULL,
  flow_uuid TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  revoked_before INTEGER NOT NULL,
  PRIMARY KEY (tenant, flow_uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_age ON grants (max(issued_at, revoked_before));
`;

/** The ids that Atlas gave the earlier attempts of documents that were uploaded again. */
const attempts = `
CREATE TABLE attempts (
  flow INTEGER NOT NULL REFERENCES flows ON DELETE CASCADE,
  document_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  file_uuid TEXT,
  batch_id TEXT,
  PRIMARY KEY (flow, document_id, number)
) STRICT, WITHOUT ROWID;
`;

/** The log of each tenant, and its ends: the numbers of its oldest and its newest event. */
const log = `
CREATE TABLE logs (
  tenant TEXT PRIMARY KEY,
  oldest INTEGER NOT NULL,
  last INTEGER NOT NULL,
  logged_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE log (
  tenant TEXT NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  logged_at INTEGER NOT NULL,
  flow_uuid TEXT,
  application_id TEXT,
  batch_key TEXT,
  detail TEXT,
  PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_by_flow ON log (tenant, flow_uuid, number) WHERE flow_uuid IS NOT NULL;
`;

/** Leads the timelines of flows over to the log; what is known of documents and batches is no news. */
const intoLog = `
${log}
INSERT INTO log SELECT
  flows.tenant,
  row_number() OVER (PARTITION BY flows.tenant ORDER BY events.at, events.flow, events.number),
  CASE events.kind
    WHEN 'CREATED' THEN 'FLOW_OPENED'
    WHEN 'UPLOADED' THEN 'DOCUMENTS_SUBMITTED'
    WHEN 'CHANGED' THEN 'FLOW_STATUS_CHANGED'
    WHEN 'CALLED_BACK' THEN 'CALLBACK_RECEIVED'
    WHEN 'GRANTED' THEN 'GRANT_ISSUED'
    ELSE 'CALL_FAILED'
  END,
  events.at,
  events.at,
  flows.uuid,
  flows.application_id,
  NULL,
  events.detail
FROM events JOIN flows ON flows.id = events.flow;
INSERT INTO logs SELECT tenant, 1, max(number), max(at) FROM log GROUP BY tenant;
DROP TABLE events;
ALTER TABLE documents ADD COLUMN outcome TEXT;
UPDATE documents SET outcome = 'BEFORE';
ALTER TABLE batches ADD COLUMN counts TEXT;
ALTER TABLE batches ADD COLUMN version INTEGER;
`;

/*
 * Each index of flows begins with what a list may be narrowed by and ends with its order, so that a
 * page is read from where it begins to where it ends, however many flows there are.
 */
/** The tables of the first version. */
const first = `
CREATE TABLE flows (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  uuid TEXT NOT NULL,
  application_id TEXT,
  product_type TEXT,
  is_called_back INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  uploaded_at INTEGER,
  state TEXT NOT NULL,
  upload TEXT,
  processing TEXT,
  cross_check TEXT,
  version INTEGER,
  seen_at INTEGER,
  events INTEGER NOT NULL DEFAULT 0,
  UNIQUE (tenant, uuid)
) STRICT;
CREATE INDEX flows_by_creation ON flows (tenant, created_at, uuid);
CREATE INDEX flows_by_application ON flows (tenant, application_id, created_at, uuid);
CREATE INDEX flows_by_product ON flows (tenant, product_type, created_at, uuid);
CREATE INDEX flows_by_state ON flows (tenant, state, created_at, uuid);
CREATE INDEX flows_by_product_and_state ON flows (tenant, product_type, state, created_at, uuid);
CREATE INDEX flows_by_age ON flows (created_at);

CREATE TABLE documents (
  flow INTEGER NOT NULL REFERENCES flows ON DELETE CASCADE,
  document_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  file_uuid TEXT,
  batch_id TEXT,
  PRIMARY KEY (flow, document_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  flow INTEGER NOT NULL REFERENCES flows ON DELETE CASCADE,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT,
  PRIMARY KEY (flow, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  document_ids TEXT NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX batches_by_age ON batches (created_at);

CREATE TABLE callbacks (
  tenant TEXT NOT NULL,
  reference TEXT NOT NULL,
  flow INTEGER REFERENCES flows ON DELETE CASCADE,
  calls INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (tenant, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX callbacks_by_flow ON callbacks (flow);
CREATE INDEX callbacks_without_flow ON callbacks (at) WHERE flow IS NULL;

CREATE TABLE keys (
  tenant TEXT NOT NULL,
  field TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  reference TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  busy_until INTEGER NOT NULL,
  result TEXT,
  PRIMARY KEY (tenant, field, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_age ON keys (begun_at);

CREATE TABLE secrets (name TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE starts (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
`;

/** One step from a version of the tables to the next. */
export interface Migration {
  /** The version to which it leads, in the file's `user_version`. */
  readonly version: number;
  readonly sql: string;
}

/**
 * Every migration, in order and without a gap. A new file goes through all of them, so that it has
 * the tables of a file that was brought up to date. A migration that was released is never changed.
 */
export const migrations: readonly Migration[] = [
  { version: 1, sql: first },
  { version: 2, sql: grants },
  { version: 3, sql: attempts },
  { version: 4, sql: intoLog },
];

/** The version of the tables that this gateway writes. */
export const tablesVersion = migrations.length;
