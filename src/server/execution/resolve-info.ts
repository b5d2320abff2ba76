import type { GraphQLResolveInfo } from 'graphql';
import type { Path } from './complete-value.ts';

/** What a resolver is told that is the same for each object that the field is asked of. */
export interface FieldPlace extends Omit<GraphQLResolveInfo, 'path' | 'variableValues'> {
  /** The name of the field in the answer. */
  readonly key: string;
}

/**
 * What a resolver is told of its field. There is one for each field of each object, and hardly any
 * is read: so it is of one small form for all, and the rest is looked up when somebody asks.
 */
export class FieldInfo implements GraphQLResolveInfo {
  readonly variableValues: GraphQLResolveInfo['variableValues'];
  readonly #place: FieldPlace;
  readonly #before: Path;

  constructor(
    place: FieldPlace,
    before: Path,
    variableValues: GraphQLResolveInfo['variableValues'],
  ) {
    this.#place = place;
    this.#before = before;
    this.variableValues = variableValues;
  }

  get path(): GraphQLResolveInfo['path'] {
    const { key, parentType } = this.#place;
    return { prev: this.#before, key, typename: parentType.name };
  }

  get fieldName(): GraphQLResolveInfo['fieldName'] {
    return this.#place.fieldName;
  }

  get fieldNodes(): GraphQLResolveInfo['fieldNodes'] {
    return this.#place.fieldNodes;
  }

  get returnType(): GraphQLResolveInfo['returnType'] {
    return this.#place.returnType;
  }

  get parentType(): GraphQLResolveInfo['parentType'] {
    return this.#place.parentType;
  }

  get schema(): GraphQLResolveInfo['schema'] {
    return this.#place.schema;
  }

  get fragments(): GraphQLResolveInfo['fragments'] {
    return this.#place.fragments;
  }

  get rootValue(): GraphQLResolveInfo['rootValue'] {
    return this.#place.rootValue;
  }

  get operation(): GraphQLResolveInfo['operation'] {
    return this.#place.operation;
  }
}
