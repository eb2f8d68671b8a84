import type { State, Upload } from '../queue/upload.ts'

/** What needs the reader comes first, then what is in progress; what is done comes last. */
const RANKS: Record<State['kind'], number> = {
  ...{ failed: 0, refused: 0 },
  ...{ checking: 1, sending: 1, storing: 1 },
  ...{ chosen: 2, waiting: 2 },
  ...{ stored: 3, duplicate: 3 },
}

/** Returns uploads in the order of the panel. */
export function inOrder(uploads: Upload[]): Upload[] {
  return uploads.toSorted((a, b) => RANKS[a.state.value.kind] - RANKS[b.state.value.kind])
}
