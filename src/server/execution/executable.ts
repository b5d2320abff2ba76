import type { DocumentNode, ExecutionResult, OperationDefinitionNode } from 'graphql';
import type { ReadableVariables } from './read-variables.ts';

/** A valid operation with everything that its execution is given. */
export interface Executable<Context = unknown> {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: ReadableVariables;
  /** The context of its resolvers. */
  readonly contextValue: Context;
}

/** Executes a query or a mutation; a result without data says that nothing was executed. */
export type Execute<Context = unknown> = (
  executable: Executable<Context>,
) => Promise<ExecutionResult> | ExecutionResult;
