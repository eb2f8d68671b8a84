import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encoderOf } from './encoder.ts'
import type { DataFile } from './shape.ts'

/** A written file. */
export interface Written {
  name: string
  rows: number
  bytes: number
  sha256: string
}

const MANIFEST = 'manifest.json'
const CARD = 'README.md'

/**
 * The files of a dataset that is being written. They are written to a subfolder; `publish` removes the old manifest, moves them into
 * place and moves the new manifest last, so a folder with a manifest is complete, whenever the process was killed.
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

  /** Creates the output in a folder, and removes what an interrupted run has left. */
  static async in(folder: string): Promise<Output> {
    const output = new Output(folder)
    await output.discard()
    await mkdir(output.#draft, { recursive: true })
    return output
  }

  /** Returns a path for temporary data. */
  scratch(name: string): string {
    return join(this.#draft, name)
  }

  /** Creates a file for rows. */
  async open<Row>(dataFile: DataFile<Row>): Promise<Sheet<Row>> {
    const { name } = dataFile
    const file = await this.#create(name)
    const encoder = encoderOf(dataFile)
    const hash = createHash('sha256')
    const written: Written = { name, rows: 0, bytes: 0, sha256: '' }
    const write = async (bytes: Uint8Array) => {
      if (bytes.length === 0) return
      hash.update(bytes)
      written.bytes += bytes.length
      await file.writeFile(bytes)
    }
    return {
      add: async row => {
        if (encoder.add(row)) written.rows++
        await write(encoder.take())
      },
      close: async () => {
        await write(encoder.end())
        await file.sync()
        this.#written.push({ ...written, sha256: hash.digest('hex') })
      },
    }
  }

  /**
   * Moves all files into place, with a manifest.
   * @param card the text of the README.md, if there is one
   * @returns the manifest: `description` and the files
   */
  async publish<Description extends object>(
    description: Description,
    card: string | undefined,
  ): Promise<Description & { files: Written[] }> {
    const manifest = { ...description, files: this.#written.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
    await rm(join(this.#folder, MANIFEST), { force: true })
    for (const { name } of manifest.files) await this.#place(name)
    if (card !== undefined) await this.#publishText(CARD, card)
    await this.#publishText(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`)
    await this.discard()
    return manifest
  }

  /** Removes what is not published. */
  async discard(): Promise<void> {
    for (const file of this.#open.splice(0)) await file.close()
    await rm(this.#draft, { recursive: true, force: true })
  }

  async #create(name: string): Promise<FileHandle> {
    const file = await open(join(this.#draft, name), 'w')
    this.#open.push(file)
    return file
  }

  async #publishText(name: string, text: string): Promise<void> {
    const file = await this.#create(name)
    await file.writeFile(text)
    await file.sync()
    await this.#place(name)
  }

  async #place(name: string): Promise<void> {
    await rename(join(this.#draft, name), join(this.#folder, name))
  }
}

/** A file of rows. */
export interface Sheet<Row> {
  add(row: Row): Promise<void>
  close(): Promise<void>
}
