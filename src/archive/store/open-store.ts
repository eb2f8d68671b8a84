import type { S3Access } from '../../config/config.ts'
import { FolderStore } from './folder-store.ts'
import { S3Store } from './s3-store.ts'
import type { Store } from './store.ts'

/**
 * Opens the place of an archive: a folder, or `s3://bucket/prefix`.
 * @throws Error when S3 has no credentials, or the bucket has no name
 */
export function openStore(place: string, access: S3Access): Store {
  if (!place.startsWith('s3://')) return new FolderStore(place)
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place) ?? []
  if (bucket === undefined) throw new Error(`${place} names no bucket, as s3://bucket/prefix does`)
  return new S3Store(bucket, prefix.replace(/\/$/, ''), access)
}
