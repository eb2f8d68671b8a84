import { ask } from '../../../../api/ask.ts'
import { imageList } from '../../../../api/resources.ts'
import type { Image, Page } from '../../../../api/types.ts'

/** Larger files are not held in memory for a hash: the service compares it when it has received them. */
const LARGEST = 128 * 1024 * 1024

/** Returns the SHA-256 of a file; undefined for a large file, and where browsers offer no hashes: on pages that came over plain http from another machine. */
export async function hashOf(file: File): Promise<string | undefined> {
  if (!window.isSecureContext || file.size > LARGEST) return undefined
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(hash), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Returns the image that the account has made of the same file before. */
export async function findUploaded(sha256: string, signal: AbortSignal): Promise<Image | undefined> {
  const { items } = await ask<Page<Image>>('GET', imageList({ sha256, limit: 1 }).path, { signal })
  return items[0]
}
