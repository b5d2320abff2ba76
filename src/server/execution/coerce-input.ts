import {
  GraphQLError,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { isRawNumber } from '../../atlas/json/raw-number.ts';
import { builtInScalars } from './built-in-scalars.ts';
import { suggestName } from './suggest-name.ts';

/** A position inside of an input value, from the innermost member outwards; undefined is the root. */
export type InputPath = { readonly parent: InputPath; readonly key: string | number } | undefined;

/** Is told of a fault. `reason` holds names of the schema and of members, and never a value. */
export type ReportFault = (path: InputPath, reason: string) => void;

/** Coerces a value of JSON; after a fault was reported the result means nothing. */
export type Coerce = (value: unknown, path: InputPath, report: ReportFault) => unknown;

/** Returns the coercion of an input type; made once for each named type of the schema. */
export type CoercionOf = (type: GraphQLInputType) => Coerce;

/**
 * Makes the coercion of input types (GraphQL specification, 3.4 to 3.12, "Input Coercion"). It accepts
 * what graphql-js accepts and returns the same. Its messages differ: those of graphql-js quote the
 * whole value, so that the work for many faults grows with the square of the size of a value.
 */
export function createCoercion(): CoercionOf {
  const named = new Map<GraphQLInputType, Coerce>();

  function coercionOf(type: GraphQLInputType): Coerce {
    if (isNonNullType(type)) return toNonNull(String(type), coercionOf(type.ofType));
    if (isListType(type)) return toList(coercionOf(type.ofType));
    const known = named.get(type);
    if (known !== undefined) return known;
    const coerce = isInputObjectType(type) ? toObject(type, coercionOf) : toLeaf(type);
    named.set(type, coerce);
    return coerce;
  }

  return coercionOf;
}

function toNonNull(type: string, coerce: Coerce): Coerce {
  return (value, path, report) => {
    if (value != null) return coerce(value, path, report);
    report(path, `Expected non-nullable type "${type}" not to be null.`);
    return undefined;
  };
}

function toList(coerce: Coerce): Coerce {
  return (value, path, report) => {
    if (value == null) return null;
    // A single value stands for a list of one (GraphQL specification, 3.11).
    if (!Array.isArray(value)) return [coerce(value, path, report)];
    return value.map((entry, index) => coerce(entry, { parent: path, key: index }, report));
  };
}

function toObject(type: GraphQLInputObjectType, coercionOf: CoercionOf): Coerce {
  const { name } = type;
  const fields = Object.values(type.getFields());
  const names = new Set(fields.map((field) => field.name));
  // Looked up at the first value: a type may hold itself.
  let coercions: readonly Coerce[] | undefined;

  return (value, path, report) => {
    if (value == null) return null;
    if (!isObject(value)) {
      report(path, `Expected type "${name}" to be an object.`);
      return undefined;
    }
    coercions ??= fields.map((field) => coercionOf(field.type));
    const coerced: Record<string, unknown> = {};
    for (const [index, field] of fields.entries()) {
      const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
      if (given !== undefined) {
        const at = { parent: path, key: field.name };
        coerced[field.name] = coercions[index]?.(given, at, report);
      } else if (field.defaultValue !== undefined) {
        coerced[field.name] = field.defaultValue;
      } else if (isNonNullType(field.type)) {
        report(path, `Field "${field.name}" of required type "${field.type}" was not provided.`);
      }
    }
    for (const member in value) {
      if (!names.has(member)) report(path, toUnknownMember(member, names, name));
    }
    if (type.isOneOf && !isOneOf(coerced)) {
      report(path, `Exactly one member of type "${name}" must be given, and not be null.`);
    }
    return coerced;
  };
}

/** A member's name is repeated only if it has the form of a name: a value may stand in its place. */
function toUnknownMember(member: string, names: ReadonlySet<string>, type: string): string {
  if (!/^[A-Za-z_]\w{0,63}$/.test(member)) return `A field is not defined by type "${type}".`;
  return `Field "${member}" is not defined by type "${type}".${suggestName(member, names)}`;
}

function isOneOf(coerced: Readonly<Record<string, unknown>>): boolean {
  const values = Object.values(coerced);
  return values.length === 1 && values[0] !== null;
}

function toLeaf(type: GraphQLLeafType): Coerce {
  const { name } = type;
  if (isEnumType(type)) {
    const values = new Map(type.getValues().map((each) => [each.name, each.value]));
    return (value, path, report) => {
      if (value == null) return null;
      if (typeof value === 'string' && values.has(value)) return values.get(value);
      report(path, `The enum "${name}" has no such value.`);
      return undefined;
    };
  }
  const refuse = builtInScalars.get(name);
  return (value, path, report) => {
    if (value == null) return null;
    const refusal = refuse?.(value);
    if (refusal !== undefined) {
      report(path, refusal);
      return undefined;
    }
    try {
      const parsed = type.parseValue(value);
      if (parsed === undefined) report(path, `Expected type "${name}".`);
      return parsed;
    } catch (error) {
      // The messages of the schema's own scalars hold no value; other texts are not for callers.
      report(path, error instanceof GraphQLError ? error.message : `Expected type "${name}".`);
      return undefined;
    }
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObjectOrNumber = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObjectOrNumber && !isRawNumber(value);
}
