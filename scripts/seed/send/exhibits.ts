import { type Exhibit, exhibitOf, type ListedImage } from '../visits/exhibit.ts'

/** Returns the public images of a service, oldest first. */
export async function readExhibits(url: string): Promise<Exhibit[]> {
  const response = await fetch(`${url}/v1/images?sort=oldest&limit=100`)
  const { items } = (await response.json()) as { items: ListedImage[] }
  return items.map(exhibitOf)
}
