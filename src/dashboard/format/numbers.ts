const WHOLE = new Intl.NumberFormat()
const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 })
const SHARE = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })
const CHANGE = new Intl.NumberFormat(undefined, {
  style: 'percent',
  signDisplay: 'exceptZero',
  maximumSignificantDigits: 2,
})
const DECIMAL = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 })
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
/** Numbers from here on are shortened where there is little room. */
const LONG = 10_000

/** Formats a number with all its digits, as in 12,345. */
export function count(value: number): string {
  return WHOLE.format(value)
}

/** Formats a number in little room, as in 12.3K. */
export function shortCount(value: number): string {
  return value < LONG ? WHOLE.format(value) : SHORT.format(value)
}

/** Formats a number with up to two decimals. */
export function decimal(value: number): string {
  return DECIMAL.format(value)
}

/** Formats a share between 0 and 1, as in 12.3 %. */
export function share(value: number): string {
  return SHARE.format(value)
}

/** Formats a relative change, as in +12 %. */
export function signedShare(value: number): string {
  return CHANGE.format(value)
}

/** Formats the relative change from one number to another, as in +12 %; undefined when there was nothing before. */
export function change(before: number, now: number): string | undefined {
  return before === 0 ? undefined : signedShare((now - before) / before)
}

/** Formats a size in bytes, as in 64 bytes or 1.2 MB. */
export function bytes(size: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3))
  const unit = BYTE_UNITS[power] ?? 'byte'
  // The short form of bytes has no plural.
  const unitDisplay = power === 0 ? 'long' : 'short'
  const format = new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay, maximumSignificantDigits: 3 })
  return format.format(size / 1000 ** power)
}

/** Formats a duration in ms, as in 850ms, 4.2s, 3m, 2.5h or 7d. */
export function duration(ms: number): string {
  const inUnit = (unit: string, value: number) =>
    new Intl.NumberFormat(undefined, {
      style: 'unit',
      unit,
      unitDisplay: 'narrow',
      maximumSignificantDigits: 2,
    }).format(value)
  if (ms < 1000) return inUnit('millisecond', ms)
  if (ms < 60_000) return inUnit('second', ms / 1000)
  if (ms < 3_600_000) return inUnit('minute', ms / 60_000)
  if (ms < 48 * 3_600_000) return inUnit('hour', ms / 3_600_000)
  return inUnit('day', ms / 86_400_000)
}
