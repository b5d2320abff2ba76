import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../open-browser.ts';
import type { OpenGateway } from '../open-gateway.ts';

/** The widths that the page is made for: a laptop's and a phone's. */
export const laptop = { viewport: { width: 1280, height: 800 } };
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };

export interface Playground {
  readonly browser: BrowserContext;
  readonly page: Page;
  /** The addresses of all requests of the page. */
  readonly requests: readonly string[];
  /** Errors of scripts, and complaints such as of the policy; not of refused requests. */
  readonly complaints: readonly string[];
}

/** Opens the playground as a person sees it, with its editors; null where there is no browser. */
export async function openPlayground(
  t: TestContext,
  { graphqlUrl }: Pick<OpenGateway, 'graphqlUrl'>,
  options: BrowserContextOptions = laptop,
): Promise<Playground | null> {
  const browser = await openBrowser(t, options);
  if (browser === null) return null;
  const requests: string[] = [];
  const complaints: string[] = [];
  browser.on('request', (request) => requests.push(request.url()));
  browser.on('weberror', (error) => complaints.push(error.error().message));
  browser.on('console', (message) => {
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(graphqlUrl);
  await editorsOf(page);
  return { browser, page, requests, complaints };
}

/** Waits until the code editors have taken the place of the text areas. */
export async function editorsOf(page: Page): Promise<void> {
  await page.locator('.cm-content').nth(1).waitFor();
}

/** Opens a topic by its link. */
export async function openTopic(page: Page, title: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: title }).click();
  await page.getByRole('heading', { name: title, level: 2 }).waitFor();
}

/** Runs the operation in view and waits for a text in its answer. */
export async function runAndSee(page: Page, expected: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await see(page, expected);
}

/** Waits for a text in the answer or the events. */
export async function see(page: Page, expected: string | RegExp): Promise<void> {
  await page.locator('section.answer').filter({ hasText: expected }).waitFor();
}

/** The text of an editor, as it is there without what is out of view. */
export async function textOf(page: Page, label: 'Operation' | 'Variables'): Promise<string> {
  return await page.getByRole('textbox', { name: label }).innerText();
}

/** The uuid in the variables in view. */
export async function uuidIn(page: Page): Promise<string> {
  const [uuid] = /LOS-[0-9a-f-]{36}/.exec(await textOf(page, 'Variables')) ?? [];
  assert.ok(uuid, 'the variables hold a uuid');
  return uuid;
}
