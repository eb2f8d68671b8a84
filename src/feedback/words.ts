import type { EventType } from '../events/event.ts'
import type { Register, Registers } from './feedback.ts'

/** What somebody wants to think of an image; what is not named stays. */
export interface Wish {
  reaction?: 'like' | 'dislike' | null
  /** 1 to 5. */
  rating?: number | null
  saved?: boolean
  /** All that are to be there. */
  tags?: string[]
}

/** A wish for nothing at all. */
export const NOTHING: Required<Wish> = { reaction: null, rating: null, saved: false, tags: [] }

/** An event to be: what is said, and when the last word on the same thing was. */
export interface Word {
  type: EventType
  value?: number
  tag?: string
  last: Date | undefined
}

/** The words that make the registers what is wished; there are none where they are so already. */
export function wordsFor(wish: Wish, { reaction, rating, saved, tags = [] }: Registers): Word[] {
  const words: Word[] = []
  if (isNew(wish.reaction, reaction, null)) words.push({ type: wish.reaction ?? 'clear', last: reaction?.at })
  if (isNew(wish.rating, rating, null)) {
    const said = wish.rating == null ? { type: 'unrate' as const } : { type: 'rating' as const, value: wish.rating }
    words.push({ ...said, last: rating?.at })
  }
  if (isNew(wish.saved, saved, false)) words.push({ type: wish.saved ? 'save' : 'unsave', last: saved?.at })
  return wish.tags === undefined ? words : [...words, ...tagWords(wish.tags, tags)]
}

function isNew<Value>(wished: Value | undefined, standing: Register<Value> | undefined, otherwise: Value): boolean {
  return wished !== undefined && wished !== (standing?.value ?? otherwise)
}

function tagWords(wished: string[], standing: NonNullable<Registers['tags']>): Word[] {
  const known = new Map(standing.map(register => [register.tag, register]))
  const on = wished.filter(tag => !known.get(tag)?.on)
  const off = standing.filter(register => register.on && !wished.includes(register.tag))
  return [
    ...on.map((tag): Word => ({ type: 'tag', tag, last: known.get(tag)?.at })),
    ...off.map(({ tag, at }): Word => ({ type: 'untag', tag, last: at })),
  ]
}
