import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/**
 * What one operation may ask for. A field costs 1, what is in a list ten times as much, and each call of
 * the API 100 beside that: so an operation makes two dozen calls at most, or a few with long lists.
 */
export const COST_MAX = 2_500;
export const CALL_COST = 100;
export const LIST_FACTOR = 10;
export const DEPTH_MAX = 10;
/** Words and signs in a document: reading it is bounded before anything else is. */
export const TOKENS_MAX = 2_000;

/** The rule that refuses operations whose fields are nested too deep, fragments counted through. */
export function limitDepth(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      const depth = depthOf(node.selectionSet, context, new Set());
      if (depth <= DEPTH_MAX) return;
      const message = `The operation is nested ${depth} deep; the limit is ${DEPTH_MAX}.`;
      context.reportError(
        new GraphQLError(message, { nodes: node, extensions: { code: 'TOO_DEEP' } }),
      );
    },
  };
}

function depthOf(
  selections: SelectionSetNode,
  context: ValidationContext,
  inside: ReadonlySet<string>,
): number {
  let deepest = 0;
  for (const selection of selections.selections) {
    let depth = 0;
    if (selection.kind === Kind.FIELD) {
      // The schema's own description of itself is as deep as it is, and always the same.
      if (selection.name.value.startsWith('__')) continue;
      depth = 1 + (selection.selectionSet ? depthOf(selection.selectionSet, context, inside) : 0);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      depth = depthOf(selection.selectionSet, context, inside);
    } else {
      const name = selection.name.value;
      const fragment = context.getFragment(name);
      // A fragment that is in itself is refused by another rule; here it only must end.
      if (fragment && !inside.has(name)) {
        depth = depthOf(fragment.selectionSet, context, new Set([...inside, name]));
      }
    }
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}
