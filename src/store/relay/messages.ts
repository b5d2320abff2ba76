import type { TenantId } from '../../tenant-id.ts';
import type { Signal } from '../fleet.ts';

/** The messages of a process to the one that owns the store. */
export interface RelayCall {
  readonly relay: 'call';
  readonly id: number;
  /** Which part of the store or the fleet, and what of it. */
  readonly part: RelayPart;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The parts of the store and the fleet that can be called through the relay. */
export const relayParts = [
  'store',
  'flows',
  'batches',
  'callbacks',
  'keys',
  'grants',
  'events',
  'fleet',
  'tokens',
  'counter',
] as const;
/** The name of such a part. */
export type RelayPart = (typeof relayParts)[number];

/** The answers of the process that owns the store. */
export type RelayReply =
  | { readonly relay: 'value'; readonly id: number; readonly value: unknown }
  /** A StoreError's message; of any other error none, which may quote anything. */
  | { readonly relay: 'error'; readonly id: number; readonly storeError: string | null };

/** The messages that the owner sends unasked. */
export interface RelaySignal {
  readonly relay: 'signal';
  readonly signal: Signal;
}

/** Tells that the log of a tenant has grown. */
export interface RelayLogged {
  readonly relay: 'logged';
  readonly tenantId: TenantId;
}

/** All that passes between the two. */
export type RelayMessage = RelayCall | RelayReply | RelaySignal | RelayLogged;

/** Other things pass between processes too, which are none of ours. */
export function isRelayMessage(message: unknown): message is RelayMessage {
  return typeof message === 'object' && message !== null && 'relay' in message;
}
