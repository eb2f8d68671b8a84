import { plainCsv } from '../lib/csv.ts'
import type { Interaction } from './interactions.ts'
import type { Output } from './output.ts'
import type { IdKind, LineFile } from './shape.ts'

/** The files that tell which person or image a number stands for. */
const PEOPLE = 'numbers.people.csv'
const IMAGES = 'numbers.images.csv'

/** How people and images are named in a dataset: as they are, or by integers from 1 in the order in which they come first. */
export class Names {
  readonly #kind: IdKind
  readonly #people = new Map<string, string>()
  readonly #images = new Map<string, string>()

  constructor(kind: IdKind) {
    this.#kind = kind
  }

  /** @param person pseudonym */
  ofPerson(person: string): string {
    return this.#kind === 'text' ? person : numberOf(person, this.#people)
  }

  ofImage(imageId: string): string {
    return this.#kind === 'text' ? imageId : numberOf(imageId, this.#images)
  }

  /** Returns the interactions of a person with these names, in the order of the images. */
  inInteractions(interactions: Interaction[]): Interaction[] {
    const named = interactions.map(interaction => ({
      ...interaction,
      person: this.ofPerson(interaction.person),
      imageId: this.ofImage(interaction.imageId),
    }))
    return this.#kind === 'text' ? named : named.sort((a, b) => Number(a.imageId) - Number(b.imageId))
  }

  /** Writes the files that tell what the numbers stand for. */
  async write(output: Output): Promise<void> {
    if (this.#kind === 'text') return
    for (const [name, numbers] of Object.entries({ [PEOPLE]: this.#people, [IMAGES]: this.#images })) {
      const sheet = await output.open(numbersFile(name))
      for (const row of numbers) await sheet.add(row)
      await sheet.close()
    }
  }
}

function numberOf(id: string, numbers: Map<string, string>): string {
  const number = numbers.get(id) ?? `${numbers.size + 1}`
  numbers.set(id, number)
  return number
}

function numbersFile(name: string): LineFile<[id: string, number: string]> {
  return { name, head: plainCsv([['number', 'id']]), line: ([id, number]) => plainCsv([[number, id]]) }
}
