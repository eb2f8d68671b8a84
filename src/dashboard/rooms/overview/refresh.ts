/** How often numbers are read again while they are looked at. */
export const REFRESH_MS = 10_000
