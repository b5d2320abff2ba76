import { render } from 'preact';
import type { PlaygroundSettings } from '../../src/server/http/playground-settings.ts';
import { createController } from './controller.ts';
import { App } from './view/app.tsx';

const root = document.getElementById('page');
const settings = document.getElementById('settings')?.textContent;
if (root === null || !settings) throw new Error('This is not the page of the playground');

const facts: PlaygroundSettings = JSON.parse(settings);
const controller = createController(facts, `${location.origin}${location.pathname}`);
root.replaceChildren();
render(<App controller={controller} />, root);
