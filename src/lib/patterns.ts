const faults = new Map<string, string>()

/**
 * Returns a pattern for a JSON Schema, and remembers what is wrong with a text that it does not match.
 * @param fault ends a sentence that begins with the name of the field, such as `must not be empty`
 */
export function describedPattern(pattern: string, fault: string): string {
  faults.set(pattern, fault)
  return pattern
}

/** Returns what is wrong with a text that does not match a described pattern; undefined for other faults. */
export function patternFault(keyword: string, params: object): string | undefined {
  return keyword === 'pattern' && 'pattern' in params ? faults.get(String(params.pattern)) : undefined
}
