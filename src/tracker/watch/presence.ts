import { listen } from './listen.ts'

const IDLE_MS = 30_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'scroll', 'visibilitychange'] as const

/** Whether there was no sign of life in the last 30 s. */
export let isIdle = false
let timer: number | undefined

/** @param onChange called when the tab comes to the front or leaves it, and when the visitor becomes idle or returns */
export function watchPresence(onChange: () => void): void {
  function setIdle(value: boolean) {
    if (isIdle === value) return
    isIdle = value
    onChange()
  }

  function sign() {
    clearTimeout(timer)
    timer = setTimeout(setIdle, IDLE_MS, true)
    setIdle(false)
  }

  for (const type of SIGNS) listen(document, type, sign)
  listen(document, 'visibilitychange', onChange)
  sign()
}
