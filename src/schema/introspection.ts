import {
  type ASTVisitor,
  GraphQLError,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Principal } from '../identity/principal.ts';

/** Whether the looks of the graph are kept from a caller: who has no scope, and a grant is none. */
export function isStranger({ scopes, grant }: Principal): boolean {
  return scopes.size === 0 || grant !== null;
}

/**
 * The rules that keep the looks of the graph from a stranger; none for anybody else. They are the
 * same functions each time, because results of validation are remembered by the names of the rules.
 */
export function introspectionRulesFor(principal: Principal): readonly ValidationRule[] {
  return isStranger(principal) ? [refuseIntrospection] : [];
}

function refuseIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return;
      context.reportError(
        new GraphQLError('This needs a key or token with a scope.', {
          nodes: node,
          extensions: { code: 'FORBIDDEN' },
        }),
      );
    },
  };
}
