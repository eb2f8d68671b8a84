// @ts-nocheck They run in a page: the type check of tests knows no DOM.

/**
 * Returns what has the focus: its name, and whether the focus is seen and nothing covers it; undefined for nothing.
 * @returns {{ name: string, isSeen: boolean } | undefined}
 */
export function focused() {
  const element = document.activeElement
  if (!element || element === document.body) return undefined
  const label = element.closest('label') ?? element.labels?.[0]
  const name = element.ariaLabel || label?.innerText || element.innerText || element.id
  const { left, top, width, height } = element.getBoundingClientRect()
  const above = document.elementFromPoint(left + width / 2, top + Math.min(height / 2, innerHeight / 2))
  const isHit = above && (element.contains(above) || above.contains(element) || label?.contains(above))
  const isCovered = !isHit && getComputedStyle(element).pointerEvents !== 'none'
  // The ring of a hidden radio button is around the words beside it.
  const ringed = [element, element.nextElementSibling, element.parentElement].filter(one => one !== null)
  const hasRing = ringed.some(one => {
    const { boxShadow, outlineStyle } = getComputedStyle(one)
    return boxShadow !== 'none' || outlineStyle !== 'none'
  })
  return { name: name.trim().replace(/\s+/g, ' '), isSeen: hasRing && !isCovered }
}

/**
 * Returns what scrolls sideways and is no region that the keyboard can scroll, and the page itself if it does.
 * @returns {string[]}
 */
export function tooWide() {
  const scrolls = element =>
    element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX)
  // The keyboard scrolls them: they have the focus, or consist of links and buttons.
  const isMarked = element =>
    element.matches('nav[aria-label], ul[aria-label], fieldset, [aria-label][tabindex="0"], input, textarea')
  const parts = [...document.body.querySelectorAll('*')].filter(element => scrolls(element) && !isMarked(element))
  const { scrollWidth } = document.documentElement
  return [
    ...(scrollWidth > innerWidth ? [`the page is ${scrollWidth} px wide`] : []),
    ...parts.map(({ tagName, className }) => `${tagName} ${className}`),
  ]
}

/** Has the browser write what it measures of the page into `measures`. */
export function observe() {
  window.measures = { firstPaint: 0, largestPaint: 0, shift: 0 }
  const on = (type, note) =>
    new PerformanceObserver(list => {
      for (const entry of list.getEntries()) note(entry)
    }).observe({ type, buffered: true })
  on('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') measures.firstPaint = Math.round(startTime)
  })
  on('largest-contentful-paint', ({ startTime }) => {
    measures.largestPaint = Math.round(startTime)
  })
  on('layout-shift', ({ value, hadRecentInput }) => {
    if (!hadRecentInput) measures.shift += value
  })
}

/**
 * Scrolls a page to its end, four windows with each frame, and waits there for what is still being read.
 * @returns {Promise<{ nodes: number, frames: number, slowFrames: number }>} the most elements at once, and the frames above 50 ms
 */
export async function scrollToEnd() {
  const SETTLED_FRAMES = 20
  const frame = () => new Promise(requestAnimationFrame)
  let [nodes, frames, slowFrames, settled] = [0, 0, 0, 0]
  for (let last = await frame(); settled < SETTLED_FRAMES; frames++) {
    scrollBy(0, 4 * innerHeight)
    const now = await frame()
    if (now - last > 50) slowFrames++
    last = now
    nodes = Math.max(nodes, document.querySelectorAll('*').length)
    const isAtEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 1
    settled = isAtEnd && !document.querySelector('[aria-busy="true"]') ? settled + 1 : 0
  }
  return { nodes, frames, slowFrames }
}
