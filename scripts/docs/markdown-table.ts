/** Returns a Markdown table with aligned columns; bars in cells are escaped. */
export function markdownTable(head: string[], rows: string[][]): string {
  const lines = [head, ...rows].map(cells => cells.map(cell => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...lines.map(cells => cells[column]?.length ?? 0)))
  const lineOf = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [first = [], ...rest] = lines
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`
  return `${[lineOf(first), rule, ...rest.map(lineOf)].join('\n')}\n`
}
