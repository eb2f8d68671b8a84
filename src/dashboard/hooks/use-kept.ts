import { useRef } from 'preact/hooks'

/** Returns a value; while the answer to the one before is still shown, that one. */
export function useKept<Value>(value: Value, isBeforeShown: boolean): Value {
  const kept = useRef(value)
  if (!isBeforeShown) kept.current = value
  return kept.current
}
