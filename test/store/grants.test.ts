import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestGrantSeconds } from '../../src/identity/flow-grants.ts';
import { revocationLifeMs } from '../../src/store/services/retention.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { adapters, makeDirectory } from '../support/store/adapters.ts';
import { toTenantId } from '../support/tenant-id.ts';

const acme = toTenantId('acme');
const bolt = toTenantId('bolt');
const now = Date.UTC(2026, 0);

for (const { name, open } of adapters) {
  test(`${name}: nothing is revoked of a flow of which no grant was issued or revoked`, async (t) => {
    const { grants } = await open(t);
    assert.equal(await grants.revokedBefore(acme, 'LOS-1'), null);
    assert.equal(await grants.issue(acme, 'LOS-1', now), now);
    assert.equal(await grants.revokedBefore(acme, 'LOS-1'), null);
  });

  test(`${name}: a revocation is for its tenant and its flow`, async (t) => {
    const { grants } = await open(t);
    assert.equal(await grants.revoke(acme, 'LOS-1', now), now);
    assert.equal(await grants.revokedBefore(acme, 'LOS-1'), now);
    assert.equal(await grants.revokedBefore(acme, 'LOS-2'), null);
    assert.equal(await grants.revokedBefore(bolt, 'LOS-1'), null);
  });

  test(`${name}: a grant is older than the revocation that followed it, and no other, by any clock`, async (t) => {
    const { grants } = await open(t);
    for (const [issuedBy, revokedBy] of [
      [now, now],
      [now + 60_000, now],
      [now - 60_000, now - 120_000],
      [0, now + 500_000],
      [now, 0],
    ] as const) {
      const before = await grants.issue(acme, 'LOS-1', issuedBy);
      const revoked = await grants.revoke(acme, 'LOS-1', revokedBy);
      assert.ok(before < revoked, `${before} is revoked before ${revoked}`);
      assert.equal(await grants.revokedBefore(acme, 'LOS-1'), revoked);
      const after = await grants.issue(acme, 'LOS-1', issuedBy);
      assert.ok(after >= revoked, `${after} is not revoked before ${revoked}`);
    }
  });

  test(`${name}: a revocation that comes twice, and an earlier one, bring nothing back`, async (t) => {
    const { grants } = await open(t);
    for (const at of [now, now, now - 1_000]) {
      assert.equal(await grants.revoke(acme, 'LOS-1', at), now);
      assert.equal(await grants.revokedBefore(acme, 'LOS-1'), now);
    }
  });

  test(`${name}: of grants and revocations at once each has its place before or behind the other`, async (t) => {
    const { grants } = await open(t);
    const done = await Promise.all(
      Array.from({ length: 40 }, async (_, count) => {
        const isRevocation = count % 4 === 3;
        const act = isRevocation ? grants.revoke : grants.issue;
        return { isRevocation, moment: await act(acme, 'LOS-1', now) };
      }),
    );
    const last = Math.max(...done.filter((each) => each.isRevocation).map((each) => each.moment));
    assert.equal(await grants.revokedBefore(acme, 'LOS-1'), last);
    assert.equal(await grants.issue(acme, 'LOS-1', now), last);
  });
}

test('a revocation outlives the process, and every grant that it ends', async (t) => {
  const directory = makeDirectory(t);
  const first = openSqliteStore({ directory });
  await first.grants.revoke(acme, 'LOS-1', now);
  await first.close();
  const second = openSqliteStore({ directory });
  t.after(() => second.close());
  assert.equal(await second.grants.revokedBefore(acme, 'LOS-1'), now);
  assert.ok(revocationLifeMs > longestGrantSeconds * 1_000 + 60_000);
});
