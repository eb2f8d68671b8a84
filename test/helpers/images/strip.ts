import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripped } from '../../../src/images/metadata/strip.ts'
import { withTemporaryFolder } from '../../../src/lib/temporary-folder.ts'

/** Strips metadata from the bytes of an image. */
export function strip(bytes: Buffer, mode: 'gps' | 'all'): Promise<Buffer> {
  return withTemporaryFolder(async folder => {
    const path = join(folder, 'picture')
    await writeFile(path, bytes)
    const parts: Buffer[] = []
    for await (const part of stripped(path, mode)) parts.push(part)
    return Buffer.concat(parts)
  })
}
