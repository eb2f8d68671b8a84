/** The style of a report's page: neutral greys and one accent, by the reader's choice light or dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(oklch(0.25 0 0), oklch(0.9 0 0));
  --quiet: light-dark(oklch(0.5 0 0), oklch(0.68 0 0));
  --line: light-dark(oklch(0.9 0 0), oklch(0.32 0 0));
  --paper: light-dark(oklch(1 0 0), oklch(0.2 0 0));
  --accent: light-dark(oklch(0.58 0.13 250), oklch(0.68 0.12 250));
}
body { margin: 0 auto; max-width: 960px; padding: 32px 24px; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper); }
h1 { margin: 0; font-size: 22px; font-weight: 600; line-height: 1.3; text-wrap: balance; }
p, figcaption { margin: 4px 0 0; font-size: 13px; color: var(--quiet); }
figure { margin: 24px 0; overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 560px; max-width: 760px; height: auto; --plot-background: var(--paper); }
.table { margin: 24px 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th { font-weight: 600; color: var(--quiet); text-align: left; white-space: nowrap; }
th, td { padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; min-width: 4em; }
th:first-child, td:first-child { min-width: 8em; }
.number { text-align: right; white-space: nowrap; }
footer { margin-top: 32px; }
@media print { body { padding: 0; } }
`
