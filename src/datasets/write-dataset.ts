import type { LoggedEvent } from '../events/event.ts'
import type { TimeRange } from '../events/log/scan.ts'
import type { Image } from '../images/image.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { type Act, actOf } from './act.ts'
import { byPerson } from './by-person.ts'
import { type Interaction, interactionsOf, type Part } from './interactions.ts'
import { Output, type Sheet } from './output.ts'
import type { Rules } from './rules.ts'
import { itemOf, type Shape } from './shape.ts'
import { gorse } from './shapes/gorse.ts'
import { movielens } from './shapes/movielens.ts'
import { recbole } from './shapes/recbole.ts'

export const SHAPES = { movielens, recbole, gorse } satisfies Record<string, Shape>
export type ShapeName = keyof typeof SHAPES

/** Goes up when the same input gives other files. */
const VERSION = 1

export interface DatasetOptions extends TimeRange {
  shape: ShapeName
  rules: Rules
  /** Where each part of the time ends but the last; the last fifth is held out, in equal parts, unless given. */
  splits?: Date[]
}

interface DatasetInput {
  /** The events of the stretch, each once. */
  events: AsyncIterable<LoggedEvent[]>
  images: AsyncIterable<Image[]>
  pseudonym: Pseudonym
}

/**
 * Writes the files of a dataset and their manifest into a folder; the same input gives the same bytes. Memory holds a small part of the
 * events, the disk meanwhile all of them once more.
 * @returns the manifest
 * @throws Error where the splits do not fit; what stood in the folder is then as it was
 */
export async function writeDataset(folder: string, options: DatasetOptions, input: DatasetInput) {
  const shape: Shape = SHAPES[options.shape]
  const parts = partsOf(shape, options)
  const output = await Output.in(folder)
  try {
    const items = await writeItems(output, shape, input.images)
    const acted = await writeActs(output, shape, { ...input, rules: options.rules, parts })
    const { from, to, rules } = options
    const splits = parts.slice(0, -1).map(({ before }) => new Date(before))
    return await output.publish({
      dataset: 'glance',
      version: VERSION,
      shape: options.shape,
      parameters: { from, to, splits, rules },
      counts: { items, ...acted },
    })
  } finally {
    await output.discard()
  }
}

/** @throws Error where the range is empty, or the splits are too many, too few or out of order */
function partsOf({ parts }: Shape, { from, to, splits }: DatasetOptions): Part[] {
  if (from >= to) throw new Error('the range is empty')
  const heldOut = (to.getTime() - from.getTime()) / 5
  const share = heldOut / (parts.length - 1)
  const cuts =
    splits?.map(split => split.getTime()) ??
    parts.slice(1).map((_, i) => Math.floor(to.getTime() - heldOut + i * share))
  if (cuts.length !== parts.length - 1)
    throw new Error(`parts are ${parts.join(', ')}: splits must be ${parts.length - 1}`)
  const bounds = [from.getTime(), ...cuts, to.getTime()]
  if (bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] ?? 0)))
    throw new Error('splits must lie in the range, in order')
  return parts.map((name, i) => ({ name, before: bounds[i + 1] ?? 0 }))
}

async function writeItems(output: Output, { items }: Shape, images: AsyncIterable<Image[]>): Promise<number> {
  const sheets = await Promise.all(items.map(file => output.open(file)))
  let count = 0
  for await (const some of images) {
    for (const image of some) for (const sheet of sheets) await sheet.add(itemOf(image))
    count += some.length
  }
  for (const sheet of sheets) await sheet.close()
  return count
}

interface Acted {
  events: number
  people: number
  /** Interactions of each part, by their labels. */
  labels: Record<string, Record<string, number>>
}

async function writeActs(
  output: Output,
  shape: Shape,
  { events, pseudonym, rules, parts }: DatasetInput & { rules: Rules; parts: Part[] },
): Promise<Acted> {
  const acted: Acted = { events: 0, people: 0, labels: Object.fromEntries(parts.map(({ name }) => [name, {}])) }
  const people = await Promise.all(shape.people.map(file => output.open(file)))
  const sheets = new Map<string, Sheet<Interaction>[]>()
  for (const { name } of parts)
    sheets.set(name, await Promise.all(shape.interactions(name).map(file => output.open(file))))

  for await (const acts of byPerson(actsOf(events, pseudonym), output.scratch('acts'))) {
    acted.events += acts.length
    const found = interactionsOf(acts, rules, parts)
    if (![...found.values()].some(some => some.length > 0)) continue
    acted.people++
    for (const sheet of people) await sheet.add(acts[0]?.person ?? '')
    for (const [part, interactions] of found) {
      for (const interaction of interactions) {
        for (const sheet of sheets.get(part) ?? []) await sheet.add(interaction)
        count(acted.labels[part] ?? {}, interaction.label)
      }
    }
  }
  for (const sheet of [...people, ...[...sheets.values()].flat()]) await sheet.close()
  return acted
}

async function* actsOf(events: AsyncIterable<LoggedEvent[]>, pseudonym: Pseudonym): AsyncGenerator<Act[]> {
  for await (const some of events) yield some.map(event => actOf(event, pseudonym))
}

function count(counts: Record<string, number>, label: number): void {
  counts[label] = (counts[label] ?? 0) + 1
}
