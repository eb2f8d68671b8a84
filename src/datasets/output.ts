import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataFile } from './shape.ts'

/** What a file came to. */
export interface Written {
  name: string
  rows: number
  bytes: number
  sha256: string
}

const MANIFEST = 'manifest.json'
/** Bytes that are gathered before they are written. */
const CHUNK = 65_536

/**
 * The files of a dataset in the making. They grow in a folder beside what is there; publishing takes the old manifest away, moves them
 * into their places and puts the new manifest last: a folder with a manifest is whole, wherever a run was killed.
 */
export class Output {
  readonly #folder: string
  readonly #draft: string
  readonly #written: Written[] = []
  readonly #open: FileHandle[] = []

  private constructor(folder: string) {
    this.#folder = folder
    this.#draft = join(folder, '.partial')
  }

  /** Begins anew in that folder; what a killed run left goes. */
  static async in(folder: string): Promise<Output> {
    const output = new Output(folder)
    await output.discard()
    await mkdir(output.#draft, { recursive: true })
    return output
  }

  /** A path for something that is only needed meanwhile. */
  scratch(name: string): string {
    return join(this.#draft, name)
  }

  /** Opens a file for rows. */
  async open<Row>({ name, head = '', line }: DataFile<Row>): Promise<Sheet<Row>> {
    const file = await this.#create(name)
    const hash = createHash('sha256')
    const written: Written = { name, rows: 0, bytes: 0, sha256: '' }
    let text = head
    const flush = async () => {
      const bytes = Buffer.from(text)
      text = ''
      hash.update(bytes)
      written.bytes += bytes.length
      await file.writeFile(bytes)
    }
    return {
      add: async row => {
        const added = line(row)
        if (added === undefined) return
        written.rows++
        text += added
        if (text.length >= CHUNK) await flush()
      },
      close: async () => {
        await flush()
        await file.sync()
        this.#written.push({ ...written, sha256: hash.digest('hex') })
      },
    }
  }

  /** Puts everything into its place. */
  async publish<Told extends object>(told: Told): Promise<Told & { files: Written[] }> {
    const manifest = { ...told, files: this.#written.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
    await rm(join(this.#folder, MANIFEST), { force: true })
    for (const { name } of manifest.files) await this.#place(name)
    const file = await this.#create(MANIFEST)
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)
    await file.sync()
    await this.#place(MANIFEST)
    await this.discard()
    return manifest
  }

  /** Takes away what is not published. */
  async discard(): Promise<void> {
    for (const file of this.#open.splice(0)) await file.close()
    await rm(this.#draft, { recursive: true, force: true })
  }

  async #create(name: string): Promise<FileHandle> {
    const file = await open(join(this.#draft, name), 'w')
    this.#open.push(file)
    return file
  }

  async #place(name: string): Promise<void> {
    await rename(join(this.#draft, name), join(this.#folder, name))
  }
}

/** A file that takes rows. */
export interface Sheet<Row> {
  add(row: Row): Promise<void>
  close(): Promise<void>
}
