import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Act } from './act.ts'
import { grouped } from './grouped.ts'

/** Hex digits of a pseudonym that select a file: 256 files, of which one is in memory at a time. */
const PREFIX_DIGITS = 2

/**
 * Groups acts by person, in the order of pseudonyms. It partitions them into files in a temporary folder, which it removes at the
 * end, and holds 1/256 of them in memory.
 */
export async function* byPerson(acts: AsyncIterable<Act[]>, folder: string): AsyncGenerator<Act[]> {
  await mkdir(folder)
  try {
    for (const path of await partition(acts, folder)) {
      const people = grouped(await actsIn(path), ({ person }) => person)
      await rm(path)
      for (const person of [...people.keys()].sort()) yield people.get(person) ?? []
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** @returns the paths of the files, in the order of the pseudonyms in them */
async function partition(acts: AsyncIterable<Act[]>, folder: string): Promise<string[]> {
  const files = new Map<string, FileHandle>()
  try {
    for await (const batch of acts) {
      for (const [digits, group] of grouped(batch, ({ person }) => person.slice(0, PREFIX_DIGITS))) {
        const file = files.get(digits) ?? (await open(join(folder, digits), 'w'))
        files.set(digits, file)
        await file.writeFile(group.map(act => `${JSON.stringify(act)}\n`).join(''))
      }
    }
  } finally {
    await Promise.all([...files.values()].map(file => file.close()))
  }
  return [...files.keys()].sort().map(digits => join(folder, digits))
}

async function actsIn(path: string): Promise<Act[]> {
  const lines = await readFile(path, 'utf8')
  return lines
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}
