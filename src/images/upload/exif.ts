import { Directories } from '../metadata/directories.ts'

const LONGEST = 100
/** Some readers of files put the name before the block. */
const NAME = 'Exif\0\0'
const EXIF = 0x8769
const MAKE = 0x010f
const MODEL = 0x0110
const DATE_TIME_ORIGINAL = 0x9003
const OFFSET_TIME_ORIGINAL = 0x9011

/** What the camera wrote into a file. */
export interface Shot {
  /** Its maker and model. */
  camera?: string
  /** By the camera's clock, read as UTC where it names no offset. */
  takenAt?: Date
}

/** Reads what is of interest from an EXIF block; one that is broken says nothing, the image may be fine all the same. */
export function shotOf(exif: Buffer | undefined): Shot {
  if (!exif) return {}
  try {
    const isNamed = exif.toString('latin1', 0, NAME.length) === NAME
    const directories = new Directories(exif.subarray(isNamed ? NAME.length : 0))
    const text = (directory: number, tag: number) => textOf(directories, directory, tag)
    const image = directories.first
    const camera = cameraName(text(image, MAKE), text(image, MODEL))
    const pointer = directories.find(image, EXIF)
    const photo = pointer === undefined ? image : directories.longOf(pointer)
    const takenAt = timeOf(text(photo, DATE_TIME_ORIGINAL), text(photo, OFFSET_TIME_ORIGINAL))
    return { ...(camera ? { camera } : {}), ...(takenAt ? { takenAt } : {}) }
  } catch {
    return {}
  }
}

/** Many models begin with their maker's name. */
function cameraName(make: string, model: string): string {
  const name = model.toLowerCase().startsWith(make.toLowerCase()) ? model : `${make} ${model}`
  return name.trim().slice(0, LONGEST)
}

/** Text is ASCII and ends with a NUL; nobody's is longer than what is looked at of it. */
function textOf(directories: Directories, directory: number, tag: number): string {
  const entry = directories.find(directory, tag)
  if (entry === undefined) return ''
  const bytes = directories.value(entry).subarray(0, LONGEST)
  return bytes
    .toString('latin1')
    .replace(/[^!-~]+/g, ' ')
    .trim()
}

function timeOf(time: string, offset: string): Date | undefined {
  const [, date, clock] = /^(\d{4}:\d\d:\d\d) (\d\d:\d\d:\d\d)$/.exec(time) ?? []
  if (date === undefined) return undefined
  const zone = /^[+-]\d\d:\d\d$/.test(offset) ? offset : 'Z'
  const taken = new Date(`${date.replaceAll(':', '-')}T${clock}${zone}`)
  return Number.isNaN(taken.getTime()) ? undefined : taken
}
