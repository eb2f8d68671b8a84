import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ByteRange, Draft, Store } from './store.ts'

/** Files in a folder. A draft is a file beside its place; what a killed process leaves of it is overwritten by the next run. */
export class FolderStore implements Store {
  readonly name: string

  /** @param folder is created with the first file */
  constructor(folder: string) {
    this.name = folder
  }

  async read(path: string, range?: ByteRange): Promise<Buffer | undefined> {
    const file = await open(this.#pathOf(path), 'r').catch(error => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    })
    if (!file) return undefined
    try {
      return range ? await readRange(file, range) : await file.readFile()
    } finally {
      await file.close()
    }
  }

  async create(path: string): Promise<Draft> {
    const place = this.#pathOf(path)
    const draft = `${place}.partial`
    await mkdir(dirname(place), { recursive: true })
    const file = await open(draft, 'w')
    return {
      write: bytes => file.writeFile(bytes),
      async commit() {
        await file.sync()
        await file.close()
        await rename(draft, place)
        await syncFolder(dirname(place))
      },
      async discard() {
        await file.close()
        await rm(draft, { force: true })
      },
    }
  }

  async remove(path: string): Promise<void> {
    await rm(this.#pathOf(path), { force: true })
  }

  #pathOf(path: string): string {
    return join(this.name, path)
  }
}

async function readRange(file: FileHandle, { from, to }: ByteRange): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
  return bytes.subarray(0, bytesRead)
}

/** Makes a rename durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}
