import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { Ref } from 'preact';
import { Prose } from './prose.tsx';

interface TypePageProps {
  readonly type: GraphQLNamedType;
  readonly schema: GraphQLSchema;
  readonly heading: Ref<HTMLHeadingElement>;
  readonly onOpen: (name: string) => void;
}

/** One type with its description, fields or values. */
export function TypePage({ type, schema, heading, onOpen }: TypePageProps) {
  const fields = fieldsOf(type);
  const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
  const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  return (
    <>
      <h3 tabIndex={-1} ref={heading}>
        {type.name}
      </h3>
      {type.description && (
        <p>
          <Prose text={type.description} />
        </p>
      )}
      <Names title="Implements" types={interfaces} onOpen={onOpen} />
      <Names title="Possible types" types={possible} onOpen={onOpen} />
      {fields.length > 0 && (
        <>
          <h4>{isEnumType(type) ? 'Values' : 'Fields'}</h4>
          <dl>
            {fields.map(({ name, type: of, args, description, deprecated }) => (
              <div key={name}>
                <dt>
                  {name}
                  {args.length > 0 && <Arguments args={args} onOpen={onOpen} />}
                  {of && (
                    <>
                      : <TypeName type={of} onOpen={onOpen} />
                    </>
                  )}
                </dt>
                {description && (
                  <dd>
                    <Prose text={description} />
                  </dd>
                )}
                {deprecated && (
                  <dd>
                    Deprecated. <Prose text={deprecated} />
                  </dd>
                )}
              </div>
            ))}
          </dl>
        </>
      )}
    </>
  );
}

interface ShownField {
  readonly name: string;
  readonly type: GraphQLType | null;
  readonly args: readonly GraphQLArgument[];
  readonly description: string | null | undefined;
  readonly deprecated: string | null | undefined;
}

function fieldsOf(type: GraphQLNamedType): readonly ShownField[] {
  if (isEnumType(type)) {
    return type.getValues().map(({ name, description, deprecationReason }) => ({
      name,
      type: null,
      args: [],
      description,
      deprecated: deprecationReason,
    }));
  }
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => ({
      ...field,
      args: [],
      deprecated: field.deprecationReason,
    }));
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).map((field) => ({
    ...field,
    deprecated: field.deprecationReason,
  }));
}

interface NamesProps {
  readonly title: string;
  readonly types: readonly GraphQLNamedType[];
  readonly onOpen: (name: string) => void;
}

function Names({ title, types, onOpen }: NamesProps) {
  if (types.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="found">
        {types.map((type) => (
          <li key={type.name}>
            <TypeName type={type} onOpen={onOpen} />
          </li>
        ))}
      </ul>
    </>
  );
}

interface ArgumentsProps {
  readonly args: readonly GraphQLArgument[];
  readonly onOpen: (name: string) => void;
}

function Arguments({ args, onOpen }: ArgumentsProps) {
  return (
    <>
      (
      {args.map(({ name, type }, place) => (
        <span key={name}>
          {place > 0 && ', '}
          {name}: <TypeName type={type} onOpen={onOpen} />
        </span>
      ))}
      )
    </>
  );
}

/** The name of a type, which opens the type behind it. */
function TypeName({ type, onOpen }: { type: GraphQLType; onOpen: (name: string) => void }) {
  return (
    <button type="button" class="link" onClick={() => onOpen(getNamedType(type).name)}>
      {String(type)}
    </button>
  );
}
