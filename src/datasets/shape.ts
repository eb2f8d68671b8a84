import type { Column, Values } from '../exports/table.ts'
import type { Image } from '../images/image.ts'
import type { Interaction } from './interactions.ts'
import type { Rules } from './rules.ts'

/** A file of lines. */
export interface LineFile<Row> {
  name: string
  /** The header line, if the format has one. */
  head?: string
  /** Returns the line of a row; undefined leaves the row out. */
  line(row: Row): string | undefined
}

/** A Parquet file. */
export interface TableFile<Row> {
  name: string
  columns: Column[]
  values(row: Row): Values
}

/** A file of a dataset. */
export type DataFile<Row> = LineFile<Row> | TableFile<Row>

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
  /** Returns the text of a README.md that describes the dataset. */
  card?(description: DatasetDescription): string
}

/** What the manifest and the card of a dataset say about it. */
export interface DatasetDescription {
  dataset: 'glance'
  version: number
  shape: string
  license: string
  parameters: { from: Date; to: Date; splits: Date[]; rules: Rules; ids: IdKind }
  counts: {
    items: number
    people: number
    events: number
    /** Number of interactions by part and label. */
    labels: Record<string, Record<string, number>>
  }
}

/** How people and images are named: by pseudonyms and the ids of images, or by integers from 1. */
export const ID_KINDS = ['text', 'integer'] as const
export type IdKind = (typeof ID_KINDS)[number]

/** Returns the item of an image that has been deleted. */
export function deletedItem(imageId: string): Item {
  return { imageId, title: '', tags: [], visibility: 'private', uploadedAt: undefined }
}

/** Converts an image. */
export function itemOf({ _id, title, tags, uploadedAt, visibility }: Image): Item {
  const shown = visibility === 'public' ? { title, tags } : { title: '', tags: [] }
  return { imageId: _id, ...shown, uploadedAt, visibility }
}
