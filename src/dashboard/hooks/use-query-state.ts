import { useLocation } from 'preact-iso'

/**
 * Keeps a value in the query of the address, so that links and the back button restore it.
 * @param values the allowed ones, of which the first is the default; any text by default
 * @returns the value, and a function that sets it in place of the present address
 */
export function useQueryState<Value extends string>(
  name: string,
  values: readonly Value[] = [],
): [Value, (value: Value) => void] {
  const { url, query, route } = useLocation()
  const text = query[name] as Value | undefined
  const fallback = values[0] ?? ('' as Value)
  const value = text !== undefined && (values.length === 0 || values.includes(text)) ? text : fallback
  return [value, next => route(withParameter(url, name, next === fallback ? '' : next), true)]
}

/** Returns an address with a query parameter, or without it when it is empty. */
export function withParameter(url: string, name: string, value: string): string {
  const { pathname, searchParams } = new URL(url, location.origin)
  if (value === '') searchParams.delete(name)
  else searchParams.set(name, value)
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams}`
}
