import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { endpoints } from '../../src/atlas/api/endpoints.ts';
import { floors, rooms } from '../support/allowed-imports.ts';
import type { Allowed, Arrows } from '../support/source-imports.ts';
import { floorOf, roomOf } from '../support/source-imports.ts';

const root = new URL('../../', import.meta.url).pathname;
const page = read('ARCHITECTURE.md').replace(/^```[\s\S]*?^```/gm, '');

/** The rows of the table below a heading, cell by cell, without the head. */
function tableOf(heading: string, text = page): string[][] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  assert.ok(lines.length > 2, `there is a table below ${heading}`);
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function codesIn(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** The allowed imports of one cell, as the tables of the tests have them. */
function toArrows(cell: string | undefined): Record<string, Allowed> {
  const arrows: Record<string, Allowed> = {};
  for (const [, to = '', only] of (cell ?? '').matchAll(/`([^`]+)`(?: \(([^)]*)\))?/g)) {
    arrows[to] = only === undefined ? '*' : only === 'types' ? 'type' : codesIn(only);
  }
  return arrows;
}

test('every file that the architecture names exists', () => {
  const named = codesIn(page).filter((code) => /^(src|test|docs)\/.+\.\w+$/.test(code));
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.filter((file) => !existsSync(join(root, file))),
    [],
  );
});

test('the architecture names every floor and room of the source', () => {
  const sources = globSync('src/**/*.{js,ts}', { cwd: root });
  const floorsNamed = new Set(tableOf('Floors').flatMap(([floor]) => codesIn(floor)));
  const roomsNamed = new Set(tableOf('Rooms').map(([floor, room]) => `${floor}/${room}`));
  for (const file of sources) {
    assert.ok(floorsNamed.has(floorOf(file)), file);
    if (roomOf(file) === 'top') continue;
    assert.ok(roomsNamed.has(`\`${floorOf(file)}\`/\`${roomOf(file)}\``), file);
  }
});

test('the arrows of the architecture are those that the imports are held to', () => {
  const documented = tableOf('Floors').map(([floor, , arrows]) => [
    codesIn(floor)[0],
    toArrows(arrows),
  ]);
  assert.deepEqual(Object.fromEntries(documented), floors);
  const documentedRooms: Record<string, Arrows> = {};
  for (const [floor, room, , arrows] of tableOf('Rooms')) {
    const [floorName = ''] = codesIn(floor);
    const [roomName = ''] = codesIn(room);
    documentedRooms[floorName] = { ...documentedRooms[floorName], [roomName]: toArrows(arrows) };
  }
  assert.deepEqual(documentedRooms, rooms);
});

test('every type of the glossary is exported by its file', () => {
  for (const [term, type, file] of tableOf('Glossary')) {
    const [name = ''] = codesIn(type);
    const [path = ''] = codesIn(file);
    const declaration = new RegExp(`^export (interface|type|class) ${name}\\b`, 'm');
    assert.match(read(path), declaration, term ?? name);
  }
});

test('the table of calls to Atlas is the endpoint table', () => {
  assert.deepEqual(
    tableOf('Table of contents: calls to Atlas'),
    Object.entries(endpoints).map(([name, row]) => [
      `\`${name}\``,
      row.service,
      `\`${row.method} ${row.path}\``,
      row.credentials,
      row.isRepeatable ? 'yes' : 'no',
    ]),
  );
});

test('the table of the schema names the types of the reference file, each once', () => {
  const named = tableOf('Table of contents: the schema').flatMap(([, types]) => codesIn(types));
  const declared = read('src/schema/refs.ts').matchAll(
    /builder\s*\.(?:objectRef|interfaceRef|enumType)(?:<[\s\S]*?>)?\('(\w+)'/g,
  );
  assert.deepEqual(named.toSorted(), [...declared].map(([, type = '']) => type).toSorted());
});

test('a row of the floors that leaves an arrow out is told apart', () => {
  assert.deepEqual(toArrows('`a`, `b` (types), `c` (`d.ts`, types)'), {
    a: '*',
    b: 'type',
    c: ['d.ts'],
  });
  assert.notDeepEqual(toArrows('`a`'), toArrows('`a` (types)'));
});

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
