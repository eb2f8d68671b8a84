/** An image with its views. */
export interface Gain {
  imageId: string
  views: number
  /** Those of the time before. */
  before: number
}

interface Numbered {
  imageId: string
  counts: { view: number }
  before?: { counts: { view: number } }
}

/** Returns the images whose views have grown the most since the time before. Those without a time before are left out. */
export function risingOf(images: readonly Numbered[], limit: number): Gain[] {
  return images
    .flatMap(({ imageId, counts, before }) =>
      before ? [{ imageId, views: counts.view, before: before.counts.view }] : [],
    )
    .filter(({ views, before }) => views > before)
    .sort((a, b) => b.views - b.before - (a.views - a.before))
    .slice(0, limit)
}
