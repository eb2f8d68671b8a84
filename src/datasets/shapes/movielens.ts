import { plainCsv } from '../../lib/csv.ts'
import type { Interaction } from '../interactions.ts'
import type { DataFile, Shape } from '../shape.ts'

/**
 * Format of MovieLens: ratings `userId,movieId,rating,timestamp` (Unix time in seconds), sorted by user, then movie, on a scale of
 * half stars from 0.5 to 5.0; movies `movieId,title,genres`, genres separated by `|`. The labels -1, 0 and 1 map to one, three and
 * five stars. Additional exposures files contain the positions at which images were shown.
 * Source: README of ml-latest, https://files.grouplens.org/datasets/movielens/ml-latest-README.html
 */
export const movielens: Shape = {
  parts: ['train', 'test'],
  people: [],
  items: [
    {
      name: 'movies.csv',
      head: line('movieId', 'title', 'genres'),
      line: ({ imageId, title, tags }) => line(imageId, title, genres(tags)),
    },
  ],
  interactions: part => [ratings(part), exposures(part)],
}

function ratings(part: string): DataFile<Interaction> {
  return {
    name: `ratings.${part}.csv`,
    head: line('userId', 'movieId', 'rating', 'timestamp'),
    line: ({ person, imageId, label, at }) => line(person, imageId, stars(label), seconds(at)),
  }
}

function exposures(part: string): DataFile<Interaction> {
  return {
    name: `exposures.${part}.csv`,
    head: line('userId', 'movieId', 'listId', 'position', 'timestamp'),
    line: ({ person, imageId, listId, position, at }) =>
      listId === undefined && position === undefined ? undefined : line(person, imageId, listId, position, seconds(at)),
  }
}

function line(...cells: unknown[]): string {
  return plainCsv([cells])
}

function genres(tags: string[]): string {
  return tags.length === 0 ? '(no genres listed)' : tags.map(tag => tag.replaceAll('|', ' ')).join('|')
}

function stars(label: number): string {
  return (Math.round((3 + 2 * label) * 2) / 2).toFixed(1)
}

function seconds(at: number): number {
  return Math.floor(at / 1000)
}
