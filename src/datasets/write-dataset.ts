import type { LoggedEvent } from '../events/event.ts'
import type { TimeRange } from '../events/log/scan.ts'
import type { Image } from '../images/image.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { type Act, actOf } from './act.ts'
import { byPerson } from './by-person.ts'
import { type Interaction, interactionsOf, type Part } from './interactions.ts'
import { Names } from './names.ts'
import { Output, type Sheet } from './output.ts'
import type { Rules } from './rules.ts'
import { type DatasetDescription, deletedItem, type IdKind, type Item, itemOf, type Shape } from './shape.ts'
import { gorse } from './shapes/gorse.ts'
import { movielens } from './shapes/movielens.ts'
import { parquetShape } from './shapes/parquet.ts'
import { recbole } from './shapes/recbole.ts'

/** The shapes by name, for ids of a kind. */
const SHAPES = {
  movielens: () => movielens,
  recbole: () => recbole,
  gorse: () => gorse,
  parquet: parquetShape,
} satisfies Record<string, (ids: IdKind) => Shape>
export type ShapeName = keyof typeof SHAPES
export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[]

/** Increased when the same input yields different files. */
const VERSION = 3

/** Format, rules and range of a dataset. */
export interface DatasetOptions extends TimeRange {
  shape: ShapeName
  rules: Rules
  ids: IdKind
  /** The licence that the card of a dataset names, by its id at Hugging Face. */
  license: string
  /** Ends of all parts except the last. By default the last fifth of the range is held out, in equal parts. */
  splits?: Date[]
}

interface DatasetInput {
  /** The events of the range, each once; those that do not count are left out. */
  events: AsyncIterable<LoggedEvent[]>
  /** All images. */
  images: AsyncIterable<Image[]>
  pseudonym: Pseudonym
}

/**
 * Writes a dataset and its manifest to a folder. Its items are the images that were uploaded before the end of the range, and those of
 * the interactions that were uploaded later or have been deleted. The same input yields the same bytes. Holds 1/256 of the events
 * and the ids of all images in memory, with integers as ids also those of all people, and needs disk space for all events.
 * @returns the manifest
 * @throws Error when the splits are invalid; then the folder is not changed
 */
export async function writeDataset(folder: string, options: DatasetOptions, input: DatasetInput) {
  const { from, to, rules, ids, license } = options
  const shape: Shape = SHAPES[options.shape](ids)
  const parts = partsOf(shape, options)
  const output = await Output.in(folder)
  try {
    const names = new Names(ids)
    const { interacted, ...actCounts } = await writeActs(output, shape, names, { ...input, rules, parts })
    const items = await writeItems(output, shape, names, wantedItems(input.images, interacted, to))
    await names.write(output)
    const splits = parts.slice(0, -1).map(({ before }) => new Date(before))
    const description: DatasetDescription = {
      dataset: 'glance',
      version: VERSION,
      shape: options.shape,
      license,
      parameters: { from, to, splits, rules, ids },
      counts: { items, ...actCounts },
    }
    return await output.publish(description, shape.card?.(description))
  } finally {
    await output.discard()
  }
}

/** Returns the parts of the range. @throws Error when the range is empty or the splits are invalid */
function partsOf({ parts }: Shape, { from, to, splits }: DatasetOptions): Part[] {
  if (from >= to) throw new Error('the range is empty')
  const heldOut = (to.getTime() - from.getTime()) / 5
  const share = heldOut / (parts.length - 1)
  const cuts =
    splits?.map(split => split.getTime()) ??
    parts.slice(1).map((_, i) => Math.floor(to.getTime() - heldOut + i * share))
  if (cuts.length !== parts.length - 1)
    throw new Error(`splits must be ${parts.length - 1}, one between each two of the parts ${parts.join(', ')}`)
  const bounds = [from.getTime(), ...cuts, to.getTime()]
  if (bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] ?? 0)))
    throw new Error('splits must lie in the range, in ascending order')
  return parts.map((name, i) => ({ name, before: bounds[i + 1] ?? 0 }))
}

/** Yields the items of a dataset. @param interacted the ids of the images of the interactions */
async function* wantedItems(images: AsyncIterable<Image[]>, interacted: Set<string>, to: Date): AsyncGenerator<Item> {
  const missing = new Set(interacted)
  for await (const batch of images) {
    for (const image of batch) {
      const isWanted = missing.delete(image._id) || image.uploadedAt < to
      if (isWanted) yield itemOf(image)
    }
  }
  for (const imageId of [...missing].sort()) yield deletedItem(imageId)
}

async function writeItems(
  output: Output,
  { items }: Shape,
  names: Names,
  wanted: AsyncIterable<Item>,
): Promise<number> {
  const sheets = await Promise.all(items.map(file => output.open(file)))
  let count = 0
  for await (const item of wanted) {
    const named = { ...item, imageId: names.ofImage(item.imageId) }
    for (const sheet of sheets) await sheet.add(named)
    count++
  }
  for (const sheet of sheets) await sheet.close()
  return count
}

type ActCounts = Omit<DatasetDescription['counts'], 'items'>

interface WrittenActs extends ActCounts {
  /** The ids of the images of the interactions. */
  interacted: Set<string>
}

async function writeActs(
  output: Output,
  shape: Shape,
  names: Names,
  { events, pseudonym, rules, parts }: DatasetInput & { rules: Rules; parts: Part[] },
): Promise<WrittenActs> {
  const counts: ActCounts = { events: 0, people: 0, labels: Object.fromEntries(parts.map(({ name }) => [name, {}])) }
  const interacted = new Set<string>()
  const people = await Promise.all(shape.people.map(file => output.open(file)))
  const sheets = new Map<string, Sheet<Interaction>[]>()
  for (const { name } of parts)
    sheets.set(name, await Promise.all(shape.interactions(name).map(file => output.open(file))))

  for await (const acts of byPerson(actsOf(events, pseudonym), output.scratch('acts'))) {
    counts.events += acts.length
    const found = interactionsOf(acts, rules, parts)
    if (![...found.values()].some(interactions => interactions.length > 0)) continue
    counts.people++
    for (const sheet of people) await sheet.add(names.ofPerson(acts[0]?.person ?? ''))
    for (const [part, interactions] of found) {
      for (const { imageId, label } of interactions) {
        interacted.add(imageId)
        countLabel(counts.labels[part] ?? {}, label)
      }
      for (const interaction of names.inInteractions(interactions))
        for (const sheet of sheets.get(part) ?? []) await sheet.add(interaction)
    }
  }
  for (const sheet of [...people, ...[...sheets.values()].flat()]) await sheet.close()
  return { ...counts, interacted }
}

async function* actsOf(events: AsyncIterable<LoggedEvent[]>, pseudonym: Pseudonym): AsyncGenerator<Act[]> {
  for await (const batch of events) {
    const counted = batch.filter(({ automated }) => !automated)
    yield counted.map(event => actOf(event, pseudonym))
  }
}

function countLabel(counts: Record<string, number>, label: number): void {
  counts[label] = (counts[label] ?? 0) + 1
}
