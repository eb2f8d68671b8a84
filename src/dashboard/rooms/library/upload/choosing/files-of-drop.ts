/** Returns the files that were dropped, also those in folders. */
export async function filesOfDrop(data: DataTransfer): Promise<File[]> {
  // The entries are gone as soon as the event is over.
  const entries = Array.from(data.items, item => item.webkitGetAsEntry())
  const plain = Array.from(data.files)
  if (!entries.some(entry => entry?.isDirectory)) return plain
  const files = await Promise.all(entries.map(entry => (entry ? filesOf(entry) : [])))
  return files.flat()
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (isFile(entry)) return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))]
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const files: File[] = []
  // A reader returns a part of the entries at a time, and none at the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (entries.length === 0) return files
    for (const inside of entries) files.push(...(await filesOf(inside)))
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}
