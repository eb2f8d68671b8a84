/** An object of JSON. It has no nulls: a merge patch can not say that a value becomes null. */
export type JsonObject = { [name: string]: Json }
type Json = string | number | boolean | Json[] | JsonObject

/** A JSON merge patch (RFC 7396) of an object: null removes a value. */
export type MergePatch = { [name: string]: Json | MergePatch | null }

/** Returns the merge patch that makes one object the other; undefined when they are equal. Arrays are replaced as a whole. */
export function mergePatch(before: JsonObject, after: JsonObject): MergePatch | undefined {
  const patch: MergePatch = {}
  for (const name of Object.keys(before)) if (!(name in after)) patch[name] = null
  for (const [name, value] of Object.entries(after)) {
    const old = before[name]
    const change = isObject(old) && isObject(value) ? mergePatch(old, value) : isEqual(old, value) ? undefined : value
    if (change !== undefined) patch[name] = change
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value)
}

function isEqual(a: Json | undefined, b: Json): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}
