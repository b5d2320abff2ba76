import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
} from 'graphql';
import { ask, isRefusal } from './graph.ts';
import { refusedKey } from './runner.ts';

/** The schema that the gateway shows to a caller, or the reason why it shows none. */
export type LoadedSchema = { readonly schema: GraphQLSchema } | { readonly fault: string };

/** Makes a function that asks for the schema once for a key, and again where it could not be had. */
export function createSchemaReader(url: string): (key: string) => Promise<LoadedSchema> {
  let latest: { readonly key: string; readonly loaded: Promise<LoadedSchema> } | undefined;
  return async (key) => {
    if (latest?.key !== key) latest = { key, loaded: fetchSchema(url, key) };
    const { loaded } = latest;
    const schema = await loaded;
    if ('fault' in schema && latest?.loaded === loaded) latest = undefined;
    return schema;
  };
}

async function fetchSchema(url: string, key: string): Promise<LoadedSchema> {
  const query = getIntrospectionQuery({ inputValueDeprecation: true });
  try {
    const { result } = await ask(url, { query, variables: {} }, key);
    if (isRefusal(result)) return { fault: refusedKey };
    const [error] = result.errors ?? [];
    if (error?.extensions?.code === 'FORBIDDEN') {
      return { fault: 'This key has no scope, and only callers with a scope may read the schema.' };
    }
    if (error) return { fault: `The gateway does not show the schema: ${error.message}` };
    return { schema: buildClientSchema(result.data as IntrospectionQuery) };
  } catch (failure) {
    return { fault: failure instanceof Error ? failure.message : 'The schema can’t be read.' };
  }
}
