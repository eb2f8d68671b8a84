import readExif from 'exif-reader'

const LONGEST = 100

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
    const { Image, Photo } = readExif(exif)
    const camera = cameraName(textOf(Image?.Make), textOf(Image?.Model))
    const takenAt = timeOf(Photo?.DateTimeOriginal, textOf(Photo?.OffsetTimeOriginal))
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

function textOf(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value
    .replace(/[\p{C}\ufffd]/gu, ' ')
    .replace(/ +/g, ' ')
    .trim()
}

function timeOf(value: unknown, offset: string): Date | undefined {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? []
  const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000 * (sign === '-' ? -1 : 1)
  return new Date(value.getTime() - ahead)
}
