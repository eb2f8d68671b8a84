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
  const isCovered = !above || !(element.contains(above) || above.contains(element) || label?.contains(above))
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
  const isMarked = element => element.matches('nav[aria-label], fieldset, [aria-label][tabindex="0"], input, textarea')
  const parts = [...document.body.querySelectorAll('*')].filter(element => scrolls(element) && !isMarked(element))
  const { scrollWidth } = document.documentElement
  return [
    ...(scrollWidth > innerWidth ? [`the page is ${scrollWidth} px wide`] : []),
    ...parts.map(({ tagName, className }) => `${tagName} ${className}`),
  ]
}
