import type { Image } from '../images/image.ts'
import type { Interaction } from './interactions.ts'

/** A file of a dataset. */
export interface DataFile<Row> {
  name: string
  /** The header line, if the format has one. */
  head?: string
  /** Returns the line of a row; undefined leaves the row out. */
  line(row: Row): string | undefined
}

/** An image as an item of a dataset; title and tags of a private one are left out. */
export interface Item extends Pick<Image, 'title' | 'tags' | 'visibility'> {
  imageId: string
  /** Undefined for a deleted image. */
  uploadedAt: Date | undefined
}

/** File format of a recommender tool. Lines end with LF. */
export interface Shape {
  /** Names of the parts that the range is split into, in order. */
  parts: string[]
  items: DataFile<Item>[]
  people: DataFile<string>[]
  interactions(part: string): DataFile<Interaction>[]
}

/** Returns the item of an image that has been deleted. */
export function deletedItem(imageId: string): Item {
  return { imageId, title: '', tags: [], visibility: 'private', uploadedAt: undefined }
}

/** Converts an image. */
export function itemOf({ _id, title, tags, uploadedAt, visibility }: Image): Item {
  const shown = visibility === 'public' ? { title, tags } : { title: '', tags: [] }
  return { imageId: _id, ...shown, uploadedAt, visibility }
}
