import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { secretVariables } from '../config/secret-files.ts';
import { fileName, inMemory } from '../store/sqlite/file.ts';
import { type CheckContext, type Finding, fault, ok, warn } from './finding.ts';

/** A file or directory that only the gateway's user and group may read, and only its user write. */
interface PrivatePlace {
  readonly name: string;
  readonly path: string;
}

/** Checks the modes of the files with secrets and of the register, and where the audit is written. */
export async function checkFiles(context: CheckContext): Promise<readonly Finding[]> {
  const { config, env } = context;
  const places = [
    ...secretVariables.flatMap((name) => toPlace(name, env[name])),
    ...(env.TENANTS_FILE ? toTenantPlaces(env.TENANTS_FILE.trim()) : []),
    ...toRegisterPlaces(context),
  ];
  const findings = places.map(toModeFinding);
  if (config.audit.place !== 'stdout') findings.push(toAuditFinding(config.audit.place));
  return findings;
}

function toPlace(name: string, given: string | undefined): PrivatePlace[] {
  const [, path] = /^\s*file:(.+?)\s*$/s.exec(given ?? '') ?? [];
  return path === undefined ? [] : [{ name: `the file of ${name}`, path }];
}

/** Returns the file of tenants and the files that it names. */
function toTenantPlaces(path: string): PrivatePlace[] {
  const texts: string[] = [];
  JSON.parse(readFileSync(path, 'utf8'), (_member, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return [
    { name: 'TENANTS_FILE', path },
    ...texts.flatMap((text) => toPlace('a secret in TENANTS_FILE', text)),
  ];
}

function toRegisterPlaces({ config }: CheckContext): PrivatePlace[] {
  const { directory } = config.store;
  if (config.redisUrl !== undefined || directory === inMemory || !existsSync(directory)) return [];
  const file = { name: 'the register in DATA_DIR', path: join(directory, fileName) };
  return existsSync(file.path) ? [file] : [];
}

function toModeFinding({ name, path }: PrivatePlace): Finding {
  const { mode } = statSync(path);
  if ((mode & 0o007) !== 0) return fault(`files: every user may open ${name}: chmod 600`);
  if ((mode & 0o020) !== 0) return fault(`files: its group may write ${name}: chmod 600`);
  return ok(`files: ${name} is closed to others`);
}

function toAuditFinding(path: string): Finding {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    return ok('files: AUDIT_LOG can be written');
  } catch {
    return warn('files: AUDIT_LOG can not be written by this user');
  }
}
