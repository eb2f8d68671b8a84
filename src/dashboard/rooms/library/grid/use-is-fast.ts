import { type Signal, useSignal } from '@preact/signals'
import { useLayoutEffect } from 'preact/hooks'

/** From so many heights of the window per second on, scrolling is fast. */
const FAST = 5
/** Scrolling is over when nothing moves for so long. */
const REST_MS = 120

/** Returns whether the page is scrolled too fast for pictures that pass to be looked at. */
export function useIsFast(): Signal<boolean> {
  const isFast = useSignal(false)
  useLayoutEffect(() => {
    let last = { y: window.scrollY, at: performance.now() }
    let rest: ReturnType<typeof setTimeout>
    function onScroll() {
      const now = { y: window.scrollY, at: performance.now() }
      const perSecond = (Math.abs(now.y - last.y) / Math.max(1, now.at - last.at)) * 1000
      isFast.value = perSecond > FAST * window.innerHeight
      last = now
      clearTimeout(rest)
      rest = setTimeout(() => {
        isFast.value = false
      }, REST_MS)
    }
    window.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      clearTimeout(rest)
      window.removeEventListener('scroll', onScroll)
    }
  }, [isFast])
  return isFast
}
