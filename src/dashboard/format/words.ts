/** Returns a text with a capital letter at its begin. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Returns "1 image" or "2 images". */
export function counted(count: number, word: string, words = `${word}s`): string {
  return `${new Intl.NumberFormat().format(count)} ${count === 1 ? word : words}`
}

const COUNTRIES = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'code' })

/** Returns the name of a country; `other` stands for the countries that are not named. */
export function countryName(code: string): string {
  return code === 'other' ? 'Other countries' : (COUNTRIES.of(code) ?? code)
}
