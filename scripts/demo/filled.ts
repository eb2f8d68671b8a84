import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Whether the demo in a folder has all its data. */
export function isFilled(folder: string): Promise<boolean> {
  return access(fileIn(folder)).then(
    () => true,
    () => false,
  )
}

/** Notes that the demo in a folder has all its data. */
export async function noteFilled(folder: string): Promise<void> {
  await writeFile(fileIn(folder), '')
}

function fileIn(folder: string): string {
  return join(folder, 'filled')
}
