import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import { type Deed, tell } from '../../../api/events.ts'
import { me } from '../../../api/session.ts'
import { Stopwatch } from './stopwatch.ts'

/** A picture is looked at when it is seen for so long. */
const SEEN_MS = 1_000
/** The part of the stage that must be in the window. */
const PART = 0.5
/** The longest dwell time that the service takes. */
const LONGEST_MS = 86_400_000

/**
 * Tells the service that the account looks at an image: `view` once its picture has been seen for a second, and `dwell`, how long it was
 * seen since, whenever the page is left or hidden. The time that the picture is out of the window does not count.
 * @param isLoaded whether the picture is there
 */
export function useWatching(imageId: string, stage: RefObject<HTMLElement>, isLoaded: boolean): void {
  const isSignedIn = me.value !== null
  useEffect(() => {
    if (!stage.current || !isLoaded || !isSignedIn) return
    return watch(stage.current, deed => void tell({ imageId, ...deed }))
  }, [imageId, stage, isLoaded, isSignedIn])
}

/** Watches a stage. @returns what ends it */
function watch(stage: HTMLElement, report: (deed: Omit<Deed, 'imageId'>) => void): () => void {
  const watch = new Stopwatch()
  let isInWindow = false
  let isViewed = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function update() {
    const isSeen = isInWindow && document.visibilityState === 'visible'
    clearTimeout(timer)
    if (!isSeen) return watch.pause(performance.now())
    watch.start(performance.now())
    if (!isViewed) timer = setTimeout(view, SEEN_MS)
  }

  function view() {
    isViewed = true
    report({ type: 'view' })
  }

  /** Reports the time since the last report, unless it is too short to count. */
  function leave() {
    const durationMs = Math.min(LONGEST_MS, watch.take(performance.now()))
    if (isViewed && durationMs >= SEEN_MS) report({ type: 'dwell', durationMs })
  }

  function onVisibility() {
    update()
    if (document.visibilityState === 'hidden') leave()
  }

  const observer = new IntersectionObserver(
    ([entry]) => {
      isInWindow = (entry?.intersectionRatio ?? 0) >= PART
      update()
    },
    { threshold: PART },
  )
  observer.observe(stage)
  document.addEventListener('visibilitychange', onVisibility)
  window.addEventListener('pagehide', leave)
  return () => {
    clearTimeout(timer)
    observer.disconnect()
    document.removeEventListener('visibilitychange', onVisibility)
    window.removeEventListener('pagehide', leave)
    leave()
  }
}
