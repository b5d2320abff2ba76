/** The kinds of answers that CONTRACT.md does not describe; each is served as well as it can be. */
export type Drift =
  | 'status-unknown'
  | 'status-lagging'
  | 'document-unreadable'
  | 'document-without-id'
  | 'document-type-unknown'
  | 'document-field-unknown'
  | 'document-failure-unknown'
  | 'cross-check-unreadable'
  | 'cross-check-member-unknown'
  | 'address-match-unreadable'
  | 'address-match-disputed'
  | 'address-match-missing';

/** Told of every drift that is met; given the kind only, never what was read. */
export type OnDrift = (drift: Drift) => void;
