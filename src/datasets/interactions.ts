import type { EventType } from '../events/event.ts'
import type { Act } from './act.ts'
import { grouped } from './grouped.ts'
import type { LabelRule, Rules } from './rules.ts'

/** What a person made of an image in one part of the time. */
export interface Interaction {
  person: string
  imageId: string
  label: number
  /** The type of the event that decided; none where nothing was done. */
  by: EventType | undefined
  /** When that was, in ms. */
  at: number
  /** Where the image stood when it was last shown before that. */
  position: number | undefined
  listId: string | undefined
}

/** Parts of the time, one after the other: each holds what happened before `before`, in ms, and not in the one before it. */
export interface Part {
  name: string
  before: number
}

/** Of these the last word holds. */
const SUBJECTS: Partial<Record<EventType, string>> = {
  like: 'reaction',
  dislike: 'reaction',
  clear: 'reaction',
  rating: 'rating',
  unrate: 'rating',
  save: 'saved',
  unsave: 'saved',
}

/** What comes of an image that is only in sight; everything else is somebody's doing. */
const PASSIVE: EventType[] = ['impression', 'view', 'dwell', 'scroll']

/**
 * The interactions of one person by parts, in the order of images: one for each image on which a rule holds or that was seen and
 * left alone. A part knows only its own acts, so that nothing of the future is in the past.
 */
export function interactionsOf(acts: Act[], rules: Rules, parts: Part[]): Map<string, Interaction[]> {
  const sorted = [...acts].sort((a, b) => (a.id < b.id ? -1 : 1))
  const found = new Map<string, Interaction[]>()
  let from = Number.NEGATIVE_INFINITY
  for (const { name, before } of parts) {
    const inPart = sorted.filter(({ at }) => at >= from && at < before)
    const byImage = [...grouped(inPart, ({ imageId }) => imageId)].sort(([a], [b]) => (a < b ? -1 : 1))
    found.set(
      name,
      byImage.flatMap(([, some]) => interactionOf(some, rules) ?? []),
    )
    from = before
  }
  return found
}

/** @param acts of one person on one image, in the order of time */
function interactionOf(acts: Act[], { labels, negatives }: Rules): Interaction | undefined {
  const holding = existing(acts)
  for (const rule of labels) {
    const act = holding.findLast(one => holds(rule, one))
    if (act) return interaction(act, acts, rule.label === 'value' ? valueLabel(act) : rule.label, act.type)
  }
  const shown = acts.findLast(({ type }) => type === 'impression')
  if (!negatives || !shown || !acts.every(({ type }) => PASSIVE.includes(type))) return undefined
  const seen = acts.some(({ type }) => negatives.seenBy.includes(type))
  return seen ? interaction(shown, acts, negatives.label, undefined) : undefined
}

/** The acts that later ones did not take back or replace. */
function existing(acts: Act[]): Act[] {
  const last = new Map(acts.flatMap(act => (SUBJECTS[act.type] ? [[SUBJECTS[act.type], act] as const] : [])))
  return acts.filter(act => !SUBJECTS[act.type] || last.get(SUBJECTS[act.type]) === act)
}

function holds({ on, atLeast, atMost }: LabelRule, { type, measure }: Act): boolean {
  if (type !== on) return false
  if (atLeast !== undefined && !(measure !== undefined && measure >= atLeast)) return false
  return atMost === undefined || (measure !== undefined && measure <= atMost)
}

function valueLabel({ measure = 3 }: Act): number {
  return (measure - 3) / 2
}

function interaction(act: Act, acts: Act[], label: number, by: EventType | undefined): Interaction {
  const shown = acts.findLast(one => one.type === 'impression' && one.id <= act.id)
  const { position, listId } = act.position === undefined && act.listId === undefined ? (shown ?? act) : act
  return { person: act.person, imageId: act.imageId, label, by, at: act.at, position, listId }
}
