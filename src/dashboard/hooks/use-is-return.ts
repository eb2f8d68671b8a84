import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'

/** Whether a room is shown by the back button, or by a reload, and not by a link. */
export function useIsReturn(): boolean {
  const { wasPush } = useLocation() as { wasPush?: boolean }
  const [isReturn] = useState(wasPush === false)
  return isReturn
}
