import { Box } from './delivery/box.ts'
import { Clock } from './delivery/clock.ts'
import { Delivery } from './delivery/delivery.ts'
import { Store } from './delivery/store.ts'
import { uuidV7 } from './delivery/uuid.ts'
import type { Deed } from './event.ts'
import { Consent } from './person/consent.ts'
import { Visitor } from './person/visitor.ts'
import type { Settings } from './settings.ts'
import { Clicks } from './watch/clicks.ts'
import { Sightings } from './watch/sightings.ts'
import { Stays } from './watch/stays.ts'
import { Zooms } from './watch/zooms.ts'

/** Counts how the visitor of a page looks at the images in it. Nothing begins before the page is in front, and the visitor allows it. */
export class Tracker {
  readonly #store = new Store('localStorage')
  readonly #box = new Box(this.#store)
  readonly #consent: Consent
  readonly #visitor: Visitor
  readonly #clock: Clock
  readonly #delivery: Delivery
  readonly #roots = new Set<Document | ShadowRoot>([document])
  /** What was reported before the page was in front. */
  readonly #early: Deed[] = []
  #watch: ((root: Document | ShadowRoot) => void) | undefined

  constructor({ service, key, visitor, ignoresSignals }: Settings) {
    this.#consent = new Consent(this.#store, ignoresSignals)
    this.#visitor = new Visitor(visitor, visitor === 'session' ? new Store('sessionStorage') : this.#store)
    this.#clock = new Clock(`${service}/v1/time`)
    this.#delivery = new Delivery(`${service}/v1/events?key=${key}`, this.#box, this.#clock)
    for (const type of ['visibilitychange', 'prerenderingchange']) document.addEventListener(type, () => this.begin())
    // Another tab has opted out.
    addEventListener('storage', () => this.#consent.isGiven || this.#box.empty())
  }

  /** Begins, unless it has begun or must wait. */
  begin(): void {
    const { prerendering } = document as Document & { prerendering?: boolean }
    if (this.#watch || document.hidden || prerendering || !this.#consent.isGiven) return
    const report = (deed: Deed) => this.report(deed)
    const stays = new Stays(report)
    const zooms = new Zooms(report)
    const watchers = [new Sightings(stays), new Clicks(report), zooms]
    this.#watch = root => {
      for (const watcher of watchers) watcher.watch(root)
    }
    this.#come()
    this.#followPage(zooms)
    for (const root of this.#roots) this.#watch(root)
    for (const deed of this.#early.splice(0)) this.report(deed)
  }

  /** Adds an event, with the time and the visitor. */
  report(deed: Deed): void {
    if (!this.#consent.isGiven) return
    if (!this.#watch) return void this.#early.push(deed)
    const time = this.#clock.now()
    this.#delivery.add({ ...deed, id: uuidV7(time), visitorId: this.#visitor.idAt(time) })
  }

  watch(root: ShadowRoot): void {
    this.#roots.add(root)
    this.#watch?.(root)
  }

  optOut(): void {
    this.#consent.refuse()
    this.#visitor.forget()
    this.#box.empty()
  }

  optIn(): void {
    this.#consent.give()
    this.begin()
  }

  /** The listeners come after those that end stays, so that what these report is sent. */
  #followPage(zooms: Zooms): void {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) return this.#come()
      zooms.end()
      this.#delivery.leave()
    })
    addEventListener('online', () => this.#delivery.retry())
    addEventListener('pagehide', () => this.#box.release())
    addEventListener('pageshow', ({ persisted }) => persisted && this.#box.hold())
    this.#box.hold()
  }

  /** The page comes to the front. */
  async #come(): Promise<void> {
    this.#delivery.wake()
    if (await this.#clock.learn()) this.#delivery.correctTimes()
    await this.#box.adopt({ service: this.#clock.now(), device: Date.now() })
    this.#delivery.wake()
  }
}
