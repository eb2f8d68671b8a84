import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TEST_EXTENSION } from '../../src/reports/own/own-reports.ts'

const REPORT = {
  question: 'How many views has each image?',
  collection: 'events',
  since: '7d',
  parameters: {
    least: { type: 'integer', default: 1, minimum: 1, description: 'least number of views of an image' },
  },
  columns: [
    { name: 'imageId', kind: 'image', about: 'id of the image' },
    { name: 'title', kind: 'title', about: 'its title', of: 'imageId' },
    { name: 'views', kind: 'count', about: 'number of views', drawn: true },
    { name: 'people', kind: 'count', about: 'number of people' },
  ],
  pipeline: [
    { $match: { type: 'view' } },
    { $group: { _id: '$imageId', views: { $sum: 1 }, people: { $addToSet: '$person' } } },
    { $match: { views: { $gte: { $param: 'least' } } } },
    { $project: { _id: 0, imageId: '$_id', views: 1, people: { $size: '$people' } } },
    { $sort: { views: -1, imageId: 1 } },
  ],
}

const TEST = {
  now: '2026-11-29T12:00:00Z',
  parameters: { least: '2' },
  given: {
    events: [
      { at: '2026-11-28T09:00:00Z', imageId: 'lake', type: 'view', person: 'ann' },
      { at: '2026-11-28T10:00:00Z', imageId: 'lake', type: 'view', person: 'ann' },
      { at: '2026-11-28T11:00:00Z', imageId: 'lake', type: 'view', person: 'bob' },
      { at: '2026-11-28T12:00:00Z', imageId: 'town', type: 'view', person: 'bob' },
    ],
    images: [
      { _id: 'lake', title: 'A lake' },
      { _id: 'town', title: 'A town' },
    ],
  },
  expect: [{ imageId: 'lake', title: 'A lake', views: 3, people: 2 }],
}

/**
 * Writes a report that works, to be changed, and its test.
 * @returns the paths of both
 * @throws Error when one of them exists
 */
export async function newReport(folder: string, name: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const files = { [`${name}.json`]: { name, ...REPORT }, [`${name}${TEST_EXTENSION}`]: TEST }
  return Promise.all(
    Object.entries(files).map(async ([file, content]) => {
      const path = join(folder, file)
      await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx' })
      return path
    }),
  )
}
