import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const missing = `no Chromium at ${chromiumPath}: install Debian's package chromium, or set CHROMIUM_PATH`;
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser without a past; null, and the test skipped, where there is none outside of CI. */
export async function openBrowser(
  t: TestContext,
  options: BrowserContextOptions = {},
): Promise<BrowserContext | null> {
  if (!existsSync(chromiumPath)) {
    if (process.env.CI === 'true') assert.fail(missing);
    t.skip(missing);
    return null;
  }
  const profile = await mkdtemp(join(tmpdir(), 'browser-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    args: flags,
    viewport: { width: 1400, height: 900 },
    ...options,
  });
  t.after(async () => {
    await browser.close();
    await rm(profile, { recursive: true });
  });
  return browser;
}
