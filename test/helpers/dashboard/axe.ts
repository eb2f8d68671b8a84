import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** The rules that look at colours. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

declare const axe: { run(options: RunOptions): Promise<AxeResults> }

/** Returns what axe finds wrong in a page, a line for each element. @param rules only those of colours, which change with the theme */
export async function faultsOf(page: Page, rules: 'all' | 'colours' = 'all'): Promise<string[]> {
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(await readFile(SOURCE, 'utf8'))
  const runOnly: RunOptions['runOnly'] =
    rules === 'all' ? { type: 'tag', values: WCAG } : { type: 'rule', values: OF_COLOURS }
  const options: RunOptions = { runOnly, resultTypes: ['violations'], iframes: false, preload: false }
  const { violations } = await page.evaluate(options => axe.run(options), options)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message).join('; ')
      return `${id}: ${target.join(' ')}: ${why}`
    }),
  )
}
