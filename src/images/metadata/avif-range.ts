import { type Box, boxesIn, boxesOf, find } from './boxes.ts'
import type { Window } from './window.ts'

/** Size of version and flags, which precede the boxes inside `meta`. */
const FULL_BOX_HEADER_BYTES = 4
/** Offset and flag of a configuration (AV1-ISOBMFF, 2.3.3) that say whether the image has no colours. */
const MONOCHROME = { at: 2, flag: 0x10 }
/** Offset and flag of a colour description (ISO/IEC 14496-12, 12.1.5) that say whether the samples have the full range. */
const FULL_RANGE = { at: 10, flag: 0x80 }

/**
 * Whether an AVIF has no colours and says that its samples have the limited range, 16 to 235 of 255. All its images must be like that;
 * the planes of alpha have no colours either.
 * @throws Problem `corrupt_image` or a RangeError for boxes that can not be parsed
 */
export async function isLimitedGrey(file: Window): Promise<boolean> {
  const meta = find(await boxesOf(file), 'meta')
  if (!meta) return false
  const bytes = await file.bytes(meta.start, meta.end - meta.start)
  const inside = (outer: Box | undefined) => (outer ? boxesIn(bytes, outer.start, outer.end) : [])
  const iprp = find(boxesIn(bytes, FULL_BOX_HEADER_BYTES, bytes.length), 'iprp')
  const properties = inside(find(inside(iprp), 'ipco'))
  const has = ({ start }: Box, { at, flag }: typeof MONOCHROME) => ((bytes[start + at] ?? 0) & flag) !== 0
  const configurations = properties.filter(({ type }) => type === 'av1C')
  const descriptions = properties.filter(
    ({ type, start }) => type === 'colr' && bytes.toString('latin1', start, start + 4) === 'nclx',
  )
  return (
    descriptions.length > 0 &&
    configurations.every(box => has(box, MONOCHROME)) &&
    descriptions.every(box => !has(box, FULL_RANGE))
  )
}
