import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from 'graphql';
import { createVariablesReader } from '../../../src/server/execution/read-variables.ts';
import { createExecution, type ExecutionOptions } from '../../../src/server/operation/execution.ts';

/** Executes an operation with the variables as they were sent; faults in them are its errors. */
export type ExecuteSent = (
  args: Omit<ExecutionArgs, 'schema'>,
) => Promise<ExecutionResult> | ExecutionResult;

/** Creates the execution of the server, with the reader of variables that stands before it. */
export function createExecuteSent(options: ExecutionOptions): ExecuteSent {
  const { schema } = options;
  const readersOf = createVariablesReader(schema);
  const run = createExecution(options);
  return (args) => {
    const { document, operationName, variableValues, contextValue } = args;
    const operation = getOperationAST(document, operationName);
    if (!operation) return execute({ ...args, schema });
    const variables = readersOf(document, operation)(variableValues);
    return 'errors' in variables
      ? variables
      : run({ document, operation, variables, contextValue });
  };
}
