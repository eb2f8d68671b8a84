import type { mongo } from 'mongoose'
import type { Image } from '../images/image.ts'
import type { Column, Row } from './report.ts'

/** Adds the titles of images to rows, and leaves out rows of deleted images. Titles of private images are empty. */
export async function withTitles(rows: Row[], columns: Column[], db: mongo.Db): Promise<Row[]> {
  const named = columns.flatMap(({ name, of }) => (of === undefined ? [] : [{ title: name, image: of }]))
  if (named.length === 0) return rows
  const ids = new Set(rows.flatMap(row => named.map(({ image }) => String(row[image]))))
  const titles = await titlesOf([...ids], db)
  const existing = rows.filter(row => named.every(({ image }) => titles.has(String(row[image]))))
  return existing.map(row => ({
    ...row,
    ...Object.fromEntries(named.map(({ title, image }) => [title, titles.get(String(row[image]))])),
  }))
}

async function titlesOf(ids: string[], db: mongo.Db): Promise<Map<string, string>> {
  const found = db.collection<Image>('images').find({ _id: { $in: ids } }, { projection: { title: 1, visibility: 1 } })
  const titles = new Map<string, string>()
  for await (const { _id, title, visibility } of found) titles.set(_id, visibility === 'public' ? title : '')
  return titles
}
