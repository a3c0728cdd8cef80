/** Finds the page of a path. Patterns are few and short; each is split once. */

export interface Route<Target> {
  readonly target: Target;
  readonly params: Readonly<Record<string, string>>;
}

/** Makes the function that finds a path's target; `:name` in a pattern stands for one segment. */
export function createRoutes<Target>(
  targets: readonly Target[],
  patternOf: (target: Target) => string,
): (path: string) => Route<Target> | undefined {
  const table = targets.map((target) => ({ target, parts: patternOf(target).split('/') }));
  return (path) => {
    const segments = path.split('/');
    for (const { target, parts } of table) {
      const params = matchParts(parts, segments);
      if (params !== undefined) return { target, params };
    }
    return undefined;
  };
}

function matchParts(
  parts: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (parts.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] as string;
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
      continue;
    }
    const value = decode(segment);
    if (value === undefined || value === '') return undefined;
    params[part.slice(1)] = value;
  }
  return params;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
