import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Validator } from 'typebox/compile'
import { isRefusal } from '../database/unavailability.ts'
import { Problem } from '../errors.ts'

const MAX_FILES = 200

/** The definitions of a folder, and the files that are none. */
export interface Definitions<Item> {
  items: Item[]
  broken: { file: string; fault: string }[]
}

interface Parts<Item> {
  /** May be absent. */
  folder: string
  /** What a file defines, such as a report. */
  kind: string
  isDefinition(file: string): boolean
  /** @throws Problem, SyntaxError or an error of the file system or the database that says what is wrong with the file */
  load(path: string, others: Item[]): Promise<Item>
  /** What definitions refer to, if to anything: another object when it has changed. */
  referred?: { read(): Promise<object> }
  logger: { warn(parts: object, message: string): void }
}

/** A folder whose files define something each, and may change at any time. */
export class DefinitionFolder<Item> {
  readonly #parts: Parts<Item>
  #state: string | undefined
  #referred: object | undefined
  #definitions: Definitions<Item> = { items: [], broken: [] }
  #reading: Promise<Definitions<Item>> | undefined

  constructor(parts: Parts<Item>) {
    this.#parts = parts
  }

  /** Returns the definitions: the same object until a file, or what they refer to, changes. Each change logs the files that define nothing. */
  read(): Promise<Definitions<Item>> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<Definitions<Item>> {
    const { kind, load, logger } = this.#parts
    const referred = await this.#parts.referred?.read()
    const files = await this.#files()
    const state = JSON.stringify(files)
    if (state === this.#state && referred === this.#referred) return this.#definitions
    const definitions: Definitions<Item> = { items: [], broken: [] }
    for (const [i, { path }] of files.entries()) {
      try {
        if (i >= MAX_FILES) throw faultOf(`is one too many: the folder may have ${MAX_FILES}`)
        definitions.items.push(await load(path, definitions.items))
      } catch (error) {
        if (!isFault(error)) throw error
        definitions.broken.push({ file: basename(path), fault: error.message })
        logger.warn({ file: path }, `${path} is not a ${kind}: ${error.message}`)
      }
    }
    this.#state = state
    this.#referred = referred
    this.#definitions = definitions
    return definitions
  }

  /** Returns the files in the order of their names, and when each was changed. A folder that can not be read stands for itself. */
  async #files(): Promise<{ path: string; changed: number | undefined }[]> {
    const { folder, isDefinition } = this.#parts
    const names = await readdir(folder).catch(error => (error.code === 'ENOENT' ? [] : ['']))
    const paths = names
      .filter(name => name === '' || isDefinition(name))
      .sort()
      .map(name => join(folder, name))
    return Promise.all(paths.map(async path => ({ path, changed: (await stat(path).catch(() => undefined))?.mtimeMs })))
  }
}

/** Returns what is wrong with a file, as an error. */
export function faultOf(detail: string): Problem {
  return new Problem('invalid_request', { detail })
}

/** Returns what is wrong with the content of a file, with its place as a JSON Pointer; undefined when it is valid. */
export function faultIn(validator: Pick<Validator, 'Errors'>, content: unknown): string | undefined {
  const [fault] = validator.Errors(content)
  return fault && `${fault.instancePath || '/'} ${fault.keyword === 'boolean' ? 'is not allowed' : fault.message}`
}

/** Whether an error says what is wrong with a file, not that the database is out of reach. */
function isFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const isOfFile = 'syscall' in error || error instanceof SyntaxError
  return isOfFile || error instanceof Problem || isRefusal(error)
}
