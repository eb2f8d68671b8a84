/** What may be an image of the service. */
export const CANDIDATES = 'img,[data-glance-image]'

const ADDRESS = /\/v1\/images\/([\w-]{1,64})\/file\b/

/** Returns the id of the image that an element stands for, or shows: by its attribute, or by its address. */
export function imageOf(element: Element): string | undefined {
  const { dataset, currentSrc, src, srcset } = element as HTMLImageElement
  return dataset?.glanceImage || imageAt(currentSrc || src || srcset)
}

/** Returns the id of the image that an address is of. */
export function imageAt(address = ''): string | undefined {
  return ADDRESS.exec(address)?.[1]
}

/** Returns the innermost element of an event that is an image, with its id. */
export function imageOfEvent(event: Event): { element: Element; imageId: string } | undefined {
  for (const target of event.composedPath()) {
    const imageId = target instanceof Element && imageOf(target)
    if (imageId) return { element: target, imageId }
  }
  return undefined
}
