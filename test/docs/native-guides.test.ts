import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse, validate } from 'graphql';
import { createSchema } from '../../src/schema/index.ts';
import { errorCodes } from '../../src/schema/operation/errors.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../docs/guides/${name}`, import.meta.url), 'utf8');

for (const name of ['kotlin.md', 'swift.md']) {
  test(`each operation of ${name} is valid, and each error code in it is one of ours`, () => {
    const text = read(name);
    const operations = [...text.matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(
      ([, operation = '']) => operation,
    );
    assert.ok(operations.length >= 2);
    const schema = createSchema();
    for (const operation of operations) assert.deepEqual(validate(schema, parse(operation)), []);
    const codes = [...text.matchAll(/"([A-Z_]{6,})"/g)].map(([, code = '']) => code);
    assert.ok(codes.length >= 4);
    for (const code of codes)
      assert.ok(
        errorCodes.some((known) => known === code),
        code,
      );
  });

  test(`the close codes of ${name} are those of the frontend guide`, () => {
    const known = [...read('frontend.md').matchAll(/^\| (\d{4}) \|/gm)].map(([, code]) => code);
    const codes = [...read(name).matchAll(/\b(4[0-9]{3}|10\d\d)\b/g)].map(([code]) => code);
    assert.ok(codes.length >= 4);
    for (const code of codes) assert.ok(known.includes(code), code);
  });
}
