import type { Shape } from '../shape.ts'

/**
 * Format of RecBole's atomic files: fields separated by tabs, their names and types in the first line, the elements of a sequence
 * separated by spaces. `benchmark_filename: [train, valid, test]` loads the three parts. File names begin with the name of the
 * dataset, so the folder must be named glance as well. `rating` is the label; `threshold: {rating: 0.5}` converts it to 0 and 1.
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
        line(imageId, title, tags.map(tag => tag.replace(/\s+/g, '_')).join(' '), seconds(uploadedAt.getTime())),
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
  return `${fields.map(field => String(field ?? '').replace(/\s+/g, ' ')).join('\t')}\n`
}

function seconds(at: number): number {
  return at / 1000
}
