import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { questionNames } from '../../bench/http/questions.ts';
import { compareAnswers } from '../../bench/http/rounds.ts';
import {
  peerNames,
  startGatewaySubject,
  startPeer,
  startSurroundings,
} from '../../bench/http/subjects.ts';
import { listen } from '../../bench/listen.ts';
import { installPeers } from '../../bench/peers/install.ts';

test('the gateway and all it is measured beside answer alike', async (t) => {
  installPeers();
  const surroundings = await startSurroundings();
  t.after(surroundings.stop);
  const subjects = await Promise.all([
    ...peerNames.map((name) => startPeer(name, surroundings.atlasUrl)),
    startGatewaySubject(surroundings.atlasUrl),
  ]);
  for (const { stop } of subjects) t.after(stop);
  await compareAnswers(subjects, questionNames);
});

test('a peer that answers something else is not measured', async (t) => {
  const surroundings = await startSurroundings();
  t.after(surroundings.stop);
  const floor = await startPeer('floor', surroundings.atlasUrl);
  t.after(floor.stop);
  const server = createServer((_request, response) => response.end('{"data":{"flow":null}}'));
  t.after(() => server.close());
  const other = { ...floor, url: await listen(server) };
  await assert.rejects(compareAnswers([floor, other], ['Q1']), /^Error: Q1: floor .*"flow":null/s);
});
