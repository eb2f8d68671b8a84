/** How often numbers are read again while they are looked at. */
export const REFRESH_MS = 10_000
/** How often those are whose changes are told. */
export const LIVE_REFRESH_MS = 60_000
