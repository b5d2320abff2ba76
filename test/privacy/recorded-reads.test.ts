import assert from 'node:assert/strict';
import test from 'node:test';
import {
  everyScopeBut,
  openCallers,
  transports,
  type View,
} from '../support/privacy/open-callers.ts';
import { type Message, openSocket } from '../support/server/raw-socket.ts';
import { transports as everyWay } from '../support/server/transports.ts';

const reader = { name: 'key 1', scopes: ['flows:read', 'batches:read', 'pii:read'] } as const;

/** The constant part of a line. */
function toSaid({ time, requestId, subject, ...said }: Record<string, unknown>) {
  assert.ok(time && requestId && subject);
  return said;
}

const said = {
  stream: 'audit',
  event: 'personal data read',
  tenant: 'default',
  caller: 'key 1',
};

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} an operation that shows personal data is one line for each flow and batch`, async (t) => {
    const gateway = await openCallers(t);
    const flowUuid = await gateway.finishedFlow(['aadhaar.jpg', 'pan.jpg']);
    const batchId = await gateway.createBatch(['voter.jpg']);
    gateway.finishBatches();
    const { errors } = await ask(
      t,
      gateway.as(reader),
      `query ($flowUuid: String!, $batchId: String!) {
        flow(uuid: $flowUuid) {
          documents {
            extraction {
              ... on IdentityExtraction { name { value } again: name { value } }
              ... on PanExtraction { dateOfBirth { date } panNumber { masked } documentQualityFlag { value } }
              ... on AadhaarExtraction {
                aadhaarNumber { masked lastFour redactedImageUrl }
                address { formatted { city } }
              }
            }
          }
          crossChecks { field left { value } right { documentType } }
        }
        batch(batchId: $batchId) {
          documents(first: 1) { edges { node { extraction { fields(names: ["voter_id"]) { value } } } } }
        }
      }`,
      { flowUuid, batchId },
    );
    assert.equal(errors, undefined);
    const lines = gateway.auditLines().toSorted((one) => ('flow' in one ? -1 : 1));
    assert.deepEqual(lines.map(toSaid), [
      {
        ...said,
        flow: flowUuid,
        fields: [
          'AADHAAR.aadhaar_number.redact_url',
          'AADHAAR.formatted_address',
          'AADHAAR.name',
          'PAN.dob',
          'PAN.name_as_per_pan',
          'cross_checks.date_of_birth',
          'cross_checks.name',
        ],
      },
      { ...said, batch: `BULK:${batchId}`, fields: ['VOTER_ID.voter_id'] },
    ]);
  });
}

test('a read without personal data is not audited', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.finishedFlow(['aadhaar.jpg', 'pan.jpg', 'broken-link.jpg']);
  const structure = `extraction {
    documentType lowestConfidence fields { name kind confidence isMasked }
    ... on PanExtraction { panNumber { masked } documentQualityFlag { value } }
    ... on AadhaarExtraction { aadhaarNumber { masked lastFour } }
  }`;
  await gateway.ask(
    `query ($uuid: String!) {
      flow(uuid: $uuid) {
        status { state } documents { failure { code rawCode isMasked } ${structure} }
        crossChecks { similarityScore } crossCheckSummary { failed }
      }
    }`,
    { uuid },
  );
  assert.deepEqual(gateway.auditLines(), []);

  const everything = 'extraction { fields { value } ... on IdentityExtraction { name { value } } }';
  const blind = gateway.as({ scopes: everyScopeBut('pii:read') });
  assert.ok((await blind.askDocument(uuid, 'pan.jpg', everything)).data.flow.document.extraction);
  assert.deepEqual(gateway.auditLines(), []);
});

test('the score of an extracted address is on record as the address is', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.finishedFlow(['aadhaar.jpg']);
  await gateway.askDocument(
    uuid,
    'aadhaar.jpg',
    'extraction { ... on AadhaarExtraction { address { match(against: "1 SAMPLE ROAD") { similarityScore } } } }',
  );
  assert.deepEqual(
    gateway.auditLines().map(({ flow, fields }) => [flow, fields]),
    [[uuid, ['AADHAAR.address']]],
  );
});

test('the line is there before the answer is', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.finishedFlow(['pan.jpg']);
  const { headers } = await fetch(gateway.graphqlUrl, {
    method: 'POST',
    headers: { ...gateway.headers, 'x-request-id': 'request-of-a-test' },
    body: JSON.stringify({
      query: `{ flow(uuid: "${uuid}") { documents { extraction { fields { value } } } } }`,
    }),
  });
  assert.equal(headers.get('x-request-id'), 'request-of-a-test');
  assert.deepEqual(
    gateway.auditLines().map(({ requestId }) => requestId),
    ['request-of-a-test'],
  );
});

const watch = `subscription ($uuid: String!) {
  flowUpdated(uuid: $uuid) {
    status { state }
    documents { extraction { ... on IdentityExtraction { name { value } } } }
  }
}`;

async function openReader(t: Parameters<typeof openSocket>[0], view: View, uuid: string) {
  const socket = await openSocket(t, view.webSocketUrl);
  await socket.init(`Bearer ${view.apiKey}`);
  socket.subscribe('1', watch, { uuid });
  return {
    /** The results until one fits. */
    async readUntil(fits: (flow: Message) => boolean): Promise<Message> {
      for (;;) {
        const { payload } = await socket.next();
        if (fits(payload.data.flowUpdated)) return payload.data.flowUpdated;
      }
    },
  };
}

test('each event of a subscription that shows personal data is on record for itself', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  const events = await openReader(t, gateway.as(reader), uuid);
  await events.readUntil(() => true);
  assert.deepEqual(gateway.auditLines(), [], 'there is nothing to read yet');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  await events.readUntil(({ status }) => status.state === 'SUCCESS');
  const lines = gateway.auditLines().map(toSaid);
  assert.ok(lines.length > 0);
  for (const line of lines) {
    assert.deepEqual(line, { ...said, flow: uuid, fields: ['PAN.name_as_per_pan'] });
  }
});

test('each reader of a shared subscription is audited', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  gateway.clock.advance(2500); // read, and not compared yet
  const isThere = ({ documents }: Message) => documents[0]?.extraction;
  for (const name of ['key 1', 'key 2']) {
    const { readUntil } = await openReader(t, gateway.as({ ...reader, name }), uuid);
    await readUntil(isThere);
  }
  assert.deepEqual(
    gateway.auditLines().map(({ caller }) => caller),
    ['key 1', 'key 2'],
  );
});

for (const [transport, subscribe] of Object.entries(everyWay)) {
  test(`over ${transport} each reader of a shared subscription has lines of its own, at the join and at each event`, async (t) => {
    const gateway = await openCallers(t);
    const uuid = await gateway.openFlow();
    await gateway.upload(uuid, 'pan.jpg');
    gateway.clock.advance(2500); // read, and not compared yet
    const countLines = () => {
      const counts = new Map<unknown, number>();
      for (const { requestId } of gateway.auditLines()) {
        counts.set(requestId, (counts.get(requestId) ?? 0) + 1);
      }
      return [...counts.values()];
    };
    const first = await subscribe(t, gateway, uuid, watch);
    while (!(await first.next()).data.flowUpdated.documents[0]?.extraction);
    const [before = 0, ...others] = countLines();
    assert.ok(before >= 1);
    assert.deepEqual(others, []);

    const second = await subscribe(t, gateway, uuid, watch);
    assert.ok((await second.next()).data.flowUpdated.documents[0].extraction);
    assert.deepEqual(countLines(), [before, 1]);

    gateway.sandbox.finishFlow(uuid, 'SUCCESS');
    let events = 0;
    for (const reader of [first, second]) {
      events = 1;
      while ((await reader.next()).data.flowUpdated.status.state !== 'SUCCESS') events += 1;
    }
    const [ofFirst = 0, ofSecond = 0, ...more] = countLines();
    assert.ok(ofFirst - before >= events && ofSecond - 1 >= events);
    assert.deepEqual(more, []);
    for (const line of gateway.auditLines()) {
      const { caller, flow, fields } = line;
      assert.deepEqual([caller, flow, fields], ['owner', uuid, ['PAN.name_as_per_pan']]);
    }
  });
}

test('of two who read one subscription each sees by its own right', async (t) => {
  const gateway = await openCallers(t);
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  const clear = await openReader(t, gateway.as(reader), uuid);
  const blind = await openReader(t, gateway.as({ scopes: ['flows:read'] }), uuid);
  await Promise.all([clear.readUntil(() => true), blind.readUntil(() => true)]);
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  const isDone = ({ status }: Message) => status.state === 'SUCCESS';
  const [seen, masked] = [await clear.readUntil(isDone), await blind.readUntil(isDone)];
  assert.match(seen.documents[0].extraction.name.value, /^T\. PERSON|^TEST/);
  assert.match(masked.documents[0].extraction.name.value, /^T\*\*\*/);
});

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} what cannot be put on record is not shown`, async (t) => {
    const gateway = await openCallers(t, {
      auditFile: {
        write() {
          throw new Error('no space left on the device');
        },
      },
    });
    const uuid = await gateway.finishedFlow(['pan.jpg']);
    const kind = transport === 'HTTP' ? 'query' : 'subscription';
    const field = transport === 'HTTP' ? 'flow' : 'flowUpdated';
    const documents = 'documents { extraction { fields { value } } }';
    const answer = await ask(t, gateway, `${kind} { ${field}(uuid: "${uuid}") { ${documents} } }`);
    assert.equal(answer.data, null);
    assert.deepEqual(
      answer.errors?.map(({ message, extensions }) => [message, extensions.code]),
      [['Something went wrong in the gateway.', 'INTERNAL']],
    );
    assert.ok(gateway.logLines().some(({ level }) => level === 'error'));
    const blind = gateway.as({ scopes: everyScopeBut('pii:read') });
    const masked = await ask(t, blind, `${kind} { ${field}(uuid: "${uuid}") { ${documents} } }`);
    assert.equal(masked.errors, undefined);
  });
}
