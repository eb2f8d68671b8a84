import { columnsOf } from '../../exports/table.ts'
import type { DatasetDescription, IdKind, Shape } from '../shape.ts'

/**
 * A folder as Hugging Face's `datasets` and any reader of Parquet take it: interactions by split, items and people as tables, and a card
 * with the splits, counts and licence.
 * Source: https://huggingface.co/docs/hub/datasets-manual-configuration, https://huggingface.co/docs/hub/datasets-cards
 */
export function parquetShape(ids: IdKind): Shape {
  const [type, read] = ids === 'integer' ? (['INT32', Number] as const) : (['STRING', String] as const)
  return {
    parts: ['train', 'validation', 'test'],
    people: [
      { name: 'people.parquet', columns: columnsOf({ person: type }), values: person => ({ person: read(person) }) },
    ],
    items: [
      {
        name: 'items.parquet',
        columns: columnsOf({
          imageId: type,
          title: 'STRING',
          tags: 'TEXTS',
          visibility: 'STRING',
          uploadedAt: 'TIMESTAMP',
        }),
        values: ({ imageId, ...item }) => ({ imageId: read(imageId), ...item }),
      },
    ],
    interactions: part => [
      {
        name: interactionsName(part),
        columns: columnsOf({
          person: type,
          imageId: type,
          label: 'DOUBLE',
          by: 'STRING',
          at: 'TIMESTAMP',
          listId: 'STRING',
          position: 'INT32',
        }),
        values: ({ person, imageId, at, ...interaction }) => ({
          person: read(person),
          imageId: read(imageId),
          at: new Date(at),
          ...interaction,
        }),
      },
    ],
    card,
  }
}

function interactionsName(part: string): string {
  return `interactions-${part}.parquet`
}

function card({ license, counts, parameters }: DatasetDescription): string {
  const { from, to, splits, ids } = parameters
  const parts = Object.keys(counts.labels)
  const bounds = [from, ...splits, to].map(time => time.toISOString())
  const rows = parts.map((part, i) => {
    const total = Object.values(counts.labels[part] ?? {}).reduce((sum, count) => sum + count, 0)
    return `| ${part} | ${bounds[i]} | ${bounds[i + 1]} | ${total} |`
  })
  return `---
pretty_name: How people interact with images
license: ${license}
tags: [recommendation, implicit-feedback]
configs:
- config_name: interactions
  default: true
  data_files:
${parts.map(part => `  - split: ${part}\n    path: ${interactionsName(part)}`).join('\n')}
- config_name: items
  data_files: items.parquet
- config_name: people
  data_files: people.parquet
---

# How people interact with images

${counts.people} people and ${counts.items} images, from ${counts.events} events. Made by Glance; \`manifest.json\` contains the rules of the labels and the hash
of each file.

| split | from | to | interactions |
| --- | --- | --- | --- |
${rows.join('\n')}

- \`interactions\`: \`person\`, \`imageId\`, \`label\` (-1 to 1), \`by\` (the type of the event that determined it; null for an image that was seen and not
  acted on), \`at\` (UTC), and the list and position in which the image was shown last.
- \`items\`: the images, with title, tags, visibility and time of upload. Private images have neither title nor tags, deleted ones only an id.
- \`people\`: pseudonyms${ids === 'integer' ? ', here as integers' : ''}. No name, address or account is part of this dataset.
`
}
