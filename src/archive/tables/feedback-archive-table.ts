import { FEEDBACK_COLUMNS, feedbackRow } from '../../exports/feedback-table.ts'
import { IdCipher } from '../../exports/id-cipher.ts'
import type { Values } from '../../exports/table.ts'
import { type Feedback, feedbackId, type Registers } from '../../feedback/feedback.ts'
import { pseudonyms } from '../../lib/pseudonym.ts'
import { Seal } from '../seal.ts'
import { type ArchiveTable, described } from './archive-table.ts'

const DESCRIPTIONS = {
  id: 'person and image, encrypted as in exports',
  person: 'pseudonym of who gave it, the same as in exports',
  imageId: 'the image',
  reaction: 'like, dislike or null',
  rating: '1 to 5 or null',
  saved: 'whether it is saved',
  tags: 'the tags that are set',
  updatedAt: 'when it was changed last; its day names the file',
  sealed: 'what the other columns hide, encrypted with `DATA_SECRET`; only `restore` and erasures read it',
}

interface Hidden extends Registers {
  person: string
}

/** Returns the table of feedback: the rows of exports, and when each value was set, sealed. */
export function feedbackArchiveTable(secret: string): ArchiveTable<Feedback> {
  const seal = new Seal(secret)
  const shown = feedbackRow(pseudonyms(secret, 'exports'), new IdCipher(secret))
  return {
    name: 'feedback',
    schema: 1,
    columns: described([...FEEDBACK_COLUMNS, { name: 'sealed', type: 'BYTES' }], DESCRIPTIONS),
    sorted: ['imageId', 'updatedAt'],
    rowOf: feedback => ({ ...shown(feedback), sealed: seal.close(hiddenOf(feedback)) }),
    personOf: ({ person }) => person,
    thingOf({ imageId, updatedAt, sealed }: Values) {
      const { person, tags, ...registers } = seal.open<Hidden>(sealed as Uint8Array)
      const image = imageId as string
      return {
        _id: feedbackId(person, image),
        person,
        imageId: image,
        updatedAt: new Date(updatedAt as string),
        ...Object.fromEntries(Object.entries(registers).map(([name, register]) => [name, dated(register)])),
        ...(tags ? { tags: tags.map(dated) } : {}),
      }
    },
  }
}

function hiddenOf({ _id, imageId: _image, updatedAt: _updated, ...hidden }: Feedback): Hidden {
  return hidden
}

function dated<Register extends { at: Date }>(register: Register): Register {
  return { ...register, at: new Date(register.at) }
}
