/** From `from` (inclusive) to `to` (exclusive), in bytes. */
export interface ByteRange {
  from: number
  to: number
}

/** A file that is being written. Nobody sees it before it is committed. */
export interface Draft {
  write(bytes: Uint8Array): Promise<void>
  /** Puts the whole file into its place at once, durably. A process that is killed meanwhile leaves the old file or the new one. */
  commit(): Promise<void>
  /** Forgets the file; an existing one stays. */
  discard(): Promise<void>
}

/** Where the files of an archive are. Paths have slashes and are relative. */
export interface Store {
  /** Its place, for messages. */
  readonly name: string
  /** Reads a file or a part of it. @returns undefined when there is no such file */
  read(path: string, range?: ByteRange): Promise<Buffer | undefined>
  /** Begins a file, which replaces one that exists. */
  create(path: string): Promise<Draft>
  /** Removes a file, if it exists. */
  remove(path: string): Promise<void>
}

/** Writes a small file at once. */
export async function put(store: Store, path: string, bytes: Uint8Array): Promise<void> {
  const draft = await store.create(path)
  await draft.write(bytes)
  await draft.commit()
}
