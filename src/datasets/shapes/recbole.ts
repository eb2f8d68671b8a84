import type { Shape } from '../shape.ts'

/** The texts that pandas reads as a missing value. */
const MISSING =
  /^(#N\/A|#N\/A N\/A|#NA|-1\.#IND|-1\.#QNAN|-NaN|-nan|1\.#IND|1\.#QNAN|<NA>|N\/A|NA|NULL|NaN|None|n\/a|nan|null)$/

/**
 * Format of RecBole's atomic files: fields separated by tabs, their names and types in the first line, the elements of a sequence
 * separated by spaces. `benchmark_filename: [train, valid, test]` loads the three parts. File names begin with the name of the
 * dataset, so the folder must be named glance as well. `rating` is the label; `threshold: {rating: 0.5}` converts it to 0 and 1.
 * RecBole reads the files with pandas.read_csv(delimiter='\t') and otherwise its defaults.
 * Source: https://recbole.io/docs/user_guide/data/atomic_files.html, https://recbole.io/docs/user_guide/data/data_args.html
 */
export const recbole: Shape = {
  parts: ['train', 'valid', 'test'],
  people: [],
  items: [
    {
      name: 'glance.item',
      head: line('item_id:token', 'title:token_seq', 'tags:token_seq', 'uploaded:float'),
      line: ({ imageId, title, tags, uploadedAt }) =>
        line(
          imageId,
          title,
          tags.map(tag => oneLine(tag).replaceAll(' ', '_')).join(' '),
          uploadedAt && seconds(uploadedAt.getTime()),
        ),
    },
  ],
  interactions: part => [
    {
      name: `glance.${part}.inter`,
      head: line(
        'user_id:token',
        'item_id:token',
        'rating:float',
        'timestamp:float',
        'position:float',
        'list_id:token',
      ),
      line: ({ person, imageId, label, at, position, listId }) =>
        line(person, imageId, label, seconds(at), position, listId),
    },
  ],
}

function line(...fields: (string | number | undefined)[]): string {
  return `${fields.map(field => cell(oneLine(String(field ?? '')))).join('\t')}\n`
}

/** Returns a text as pandas reads it: a quote begins a quoted field, and some words are missing values unless a space follows. */
function cell(text: string): string {
  if (text.includes('"')) return `"${text.replaceAll('"', '""')}"`
  return MISSING.test(text) ? `${text} ` : text
}

/** Replaces white space and control characters, which end fields and lines, by single spaces. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
}

function seconds(at: number): number {
  return at / 1000
}
