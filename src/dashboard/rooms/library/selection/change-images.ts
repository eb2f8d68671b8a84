import { signal } from '@preact/signals'
import { outdate } from '../../../api/answers.ts'
import { ask } from '../../../api/ask.ts'
import { atMost } from '../../../api/at-most.ts'
import { withPatience } from '../../../api/patience.ts'
import { Problem } from '../../../api/problem.ts'
import type { Image } from '../../../api/types.ts'
import { select } from './selection.ts'

/** A change that an image could not get. */
export interface Refusal {
  image: Image
  why: Problem
}

/** What of an image is changed. */
export type Changes = Partial<Pick<Image, 'tags' | 'visibility'>>

/** How far the change of the selected images is; null when there is none at present. */
export const progress = signal<{ done: number; total: number } | null>(null)

const AT_ONCE = 4
const DELETED_AT_ONCE = 100

/** Changes images; those that were refused stay selected. @param changesOf returns what is changed of an image; undefined for nothing */
export function changeImages(images: Image[], changesOf: (image: Image) => Changes | undefined): Promise<Refusal[]> {
  return withProgress(images, async refuse => {
    await atMost(AT_ONCE, images, async image => {
      const changes = changesOf(image)
      const request = () => ask('PATCH', `/v1/images/${image.id}`, { json: changes })
      if (changes) await withPatience(request).catch(error => refuse([image], error))
      advance(1)
    })
  })
}

/** Deletes images; those that were refused stay selected. */
export function deleteImages(images: Image[]): Promise<Refusal[]> {
  return withProgress(images, async refuse => {
    for (let start = 0; start < images.length; start += DELETED_AT_ONCE) {
      const batch = images.slice(start, start + DELETED_AT_ONCE)
      await deleteBatch(batch, refuse)
      advance(batch.length)
    }
  })
}

type Refuse = (images: Image[], why: unknown) => void

async function deleteBatch(images: Image[], refuse: Refuse): Promise<void> {
  const json = { ids: images.map(({ id }) => id) }
  try {
    const { failed } = await withPatience(() => ask<Deletions>('POST', '/v1/images/deletions', { json }))
    for (const { id, code, detail } of failed) {
      // It is gone, as it should be.
      if (code === 'not_found') continue
      refuse(
        images.filter(image => image.id === id),
        new Problem({ code, detail }),
      )
    }
  } catch (error) {
    refuse(images, error)
  }
}

interface Deletions {
  failed: { id: string; code: string; detail: string }[]
}

/** Shows how far a change is, then has the lists read again and selects what was refused. */
async function withProgress(images: Image[], work: (refuse: Refuse) => Promise<void>): Promise<Refusal[]> {
  const refusals: Refusal[] = []
  progress.value = { done: 0, total: images.length }
  try {
    await work((refused, why) => {
      if (!(why instanceof Problem)) throw why
      refusals.push(...refused.map(image => ({ image, why })))
    })
  } finally {
    progress.value = null
  }
  select(refusals.map(({ image }) => image))
  await outdate(['/v1/images'])
  return refusals
}

function advance(by: number): void {
  if (progress.value) progress.value = { ...progress.value, done: progress.value.done + by }
}
