import type { EventType } from '../events/event.ts'
import type { Act } from './act.ts'
import { grouped } from './grouped.ts'
import type { LabelRule, Rules } from './rules.ts'

/** The labelled interaction of a person with an image in one part of a dataset. */
export interface Interaction {
  person: string
  imageId: string
  label: number
  /** Type of the event that determined the label; undefined for a negative. */
  by: EventType | undefined
  /** Its Unix time in ms. */
  at: number
  /** Position of the image when it was last shown before. */
  position: number | undefined
  listId: string | undefined
}

/** A part of a dataset, such as train: the events before the time `before`, in ms, that are not in an earlier part. */
export interface Part {
  name: string
  before: number
}

/** Types of which only the last event on the same subject counts. */
const SUBJECTS: Partial<Record<EventType, string>> = {
  like: 'reaction',
  dislike: 'reaction',
  clear: 'reaction',
  rating: 'rating',
  unrate: 'rating',
  save: 'saved',
  unsave: 'saved',
}

/** Types that occur when an image is merely visible; all others are actions. */
const PASSIVE: EventType[] = ['impression', 'view', 'dwell', 'scroll']

/**
 * Returns the interactions of one person by part, sorted by image: one for each image with a rule that applies, or that was seen
 * and not acted on. Each part uses its own events only, so that no future data leak into an earlier part.
 */
export function interactionsOf(acts: Act[], rules: Rules, parts: Part[]): Map<string, Interaction[]> {
  const sorted = [...acts].sort((a, b) => (a.place < b.place ? -1 : 1))
  const found = new Map<string, Interaction[]>()
  let from = Number.NEGATIVE_INFINITY
  for (const { name, before } of parts) {
    const inPart = sorted.filter(({ at }) => at >= from && at < before)
    const byImage = [...grouped(inPart, ({ imageId }) => imageId)].sort(([a], [b]) => (a < b ? -1 : 1))
    found.set(
      name,
      byImage.flatMap(([, group]) => interactionOf(group, rules) ?? []),
    )
    from = before
  }
  return found
}

/** @param acts of one person on one image, in the order of time */
function interactionOf(acts: Act[], { labels, negatives }: Rules): Interaction | undefined {
  const effective = effectiveActs(acts)
  for (const rule of labels) {
    const act = effective.findLast(candidate => applies(rule, candidate))
    if (act) return interaction(act, acts, rule.label === 'value' ? valueLabel(act) : rule.label, act.type)
  }
  const shown = acts.findLast(({ type }) => type === 'impression')
  if (!negatives || !shown || !acts.every(({ type }) => PASSIVE.includes(type))) return undefined
  const seen = acts.some(({ type }) => negatives.seenBy.includes(type))
  return seen ? interaction(shown, acts, negatives.label, undefined) : undefined
}

/** Returns the acts that no later one has undone or replaced. */
function effectiveActs(acts: Act[]): Act[] {
  const last = new Map(acts.flatMap(act => (SUBJECTS[act.type] ? [[SUBJECTS[act.type], act] as const] : [])))
  return acts.filter(act => !SUBJECTS[act.type] || last.get(SUBJECTS[act.type]) === act)
}

function applies({ on, atLeast, atMost }: LabelRule, { type, measure }: Act): boolean {
  if (type !== on) return false
  if (atLeast !== undefined && !(measure !== undefined && measure >= atLeast)) return false
  return atMost === undefined || (measure !== undefined && measure <= atMost)
}

function valueLabel({ measure = 3 }: Act): number {
  return (measure - 3) / 2
}

function interaction(act: Act, acts: Act[], label: number, by: EventType | undefined): Interaction {
  const shown = acts.findLast(({ type, place }) => type === 'impression' && place <= act.place)
  const { position, listId } = act.position === undefined && act.listId === undefined ? (shown ?? act) : act
  return { person: act.person, imageId: act.imageId, label, by, at: act.at, position, listId }
}
