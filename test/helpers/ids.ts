import { V7Generator } from 'uuidv7'

const generator = new V7Generator()

/** Returns an id that an app made at a time, in ms: an event with it has that time. */
export function idMadeAt(time: number): string {
  return generator.generateOrResetWithTs(time).toString()
}
