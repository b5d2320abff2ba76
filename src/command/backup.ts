import { loadConfig } from '../config/load-config.ts';
import { backUpRegister, type RegisterCopy, restoreRegister } from '../store/sqlite/backup.ts';
import { inMemory } from '../store/sqlite/file.ts';
import { StoreError } from '../store/store.ts';
import { type Command, exitCodes } from './command.ts';

/** Copies the register while the gateway runs. */
export const backup: Command = {
  name: 'backup',
  positionals: ['FILE'],
  summary: 'Copies the register of DATA_DIR to a new FILE; the gateway may run meanwhile.',
  help: `The copy is one state of the register, checked, and readable by its owner alone: it holds the
secret of callback addresses and flow grants, unless CALLBACK_SECRET is set. An existing FILE is
never overwritten.

Exit codes: 0 the copy is there, 1 it is not, 78 a fault of the configuration.`,
  options: {},
  async run({ positionals: [file = ''] }, { env, print }) {
    const copy = await backUpRegister(readDirectory(env), file);
    print(`${file}: ${toWords(copy)}`);
    return exitCodes.done;
  },
};

/** Puts a backup in the place of the register. */
export const restore: Command = {
  name: 'restore',
  positionals: ['FILE'],
  summary:
    'Puts the backup FILE in the place of the register of DATA_DIR; the gateway must not run.',
  help: `A FILE that is damaged, of a newer gateway or none of this gateway's is refused, and a running
gateway too: then nothing is changed. The register that was there is kept beside the restored one,
as atlas-gateway.sqlite.replaced. Writes after the backup are lost.

Exit codes: 0 it is restored, 1 nothing was changed, 78 a fault of the configuration.`,
  options: {},
  async run({ positionals: [file = ''] }, { env, print }) {
    const copy = restoreRegister(readDirectory(env), file);
    print(`restored ${toWords(copy)}`);
    return exitCodes.done;
  },
};

/** Returns the directory of the register; throws a StoreError where the configuration has none. */
function readDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const { redisUrl, store } = loadConfig(env);
  if (redisUrl !== undefined) {
    throw new StoreError('With REDIS_URL the register is in Redis: back up and restore that.');
  }
  if (store.directory === inMemory) {
    throw new StoreError('The register is in memory alone: give a DATA_DIR.');
  }
  return store.directory;
}

function toWords({ flows, bytes, version }: RegisterCopy): string {
  return `${flows} flows, ${bytes} bytes, tables of version ${version}`;
}
