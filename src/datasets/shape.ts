import type { Image } from '../images/image.ts'
import type { Interaction } from './interactions.ts'

/** A file and how a row stands in it; without a line the row is left out. */
export interface DataFile<Row> {
  name: string
  /** The first line, where there is one. */
  head?: string
  line(row: Row): string | undefined
}

/** An image as a thing to recommend; of a private one only that it is there. */
export type Item = Pick<Image, 'title' | 'tags' | 'uploadedAt' | 'visibility'> & { imageId: string }

/** The files that a tool reads. Lines end in a line feed. */
export interface Shape {
  /** Into what the time is split, in its order. */
  parts: string[]
  items: DataFile<Item>[]
  people: DataFile<string>[]
  interactions(part: string): DataFile<Interaction>[]
}

export function itemOf({ _id, title, tags, uploadedAt, visibility }: Image): Item {
  const shown = visibility === 'public' ? { title, tags } : { title: '', tags: [] }
  return { imageId: _id, ...shown, uploadedAt, visibility }
}
