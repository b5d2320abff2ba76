import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type GatewayOptions, type OpenGateway, openGateway } from '../open-gateway.ts';
import { createHandClock, type HandClock } from '../sandbox/hand-clock.ts';

/** A gateway over a sandbox in which nothing happens by itself. */
export interface StillGateway extends OpenGateway {
  /** The sandbox's: a stage of a flow takes 1000 ms of it. */
  readonly clock: HandClock;
  /** Opens a flow of an application, uploads files by name and has it end well. */
  finishedFlow(fileNames: readonly string[], applicationId?: string): Promise<string>;
  /** Submits files by name, the name being the id, and answers the batch's id. */
  createBatch(fileNames: readonly string[], service?: 'BULK' | 'SANDBOX'): Promise<string>;
  /** Has every batch read to its end. */
  finishBatches(): void;
  /** Answers the next extracts call with documents and cross-checks of the test's own. */
  answerExtracts(ocrData: readonly unknown[], crossChecks?: readonly unknown[]): void;
  /** The data of one document of a flow, asked with a selection on `Document`. */
  askDocument(
    flowUuid: string,
    documentId: string,
    selection: string,
  ): ReturnType<OpenGateway['ask']>;
}

/** Opens one, closed with the test. */
export async function openStillGateway(
  t: TestContext,
  options: GatewayOptions = {},
): Promise<StillGateway> {
  const clock = createHandClock();
  const gateway = await openGateway(t, {
    ...options,
    // The gateway has seen the end of a finished flow; what a test asks is to reach Atlas all the same.
    env: { PII_CACHE_SECONDS: '0', ...options.env },
    sandbox: { clock, stageMs: 1000, ...options.sandbox },
  });
  const { sandbox } = gateway;

  return {
    ...gateway,
    clock,
    async finishedFlow(fileNames, applicationId) {
      const uuid = await gateway.openFlow(applicationId);
      if (fileNames.length > 0) {
        const { data } = await gateway.upload(uuid, ...fileNames);
        assert.deepEqual(data.uploadDocuments.userErrors, []);
      }
      const watched = gateway.app.countWatched();
      sandbox.finishFlow(uuid, 'SUCCESS');
      await sandbox.waitForCallback(uuid);
      // The gateway has heard it, and looks for itself: that is over when it watches no more.
      while (gateway.app.countWatched() > watched) await fetch(`${gateway.app.url}/health`);
      return uuid;
    },
    async createBatch(fileNames, service = 'BULK') {
      const files = fileNames.map((name) => ({
        documentId: name,
        url: `https://files.example/${name}`,
      }));
      const { data } = await gateway.ask(
        'mutation ($input: CreateBatchInput!) { createBatch(input: $input) { batch { batchId } } }',
        { input: { service, files } },
      );
      return data.createBatch.batch.batchId;
    },
    finishBatches: () => clock.advance(2000),
    answerExtracts(ocr_data, cross_checks = []) {
      sandbox.fault('flowExtracts', { status: 200, body: { ocr_data, cross_checks } });
    },
    askDocument: toAskDocument(gateway.ask),
  };
}

/** Asks one document of a flow as whoever `ask` asks as. */
export function toAskDocument(ask: OpenGateway['ask']): StillGateway['askDocument'] {
  return (uuid, documentId, selection) =>
    ask(
      `query ($uuid: String!, $documentId: String!) {
        flow(uuid: $uuid) { document(documentId: $documentId) { ${selection} } }
      }`,
      { uuid, documentId },
    );
}
