import { Directories } from '../metadata/directories.ts'

const MAX_TEXT_LENGTH = 100
/** Header that some decoders leave before the block. */
const HEADER = 'Exif\0\0'
/** Tags of EXIF; the first one points to the directory with the data of the photograph. */
const EXIF_IFD = 0x8769
const MAKE = 0x010f
const MODEL = 0x0110
const DATE_TIME_ORIGINAL = 0x9003
const OFFSET_TIME_ORIGINAL = 0x9011

/** Camera and time of a photograph. */
export interface CameraData {
  /** Maker and model. */
  camera?: string
  /** By the camera's clock, which is read as UTC when the file has no offset. */
  takenAt?: Date
}

/**
 * Reads camera and time from an EXIF block.
 * @returns an empty object for an invalid block: the image itself may be valid
 */
export function cameraDataOf(exif: Buffer | undefined): CameraData {
  if (!exif) return {}
  try {
    const hasHeader = exif.toString('latin1', 0, HEADER.length) === HEADER
    const directories = new Directories(exif.subarray(hasHeader ? HEADER.length : 0))
    const text = (directory: number, tag: number) => textOf(directories, directory, tag)
    const main = directories.first
    const camera = cameraName(text(main, MAKE), text(main, MODEL))
    const pointer = directories.find(main, EXIF_IFD)
    const exifDirectory = pointer === undefined ? main : directories.longOf(pointer)
    const takenAt = timeOf(text(exifDirectory, DATE_TIME_ORIGINAL), text(exifDirectory, OFFSET_TIME_ORIGINAL))
    return { ...(camera ? { camera } : {}), ...(takenAt ? { takenAt } : {}) }
  } catch {
    return {}
  }
}

/** Joins maker and model; many models already begin with the maker's name. */
function cameraName(make: string, model: string): string {
  const name = model.toLowerCase().startsWith(make.toLowerCase()) ? model : `${make} ${model}`
  return name.trim().slice(0, MAX_TEXT_LENGTH)
}

/**
 * Returns the text of a tag, '' without it. EXIF text is ASCII and ends with a NUL: each run of other bytes becomes a space, and
 * only the first 100 bytes are read.
 */
function textOf(directories: Directories, directory: number, tag: number): string {
  const entry = directories.find(directory, tag)
  if (entry === undefined) return ''
  const bytes = directories.value(entry).subarray(0, MAX_TEXT_LENGTH)
  return bytes
    .toString('latin1')
    .replace(/[^!-~]+/g, ' ')
    .trim()
}

/** Parses a time such as `2026:05:04 10:20:30` and an offset such as `+02:00`. @returns undefined when it is not a time */
function timeOf(time: string, offset: string): Date | undefined {
  const [, date, clock] = /^(\d{4}:\d\d:\d\d) (\d\d:\d\d:\d\d)$/.exec(time) ?? []
  if (date === undefined) return undefined
  const zone = /^[+-]\d\d:\d\d$/.test(offset) ? offset : 'Z'
  const taken = new Date(`${date.replaceAll(':', '-')}T${clock}${zone}`)
  return Number.isNaN(taken.getTime()) ? undefined : taken
}
