import { endpointRow, type Service } from '../../atlas/api/endpoints.ts';
import { AtlasError } from '../../atlas/api/errors.ts';

/** The public name of each Atlas service: the values of the enum `AtlasService`. */
export const serviceNames = {
  verification: 'FLOWS',
  bulk: 'BULK',
  docstream: 'SANDBOX',
  address: 'ADDRESSES',
} as const satisfies Record<Service, string>;
/** The name of a service of Atlas in the schema and in `extensions.service`. */
export type ServiceName = (typeof serviceNames)[Service];

/**
 * The Atlas service behind an error, looked for in the error and in its causes; null where no call
 * to Atlas is among them. A call for a token counts for the service that the token is for.
 */
export function toServiceName(error: unknown): ServiceName | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    // A call that was not made says nothing of its service.
    if (at instanceof AtlasError && at.failure === 'too-many-calls') return null;
    if (at instanceof AtlasError) return serviceNames[endpointRow(at.endpoint).service];
  }
  return null;
}
