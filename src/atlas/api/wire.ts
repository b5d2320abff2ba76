import { z } from 'zod';
import { toBoolean, toNumber, toWholeNumber } from '../json/numeral.ts';

/*
 * The shapes of what Atlas sends and takes, as tolerant as CONTRACT.md section 11 asks: members we
 * do not know are kept, members that are doubtful are optional, and the entries of a list stay
 * unread here, so that one broken entry costs itself and not the answer.
 */

const seconds = z
  .unknown()
  .transform((value) => toNumber(value) ?? undefined)
  .refine((value) => value === undefined || (value >= 0 && value < 1e9));

/** `POST …/authtoken` (CONTRACT 2.1). Without a usable `expires_in` the documented hour holds. */
export const accessToken = z.looseObject({
  // It has to fit into a header: visible ASCII, and no longer than servers take one (8 KiB).
  access_token: z
    .string()
    .max(8 * 1024)
    .regex(/^[\x21-\x7e]+$/),
  expires_in: seconds.optional().catch(undefined),
  refresh_token: z.string().optional().catch(undefined),
});

/** An id is opaque (CONTRACT K6); one that comes as a number is the text of its digits. */
const id = z.union([z.string().min(1), z.number().transform(String)]);

/** `POST /v3/verification/flow/init` (CONTRACT 4.1); the other names of the correlator are K20. */
export const openedFlow = z.union([
  z.looseObject({ flow_uuid: id }).transform((answer) => answer.flow_uuid),
  z.looseObject({ flow_id: id }).transform((answer) => answer.flow_id),
  z.looseObject({ session_id: id }).transform((answer) => answer.session_id),
]);

const text = z.string().min(1).optional().catch(undefined);
const idIfAny = id.optional().catch(undefined);

const uploadReceipt = z.looseObject({
  // Not documented for an upload; an entry that has one is a file that was not taken (CONTRACT 3.4).
  error_code: z
    .union([z.string().min(1), z.number()])
    .optional()
    .catch(undefined),
  batch_id: idIfAny,
  document_id: idIfAny,
  file_uuid: idIfAny,
});
// The files are in by now: an entry that can't be read must not lose the others.
const readableReceipt = uploadReceipt.catch({});
/** Atlas's receipt for one uploaded file; all members may be missing (CONTRACT K1, K5). */
export type UploadReceipt = z.output<typeof uploadReceipt>;

/** `POST …/multiupload`, all three: an array, or one object that is a receipt (CONTRACT K1). */
export const uploadReceipts = z.union([
  z.array(readableReceipt),
  uploadReceipt
    .refine(({ batch_id, document_id, file_uuid }) => batch_id ?? document_id ?? file_uuid)
    .transform((receipt) => [receipt]),
]);

/** `GET /v3/verification/status` (CONTRACT 4.3), with Atlas's own spelling of the third member. */
export const statusAnswer = z.looseObject({
  upload_status: text,
  processing_status: text,
  crossheck_status: text,
  master_status: z.string().min(1),
});
/** The validated answer of a status call (CONTRACT 4.3). */
export type StatusAnswer = z.output<typeof statusAnswer>;

// Null counts as empty, absence does not: an answer without its list is some other answer.
const entries = z
  .array(z.unknown())
  .nullable()
  .transform((list) => list ?? []);
const entriesIfAny = z
  .array(z.unknown())
  .nullish()
  .transform((list) => list ?? []);

/** `GET /v3/verification/extracts` (CONTRACT 4.4). Entries are read one by one. */
export const extractsAnswer = z.looseObject({ ocr_data: entries, cross_checks: entriesIfAny });
/** The validated answer of an extracts call (CONTRACT 4.4). */
export type ExtractsAnswer = z.output<typeof extractsAnswer>;

const count = z
  .unknown()
  .transform((value) => toWholeNumber(value) ?? undefined)
  .refine((value) => value === undefined || value >= 0)
  .optional()
  .catch(undefined);
const flag = z
  .unknown()
  .transform((value) => toBoolean(value) ?? undefined)
  .optional();

/** `GET /v1/bulk/extracts` and `/v1/docstream/extracts` (CONTRACT 6.2, 7.2). */
export const batchPageAnswer = z.looseObject({
  data: entries,
  page: count,
  per_page: count,
  total_pages: count,
  total_items: count,
  has_next: flag,
  has_prev: flag,
});
/** The validated answer of one page of a batch (CONTRACT 6.2, 7.2). */
export type BatchPageAnswer = z.output<typeof batchPageAnswer>;

/** `POST /v1/address/match/batch` (CONTRACT 8.1). */
export const matchAnswer = z.looseObject({ match_data: z.array(z.unknown()) });
/** The validated answer of an address match (CONTRACT 8). */
export type MatchAnswer = z.output<typeof matchAnswer>;

/** One file of a multiupload (CONTRACT 4.2). */
export const fileToUpload = z.object({ file_url: z.string(), document_id: z.string() });

/** Bodies and queries that we send: exactly the members CONTRACT.md documents. */
export const nothing = z.object({});
/** The body of `flow/init`. */
export const flowToOpen = z.object({
  product_type: z.string(),
  application_id: z.string(),
  auth_url: z.string(),
  callback_url: z.string(),
  flow_params: z.record(z.string(), z.unknown()).optional(),
});
/** The body of an upload to a flow. */
export const filesForFlow = z.object({ flow_uuid: z.string(), file_urls: z.array(fileToUpload) });
/** The body of an upload of a batch. */
export const filesForBatch = z.object({
  product_type: z.string(),
  file_urls: z.array(fileToUpload),
});
/** The query of a read of a flow. */
export const flowQuery = z.object({ flow_uuid: z.string() });
/** The query of a read of a batch. */
export const batchQuery = z.object({
  batch_id: z.string(),
  page: z.number().int().min(1),
  per_page: z.number().int().min(1).max(50),
});
/** The body of an address match. */
export const addressesToMatch = z.object({
  application_id: z.string(),
  source_address: z.string(),
  target_addresses: z.array(z.object({ address: z.string(), index: z.number().int() })),
});
