import assert from 'node:assert/strict';
import test from 'node:test';
import { openCallers, transports } from '../support/privacy/open-callers.ts';

const match = `query ($targets: [String!]!) {
  addressMatches(applicationId: "one", source: "1 SAMPLE ROAD", targets: $targets) { failure { code } }
}`;

/** Codes of Atlas, as a caller with `pii:read` is shown them, and as one without. */
const codes: readonly [given: string, inFull: string, masked: string][] = [
  ['422', '422', '422'],
  ['', 'NO_SCORE', 'NO_SCORE'],
  ['INVALID_ADDRESS', 'INVALID_ADDRESS', 'INVALID_ADDRESS'],
  ['E_17', 'E_17', 'E_17'],
  ['RAVI_KUMAR', 'RAVI_KUMAR', 'OTHER'],
  ['SUNITA', 'SUNITA', 'OTHER'],
  ['ADDRESS_OF_SUNITA', 'ADDRESS_OF_SUNITA', 'OTHER'],
  ['MEERA_12', 'MEERA_12', 'OTHER'],
  ['1 SAMPLE ROAD', 'OTHER', 'OTHER'],
];

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} a code that may be a name is shown to callers with pii:read alone`, async (t) => {
    const gateway = await openCallers(t);
    const targets = codes.map((_, index) => `${index} TARGET LANE`);
    for (const [scopes, column] of [
      [['addresses:match', 'pii:read'], 1],
      [['addresses:match'], 2],
    ] as const) {
      gateway.sandbox.fault('matchAddresses', {
        status: 200,
        body: {
          match_data: codes.map(([error_code], index) => ({
            target_address: targets[index],
            index,
            similarity_score: null,
            same_person_score: null,
            error_code,
          })),
        },
      });
      const { data, errors } = await ask(t, gateway.as({ scopes }), match, { targets });
      assert.equal(errors, undefined);
      assert.deepEqual(
        data.addressMatches.map(({ failure }: { failure: { code: string } }) => failure.code),
        codes.map((row) => row[column]),
      );
    }
  });
}
