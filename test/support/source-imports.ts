import { dirname, join } from 'node:path';

/** One import of a source file by another. */
export interface SourceImport {
  /** The importing file, relative to the repository: `src/server/http/http.ts`. */
  readonly from: string;
  /** The imported file, relative to the repository. */
  readonly to: string;
  /** True if nothing of the import remains at run time. */
  readonly isTypeOnly: boolean;
}

/**
 * The allowed imports of one file from a floor or a room: everything (`*`), types only (`type`), or
 * values from the named files and types from all.
 */
export type Allowed = '*' | 'type' | readonly string[];

/** The allowed imports by importing floor (or room), then by imported floor (or room). */
export type Arrows = Readonly<Record<string, Readonly<Record<string, Allowed>>>>;

/** Every relative import in the text of a file: static, re-exported, dynamic, or `typeof import()`. */
export function importsIn(from: string, text: string): SourceImport[] {
  const statics = /^(?:import|export)\s+(?:([^;'"]*?)\s*from\s*)?'(\.[^']+)'/gm;
  const dynamics = /(typeof\s+)?\bimport\(\s*['"`](\.[^'"`]+)['"`]\s*\)/g;
  return [
    ...[...text.matchAll(statics)].map(([, names = '', path = '']) => ({
      from,
      to: join(dirname(from), path),
      isTypeOnly: hasTypesOnly(names.trim()),
    })),
    ...[...text.matchAll(dynamics)].map(([, typeOf, path = '']) => ({
      from,
      to: join(dirname(from), path),
      isTypeOnly: typeOf !== undefined,
    })),
  ];
}

/** The folder of a source file directly below `src`, or the file's own name if it stands in `src`. */
export function floorOf(file: string): string {
  return file.split('/')[1] ?? file;
}

/** The folder of a source file below its floor; `top` for a file that stands on the floor itself. */
export function roomOf(file: string): string {
  const [, , room = 'top', ...rest] = file.split('/');
  return rest.length === 0 ? 'top' : room;
}

/** The imports between floors that the table does not allow. */
export function findForbiddenFloors(imports: readonly SourceImport[], arrows: Arrows): string[] {
  return imports
    .filter(({ from, to }) => floorOf(from) !== floorOf(to))
    .filter((each) => !isAllowed(each, arrows[floorOf(each.from)]?.[floorOf(each.to)]))
    .map(toLine);
}

/** The imports between rooms of one floor that the tables, one for each floor, do not allow. */
export function findForbiddenRooms(
  imports: readonly SourceImport[],
  arrowsOf: Readonly<Record<string, Arrows>>,
): string[] {
  return imports
    .filter(({ from, to }) => floorOf(from) === floorOf(to) && roomOf(from) !== roomOf(to))
    .filter(
      (each) =>
        !isAllowed(each, arrowsOf[floorOf(each.from)]?.[roomOf(each.from)]?.[roomOf(each.to)]),
    )
    .map(toLine);
}

/** Every chain of imports, types included, that ends at the file where it begins. */
export function findCycles(imports: readonly SourceImport[]): string[] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];

  function visit(file: string, trail: readonly string[]): void {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(' > '));
    if (start >= 0 || done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  }

  for (const file of targets.keys()) visit(file, []);
  return cycles;
}

function isAllowed({ to, isTypeOnly }: SourceImport, allowed: Allowed | undefined): boolean {
  if (allowed === undefined) return false;
  if (allowed === '*' || isTypeOnly) return true;
  return allowed !== 'type' && allowed.includes(to.split('/').at(-1) ?? to);
}

function toLine({ from, to }: SourceImport): string {
  return `${from} imports ${to}`;
}

/** True for `type { A }` and `{ type A, type B }`: they load nothing. */
function hasTypesOnly(names: string): boolean {
  if (/^type\b/.test(names)) return true;
  const named = /^\{([^}]*)\}$/s
    .exec(names)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return named?.every((name) => /^\s*type\s/.test(name)) ?? false;
}
