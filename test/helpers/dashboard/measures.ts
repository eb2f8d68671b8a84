import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { observe } from './in-page.js'

/** What a page measures of itself: first and largest contentful paint in ms, and how far things have moved unasked. */
export interface Measures {
  firstPaint: number
  largestPaint: number
  /** Cumulative layout shift. */
  shift: number
}

/** Notes the scripts and styles that a page loads from now on. @returns their sizes, gzipped, by file name */
export function watchAssets(page: Page): () => Promise<Map<string, number>> {
  const files = new Map<string, string>()
  page.on('request', request => {
    const [, name] = /\/dashboard\/assets\/([^/?]+\.(?:js|css))$/.exec(request.url()) ?? []
    if (name) files.set(name, request.url())
  })
  const sizeOf = async (url: string) => gzipSync(await (await fetch(url)).arrayBuffer(), { level: 9 }).length
  return async () =>
    new Map(await Promise.all([...files].map(async ([name, url]) => [name, await sizeOf(url)] as const)))
}

/** Has a page measure itself, each time that it is loaded from now on. @returns what was measured since it was loaded last */
export async function watchPaints(page: Page): Promise<() => Promise<Measures>> {
  await page.addInitScript(observe)
  return () => page.evaluate('measures')
}
