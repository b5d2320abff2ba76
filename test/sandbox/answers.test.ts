import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { type EndpointName, endpoints } from '../../src/atlas/api/endpoints.ts';

const folder = new URL('../answers/', import.meta.url);
const endpointNames = Object.keys(endpoints) as [EndpointName, ...EndpointName[]];
const answer = z.strictObject({
  endpoint: z.enum(endpointNames),
  says: z.string().min(1),
  status: z.number().int(),
  body: z.unknown(),
});
const files = readdirSync(folder).map((name) => ({
  name,
  ...answer.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))),
}));

for (const { name, endpoint, says, body } of files.filter(({ status }) => status < 300)) {
  test(`the table reads ${name} (${says})`, () => {
    const read = endpoints[endpoint].answer.safeParse(body);
    assert.equal(read.error, undefined);
  });
}

for (const { name, says, body } of files.filter(({ status }) => status >= 300)) {
  test(`${name} is one of the three error envelopes (${says})`, () => {
    const envelope = z.union([
      z.strictObject({ error_code: z.string(), error_message: z.string() }),
      z.strictObject({ error: z.string(), reason: z.string().exactOptional() }),
      z.strictObject({ message: z.string() }),
    ]);
    assert.equal(envelope.safeParse(body).success, true);
  });
}

test('every endpoint has an answer on file, and a refusal', () => {
  for (const name of endpointNames) {
    const statuses = files.filter(({ endpoint }) => endpoint === name).map(({ status }) => status);
    assert.ok(
      statuses.some((status) => status < 300),
      `${name} has no answer`,
    );
    assert.ok(
      statuses.some((status) => status >= 400),
      `${name} has no refusal`,
    );
  }
});
