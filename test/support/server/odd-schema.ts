import {
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  responsePathAsArray,
} from 'graphql';

/** What resolvers were told of themselves, in their order. */
export type Told = unknown[];

/**
 * A schema with everything that can go wrong, whatever its query: values and errors of all kinds, at
 * once and later, where null may stand and where it may not.
 */
export function createOddSchema(told: Told): GraphQLSchema {
  const tell = (info: GraphQLResolveInfo, args: unknown) => {
    const { fieldName, path, parentType, returnType, variableValues, fieldNodes } = info;
    const where = responsePathAsArray(path);
    const types = [String(parentType), path.typename, String(returnType)];
    told.push([fieldName, where, types, variableValues, fieldNodes.length, args]);
  };
  const colour = new GraphQLEnumType({
    name: 'Colour',
    values: { RED: { value: { inner: 1 } }, BLUE: { value: 2 }, GREEN: {} },
  });
  const odd = new GraphQLScalarType({
    name: 'Odd',
    serialize(value) {
      if (value === 'bad') throw new Error('it can not be shown');
      return value === 'none' ? undefined : { shown: value };
    },
    parseValue: (value) => ({ parsed: value }),
  });
  const named = new GraphQLInterfaceType({
    name: 'Named',
    fields: { name: { type: GraphQLString } },
    resolveType: (value: { kind?: unknown }) =>
      value.kind === 'later' ? Promise.resolve('Thing') : (value.kind as string),
  });
  const fields = () => ({
    name: { type: GraphQLString },
    colour: { type: colour },
    plain: { type: new GraphQLNonNull(GraphQLString) },
    odd: { type: odd },
    called: { type: GraphQLString },
    later: { type: GraphQLString },
    self: { type: thing, resolve: (source: unknown) => source },
    strict: {
      type: new GraphQLNonNull(thing),
      resolve: (source: unknown, _: unknown, __: unknown, info: GraphQLResolveInfo) => {
        tell(info, null);
        return source;
      },
    },
    slow: { type: new GraphQLNonNull(thing), resolve: async (source: unknown) => source },
    slowError: { type: GraphQLString, resolve: () => Promise.reject(new Error('slow')) },
    slowNull: { type: new GraphQLNonNull(GraphQLString), resolve: async () => null },
    thrown: {
      type: GraphQLString,
      resolve: () => {
        throw 'no error at all';
      },
    },
  });
  const thing: GraphQLObjectType = new GraphQLObjectType({
    name: 'Thing',
    interfaces: [named],
    fields,
  });
  const checked = new GraphQLObjectType<{ readonly checks?: unknown }>({
    name: 'Checked',
    interfaces: [named],
    fields,
    isTypeOf: (value) => (value.checks === 'later' ? Promise.resolve(true) : value.checks === true),
  });
  const lone = new GraphQLObjectType({ name: 'Lone', fields: { name: { type: GraphQLString } } });
  const either = new GraphQLUnionType({
    name: 'Either',
    types: [thing, checked],
    resolveType: (value) => value.kind,
  });
  const input = new GraphQLInputObjectType({
    name: 'Input',
    fields: {
      text: { type: GraphQLString, defaultValue: 'as ever' },
      colours: { type: new GraphQLList(colour) },
      odd: { type: odd },
    },
  });

  /** Gives what the context has under the name of the field. */
  const of = (type: GraphQLOutputType) => ({
    type,
    resolve: (
      _: unknown,
      __: unknown,
      context: Readonly<Record<string, unknown>>,
      info: GraphQLResolveInfo,
    ) => {
      tell(info, null);
      return context[info.fieldName];
    },
  });
  const list = (type: GraphQLOutputType) => new GraphQLList(type);
  return new GraphQLSchema({
    types: [thing, checked, lone],
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        thing: of(thing),
        checked: of(checked),
        named: of(named),
        either: of(list(either)),
        things: of(list(thing)),
        strictThings: of(list(new GraphQLNonNull(thing))),
        grid: of(list(new GraphQLNonNull(list(GraphQLInt)))),
        must: of(new GraphQLNonNull(GraphQLString)),
        colours: of(list(colour)),
        echo: {
          type: GraphQLString,
          args: {
            text: { type: GraphQLString, defaultValue: 'nothing' },
            input: { type: input },
            list: { type: new GraphQLList(new GraphQLNonNull(GraphQLInt)) },
          },
          resolve: (_, args, __, info) => {
            tell(info, structuredClone(args));
            args.text = 'changed';
            return JSON.stringify(args);
          },
        },
      },
    }),
  });
}
