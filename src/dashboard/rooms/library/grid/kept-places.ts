import { answers } from '../../../api/answers.ts'
import type { LoadedPage } from '../layout/pages.ts'

/** Where a list was left. */
interface Place {
  pages: LoadedPage[]
  /** How far the page was scrolled, in px. */
  scrolled: number
  /** The index of the image that had the focus last. */
  active: number
}

const KEY = 'place in a list'
const KEPT_MS = 60 * 60_000

// Beside the answers, so that it is forgotten with them when somebody else signs in.
answers.setQueryDefaults([KEY], { gcTime: KEPT_MS, structuralSharing: false })

/** Remembers where a list was left, instead of the one that was left before. */
export function keepPlace(path: string, place: Place): void {
  answers.removeQueries({ queryKey: [KEY] })
  answers.setQueryData([KEY, path], place)
}

/** Returns where a list was left; undefined when another one was left since. */
export function keptPlace(path: string): Place | undefined {
  return answers.getQueryData([KEY, path])
}
