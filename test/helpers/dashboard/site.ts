import type { Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { openBrowser, type Visit } from '../browser.ts'
import { openWorld, type World } from '../world.ts'
import { type Visitor, visitorAt } from './visitor.ts'

/** A service with its dashboard, and a browser in which people open it. */
export interface Site extends World {
  /** Somebody who opens the dashboard in a browser that was never here. */
  visitor(t: Test, visit?: Visit): Promise<Visitor>
}

/** Opens a site, as `openWorld` opens a service. */
export async function openSite(t: Test, more: NodeJS.ProcessEnv = {}, settings: Partial<Config> = {}): Promise<Site> {
  const browser = await openBrowser(t)
  const world = await openWorld(t, more, settings)
  return { ...world, visitor: async (t, visit) => visitorAt(await browser.newPage(t, visit), world.url) }
}
