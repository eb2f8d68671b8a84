import type { Locator, Page } from 'playwright-core'

/** Fills fields by their labels, and presses the button of the form. */
export async function submits(
  place: Page | Locator,
  action: string,
  values: Record<string, string> = {},
): Promise<void> {
  for (const [label, value] of Object.entries(values)) await fieldOf(place, label).fill(value)
  await place.getByRole('button', { name: action, exact: true }).click()
}

/** Returns the field with a label. */
export function fieldOf(place: Page | Locator, label: string): Locator {
  return place.getByLabel(label, { exact: true })
}

/** Returns the words that describe a field: a screen reader reads them out with its label. */
export function notesOf(field: Locator): Promise<string> {
  return field.evaluate(element =>
    (element.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id: string) => element.ownerDocument.getElementById(id)?.textContent ?? '')
      .join(' '),
  )
}
