/** Characters of a run, on average, that make a password trivial: a run is `aaa`, `123` or `cba`. */
const LONG_RUN = 2
const FEW_CHARACTERS = 3

/**
 * Returns what is wrong with a new password that fulfils the length: it is the account's e-mail, or it is trivial.
 * @param password in its normalised form
 */
export function weaknessOf(password: string, email: string): string | undefined {
  if (isOfEmail(password.toLowerCase(), email.toLowerCase())) return 'is made of the e-mail'
  return isTrivial(password.toLowerCase()) ? 'is a simple sequence of characters' : undefined
}

/** Whether a password contains the e-mail, or is its name or domain, apart from digits and signs at its end. */
function isOfEmail(password: string, email: string): boolean {
  const letters = password.replace(/[^\p{L}]+$/u, '')
  const parts = email.split('@').map(part => part.replace(/[^\p{L}]+$/u, ''))
  return password.includes(email) || (letters !== '' && parts.includes(letters))
}

/** Whether a password consists of few characters, or of long runs. */
function isTrivial(password: string): boolean {
  const codes = Array.from(password, character => character.codePointAt(0) ?? 0)
  return new Set(codes).size <= FEW_CHARACTERS || codes.length / countRuns(codes) >= LONG_RUN
}

/** Counts the runs: characters that are equal, or each the next or the previous one of the one before. */
function countRuns(codes: number[]): number {
  let runs = 0
  let step: number | undefined
  for (const [i, code] of codes.entries()) {
    const next = code - (codes[i - 1] ?? Number.NaN)
    const goesOn = Math.abs(next) <= 1 && (step === undefined || step === next)
    if (!goesOn) runs++
    step = goesOn ? next : undefined
  }
  return runs
}
