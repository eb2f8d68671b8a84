/** A part of an accepted event that was left out; `pointer` is the JSON Pointer (RFC 6901) of the field. */
export interface Warning {
  code: 'unknown_country'
  detail: string
  pointer: string
}

export const UNKNOWN_COUNTRY: Warning = {
  code: 'unknown_country',
  detail: 'is not a country code of ISO 3166-1 alpha-2; the event was stored without its geography',
  pointer: '/geography',
}
