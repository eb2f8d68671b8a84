import { useEffect, useState } from 'preact/hooks'

const PAUSE_MS = 250

/** Returns a value once it has not changed for a quarter of a second, so that not every key sends a request. */
export function useDebounced<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
